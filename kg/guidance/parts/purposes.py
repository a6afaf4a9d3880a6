"""What a code is for, which is no case of it: "a site code for the vein", "Y53.- for the image control"."""

from __future__ import annotations

import re

from kg.codes import Category, Chapter, One
from kg.expression.nodes import Expression, Pick, picks
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.titles import titles_of
from kg.guidance.parts.stems import stems

_LENGTH = 4  # letters by which words are held against those of a title ("imaging" of "image control")
# What is named with an article, as there is one of it on every record.
_FOR_THE = re.compile(r"(?:for|of)\s+(?:the|its|their)\s+(?P<what>[^;:()]+)", re.IGNORECASE)
# What some records have and others not: a stage, a side, a person.
_ONE_OF_TWO = re.compile(
    r"(?:first|second|third|last|latter|former|next|other|others|later|left|right|few|many|rare|occasional|donor"
    r"|recipient|mother|baby|child|rest|case|cases|patients?|women|men|children|adults|minority|majority)\b",
    re.IGNORECASE,
)
_AS_CASE = re.compile(r"\b(?:only|if|when|where|unless|without|whose|that|which|who)\b", re.IGNORECASE)


def tells_purpose(words: Stretch, node: Expression, source: Source, *, added: bool = False) -> bool:
    """Whether the words behind codes name what these show, in the words of their titles, or the site of a site code.

    Not of codes that may lead a record, which an operation has for itself; of one that is `added` to another if it
    is no operation.
    """
    found = _FOR_THE.match(words.text)
    own = picks(node)
    main = [pick for pick in own if source.leads(pick.selector) and not isinstance(pick.selector, Chapter)]
    main = [pick for pick in main if not added or source.is_operation(pick.selector)]
    if found is None or not own or main:
        return False
    if _ONE_OF_TWO.match(found["what"]) or _AS_CASE.search(found["what"]):
        return False
    if any(facet not in {"image-control", "stated"} for facet, _ in source.lexicon.named_in(words.text)):
        return False
    if all(is_site(pick) or isinstance(pick.selector, Chapter | Category) for pick in own):
        return True
    return any(_stems(found["what"]) & _stems(*_titles(pick)) for pick in own)


def names_place(text: str, node: Expression, source: Source) -> bool:
    """Whether words behind a site code only say which site is meant ("where the fat came from")."""
    own = picks(node)
    return bool(own) and all(is_site(pick) for pick in own) and source.phrases.whole("place", text)


def is_site(pick: Pick) -> bool:
    """Whether a code says where: chapter Z but for the sides of its last categories."""
    printed = str(pick.selector)
    return (isinstance(pick.selector, Chapter) and printed == "Z") or (printed[0] == "Z" and printed[1:3] < "94")


def _titles(pick: Pick) -> tuple[str, ...]:
    known = titles_of(pick.selector) if isinstance(pick.selector, One | Category) else []
    return pick.title, *known


def _stems(*texts: str) -> frozenset[str]:
    return stems(*texts, letters=_LENGTH, but=_SMALL)


_SMALL = frozenset(
    ("other", "specified", "unspecified", "with", "without", "from", "that", "this", "used", "using", "organ", "code")
)
