"""Codes of which one is recorded ("one of A, B and C"), or both ("A or B, or both if both sides are done")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from kg.codes import One
from kg.expression.nodes import AllOf, Expression, OneOf, Pick, When, picks
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot

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
    low = stretch.text.lower()
    if "both" not in low and "two" not in low:
        return None
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


def is_pool(text: str, group: Sequence[Spot], node: Expression, source: Source) -> bool:
    """Whether the words before joined codes ask for one of them ("one of A, B and C"), and not anew for each ("a code
    from A and one from B").
    """
    before, between = text[: group[0].start], (text[a.end : b.start] for a, b in pairwise(group))
    if any(_ANEW.search(words) for words in between):
        return False
    asks = [hit for hit in source.phrases.all("pool.before", before) if hit.end() >= len(before.rstrip())]
    if len({isinstance(pick.selector, One) for pick in picks(node)}) > 1:  # "a code from V55.- and Y53.4"
        asks = [hit for hit in asks if re.match(r"(?:one|either|any one|any) (?:out )?of\b", hit[0], re.IGNORECASE)]
    return bool(asks)


_ANEW = re.compile(r"\b(?:and|plus|with) (?:also )?(?:an?|one|another) (?:[a-z]+ )*?(?:from|of|in)\b", re.IGNORECASE)


CHOICE_OVER = re.compile(
    r"(?:(?:either|one of|use|assign|record) )*(?:[A-Z]\d\d\.\w(?:, or |, | or |/))+(?<=or )[A-Z]\d\d\.\w"
    r"(?:[,;:(\s-]*(?:as (?:appropriate|applicable|relevant|required|needed)"
    r"|(?:depending on|according to|whichever) [^.;:]*?)\)?)?\s*:?",
    re.IGNORECASE,
)
"""Codes without titles, of which one is recorded, as a line over those of the list ("A1.1, A1.2 or A1.3:")."""
