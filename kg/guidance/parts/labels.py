"""A case before its code in a line without a verb ("For metastases A")."""

from __future__ import annotations

import re

from kg.guidance.page.phrases import Phrases
from kg.guidance.page.spots import spots

_CASE_FIRST = re.compile(
    r"(?:for|in|with|on|after|during|under|without|if|when|where)\s(?!addition\b|(?:this|these|all|both|each|any|opcs\S*|icd\S*)\b)"
    r"[^.;:,()]{3,60}?,?\s(?=[A-Z]\d\d)",
    re.IGNORECASE,
)


# "With a lens A" may add it. What a code shows ("For the lens A") is no case.
_CLEAR = re.compile(r"(?:for|in|if|when|where)\b", re.IGNORECASE)
_PART = re.compile(r"\w+ (?:the|its) [a-z-]+,? ", re.IGNORECASE)


def tells_case(text: str, phrases: Phrases) -> int:
    """Where the code begins of a line that is a case and its code, without a verb ("For metastases A"); else 0."""
    found = _CASE_FIRST.match(text)
    asks = found is not None and any(phrases.find(kind, found[0]) for kind in ("bids", "record", "recording", "add"))
    if found is None or asks or spots(found[0]) or phrases.verb(text) is not None:
        return 0
    return 0 if _PART.fullmatch(found[0]) and not phrases.find("person", found[0]) else found.end()


def case_label(text: str, phrases: Phrases) -> int:
    """Where the label ends of a line that is one and its code; 0 where it may only name what the code shows."""
    end = tells_case(text, phrases) if _CLEAR.match(text) else 0
    return end - 1 if end else 0
