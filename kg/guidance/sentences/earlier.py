"""An addition in a case that the sentence before names ("H04.- says nothing of nodes. If these were removed, …").

It goes with the listed codes, and to the variant, of which that sentence speaks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.codes import Selector
from kg.expression.nodes import Optional, When
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.conditions import without_note
from kg.guidance.sentences.effects import Meaning
from kg.guidance.sentences.general import goes_on_so

# A case that only the sentence before tells.
_SAID_BEFORE = re.compile(
    r"(?:only )?(?:if|when(?:ever)?|where(?:ver)?|once|should) "
    r"(?:(?:it|they|these|this|that|those|so|one|such \w+|any|either|both)\b"
    r"|there (?:is|was|were|are|has been|have been) (?:one|any|some|such)\b)"
    r"|(?:in|for|on) (?:that|this|such an?|such|these|those) (?:case|event|operation|patient|record)s?\b|then\b",
    re.IGNORECASE,
)


def of_earlier(
    meaning: Meaning, stretch: Stretch, previous: Stretch | None, known: Sequence[Selector], source: Source
) -> Meaning:
    """The meaning of a sentence with the listed codes that the one before speaks of, where only that tells its case."""
    if (general := goes_on_so(meaning, stretch, previous)) is not None:
        return general
    if previous is None or _SAID_BEFORE.match(without_note(stretch).text) is None:
        return meaning
    named = tuple(
        x for s in spots(previous.text)
        if (x := selector_of(s, Side.PROCEDURE.scheme)) is not None and any(source.same_codes(x, k) for k in known)
    )  # fmt: skip
    own = tuple(
        replace(e, mentions=e.mentions or named, earlier=previous)
        if e.kind == "add" and e.side is Side.PROCEDURE and isinstance(e.expression, When | Optional)
        else e
        for e in meaning.effects
    )
    return replace(meaning, effects=own)
