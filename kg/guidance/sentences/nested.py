"""Cases within a case: what is added besides an addition ("If A, add X; if in addition to that B, add Y too")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.expression.nodes import AllOf, When
from kg.guidance.page.source import Source
from kg.guidance.sentences.effects import Effect

# What says that the second case is one of the first: it is over and above it, or told of the first in one breath.
_WITHIN = re.compile(
    r"\b(?:if|when|where|should),? (?:in addition|on top|over and above|besides|as well as)"
    r"(?: (?:to|of))?(?: (?:that|this|it))?\b"
    r"|,\s*(?:together |along )?with (?:(?:an?|one|the|its|code|category|chapter|from|further|additional|range)\s+)*$"
    r"|\b(?:and )?so (?:is|are|does|do|has|have)\b(?! not)",
    re.IGNORECASE,
)


def within(effects: Sequence[Effect], between: str, source: Source) -> list[Effect]:
    """Two additions of a sentence, the second in the case of the first where the words between them say so."""
    match list(effects):
        case [
            Effect(kind="add", expression=When(outer, first)) as one,
            Effect(kind="add", expression=When(inner, second)),
        ] if outer.words != inner.words and _WITHIN.search(between):
            cite = source.cite(one.stretch)
            made = When(outer, AllOf((first, When(inner, second, cite)), citation=cite), cite)
            return [replace(one, expression=made)]
        case both:
            return both


def in_case_before(effects: Sequence[Effect], text: str, before: Effect | None, source: Source) -> Effect | None:
    """The addition of the sentence before with what a sentence adds within its case; None where it does not."""
    match before, list(effects):
        case (
            Effect(kind="add", expression=When(outer, first)) as one,
            [Effect(kind="add", expression=When() as inner)],
        ) if (found := _WITHIN.match(text)) is not None and found[0].lower().split()[0] not in {"so", "and"}:
            cite = source.cite(one.stretch)
            return replace(one, expression=When(outer, AllOf((first, inner), citation=cite), cite))
        case _:
            return None
