"""The readings of documents that wait for a person: why they wait, and how their readings differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.expression.combination import Combination
    from kg.expression.recommendation import Recommendation
    from kg.workspace import Workspace


def waiting(workspace: Workspace, offset: int = 0, limit: int = 20) -> dict[str, Any]:
    """The guidances of a store that wait for a person: `total`, and from `offset` on of each `id`, `title`, `file`,
    `warnings` with the words that are cited at their place, and how many `readings` there are.
    """
    found = [r for r in workspace.recommendations.values() if r.review]
    return {
        "total": len(found),
        "documents": len(workspace.recommendations),
        "waiting": [
            {"id": r.id, "title": r.title, "file": r.source, "warnings": warnings(r), "readings": len(r.readings)}
            for r in found[offset : offset + limit]
        ],
    }


def warnings(r: Recommendation) -> list[dict[str, Any]]:
    """The warnings of a guidance, each with the cited words at its place (null where nothing cites them)."""
    from kg.citation import Citation
    from kg.expression.nodes import walk
    from kg.expression.recommendation import Side

    nodes = [node for x in r.readings for side in Side if (e := x.side(side)) is not None for node in walk(e)]
    cites = [node.citation for node in nodes if isinstance(node.citation, Citation)]
    told: list[dict[str, Any]] = []
    for warning in r.warnings:
        around = [c for c in cites if warning.end and c.start <= warning.start and warning.end <= c.end]
        found = min(around, key=lambda c: c.end - c.start, default=None)
        words = found.quote[warning.start - found.start : warning.end - found.start] if found else None
        told.append(
            {
                "id": warning.id,
                "message": warning.message,
                "start": warning.start,
                "end": warning.end,
                "words": words,
                "page": found.page if found else None,
                "paragraph": found.paragraph if found else None,
            }
        )
    return told


def readings(r: Recommendation) -> list[dict[str, Any]]:
    """The readings of a document by rank: reason, expressions, counts, and of each after the first how it differs from
    the first.
    """
    from kg.expression.combination import combinations
    from kg.expression.condition import Context
    from kg.expression.difference import difference
    from kg.expression.notation import write_expression
    from kg.expression.recommendation import Side
    from kg.facets import load_facets

    context = Context(facets=load_facets())
    made: list[dict[str, Any]] = []
    for rank, reading in enumerate(r.readings, 1):
        told: dict[str, Any] = {"reading": rank, "reason": reading.reason}
        for side in Side:
            told[side.value] = write_expression(reading.side(side))
        told["counts"] = {side.value: combinations(reading.side(side), context).count for side in Side}
        differs: dict[str, Any] = {}
        for side in Side if rank > 1 else ():
            d = difference(r.readings[0].side(side), reading.side(side), context)
            if not d.same:
                differs[side.value] = {
                    "only_in_first": _notation(d.only_first),
                    "only_here": _notation(d.only_second),
                    "on_other_conditions": d.only_first is None and d.only_second is None,
                }
        if rank > 1:
            told["differs"] = differs
        made.append(told)
    return made


def _notation(combination: Combination | None) -> str | None:
    return combination.notation if combination else None


def differences(reading: dict[str, Any]) -> Iterator[str]:
    """How a reading differs, in words: counts, and the first combinations that only one of the two has."""
    for side, count in reading["counts"].items():
        if count:
            yield f"{side} side: {count:,} combination{'s' if count > 1 else ''}"
    for side, told in reading.get("differs", {}).items():
        if told["only_here"]:
            yield f"{side} side, only here: {told['only_here']}"
        if told["only_in_first"]:
            yield f"{side} side, only in reading 1: {told['only_in_first']}"
        if told["on_other_conditions"]:
            yield f"{side} side: the same codes on other conditions"
    if "differs" in reading and not reading["differs"]:
        yield "the same combinations as reading 1"
