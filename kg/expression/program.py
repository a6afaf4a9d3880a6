"""An expression made ready for counting: conditions decided where the context knows them, leaves numbered.

`Optional` and When outside a choice become `Maybe`, a When directly under OneOf becomes `Under`, what the context
rules out is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from kg.expression.condition import STATED, Condition, Context
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When


@dataclass(frozen=True, slots=True)
class Leaf:
    """A selector to record; `index` is its place in print order."""

    pick: Pick
    index: int


@dataclass(frozen=True, slots=True)
class Open:
    """Codes that are called for without being named."""

    unnamed: Unnamed


@dataclass(frozen=True, slots=True)
class Sum:
    """All parts together; none at all for the empty multiset."""

    parts: tuple[Program, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the branches; no branch at all for what cannot be."""

    branches: tuple[Program, ...]


@dataclass(frozen=True, slots=True)
class Maybe:
    """With or without, as the condition says; without one, at will."""

    condition: Condition | None
    body: Program


@dataclass(frozen=True, slots=True)
class Under:
    """Only under a condition. `known`: the context says that it holds."""

    condition: Condition
    body: Program
    known: bool


@dataclass(frozen=True, slots=True)
class Denied:
    """Nothing, because the context says that the condition fails."""

    condition: Condition


Program = Leaf | Open | Sum | Choice | Maybe | Under | Denied
NEVER = Choice(())


def compile_expression(e: Expression, context: Context) -> Program:
    """The program of an expression in a context."""
    return _compile(e, context, iter(range(10**9)), labelled=False)


def _compile(e: Expression, context: Context, numbers: Iterator[int], *, labelled: bool) -> Program:
    match e:
        case Pick():
            return Leaf(e, next(numbers))
        case Unnamed():
            return Open(e)
        case AllOf(parts=parts):
            return Sum(tuple(_compile(part, context, numbers, labelled=False) for part in parts))
        case OneOf(branches=branches):
            made = [_compile(branch, context, numbers, labelled=True) for branch in branches]
            return Choice(tuple(branch for branch in made if branch != NEVER))
        case Optional(content=content):
            return Maybe(None, _compile(content, context, numbers, labelled=False))
        case When(condition=condition, then=then):
            body = _compile(then, context, numbers, labelled=False)
            truth = context.holds(*condition.fact)
            if truth is False:
                return NEVER if labelled else Denied(condition)
            if truth or labelled:
                return Under(condition, body, truth is True)
            return Maybe(condition, body)
        case _:
            assert_never(e)


def below(p: Program) -> tuple[Program, ...]:
    """The programs directly below."""
    match p:
        case Leaf() | Open() | Denied():
            return ()
        case Sum(parts):
            return parts
        case Choice(branches):
            return branches
        case Maybe(_, body) | Under(_, body):
            return (body,)


def walk(p: Program) -> Iterator[Program]:
    """The program and all below, in print order."""
    stack = [p]
    while stack:
        at = stack.pop()
        yield at
        stack.extend(reversed(below(at)))


FacetKey = tuple[str, str]


def facet_key(condition: Condition) -> FacetKey:
    """What is decided together: a facet; of the facet "stated" each value by itself."""
    return (condition.facet, condition.value if condition.facet == STATED else "")


def undecided(p: Program) -> Condition | None:
    """The condition of a node that the context leaves open, if it has one."""
    match p:
        case Maybe(condition=condition):
            return condition
        case Under(condition=condition, known=False):
            return condition
        case _:
            return None
