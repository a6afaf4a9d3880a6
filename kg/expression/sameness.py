"""Whether two expressions mean the same: the same combinations on the same grounds."""

from __future__ import annotations

from kg.expression.combination import Ground, combinations
from kg.expression.condition import NOTHING_KNOWN, STATED, Condition, Context, Facets
from kg.expression.nodes import Expression

_MOST = 10_000


def same_meaning(a: Expression | None, b: Expression | None, context: Context = NOTHING_KNOWN) -> bool:
    """Whether both have the same combinations on the same grounds.

    Order and titles do not matter, nor the words of what no facet recognises. Counts are compared exactly, of what is
    listed the first 10,000 combinations.
    """
    if a is None or b is None:
        return a is b
    one, other = combinations(a, context), combinations(b, context)
    if one.count != other.count:
        return False
    if one.count > _MOST:  # the first ones of each need not be the same ones: those of one are looked up in the other
        return all(other.of(c.selectors) for c in one.first(_MOST // 20))
    tables = [
        {tuple(sorted(map(str, c.selectors))): frozenset(_ground(g, context) for g in c.grounds) for c in found}
        for found in (one, other)
    ]
    return tables[0] == tables[1]


def _ground(ground: Ground, context: Context) -> object:
    told = [(_fact(c), True) for c in ground.holds] + [(_fact(c), False) for c in stated_fails(ground, context.facets)]
    return frozenset(told), bool(ground.unnamed)


def stated_fails(ground: Ground, facets: Facets) -> list[Condition]:
    """The conditions that fail and would not fail anyway, because one that holds excludes them."""
    return [
        c
        for c in ground.fails
        if not any(h.facet == c.facet and facets.excludes(c.facet, h.value, c.value) for h in ground.holds)
    ]


def _fact(condition: Condition) -> tuple[str, str]:
    return condition.fact if condition.facet != STATED else (STATED, "")
