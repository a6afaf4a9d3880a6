"""Expressions changed from below, and put together."""

from __future__ import annotations

from collections.abc import Callable

from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When


def rebuilt(e: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The expression with `change` applied to each node, from below."""
    match e:
        case AllOf(parts, sequenced, citation):
            return change(AllOf(tuple(rebuilt(p, change) for p in parts), sequenced, citation))
        case OneOf(branches, ranked, citation):
            return change(OneOf(tuple(rebuilt(b, change) for b in branches), ranked, citation))
        case Optional(content, citation):
            return change(Optional(rebuilt(content, change), citation))
        case When(condition, then, citation):
            return change(When(condition, rebuilt(then, change), citation))
        case Pick() | Unnamed():
            return change(e)


def with_it(e: Expression, addition: Expression) -> Expression:
    """Both together, in the order in which the first is recorded."""
    parts = list(e.parts) if isinstance(e, AllOf) else [e]
    more = list(addition.parts) if isinstance(addition, AllOf) else [addition]
    return AllOf((*parts, *more), isinstance(e, AllOf) and e.sequenced, e.citation if isinstance(e, AllOf) else None)
