"""Two codes of which one is recorded, or both ("A or B, or both if both sides are done")."""

from __future__ import annotations

import re

from kg.expression.nodes import AllOf, Expression, OneOf, Pick, When
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source

_CASE = r"(?:if|when|where|for|in)\b[^();.,]*"
_DONE = r"(?:\s+(?:is|are|should be|must be|may be) (?:then |also )?[a-z]+)?"
_OR_BOTH = re.compile(
    rf"{_DONE}[\s,;(]*\b(?:or|and/or) (?:(?:with )?both(?: of (?:them|these))?|the two(?: together)?)"
    rf"(?: (?:is |are )?(?:recorded|assigned|used|coded|together))?(?P<case>(?:,? {_CASE})?)(?:,{_DONE})?[\s).;]*"
    rf"|{_DONE}[\s,;]*\bor,? (?P<first>{_CASE}), both[\s.;]*|[\s,]*\(both(?P<inside>,? {_CASE})\)[\s.;]*",
    re.IGNORECASE,
)


def or_both(text: str, at: int) -> re.Match[str] | None:
    """The words "or both" that stand at a place behind two codes, with the case that they are for."""
    return _OR_BOTH.match(text, at)


def before_both(stretch: Stretch) -> tuple[Stretch, Stretch] | None:
    """A line without the "or both" that ends it, and the case that this is for (empty for none); None without one."""
    hit = next((h for h in _OR_BOTH.finditer(stretch.text) if h.end() == len(stretch.text)), None)
    if hit is None:
        return None
    return stretch.part(0, hit.start()), case_of_both(stretch, hit)


def case_of_both(stretch: Stretch, hit: re.Match[str]) -> Stretch:
    """The case that "or both" is for; empty for none."""
    name = next((name for name in ("first", "inside") if hit[name]), "case")
    begin = len(hit[name]) - len(hit[name].lstrip(" ,"))
    return stretch.part(hit.start(name) + begin, hit.end(name))


def with_both(e: Expression, case: Stretch, source: Source, *, listed: bool = False) -> Expression | None:
    """A choice of two codes with both of them as one more alternative; None for another expression.

    `listed`: a comma between them stands for "or" ("A, B or both").
    """
    own = e.branches if isinstance(e, OneOf) else e.parts if isinstance(e, AllOf) and listed else ()
    if len(own) != len("AB") or not all(isinstance(b, Pick) for b in own):
        return None
    pair: Expression = AllOf(own, citation=e.citation)
    if case.text:
        pair = When(source.condition(case), pair, source.cite(case))
    return OneOf((*own, pair), citation=e.citation)
