"""Lists of codes that are not recorded, and lines that only say that one of the codes below them is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.expression.recommendation import Side
from kg.guidance.page.paragraph import Paragraph
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.either import CHOICE_OVER
from kg.guidance.parts.joints import is_filler
from kg.guidance.parts.lines import is_item

_RECORDED = r"(?:used|assigned|recorded|coded|needed|required|added|given|reported|applicable|necessary|included)"
_DENIES = re.compile(
    r"(?:notes?\s*:\s*)?(?:"
    rf"(?:(?:the )?(?:following |these )?(?:codes?|categor(?:y|ies))(?: below)? )?(?:that |which )?"
    rf"(?:(?:is|are|should|must|need|can) )?not (?:to )?(?:be )?{_RECORDED}"
    r"|(?:please )?(?:do|should) not (?:use|assign|record|code|add|report)(?: any of)?"
    r"(?: (?:the following|these|this|the codes below))?(?: codes?)?"
    r"|(?:codes )?excluded(?: codes)?|codes? (?:to be )?(?:omitted|left out|avoided)"
    r")(?: (?:here|with (?:this|these|it|them|the above)|for (?:this|the) (?:procedure|operation)|in addition))?"
    r"\s*[:.]?",
    re.IGNORECASE,
)


def without_denied(shown: Sequence[Paragraph], source: Source) -> list[Paragraph]:
    """The lines of a section without the lists of codes that a line over them denies ("Not used:").

    A person is asked where an empty line may end such a list.
    """
    made: list[Paragraph] = []
    at = 0
    while at < len(shown):
        line, at = shown[at], at + 1
        own: list[Paragraph] = []
        while _DENIES.fullmatch(line.text) and at < len(shown) and _lists(shown[at], source):
            own.append(shown[at])
            at += 1
        if not own:
            made.append(line)
        for before, item in zip([line, *own], own, strict=False):
            ends = before is not line and item.after_blank and not own[0].after_blank
            review = ends or (before is not line and item.bullet is not own[0].bullet)
            source.warn("KG-W0206", "a code that is said not to be used", item.stretch, review=review)
    return made


def _lists(line: Paragraph, source: Source) -> bool:
    found = spots(line.text)
    return bool(found) and (found[0].start == 0 or is_filler(line.text[: found[0].start])) and is_item(
        line.stretch, source.phrases
    )  # fmt: skip


def chooses_below(line: Paragraph, rest: Sequence[Paragraph], side: Side, source: Source) -> bool:
    """Whether a line only joins by Or the codes of the lines below it ("A1, A2 or A3 as appropriate:")."""
    found = spots(line.text)
    if CHOICE_OVER.fullmatch(line.text) is None or len(rest) < len(found):
        return False
    below = [spots(x.text)[:2] for x in rest[: len(found)]]
    own = [selector_of(s, side.scheme) for s in found]
    return all(is_item(x.stretch, source.phrases) for x in rest[: len(found)]) and own == [
        selector_of(s[0], side.scheme) if len(s) == 1 else None for s in below
    ]
