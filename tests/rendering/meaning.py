"""What two recommendations must share to mean the same, and what became of a document that was read back."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

from kg.expression.combination import Ground, combinations
from kg.expression.condition import STATED, Condition, Context
from kg.expression.nodes import Expression
from kg.expression.recommendation import Recommendation, Side
from kg.facets import load_facets, load_lexicon

_CUE = re.compile(r"^(?:if|when|where|unless|in case of|for)\s+|\s+(?:is|are)$", re.IGNORECASE)
MOST = 4_000


def meaning(e: Expression | None) -> object:
    """The combinations of a side with their grounds; of more than `MOST`, their number and those first of them."""
    if e is None:
        return None
    found = combinations(e, Context(facets=load_facets()))
    listed = {tuple(sorted(map(str, c.selectors))): frozenset(_ground(g) for g in c.grounds) for c in found.first(MOST)}
    return found.count, listed


def _ground(ground: Ground) -> object:
    told = [(_fact(c), True) for c in ground.holds] + [(_fact(c), False) for c in ground.fails]
    return frozenset(told), bool(ground.unnamed)


def _fact(condition: Condition) -> object:
    """Facet and value; of a condition known by its words, the words without what leads in."""
    fact = load_lexicon().fact(condition.words) if condition.facet == STATED else condition.fact
    return fact or (
        STATED,
        re.sub(r"[^a-z0-9]+", " ", _CUE.sub("", condition.words or condition.value).lower()).strip(),
    )


def whole(r: Recommendation) -> object:
    """All that must survive: id, edition, concepts, both sides."""
    concepts = [(c.id, c.term, c.side) for c in sorted(r.concepts, key=lambda c: (c.side, c.id, c.term))]
    return r.id, r.opcs_version, concepts, [meaning(r.side(side)) for side in Side]


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
