"""Whether two codes of an expression can be recorded together, and either without the other."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import product
from typing import assert_never

from kg.codes import Selector
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, children


class Relation(StrEnum):
    """What a recommendation says of two codes that it names, the one printed first and the other."""

    TOGETHER = "together"
    SECOND_MAY = "second may be added"
    FIRST_MAY = "first may be added"
    EITHER_MAY = "either may be added"
    ALTERNATIVES = "alternatives"


_FIRST, _SECOND, _BOTH = 1, 2, 3
_OF_MASKS = {
    frozenset({_BOTH}): Relation.TOGETHER,
    frozenset({_BOTH, _FIRST}): Relation.SECOND_MAY,
    frozenset({_BOTH, _SECOND}): Relation.FIRST_MAY,
    frozenset({_BOTH, _FIRST, _SECOND}): Relation.EITHER_MAY,
    frozenset({_FIRST, _SECOND}): Relation.ALTERNATIVES,
}

Path = tuple[tuple[Expression, int], ...]
"""The nodes above a leaf, from the root on, each with the place of the child that leads to it."""


class Relations:
    """The relations of the codes of one expression. Each question costs the depth of the codes."""

    def __init__(self, e: Expression) -> None:
        """Note where each code stands."""
        self._whole = e
        self._paths = dict[Selector, list[Path]]()
        for pick, path in _paths(e):
            self._paths.setdefault(pick.selector, []).append(path)

    def of(self, first: Selector, second: Selector) -> Relation | None:
        """The relation of two codes; None where one of them is not there, or never recorded."""
        a, b = self._paths.get(first, []), self._paths.get(second, [])
        if len(a) != 1 or len(b) != 1:  # what stands in several places may be recorded from any of them
            masks = _masks(self._whole, first, second)
            return _OF_MASKS.get(frozenset(masks - {0}))
        (a_path,), (b_path,) = a, b
        depth = next(i for i, (x, y) in enumerate(zip(a_path, b_path, strict=False)) if x[1] != y[1])
        if isinstance(a_path[depth][0], OneOf):
            return Relation.ALTERNATIVES
        may = _may_lack(a_path[depth:]), _may_lack(b_path[depth:])
        masks = {_BOTH} | ({_SECOND} if may[0] else set()) | ({_FIRST} if may[1] else set())
        return _OF_MASKS[frozenset(masks)]


def _paths(e: Expression) -> Iterator[tuple[Pick, Path]]:
    stack: list[tuple[Expression, Path]] = [(e, ())]
    while stack:
        node, path = stack.pop()
        if isinstance(node, Pick):
            yield node, path
        for i, below in enumerate(children(node)):
            stack.append((below, (*path, (node, i))))


def _may_lack(path: Path) -> bool:
    """Whether the first node can be recorded without the leaf at the end of its path."""
    above: Expression | None = None
    for node, _ in path:
        if isinstance(node, OneOf | Optional) or (isinstance(node, When) and not isinstance(above, OneOf)):
            return True
        above = node
    return False


def _masks(e: Expression, first: Selector, second: Selector, *, label: bool = False) -> set[int]:
    """Which of two codes a record of the expression can have: a bit for each. `label`: a case is only a name."""
    match e:
        case Pick(selector=selector):
            return {_FIRST if selector == first else _SECOND if selector == second else 0}
        case Unnamed():
            return {0}
        case AllOf(parts=parts):
            masks = {0}
            for part in parts:
                masks = {x | y for x, y in product(masks, _masks(part, first, second))}
            return masks
        case OneOf(branches=branches):
            return set[int]().union(*(_masks(branch, first, second, label=True) for branch in branches))
        case Optional(content=inner):
            return {0} | _masks(inner, first, second)
        case When(then=inner):
            return _masks(inner, first, second) | (set[int]() if label else {0})
        case _:
            assert_never(e)
