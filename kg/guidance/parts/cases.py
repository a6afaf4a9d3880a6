"""What the headings of variants say of each other: one that names what two others name, one that stands over others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from kg.expression.nodes import Expression, picks
from kg.facets import Lexicon
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.parts.grammar import Variant
from kg.guidance.parts.leads import Head, Lead, case_of


def naming_all(heads: Sequence[Head], lexicon: Lexicon) -> frozenset[int]:
    """Which of the headings, by their places, name what two others name apart ("Open or laparoscopic:").

    So each of those holds for both. The time is that of reading the headings, however many there are.
    """
    facts: list[dict[str, set[str]]] = []
    for head in heads:
        own: dict[str, set[str]] = {}
        for facet, value in lexicon.named_in(head.stretch.text):
            own.setdefault(facet, set()).add(value)
        facts.append(own)
    apart = {(facet, *values) for own in facts for facet, values in own.items() if len(values) == 1}
    several = {
        at
        for at, own in enumerate(facts)
        for facet, values in own.items()
        if len(values) > 1 and all((facet, value) in apart for value in values)
    }
    return frozenset(several | _made_of_two([_words_of(head) for head in heads]))


def _made_of_two(words: Sequence[frozenset[str]]) -> set[int]:
    """Which sets of words are those of two others, smaller ones, together.

    Each set is looked for by the rarest of its words, so that no two without a word in common are held against each
    other, nor those that share what all headings say.
    """
    times = Counter(word for own in words for word in own)
    by_rarest: dict[str, set[frozenset[str]]] = {}
    for own in filter(None, words):
        by_rarest.setdefault(min(own, key=lambda word: (times[word], word)), set()).add(own)
    found: set[int] = set()
    for at, both in enumerate(words):
        parts = [own for word in sorted(both) for own in by_rarest.get(word, ()) if own < both]
        if any(one | other == both for one, other in combinations(parts, 2)):
            found.add(at)
    return found


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
WAYS = frozenset({"approach", "operation", "person", "stage"})
OF_RECORD = WAYS | {"side"}


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
    facts = [fact for fact in source.lexicon.named_in(text) if fact[0] in OF_RECORD]
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


# The reverse of an operation, told with what is taken out ("Removal of the nail", "When the balloon is removed").
REVERSE = re.compile(
    r"\b(?:removal|explantation|extraction|withdrawal"
    r"|(?:is|are|being) (?:removed|explanted|extracted|taken out|withdrawn))\b",
    re.IGNORECASE,
)


def is_reverse(head: Head, content: Expression, title: str) -> bool:
    """Whether a heading is of the reverse of the operation that a title names, and adds nothing to it: its diagnoses
    tell no past of the patient.
    """
    past = any(re.match(r"Z[89]\d", str(pick.selector)) for pick in picks(content))
    reverse = REVERSE.search(head.stretch.text) is not None and REVERSE.search(title) is None
    return reverse and not head.adds and not past


def is_besides(head: Head, base: Expression, content: Expression) -> bool:
    """Whether a disease under a heading goes with the one above it: a circumstance, or another that is there too."""
    own, above = ([str(pick.selector) for pick in picks(e)] for e in (content, base))
    apart = {x[:3] for x in own}.isdisjoint(x[:3] for x in above)
    there = head.conditional and _PRESENT.search(head.stretch.text) is not None
    return all(x.startswith("Z") for x in own) or (there and apart)
