"""Codes that are left out of a category, range or chapter ("E66.-, excluding E66.1")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.codes import One, Scheme
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of
from kg.guidance.parts.joints import FILLER

_LEFT_OUT = re.compile(
    r"\b(?:excluding|excepting|except(?: for)?|other than|apart from|but not|(?:but )?not including"
    rf"|(?:with|to) the exception of|with the exclusion of)\s+{FILLER}['\"(]?$",
    re.IGNORECASE,
)
_ALSO = re.compile(rf"\b(?:or|and|nor)\s+{FILLER}['\"(]?$|,\s+{FILLER}$", re.IGNORECASE)


def excepted(text: str, found: Sequence[Spot], scheme: Scheme, source: Source) -> list[Spot]:
    """The codes that the words before them leave out of a category, range or chapter named before, with those joined
    to them.
    """
    made: list[Spot] = []
    for i, spot in enumerate(found):
        own = selector_of(spot, scheme)
        wide = [x for s in found[:i] if (x := selector_of(s, scheme)) is not None and not isinstance(x, One)]
        if own is None or not any(x != own and source.same_codes(own, x) for x in wide):
            continue
        gap = text[found[i - 1].end : spot.start]
        if _LEFT_OUT.search(gap) or (found[i - 1] in made and _ALSO.search(gap)):
            made.append(spot)
    return made
