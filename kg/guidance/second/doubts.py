"""Pairs of codes that the grammar reads otherwise than documents with such words mostly mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kg.citation import Citation
from kg.codes import One, Selector
from kg.expression.nodes import Expression, picks
from kg.expression.recommendation import Side
from kg.guidance.page.source import Source
from kg.guidance.second.around import Place, Words, bare, compared
from kg.guidance.second.model import load_model
from kg.guidance.second.relation import Relation, Relations

_SELDOM = 0.005
"""How likely a reading is at most that is asked about: chosen so that one or two right ones in a hundred are."""
_MOST = 60
"""Codes of a side that are compared; the longest known recommendation names forty."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two codes of a side: their selectors, and which of the places they have."""

    first: Selector
    second: Selector
    i: int
    j: int


def compared_in(e: Expression) -> tuple[list[Place], list[Pair]]:
    """The places of the codes of an expression in the order of the text, each code once, and the pairs compared."""
    seen = dict[Selector, tuple[int, int]]()
    for pick in picks(e):
        at = pick.citation
        if isinstance(at, Citation) and (at.start, at.end) < seen.get(pick.selector, (at.start + 1, 0)):
            seen[pick.selector] = (at.start, at.end)
    codes = sorted(seen, key=lambda selector: (*seen[selector], str(selector)))[:_MOST]
    places = [Place(_name(code), *seen[code]) for code in codes]
    return places, [Pair(codes[i], codes[j], i, j) for i, j in compared(places)]


def _name(selector: Selector) -> str:
    text = str(selector.code) if isinstance(selector, One) else str(selector)
    return bare(text) if len(text) > 1 else text  # a chapter is one letter


def report_unlikely(both: tuple[Expression | None, Expression | None], source: Source) -> None:
    """Ask about the pair of codes whose reading is the least likely of a document, if it is all but never meant."""
    words = Words(source.document.text)
    found = [x for side, e in zip(Side, both, strict=True) if e is not None for x in _unlikely(words, side, e)]
    if not found:
        return
    _, pair, place, read, usual = min(found, key=lambda x: x[0])
    first, second = str(pair.first), str(pair.second)
    what, other = (_SAID[relation].format(a=first, b=second) for relation in (read, usual))
    message = f'read as "{what}"; documents with such words mostly mean "{other}"'
    source.note("KG-W0224", message, place.start, place.end)


_SAID = {
    Relation.TOGETHER: "{a} with {b}",
    Relation.SECOND_MAY: "{a}, with or without {b}",
    Relation.FIRST_MAY: "{b}, with or without {a}",
    Relation.EITHER_MAY: "{a} or {b}, or both",
    Relation.ALTERNATIVES: "{a} or {b}, not both",
}


def _unlikely(words: Words, side: Side, e: Expression) -> Iterator[tuple[float, Pair, Place, Relation, Relation]]:
    model, relations = load_model(), Relations(e)
    places, pairs = compared_in(e)
    for pair in pairs:
        read = relations.of(pair.first, pair.second)
        if read is not None:
            likely = model.likelihoods(words, side, places, pair.i, pair.j)
            if likely[read] < _SELDOM:
                yield likely[read], pair, places[pair.j], read, max(likely, key=lambda r: likely[r])
