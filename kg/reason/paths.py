"""Ways through an expression as choices made at its nodes, numbered in print order from 0: the branch of a choice; 1 or
0 for an option taken or not, and for a condition that is not known, held or failed. What certificates are made of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations

from kg.codes import Selector
from kg.errors import KgError
from kg.expression.condition import Context, Facets
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, When, children, walk

Choices = dict[str, int]
Literal = tuple[str, str, bool]
"""A fact (facet, value) and whether it holds."""

NEVER = 10**6
"""More codes than any record has: what a combination lacks that cannot be."""
_MOST = 2000  # ways of one conjunction


@dataclass(frozen=True, slots=True)
class Derivation:
    """One way through an expression: the choices made, and the selectors in print order."""

    choices: Choices
    selectors: tuple[Selector, ...]


def numbered(e: Expression, n: int) -> Iterator[tuple[Expression, int]]:
    """The children of a node with their numbers."""
    at = n + 1
    for child in children(e):
        yield child, at
        at += sum(1 for _ in walk(child))


def ways(
    e: Expression,
    n: int,
    context: Context,
    wanted: Counter[Selector] | None,
    *,
    labelled: bool = False,
    made: Choices | None = None,
) -> Iterator[Derivation]:
    """The ways through an expression whose selectors are among those wanted, which make the choices made."""
    fixed = (made or {}).get(str(n))
    match e:
        case Pick(selector=s):
            if wanted is None or wanted[s]:
                yield Derivation({}, (s,))
        case AllOf():
            found = [Derivation({}, ())]
            for child, at in numbered(e, n):
                inner = list(ways(child, at, context, wanted, made=made))
                found = [
                    Derivation({**a.choices, **b.choices}, a.selectors + b.selectors) for a in found for b in inner
                ]
                if wanted is not None:
                    found = [d for d in found if Counter(d.selectors) <= wanted]
                if len(found) > _MOST:
                    raise KgError("KG-E0310", f"a combination arises in more than {_MOST} ways")
            yield from found
        case OneOf():
            for branch, (child, at) in enumerate(numbered(e, n)):
                if fixed is None or fixed == branch:
                    for d in ways(child, at, context, wanted, labelled=True, made=made):
                        yield Derivation({str(n): branch, **d.choices}, d.selectors)
        case Optional(content=inner):
            if fixed != 1:
                yield Derivation({str(n): 0}, ())
            if fixed != 0:
                for d in ways(inner, n + 1, context, wanted, made=made):
                    yield Derivation({str(n): 1, **d.choices}, d.selectors)
        case When(condition=condition, then=inner):
            truth = context.holds(*condition.fact)
            if truth is False:
                if not labelled:
                    yield Derivation({}, ())
                return
            free = truth is None and not labelled
            if free and fixed != 1:
                yield Derivation({str(n): 0}, ())
            if not free or fixed != 0:
                for d in ways(inner, n + 1, context, wanted, made=made):
                    yield Derivation({**({str(n): 1} if free else {}), **d.choices}, d.selectors)
        case _:
            yield Derivation({}, ())


def least_sum(
    e: Expression, n: int, made: Choices, context: Context, leaf: Callable[[Selector], int], *, labelled: bool = False
) -> int:
    """The least sum of `leaf` over the selectors of a combination that makes the choices made; conditions of what is
    left open are not held against each other. `NEVER` or more where none can.
    """
    choice = made.get(str(n))
    match e:
        case Pick(selector=s):
            return leaf(s)
        case AllOf():
            return sum(least_sum(child, at, made, context, leaf) for child, at in numbered(e, n))
        case OneOf():
            found = [least_sum(child, at, made, context, leaf, labelled=True) for child, at in numbered(e, n)]
            return min(found) if choice is None else found[choice]
        case Optional(content=inner):
            return least_sum(inner, n + 1, made, context, leaf) if choice == 1 else 0
        case When(condition=condition, then=inner):
            truth = context.holds(*condition.fact)
            if truth is False:
                return NEVER if labelled else 0
            return least_sum(inner, n + 1, made, context, leaf) if truth or labelled or choice == 1 else 0
        case _:
            return 0


def open_choice(
    e: Expression, n: int, made: Choices, context: Context, *, labelled: bool = False
) -> tuple[int, int] | None:
    """The first node whose choice is open, and how many options it has; None where all choices are made."""
    choice = made.get(str(n))
    match e:
        case AllOf():
            each = (open_choice(child, at, made, context) for child, at in numbered(e, n))
            return next((found for found in each if found), None)
        case OneOf(branches=branches):
            if choice is None:
                return n, len(branches)
            child, at = list(numbered(e, n))[choice]
            return open_choice(child, at, made, context, labelled=True)
        case Optional(content=inner):
            if choice is None:
                return n, 2
            return open_choice(inner, n + 1, made, context) if choice else None
        case When(condition=condition, then=inner):
            truth = context.holds(*condition.fact)
            if truth is False:
                return None
            if truth is None and not labelled and choice is None:
                return n, 2
            return open_choice(inner, n + 1, made, context) if truth or labelled or choice else None
        case _:
            return None


def assumed(e: Expression, n: int, made: Choices, context: Context, *, labelled: bool = False) -> list[Literal]:
    """What the choices made rest on."""
    choice = made.get(str(n))
    match e:
        case AllOf():
            return [x for child, at in numbered(e, n) for x in assumed(child, at, made, context)]
        case OneOf():
            if choice is None:
                return []
            child, at = list(numbered(e, n))[choice]
            return assumed(child, at, made, context, labelled=True)
        case Optional(content=inner):
            return assumed(inner, n + 1, made, context) if choice else []
        case When(condition=condition, then=inner):
            truth = context.holds(*condition.fact)
            if truth is False or (truth is None and not labelled and choice != 1):
                return [(*condition.fact, False)] if truth is False or choice == 0 else []
            return [(*condition.fact, True), *assumed(inner, n + 1, made, context)]
        case _:
            return []


def can_be(literals: list[Literal], facets: Facets) -> bool:
    """Whether a care event can have all of these, two by two."""
    for (facet, value, holds), (other_facet, other, other_holds) in permutations(dict.fromkeys(literals), 2):
        if facet != other_facet or not holds:
            continue
        if (facets.excludes if other_holds else facets.implies)(facet, value, other):
            return False
    return True
