"""An expression as codes and facts under `all` and `one`, for certificates; the ways through it as choices.

`When` is one of: its fact fails, or it holds and the content counts; as a label the latter alone. `Optional` is one of:
nothing, or the content. Choices are numbered in print order from 0; a choice made is the number of its branch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, permutations
from typing import assert_never

from kg.codes import Selector
from kg.errors import KgError
from kg.expression.condition import Condition, Context, Facets
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When

Choices = dict[str, int]
Literal = tuple[str, str, bool]
"""A fact (facet, value) and whether it holds."""

NEVER = 10**6
"""More codes than any record has: what a combination lacks that cannot be."""
_MOST = 2000  # ways of one conjunction


@dataclass(frozen=True, slots=True)
class Leaf:
    """A selector."""

    pick: Pick


@dataclass(frozen=True, slots=True)
class Fact:
    """A condition that holds or fails."""

    condition: Condition
    holds: bool

    @property
    def literal(self) -> Literal:
        """The fact and whether it holds."""
        return (*self.condition.fact, self.holds)


@dataclass(frozen=True, slots=True)
class Every:
    """All parts. `open`: the words for codes that are not named."""

    parts: tuple[Tree, ...]
    open: Unnamed | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the branches. `variants`: those of a choice whose branches all stand under a condition."""

    number: str
    branches: tuple[Tree, ...]
    source: Expression


Tree = Leaf | Fact | Every | Choice


@dataclass(frozen=True, slots=True)
class Derivation:
    """One way through a tree: the choices made, the selectors in print order, and what it rests on."""

    choices: Choices
    selectors: tuple[Selector, ...] = ()
    rests_on: tuple[Literal, ...] = ()


def tree_of(e: Expression) -> Tree:
    """The tree of an expression."""
    return _tree(e, map(str, count()), labelled=False)


def _tree(e: Expression, numbers: Iterator[str], *, labelled: bool) -> Tree:
    match e:
        case Pick():
            return Leaf(e)
        case Unnamed():
            return Every((), e)
        case AllOf(parts=parts):
            return Every(tuple(_tree(part, numbers, labelled=False) for part in parts))
        case OneOf(branches=branches):
            number = next(numbers)
            return Choice(number, tuple(_tree(branch, numbers, labelled=True) for branch in branches), e)
        case Optional(content=inner):
            number = next(numbers)
            return Choice(number, (Every(()), _tree(inner, numbers, labelled=False)), e)
        case When(condition=condition, then=inner):
            number = "" if labelled else next(numbers)
            held = Every((Fact(condition, True), _tree(inner, numbers, labelled=False)))
            return held if labelled else Choice(number, (Fact(condition, False), held), e)
        case _:
            assert_never(e)


def choices_of(t: Tree) -> Iterator[Choice]:
    """The choices of a tree, in print order."""
    if isinstance(t, Choice):
        yield t
    for part in t.branches if isinstance(t, Choice) else t.parts if isinstance(t, Every) else ():
        yield from choices_of(part)


def ways(
    t: Tree, context: Context, wanted: Mapping[Selector, int] | None = None, made: Mapping[str, int] | None = None
) -> Iterator[Derivation]:
    """The ways through a tree that can be under the context, make the choices made and have no more than the selectors
    wanted.
    """
    match t:
        case Leaf(pick):
            if wanted is None or wanted.get(pick.selector):
                yield Derivation({}, (pick.selector,))
        case Fact(condition, holds):
            if context.holds(*condition.fact) is not (not holds):
                yield Derivation({}, (), (t.literal,))
        case Every(parts):
            found = [Derivation({})]
            for part in parts:
                inner = list(ways(part, context, wanted, made))
                found = [d for a in found for b in inner if (d := _added(a, b, wanted, context.facets))]
                if len(found) > _MOST:
                    raise KgError("KG-E0310", f"a combination arises in more than {_MOST} ways")
            yield from found
        case Choice(number, branches):
            fixed = (made or {}).get(number)
            for n, branch in enumerate(branches):
                if fixed is None or fixed == n:
                    for d in ways(branch, context, wanted, made):
                        yield Derivation({number: n, **d.choices}, d.selectors, d.rests_on)
        case _:
            assert_never(t)


def _added(a: Derivation, b: Derivation, wanted: Mapping[Selector, int] | None, facets: Facets) -> Derivation | None:
    selectors, rests_on = a.selectors + b.selectors, (*a.rests_on, *b.rests_on)
    if wanted is not None and not Counter(selectors) <= Counter(wanted):
        return None
    return Derivation({**a.choices, **b.choices}, selectors, rests_on) if can_be(rests_on, facets) else None


def least_sum(
    t: Tree, made: Choices, context: Context, leaf: Callable[[Selector], int]
) -> tuple[int, tuple[Literal, ...]]:
    """The least sum of `leaf` over the selectors of a combination that makes the choices made, and what these rest on;
    conditions of what is left open are not held against each other. `NEVER` or more where none can be.
    """
    match t:
        case Leaf(pick):
            return leaf(pick.selector), ()
        case Fact(condition, holds):
            return NEVER if context.holds(*condition.fact) is (not holds) else 0, (t.literal,)
        case Choice(number, branches) if number not in made:
            return min(least_sum(branch, made, context, leaf)[0] for branch in branches), ()
        case Choice(number, branches):
            return least_sum(branches[made[number]], made, context, leaf)
        case Every(parts):
            found = [least_sum(part, made, context, leaf) for part in parts]
            told = tuple(x for _, more in found for x in more)
            return sum(n for n, _ in found) if can_be(told, context.facets) else NEVER, told
        case _:
            assert_never(t)


def open_choice(t: Tree, made: Choices) -> Choice | None:
    """The first choice that is open, given those made; None where all are made."""
    match t:
        case Choice(number, branches):
            return t if number not in made else open_choice(branches[made[number]], made)
        case Every(parts):
            return next((found for part in parts if (found := open_choice(part, made))), None)
        case Leaf() | Fact():
            return None
        case _:
            assert_never(t)


def can_be(literals: Sequence[Literal], facets: Facets) -> bool:
    """Whether a care event can have all of these, two by two."""
    for (facet, value, holds), (other_facet, other, other_holds) in permutations(dict.fromkeys(literals), 2):
        told = facets.excludes if other_holds else facets.implies
        if facet == other_facet and holds and told(facet, value, other):
            return False
    return True
