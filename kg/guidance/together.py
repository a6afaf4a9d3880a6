"""Which codes of a side can stand in one combination."""

from __future__ import annotations

from collections.abc import Sequence

from kg.codes import Chapter, Selector
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, children
from kg.guidance.source import Source


def stand_together(e: Expression, mentions: Sequence[Selector], source: Source) -> bool:
    """Whether all the codes of a sentence can stand in one combination."""
    wanted = list(dict.fromkeys(mentions))

    def sets(node: Expression) -> list[frozenset[int]]:
        match node:
            case Pick(selector):
                # A side is no site: Z94 is not what "no site code" speaks of.
                side = str(selector).startswith("Z94")
                own = (i for i, m in enumerate(wanted) if not (side and isinstance(m, Chapter)))
                return [frozenset(i for i in own if source.same_codes(selector, wanted[i]))]
            case Unnamed():
                return [frozenset()]
            case OneOf(branches):
                return _distinct([s for b in branches for s in sets(b)])
            case AllOf(parts):
                made = [frozenset[int]()]
                for part in parts:
                    made = _distinct([a | b for a in made for b in sets(part)])
                return made
            case Optional() | When():
                return _distinct([frozenset(), *(s for c in children(node) for s in sets(c))])

    return any(len(s) == len(wanted) for s in sets(e))


def _distinct(found: list[frozenset[int]]) -> list[frozenset[int]]:
    return list(dict.fromkeys(found))
