"""Parts of a program that share selectors or undecided facets, as one decision diagram."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import assert_never

from kg.codes import Selector
from kg.expression.condition import STATED, Condition, Context
from kg.expression.diagram import EMPTY, UNIT, Diagrams
from kg.expression.program import (
    Choice,
    Denied,
    FacetKey,
    Leaf,
    Maybe,
    Open,
    Program,
    Sum,
    Under,
    below,
    facet_key,
    undecided,
)

Multiset = Counter[Selector]
Variable = Selector | FacetKey


class Levels:
    """The variables of a program, in print order, which of its selectors first stand in an addition, and the conditions
    of each facet.
    """

    def __init__(self) -> None:
        self.levels: dict[Variable, int] = {}
        self.additions: set[int] = set()
        self.occurring: dict[FacetKey, list[Condition]] = {}

    def survey(self, program: Program, *, addition: bool) -> None:
        """Take in a program, or a part of one, which may be an addition."""
        if isinstance(program, Leaf):
            level = self.levels.setdefault(program.pick.selector, len(self.levels))
            if addition and level == len(self.levels) - 1:
                self.additions.add(level)
        elif (condition := undecided(program)) is not None:
            self.levels.setdefault(facet_key(condition), len(self.levels))
            self.occurring.setdefault(facet_key(condition), []).append(condition)
        for part in below(program):
            self.survey(part, addition=addition or isinstance(program, Maybe))


class Part:
    """Parts that share variables, as one decision diagram: `root` of `table`, whose levels are named by `names`.

    `order` numbers the selectors in the order of their levels, below those of the facets; else they are in print order.
    `most` bounds the work (`kg.expression.diagram.TooLargeError`).
    """

    def __init__(
        self, program: Program, context: Context, order: Mapping[Selector, int] | None = None, most: int | None = None
    ) -> None:
        self._context = context
        found = Levels()
        found.survey(program, addition=False)
        self._levels, self._additions, occurring = found.levels, found.additions, found.occurring
        if order is not None:
            facets = [v for v in self._levels if isinstance(v, tuple)]
            selectors = sorted((v for v in self._levels if not isinstance(v, tuple)), key=order.__getitem__)
            self._levels = {v: i for i, v in enumerate([*facets, *selectors])}
            self._additions.clear()  # print order is given up
        self.names: tuple[Variable, ...] = tuple(self._levels)
        self._domains = {key: self._domain(key, found) for key, found in occurring.items()}
        self.table = Diagrams([len(self._domains[v]) if isinstance(v, tuple) else 0 for v in self.names], most)
        self.root = self.table.forget(self._build(program))

    @property
    def tally(self) -> tuple[int, bool]:
        """How many multisets, and whether the empty one is among them."""
        empty = any(not found for found in self._empties())
        return self.table.count(self.root), empty

    def _empties(self) -> Iterator[Multiset]:
        # Smallest counts first: the empty multiset, if it is there, comes first.
        for path in self.table.multisets(self.root, lambda _: True):
            yield Counter(dict(path))  # type: ignore[arg-type]
            return

    def multisets(self) -> Iterator[Multiset]:
        """Each multiset once."""
        names = self.names
        for path in self.table.multisets(self.root, lambda level: level in self._additions):
            yield Counter({names[level]: n for level, n in path})  # type: ignore[misc]

    def selectors(self) -> set[Selector]:
        """The selectors that some multiset has."""
        names = self.names
        return {name for level in self.table.levels(self.root) if not isinstance(name := names[level], tuple)}

    def cheapest(self, cost: Callable[[Selector], int]) -> Iterator[tuple[int, Multiset]]:
        """Each multiset with its cost, cheapest first."""
        names = self.names
        # Facet levels are gone from the root: every level on a path is a selector's.
        costs = [0 if isinstance(name, tuple) else cost(name) for name in names]
        for total, path in self.table.cheapest(self.root, costs.__getitem__, lambda level: level in self._additions):
            yield total, Counter({names[level]: n for level, n in path})  # type: ignore[misc]

    def _domain(self, key: FacetKey, occurring: list[Condition]) -> list[str | None]:
        """The values that the facet can have here: those that occur, those known, and None for any other."""
        facts = {value: holds for (facet, value), holds in self._context.facts.items() if facet == key[0]}
        if key[0] == STATED:
            return [key[1], None]
        values: list[str | None] = [*dict.fromkeys(c.value for c in occurring), *facts, None]
        return [
            v for v in dict.fromkeys(values) if all(self._truth(key, v, told) is holds for told, holds in facts.items())
        ]

    def _truth(self, key: FacetKey, value: str | None, told: str) -> bool:
        return value is not None and self._context.facets.implies(key[0], value, told)

    def _given(self, condition: Condition, *, holds: bool) -> int:
        key = facet_key(condition)
        domain = self._domains[key]
        return self.table.given(self._levels[key], lambda v: self._truth(key, domain[v], condition.value) is holds)

    def _build(self, p: Program) -> int:
        table = self.table
        match p:
            case Leaf(pick):
                return table.once(self._levels[pick.selector])
            case Open() | Denied():
                return UNIT
            case Sum(parts):
                made = UNIT
                for part in reversed(parts):
                    made = table.plus(self._build(part), made)
                return made
            case Choice(branches):
                made = EMPTY
                for branch in branches:
                    made = table.union(made, self._build(branch))
                return made
            case Under(condition, body, known):
                return self._build(body) if known else table.plus(self._given(condition, holds=True), self._build(body))
            case Maybe(condition, body):
                inner = self._build(body)
                if condition is None:
                    return table.union(UNIT, inner)
                held = table.plus(self._given(condition, holds=True), inner)
                return table.union(held, self._given(condition, holds=False))
            case _:
                assert_never(p)
