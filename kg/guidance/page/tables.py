"""Rows of tables in plain text: cells behind bars, tabs or wide blanks; the row that names the columns; labels.

Only characters are looked at, since this is asked before lines are folded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_RULE = re.compile(r"[\s|:-]*-{3,}[\s|:-]*")
_CODE = re.compile(r"[\s*_]*(?:an? )?(?:codes? (?:from|of) )?(?:category )?[A-Z]\d\d(?:[.\s-]|$)")
_ANY_CODE = re.compile(r"(?<![A-Za-z0-9])[A-Z]\d\d(?:\.[\dX-]|(?= [A-Z][a-z]))")
_ONLY_CODE = re.compile(r"[A-Z]\d\d\.[\dX-]")
# What a cell holds that has nothing.
_EMPTY = re.compile(
    r"[\s*_]*(?:none|nil|n/?a|not applicable|-+|\u2013|\u2014|no (?:further |additional |other )?codes?)?[\s*_]*", re.I
)
_ORDER = re.compile(r"[\s*_]*(?:\d{1,2}[.)]?|always|all cases|in all cases|required)?[\s*_]*", re.IGNORECASE)
_SYSTEM = re.compile(r"(?:OPCS|ICD)[\s-]*\d*(?:\.\d+)?(?: codes?)?", re.IGNORECASE)  # a row's classification, no label
_FEW = 5  # words of the name of a column
# Words that say what is recorded, and so name no column: "Plus", "a site code from chapter Z".
_TELLING = re.compile(r"(?i:plus|and|or|with|without|either|if|when|where|then|also|in addition)\b|(?:.*\s)?[A-Z]$")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A line of a table. `head`: it only names the columns. `labels`: where a bar or tab parts a label from its codes.

    `empty`: the places of cells that hold nothing.
    """

    head: bool = False
    labels: tuple[int, ...] = ()
    empty: tuple[tuple[int, int], ...] = ()


def row_of(text: str, start: int, end: int) -> TableRow | None:
    """What the line from `start` to `end` of a text is in a table; None for a line of another kind."""
    line = text[start:end]
    cells = _cells(line)
    if len(cells) < len("AB"):
        return None
    coded = [_CODE.match(line[a:b]) is not None for a, b in cells]
    if re.search(r"[A-Z]\d\d", line) is None:
        return TableRow(head=True) if _names_columns(line, cells, text[end:]) else None
    first = next((i for i, (a, b) in enumerate(cells) if _ORDER.fullmatch(line[a:b]) is None), 0)
    labels: tuple[int, ...] = ()
    parted = line[cells[first][1]] if cells[first][1] < len(line) else ""
    alone = first + 2 == len(cells) and _ONLY_CODE.fullmatch(line[slice(*cells[-1])].strip()) is not None
    if not coded[first] and first + 1 < len(cells) and coded[first + 1] and (parted in "|\t" or alone):
        words = line[cells[first][0] : cells[first][1]].strip(" *_\t")
        if words and _SYSTEM.fullmatch(words) is None and _ANY_CODE.search(words) is None and words[-1] not in ":?.":
            labels = (cells[first][1],)
    empty = tuple((a, b) for a, b in cells[first + 1 :] if line[a:b].strip() and _EMPTY.fullmatch(line[a:b]))
    return TableRow(labels=labels, empty=empty) if labels or empty else None


def _cells(line: str) -> list[tuple[int, int]]:
    """Where the cells of a line begin and end: between bars at its ends, behind tabs, behind wide blanks."""
    bare = line.strip()
    if bare.startswith("|") and bare.endswith("|") and len(bare) > len("||"):
        bars = [i for i, c in enumerate(line) if c == "|" and not (i and line[i - 1] == "\\")]
        return [(a + 1, b) for a, b in pairwise(bars)]
    begin = len(line) - len(line.lstrip())
    gaps = list(re.finditer(r"[ ]*\t[ \t]*" if "\t" in bare else r"[ \u00a0]{3,}", line[begin : len(line.rstrip())]))
    at, found = begin, list[tuple[int, int]]()
    for gap in gaps:
        tab = gap[0].find("\t")
        found.append((at, begin + gap.start() + max(0, tab)))
        at = begin + gap.end()
    return [*found, (at, len(line.rstrip()))] if found else []


_MISPRINTED = re.compile(r"(?<![A-Za-z])[A-Z][ \u00a0]?\d\d")  # a code with a blank in it is no name of a column


def _names_columns(line: str, cells: list[tuple[int, int]], after: str) -> bool:
    """Whether a line without codes is the head of a table: short names over as many cells, one of them with a code."""
    names = [line[a:b].strip(" *_\t") for a, b in cells]
    if not all(name and len(name.split()) <= _FEW and name[-1] not in ".:?;," for name in names):
        return False
    if any(_TELLING.match(name) for name in names) or _MISPRINTED.search(line):
        return False
    for below in _rows(after):
        own = _cells(below)
        return len(own) == len(cells) and any(_CODE.match(below[a:b]) for a, b in own)
    return False


def _rows(text: str) -> Iterator[str]:
    """The next lines that are neither empty nor rules, one after the other."""
    for line in text.split("\n", 6)[1:6]:
        if line.strip() and not _RULE.fullmatch(line):
            yield line
