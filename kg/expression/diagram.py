"""Decision diagrams of multisets: exact counts and lazy listing of what would be too many to write down.

A diagram is a directed graph over levels in a fixed order. A *selector* level branches on how often the selector is
in the multiset; a *facet* level branches on the value that a facet has for the care event. Equal parts are shared
(hash-consing), so that a million million multisets often need a few hundred nodes. The idea is that of
zero-suppressed decision diagrams (Minato 1993), with counts in place of yes and no, because a code that each of two
operations carries is needed twice.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterator
from heapq import heappop, heappush

EMPTY = 0
"""The diagram of no multiset at all."""
UNIT = 1
"""The diagram of the empty multiset alone."""

_DEEP = sys.maxsize
_Edges = tuple[tuple[int, int], ...]


class TooLargeError(Exception):
    """More work than a table of diagrams was given; its caller says what is not told for that."""


class Diagrams:
    """A table of shared nodes and the operations on them.

    `sizes[level]` is 0 for a selector level, else the number of values of the facet at this level. Edges of a
    selector node are (count, child) for the counts that occur; of a facet node (value, child) for every value. Equal
    collections of multisets are one node. With `most`, an operation that would make more nodes raises `TooLargeError`.
    """

    def __init__(self, sizes: list[int], most: int | None = None) -> None:
        self._sizes, self._most = sizes, most
        self._nodes: list[tuple[int, _Edges]] = [(_DEEP, ()), (_DEEP, ())]
        self._ids: dict[tuple[int, _Edges], int] = {}
        self._memo: dict[tuple[str, int, int], int] = {}
        # One frame of each operation for a level: Python 3.11 keeps these off the C stack.
        sys.setrecursionlimit(max(sys.getrecursionlimit(), 1000 + 8 * len(sizes)))

    def _make(self, level: int, edges: _Edges) -> int:
        if self._sizes[level]:
            if all(child == edges[0][1] for _, child in edges):
                return edges[0][1]
        else:
            edges = tuple((n, child) for n, child in edges if child != EMPTY)
            if not edges:
                return EMPTY
            if edges[0][0] == 0 and len(edges) == 1:
                return edges[0][1]
        node = (level, edges)
        found = self._ids.get(node)
        if found is None:
            if self._most is not None and len(self._nodes) + len(self._memo) > self._most:
                raise TooLargeError
            found = self._ids[node] = len(self._nodes)
            self._nodes.append(node)
        return found

    def once(self, level: int) -> int:
        """The multiset that holds the selector of a level once, alone."""
        return self._make(level, ((1, UNIT),))

    def given(self, level: int, holds: Callable[[int], bool]) -> int:
        """The empty multiset, for the values of a facet for which `holds` is true."""
        return self._make(level, tuple((v, UNIT if holds(v) else EMPTY) for v in range(self._sizes[level])))

    def _edges(self, node: int, level: int) -> _Edges:
        """The edges of a node at a level; of one that starts deeper, what the level means for it."""
        own, edges = self._nodes[node]
        if own == level:
            return edges
        size = self._sizes[level]
        return tuple((v, node) for v in range(size)) if size else ((0, node),)

    def union(self, a: int, b: int) -> int:
        """The multisets of either."""
        if a == b or b == EMPTY:
            return a
        if a == EMPTY:
            return b
        key = ("|", min(a, b), max(a, b))
        found = self._memo.get(key)
        if found is None:
            level = min(self._nodes[a][0], self._nodes[b][0])
            merged = dict(self._edges(a, level))
            for n, child in self._edges(b, level):
                merged[n] = self.union(merged[n], child) if n in merged else child
            found = self._memo[key] = self._make(level, tuple(sorted(merged.items())))
        return found

    def plus(self, a: int, b: int) -> int:
        """The sums of a multiset of each, under the same facet values."""
        if EMPTY in (a, b):
            return EMPTY
        if a == UNIT:
            return b
        if b == UNIT:
            return a
        key = ("+", min(a, b), max(a, b))
        found = self._memo.get(key)
        if found is None:
            level = min(self._nodes[a][0], self._nodes[b][0])
            left, right = self._edges(a, level), self._edges(b, level)
            merged: dict[int, int] = {}
            if self._sizes[level]:
                merged = {v: self.plus(x, y) for (v, x), (_, y) in zip(left, right, strict=True)}
            else:
                for n, x in left:
                    for m, y in right:
                        merged[n + m] = self.union(merged.get(n + m, EMPTY), self.plus(x, y))
            found = self._memo[key] = self._make(level, tuple(sorted(merged.items())))
        return found

    def forget(self, node: int) -> int:
        """The multisets that exist for some values of the facets."""
        if node <= UNIT:
            return node
        key = ("?", node, 0)
        found = self._memo.get(key)
        if found is None:
            level, edges = self._nodes[node]
            if self._sizes[level]:
                found = EMPTY
                for _, child in edges:
                    found = self.union(found, self.forget(child))
            else:
                found = self._make(level, tuple((n, self.forget(child)) for n, child in edges))
            self._memo[key] = found
        return found

    def count(self, node: int) -> int:
        """How many multisets a diagram without facet levels holds: exact, linear in its nodes."""
        if node <= UNIT:
            return node
        key = ("#", node, 0)
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = sum(self.count(child) for _, child in self._nodes[node][1])
        return found

    def multisets(self, node: int, few_first: Callable[[int], bool]) -> Iterator[tuple[tuple[int, int], ...]]:
        """The multisets of a diagram without facet levels, each once, as (level, count) pairs.

        At a level of which `few_first` is true smaller counts come first, else larger ones. Lazy: memory for one path.
        """
        stack: list[tuple[int, tuple[tuple[int, int], ...]]] = [(node, ())]
        while stack:
            at, path = stack.pop()
            if at == UNIT:
                yield path
            elif at != EMPTY:
                level, edges = self._nodes[at]
                # Last in, first out: what is to come first is pushed last.
                for n, child in sorted(edges, reverse=few_first(level)):
                    stack.append((child, (*path, (level, n)) if n else path))

    def cheapest(
        self, node: int, cost: Callable[[int], int], few_first: Callable[[int], bool]
    ) -> Iterator[tuple[int, tuple[tuple[int, int], ...]]]:
        """The multisets with the sum of `cost(level)` over their members, cheapest first, equals in the order of
        `multisets`.

        Lazy: best-first search with the exact cost to go (linear in nodes), so that it never leaves a cheapest path.
        """
        least = {UNIT: 0}
        for at in self._children_first(node):
            level, edges = self._nodes[at]
            least[at] = min(n * cost(level) + least[child] for n, child in edges)
        heap: list[tuple[int, tuple[int, ...], int, int, tuple[tuple[int, int], ...]]] = []
        if node != EMPTY:
            heap.append((least[node], (), node, 0, ()))
        while heap:
            total, key, at, spent, path = heappop(heap)
            if at == UNIT:
                yield total, path
                continue
            level, edges = self._nodes[at]
            for place, (n, child) in enumerate(sorted(edges, reverse=not few_first(level))):
                paid = spent + n * cost(level)
                step = (*path, (level, n)) if n else path
                heappush(heap, (paid + least[child], (*key, place), child, paid, step))

    def levels(self, node: int) -> set[int]:
        """The selector levels that some multiset of a diagram without facet levels has. Linear in its nodes."""
        below = (self._nodes[at] for at in self._children_first(node))
        return {level for level, edges in below if any(n for n, _ in edges)}

    def _children_first(self, node: int) -> list[int]:
        """The inner nodes below and with a node, each behind its children. Ids are given to children first."""
        found: set[int] = set()
        stack = [node]
        while stack:
            at = stack.pop()
            if at > UNIT and at not in found:
                found.add(at)
                stack.extend(child for _, child in self._nodes[at][1])
        return sorted(found)

    # What follows is for diagrams without facet levels.

    def edges(self, node: int) -> tuple[int, tuple[tuple[int, int], ...]]:
        """The level of an inner node, and its (count, child) pairs, counts ascending."""
        return self._nodes[node]

    def has_empty(self, node: int) -> bool:
        """Whether the empty multiset is among them."""
        while node > UNIT:
            n, node = self._nodes[node][1][0]
            if n:
                return False
        return node == UNIT

    def without_empty(self, node: int) -> int:
        """All but the empty multiset."""
        if node <= UNIT:
            return EMPTY
        level, edges = self._nodes[node]
        return self._make(level, tuple((n, child if n else self.without_empty(child)) for n, child in edges))

    def minus(self, a: int, b: int) -> int:
        """The multisets of `a` that are not of `b`."""
        if a in (EMPTY, b):
            return EMPTY
        if b == EMPTY:
            return a
        key = ("-", a, b)
        found = self._memo.get(key)
        if found is None:
            level = min(self._nodes[a][0], self._nodes[b][0])
            if level == _DEEP:
                return EMPTY
            taken = dict(self._edges(b, level))
            edges = tuple((n, self.minus(child, taken.get(n, EMPTY))) for n, child in self._edges(a, level))
            found = self._memo[key] = self._make(level, edges)
        return found

    def above(self, a: int, b: int) -> int:
        """The multisets of `a` that contain one of `b` (or are one)."""
        if EMPTY in (a, b):
            return EMPTY
        if b == UNIT or a == b:
            return a
        key = (">", a, b)
        found = self._memo.get(key)
        if found is None:
            level = min(self._nodes[a][0], self._nodes[b][0])
            if self.has_empty(b):
                found = a
            elif a == UNIT:
                found = EMPTY
            else:
                wanted, edges = self._edges(b, level), list[tuple[int, int]]()
                for n, child in self._edges(a, level):
                    enough = EMPTY
                    for m, other in wanted:
                        enough = self.union(enough, other) if m <= n else enough
                    edges.append((n, self.above(child, enough)))
                found = self._make(level, tuple(edges))
            self._memo[key] = found
        return found

    def avoiding(self, node: int, levels: Container[int]) -> int:
        """The multisets that have nothing of some levels. Linear in nodes."""
        kept = {EMPTY: EMPTY, UNIT: UNIT}
        for at in self._children_first(node):
            level, edges = self._nodes[at]
            kept[at] = self._make(level, tuple((n, kept[c]) for n, c in edges if not n or level not in levels))
        return kept[node]

    def supports(self, node: int, sizes: Callable[[int], int]) -> int:
        """The multisets with counts of distinct things in place of counts: of n drawn from a level of `sizes(level)`,
        1 to n are distinct.
        """
        if node <= UNIT:
            return node
        key = ("s", node, 0)
        found = self._memo.get(key)
        if found is None:
            level, edges = self._nodes[node]
            merged: dict[int, int] = {}
            for n, child in edges:
                inner = self.supports(child, sizes)
                for distinct in range(1, min(n, sizes(level)) + 1) if n else (0,):
                    merged[distinct] = self.union(merged.get(distinct, EMPTY), inner)
            found = self._memo[key] = self._make(level, tuple(sorted(merged.items())))
        return found

    def tallies(self, node: int, weight: Callable[[int, int], int]) -> dict[int, int]:
        """Of the node and all below, the sum over the multisets of the product of `weight(level, count)`."""
        told = {EMPTY: 0, UNIT: 1}
        for at in self._children_first(node):
            level, edges = self._nodes[at]
            told[at] = sum(told[child] * (weight(level, n) if n else 1) for n, child in edges)
        return told

    def adopt(self, other: Diagrams, node: int, level_of: Callable[[int], int]) -> int:
        """A diagram of another table in this one; `level_of` keeps the order of levels. Linear in nodes."""
        own = {EMPTY: EMPTY, UNIT: UNIT}
        for at in other._children_first(node):
            level, edges = other._nodes[at]
            own[at] = self._make(level_of(level), tuple((n, own[child]) for n, child in edges))
        return own[node]
