"""Cases within a case: what is added besides an addition ("If A, add X; if in addition to that B, add Y too")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.expression.nodes import AllOf, Expression, OneOf, When
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, spots
from kg.guidance.parts.conditions import condition_of, without_note
from kg.guidance.parts.stems import stems
from kg.guidance.sentences.effects import Effect, Meaning, names
from kg.guidance.sentences.ledger import doubt_of

# What says that the second case is one of the first: it is over and above it, or told of the first in one breath.
_WITHIN = re.compile(
    r"\b(?:if|when|where|should),? (?:in addition|on top|over and above|besides|as well as)"
    r"(?: (?:to|of))?(?: (?:that|this|it))?\b"
    r"|,\s*(?:(?:together |along )?with|(?:and )?followed by|and then)"
    r" (?:(?:an?|one|the|its|codes?|category|chapter|from|further|additional|range|appropriate|relevant|corresponding"
    r"|suitable|[\w-]+(?= code from))\s+)*$"
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
        case [Effect(kind="add", expression=When(outer, first)) as one, Effect(kind="add", expression=second)] if (
            second is not None and _qualifies(second, first, source) and _is_followed(between, one.stretch.text)
        ):
            cite = source.cite(one.stretch)
            return [replace(one, expression=When(outer, AllOf((first, second), citation=cite), cite))]
        case both:
            return both


# Cases of which a record has one, within the case that opens a sentence.
_OF_SEVERAL = re.compile(r"\b(?:first|initial|second|later|further|subsequent|next|others?)\b", re.IGNORECASE)


def parted_behind(stretch: Stretch, whole: Stretch, found: Sequence[Spot]) -> int:
    """Where the rest of a sentence begins behind the case that opens it, if it may part its codes into cases; or 0."""
    at = stretch.text.find(whole.text) + len(whole.text)
    at += len(stretch.text[at:]) - len(stretch.text[at:].lstrip(" ,"))
    told = _OF_SEVERAL.search(stretch.text, at) is not None
    return at if told and at <= min(spot.start for spot in found) else 0


def in_opening(inner: Meaning, whole: Stretch, stretch: Stretch, source: Source) -> Meaning | None:
    """The alternatives that the rest of a sentence tells, under the case that opens it ("If it is staged, A at the
    first stage and B at the later ones"); None where it tells none.
    """
    match inner.effects:
        case (Effect(kind="add", expression=OneOf(branches)) as one,) if all(isinstance(b, When) for b in branches):
            case = source.condition(without_note(whole))
            made = When(case, OneOf(branches, citation=source.cite(stretch)), source.cite(stretch))
            return Meaning((replace(one, stretch=stretch, expression=made, condition=whole, plain=False),))
        case _:
            return None


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
        case (
            Effect(kind="add", expression=When(outer, first)) as one,
            [Effect(kind="add", expression=expression) as more],
        ) if expression is not None and _qualifies(expression, first, source) and _follows(text, one, more):
            used = [more.condition] if more.condition is not None else []
            if words := doubt_of(more.stretch, [expression], used, source, other=False):
                source.warn("KG-W0211", f'more is said than was read: "{words}"', more.stretch)
            cite = source.cite(one.stretch)
            return replace(one, expression=When(outer, AllOf((first, expression), citation=cite), cite))
        case _:
            return None


# What is said to be recorded behind the code that the sentence before adds ("the code for the graft is followed by").
_FOLLOWED = re.compile(
    r"(?:please\s+)?(?:notes?\s*:\s*)?"
    r"(?P<subject>(?:this|that|the|such an?)(?: (?:latter|additional|supplementary|further|second))?"
    r" code(?: (?:for|of) (?P<of>[^,;:.()]+?))?"
    r"|the (?P<kind>[a-z -]+?) code|this|it|[A-Z]\d\d(?:\.\d)?)(?: \([^()]*\))? (?:itself )?"
    r"(?:(?:must|should|is|has|needs?|may|can|also|then|always|to|be|in turn)\s+)*"
    r"(?:followed|accompanied|supplemented|supported|joined|completed|qualified|recorded with"
    r"|coded with|used with|requires|needs|takes)\b",
    re.IGNORECASE,
)
_WITHOUT = re.compile(r"\b(?:not|no|without|instead)\b", re.IGNORECASE)


def _follows(text: str, before: Effect, more: Effect) -> bool:
    """Whether what a sentence adds belongs to the code that the one before it adds: it names this, or its subject."""
    own = names(before.expression)
    if more.mentions:
        aside = more.condition is not None and spots(more.condition.text) and _WITHOUT.search(more.condition.text)
        return all(any(m == x for x in own) for m in more.mentions) and not aside
    return _is_followed(text, before.stretch.text)


def _is_followed(text: str, before: str) -> bool:
    """Whether a clause, the last of `text`, says what follows the code of the words `before` it."""
    found = _FOLLOWED.match(re.split(r";\s*(?:and |but )?", text)[-1])
    told = (found["of"] or found["kind"] or "") if found is not None else ""
    return found is not None and stems(told, letters=5) <= stems(before, letters=5)


def of_one_of(behind: Stretch, count: int, source: Source) -> tuple[int, Stretch] | None:
    """Which of several codes the words behind them make conditional ("the second only where"), and its case."""
    found = _ORDINAL.search(behind.text)
    at = {"first": 0, "former": 0, "second": 1, "third": 2}.get(found[1].lower(), count - 1) if found else count
    words = condition_of(behind.part(found.end(), len(behind.text)), source) if found else None
    return (at, words) if words is not None and at < count else None


_ORDINAL = re.compile(
    r"\bthe (first|second|third|latter|former|last|other)(?: code| one| of (?:them|these|the two))?,?"
    r"(?: (?:is|being))? (?=(?:only |just )?(?:if|when|where|for|in)\b)",
    re.IGNORECASE,
)


def or_else(effects: list[Effect], stretch: Stretch, begin: int, source: Source) -> list[Effect]:
    """The choice of codes that are each for a case but the last, which is for all others (words from `begin`)."""
    *cases, last = (effect.expression for effect in effects)
    rest = last.then if isinstance(last, When) else last
    if rest is None or not all(isinstance(case, When) for case in cases):
        return effects
    clause = stretch.part(begin, len(stretch.text))
    own = [case for case in cases if case is not None]
    other = When(source.condition(clause), rest, source.cite(clause))
    return [replace(effects[0], expression=OneOf((*own, other), citation=source.cite(stretch)))]


def joins_case(gap: str) -> bool:
    """Whether words between two codes join the second to the case of the first ("A if a drug is given, and B")."""
    return re.search(r"(?:,\s*|\s)(?:and|with|together with|along with)\s+['\"]?$", gap) is not None
