"""How a combination arises: the leaves it is made of, and the conditions that hold and fail in each way of making
it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, assert_never

from kg.codes import Selector
from kg.expression.condition import Condition, Context
from kg.expression.diagram import TooLargeError
from kg.expression.nodes import Unnamed
from kg.expression.part import Levels
from kg.expression.program import Choice, Denied, Leaf, Maybe, Open, Program, Sum, Under, below, facet_key, walk

_MOST_GROUNDS = 64  # of one combination; more are equivalent retellings that no reader compares


class Derivation(NamedTuple):
    """One way to make a multiset: leaves in print order, conditions that hold and that fail, what is left open.

    `have` is the multiset, counted by the numbers that `Derivations` gives to selectors.
    """

    leaves: tuple[Leaf, ...] = ()
    holds: tuple[Condition, ...] = ()
    fails: tuple[Condition, ...] = ()
    unnamed: tuple[Unnamed, ...] = ()
    have: Mapping[int, int] = MappingProxyType({})

    def literals(self) -> frozenset[tuple[str, str, bool]]:
        """The conditions as (facet, value, holds)."""
        if not (self.holds or self.fails):
            return _NONE
        return frozenset([(*c.fact, True) for c in self.holds] + [(*c.fact, False) for c in self.fails])


_NOTHING = Derivation()
_NONE: frozenset[tuple[str, str, bool]] = frozenset()


class Derivations:
    """How the multisets of one program arise. What depends on the program alone is worked out once.

    Leaves are numbered in print order, so that a part is an interval of numbers. A selector that only a part can supply
    must be complete when the part is done: this keeps long sums from branching. Selectors have numbers of their own.
    """

    def __init__(self, root: Program, context: Context) -> None:
        self._root, self._context = root, context
        self._numbers: dict[Selector, int] = {}
        self._reach: list[tuple[int, int]] = []
        # By identity: ids stay unique while the root lives.
        self._intervals: dict[int, tuple[int, int]] = {}
        self._number_of: dict[int, int] = {}
        for leaf in (q for q in walk(root) if isinstance(q, Leaf)):
            number = self._number_of[id(leaf)] = self._numbers.setdefault(leaf.pick.selector, len(self._numbers))
            if number == len(self._reach):
                self._reach.append((leaf.index, leaf.index))
            self._reach[number] = (self._reach[number][0], leaf.index)

    def of(self, chosen: Counter[Selector]) -> list[Derivation]:
        """The ways in which the program makes exactly `chosen`, simplest grounds only, in print order.

        A way that rests on more than another is left out, and two that differ in one condition alone, held and
        failed, are one without it. Empty if the program cannot make `chosen`.
        """
        # The whole program supplies all of `chosen`: what is short of it was left out on the way.
        if any(s not in self._numbers for s in chosen):
            return []
        wanted = {self._numbers[s]: n for s, n in chosen.items()}
        search = _Search(self, wanted, self._context, _MOST_GROUNDS)
        found = search.derive(self._root)
        if not found and search.left_out:
            # Of the ways to make a part, those that were kept may all contradict another part: look at every one.
            found = _Search(self, wanted, self._context, None).derive(self._root)
        return _simplest(found)

    def every(self, most: int) -> list[list[Derivation]] | None:
        """All multisets that the program can make: for each the ways as `of` gives them, in the order in which
        `Counting.cheapest` tells those of one cost; None where there are more than `most` ways, or where a way rests
        on two conditions of one facet, of which it must be found out whether they can be together.
        """
        search = _Search(self, None, self._context, None, limit=most)
        try:
            found = search.derive(self._root)
        except TooLargeError:
            return None
        grouped: dict[frozenset[tuple[int, int]], list[Derivation]] = {}
        for d in found:
            facets = [facet_key(c) for c in (*d.holds, *d.fails)]
            if len(set(facets)) < len(facets):
                return None
            grouped.setdefault(frozenset(d.have.items()), []).append(d)
        names = Levels()
        names.survey(self._root, addition=False)
        # More of what stands for itself before less, an addition without before with.
        signs = [
            (self._numbers[s], 1 if n in names.additions else -1)
            for s, n in names.levels.items()
            if not isinstance(s, tuple)
        ]

        def place(ways: list[Derivation]) -> list[int]:
            have = ways[0].have
            return [sign * have.get(number, 0) for number, sign in signs]

        return [_simplest(ways) for ways in sorted(grouped.values(), key=place)]

    def interval(self, p: Program) -> tuple[int, int]:
        """The numbers of the first and last leaf of a part; (-1, -1) if it has none."""
        found = self._intervals.get(id(p))
        if found is None:
            if isinstance(p, Leaf):
                found = (p.index, p.index)
            else:
                inner = [i for i in map(self.interval, below(p)) if i[0] >= 0]
                found = (inner[0][0], inner[-1][1]) if inner else (-1, -1)
            self._intervals[id(p)] = found
        return found

    def number(self, leaf: Leaf) -> int:
        """The number of the selector of a leaf."""
        return self._number_of[id(leaf)]

    def due(self, chosen: Mapping[int, int]) -> list[tuple[int, int, int, int]]:
        """For each selector of `chosen` the first and last leaf that supplies it, and how often it is wanted."""
        return [(*self._reach[number], number, n) for number, n in chosen.items()]


class _Search:
    """The derivations of parts of a program that stay within `chosen` (None: all), at most `most` of a multiset; more
    than `limit` in all raise `kg.expression.diagram.TooLargeError`.
    """

    def __init__(
        self,
        program: Derivations,
        chosen: Mapping[int, int] | None,
        context: Context,
        most: int | None,
        limit: int | None = None,
    ) -> None:
        self._program, self._chosen, self._context = program, chosen, context
        self._most, self.left_out, self._limit = most, False, limit
        self._due = program.due(chosen) if chosen is not None else []

    def derive(self, p: Program) -> list[Derivation]:
        """The derivations whose selectors are in `chosen`, as often at most, and complete where only this part
        supplies them.
        """
        match p:
            case Leaf():
                number = self._program.number(p)
                wanted = self._chosen is None or self._chosen.get(number, 0) > 0
                found = [Derivation((p,), have={number: 1})] if wanted else []
            case Open(unnamed):
                return [Derivation(unnamed=(unnamed,))]
            case Denied(condition):
                return [Derivation(fails=(condition,))]
            case Under(condition, body):
                found = self._joined([Derivation(holds=(condition,))], self.derive(body))
            case Maybe(condition, body):
                found = [_NOTHING if condition is None else Derivation(fails=(condition,))]
                with_it = [_NOTHING if condition is None else Derivation(holds=(condition,))]
                found += self._joined(with_it, self.derive(body))
            case Choice(branches):
                found = [d for branch in branches for d in self.derive(branch)]
            case Sum():
                return self._sum(p)
            case _:
                assert_never(p)
        return self._distinct(self._complete(found, p, p))

    def _sum(self, whole: Sum) -> list[Derivation]:
        made = [_NOTHING]
        for part in whole.parts:
            made = self._distinct(self._complete(self._joined(made, self.derive(part)), whole, part))
        return made

    def _complete(self, found: list[Derivation], begin: Program, end: Program) -> list[Derivation]:
        """Those that have all of `chosen` that only the leaves from the first of one part to the last of another
        supply.
        """
        if not self._due:
            return found
        first, last = self._program.interval(begin)[0], self._program.interval(end)[1]
        due = [(number, n) for lo, hi, number, n in self._due if first <= lo and hi <= last]
        return [d for d in found if all(d.have.get(number, 0) == n for number, n in due)] if due else found

    def _distinct(self, found: list[Derivation]) -> list[Derivation]:
        """Each multiset and ground once: the first in print order stands for all. At most `most` a multiset."""
        if len(found) < 2:
            return found
        if self._limit is not None and len(found) > self._limit:
            raise TooLargeError
        kept: dict[object, Derivation] = {}
        grounds: Counter[object] = Counter()
        for d in found:
            multiset = frozenset(d.have.items())
            key = (multiset, d.literals(), d.unnamed)
            if key in kept:
                continue
            if self._most is not None:
                if grounds[multiset] >= self._most:
                    self.left_out = True
                    continue
                grounds[multiset] += 1
            kept[key] = d
        return list(kept.values())

    def _joined(self, left: list[Derivation], right: list[Derivation]) -> list[Derivation]:
        """The sums of a derivation of each that stay within `chosen` and do not contradict themselves."""
        if left == [_NOTHING]:
            return right
        made: list[Derivation] = []
        for a in left:
            for b in right:
                have = dict(a.have)
                for number, n in b.have.items():
                    have[number] = have.get(number, 0) + n
                if self._chosen is not None and any(n > self._chosen[number] for number, n in have.items()):
                    continue
                d = Derivation(
                    a.leaves + b.leaves, _facts(a.holds, b.holds), _facts(a.fails, b.fails), a.unnamed + b.unnamed, have
                )
                if not d.holds or len(d.holds) + len(d.fails) == 1 or _consistent(d, self._context):
                    made.append(d)
        return made


def _facts(a: tuple[Condition, ...], b: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """The conditions of both, each fact once, in order."""
    if not (a and b):
        return a or b
    return tuple({c.fact: c for c in (*reversed(b), *reversed(a))}[f] for f in dict.fromkeys(c.fact for c in (*a, *b)))


def _consistent(d: Derivation, context: Context) -> bool:
    """Whether a care event can be so: no fact held and failed, no two values that exclude each other, none without
    what it implies.
    """
    facets = context.facets
    for c in d.holds:
        if any(c.facet == x.facet and facets.excludes(c.facet, c.value, x.value) for x in d.holds):
            return False
        if any(c.facet == x.facet and facets.implies(c.facet, c.value, x.value) for x in d.fails):
            return False
    return True


def _simplest(found: list[Derivation]) -> list[Derivation]:
    """Grounds without those that say more than another, pairs c and not-c joined, at most `_MOST_GROUNDS`."""
    kept = found[:_MOST_GROUNDS]
    changed = True
    while changed:
        changed = False
        for i, a in enumerate(kept):
            for b in kept[i + 1 :]:
                joined = _join(a, b)
                if joined is not None:
                    kept = [joined if d is a else d for d in kept if d is not b]
                    changed = True
                    break
            if changed:
                break
    return kept


def _join(a: Derivation, b: Derivation) -> Derivation | None:
    """The one derivation that says what both do: the weaker, or both without the one condition in which they differ."""
    if a.unnamed != b.unnamed:
        return None
    mine, theirs = a.literals(), b.literals()
    if mine <= theirs:
        return a
    if theirs <= mine:
        return b
    only_a, only_b = mine - theirs, theirs - mine
    if len(only_a) == len(only_b) == 1:
        (facet, value, holds), (other_facet, other, other_holds) = *only_a, *only_b
        if (facet, value) == (other_facet, other) and holds != other_holds:
            fact = (facet, value)
            return Derivation(
                a.leaves,
                tuple(c for c in a.holds if c.fact != fact),
                tuple(c for c in a.fails if c.fact != fact),
                a.unnamed,
                a.have,
            )
    return None
