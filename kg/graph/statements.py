"""What alternatives state: the facts (facet, value) by which the term of a concept decides between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from kg.codes import Selector
from kg.expression.condition import STATED
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When

Fact = tuple[str, str]


class Statements(Protocol):
    """What is asked of the words and codes of the facets (`kg.facets.Lexicon`)."""

    def stated_in(self, text: str) -> tuple[Fact, ...]:
        """The facts that words state."""
        ...

    def stated_by(self, selector: Selector) -> tuple[Fact, ...]:
        """The facts that a code states by its use."""
        ...


def stated_by(branch: Expression, lexicon: Statements, title_of: Callable[[Selector], str | None]) -> list[Fact]:
    """The facts that an alternative states, sorted: its label's, and those of the titles of its codes.

    A title is the classification's, or where it knows none the printed one. Codes that the alternative adds only as
    an option or under a condition state nothing of the alternative itself.
    """
    label = [branch.condition.fact] if isinstance(branch, When) and branch.condition.facet != STATED else []
    facts = {
        fact
        for pick in _certain(branch.then if isinstance(branch, When) else branch)
        for fact in (*lexicon.stated_in(title_of(pick.selector) or pick.title), *lexicon.stated_by(pick.selector))
    }
    return sorted({*label, *facts})


def _certain(e: Expression) -> Iterator[Pick]:
    """The codes below that are neither optional nor under a condition (a label of a further alternative is none)."""
    match e:
        case Pick():
            yield e
        case AllOf(parts=below):
            for part in below:
                yield from _certain(part)
        case OneOf(branches=below):
            for branch in below:
                yield from _certain(branch.then if isinstance(branch, When) else branch)
        case Unnamed() | Optional() | When():
            return
