"""The normal form of an expression: the same meaning with nothing nested that need not be.

It rewrites and never expands: combinations are not listed (kg/expression/combination.py does that), parts stay in print
order, and citations stay on the nodes that are kept.
"""

from __future__ import annotations

from typing import assert_never

from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, one_of


def normal(e: Expression) -> Expression:
    """The expression with the same combinations and grounds, flattened from below.

    All inside all and one inside one are opened, an addition at will inside another is that one, a condition met again
    below itself is dropped, an alternative at will makes the choice one at will, equal alternatives stand once.

    >>> from kg.codes import Scheme, parse_selector
    >>> a, b = (Pick(parse_selector(t, Scheme.OPCS4)) for t in ("J12.8", "Y53"))
    >>> normal(AllOf((a, AllOf((b, Optional(Optional(b))))))) == AllOf((a, b, Optional(b)))
    True
    """
    match e:
        case Pick() | Unnamed():
            return e
        case AllOf(parts, sequenced, citation):
            flat: list[Expression] = []
            for part in map(normal, parts):
                # An order that only the inner parts keep is kept with them.
                opened = isinstance(part, AllOf) and (sequenced or not part.sequenced)
                flat += part.parts if isinstance(part, AllOf) and opened else [part]
            return AllOf(tuple(flat), sequenced, citation)
        case OneOf(branches, ranked, citation):
            return _choice([normal(branch) for branch in branches], ranked, e)
        case Optional(content, citation):
            inner = normal(content)
            return inner if isinstance(inner, Optional) else Optional(inner, citation)
        case When(condition, then, citation):
            inner = normal(then)
            if isinstance(inner, When) and inner.condition.fact == condition.fact:
                inner = inner.then
            return When(condition, inner, citation)
        case _:
            assert_never(e)


def _choice(branches: list[Expression], ranked: bool, e: OneOf) -> Expression:
    flat: list[Expression] = []
    at_will = False
    for branch in branches:
        # Nothing at all is one of the choices, whichever branch offers it.
        if isinstance(branch, Optional):
            at_will = True
            branch = branch.content
            if isinstance(branch, When):  # a condition of an addition is no label of an alternative
                return OneOf(tuple(branches), ranked, e.citation)
        flat += branch.branches if isinstance(branch, OneOf) and (ranked or not branch.ranked) else [branch]
    kept: list[Expression] = []
    for branch in flat:
        if all(shape(branch) != shape(other) for other in kept):
            kept.append(branch)
    made = one_of(kept, ranked=ranked, citation=e.citation) or e
    if isinstance(made, When):
        return OneOf(tuple(branches), ranked, e.citation)  # alone it would be an addition
    return Optional(made, e.citation) if at_will else made


def shape(e: Expression) -> object:
    """What two expressions that say the same in the same order share: no titles, words of conditions, or citations."""
    match e:
        case Pick(selector):
            return selector
        case Unnamed(words):
            return ("unnamed", words)
        case AllOf(parts, sequenced):
            return ("all", sequenced, *map(shape, parts))
        case OneOf(branches, ranked):
            return ("one", ranked, *map(shape, branches))
        case Optional(content):
            return ("optional", shape(content))
        case When(condition, then):
            return ("when", condition.fact, shape(then))
        case _:
            assert_never(e)
