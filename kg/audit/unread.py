"""Columns that are not read and hold codes: a verdict without these would be wrong, so they end the run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kg.audit.finding import Found, as_option, nearly, plain, unread
from kg.audit.layouts import Layouts
from kg.errors import KgError, Place

if TYPE_CHECKING:
    from kg.audit.sources import Source

Row = tuple[int, Sequence[object]]
"""The number of a row as people count it, and its cells."""
BETWEEN = re.compile(r"[\s,;|]+")
"""What stands between several codes of a cell."""
_CODES = ("procedures", "diagnoses")
_TOLD = re.compile(r"combination|missing|broken|repair|expected_.*")  # columns that the program adds to records
_SIDES = {
    "procedures": re.compile(r"oper|opcs|proc(?!ode)|surg|interv|(^|_)ops?(_|\d|$)"),
    "diagnoses": re.compile(r"diag|icd|(^|_)dx"),
}
_EITHER = re.compile(r"code|op|primary|secondary|principal|main")
_NAMELESS = re.compile(r"(column|unnamed|c|col)?_?\d*")
_CATEGORY = re.compile(r"[A-Z]\d\d", re.IGNORECASE)
_CODE = re.compile(r"[A-Z]\d\d(\.?[\dX]){1,2}[AD*†+]?", re.IGNORECASE)
# Where the name says nothing: five figures without a point are codes in few chapters (a cancer registry is Y0201).
_SURE_CODE = re.compile(r"([A-Z]\d\d(\.?\d|X|\.X|\.[\dX]\.?\d)|[MST]\d\d[\dX]\d)[AD*†+]?", re.IGNORECASE)
_LIKE = r"(?i)^\W*[A-Z] ?\d\d"  # how a cell with a code begins
_ENOUGH = 300  # cells of a column that tell what it holds, in a batch
_NINE = 9  # of ten cells, where the name says nothing


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A column that is not read and may hold codes: of which sides by its name, and how far that name says so."""

    at: int
    name: str
    sides: tuple[str, ...]
    surely: bool
    telling: bool


def refuse_codes_unread(
    names: Sequence[str],
    rows: Iterable[Row],
    found: Found,
    layouts: Layouts,
    given: Mapping[str, Sequence[str]],
    source: str,
) -> None:
    """Refuse a column that is not read and has codes that its row would lack. What the name says of the column decides
    how sure its cells must be. Where the user says which columns a side has, nothing is guessed of it.

    Raises:
        KgError: KG-E1220.
    """
    suspects = _suspects(names, found, layouts, given)
    if not suspects:
        return
    used = [names.index(name) for role in (*_CODES, "code") for name in found.of(role)]
    held, lost = list(rows), dict[tuple[str, ...], list[tuple[str, str]]]()
    for suspect in suspects:
        if told := _codes_of_none_else(suspect, held, used, layouts):
            lost.setdefault(suspect.sides, []).append((suspect.name, told))
    if lost:
        sides = next((s for s in (*((side,) for side in _CODES), _CODES, ()) if s in lost), next(iter(lost)))
        columns, told = [name for name, _ in lost[sides]], lost[sides][0][1]
        ways = " or ".join(as_option(side, (*found.of(side), *columns), names) for side in sides or _CODES)
        if "code" in found.layout.columns and found.of("code"):
            ways = as_option("code", columns, names)
        hint = f"Read it with {ways}, or leave it out with {as_option('unread', columns, names)}."
        what = f"the codes in {', '.join(columns)} would be left out"
        raise KgError("KG-E1220", what, where=Place(source), why=f"{told}, in no column that is read.", hint=hint)


def look_for_codes(source: Source, found: Found, layouts: Layouts, given: Mapping[str, Sequence[str]]) -> None:
    """Look at the beginning of a source, and some beyond, for columns of codes that are not read.

    Raises:
        KgError: KG-E1220.
    """
    names = [name for name in source.columns if name not in source.constants]
    suspects = [suspect.name for suspect in _suspects(names, found, layouts, given)]
    if suspects:
        read = [name for role in (*_CODES, "code") for name in found.of(role) if name in names]
        wanted = list(dict.fromkeys((*suspects, *read)))
        rows, first = list[Row](), source.first_row
        for batch in source.glimpse(wanted):
            rows += ((first + at, cells) for at, cells in _telling_rows(batch, suspects))
            first += batch.num_rows
        refuse_codes_unread(wanted, rows, found, layouts, given, source.name)


def _telling_rows(batch: Any, suspects: Sequence[str]) -> Iterator[tuple[int, list[object]]]:
    """The first rows of a batch in which a column that has something like a code has anything at all."""
    pc: Any = import_module("pyarrow.compute")
    pa: Any = import_module("pyarrow")
    chosen: set[int] = set()
    for name in suspects:
        column = batch.column(batch.schema.get_field_index(name))
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        parents = None
        if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
            parents, column = pc.list_parent_indices(column), pc.list_flatten(column)
        kind = column.type
        if not (pa.types.is_binary(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            if not pa.types.is_string_view(kind):
                continue
            column = column.cast(pa.string())
        if pc.any(pc.match_substring_regex(column, _LIKE)).as_py():
            there = pc.greater(pc.binary_length(column), 0).fill_null(False)
            rows = pc.indices_nonzero(there)
            chosen.update((rows if parents is None else parents.take(rows))[:_ENOUGH].to_pylist())
    if chosen:
        at = sorted(chosen)
        columns = batch.take(pa.array(at)).columns
        cells = [[_text(cell) for cell in column.to_pylist()] for column in columns]
        yield from zip(at, (list(row) for row in zip(*cells, strict=True)), strict=True)


def _text(cell: object) -> object:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell


def _suspects(
    names: Sequence[str], found: Found, layouts: Layouts, given: Mapping[str, Sequence[str]]
) -> list[_Suspect]:
    """The columns that may hold codes by their names: all that are not read, but for those known to hold none."""
    rest = set(unread(found, names))
    near = set(nearly([name for side in _CODES for name in found.layout.columns.get(side, ())], list(rest)))
    told: list[_Suspect] = []
    for at, name in enumerate(names):
        simple = plain(name)
        if name not in rest or _TOLD.fullmatch(simple):
            continue
        sides = tuple(side for side, words in _SIDES.items() if words.search(simple))
        if (not sides and layouts.holds_no_codes(simple)) or all(side in given for side in sides or _CODES):
            continue
        surely = bool(sides or _NAMELESS.fullmatch(simple))
        told.append(_Suspect(at, name, sides, surely, surely or name in near or bool(_EITHER.search(simple))))
    return told


def _codes_of_none_else(suspect: _Suspect, rows: Sequence[Row], used: Sequence[int], layouts: Layouts) -> str:
    """Where a column has a code that no column that is read has, in words; nothing if it does not hold codes: fewer of
    its texts are such than are others, or more than one of ten where its name says nothing. A text of three characters
    is a code only where the name says so surely.
    """
    codes, others, told = 0, 0, ""
    code = _CODE if suspect.telling else _SURE_CODE
    for number, cells in rows:
        for part in parts(cells[suspect.at]) if suspect.at < len(cells) else ():
            text = layouts.code(part, "procedures")
            if not text:
                continue
            if not (code.fullmatch(text) or (suspect.surely and _CATEGORY.fullmatch(text))):
                others += suspect.telling or not (_CODE.fullmatch(text) or _CATEGORY.fullmatch(text))
                continue
            codes += 1
            if not told:
                bare = _bare(text)
                read = (layouts.code(other, "diagnoses") for i in used if i < len(cells) for other in parts(cells[i]))
                if not any(_bare(other).startswith(bare) for other in read):
                    told = f"Line {number} has {text} there"
    return told if codes > others * (1 if suspect.telling else _NINE) else ""


def _bare(text: str) -> str:
    """A code as codes are compared here."""
    return re.sub(r"[.\s]", "", text).upper()


def parts(cell: object) -> list[str]:
    """What a cell holds: of a list, or of a text with blanks, commas, semicolons or bars between."""
    told = cell if isinstance(cell, list | tuple) else BETWEEN.split(str(cell)) if cell is not None else ()
    return [text for part in told if part is not None and (text := str(part).strip())]


__all__ = ["BETWEEN", "Row", "look_for_codes", "parts", "refuse_codes_unread"]
