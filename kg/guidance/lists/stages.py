"""Lists that sentences open behind the first one, each in a case of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from kg.expression.nodes import Expression, When
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.parts.grammar import Body
from kg.guidance.parts.leads import Lead


def stages(opener: Lead, body: Body) -> Iterator[tuple[Lead, Body]]:
    """The list that a sentence adds in a case, and those of further cases behind it, which are not within the first."""
    cuts = [i for i, segment in enumerate(body.segments) if i and _case_of(segment.lead) is not None]
    if opener.condition is None or not cuts:
        yield opener, body
        return
    first, rest = body.segments[cuts[0]], body.segments[cuts[0] + 1 :]
    yield opener, replace(body, segments=body.segments[: cuts[0]], variants=())
    lead = replace(first.lead, condition=_case_of(first.lead))
    yield from stages(lead, replace(body, segments=(replace(first, lead=None), *rest)))


def in_its_case(e: Expression, lead: Lead | None, source: Source) -> Expression:
    """What stands under words that say if or when, in that case ("Note: If bone is taken from the hip for it:")."""
    case = _case_of(lead)
    if lead is None or case is None or lead.condition is not None:
        return e
    return When(source.condition(case), e, source.cite(lead.stretch))


def _case_of(lead: Lead | None) -> Stretch | None:
    """The case that a lead-in gives its list to."""
    if lead is None or lead.condition is not None:
        return lead.condition if lead is not None else None
    return lead.case if SAYS_IF.match(lead.stretch.text) else None


SAYS_IF = re.compile(r"(?:note\W+)?(?:if|when|whenever|unless)\b", re.IGNORECASE)
