"""Codes at will within a choice: who chooses one of several leaves none of them to the coder's will."""

from __future__ import annotations

from dataclasses import replace

from kg.citation import Citation
from kg.expression.nodes import Expression, OneOf, Optional, picks
from kg.guidance.lists.rebuilt import rebuilt
from kg.guidance.page.source import Source


def without_will(e: Expression, source: Source) -> Expression:
    """The expression with choices that are at will as a whole, or not at all.

    "A or B (as applicable)" of main codes only asks to choose; where each of several is at will, so is the choice.
    Where one of two sites or methods is, a person is asked which of the two is meant.
    """

    def change(node: Expression) -> Expression:
        if not isinstance(node, OneOf) or not any(isinstance(b, Optional) for b in node.branches):
            return node
        own = [b for b in node.branches if isinstance(b, Optional)]
        made = replace(node, branches=tuple(b.content if isinstance(b, Optional) else b for b in node.branches))
        if len(own) == len(node.branches):
            return Optional(made, node.citation)
        if not all(any(source.leads(pick.selector) for pick in picks(b)) for b in made.branches):
            at = own[0].citation or node.citation
            start, end = (at.start, at.end) if isinstance(at, Citation) else (0, 0)
            source.note("KG-W0202", "not said whether this code is at will or the choice of one of them", start, end)
        return made

    return rebuilt(e, change)
