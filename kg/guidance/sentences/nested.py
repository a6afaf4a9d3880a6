"""Cases within a case: what is added besides an addition ("If A, add X; if in addition to that B, add Y too")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.expression.nodes import AllOf, Expression, When
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.sentences.effects import Effect, names

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


def under_first(
    effects: Sequence[Effect], starts: Sequence[int], stretch: Stretch, side: Side, source: Source
) -> list[Effect]:
    """The additions of a sentence as one where its case opens it and is that of all: an operation, and what qualifies
    it in a case behind its code ("if A, add X, and Y if B"). A later clause with a verb of its own may stand apart from
    the case, which is asked. `starts`: where the first code of each addition stands.
    """
    first, *others = effects
    at = [stretch.span(start)[0] for start in starts]
    if side is not Side.PROCEDURE or not others or not isinstance(first.expression, When):
        return list(effects)
    inner = first.expression.then
    if first.condition is None or first.condition.span()[1] > at[0]:
        return list(effects)
    parts: list[Expression] = [inner]
    for other, place in zip(others, at[1:], strict=True):
        behind = other.condition is not None and other.condition.span()[0] > place
        own = other.expression if other.kind == "add" and behind else None
        if not isinstance(own, When) or not _qualifies(own, inner, source):
            return list(effects)
        parts.append(own)
    between = stretch.text[starts[0] : starts[-1]]
    if ";" in between or _APART.search(stretch.text[starts[0] :]):
        return list(effects)
    said = stretch.text[starts[0] :]
    for effect in effects:
        said = said.replace(effect.condition.text, " ") if effect.condition is not None else said
    if _CLAUSE.search(said[starts[1] - starts[0] :]) and not _OF_IT.search(stretch.text[starts[1] :]):
        what = "not said whether this code is added in the first case only: it is read so"
        source.warn("KG-W0202", what, others[0].condition or stretch)
    cite = source.cite(stretch)
    return [replace(first, expression=When(first.expression.condition, AllOf(tuple(parts), citation=cite), cite))]


# What is said of more than the first case; a clause of its own behind a code; what speaks of the operation before it.
_APART = re.compile(r"\b(?:in (?:either|any|every|each|all) cases?|whether or not|always|regardless)\b", re.IGNORECASE)
_CLAUSE = re.compile(
    r"\b(?:is|are|must be|should be|can be|may be) (?:also |then )?"
    r"(?:recorded|assigned|used|coded|added|given|needed|required)\b",
    re.IGNORECASE,
)
_OF_IT = re.compile(r"\b(?:for|to|in|of|during|with) (?:it|this|that|them|these|the latter)\b", re.IGNORECASE)


# A case that is told of what the sentence before adds ("if an endoscope is used for this").
_TOLD_OF = re.compile(r"\b(?:for|in|during|with|at) (?:it|this|that|them)\W*$", re.IGNORECASE)


def _qualifies(e: Expression, main: Expression, source: Source) -> bool:
    """Whether codes qualify an operation: none of them leads a record, and the first of it does."""
    return any(map(source.leads, names(main)[:1])) and not any(map(source.leads, names(e)))


def in_case_before(effects: Sequence[Effect], text: str, before: Effect | None, source: Source) -> Effect | None:
    """The addition of the sentence before with what a sentence adds within its case; None where it does not."""
    match before, list(effects):
        case (
            Effect(kind="add", expression=When(outer, first)) as one,
            [Effect(kind="add", expression=When() as inner)],
        ) if (found := _WITHIN.match(text)) is not None and found[0].lower().split()[0] not in {"so", "and"}:
            cite = source.cite(one.stretch)
            return replace(one, expression=When(outer, AllOf((first, inner), citation=cite), cite))
        case (
            Effect(kind="add", expression=When(outer, first)) as one,
            [Effect(kind="add", expression=When(case, second) as inner)],
        ) if _TOLD_OF.search(case.words) and _qualifies(second, first, source):
            cite = source.cite(one.stretch)
            return replace(one, expression=When(outer, AllOf((first, inner), citation=cite), cite))
        case _:
            return None
