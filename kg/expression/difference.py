"""How two readings of one side differ: what the one lets be recorded and the other does not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from kg.expression.combination import Combination, Combinations, combinations
from kg.expression.condition import NOTHING_KNOWN, Context
from kg.expression.nodes import Expression
from kg.expression.sameness import same_meaning

_LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True)
class Difference:
    """How many combinations each of two expressions has, and the first in print order that only the one has.

    Where neither has one among its first thousand, `same` tells whether they mean the same; if not, equal codes rest on
    other conditions.
    """

    counts: tuple[int, int]
    only_first: Combination | None
    only_second: Combination | None
    same: bool


def difference(a: Expression | None, b: Expression | None, context: Context = NOTHING_KNOWN) -> Difference:
    """How two expressions differ in their combinations. Bounded: a thousand combinations of each are looked up."""
    one, other = combinations(a, context), combinations(b, context)
    first, second = _lacking(one, other), _lacking(other, one)
    same = first is None and second is None and same_meaning(a, b, context)
    return Difference((one.count, other.count), first, second, same)


def _lacking(one: Combinations, other: Combinations) -> Combination | None:
    """The first combination of the one that the other does not have."""
    return next((c for c in islice(one, _LOOKED_AT) if other.of(c.selectors) is None), None)
