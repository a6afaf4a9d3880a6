"""Why a code is recorded, as a sentence tells it: words that are no case of it, and may be any."""

from __future__ import annotations

import re

from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import spots

_VERB = (
    r"(?:is|are|was|were|be|has|have|had|must|cannot|can't|needs?|leaves?|does|do|will|would|goes|comes|gives?|takes?"
    r"|makes?|holds?|lies|serves?|requires?)"
)
_NO_REASON = (
    r"(?!an? (?:alternative|supplementary|additional|secondary|further|second|main|rule)\b|soon\b|long\b|well\b)"
)
_BEFORE = re.compile(rf"(?:as|because|since) {_NO_REASON}[^,;:.]*?\b{_VERB}\b[^,;:.]*,", re.IGNORECASE)
_BEHIND = re.compile(
    rf"(?:,\s|\s(?=because\b))(?:as|because|since) {_NO_REASON}[^,;:.]*?\b{_VERB}\b[^;:.]*", re.IGNORECASE
)
_THEREFORE = r"(?:so|therefore|hence|thus|consequently|accordingly|for this reason|for that reason)"
_LEADS_TO = re.compile(rf"[^;:.]*?(?:[,;]| and) (?:and )?{_THEREFORE}\b,?", re.IGNORECASE)
_SAYS_SO = re.compile(rf"\b{_THEREFORE}\b(?! (?:far|long|much|many|does|do|is|are|has|have)\b)", re.IGNORECASE)
# What holds of every record.
_ALWAYS = re.compile(
    r"\b(?:has to|have to|must|needs?|always|every|each|all|cannot|can not|can't|requires?|never|no|inevitabl\w+"
    r"|necessaril\w+)\b",
    re.IGNORECASE,
)


def reasons(stretch: Stretch, phrases: Phrases) -> list[tuple[int, int]]:
    """Where a sentence says why its codes are recorded ("as urine has to leave by another route,")."""
    text = stretch.text
    note = re.match(r"(?:please\s+)?notes?\s*:\s*", text, re.IGNORECASE)
    begin = note.end() if note else 0
    found = [hit.span() for hit in [_BEFORE.match(text, begin), *_BEHIND.finditer(text)] if hit is not None]
    led = _LEADS_TO.match(text, begin)
    if led is not None and _ALWAYS.search(led[0]):
        found.append(led.span())
    return [stretch.span(a, b) for a, b in found if _is_firm(text[a:b], phrases)]


def follows_from(said: str, before: str, source: Source) -> bool:
    """Whether a sentence draws a conclusion from the one before ("therefore"), and that holds of every record."""
    return _SAYS_SO.search(said) is not None and _ALWAYS.search(before) is not None and _is_firm(before, source.phrases)


def _is_firm(words: str, phrases: Phrases) -> bool:
    """Whether words name no code, and nothing that is so at times only."""
    kinds = ("at-times", "may", "usual", "condition", "not")
    return not spots(words) and not any(phrases.find(kind, words) for kind in kinds)
