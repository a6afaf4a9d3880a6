"""Codes that a line or sentence names behind its own only to say that they are not the ones ("A1, not B2")."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from kg.codes import Scheme, Selector
from kg.guidance.page.paragraph import Paragraph
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.joints import FILLER
from kg.guidance.parts.titled import end_of_title

_NOT = (
    rf"(?:\brather than|\bas opposed to|(?:[,;(]|\s[-\u2013\u2014]|\b(?:and|but))\s*not)\s+"
    rf"(?:(?:with|by|to|as|under)\s+)?{FILLER}['\"]?$"
)
_MAYBE = re.compile(r"\b(?:not|rather than|as opposed to)\b", re.IGNORECASE)
_REFUSED = re.compile(_NOT, re.IGNORECASE)
_ALSO = re.compile(rf"(?:\b(?:or|and|nor)\s+|,\s*){FILLER}['\"]?$", re.IGNORECASE)
# Behind the last code: nothing, or why.
_END = re.compile(
    r"[\s.;,)'\"]*(?:(?:which|as (?:this|that|it|they|these|those)|because|since)\b(?![^.;:]*\bif\b)[^.;:]*\.?)?\W*",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    rf"\(?\s*(?:please )?(?:(?:notes?|nb|n\.b\.)\s*:?\s*)?(?:it is |this is )?not\s+(?:with\s+|to\s+)?{FILLER}['\"]?",
    re.IGNORECASE,
)


def without_refused(lines: Sequence[Paragraph], scheme: Scheme, source: Source) -> list[Paragraph]:
    """The lines without the codes at their ends that their words refuse, and without lines that only do that.

    They are reported; nobody needs to look. A code that stands in another line too may be replaced, and stays.
    """
    if not any(_MAYBE.search(line.text) for line in lines):
        return list(lines)
    times = Counter(x for line in lines for x in _codes_of(line.stretch, scheme))
    made: list[Paragraph] = []
    for line in lines:
        first, words = _refused_in(line.stretch, source)
        own = _codes_of(line.stretch, scheme)
        if first < 0 or any(times[x] > own.count(x) or x in own[:first] for x in own[first:]):
            made.append(line)
            continue
        source.warn("KG-W0206", "a code that is said not to be used", line.stretch, words, len(line.text), review=False)
        if first:
            kept = line.text[:words].rstrip(" ,;-\u2013\u2014")
            made.append(replace(line, stretch=line.stretch.part(0, len(kept))))
    return made


def _codes_of(stretch: Stretch, scheme: Scheme) -> list[Selector | None]:
    return [selector_of(spot, scheme) for spot in spots(stretch.text)]


def _refused_in(stretch: Stretch, source: Source) -> tuple[int, int]:
    """The place of the first code that a line's end refuses, and where the words begin that do; -1 for none."""
    text, found = stretch.text, spots(stretch.text)
    if _MAYBE.search(text) is None or not found:
        return -1, 0
    first, words = -1, 0
    if _WHOLE.fullmatch(text, 0, found[0].start):
        first = 0
    for at in range(1, len(found)):
        if first < 0 and (hit := _REFUSED.search(text, found[at - 1].end, found[at].start)):
            first, words = at, hit.start()
    own = found[first:]
    joined = all(_ALSO.search(text, a.end, b.start) for a, b in pairwise(own))
    ended = _END.fullmatch(text, end_of_title(stretch, own[-1], len(text), source))
    return (first, words) if first >= 0 and joined and ended else (-1, 0)
