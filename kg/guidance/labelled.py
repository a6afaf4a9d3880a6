"""Codes behind labels on their own lines ("With cement: W43.1"), and what a Plus behind the last of them is for."""

from __future__ import annotations

from dataclasses import replace

from kg.expression.nodes import picks
from kg.guidance.grammar import Body, Choice, Lines, Segment, Variant
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
    first, *added = lines.combinations[0]
    if not added or first.after_plus or not added[0].after_plus or len(first.items) != 1:
        return kept
    titles = [pick.title for choice in added for item in choice.items for pick in picks(item.expression)]
    case = set(source.lexicon.named_in(last.head.stretch.text))
    if any(case & set(source.lexicon.named_in(title)) for title in titles if title):
        return kept
    own = Segment(last.segments[0].lead, last.segments[0].effect, Lines(((first,),)))
    return replace(body, variants=(*others, Variant(last.head, (own, *last.segments[1:])))), tuple(added)


def _choices(variant: Variant) -> list[Choice]:
    lines = [segment.lines for segment in variant.segments if segment.lines is not None]
    return [choice for own in lines for combination in own.combinations for choice in combination]
