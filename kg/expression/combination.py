"""The combinations of an expression: `valid(e, context)`, counted exactly before any is written down, and listed
lazily.

Meaning (the design's section 2): Selector -> {{s}}; AllOf -> all sums; OneOf -> the union; Optional -> with or
without; When -> content if it holds, nothing if it fails, both if unknown; directly under OneOf a When labels its
content. What rests on a condition and on its contrary, or on two values of a facet that exclude each other, does not
exist.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from kg.codes import Selector
from kg.expression.condition import NOTHING_KNOWN, Condition, Context
from kg.expression.counting import Counting
from kg.expression.derivation import Derivation, Derivations
from kg.expression.nodes import AllOf, Expression, OneOf, Pick, Unnamed, picks
from kg.expression.program import Program, compile_expression

_PLAIN = 64  # combinations of an expression without conditions that are written down at once
_FEW = 64  # ways through an expression with conditions or additions that are written down at once


@dataclass(frozen=True, slots=True)
class Ground:
    """One way in which a combination arises: the conditions that hold and fail in it, and what it leaves open."""

    holds: tuple[Condition, ...] = ()
    fails: tuple[Condition, ...] = ()
    unnamed: tuple[Unnamed, ...] = ()


_UNCONDITIONAL = (Ground(),)


@dataclass(frozen=True, slots=True)
class Combination:
    """A multiset of selectors, in print order, with the grounds it rests on; `rank` counts from 1.

    `picks` are the leaves that it takes its selectors from (of the first ground), in the same order.
    """

    selectors: tuple[Selector, ...]
    grounds: tuple[Ground, ...]
    rank: int
    picks: tuple[Pick, ...] = ()

    @property
    def notation(self) -> str:
        """The selectors as printed, joined: `J12.8 + Y13.2 + Y53.-`; `nothing` for none."""
        return " + ".join(map(str, self.selectors)) or "nothing"

    @property
    def conditions(self) -> tuple[tuple[Condition, bool], ...]:
        """The conditions that every ground shares, with whether they hold."""
        first, *rest = self.grounds
        told = [(c, True) for c in first.holds] + [(c, False) for c in first.fails]
        return tuple(
            (c, holds)
            for c, holds in told
            if all(any(c.fact == x.fact for x in (g.holds if holds else g.fails)) for g in rest)
        )

    @property
    def unnamed(self) -> tuple[Unnamed, ...]:
        """What some ground of it leaves open, in print order."""
        return tuple(dict.fromkeys(u for ground in self.grounds for u in ground.unnamed))


class Combinations:
    """The valid combinations of one side in a context, as a collection that is never expanded unasked.

    `count` is exact for any size. Iteration is lazy and in rank order: alternatives in print order, without an addition
    before with it. A side of which nothing is said (`None`) has no combination.
    """

    def __init__(self, e: Expression | None, context: Context = NOTHING_KNOWN) -> None:
        self.expression, self.context = e, context

    @cached_property
    def _program(self) -> Counting | None:
        if self.expression is None:
            return None
        return Counting(compile_expression(self.expression, self.context), self.context)

    def _plain(self) -> list[tuple[Pick, ...]] | None:
        """The leaves of each combination, in rank order, where writing them down is all there is to it."""
        found = _leaves(self.expression) if self.expression is not None else None
        if found is None or len(found) == 1:
            return found
        named = [pick.selector for pick in picks(self.expression)]
        if len(set(named)) == len(named):
            return found
        multisets = {frozenset(Counter([p.selector for p in leaves]).items()) for leaves in found}
        return found if len(multisets) == len(found) else None

    @cached_property
    def _few(self) -> list[Combination] | None:
        """The combinations as `cheapest` tells those of one cost, where there are few ways to make them."""
        plain = self._plain()
        if plain is not None:
            return [Combination(tuple([p.selector for p in ps]), _UNCONDITIONAL, 0, ps) for ps in plain]
        found = self._derivations.every(_FEW) if self._derivations else None
        return None if found is None else [_combination(ways, 0) for ways in found]

    @cached_property
    def count(self) -> int:
        """How many distinct multisets of selectors are valid."""
        if self._few is not None:
            return len(self._few)
        return self._program.count if self._program else 0

    def __iter__(self) -> Iterator[Combination]:
        if self._program is None:
            return
        for rank, chosen in enumerate(self._program.multisets(), 1):
            yield self._combination(chosen, rank)

    @property
    def program(self) -> tuple[Program, bool] | None:
        """The expression made ready to be counted; None where the text says nothing. Nothing at all may be a
        combination of it.
        """
        return (self._program.root, True) if self._program else None

    @cached_property
    def selectors(self) -> frozenset[Selector]:
        """The selectors of which some combination has one: of a branch that can never be taken, none. Nothing is
        expanded.
        """
        return frozenset(self._program.selectors()) if self._program else frozenset()

    def first(self, n: int) -> list[Combination]:
        """The first n in rank order."""
        return list(islice(self, n))

    def cheapest(self, cost: Callable[[Selector], int]) -> Iterator[tuple[int, Combination]]:
        """The combinations with the summed cost of their selectors, cheapest first, equals in rank order (`rank` is
        0: not counted).
        """
        if self._few is not None:
            told = [(sum(map(cost, found.selectors)), found) for found in self._few]
            yield from sorted(told, key=lambda each: each[0])
        elif self._program is not None:
            for total, chosen in self._program.cheapest(cost):
                yield total, self._combination(chosen, 0)

    def of(self, selectors: Sequence[Selector]) -> Combination | None:
        """The combination with exactly these selectors, or None if there is none (`rank` is 0: not looked up)."""
        if self._program is None:
            return None
        chosen = Counter(selectors)
        return self._combination(chosen, 0) if self._derivations and self._derivations.of(chosen) else None

    @cached_property
    def _derivations(self) -> Derivations | None:
        return Derivations(self._program.root, self.context) if self._program else None

    def _combination(self, chosen: Counter[Selector], rank: int) -> Combination:
        return _combination(self._derivations.of(chosen) if self._derivations else [], rank)


def _combination(ways: Sequence[Derivation], rank: int) -> Combination:
    """What some ways make."""
    leaves = tuple([leaf.pick for leaf in ways[0].leaves])
    return Combination(
        tuple([p.selector for p in leaves]), tuple([Ground(d.holds, d.fails, d.unnamed) for d in ways]), rank, leaves
    )


def _leaves(e: Expression) -> list[tuple[Pick, ...]] | None:
    """The leaves of each way through an expression, in print order; None where they are many, or something in it is
    optional, hangs on a condition or is not named.
    """
    match e:
        case Pick():
            return [(e,)]
        case OneOf(branches=branches):
            parts = [_leaves(branch) for branch in branches]
            found = [leaves for part in parts for leaves in part or ()]
            return found if None not in parts and 0 < len(found) <= _PLAIN else None
        case AllOf(parts=inner):
            made: list[tuple[Pick, ...]] = [()]
            for part in inner:
                more = _leaves(part)
                if more is None or len(made) * len(more) > _PLAIN:
                    return None
                made = [(*one, *other) for one in made for other in more]
            return made if inner else None
        case _:
            return None


def combinations(e: Expression | None, context: Context = NOTHING_KNOWN) -> Combinations:
    """The valid combinations of an expression in a context; nothing is expanded yet.

    >>> from kg.codes import Scheme, parse_selector
    >>> from kg.expression.nodes import AllOf, OneOf, Pick
    >>> a, b, c = (Pick(parse_selector(t, Scheme.OPCS4)) for t in ("J12.8", "Y53", "Y68"))
    >>> found = combinations(AllOf((a, OneOf((b, c)))))
    >>> found.count, [one.notation for one in found]
    (2, ['J12.8 + Y53.-', 'J12.8 + Y68.-'])
    """
    return Combinations(e, context)
