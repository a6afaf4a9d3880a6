"""Tables with rules: their cells, and the words in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kg.guidance.page.document import Box
from kg.guidance.readers.printed import Strip, Word, rows, strips

Edge = tuple[float, float, float, float]  # left, bottom, right, top; two of them nearly equal
_NEAR = 3.0  # points within which rules meet


@dataclass(slots=True)
class Cell:
    """A cell: its box, the rows of its table that it begins and ends in (from 0), and its words by line."""

    box: Box
    first: int
    last: int
    words: list[Word]

    def lines(self) -> list[list[Strip]]:
        """The lines in it."""
        return rows(strips(self.words))


@dataclass(slots=True)
class Table:
    """A table: its cells from the upper left, row by row."""

    box: Box
    cells: list[Cell]


def tables(edges: Sequence[Edge], height: float) -> list[Table]:
    """The tables that the rules of a page draw: two cells or more that share a side."""
    level = sum(edge[2] - edge[0] > edge[3] - edge[1] for edge in edges)
    if level < 2 or len(edges) - level < 2:
        return []
    from pdfplumber.table import cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges

    shapes = [
        {
            "x0": x0, "x1": x1, "top": height - y1, "bottom": height - y0, "doctop": height - y1,
            "width": x1 - x0, "height": y1 - y0, "orientation": "h" if x1 - x0 > y1 - y0 else "v",
        }
        for x0, y0, x1, y1 in edges
    ]  # fmt: skip
    merged = merge_edges(shapes, _NEAR, _NEAR, _NEAR, _NEAR)
    found = cells_to_tables(intersections_to_cells(edges_to_intersections(merged, _NEAR, _NEAR)))
    return [
        _table([(x0, height - y1, x1, height - y0) for x0, y0, x1, y1 in cells]) for cells in found if len(cells) > 1
    ]


def _table(boxes: Sequence[Box]) -> Table:
    tops = sorted({box[3] for box in boxes}, reverse=True)
    cells = [
        Cell(box, tops.index(box[3]), max(i for i, top in enumerate(tops) if top > box[1] + _NEAR), [])
        for box in sorted(boxes, key=lambda b: (-b[3], b[0]))
    ]
    whole = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    return Table(whole, cells)


def parted(words: Sequence[Word], found: Sequence[Table]) -> tuple[list[Word], list[Table]]:
    """The words outside of tables, and the tables that hold words in two cells or more, with them."""
    if not found:
        return list(words), []
    outside: list[Word] = []
    home: list[tuple[Word, Table]] = []
    for word in words:
        x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
        at = next(((t, c) for t in found if _holds(t.box, x, y) for c in t.cells if _holds(c.box, x, y)), None)
        if at is None:
            outside.append(word)
        else:
            at[1].words.append(word)
            home.append((word, at[0]))
    real = [table for table in found if sum(bool(cell.words) for cell in table.cells) > 1]
    back = [word for word, table in home if not any(table is t for t in real)]
    return sorted(outside + back, key=lambda w: w.rank) if back else outside, real


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
