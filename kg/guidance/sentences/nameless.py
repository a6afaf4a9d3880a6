"""Codes that a text offers, or asks for, and only describes."""

from __future__ import annotations

import re

from kg.expression.nodes import Unnamed
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.parts.headings import describes_code
from kg.guidance.parts.lines import asks_for_codes, bids_diagnosis
from kg.guidance.sentences.effects import Effect, Meaning

# A code that is offered without its name ("or a code for the access").
NAMELESS = re.compile(
    r"\bor (?:the|a|another) code\b(?!s?\s+(?:(?:from|of|in|within|out of)\s+)?(?:the\s+)?"
    r"(?:(?:category\s+)?[A-Z]\d\d|chapter\s+[A-Z]\b))",
    re.IGNORECASE,
)


def asked_for(
    meaning: Meaning, stretch: Stretch, side: Side, home: Side, source: Source, *, says_diagnosis: bool
) -> Meaning:
    """What a sentence without codes means, where it was taken for a remark: it may ask for one."""
    text = stretch.text
    asks = side is Side.DIAGNOSIS and says_diagnosis and asks_for_codes(text, source.phrases)
    asks = asks or (side is Side.DIAGNOSIS and bids_diagnosis(text, home)) or describes_code(text, source.phrases)
    if meaning.status != "remark" or not asks:
        return meaning
    return Meaning((Effect("add", side, stretch, Unnamed(text, source.cite(stretch))),))
