"""What the headings of variants say of each other: one that names what two others name, one that stands over others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from kg.expression.nodes import Expression, picks
from kg.facets import Lexicon
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.parts.grammar import Variant
from kg.guidance.parts.leads import Head, Lead, case_of


def names_all(head: Head, heads: Sequence[Head], lexicon: Lexicon) -> bool:
    """Whether a heading names what two others name apart ("Open or laparoscopic:"), so that it holds for each."""
    others = [other for other in heads if other is not head]
    for facet in lexicon.order:
        own = {value for name, value in lexicon.named_in(head.stretch.text) if name == facet}
        stated = [{v for name, v in lexicon.named_in(other.stretch.text) if name == facet} for other in others]
        if len(own) > 1 and own <= {value for values in stated if len(values) == 1 for value in values}:
            return True
    both, words = _words_of(head), [_words_of(other) for other in others]
    return any(one | other == both for one, other in combinations(words, 2) if one != both and other != both)


def stands_over(variants: Sequence[Variant], lexicon: Lexicon) -> bool:
    """Whether a case without codes stands over headings that part it ("in two stages": "First stage", "Second stage").

    So it is told by each of them.
    """
    first, *below = variants
    if not first.head.conditional or len(below) < 2 or first.segments:
        return False
    stated = [dict(lexicon.named_in(variant.head.stretch.text)) for variant in below[:2]]
    both = [facet for facet in lexicon.order if all(facet in facts for facts in stated)]
    return any(stated[0][facet] != stated[1][facet] for facet in both)


def of_one_category(lists: Sequence[Expression]) -> bool:
    """Whether each of several lists of diagnoses is one code, all of one category, so that a record has one of them."""
    own = [picks(e) for e in lists]
    alone = len(own) > 1 and all(len(found) == 1 for found in own)
    codes = [str(found[0].selector) for found in own if found]
    return alone and len({code[:3] for code in codes}) == 1 and len(set(codes)) == len(codes)


# Facets of which a record has one value, so that each value has codes of its own.
_OF_RECORD = frozenset({"approach", "operation", "person", "stage", "side"})


def case_over(lead: Lead, before: Stretch | None, source: Source) -> Stretch | None:
    """The words that give the list of a lead-in to another case than the list above it; None where none do.

    They are its condition, the one way of doing it that it names, what it says takes the place of the list above, or
    the sentence `before` that it speaks of with "then".
    """
    text, phrases = lead.stretch.text, source.phrases
    if lead.plus or lead.any or any(phrases.find(kind, text) for kind in ("lead.refers-back", "lead.part")):
        return None
    if (words := case_of(lead.stretch, phrases)) is not None:
        return words if phrases.find("condition.anaphor", words.text) is None or before is None else before
    if before is not None and phrases.find("condition.then", text):
        return before
    facts = [fact for fact in source.lexicon.named_in(text) if fact[0] in _OF_RECORD]
    alone = len(facts) == len({facet for facet, _ in facts}) > 0
    return (
        lead.stretch if alone or any(phrases.find(f"lead.{kind}", text) for kind in ("another", "replaces")) else None
    )


def _words_of(head: Head) -> frozenset[str]:
    """The words of a heading, without its brackets and what joins them."""
    plain = re.sub(r"\([^()]*\)", " ", head.stretch.text.lower())
    return frozenset(re.findall(r"[a-z][a-z-]+", plain)) - _JOINING


# Words of a heading that name no case.
_JOINING = frozenset(
    {"and", "or", "both", "either", "for", "the", "if", "all", "need", "needs", "require", "requires", "get", "gets"}
    | {"have", "has", "take", "takes", "also", "operations", "operation", "procedures", "procedure", "patients"}
    | {"patient", "records", "record", "cases", "case", "groups", "codes"}
)
# What is there besides the disease above it ("If a rectocele is present").
_PRESENT = re.compile(
    r"\b(?:there (?:is|are|was|were|has been|have been)|(?:is|are) (?:also )?present|contains?|coexists?)\b"
    r"|\b(?:too|as well|also)\b",
    re.IGNORECASE,
)


def is_besides(head: Head, base: Expression, content: Expression) -> bool:
    """Whether a disease under a heading goes with the one above it: a circumstance, or another that is there too."""
    own, above = ([str(pick.selector) for pick in picks(e)] for e in (content, base))
    apart = {x[:3] for x in own}.isdisjoint(x[:3] for x in above)
    there = head.conditional and _PRESENT.search(head.stretch.text) is not None
    return all(x.startswith("Z") for x in own) or (there and apart)
