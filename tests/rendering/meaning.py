"""What two recommendations must share to mean the same, and what became of a document that was read back."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from enum import StrEnum

from kg.expression.combination import Ground, combinations
from kg.expression.condition import STATED, Condition, Context
from kg.expression.nodes import Expression, conditions, picks
from kg.expression.recommendation import Recommendation, Side
from kg.expression.sameness import stated_fails
from kg.facets import load_facets, load_lexicon
from kg.guidance.reading import read_bytes
from kg.terminology import OpenCodes
from tests.guidance.wordings import told as side

_CUE = re.compile(r"^(?:if|when|where|unless|in case of|for)\s+|\s+(?:is|are)$", re.IGNORECASE)
MOST = 4_000


Same = Callable[[Condition], object]
"""What a condition is compared by."""


def fact_of(condition: Condition) -> object:
    """Facet and value; of a condition known by its words, the words without what leads in."""
    fact = load_lexicon().fact(condition.words) if condition.facet == STATED else condition.fact
    return fact or (STATED, bare(condition))


def bare(condition: Condition) -> str:
    """The words of a condition in small letters, without what leads in."""
    return re.sub(r"[^a-z0-9]+", " ", _CUE.sub("", condition.words or condition.value).lower()).strip()


def meaning(e: Expression | None, same: Same = fact_of) -> object:
    """The combinations of a side with their grounds; of more than `MOST`, their number and the first of them."""
    if e is None:
        return None
    found = combinations(e, Context(facets=load_facets()))
    if found.count > MOST:
        return found.count, sorted({str(p.selector) for p in picks(e)})

    def ground(g: Ground) -> object:
        fails = stated_fails(g, load_facets())
        told = [(same(c), True) for c in g.holds] + [(same(c), False) for c in fails]
        return frozenset(told), bool(g.unnamed)

    return found.count, {tuple(sorted(map(str, c.selectors))): frozenset(map(ground, c.grounds)) for c in found}


def whole(r: Recommendation) -> object:
    """All that must survive: id, edition, concepts, both sides."""
    concepts = [(c.id, c.term, c.side) for c in sorted(r.concepts, key=lambda c: (c.side, c.id, c.term))]
    return r.id, r.opcs_version, concepts, [meaning(r.side(side)) for side in Side]


def codes_and_concepts(original: Recommendation) -> Callable[[Recommendation], object]:
    """What must survive damage: both sides and the concepts' ids.

    A condition whose words were damaged by a letter or two counts as the one that it was in `original`.
    """
    known = {bare(c): fact_of(c) for side in Side for c in conditions(original.side(side))}

    def same(condition: Condition) -> object:
        near = get_close_matches(bare(condition), list(known), 1, 0.8)
        return known[near[0]] if near and condition.facet == STATED else fact_of(condition)

    return lambda r: (sorted(c.id for c in r.concepts), [meaning(r.side(side), same) for side in Side])


class Fate(StrEnum):
    """What became of a document."""

    RIGHT = "right"
    RIGHT_FLAGGED = "right, flagged"
    WRONG_FLAGGED = "wrong, flagged"
    SILENT = "wrong, silent"


def fate(wanted: object, back: Recommendation, *, look: Callable[[Recommendation], object] = whole) -> Fate:
    """How a reading compares with what was meant."""
    if look(back) == wanted:
        return Fate.RIGHT_FLAGGED if back.review else Fate.RIGHT
    return Fate.WRONG_FLAGGED if back.review else Fate.SILENT


CODES = OpenCodes()


def told(r: Recommendation) -> str:
    """Both sides in the notation of `tests/guidance/wordings.py`, and the concepts."""
    concepts = " ".join(c.id for c in r.concepts)
    return f"{side(r.procedure, conditions=True)} | {side(r.diagnosis, conditions=True)} | {concepts}"


_TOKEN = re.compile(r"[A-Z]\d\d(?:\.\d\d?|\.-|\.X)?(?:-[A-Z]\d\d)?|\d{6,18}")


def is_another(text: str, harmed: str, back: Recommendation) -> bool:
    """Whether damage made another code of one, and just that is how the reading differs."""
    at = next((i for i, (a, b) in enumerate(zip(text, harmed, strict=False)) if a != b), min(len(text), len(harmed)))
    was, now = (next((m[0] for m in _TOKEN.finditer(t) if m.start() <= at <= m.end()), "") for t in (text, harmed))
    sound, read = told(read_bytes(text.encode(), "x.txt", CODES)), told(back)
    pairs = {(was, now), (was.removesuffix(".X"), now.removesuffix(".X"))}
    places = ((a, b, m.start()) for a, b in pairs if a and b for m in re.finditer(re.escape(a), sound))
    return any(sound[:i] + b + sound[i + len(a) :] == read for a, b, i in places) or (
        bool(was and now) and sound.replace(was, now) == read
    )
