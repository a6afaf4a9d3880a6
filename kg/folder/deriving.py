"""The quads of one guidance's graph, what the rules derive included. Runs in a room, or here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from pyoxigraph import Quad, RdfFormat, serialize

from kg.expression.chosen import settled_recommendation
from kg.expression.combination import combinations
from kg.expression.condition import Context
from kg.expression.notation import read_recommendation, write_recommendation
from kg.expression.recommendation import Recommendation, Side
from kg.facets import load_lexicon
from kg.graph import dataset, encode, relations
from kg.guidance.readers import bounded
from kg.guidance.readers.bounded import Limits
from kg.terminology.in_use import OpenCodes

# At most ten thousand combinations of a side are listed: a minute for the largest.
LIMITS = Limits(seconds=600, memory=4 << 30)


def recommendation_quads(r: Recommendation) -> list[Quad]:
    """The quads of one guidance's graph, what the rules derive included."""
    codes, lexicon, r = OpenCodes(), load_lexicon(), settled_recommendation(r)
    sides = {side: combinations(r.side(side), Context(facets=lexicon.facets)) for side in Side}
    told = encode.encode_recommendation(r, sides, codes.chapters, lexicon, codes.title)
    return [*told, *relations.derived(told, dataset.facets())]


def as_lines(quads: Sequence[Quad]) -> bytes:
    """Quads as N-Quads."""
    lines = BytesIO()
    serialize(quads, lines, format=RdfFormat.N_QUADS)
    return lines.getvalue()


def derive(r: Recommendation, *, here: bool) -> bytes:
    """The quads of one guidance as N-Quads, made here or in a room; the same either way.

    Raises:
        KgError: KG-E0214 if a room takes too much.
    """
    if here:
        return as_lines(recommendation_quads(r))
    head = {"name": r.source or r.id}
    return bounded.ask(__name__, json.dumps(write_recommendation(r)).encode(), head, LIMITS, _lines_of)


def _lines_of(told: Mapping[str, Any]) -> bytes:
    lines: str = told["lines"]
    return lines.encode()


# ---- inside a room


def load(_name: str) -> None:
    """Have at hand what all guidances need."""
    recommendation_quads(read_recommendation({"id": "IPG1", "procedure": {"code": "J12.8"}}))


def tell(data: bytes, _head: Mapping[str, Any]) -> dict[str, Any]:
    """The quads of a recommendation in JSON."""
    return {"lines": as_lines(recommendation_quads(read_recommendation(json.loads(data)))).decode()}
