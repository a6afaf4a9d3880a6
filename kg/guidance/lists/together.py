"""Which codes of a side can stand in one combination, and which stand in every one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.codes import Chapter, Selector
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, children, picks
from kg.guidance.page.source import Source


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


_EVENT = re.compile(r"(?:any|each|every|an?|all)\b", re.IGNORECASE)


def principal(e: Expression | None, source: Source) -> Expression | None:
    """The side with its only main codes for every record, where an event as subject names the operation itself.

    "Any liver resection is coded to J02; if it is done through the laparoscope, Y75.2 completes the record."
    """
    parts = e.parts if isinstance(e, AllOf) else (e,)
    main = [part for part in parts if any(source.leads(p.selector) for p in picks(part))]
    if not isinstance(e, AllOf | When) or len(main) != 1 or not isinstance(main[0], When):
        return e
    told = main[0].condition.words
    event = _EVENT.match(told) is not None or source.phrases.opens("event.thing", told) is not None
    if not event or source.phrases.opens("head.if", told) or any(str(p.selector)[0] in "UX" for p in picks(main[0])):
        return e
    if isinstance(e, When):
        return e.then
    own = main[0].then.parts if isinstance(main[0].then, AllOf) else (main[0].then,)
    return replace(e, parts=tuple(x for part in parts for x in (own if part is main[0] else (part,))))
