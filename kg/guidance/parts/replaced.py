"""A line of a list that says of its code which other one it stands for ("B1 Title, in place of A1 if it is recent")."""

from __future__ import annotations

import re

from kg.guidance.page.prose import Stretch
from kg.guidance.page.spots import spots
from kg.guidance.parts.joints import is_filler

_IN_PLACE = re.compile(
    r"(?P<sign>[\s,;(-]*)\b(?:(?:is |are |to be )?(?:recorded|used|assigned|coded|taken|chosen) )?"
    r"(?:in place of|instead of|rather than|in lieu of|replaces|replacing"
    r"|takes the place of)\s+(?:the\s+)?(?:code\s+)?['\"]?$",
    re.IGNORECASE,
)
# "A1 Title, unless one side was treated, in which case B1".
_UNLESS = re.compile(
    r",?\s+(?:unless|except (?:if|when|where))\b[^.;:]*?,?\s+(?:in which case|when)\s+(?=['\"]?[A-Z]\d\d)",
    re.IGNORECASE,
)
# What a heading bids before its colon.
_BID = re.compile(r",?\s+(?:then )?(?:use|assign|record|add|code)\W*$", re.IGNORECASE)


def replacing(stretch: Stretch, over: Stretch | None = None) -> Stretch | None:
    """A line as the sentence that it is, without dash or brackets, behind the case `over` it; None for others."""
    text, found = stretch.text, spots(stretch.text)
    if over is None and found and (kept := _UNLESS.search(text, found[0].end)) and is_filler(text[: found[0].start]):
        at, end = kept.start(), len(text.rstrip(" ."))
        added = "" if re.search(r"\binstead\b", text) else " instead"
        offsets = (*stretch.offsets[:at], *[stretch.offsets[at - 1]] * len(" is used"), *stretch.offsets[at:end])
        told = f"{text[:at]} is used{text[at:end]}{added}"
        return Stretch(told, (*offsets, *[stretch.offsets[end - 1]] * len(added)))
    if len(found) != len("AB") or not is_filler(text[: found[0].start]) or found[0].printed == found[1].printed:
        return None
    hit = _IN_PLACE.search(text, found[0].end, found[1].start)
    if hit is None:
        return None
    end = len(text.rstrip(" .)")) if "(" in hit["sign"] else len(text)
    begin = hit.start("sign") + len(hit["sign"].rstrip(" ,;(-"))
    words = hit.end("sign")
    told = Stretch(
        f"{text[:begin]}, {text[words:end]}",
        (*stretch.offsets[:begin], *[stretch.offsets[max(begin - 1, 0)]] * 2, *stretch.offsets[words:end]),
    )
    return told if over is None else _under(over, told)


def _under(over: Stretch, line: Stretch) -> Stretch:
    """The sentence that a heading and the only line below it are ("If open, use:", "B1 Title in place of A1")."""
    end = len(_BID.sub("", over.text).rstrip(" :,"))
    at = over.offsets[max(end - 1, 0)]
    return Stretch(f"{over.text[:end]}, {line.text}", (*over.offsets[:end], at, at, *line.offsets))
