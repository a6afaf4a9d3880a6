"""Which of several codes a case is of: of the last of joined ones alone ("Y53.4 or Y53.2 if ultrasound is used")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.codes import One, Scheme
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of
from kg.guidance.page.titles import titles_of
from kg.guidance.parts.aside import Aside
from kg.guidance.parts.joints import is_filler
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
