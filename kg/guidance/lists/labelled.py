"""Codes behind labels on their own lines ("With cement: W43.1"), and what a Plus behind the last of them is for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.expression.nodes import picks
from kg.guidance.page.paragraph import Paragraph
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.parts.grammar import Body, Choice, Lines, Segment, Variant
from kg.guidance.parts.leads import Head, Lead, head_of
from kg.guidance.parts.lines import ends_of
from kg.guidance.sentences.row import Row

_NUMBER = re.compile(r"(?:^|\n)[ \t>*_-]*\(?\d{1,2}[.)][ \t*_]*$")
_ADDS = re.compile(r"(?:also|add|additionally|in addition)\b", re.IGNORECASE)
_IN_CASE = re.compile(r"\b(?:if|when|where|in case of)\b", re.IGNORECASE)


def head_of_label(label: Stretch, item: Stretch, phrases: Phrases, *, above: bool, step: bool) -> Head:
    """What a label says of the codes behind its colon; `above`: some stand over it; `step`: it numbers a step."""
    head = head_of(label, phrases, run_in=True)
    if step:
        in_case = _IN_CASE.search(label.text) is not None
        return replace(head, part=not in_case, adds=in_case, opens=in_case, conditional=in_case)
    if _ADDS.match(item.text):
        return replace(head, adds=True, opens=True)
    return head if above else replace(head, adds=False)  # "Electrodes only:" is the first of several


def is_alike(rows: Sequence[Row], label: Stretch) -> bool:
    """Whether a label begins as the one before it does, with the word that leads to a case ("To take it out:")."""
    before = next((row.value for row in reversed(rows) if row.kind == "head"), None)
    first = label.text.partition(" ")[0].lower()
    return (
        isinstance(before, Head)
        and before.run_in
        and first in _LEADS_TO
        and before.stretch.text.lower().startswith(f"{first} ")
    )


_LEADS_TO = frozenset({"to", "for", "on", "at", "in", "after", "during", "by", "with", "through"})


def steps_in(lines: Sequence[Paragraph], source: Source) -> frozenset[str]:
    """The labels of numbered lines that are the steps of one record: some name a part of it, as cases do not."""
    text, phrases = source.document.text, source.phrases
    found = [line.stretch for line in lines if line.stretch.offsets]
    found = [x for x in found if _NUMBER.search(text[max(0, x.offsets[0] - 20) : x.offsets[0]])]
    labels = [label.text for x in found if (label := ends_of(x, phrases)[1]) is not None]
    bare = [label.rstrip(" :") for label in labels]
    if len(labels) < len("AB") or not any(phrases.whole("head.part", label) for label in bare):
        return frozenset()
    return frozenset(label for label in labels if not source.lexicon.named_in(label))


def shared_behind_labels(body: Body, behind: Sequence[Lead], source: Source) -> tuple[Body, tuple[Choice, ...]]:
    """The body without what a Plus adds behind its labelled lines, or behind headings over a main code each, and that:
    it goes with each of them. Under headings of persons and stages, whose records have little in common, it is asked.

    Only where no other label has a Plus of its own, and the added codes say nothing of the last label's case
    ("Bilateral: X" Plus "Z94.1 Bilateral operation"). It is asked, too, where a lead-in `behind` names all of them.
    """
    kept = body, ()
    if len(body.variants) < 2:
        return kept
    *others, last = body.variants
    labelled = all(variant.head.run_in for variant in body.variants)
    if not labelled and not all(map(_is_one_line, others)):
        return kept
    if any(_EDITION.search(variant.head.stretch.text) for variant in body.variants):
        return kept  # what an older edition needs beside its code, the code of the newer one may say itself
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
    if not labelled:
        picked = [pick.selector for choice in added for item in choice.items for pick in picks(item.expression)]
        facets = {facet for v in body.variants for facet, _ in source.lexicon.named_in(v.head.stretch.text)}
        of_approach = "approach" in facets and any(_APPROACH.match(str(selector)) for selector in picked)
        names_all = any(source.phrases.find("lead.refers-back", lead.stretch.text) for lead in behind)
        if of_approach or names_all or facets & _APART or any(map(source.leads, picked)):
            source.warn("KG-W0202", "not said whether what Plus adds is of the last heading alone", last.head.stretch)
            return kept
    own = Segment(last.segments[0].lead, last.segments[0].effect, Lines(((first,),)))
    return replace(body, variants=(*others, Variant(last.head, (own, *last.segments[1:])))), tuple(added)


_APART = {"person", "stage"}  # facets whose values have records of their own
_EDITION = re.compile(r"\bOPCS|\bICD|\b(?:19|20)\d\d\b")
_APPROACH = re.compile(r"Y(?:5[0-3]|68|7[4-9])")  # what an approach has of its own (OPCS-4 chapter Y)


def _is_one_line(variant: Variant) -> bool:
    """Whether a heading stands over one line, a main code, and nothing else."""
    match variant.segments:
        case (Segment(lead=None, effect=None, lines=Lines(((Choice(items=(item,), after_plus=False),),))),):
            return item.leads and not item.choice
        case _:
            return False


def _choices(variant: Variant) -> list[Choice]:
    lines = [segment.lines for segment in variant.segments if segment.lines is not None]
    return [choice for own in lines for combination in own.combinations for choice in combination]
