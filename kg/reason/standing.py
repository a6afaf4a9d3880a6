"""The combinations of one side as they are in force: counted exactly where that can be done, listed lazily, each with
what the standards changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import assert_never

from kg.codes import Selector
from kg.expression.combination import Combination, combinations
from kg.expression.condition import Context
from kg.expression.counting import Counting
from kg.expression.nodes import AllOf, Expression, Pick, all_of, conditions, picks
from kg.expression.program import (
    NEVER,
    Choice,
    Denied,
    Leaf,
    Maybe,
    Open,
    Program,
    Sum,
    Under,
    compile_expression,
)
from kg.reason.change import Adjusted, Change
from kg.reason.in_force import InForce
from kg.reason.standard import Kind, Standard

_EXPANDED = 10_000  # printed combinations that are looked at one by one, to count or to join those that became equal
_RULING_OUT = (Kind.NEVER_ASSIGNED, Kind.CODES_VALUE)
_RULED_OUT = 100  # of those that the standards rule out, so many are told


@dataclass(frozen=True, slots=True)
class Standing:
    """A combination in force, and what the standards changed of the printed one (of the first, where several have
    become one).
    """

    combination: Combination
    changes: tuple[Change, ...] = ()


class CombinationsInForce:
    """The distinct combinations that are in force, in the rank order of the printed ones, and their number.

    Where no rule has anything to say they are the printed ones, counted as those are. `count` is None where the rules
    look at whole combinations and these are too many to be looked at one by one (more than `most`): it is not guessed.
    """

    def __init__(self, e: Expression | None, context: Context, force: InForce, most: int = _EXPANDED) -> None:
        self._most = most
        self.printed = combinations(e, context)
        self._force = force.under(context)
        self._rules = self._force.matters(e) if e is not None else ()

    @property
    def context(self) -> Context:
        """What is known of the care event."""
        return self.printed.context

    @cached_property
    def count(self) -> int | None:
        """How many distinct multisets of selectors are in force."""
        e = self.printed.expression
        if e is None or not self._rules:
            return self.printed.count
        return _counted(e, self.printed.context, self._force, self._rules, self._most)

    @cached_property
    def program(self) -> tuple[Program, bool] | None:
        """A program whose multisets are the combinations in force, and whether nothing at all may be one of them.

        None where they are not counted, and where the text says nothing.
        """
        e, context = self.printed.expression, self.printed.context
        if e is None:
            return None
        if not self._rules:
            return compile_expression(e, context), True
        if self._force.leaf_by_leaf(e, self._rules):
            return _rewritten(e, context, self._force)
        if self.printed.count <= self._most:
            return _listed(_multisets(e, context, self._force)), True
        apart = _apart(e, context, self._force, self._rules, self._most)
        if apart is None:
            return None
        made, rest = apart
        return Sum((compile_expression(rest, context), _listed(made))), True

    def __iter__(self) -> Iterator[Standing]:
        if not self._rules:
            yield from (Standing(c) for c in self.printed)
            return
        found = self._joined if self.printed.count <= self._most else self._lazily()
        for rank, one in enumerate(found, 1):
            yield replace(one, combination=replace(one.combination, rank=rank))

    def first(self, n: int) -> list[Standing]:
        """The first n in rank order."""
        return list(islice(self, n))

    @cached_property
    def ruled_out(self) -> tuple[Adjusted, ...]:
        """Printed combinations that the standards rule out (the first of them, looked for among the first printed)."""
        if not any(rule.kind in _RULING_OUT for rule in self._rules):
            return ()
        seen = (self._force.of(c) for c in islice(self.printed, _RULED_OUT * 10))
        return tuple(islice((a for a in seen if not a.holds), _RULED_OUT))

    @cached_property
    def _joined(self) -> list[Standing]:
        """All of them; those that have become equal are one, with the grounds of each."""
        found: dict[tuple[str, ...], Standing] = {}
        for one in self._standing():
            key = _key(one.combination)
            if (first := found.get(key)) is None:
                found[key] = one
                continue
            grounds = tuple(dict.fromkeys((*first.combination.grounds, *one.combination.grounds)))
            found[key] = replace(first, combination=replace(first.combination, grounds=grounds))
        return list(found.values())

    def _lazily(self) -> Iterator[Standing]:
        """Each multiset once, with the grounds of the first in rank; memory grows with what has been read."""
        seen: set[tuple[str, ...]] = set()
        if self.count == 0:
            return
        for one in self._standing():
            key = _key(one.combination)
            if key not in seen:
                seen.add(key)
                yield one
                if len(seen) == self.count:
                    return

    def _standing(self) -> Iterator[Standing]:
        for printed in self.printed:
            adjusted = self._force.of(printed)
            yield from (Standing(way, adjusted.changes) for way in adjusted.ways())


def _key(c: Combination) -> tuple[str, ...]:
    return tuple(sorted(map(str, c.selectors)))


def _counted(e: Expression, context: Context, force: InForce, rules: tuple[Standard, ...], most: int) -> int | None:
    """The number of distinct multisets in force; None if it would take too much to say."""
    if force.leaf_by_leaf(e, rules):
        program, empty = _rewritten(e, context, force)
        found, has_empty = Counting(program, context).tally
        return found - (has_empty and not empty)
    if combinations(e, context).count <= most:
        return len(_multisets(e, context, force))
    apart = _apart(e, context, force, rules, most)
    return len(apart[0]) * combinations(apart[1], context).count if apart else None


_Multisets = dict[tuple[str, ...], tuple[Selector, ...]]


def _multisets(e: Expression, context: Context, force: InForce) -> _Multisets:
    """The combinations in force, each once."""
    found: _Multisets = {}
    for way in (way for c in combinations(e, context) for way in force.of(c).ways()):
        found.setdefault(_key(way), way.selectors)
    return found


def _listed(found: _Multisets) -> Program:
    """Combinations that are written down, as a program."""
    numbers = iter(range(10**9, 2 * 10**9))  # behind those of what is compiled
    return Choice(tuple(Sum(tuple(Leaf(Pick(s), next(numbers)) for s in each)) for each in found.values()))


def _rewritten(e: Expression, context: Context, force: InForce) -> tuple[Program, bool]:
    """The expression where each selector has become what it is in force by itself, and whether the empty multiset is a
    combination: what has lost all its codes is none, it counts only where it was printed.
    """
    printed = compile_expression(e, context)
    program = _replaced(printed, {pick.selector: force.alone(pick.selector) for pick in picks(e)})
    return program, Counting(printed, context).tally[1]


def _replaced(p: Program, now: dict[Selector, tuple[Selector, ...] | None]) -> Program:
    match p:
        case Leaf(pick, index):
            put = now[pick.selector]
            if put is None:
                return NEVER
            return Sum(()) if not put else Leaf(Pick(put[0]), index)
        case Sum(parts):
            return Sum(tuple(_replaced(part, now) for part in parts))
        case Choice(branches):
            return Choice(tuple(_replaced(branch, now) for branch in branches))
        case Maybe(condition, body):
            return Maybe(condition, _replaced(body, now))
        case Under(condition, body, known):
            return Under(condition, _replaced(body, now), known)
        case Open() | Denied():
            return p
        case _:
            assert_never(p)


def _apart(
    e: Expression, context: Context, force: InForce, rules: tuple[Standard, ...], most: int
) -> tuple[_Multisets, Expression] | None:
    """The combinations in force of the parts of a conjunction that the rules concern, and the other parts: these are
    added as printed.

    That is exact where they share no selector and no condition with what the rules look at or make; else None.
    """
    if not isinstance(e, AllOf):
        return None
    idle = [part for part in e.parts if force.is_idle(part, rules)]
    rest = all_of([part for part in e.parts if part not in idle])
    other = all_of(idle)
    if rest is None or other is None or {c.facet for c in conditions(rest)} & {c.facet for c in conditions(other)}:
        return None
    if combinations(rest, context).count > most:
        return None
    if any(not force.of(c).picks for c in combinations(rest, context)):
        return None  # beside the other parts it is a combination all the same
    made = _multisets(rest, context, force)
    if {s for key in made for s in key} & {str(pick.selector) for pick in picks(other)}:
        return None
    return made, other
