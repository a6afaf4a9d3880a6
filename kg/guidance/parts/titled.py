"""The titles that are printed behind codes, and where they end."""

from __future__ import annotations

from collections.abc import Sequence

from kg.codes import Scheme
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of
from kg.guidance.page.titles import known_end
from kg.guidance.parts.aside import aside_of
from kg.guidance.parts.joints import NEXT, TAIL, brackets, condition_tail


def title_of(stretch: Stretch, spot: Spot, end: int, source: Source) -> tuple[str, int]:
    """The title printed behind a code, before `end`, and where it ends; brackets that are part of it stay."""
    key = stretch.text, spot.start, end
    if key not in source.titles:
        source.titles[key] = _title_of(stretch, spot, end, source)
    return source.titles[key]


def end_of_title(stretch: Stretch, spot: Spot, end: int, source: Source) -> int:
    """Where a code ends with the title that is printed behind it, before `end`; without one, where the code ends."""
    return title_of(stretch, spot, end, source)[1]


def ends_of_titles(stretch: Stretch, found: Sequence[Spot], end: int, source: Source) -> list[int]:
    """Where each of some codes ends with its title; the last one's ends before `end`."""
    stops = [*(spot.start for spot in found[1:]), end]
    return [end_of_title(stretch, spot, stop, source) for spot, stop in zip(found, stops, strict=True)]


def titled(stretch: Stretch, codes: Sequence[Spot], end: int, source: Source) -> list[tuple[Spot, str]]:
    """Codes with the titles that are printed behind them; the last one's ends before `end`."""
    stops = [*(spot.start for spot in codes[1:]), end]
    return [(spot, title_of(stretch, spot, stop, source)[0]) for spot, stop in zip(codes, stops, strict=True)]


def _title_of(stretch: Stretch, spot: Spot, end: int, source: Source) -> tuple[str, int]:
    text = stretch.text[spot.end : end]
    selector = selector_of(spot, Scheme.OPCS4)
    if selector is not None and (known := known_end(selector, text)):
        return text[:known].strip(), spot.end + known
    for start, stop in brackets(text):
        if aside_of(stretch.part(spot.end + start, spot.end + stop), source) != "title":
            text = text[:start]
            break
    quote = stretch.text[spot.start - 1 : spot.start] if spot.start else ""
    if quote in {"'", '"'} and not text.startswith(quote):
        text = text.partition(f"{quote} ")[0]  # what is quoted ends with its quote
    depth = 0
    for i, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            text = text[:i]
            break
    text = text[: _cut(text)]
    if verb := source.phrases.verb(text):
        text = text[: verb.start()]
    title = text.strip(" ,;:.-").lstrip("\"' ")
    if not title or not (title[0].isupper() or title[0] in "([" or spot.start == 0):
        return "", spot.end
    return title, spot.end + text.find(title) + len(title)


def _cut(text: str) -> int:
    tail = TAIL.search(text)
    next_ = NEXT.search(text)
    return min(tail.start() if tail else len(text), next_.start() if next_ else len(text), condition_tail(text))
