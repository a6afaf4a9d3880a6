"""Lines whose code stands behind its title."""

from __future__ import annotations

import re
from functools import lru_cache

from kg.codes import Scheme
from kg.guidance.page.spots import Spot, selector_of, spots
from kg.guidance.page.titles import is_title, known_end

_TITLE_FIRST = re.compile(r"[A-Z][^.;:()]*?\s+-\s*")
_NO_TITLE = re.compile(
    r"^(?:if|when|where|for|with|in|on|should|notes?|any|each|see|plus|and|or|includ\w+|exclud\w+)\b"
    r"|\b(?:is|are|was|were|be|has|have|code|codes|category|by|takes|needs)\b",
    re.IGNORECASE,
)
_TITLE_NEAR = re.compile(r"([A-Z][^.;:]*?)(?:\s*[:,]|\s*\()?\s*")


@lru_cache(maxsize=1024)
def code_behind_title(text: str) -> Spot | None:
    """The code of a line "title - code"; None for other lines (a code in brackets refers or states a condition)."""
    found = spots(text)
    if len(found) != 1 or found[0].kind == "chapter" or found[0].start == 0 or text[found[0].end :].strip(" ).") != "":
        return None
    before = text[: found[0].start]
    if _TITLE_FIRST.fullmatch(before):
        return found[0]
    if _NO_TITLE.search(before):
        return None
    near, selector = _TITLE_NEAR.fullmatch(before), selector_of(found[0], Scheme.OPCS4)
    if near is None or selector is None or not is_title(selector, near[1]):
        return None
    label = " " not in near[1].strip() and known_end(selector, near[1]) < len(near[1])  # a word of it ("Percutaneous:")
    return None if label else found[0]


# A way of doing it before its code, which is no title ("laparoscopic approach Y75.2").
_WAY = re.compile(
    r"(?!(?:plus|and|or|with|an?|the|if|when|where|for|notes?|use|add|in|by|via|under|see|this|that|as|code)\b)"
    r"(?P<words>(?:[a-z][a-z-]* ){0,3}[a-z][a-z-]* (?:approach|guidance|control|access|technique))(?:\s*:|\s-)?\s+"
    r"['\"(]?[A-Z]\d\d(?:\.[\d-]|\.-)?\W*",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def way_before(text: str) -> int:
    """Where the label ends of a line that names a way of doing it and, without its title, the code of that; else 0."""
    found = _WAY.fullmatch(text)
    return found.end("words") if found is not None and code_behind_title(text) is None else 0


_NAME = re.compile(r"[a-z][a-z-]*(?: [a-z-]+){0,4}(?: -|:) [A-Z]\d\d(?:\.\d|\.-)? [A-Z(]")


def names_code(text: str) -> bool:
    """Whether a line in small letters names what its code is of ("knee - Z84.6 Knee joint")."""
    return _NAME.match(text) is not None


# A title in a sentence, with its capital, right before its code ("as Atrial fibrillation and flutter, I48").
_IN_SENTENCE = re.compile(r"(?<=[a-z,:-] )(?P<title>[A-Z][a-z][^.;:()#]*?)(?:,|:|\s*\(| -)\s*(?:codes?\s+)?['\"]?$")


def title_before(text: str, spot: Spot) -> tuple[int, int]:
    """Where the title of a code stands right before it; an empty place where none does."""
    behind = code_behind_title(text)
    if behind is not None and behind.start == spot.start:
        return 0, spot.start
    found = _IN_SENTENCE.search(text[: spot.start])
    if found is None or spots(found["title"]) or _NO_TITLE.search(found["title"]):
        return spot.start, spot.start
    return found.start("title"), found.end("title")
