"""Counting and listing the multisets of a program.

Parts that share no selector and no undecided facet are independent: their counts multiply (AllOf) or add (OneOf), and
their listings nest. Only parts that do share something are put into one decision diagram, which counts each distinct
multiset once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import assert_never

from kg.codes import Selector
from kg.expression.condition import Context
from kg.expression.part import Multiset, Part, Variable
from kg.expression.program import (
    Choice,
    Denied,
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


class Counting:
    """The distinct multisets of a program, counted and listed without expanding."""

    def __init__(self, root: Program, context: Context) -> None:
        self.root, self._context = root, context
        # By identity: equal nodes may stand in several places, and ids stay unique while the root lives.
        self._variables: dict[int, frozenset[Variable]] = {}
        self._diagrams: dict[tuple[int, ...], Part] = {}

    @cached_property
    def count(self) -> int:
        """The number of distinct multisets."""
        return self.tally[0]

    @cached_property
    def tally(self) -> tuple[int, bool]:
        """The number of distinct multisets, and whether the empty one is among them."""
        return self._count(self.root)

    def multisets(self) -> Iterator[Multiset]:
        """Each distinct multiset once, lazily, in print order of the alternatives, without an addition before with
        it.
        """
        return self._list(self.root)

    def _count(self, p: Program) -> tuple[int, bool]:
        """How many multisets, and whether the empty one is among them."""
        match p:
            case Leaf():
                return 1, False
            case Open() | Denied():
                return 1, True
            case Under() | Maybe() if self._is_tied(p):
                return self._part([p], Sum).tally
            case Under(body=body):
                return self._count(body)
            case Maybe(body=body):
                n, empty = self._count(body)
                return n + (not empty), True
            case Sum(parts):
                total, all_empty = 1, True
                for group in self._groups(parts, facets=True):
                    n, empty = self._count(group[0]) if len(group) == 1 else self._part(group, Sum).tally
                    total, all_empty = total * n, all_empty and empty
                return total, all_empty
            case Choice(branches):
                filled, any_empty = 0, False
                for group in self._groups(branches, facets=False):
                    n, empty = self._count(group[0]) if len(group) == 1 else self._part(group, Choice).tally
                    filled, any_empty = filled + n - empty, any_empty or empty
                return filled + any_empty, any_empty
            case _:
                assert_never(p)

    def _list(self, p: Program) -> Iterator[Multiset]:
        match p:
            case Leaf(pick):
                yield Counter((pick.selector,))
            case Open() | Denied():
                yield Counter()
            case Under() | Maybe() if self._is_tied(p):
                yield from self._part([p], Sum).multisets()
            case Under(body=body):
                yield from self._list(body)
            case Maybe(body=body):
                yield Counter()
                yield from (found for found in self._list(body) if found)
            case Sum(parts):
                yield from self._sums(self._groups(parts, facets=True))
            case Choice(branches):
                empty_told = False
                for group in self._groups(branches, facets=False):
                    for found in self._group(group, Choice):
                        if not found:
                            if empty_told:
                                continue
                            empty_told = True
                        yield found
            case _:
                assert_never(p)

    def _group(self, group: Sequence[Program], kind: type[Sum] | type[Choice]) -> Iterator[Multiset]:
        return self._list(group[0]) if len(group) == 1 else self._part(group, kind).multisets()

    def _sums(self, groups: Sequence[Sequence[Program]]) -> Iterator[Multiset]:
        """The sums of one multiset of each group, the last group varying fastest; a group's listing is made anew,
        never kept.
        """
        if not groups:
            yield Counter()
            return
        sums: list[Multiset] = [Counter()]
        wheels = [self._group(groups[0], Sum)]
        while wheels:
            found = next(wheels[-1], None)
            if found is None:
                wheels.pop()
                sums.pop()
            elif len(wheels) == len(groups):
                yield sums[-1] + found
            else:
                sums.append(sums[-1] + found)
                wheels.append(self._group(groups[len(wheels)], Sum))

    def cheapest(self, cost: Callable[[Selector], int]) -> Iterator[tuple[int, Multiset]]:
        """Each distinct multiset with the summed `cost` of its selectors, cheapest first, equals in print order;
        lazy.
        """
        return self._part([self.root], Sum).cheapest(cost)

    def selectors(self) -> set[Selector]:
        """The selectors that some multiset has."""
        return self._part([self.root], Sum).selectors()

    def _is_tied(self, p: Under | Maybe) -> bool:
        """Whether what a condition governs depends on the same facet again."""
        condition = undecided(p)
        return condition is not None and facet_key(condition) in self._variables_of(p.body)

    def _groups(self, parts: Sequence[Program], *, facets: bool) -> list[list[Program]]:
        """The parts in groups that share variables, each in print order, groups by their first part.

        A choice is true for some facet value if one of its branches is: there, shared facets do not tie branches
        together.
        """
        groups: list[tuple[set[Variable], list[Program]]] = []
        for part in parts:
            own = {v for v in self._variables_of(part) if facets or not isinstance(v, tuple)}
            tied = [group for group in groups if own & group[0]]
            if tied:
                for group in tied[1:]:
                    tied[0][0].update(group[0])
                    tied[0][1].extend(group[1])
                    groups.remove(group)
                tied[0][0].update(own)
                tied[0][1].append(part)
            else:
                groups.append((own, [part]))
        return [members for _, members in groups]

    def _variables_of(self, p: Program) -> frozenset[Variable]:
        found = self._variables.get(id(p))
        if found is None:
            own: set[Variable] = set()
            if isinstance(p, Leaf):
                own.add(p.pick.selector)
            elif (condition := undecided(p)) is not None:
                own.add(facet_key(condition))
            found = self._variables[id(p)] = frozenset(own.union(*(self._variables_of(q) for q in below(p))))
        return found

    def _part(self, members: Sequence[Program], kind: type[Sum] | type[Choice]) -> Part:
        key = (int(kind is Sum), *map(id, members))
        if key not in self._diagrams:
            self._diagrams[key] = Part(kind(tuple(members)), self._context)
        return self._diagrams[key]
