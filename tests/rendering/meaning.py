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
from kg.facets import load_facets, load_lexicon

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
        told = [(same(c), True) for c in g.holds] + [(same(c), False) for c in g.fails]
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
