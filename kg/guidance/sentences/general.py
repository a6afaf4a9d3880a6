"""What a document says of image control in general, as the standards put it: nothing more where a code of that is
listed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.codes import Selector
from kg.expression.nodes import Unnamed, When
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.spots import Spot, spots
from kg.guidance.sentences.effects import Effect, Meaning

_IMAGE = ("Y53", "Y68")
_GENERAL = Meaning((), "general")
_TOLD = re.compile(
    r"\b(?:any|a|all) procedures?\b.*\bimage control\b|\bimage control\b.*\b(?:any|a|all) procedures?\b"
    r"|\b(?:image control|imaging)\b.*\b(?:used|performed|not (?:state|stated|identif\w+|specif\w+))\b"
    r"|\b(?:used|performed|undertaken|carried out) (?:using|with|under|by) (?:image control|imaging)\b",
    re.IGNORECASE,
)
_OF_ANY = re.compile(
    r"\bcodes? (?:in|from|of|within) (?:the )?categor(?:y|ies)\b.*\b(?:is|are) used as (?:an )?additional codes?"
    r" (?:for|with) any procedures?\b",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    r"\b(?:other|another|further|second|different|instead|rather|only|except|also) (?!approach)"
    r"|\b(?:may|can) be (?:added|used|assigned|recorded)\b",
    re.IGNORECASE,
)
_SAID_AGAIN = re.compile(r"\b(?:these|those|this|that|either) (?:two )?(?:categor(?:y|ies)|codes?)\b", re.IGNORECASE)


def of_any_image(
    stretch: Stretch,
    side: Side,
    read: Sequence[tuple[Spot, Selector]],
    new: Sequence[tuple[Spot, Selector]],
    known: Sequence[Selector],
) -> Meaning | None:
    """Nothing, where a sentence only tells when the categories of image control are used and one of their codes is
    listed ("Codes in category Y53 are used as additional codes for any procedure that uses image control").
    """
    if not new and not _OF_ANY.search(stretch.text):
        return None  # what it says of a listed category is of its own list
    new = new or read
    wide = all(spot.kind in {"category", "bare"} and str(own)[:3] in _IMAGE for spot, own in new)
    listed = side is Side.PROCEDURE and any(str(own)[:3] in _IMAGE for own in known)
    return _GENERAL if wide and listed and _tells(stretch.text) else None


def goes_on_so(meaning: Meaning, stretch: Stretch, previous: Stretch | None) -> Meaning | None:
    """Nothing, where a sentence asks for a code of the categories of which such a sentence spoke right before it."""
    if previous is None or not _SAID_AGAIN.search(stretch.text) or not _tells(f"{stretch.text} {previous.text}"):
        return None
    named = [spot.printed[:3] for spot in spots(previous.text)]
    if not named or any(x not in _IMAGE for x in named) or spots(stretch.text):
        return None
    match meaning.effects:
        case ():
            return _GENERAL if meaning.status == "remark" else None
        case (Effect(kind="add", expression=Unnamed() | When(then=Unnamed())),):
            return _GENERAL
        case _:
            return None


def _tells(text: str) -> bool:
    return _TOLD.search(text) is not None and _ANOTHER.search(text) is None
