"""How a combination arises: the leaves it is made of, and the conditions that hold and fail in each way of making it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from kg.codes import Selector
from kg.expression.condition import Condition, Context
from kg.expression.nodes import Unnamed
from kg.expression.program import Choice, Denied, Leaf, Maybe, Open, Program, Sum, Under, walk

_MOST_GROUNDS = 64  # of one combination; more are equivalent retellings that no reader compares


@dataclass(frozen=True, slots=True)
class Derivation:
    """One way to make a multiset: leaves in print order, conditions that hold and that fail, what is left open."""

    leaves: tuple[Leaf, ...] = ()
    holds: tuple[Condition, ...] = ()
    fails: tuple[Condition, ...] = ()
    unnamed: tuple[Unnamed, ...] = ()

    def literals(self) -> frozenset[tuple[str, str, bool]]:
        """The conditions as (facet, value, holds)."""
        return frozenset([(*c.fact, True) for c in self.holds] + [(*c.fact, False) for c in self.fails])


_NOTHING = Derivation()


def derivations(root: Program, chosen: Counter[Selector], context: Context) -> list[Derivation]:
    """The ways in which a program makes exactly the multiset `chosen`, simplest grounds only, in print order.

    A way that rests on more than another is left out, and two that differ in one condition alone, held and failed, are one
    without it. Empty if the program cannot make `chosen`.
    """
    wanted = frozenset(chosen.items())
    found = _Search(root, chosen, context).derive(root)
    return _simplest([d for d in found if frozenset(_tally(d).items()) == wanted])


def _tally(d: Derivation) -> Counter[Selector]:
    return Counter(leaf.pick.selector for leaf in d.leaves)


class _Search:
    """The derivations of parts of one program that stay within `chosen`.

    Leaves are numbered in print order, so that a part is an interval of numbers. A selector that only a part can supply
    must be complete when the part is done: this keeps long sums from branching.
    """

    def __init__(self, root: Program, chosen: Counter[Selector], context: Context) -> None:
        self._chosen, self._context = chosen, context
        self._reach: dict[Selector, tuple[int, int]] = {}
        for leaf in _leaves(root):
            first, _ = self._reach.get(leaf.pick.selector, (leaf.index, leaf.index))
            self._reach[leaf.pick.selector] = (first, leaf.index)

    def derive(self, p: Program) -> list[Derivation]:
        """The derivations of a part whose selectors are in `chosen`, as often at most, and complete where only it supplies them."""
        match p:
            case Leaf(pick):
                found = [Derivation(leaves=(p,))] if self._chosen[pick.selector] else []
            case Open(unnamed):
                return [Derivation(unnamed=(unnamed,))]
            case Denied(condition):
                return [Derivation(fails=(condition,))]
            case Under(condition, body):
                found = self._joined([Derivation(holds=(condition,))], self.derive(body))
            case Maybe(None, body):
                found = [_NOTHING, *self.derive(body)]
            case Maybe(condition, body):
                with_it = self._joined([Derivation(holds=(condition,))], self.derive(body))
                found = [Derivation(fails=(condition,)), *with_it]
            case Choice(branches):
                found = [d for branch in branches for d in self.derive(branch)]
            case Sum(parts):
                return self._sum(parts)
            case _:
                assert_never(p)
        return _distinct(self._complete(found, *_interval(p)))

    def _sum(self, parts: tuple[Program, ...]) -> list[Derivation]:
        made = [_NOTHING]
        start: int | None = None
        for part in parts:
            first, last = _interval(part)
            start = first if start is None or (first >= 0 and start < 0) else start
            made = _distinct(self._complete(self._joined(made, self.derive(part)), start, last))
        return made

    def _complete(self, found: list[Derivation], first: int, last: int) -> list[Derivation]:
        """Those that have all of `chosen` that only the leaves from `first` to `last` supply."""
        due = {s: n for s, n in self._chosen.items() if s in self._reach and first <= self._reach[s][0] and self._reach[s][1] <= last}
        return [d for d in found if all(_tally(d)[s] == n for s, n in due.items())] if due else found

    def _joined(self, left: list[Derivation], right: list[Derivation]) -> list[Derivation]:
        """The sums of a derivation of each that stay within `chosen` and do not contradict themselves."""
        made = [
            Derivation(a.leaves + b.leaves, _facts(a.holds, b.holds), _facts(a.fails, b.fails), a.unnamed + b.unnamed)
            for a in left
            for b in right
        ]
        return [d for d in made if _tally(d) <= self._chosen and _consistent(d, self._context)]


def _leaves(p: Program) -> list[Leaf]:
    return [q for q in walk(p) if isinstance(q, Leaf)]


def _interval(p: Program) -> tuple[int, int]:
    """The numbers of the first and last leaf of a part; (-1, -1) if it has none."""
    numbers = [leaf.index for leaf in _leaves(p)]
    return (numbers[0], numbers[-1]) if numbers else (-1, -1)


def _facts(a: tuple[Condition, ...], b: tuple[Condition, ...]) -> tuple[Condition, ...]:
    return tuple({c.fact: c for c in (*b, *a)}[f] for f in dict.fromkeys(c.fact for c in (*a, *b)))


def _consistent(d: Derivation, context: Context) -> bool:
    """Whether a care event can be so: no fact held and failed, no two values that exclude each other, none without what it implies."""
    facets = context.facets
    for c in d.holds:
        if any(c.facet == x.facet and facets.excludes(c.facet, c.value, x.value) for x in d.holds):
            return False
        if any(c.facet == x.facet and facets.implies(c.facet, c.value, x.value) for x in d.fails):
            return False
    return True


def _distinct(found: Iterable[Derivation]) -> list[Derivation]:
    """Each multiset and ground once: the first in print order stands for all. At most `_MOST_GROUNDS` a multiset."""
    kept: dict[object, Derivation] = {}
    grounds: Counter[object] = Counter()
    for d in found:
        multiset = frozenset(_tally(d).items())
        key = (multiset, d.literals(), d.unnamed)
        if key not in kept and grounds[multiset] < _MOST_GROUNDS:
            kept[key] = d
            grounds[multiset] += 1
    return list(kept.values())


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
                a.leaves, tuple(c for c in a.holds if c.fact != fact), tuple(c for c in a.fails if c.fact != fact), a.unnamed
            )
    return None
