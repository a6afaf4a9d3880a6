"""Which of joined codes a case is of: the last alone ("Y53.4 or Y53.2 if ultrasound is used"), or all behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from kg.codes import One, Scheme
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of
from kg.guidance.page.titles import titles_of
from kg.guidance.parts.aside import Aside
from kg.guidance.parts.joints import CASED, is_filler
from kg.guidance.parts.stems import stems

_LETTERS = 6
_UNKNOWN = re.compile(
    r"\b(?:unspecified|unknown|unclear|not (?:known|stated|specified|recorded|given|documented))\b", re.IGNORECASE
)
# Words of titles and of cases that tell nothing apart.
_PLAIN = frozenset(("approa", "contro", "operat", "organ", "other", "proced", "specif", "lesion", "using", "patien"))


def is_of_last(case: str, codes: Sequence[tuple[Spot, str]], scheme: Scheme, source: Source) -> bool:
    """Whether a case says what the title of the last of some codes says and none before it, by its facets or by its
    words; or that something is not specified, where the last code alone is for that. Codes are with printed titles.
    """
    if len(codes) < len("AB"):
        return False
    *before, last = [_titles(spot, title, scheme) for spot, title in codes]
    for said in (_facts, _stems):
        told = said(case, source)
        own = told & said(last, source)
        most = 2 * len(own) >= len(told)  # one word of many may be there by chance
        if own and most and not any(own & said(other, source) for other in before):
            return True
    residual = [spot.printed.rstrip().endswith(".9") for spot, _ in codes]
    return _UNKNOWN.search(case) is not None and residual[-1] and not any(residual[:-1])


def _facts(text: str, source: Source) -> frozenset[tuple[str, str]]:
    return frozenset(source.lexicon.named_in(text))


def _stems(text: str, _: Source) -> frozenset[str]:
    return stems(text, letters=_LETTERS) - _PLAIN


def _titles(spot: Spot, title: str, scheme: Scheme) -> str:
    """The title printed behind a code, and that by which it is known."""
    selector = selector_of(spot, scheme)
    known = titles_of(selector) if isinstance(selector, One) and scheme is Scheme.OPCS4 else []
    return " / ".join((title, *known))


def code_of(aside: Aside, codes: Sequence[Spot], text: str) -> Spot:
    """The code that a case is of: the one before it, or the one behind it if it stands between a connective and that
    ("A and (if X) B").
    """
    before = max((s for s in codes if s.start < aside.start), key=lambda s: s.start)
    after = next((s for s in codes if s.start >= aside.end), None)
    joins = _JOINS.search(text[before.end : aside.start]) is not None
    return after if after is not None and joins and is_filler(text[aside.end : after.start]) else before


_JOINS = re.compile(r"(?:[,;&+]|\b(?:and|plus|with|then|also|by))\s*$", re.IGNORECASE)


def last_in_case(stretch: Stretch, found: Sequence[Spot], joints: Sequence[str]) -> tuple[int, int, Aside] | None:
    """Where the codes of one case begin and end, and its words: all that follow ("A and, for patients with both, B and
    C"), or the choice that follows ("A and, if it is guided, B or C").
    """
    for at in range(1, len(found) - 1):
        cased = CASED.search(stretch.text[found[at - 1].end : found[at].start])
        bracketed = cased is not None and cased[0][: cased.start("case") - cased.start()].endswith("(")
        if cased is not None and not bracketed and joints[at - 1] in {"AND", "AND_THEN", "THEN"}:
            start, stop = (found[at - 1].end + place for place in cased.span("case"))
            if any(CASED.search(stretch.text[a.end : b.start]) for a, b in pairwise(found[at:])):
                return None
            behind = next((i for i in range(at, len(joints)) if joints[i] != "OR"), len(joints))
            to = behind + 1 if joints[at] == "OR" else len(found)
            alike = joints[at] == "OR" or all(how in {"AND", "AND_THEN"} for how in joints[at:])
            return (at, to, Aside("condition", stretch.part(start, stop), start, stop)) if alike else None
    return None


def offered_in_case(
    stretch: Stretch, found: Sequence[Spot], joints: Sequence[str], scheme: Scheme, source: Source
) -> tuple[int, Aside] | None:
    """Where the codes begin that "or" offers together in one case, and its words ("A or, if it is open, B with C").

    What stands behind a comma goes with both; "plus", and what shows a side or a way, may do so.
    """
    at = max((i + 1 for i, how in enumerate(joints) if how == "OR"), default=len(found))
    gaps = [stretch.text[a.end : b.start] for a, b in pairwise(found)]
    cased = CASED.search(gaps[at - 1]) if at < len(found) - 1 else None
    if cased is None or any(re.search(r"[,;]\s*(?:[a-z]+\s)*$", gap) for gap in gaps[at:]):
        return None
    first = found[at - 1].end
    behind = [selector_of(spot, scheme) for spot in found[at + 1 :]]
    plain = all(re.search(r"\b(?:with|by)\W*$", gap) for gap in gaps[at:])
    if not plain or any(x is not None and scheme is Scheme.OPCS4 and not source.leads(x) for x in behind):
        source.warn("KG-W0202", "not said whether the codes behind this case are of it alone: read so", stretch, first)
    start, stop = (first + place for place in cased.span("case"))
    return at, Aside("condition", stretch.part(start, stop), start, stop)
