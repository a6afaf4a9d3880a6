"""Conditions on a code of a choice beside ("J12.4 chosen"): the choice decides them.

A reading keeps them as they are printed. What is derived and checked has the addition under the branch that it goes
with, so that no combination rests on a code being chosen that it lacks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from kg.expression.condition import STATED, Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When
from kg.expression.recommendation import Recommendation, Side

_WORDS = re.compile(r"(?P<codes>\S+(?: or \S+)*) chosen(?:(?:,| and) (?P<rest>.+))?", re.DOTALL)


def chosen(codes: Sequence[str], rest: str = "") -> str:
    """The words of the condition that one of these codes is the chosen one, and of what else it asks for."""
    return f"{' or '.join(codes)} chosen{f', {rest}' if rest else ''}"


def settled_recommendation(r: Recommendation) -> Recommendation:
    """The recommendation with all its readings settled."""
    readings = [
        replace(reading, **{side.value: settled(e) for side in Side if (e := reading.side(side)) is not None})
        for reading in r.readings
    ]
    return replace(r, readings=tuple(readings))


def settled(e: Expression) -> Expression:
    """The expression with each addition that goes with a code of a choice beside it put under that code.

    It stays where it is if the choice has no such branch, if all branches have the code, and in what is in sequence.
    """
    match e:
        case AllOf(parts, sequenced):
            inner = [settled(part) for part in parts]
            if not sequenced:
                inner = _placed(inner)
            return replace(e, parts=tuple(inner)) if len(inner) > 1 else inner[0]
        case OneOf(branches):
            return replace(e, branches=tuple(settled(branch) for branch in branches))
        case When(_, then):
            return replace(e, then=settled(then))
        case Optional(content):
            return replace(e, content=settled(content))
        case Pick() | Unnamed():
            return e
    assert_never(e)


def _placed(parts: Sequence[Expression]) -> list[Expression]:
    """The parts of a conjunction, less the additions that have gone under a branch of a choice among them."""
    left = list(parts)
    for part in parts:
        asked = _asked(part)
        if asked is None:
            continue
        codes, addition = asked
        for i, choice in enumerate(left):
            if isinstance(choice, OneOf) and (made := _with(choice, codes, addition)) is not None:
                left[i] = made
                left.remove(part)
                break
    return left


def _asked(part: Expression) -> tuple[frozenset[str], Expression] | None:
    """The codes that an addition goes with, and the addition without that condition."""
    if not isinstance(part, When) or part.condition.facet != STATED:
        return None
    said = _WORDS.fullmatch(part.condition.words)
    if said is None:
        return None
    codes = frozenset(said["codes"].split(" or "))
    if not said["rest"]:
        return codes, part.then
    return codes, replace(part, condition=Condition.stated(said["rest"], part.condition.citation))


def _with(choice: OneOf, codes: frozenset[str], addition: Expression) -> OneOf | None:
    """The choice with an addition under the branches that have one of these codes; None if it is not among them."""
    named = [_names(branch) & codes for branch in choice.branches]
    if frozenset[str]().union(*named) != codes or all(named):
        return None
    branches = (_under(b, addition) if own else b for b, own in zip(choice.branches, named, strict=True))
    return replace(choice, branches=tuple(branches))


def _names(branch: Expression) -> frozenset[str]:
    """The selectors that every record of a branch has."""
    match branch:
        case Pick(selector):
            return frozenset({str(selector)})
        case AllOf(parts):
            return frozenset[str]().union(*map(_names, parts))
        case When(_, then):
            return _names(then)
        case OneOf() | Optional() | Unnamed():
            return frozenset()
    assert_never(branch)


def _under(branch: Expression, addition: Expression) -> Expression:
    match branch:
        case When(_, then):
            return replace(branch, then=_under(then, addition))
        case AllOf(parts, sequenced=False):
            return replace(branch, parts=(*parts, addition))
        case _:
            return AllOf((branch, addition))
