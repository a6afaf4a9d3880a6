"""Words behind a list under a heading that say that it goes with the list above the heading.

"If a stent is placed first:", a code, "(recorded in addition)"; "A02.1 is sequenced after A01.1".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from kg.codes import Selector
from kg.expression.nodes import picks
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.items import Item
from kg.guidance.parts.leads import Head
from kg.guidance.sentences.row import Row

_FAR = 40  # lines above
# What is said of the code above: by a pronoun, or in brackets by a verb without its subject.
_SAID_OF_IT = re.compile(
    r"(?:notes?\s*:\s*)?"
    r"(?:(?:this|these|that|it|they|the latter)(?: (?:further |additional |extra )?(?:codes?|one))?\s+"
    r"(?:is|are|should be|must be|needs? to be)\s+)",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(
    r"\W*(?:(?:which |this |it )?(?:is|are|to be|should be|must be)\s+)?(?=(?:always |then |also |as |an? )*"
    r"(?:recorded|assigned|coded|added|used|sequenced|given|placed|entered|additional|supplementary|in addition|as well"
    r"|comes|stands|goes|follows|precedes|before|after|behind|(?:together )?with the (?:above|codes?)|too\b))",
    re.IGNORECASE,
)
_ADDED = re.compile(
    r"\b(?:in addition|as well|added|also|too|additionally|additional code|supplementary code"
    r"|with the (?:above|codes?\b(?: listed)? above))\b",
    re.IGNORECASE,
)
_NOT_INSTEAD = re.compile(
    r"\b(?:does|do|must|should|is) not (?:replace|take the place of|a replacement for)\b", re.IGNORECASE
)
# An order of two codes: both are in one record.
_IN_ORDER = re.compile(
    r"\b(?:before|after|behind|ahead of|in front of|precedes?|follows?|following|preceded by|followed by)\b",
    re.IGNORECASE,
)
_IN_ORDER_OF_CODE = re.compile(rf"{_IN_ORDER.pattern}\s+(?:the )?(?:codes? )?(?=[A-Z]\d\d)", re.IGNORECASE)
# A code that is on every record.
_ALWAYS = re.compile(
    r"\b(?:always|in (?:any|every|either|each) case|in all cases|whether or not|regardless|irrespective)\b",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(r"\b(?:if|when|where|unless|only|except|or)\b", re.IGNORECASE)


def join_above(rows: Sequence[Row], stretch: Stretch, side: Side, source: Source) -> bool:
    """Let the heading above the last list add it to the list above, where words behind it say so; whether they say it
    of the code above, and nothing else.
    """
    near = [*islice((row for row in reversed(rows) if row.side is side), _FAR)]
    at = next((n for n, row in enumerate(near) if isinstance(row.value, Head)), 0)
    head = near[at].value if near else None
    below, above = _named(near[:at]), _named(near[at + 1 :])
    if not isinstance(head, Head) or head.adds or head.other or not below or not above:
        return False
    said = _is_said_of_it(stretch.text, source)
    if said or (head.conditional and _are_together(stretch, above, below, side, source)):
        near[at].value = replace(head, adds=True)
    elif head.conditional and _may_be_together(stretch, [*above, *below], side, source):
        source.warn("KG-W0202", "not said whether this list takes the place of the one above", head.stretch)
    return said


def _named(rows: Sequence[Row]) -> list[Selector]:
    return [
        pick.selector for row in reversed(rows) if isinstance(row.value, Item) for pick in picks(row.value.expression)
    ]


def _is_said_of_it(text: str, source: Source) -> bool:
    """Whether words without codes say of the code above that it is recorded in addition."""
    bracketed = text.startswith("(")
    if spots(text) or _denies(text, source):
        return False
    found = (_IN_BRACKETS if bracketed else _SAID_OF_IT).match(text)
    rest = text[found.end() :] if found is not None else ""
    if found is None or _OTHERWISE.search(rest):
        return False
    return _ADDED.search(rest) is not None or (bracketed and _IN_ORDER.search(rest) is not None)


def _are_together(
    stretch: Stretch, above: Sequence[Selector], below: Sequence[Selector], side: Side, source: Source
) -> bool:
    """Whether words that name codes of both lists, or of one of them, put them into one record."""
    text = re.sub(r"\bwhether or not\b", "regardless", stretch.text, flags=re.IGNORECASE)
    named = [selector_of(spot, side.scheme) for spot in spots(stretch.text)]
    beside = _NOT_INSTEAD.search(text) is not None
    if not named or (_denies(stretch.text, source) and not beside) or not all(x in above or x in below for x in named):
        return False
    lead = next((x for x in above if source.leads(x)), None)
    if _OTHERWISE.search(text):
        return False
    if beside and any(x in above for x in named) and any(x in below for x in named):
        return True
    if all(x == lead for x in named) and _ALWAYS.search(text) and lead not in below:
        return True
    told = source.phrases.find("position", stretch.text) or stretch.text.startswith("(") or _ADDED.search(text)
    both = any(x in above for x in named) and any(x in below for x in named)
    one = len(below) == 1 and len(set(named)) == 1 and named[0] not in (set(above) & set(below))
    return bool(told) and _IN_ORDER_OF_CODE.search(text) is not None and (both or one)


def _may_be_together(stretch: Stretch, listed: Sequence[Selector], side: Side, source: Source) -> bool:
    """Whether words that name nothing but listed main codes speak of an order of them, of both or of their place."""
    named = [selector_of(spot, side.scheme) for spot in spots(stretch.text)]
    if not all(x in listed and source.leads(x) for x in named if x is not None) or None in named:
        return False
    return _SPEAKS_OF_TWO.search(stretch.text) is not None or (
        bool(named) and _PRIMARY.search(stretch.text) is not None
    )


_SPEAKS_OF_TWO = re.compile(
    r"\bcodes? for\b[^.;]*\b(?:follows|precedes|before|after|behind|ahead of) (?:that|the code|the one)\b"
    r"|\b(?:both|the two) codes\b"
    r"|\bcodes?\b[^.;]*\b(?:recorded|sequenced|assigned|placed|comes|goes|stands) (?:first|second)\b",
    re.IGNORECASE,
)
_PRIMARY = re.compile(
    r"\b(?:remains?|stays?|is|as) (?:the )?(?:primary|main|first|principal)\b|\b(?:first|primary) position\b",
    re.IGNORECASE,
)


def _denies(text: str, source: Source) -> bool:
    return any(source.phrases.find(kind, text) for kind in ("not", "instead"))
