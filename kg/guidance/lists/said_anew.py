"""Sentences under a heading that say codes of earlier headings again, by name or as "both codes"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.codes import Selector
from kg.expression.nodes import AllOf, OneOf, Unnamed, picks
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import spots
from kg.guidance.sentences.additions import OF_CATEGORY
from kg.guidance.sentences.effects import Effect, Meaning
from kg.guidance.sentences.row import Row
from kg.guidance.sentences.sentence import WITH_OTHERS

_BOTH_CODES = re.compile(
    r"\bboth\b[^.;]*\bcodes\b|\b(?:codes|lines|entries) (?:[a-z]+ )?(?:of|from|for|in|under) both\b", re.IGNORECASE
)
_TWO = re.compile(r"\b(?:and|both)\b", re.IGNORECASE)


def of_heading(
    meaning: Meaning, again: Sequence[Selector], rows: Sequence[Row], asked: tuple[int, bool], source: Source
) -> Meaning:
    """What the sentence means: it is of its own heading. Where that names two things ("Front and back repair"), "and"
    joins the codes of each, although they are of one category.
    """
    if not again:
        return meaning
    source.withdraw(asked, WITH_OTHERS)  # it goes with its heading
    head = next((row.stretch.text for row in reversed(rows) if row.kind == "head"), "")
    effects = [replace(effect, bound=True) for effect in meaning.effects]
    of_category = any(warning.message == OF_CATEGORY for warning in source.warnings[asked[0] :])
    match effects:
        case [Effect(expression=OneOf(parts) as choice)] if of_category and _TWO.search(head):
            if {*again} == {pick.selector for pick in picks(choice)}:
                effects = [replace(effects[0], expression=AllOf(parts, citation=choice.citation))]
                source.withdraw(asked, OF_CATEGORY)
        case _:
            pass
    return replace(meaning, effects=tuple(effects))


def doubt_both(meaning: Meaning, stretch: Stretch, rows: Sequence[Row], source: Source) -> None:
    """Ask where "both codes" are recorded behind headings with one each: what stands above may be a case of its own."""
    headed = sum(row.kind == "head" for row in rows) > 1
    plain = meaning.status in {"remark", "amended"} or any(isinstance(e.expression, Unnamed) for e in meaning.effects)
    if headed and plain and not spots(stretch.text) and _BOTH_CODES.search(stretch.text):
        source.warn("KG-W0202", "not said in which case both codes are recorded", stretch)
