"""What stands around a thing, drawn on the server: what leads to it at its left, where it leads at its right.

Boxes have words, lines have the name of their relation, and a table beside the picture says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kg.errors import KgError
from kg.serve.pages import links
from kg.serve.pages.asking import Asking
from kg.serve.pages.request import Page, Reply, Request

_WIDTH = 920
_BOX, _HIGH, _GAP, _HEAD = 270, 40, 10, 26
_MOST = 60

_WORDS = {
    # relation: as it leads away, as it leads here
    "mapsTo": ("maps to", "maps to this"),
    "requiresAdditional": ("requires also", "requires this"),
    "alternativeTo": ("can be replaced by", "can be replaced by this"),
    "broader": ("stands below", "stand below this"),
}


@dataclass(frozen=True, slots=True)
class Box:
    """A thing in the picture."""

    x: float
    y: float
    notation: str
    label: str
    path: str | None
    iri: str
    kind: str


@dataclass(frozen=True, slots=True)
class Tie:
    """A line of the picture, and the middle of it."""

    path: str


@dataclass(slots=True)
class Column:
    """A side of the picture: groups of boxes under the words of their relation."""

    heads: list[tuple[float, float, str]] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as the template draws it, and the rows of its table: from, relation, to, the guidances that say so."""

    width: int
    height: float
    centre: Box
    columns: tuple[Column, Column]
    ties: tuple[Tie, ...]
    rows: tuple[tuple[Box, str, Box, tuple[str, ...]], ...]
    cut: bool
    box: int = _BOX
    high: int = _HIGH


async def around(asking: Asking, asked: Request) -> Reply:
    """`/around?of=`: the picture by itself, of a code, concept or guidance."""
    of = asked.text("of")
    if not of:
        raise KgError("KG-E1113", "of what?", hint="Begin at a code, concept or guidance: each page leads here.")
    told = await asking.api("neighbourhood", thing=of, radius=1, most=_MOST)
    return Page("around.html", {"of": of, "picture": drawn(told)})


def drawn(told: Mapping[str, Any]) -> Picture | None:
    """The picture of a neighbourhood as JSON; None where nothing stands around."""
    nodes = {node["iri"]: node for node in told["nodes"]}
    centre = told["centre"]
    sides: tuple[dict[str, list[str]], dict[str, list[str]]] = ({}, {})
    for edge in told["edges"]:
        away = edge["from"] == centre
        other = edge["to"] if away else edge["from"]
        if other == centre:
            continue
        words = _words(edge["relation"], away=away)
        names = sides[away].setdefault(words, [])
        if other not in names:
            names.append(other)
    if not any(sides):
        return None
    heights = [sum(_HEAD + len(names) * (_HIGH + _GAP) for names in side.values()) for side in sides]
    height = max(*heights, _HIGH + 2 * _HEAD) + _GAP
    middle = _box(nodes[centre], (_WIDTH - _BOX) / 2, (height - _HIGH) / 2)
    columns = (
        _column(sides[0], nodes, 0, (height - heights[0]) / 2),
        _column(sides[1], nodes, _WIDTH - _BOX, (height - heights[1]) / 2),
    )
    ties = [_tie(box.x + _BOX, box.y, middle.x, middle.y) for box in columns[0].boxes]
    ties += [_tie(middle.x + _BOX, middle.y, box.x, box.y) for box in columns[1].boxes]
    at = {iri: _box(node, 0, 0) for iri, node in nodes.items()}
    rows = [
        (at[e["from"]], _words(e["relation"], away=True), at[e["to"]], tuple(_guidance(g) for g in e["graphs"] if g))
        for e in told["edges"]
    ]
    return Picture(_WIDTH, height, middle, columns, tuple(ties), tuple(rows), told["cut"])


def _words(relation: str, *, away: bool) -> str:
    if relation in _WORDS:
        return _WORDS[relation][0 if away else 1]
    if ":" in relation:
        return relation if away else f"{relation}, to this"
    name = relation[:1].lower() + relation[1:]
    return f"has as {name}" if away else f"has this as {name}"


def _column(groups: Mapping[str, Sequence[str]], nodes: Mapping[str, Any], x: float, y: float) -> Column:
    made = Column()
    for words, names in groups.items():
        made.heads.append((x, y + _HEAD - 8, words))
        y += _HEAD
        for name in names:
            made.boxes.append(_box(nodes[name], x, y))
            y += _HIGH + _GAP
    return made


def _box(node: Mapping[str, Any], x: float, y: float) -> Box:
    iri = node["iri"]
    path = links.page_of_iri(iri)
    kind = "guidance" if "/id/guidance/" in iri else "concept" if path and "/snomed-ct/" in path else "code"
    notation, label = node["notation"] or "", node["label"] or ""
    if not notation:
        guidance, part, _ = iri.partition("/id/guidance/")[2].partition("/")
        notation = "one of several" if part else iri.rpartition("/")[2]
        label = label or (f"a choice in {guidance}" if part else "")
    return Box(x, y, notation, label, path, iri, kind)


def _tie(x1: float, y1: float, x2: float, y2: float) -> Tie:
    y1, y2 = y1 + _HIGH / 2, y2 + _HIGH / 2
    bend = (x1 + x2) / 2
    return Tie(f"M{x1:g} {y1:g}C{bend:g} {y1:g} {bend:g} {y2:g} {x2:g} {y2:g}")


def _guidance(graph: str) -> str:
    return graph.rpartition("/guidance/")[2] if "/guidance/" in graph else ""
