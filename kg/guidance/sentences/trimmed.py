"""A sentence without words at its ends that change none of its codes."""

from __future__ import annotations

import re

from kg.guidance.page.prose import Stretch
from kg.guidance.page.spots import spots
from kg.guidance.parts.named import is_of_others

# A label that names every code above ("For any of the above: ...").
_FOR_ALL = re.compile(
    r"(?:for|with|in) (?:any|all|each|either|both|every)(?: one)? of (?:the above|these|those|them)\s*:\s+(?=\w)",
    re.IGNORECASE,
)
# The edition that a sentence speaks of all the while, whose advice it is, and a remark before a colon that its code is
# enough.
_OPENING = re.compile(
    r"(?:in|under|within) OPCS[ -]?4(?:\.\d+)?,? (?=(?:this|the|it)\b)"
    r"|(?:it|this|(?:this|the) code) (?:is|will be) (?:sufficient|enough|adequate)(?: (?:on its own|by itself|alone))?"
    r"[:;,]\s+"
    # whose advice it is
    r"|(?:(?:we|the nhs classifications service|nhs connecting for health|nhs digital|nhs england)"
    r" (?:would |therefore )?(?:recommends?|suggests?|advises?)(?: that)?"
    r"|(?:our|the) (?:advice|recommendation|suggestion) is that"
    r"|it is (?:(?:therefore )?(?:recommended|suggested|advised)|our (?:advice|recommendation)) that)"
    r" (?=(?:the|this|these|an?|coders|all|both)\b|[A-Z]\d\d)",
    re.IGNORECASE,
)
# What the last character of a code of the category before it hangs on ("I84, the fourth character depending on").
_CHARACTER = re.compile(
    r"(?:\s*[,;]|\s+(?:and|with))(?:\s+(?:and|with))?\s+(?:the|its|whose)\s+(?:(?:appropriate|relevant|correct)\s+)?"
    r"(?:fourth|fifth|final|last|4th|5th)[ -](?:characters?|digits?|figures?)"
    r"(?:\s+(?:being|is|are|should be|to be|chosen|selected|assigned|taken))*"
    r"\s+(?:depend\w*|according|vary\w*|varies|reflect\w*|show\w*|indicat\w*|identif\w*|tell\w*|giv\w*|stat\w*|determined|by)\b"
    r"(?P<what>(?:(?!\b(?:codes?|also|added|addition|instead|except|unless|only|if)\b)[^.;:\d])*)\.?$",
    re.IGNORECASE,
)


# A reason, behind what it is of or before it.
_BECAUSE = re.compile(r",?\s+(?:because|since|as)\s+(?=[^;]*$)", re.IGNORECASE)
_SO = re.compile(r"[,;]\s+(?:and )?(?:so|therefore|hence|thus)\s+(?=\w)", re.IGNORECASE)


def _without_others(stretch: Stretch) -> Stretch:
    """The sentence without a reason that other codes of a category give ("because its other codes do not name it")."""
    named = [spot for spot in spots(stretch.text) if spot.kind in {"bare", "category"}]
    if not any(is_of_others(stretch.text, spot) for spot in named):
        return stretch
    for spot in named:
        parts = [(0, hit.start()) for hit in _BECAUSE.finditer(stretch.text, 0, spot.start)][-1:]
        parts += [(hit.end(), len(stretch.text)) for hit in _SO.finditer(stretch.text, spot.end)][:1]
        for start, end in parts:
            rest = stretch.part(start, end)
            if spots(rest.text) and spot.printed not in rest.text.split():
                return rest
    return stretch


def trimmed(stretch: Stretch) -> Stretch:
    """The sentence without a label for all codes before it, and what a fourth character depends on behind it."""
    if (label := _FOR_ALL.match(stretch.text) or _OPENING.match(stretch.text)) is not None:
        stretch = stretch.part(label.end(), len(stretch.text))
    stretch = _without_others(stretch)
    found = _CHARACTER.search(stretch.text)
    if found is not None and spots(stretch.text[: found.start()]) and not spots(found["what"]):
        return stretch.part(0, found.start())
    return stretch
