"""The variant of a side that a sentence speaks of, and dagger and asterisk lines as the pairs that they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.citation import Citation
from kg.codes import One
from kg.expression.condition import STATED, Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Pick, When
from kg.expression.recommendation import Side
from kg.guidance.effects import Effect
from kg.guidance.items import Item
from kg.guidance.leads import Lead
from kg.guidance.row import Row
from kg.guidance.sides import said_in
from kg.guidance.source import Source

# A heading without what leads to it, and without what explains it ("Stage 1 (the lead is put in)").
_BARE = re.compile(r"^(?:for|if|in|with|at|the|a|an)\s+|\s*[(,:-].*$", re.IGNORECASE)


def spoken_of(choice: OneOf, effect: Effect, source: Source) -> int | None:
    """Which of the variants of a choice a sentence names by its case ("if a flap is made at stage 1"); None for none.

    None too where it names more than one, or says that it is for each of them. A person is asked where it only states
    what a heading does, in other words.
    """
    cases = [b.condition if isinstance(b, When) and _is_headed(b, source) else None for b in choice.branches]
    if sum(case is not None for case in cases) < 2 or effect.bound:
        return None
    said = _said(effect, source)
    if source.phrases.find("lead.refers-back", said) or _OF_ALL.search(said):
        return None
    stated = source.lexicon.stated_in(said)
    plain = f" {' '.join(re.findall(r'[a-z0-9]+', said.lower()))} "
    named: list[int] = []
    for i, case in enumerate(cases):
        if case is None:
            continue
        head = _head(case)
        fact = case.facet != STATED and (case.facet, case.value) in stated
        if fact or (" " in head and f" {head} " in plain):
            named.append(i)
    facets = {case.facet for case in cases if case is not None} - {STATED}
    others = {value for facet, value in stated if facet in facets}
    if len(named) != 1 or len(others) > 1:
        return None
    head = _head(cases[named[0]])
    if not re.search(rf" (?:at|in|for|during|with) (?:the |an? )?{head} ", plain):
        source.warn("KG-W0202", "not said whether this is for one of the variants: it is read so", effect.stretch)
    return named[0]


def _head(case: Condition | None) -> str:
    """The words of a heading that name its case."""
    words = _BARE.sub("", _BARE.sub("", case.words)) if case is not None else ""
    return " ".join(re.findall(r"[a-z0-9]+", words.lower()))


def _is_headed(branch: When, source: Source) -> bool:
    """Whether the case of a branch is printed as a heading over it, and not told in a sentence."""
    cite = branch.condition.citation
    if not isinstance(cite, Citation):
        return False
    return re.match(r"[ \t*_)\]]*(?::|\r?\n|$)", source.document.text[cite.end :]) is not None


# Words of a case that is not one variant's alone.
_OF_ALL = re.compile(
    r"\b(?:may or may not|whether|regardless|irrespective|either|both|not|no|without)\b", re.IGNORECASE
)
_OPENING = re.compile(r"(?:notes?\s*:\s*)?(?:at|in|for|with|during|on)\s[^,;:]*,", re.IGNORECASE)


def _said(effect: Effect, source: Source) -> str:
    """The words of a sentence that say in which case its codes are added, without titles."""
    text = said_in(effect.stretch, source)
    opening = _OPENING.match(text)
    case = effect.expression.condition.words if isinstance(effect.expression, When) else ""
    return f"{opening[0] if opening is not None else ''} {case}"


def paired(rows: Sequence[Row]) -> list[Row]:
    """The rows of a side with a dagger code and the asterisk code behind it as one item, where there is a choice."""
    chosen = any(row.kind == "or" or (isinstance(row.value, Lead) and row.value.one) for row in rows)
    if not chosen or any(row.side is not Side.DIAGNOSIS for row in rows):
        return list(rows)
    made: list[Row] = []
    for row in rows:
        before = made[-2:] if made and made[-1].kind == "plus" else made[-1:]
        first, second = (_marked(before[0]), _marked(row)) if before else (None, None)
        if first is None or second is None or (first[1], second[1]) != ("D", "A"):
            made.append(row)
            continue
        pair = AllOf((first[0], second[0]))
        own = before[0].value
        if isinstance(own, Item):
            made[-len(before) :] = [replace(before[0], value=replace(own, expression=pair))]
    return made


def _marked(row: Row) -> tuple[Expression, str] | None:
    """The code of a line that is one code, with its mark."""
    match row.value:
        case Item(expression=Pick(One(code)) as pick):
            return pick, code.mark
        case _:
            return None
