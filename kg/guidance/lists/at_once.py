"""Alternatives that a note puts into one record, in one case: a further alternative."""

from __future__ import annotations

import re
from dataclasses import replace

from kg.expression.nodes import AllOf, Expression, OneOf, Pick, Unnamed, When, all_of
from kg.guidance.lists.assemble import contains
from kg.guidance.lists.rebuilt import rebuilt
from kg.guidance.lists.together import stand_together
from kg.guidance.page.source import Source
from kg.guidance.sentences.effects import Effect

_BOTH = re.compile(r"\b(?:both|two)\b", re.IGNORECASE)


def paired(e: Expression, effect: Effect, source: Source) -> Expression:
    """A choice with two of its codes together as one more alternative; asked about where no case is told.

    What can stand in one record already is left as it is.
    """
    if stand_together(e, effect.mentions, source) or not all(contains(e, m, source) for m in effect.mentions):
        return e
    cite, done = source.cite(effect.stretch), False

    def change(node: Expression) -> Expression:
        nonlocal done
        own = [b.then if isinstance(b, When) else b for b in node.branches] if isinstance(node, OneOf) else []
        of = [[b for b in own if isinstance(b, Pick) and source.same_codes(b.selector, m)] for m in effect.mentions]
        if not isinstance(node, OneOf) or done or not all(of) or effect.condition is None:
            return node
        done = True
        named = zip(of, effect.mentions, strict=True)
        parts = [x[0] if x[0].selector == m else Pick(m, citation=cite) for x, m in named]
        pair = When(source.condition(effect.condition), AllOf(tuple(parts), citation=cite), cite)
        return replace(node, branches=(*node.branches, pair))

    changed = rebuilt(e, change)
    if not done:
        source.warn("KG-W0202", "codes that are listed as alternatives are named together", effect.stretch)
    return changed


def all_at_once(e: Expression, effect: Effect, source: Source) -> Expression:
    """The one choice of a side with all that it offers as one more alternative, in the case that a note tells."""
    if effect.condition is None:
        return e
    parts = e.parts if isinstance(e, AllOf) else (e,)
    choices = [p for p in parts if isinstance(p, OneOf)]
    headed = [p for p in choices if all(isinstance(b, When) for b in p.branches)]
    wanted = headed if len(headed) == 1 else choices
    if len(wanted) != 1 or (_BOTH.search(effect.stretch.text) and len(wanted[0].branches) != len("AB")):
        source.unclear(effect.stretch, "what is recorded together")
        return e
    cite = source.cite(effect.stretch)
    content: list[Expression] = []
    for branch in wanted[0].branches:
        own = branch.then if isinstance(branch, When) else branch
        for part in own.parts if isinstance(own, AllOf) else (own,):
            again = isinstance(part, Pick) and any(isinstance(x, Pick) and x.selector == part.selector for x in content)
            content += [] if again or isinstance(part, Unnamed) else [part]
    case = When(source.condition(effect.condition), AllOf(tuple(content), citation=cite), cite)
    made = replace(wanted[0], branches=(*wanted[0].branches, case))
    return all_of([made if p is wanted[0] else p for p in parts]) or e
