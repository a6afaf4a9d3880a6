"""The combinations of a side as quads, each with its needs, grounds and the leaves that it can take selectors from."""

from __future__ import annotations

from dataclasses import replace
from itertools import count, islice
from typing import assert_never

from pyoxigraph import NamedNode

from kg.codes import Chapters
from kg.expression.combination import Combination, Combinations
from kg.expression.condition import Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When
from kg.expression.recommendation import Side
from kg.graph import iris
from kg.graph.quads import Quads
from kg.graph.vocabulary import Class, Individual, Other, Property
from kg.reason.needs import needs

MOST = 2_000
"""How many combinations of a side the graph lists."""


def list_combinations(
    quads: Quads, guidance: NamedNode, side: Side, found: Combinations, chapters: Chapters, most: int = MOST
) -> int:
    """Write the first `most` combinations of a side; how many were written comes back.

    The leaves that a combination uses are written only where all combinations are listed: the relations rest on
    both together.
    """
    if found.expression is None:
        return 0
    leaves = _Leaves(found, found.expression, guidance, side) if found.count <= most else None
    written = 0
    for combination in islice(found, most):
        _combination(quads, guidance, side, combination, chapters, leaves)
        written += 1
    return written


def _combination(
    quads: Quads, guidance: NamedNode, side: Side, combination: Combination, chapters: Chapters, leaves: _Leaves | None
) -> None:
    it = iris.combination_iri(guidance, side, combination.rank)
    own = Individual.PROCEDURE_SIDE if side is Side.PROCEDURE else Individual.DIAGNOSIS_SIDE
    quads.add(it, Other.TYPE, Class.COMBINATION)
    quads.add(it, Property.IN_GUIDANCE, guidance)
    quads.add(it, Property.OF_SIDE, own)
    quads.add(it, Property.RANK, combination.rank)
    quads.add(it, Property.NOTATION_TEXT, combination.notation)
    quads.add(it, Property.SELECTOR, *map(iris.selector_iri, combination.selectors))
    for number, need in enumerate(needs(combination.selectors, chapters), 1):
        told = iris.numbered(it, "need", number)
        quads.add(it, Property.NEED, told)
        quads.add(told, Other.TYPE, Class.NEED)
        quads.add(told, Property.OF_SELECTOR, *map(iris.selector_iri, need.selectors))
        quads.add(told, Property.AT_LEAST, need.at_least)
    for number, ground in enumerate(combination.grounds, 1):
        told = iris.numbered(it, "ground", number)
        quads.add(it, Property.GROUND, told)
        quads.add(told, Other.TYPE, Class.GROUND)
        quads.add(told, Property.HOLDS, *(_condition(guidance, c) for c in ground.holds))
        quads.add(told, Property.FAILS, *(_condition(guidance, c) for c in ground.fails))
        if leaves is not None:
            quads.add(told, Property.LEAVES_OPEN, *(node for u in ground.unnamed for node in leaves.open(u)))
    if leaves is not None:
        quads.add(it, Property.USES, *leaves.used(combination))


def _condition(guidance: NamedNode, condition: Condition) -> NamedNode:
    return iris.condition_iri(guidance, *condition.fact)


class _Leaves:
    """Which leaf nodes a combination can be made from.

    Selectors do not tell: one may stand at several leaves. So the question is put to the expression with every leaf
    marked by an Unnamed of its own number, which adds no selector and is told by the grounds.
    """

    def __init__(self, found: Combinations, e: Expression, guidance: NamedNode, side: Side) -> None:
        self._guidance, self._side = guidance, side
        self._unnamed: dict[Unnamed, list[NamedNode]] = {}
        self._numbers = count(1)  # as kg.graph.encode numbers nodes: print order, parents first
        self._marked = Combinations(self._mark(e), found.context)

    def used(self, combination: Combination) -> list[NamedNode]:
        """The leaves that some way of making the combination takes."""
        marked = self._marked.of(combination.selectors)
        # Never None: marking leaves changes no combination.
        return [self._node(int(u.words)) for u in marked.unnamed] if marked else []

    def open(self, unnamed: Unnamed) -> list[NamedNode]:
        """The nodes with these words (two that are printed alike are not told apart)."""
        return self._unnamed[unnamed]

    def _node(self, number: int) -> NamedNode:
        return iris.node_iri(self._guidance, self._side, number)

    def _mark(self, e: Expression) -> Expression:
        number = next(self._numbers)
        match e:
            case Pick():
                return AllOf((e, Unnamed(str(number))))
            case Unnamed():
                self._unnamed.setdefault(e, []).append(self._node(number))
                return Unnamed(str(number))
            case AllOf(parts=below):
                return AllOf(tuple(self._mark(part) for part in below))
            case OneOf(branches=below):
                return OneOf(tuple(self._mark(branch) for branch in below))
            case Optional(content=content):
                return Optional(self._mark(content))
            case When(then=then):
                return replace(e, then=self._mark(then))
            case _:
                assert_never(e)
