"""The quads of one guidance's graph, what the rules derive included. Runs in a room, or here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from functools import partial
from io import BytesIO
from typing import IO, Any

from pyoxigraph import Quad, RdfFormat, serialize

from kg.codes import One, Selector
from kg.expression.combination import combinations
from kg.expression.condition import Context
from kg.expression.nodes import picks
from kg.expression.notation import read_recommendation, write_recommendation
from kg.expression.recommendation import Recommendation, Side
from kg.facets import load_lexicon
from kg.folder.kept import version_of_program
from kg.graph import classifications, dataset, encode, relations
from kg.graph.manifest import Input
from kg.guidance.readers import bounded
from kg.guidance.readers.bounded import Limits
from kg.terminology.code_edition import ReleasedCodes
from kg.terminology.in_use import OpenCodes

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""

# At most ten thousand combinations of a side are listed: a minute for the largest.
LIMITS = Limits(seconds=600, memory=4 << 30)


def recommendation_quads(r: Recommendation) -> list[Quad]:
    """The quads of one guidance's graph, what the rules derive included."""
    codes, lexicon = OpenCodes(), load_lexicon()
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


def derive_all(
    lines: IO[bytes],
    recommendations: Sequence[Recommendation],
    codes: OpenCodes | ReleasedCodes,
    progress: Progress | None,
    jobs: int | None,
) -> dict[str, int]:
    """Write the quads of all recommendations and of what they share; counts of what they hold come back."""
    from kg.folder.side_by_side import FEW, cores, side_by_side

    named: set[Selector] = set()
    printed: dict[Selector, str] = {}
    lines.write(as_lines(dataset.shipped()))
    few = jobs is None and len(recommendations) <= FEW
    work = partial(derive, here=few)
    found = map(work, recommendations) if few else side_by_side(work, recommendations, jobs or cores())
    for done, (r, quads) in enumerate(zip(recommendations, found, strict=True), 1):
        lines.write(quads)
        for pick in (p for reading in r.readings for side in Side for p in picks(reading.side(side))):
            named.add(pick.selector)
            if pick.title:
                printed.setdefault(pick.selector, pick.title)
        if progress:
            progress("deriving", done, len(recommendations))
    lines.write(as_lines(classifications.encode_selectors(sorted(named, key=_order), codes, printed)))
    known = {s for selector in named for s in (selector, *map(One, codes.codes_under(selector)))}
    return {
        "guidances": len(recommendations),
        "concepts": len({c.id for r in recommendations for c in r.concepts}),
        "descriptions": 0,
        "relationships": 0,
        "map_rows": 0,
        "opcs4_codes": sum(isinstance(s, One) and s.scheme is Side.PROCEDURE.scheme for s in known),
        "icd10_codes": sum(isinstance(s, One) and s.scheme is Side.DIAGNOSIS.scheme for s in known),
    }


def _order(selector: Selector) -> tuple[str, str, str]:
    return selector.scheme.value, type(selector).__name__, str(selector)


def made_of_what(recommendations: Sequence[Recommendation], inputs: Sequence[Input], version: str) -> str:
    """A digest of all that decides about the quads of a store."""
    found = hashlib.sha256(f"{version_of_program()} {version}".encode())
    for each in (*map(write_recommendation, recommendations), *map(astuple, inputs)):
        found.update(hashlib.sha256(json.dumps(each).encode()).digest())
    return found.hexdigest()


# ---- inside a room


def load(_name: str) -> None:
    """Have at hand what all guidances need."""
    recommendation_quads(read_recommendation({"id": "IPG1", "procedure": {"code": "J12.8"}}))


def tell(data: bytes, _head: Mapping[str, Any]) -> dict[str, Any]:
    """The quads of a recommendation in JSON."""
    return {"lines": as_lines(recommendation_quads(read_recommendation(json.loads(data)))).decode()}
