"""The why of a verdict as a picture: the tree from verdict to rule to quoted words, as SVG.

Boxes stand one below the other, indented by depth, so that a long quote needs width for its words and not for the whole
tree. Shape and words tell everything; there is no colour. A screen reader finds the verdict as title and the whole tree
as text in the description.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from textwrap import wrap

from kg.citation import Citation, Origin
from kg.reason.edits import NO_REPAIRS, Repairs
from kg.reason.explain import lines, repair_lines
from kg.reason.verdict import GuidanceVerdict, Reason

_WIDTH = 960
_INDENT = 28
_LINE = 19
_PAD = 8
_GAP = 10
_MARGIN = 20
_CHARACTER = 7.4  # the width of a character at 14 px in the fonts that are common, rather too wide than too narrow
_BOLD = 9.6


class _Shape(StrEnum):
    """How a node is drawn: a verdict has a thick frame, a reason a thin one, quoted words a bar at their left."""

    VERDICT = "verdict"
    REASON = "reason"
    QUOTE = "quote"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True)
class _Box:
    depth: int
    shape: _Shape
    text: str


def picture_of(found: GuidanceVerdict, repairs: Repairs = NO_REPAIRS) -> str:
    """The SVG document of a verdict's why, and of the smallest repairs."""
    boxes = [*_boxes(found), *(_Box(1, _Shape.REPAIR, line) for line in repair_lines(repairs))]
    drawn: list[str] = []
    anchors: dict[int, float] = {}  # depth -> the bottom left of the last box there
    y = float(_MARGIN)
    for box in boxes:
        x = _MARGIN + box.depth * _INDENT
        words = _wrapped(box, _WIDTH - _MARGIN - x - 2 * _PAD)
        height = len(words) * _LINE + 2 * _PAD - 4
        if box.depth:
            up = x - _INDENT / 2
            middle = y + height / 2
            drawn.append(f'<path class="tie" d="M{up:g} {anchors[box.depth - 1]:g}V{middle:g}H{x}"/>')
        drawn += _drawn(box, words, x, y, height)
        anchors[box.depth] = y + height
        y += height + _GAP
    height = y - _GAP + _MARGIN
    title = f"{found.guidance} {found.title}: {found.verdict}"
    told = "\n".join([*lines(found), *repair_lines(repairs)])
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" width="{_WIDTH}"'
            f' height="{height:g}" role="img" aria-labelledby="title description">',
            f'<title id="title">{_clean(title)}</title>',
            f'<desc id="description">{_clean(told)}</desc>',
            f"<style>{_STYLE}</style>",
            '<rect class="paper" width="100%" height="100%"/>',
            *drawn,
            "</svg>\n",
        ]
    )


_STYLE = (
    ".paper{fill:#fff}.tie{fill:none;stroke:#666}text{font:14px/1 sans-serif;fill:#000}"
    ".verdict text{font-weight:bold}.quote text{font-style:italic}.repair text{font-weight:bold}"
    "rect.box{fill:#fff;stroke:#000}.verdict rect.box{stroke-width:2.5}.repair rect.box{stroke-dasharray:6 3}"
    ".quote rect.box{fill:#f2f2f2;stroke:none}.quote rect.bar{fill:#444}"
)


def _boxes(found: GuidanceVerdict) -> Iterator[_Box]:
    yield _Box(0, _Shape.VERDICT, f"{found.guidance} {found.title}: {found.verdict.upper()}")
    for side in found.sides:
        if side.why:
            yield _Box(1, _Shape.VERDICT, f"{side.side}: {side.verdict}")
            yield from _reasons(side.why, 2)


def _reasons(reasons: Sequence[Reason], depth: int) -> Iterator[_Box]:
    for reason in reasons:
        yield _Box(depth, _Shape.REASON, reason.text)
        yield from (_Box(depth + 1, _Shape.QUOTE, _quoted(origin)) for origin in reason.origins)
        yield from _reasons(reason.steps, depth + 1)


def _quoted(origin: Origin) -> str:
    if isinstance(origin, Citation):
        place = f", page {origin.page}" if origin.page else ""
        return f"“{' '.join(origin.quote.split())}” ({origin.document}{place}, from character {origin.start})"
    return f"standard {origin.standard}"


def _drawn(box: _Box, words: Sequence[str], x: float, y: float, height: float) -> Iterator[str]:
    longest = max(len(line) + sum(map(_is_wide, line)) for line in words)
    width = min(_WIDTH - _MARGIN - x, longest * _character(box) + 2 * _PAD)
    yield f'<g class="{box.shape}">'
    yield f'<rect class="box" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4"/>'
    if box.shape is _Shape.QUOTE:
        yield f'<rect class="bar" x="{x:g}" y="{y:g}" width="3" height="{height:g}"/>'
    for n, line in enumerate(words):
        yield f'<text x="{x + _PAD:g}" y="{y + _PAD + 11 + n * _LINE:g}">{_clean(line)}</text>'
    yield "</g>"


def _character(box: _Box) -> float:
    return _BOLD if box.shape in (_Shape.VERDICT, _Shape.REPAIR) else _CHARACTER


def _wrapped(box: _Box, width: float) -> list[str]:
    """The lines of a box; a word longer than a line is broken."""
    wide = any(_is_wide(c) for c in box.text)
    return wrap(box.text, max(10, int(width / _character(box) / (2 if wide else 1)))) or [""]


def _is_wide(c: str) -> bool:
    return ord(c) > 0x2E80


def _clean(text: str) -> str:
    """Text for XML: marked characters escaped, those that XML does not know shown as such."""
    return escape(
        "".join(
            c if c in "\n\t" or (c >= " " and not 0xD800 <= ord(c) < 0xE000 and c not in "\ufffe\uffff") else "\ufffd"
            for c in text
        )
    )
