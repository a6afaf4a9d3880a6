"""Sentences that put together what is listed as alternatives: by their codes, or as "the codes of both lists"."""

from __future__ import annotations

import re
from itertools import pairwise

from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.conditions import condition_of, without_note
from kg.guidance.parts.joints import FILLER
from kg.guidance.sentences.effects import Effect, Meaning

# Between two codes of one record, and of those the words that join them in no other sense.
_JOINED = re.compile(
    r"\b(?P<how>followed by|preceded by|plus|with|together with|along with|alongside|in addition to|as well as|and then"
    rf"|before|after|ahead of|behind|in front of|precedes?|follows?|and)\s+{FILLER}['\"]?$",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"\b(?:both|together(?! with)|each other|side by side|at the same time|at once|same record)\b", re.IGNORECASE
)
# "needs A and B", where the codes are what is recorded.
_TAKES = re.compile(
    r"\b(?:has|have|needs?|takes?|gets?|requires?|receives?"
    r"|(?:coded|recorded|classified|assigned|reported) (?:to|with|by|as))"
    rf"\s+{FILLER}['\"]?$",
    re.IGNORECASE,
)
_APART = re.compile(
    r"\b(?:or|respectively|either|instead|neither|nor|one of|rather than|between|differ\w*|depend\w*|according"
    r"|alternatives?|choice|choose|not|never|without|only|same as|compare\w*)\b",
    re.IGNORECASE,
)
# All that stands under headings or on both sides of an Or.
_ALL_LISTED = re.compile(
    r"\b(?:codes|lines|entries) (?:(?:listed|given|shown|set out) )?(?:of|from|for|in|under) (?P<of>both|all)\b"
    r"|\b(?P<both>both|all)(?: of)?(?: the| these| those)?(?: above)?(?: two| three)?"
    r"(?: (?:sets|lists|groups) of)?(?: above)? (?:codes|parts|blocks|lists|sets|groups|combinations)\b",
    re.IGNORECASE,
)
_AT_ONCE = re.compile(
    r"\b(?:both|the two|two|together|combined|same|one|single|at once|all)\b", re.IGNORECASE
)  # in a case: "both are done"


# "Patients who have both need": the case is the subject.
_WHO_HAS = re.compile(
    r"(?:note:? )?(?P<case>(?:an? |the |all |those )?[a-z -]*?(?:who|with|having|in wh\w+)\b[^.,;:]*?\bboth\b[^.,;:]*?)"
    r"(?=,?\s(?:will|would|should|must|needs?|requires?|takes?|gets?|receives?|is|are|has|have)\b)",
    re.IGNORECASE,
)


def _with_both(stretch: Stretch) -> Stretch | None:
    found = _WHO_HAS.match(stretch.text)
    return stretch.part(*found.span("case")) if found is not None and not spots(found["case"]) else None


def pairs(stretch: Stretch, side: Side, source: Source) -> list[Effect]:
    """The listed codes that a sentence puts into one record, two by two: asked about where the list offers them apart.

    A sentence about two codes that tells a case makes them a further alternative in that case.
    """
    text = stretch.text
    found = [s for s in spots(text) if s.kind in {"code", "category", "bare"}]
    if _APART.search(text):
        return []
    made: list[Effect] = []
    joints = [_JOINED.search(text[a.end : b.start]) for a, b in pairwise(found)]
    hows = {hit["how"].lower() for hit in joints if hit is not None}
    for (a, b), hit in zip(pairwise(found), joints, strict=True):
        how = hit["how"].lower() if hit is not None else ""
        both = _BOTH.search(text) is not None and source.phrases.find("record", text) is not None
        listed = how == "and" and (hows > {"and"} or not (both or _TAKES.search(text[: found[0].start])))
        first, second = selector_of(a, side.scheme), selector_of(b, side.scheme)
        if not how or listed or first is None or second is None or source.same_codes(first, second):
            continue
        words = (_with_both(stretch) or condition_of(stretch, source)) if len(found) == len("AB") else None
        case = without_note(words) if words is not None and not spots(words.text) else None
        made.append(Effect("pair", side, stretch, None, (first, second), case, plain=False))
    return made


def all_listed(stretch: Stretch, side: Side, source: Source) -> Meaning | None:
    """A sentence without codes that asks for the codes of all lists in one case ("If both are done, ...")."""
    found = _ALL_LISTED.search(stretch.text)
    words = condition_of(stretch, source) if found is not None else None
    if found is None or words is None or _AT_ONCE.search(words.text) is None:
        return None
    odd = any(source.phrases.find(kind, stretch.text) for kind in ("not", "instead", "only"))
    if odd or not source.phrases.find("record", stretch.text):
        return None
    return Meaning((Effect("together", side, stretch, None, (), without_note(words), plain=False),))
