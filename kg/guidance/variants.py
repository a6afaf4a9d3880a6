"""What the headings and labels of variants hold for: their own list, those of others, or all that there is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from kg.expression.nodes import Expression, picks
from kg.guidance.grammar import Body, Choice, Lines, Segment, Variant
from kg.guidance.leads import Head
from kg.guidance.source import Source


def shared_behind_labels(body: Body, source: Source) -> tuple[Body, tuple[Choice, ...]]:
    """The body without what a Plus adds behind its labelled lines, and that: it goes with each of them.

    Only where no other label has a Plus of its own, and the added codes say nothing of the last label's case
    ("Bilateral: X" Plus "Z94.1 Bilateral operation").
    """
    kept = body, ()
    if len(body.variants) < 2 or not all(variant.head.run_in for variant in body.variants):
        return kept
    *others, last = body.variants
    if any(choice.after_plus for variant in others for choice in _choices(variant)) or not last.segments:
        return kept
    lines = last.segments[0].lines
    if lines is None or len(lines.combinations) != 1:
        return kept
    choices = lines.combinations[0]
    at = next((i for i, choice in enumerate(choices) if choice.after_plus), 0)
    if at != 1 or len(choices[0].items) != 1:
        return kept
    titles = [pick.title for choice in choices[at:] for item in choice.items for pick in picks(item.expression)]
    case = set(source.lexicon.stated_in(last.head.stretch.text))
    if any(case & set(source.lexicon.stated_in(title)) for title in titles if title):
        return kept
    own = Segment(last.segments[0].lead, last.segments[0].effect, Lines((choices[:at],)))
    return replace(body, variants=(*others, Variant(last.head, (own, *last.segments[1:])))), choices[at:]


def _choices(variant: Variant) -> list[Choice]:
    lines = [segment.lines for segment in variant.segments if segment.lines is not None]
    return [choice for own in lines for combination in own.combinations for choice in combination]


def names_all(head: Head, made: Sequence[tuple[Head, Expression]], source: Source) -> bool:
    """Whether a heading names what two others name apart ("Open or laparoscopic:"), so that it holds for each."""
    lexicon = source.lexicon
    for facet in lexicon.order:
        own = {value for name, value in lexicon.stated_in(head.stretch.text) if name == facet}
        others = (
            {value for name, value in lexicon.stated_in(other.stretch.text) if name == facet}
            for other, _ in made
            if other is not head
        )
        if len(own) > 1 and own <= {value for values in others if len(values) == 1 for value in values}:
            return True
    others = [_words_of(other) for other, _ in made if other is not head]
    both = _words_of(head)
    return any(one | other == both for one, other in combinations(others, 2) if one != both and other != both)


def stands_over(variants: Sequence[Variant], source: Source) -> bool:
    """Whether a case without codes stands over headings that part it ("in two stages": "First stage", "Second").

    So it is told by each of them.
    """
    lexicon = source.lexicon
    first, *below = variants
    if not first.head.conditional or len(below) < 2 or first.segments:
        return False
    stated = [dict(lexicon.stated_in(variant.head.stretch.text)) for variant in below[:2]]
    both = [facet for facet in lexicon.order if all(facet in facts for facts in stated)]
    return any(stated[0][facet] != stated[1][facet] for facet in both)


def _words_of(head: Head) -> frozenset[str]:
    """The words of a heading, without its brackets and what joins them."""
    plain = re.sub(r"\([^()]*\)", " ", head.stretch.text.lower())
    return frozenset(re.findall(r"[a-z][a-z-]+", plain)) - {"and", "or", "both", "either", "for", "the", "if"}
