"""A sentence about listed codes, with a sign for each of them: so a pattern reaches across titles."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.codes import Selector
from kg.expression.nodes import Pick
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of, spots
from kg.guidance.page.titles import known_end

_FIRST = 0xE000  # the listed codes stand in a sentence as characters of no script, one each
SIGN = "[\ue000-\ue0ff]"
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3}
_COUNTS = {"two": 2, "three": 3, "four": 4}
_PLACE = re.compile(
    r"\b(?P<one>one code of |one of )?the (?:(?P<end>first|last) (?P<count>two|three|four)"
    r"(?: (?:codes?|lines?|entries))?|(?P<nth>first|second|third|fourth|last) (?:code|line|entry))\b",
    re.IGNORECASE,
)
_NOUN = re.compile(
    r"\bone (?P<noun>[a-z-]+) code is (?:selected|chosen|taken) from the (?:two|three|four)(?: (?:printed|listed) above"
    r"| above)?\b",
    re.IGNORECASE,
)


def spoken(stretch: Stretch, nodes: Sequence[Pick], source: Source) -> Stretch | None:
    """A sentence with a character for each listed code that it names; None where it names others, or none at all."""
    own: list[Selector] = [node.selector for node in nodes]
    text, offsets = stretch.text, stretch.offsets
    for spot in reversed(spots(stretch.text)):
        selector = next((x for x in own if x in _readings(spot)), None)
        if selector is None:
            return None
        joined = re.match(r"and ", text[spot.start : spot.end], re.IGNORECASE)  # "and the site code"
        start = spot.start + (joined.end() if joined else 0)
        end = spot.end + known_end(selector, stretch.text[spot.end :])
        text = text[:start] + chr(_FIRST + own.index(selector)) + text[end:]
        offsets = (*offsets[:start], offsets[start], *offsets[end:])
    return _placed(Stretch(text, offsets), nodes)


def _readings(spot: Spot) -> list[Selector]:
    found = (selector_of(spot, side.scheme) for side in Side)
    return [x for x in found if x is not None]


def _placed(stretch: Stretch, nodes: Sequence[Pick]) -> Stretch:
    """A sentence with the codes themselves for words that name them by their place ("the first two codes")."""
    for hit in reversed(list(_PLACE.finditer(stretch.text))):
        if hit["count"]:
            size = _COUNTS[hit["count"].lower()]
            own = list(range(len(nodes)))[:size] if hit["end"].lower() == "first" else list(range(len(nodes)))[-size:]
        else:
            own = [len(nodes) - 1 if hit["nth"].lower() == "last" else _ORDINALS[hit["nth"].lower()]]
        if own[-1] < len(nodes):
            stretch = _put(stretch, hit.start(), hit.end(), own, hit["one"] or "")
    hit = _NOUN.search(stretch.text)
    if hit is not None:
        own = [i for i, node in enumerate(nodes) if hit["noun"].lower()[:6] in node.title.lower()]
        stretch = _put(stretch, hit.start(), hit.end(), own, "one of ") if len(own) > 1 else stretch
    return stretch


def _put(stretch: Stretch, start: int, end: int, own: Sequence[int], before: str) -> Stretch:
    words = before + " and ".join(chr(_FIRST + i) for i in own)
    at = (stretch.offsets[start],) * len(words)
    return Stretch(
        stretch.text[:start] + words + stretch.text[end:], (*stretch.offsets[:start], *at, *stretch.offsets[end:])
    )


def codes(words: str) -> list[int]:
    """The places in the list of the codes whose signs stand in words."""
    return [ord(c) - _FIRST for c in re.findall(SIGN, words)]
