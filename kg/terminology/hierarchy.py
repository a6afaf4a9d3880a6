"""The is-a closure: numbered so that *is A below B* is a comparison and at most one bisection.

A spanning tree takes for each concept its deepest parent. Its preorder gives every concept a place, and what is below
it in the tree is one run of places. What other paths reach are whole subtrees again: their roots, without those that
lie in another of them, are the concept's extra runs. Subtrees are nested or apart, so that a sort and a running maximum
remove what is contained. Source of the idea: Agrawal, Borgida, Jagadish 1989 (tree cover of a transitive relation).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Buffer = Any
"""What a memory view can be made of."""


@dataclass(frozen=True, slots=True)
class Closure:
    """What is below what, for `n` concepts told by number.

    `place` of each concept, `at` the concept of each place, `last` (by place) the last place of its subtree; the extra
    roots of concept `c` are `extra[start[c]:end[c]]`, as places in order.
    """

    place: np.ndarray
    at: np.ndarray
    last: np.ndarray
    start: np.ndarray
    end: np.ndarray
    extra: np.ndarray


@dataclass(frozen=True, slots=True)
class Links:
    """Rows by owner: those of `i` are `rows[start[i]:start[i + 1]]`."""

    start: np.ndarray
    rows: np.ndarray

    @classmethod
    def of(cls, n: int, owners: np.ndarray, rows: np.ndarray) -> Links:
        """Group rows by owner, each group in order."""
        key = (owners.astype(np.int64) << 32) | rows
        key.sort()
        counts = np.bincount(owners, minlength=n) if len(owners) else np.zeros(n, np.int64)
        start = np.zeros(n + 1, np.int32)
        np.cumsum(counts, out=start[1:])
        return cls(start, (key & 0xFFFFFFFF).astype(np.int32))

    def rows_of(self, owners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The rows of several owners, one behind the other, and for each the place of its owner among them."""
        return unroll(self.start[owners], self.start[owners + 1], self.rows)


def unroll(starts: np.ndarray, ends: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of several runs, one behind the other, and the number of the run of each."""
    counts = (ends - starts).astype(np.int64)
    owner = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    index = np.arange(len(owner)) - first[owner] + starts[owner]
    return rows[index], owner


def circles(n: int, child: np.ndarray, parent: np.ndarray) -> np.ndarray:
    """The links to leave out (places in the given arrays, in order) so that no circle is left.

    Of each circle it is the link that stands last. Linear where there are none.
    """
    gone: list[int] = []
    rows = np.arange(len(child))
    while True:
        left = _core(n, child[rows], parent[rows])
        if not len(left):
            return np.array(sorted(gone), np.int64)
        inside = rows[left]
        found = _first_circle(child[inside].tolist(), parent[inside].tolist())
        gone.append(int(inside[found]))
        rows = np.delete(inside, found)


def _core(n: int, child: np.ndarray, parent: np.ndarray) -> np.ndarray:
    """The links that remain when those of concepts without parents, then without children, are taken away in turn."""
    left = np.arange(len(child))
    for lower, upper in ((child, parent), (parent, child)):
        while len(left):
            has = np.zeros(n, bool)
            has[lower[left]] = True
            stay = has[upper[left]]
            if stay.all():
                break
            left = left[stay]
    return left


def _first_circle(child: Sequence[int], parent: Sequence[int]) -> int:
    """The last link, in the order given, of the circle that a walk upwards from the smallest concept meets."""
    up: dict[int, tuple[int, int]] = {}
    for link, (c, p) in enumerate(zip(child, parent, strict=True)):
        up[c] = min(up.get(c, (p, link)), (p, link))
    node, walked = min(up), {}
    while node not in walked:
        target, walked[node] = up[node]
        node = target
    way = list(walked)
    return max(walked[c] for c in way[way.index(node) :])


def levels(n: int, child: np.ndarray, parent: np.ndarray) -> tuple[np.ndarray, Links]:
    """The longest way of each concept from one without parents, and the children of each; there must be no circle."""
    children = Links.of(n, parent, child)
    waiting = np.bincount(child, minlength=n).astype(np.int32) if len(child) else np.zeros(n, np.int32)
    level = np.zeros(n, np.int32)
    front = np.flatnonzero(waiting == 0)
    depth = 0
    while len(front):
        level[front] = depth
        below, _ = children.rows_of(front)
        below.sort()
        nodes, times = _runs(below)
        waiting[nodes] -= times
        front = nodes[waiting[nodes] == 0]
        depth += 1
    return level, children


def _runs(ordered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values of a sorted array, and how often each occurs."""
    if not len(ordered):
        return ordered, ordered
    first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return ordered[first], np.diff(first, append=len(ordered)).astype(np.int32)


def close(n: int, child: np.ndarray, parent: np.ndarray) -> Closure:
    """The closure of is-a links without circles. Sorting dominates: n log n in the links that paths add."""
    level, children = levels(n, child, parent)
    over = _tree(n, child, parent, level)
    place, size = _preorder(n, over, level)
    at = np.empty(n, np.int32)
    at[place] = np.arange(n, dtype=np.int32)
    last = np.arange(n, dtype=np.int32) + size[at] - 1
    start, end, extra = _extras(n, children, over, level, place, last)
    return Closure(place, at, last, start, end, extra)


def _tree(n: int, child: np.ndarray, parent: np.ndarray, level: np.ndarray) -> np.ndarray:
    """The parent of each concept in the spanning tree: the deepest, of these the smallest; -1 for a root."""
    over = np.full(n, -1, np.int32)
    key = (level[parent].astype(np.int64) << 32) | (n - 1 - parent.astype(np.int64))
    order = np.argsort(key, kind="stable")
    over[child[order]] = parent[order]  # of several assignments to one place the last holds
    return over


def _preorder(n: int, over: np.ndarray, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The place of each concept in the preorder of the tree, and the number of concepts of its subtree."""
    size = np.ones(n, np.int32)
    by_level = _by_level(level)
    for nodes in reversed(by_level[1:]):
        size += np.bincount(over[nodes], weights=size[nodes], minlength=n).astype(np.int32)
    order = np.argsort(over, kind="stable")  # siblings side by side, in their own order; roots first
    before = np.cumsum(size[order]) - size[order]
    groups = np.concatenate(([True], over[order][1:] != over[order][:-1]))
    base = before[np.flatnonzero(groups)][np.cumsum(groups) - 1]
    offset = np.empty(n, np.int32)
    offset[order] = before - base
    place = offset.copy()
    for nodes in by_level[1:]:
        place[nodes] = place[over[nodes]] + 1 + offset[nodes]
    return place, size


def _by_level(level: np.ndarray) -> list[np.ndarray]:
    order = np.argsort(level, kind="stable")
    return np.split(order, np.cumsum(np.bincount(level))[:-1]) if len(level) else []


def _extras(
    n: int, children: Links, over: np.ndarray, level: np.ndarray, place: np.ndarray, last: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    start, end = np.zeros(n, np.int32), np.zeros(n, np.int32)
    buffer, used = np.empty(max(1024, n), np.int32), 0
    inner = children.start[1:] > children.start[:-1]
    for nodes in reversed(_by_level(level)):
        parents = nodes[inner[nodes]]
        if not len(parents):
            continue
        below, owner = children.rows_of(parents)
        aside = over[below] != parents[owner]
        far, of = unroll(start[below], end[below], buffer)
        runs = np.concatenate([place[below[aside]], far])
        owner = np.concatenate([owner[aside], owner[of]])
        own = place[parents[owner]]
        outside = (runs < own) | (runs > last[own])
        key = (owner[outside] << 32) | runs[outside]
        key.sort()
        runs = key & 0xFFFFFFFF
        reach = np.maximum.accumulate((key - runs) | last[runs])
        kept = np.concatenate(([True], key[1:] > reach[:-1])) if len(key) else np.zeros(0, bool)
        key, runs = key[kept], runs[kept]
        if used + len(runs) > len(buffer):
            buffer = np.concatenate([buffer[:used], np.empty(max(len(buffer), len(runs)), np.int32)])
        buffer[used : used + len(runs)] = runs
        counts = np.bincount(key >> 32, minlength=len(parents))
        end[parents] = used + np.cumsum(counts)
        start[parents] = end[parents] - counts
        used += len(runs)
    return start, end, buffer[:used].copy()


class Below:
    """Questions to a closure that lies in memory views (for one concept) and arrays (for many)."""

    __slots__ = ("_at", "_end", "_extra", "_last", "_place", "_start")

    def __init__(self, place: Buffer, at: Buffer, last: Buffer, start: Buffer, end: Buffer, extra: Buffer) -> None:
        self._place, self._at, self._last = memoryview(place), memoryview(at), memoryview(last)
        self._start, self._end, self._extra = memoryview(start), memoryview(end), memoryview(extra)

    @classmethod
    def of(cls, closure: Closure) -> Below:
        """Ask a closure that was just made."""
        parts = (closure.place, closure.at, closure.last, closure.start, closure.end, closure.extra)
        return cls(*(part.data for part in parts))

    def is_below(self, a: int, b: int) -> bool:
        """Whether concept `a` is `b` or below it."""
        place, root, last = self._place[a], self._place[b], self._last
        if root <= place <= last[root]:
            return True
        start, end = self._start[b], self._end[b]
        if start == end:
            return False
        i = bisect_right(self._extra, place, start, end) - 1
        return i >= start and last[self._extra[i]] >= place

    def runs(self, c: int) -> list[tuple[int, int]]:
        """The runs of places (first, after the last) of all concepts below one, without itself, in order."""
        root, last = self._place[c], self._last
        extra = self._extra[self._start[c] : self._end[c]].tolist()
        found = [(root + 1, last[root] + 1), *((first, last[first] + 1) for first in extra)]
        return sorted(run for run in found if run[0] < run[1])

    def descendants(self, c: int) -> np.ndarray:
        """All concepts below one, without itself, each once; in the order of places."""
        at = np.asarray(self._at)
        runs = self.runs(c)
        if len(runs) == 1:
            return at[runs[0][0] : runs[0][1]]
        return np.concatenate([at[first:after] for first, after in runs]) if runs else at[:0]

    def count(self, c: int) -> int:
        """How many concepts are below one."""
        return sum(after - first for first, after in self.runs(c))
