"""Records of tables, CSV or Parquet: columns go by the names that `kg audit` knows
(`ontology/episode_layouts.toml`), and no column of codes is left out in silence.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain, islice
from typing import Any

from kg.answers.records import Asked, Contexts, from_json
from kg.audit.finding import Found, as_option, gaps, matching, nearly, plain, unread
from kg.audit.layouts import Layout, Layouts, shipped
from kg.cli.output import say
from kg.errors import KgError, Place

Row = tuple[int, Sequence[object]]
"""The number of a line (of Parquet, of a row), and its cells."""
_CODES = ("procedures", "diagnoses")
# What a column holds, and the names that it goes by before those of the layouts of the audit.
_OWN: Mapping[str, tuple[str, ...]] = {
    "episode": ("id",),
    "procedures": (),
    "diagnoses": (),
    "date": ("date",),
    "snomed": ("snomed", "snomed_#", "concepts", "concept", "concept_#"),
    "context": ("context",),
    "guidance": ("guidance",),
}
_BETWEEN = re.compile(r"[\s,;|]+")
_TOLD = re.compile(r"combination|missing|broken|repair|expected_.*")  # columns that the program adds to records
_SIDES = {
    "procedures": re.compile(r"oper|opcs|proc(?!ode)|surg|interv|(^|_)ops?(_|\d|$)"),
    "diagnoses": re.compile(r"diag|icd|(^|_)dx"),
}
_EITHER = re.compile(r"code|op|primary|secondary|principal|main")
_CATEGORY = re.compile(r"[A-Z]\d\d", re.IGNORECASE)
_CODE = re.compile(r"[A-Z]\d\d(\.?[\dX]){1,2}[AD*†+]?", re.IGNORECASE)
_LOOKED_AT = 1000  # rows whose cells tell what a column of another name holds


def from_rows(
    names: Sequence[str],
    rows: Iterator[Row],
    place: Place,
    context: Contexts,
    columns: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[Asked]:
    """The records of rows with a header. `columns` says which columns hold what, before all that names tell.

    Raises:
        KgError: KG-E1220 where no column has codes, or one that is not read has some that no other has; KG-E1221.
    """
    given = {"episode" if role == "id" else role: tuple(names) for role, names in (columns or {}).items()}
    found = _found(names, given, place.source)
    held = list(islice(rows, _LOOKED_AT))
    _refuse_codes_unread(names, held, found, given, place.source)
    for role, what, near, _ in gaps(found, names):
        if role not in given and not near:
            say(f"KG-W1220  {place.source}: {what}")
    index = {name: i for i, name in reversed(list(enumerate(names)))}
    read = {role: [index[name] for name in held] for role, held in found.columns.items()}
    return (_asked(number, cells, len(names), read, place.source, context) for number, cells in chain(held, rows))


def _asked(
    number: int, cells: Sequence[object], width: int, read: Mapping[str, Sequence[int]], source: str, context: Contexts
) -> Asked:
    """The record of a row, or its fault."""
    here, otherwise, data = Place(source, number), f"line {number}", _record(cells, read, _known())
    if any(str(cell or "").strip() for cell in cells[width:]):
        what = f"a row of {len(cells)} cells below a header of {width}"
        hint = "Several codes in one column are divided by blanks, or stand in quotation marks."
        return Asked(str(data.get("id", otherwise)), None, error=KgError("KG-E0305", what, where=here, hint=hint))
    return from_json(data, otherwise, here, context)


@cache
def _known() -> Layouts:
    """The layouts of the audit with a row for each episode, as one, and what only records have."""
    wide = [layout for layout in shipped().layouts if not layout.by_code]
    columns = {
        role: tuple(dict.fromkeys((*own, *(name for each in wide for name in each.columns.get(role, ())))))
        for role, own in _OWN.items()
    }
    return replace(shipped(), layouts=(Layout("records", "a row for each record", False, columns),))


def _found(names: Sequence[str], given: Mapping[str, tuple[str, ...]], source: str) -> Found:
    """The columns of each role.

    Raises:
        KgError: KG-E1220, KG-E1221.
    """
    try:
        return matching(names, _known().layouts, given, source, tuple(_OWN), identified=False)
    except KgError as fault:
        by_code = [layout for layout in shipped().layouts if layout.by_code]
        try:
            matching(names, by_code, {}, source)
        except KgError:
            raise fault from None
        hint = "kg audit reads a table with a row for each code; here a row is a record."
        raise KgError(fault.id, fault.what, where=fault.where, why=fault.why, hint=hint) from None


def _record(cells: Sequence[object], read: Mapping[str, Sequence[int]], known: Layouts) -> dict[str, Any]:
    """The fields of a record as its cells say them; nothing of those that are empty."""
    there = {role: [cells[i] for i in columns if i < len(cells)] for role, columns in read.items()}
    data: dict[str, Any] = {role: _texts(there.get(role, ()), role, known) for role in (*_CODES, "snomed")}
    if named := [text for cell in there.get("episode", ()) if (text := str(_told(cell)))]:
        data["id"] = ":".join(named)
    for role in ("context", "guidance"):
        if told := next((_told(cell) for cell in there.get(role, ())), ""):
            data[role] = told
    if days := [day for cell in there.get("date", ()) if (day := _day(str(_told(cell)), known))]:
        data["date"] = days[0]
    if isinstance(given := data.get("context"), str):
        data["context"] = {part.partition("=")[0]: part.partition("=")[2] for part in _BETWEEN.split(given) if part}
    return data


def _day(text: str, known: Layouts) -> str:
    """A day as `2024-05-01`; nothing where the cell says none, and the text itself where it is no day."""
    day = known.day(text)
    plain = text if day is None else day.isoformat()
    return "" if plain in known.no_dates or plain.lower() in known.fillers["diagnoses"] else plain


def _texts(cells: Sequence[object], role: str, known: Layouts) -> list[str]:
    """The codes or concepts of cells, as they stand there."""
    texts = [text for cell in cells for text in _parts(cell)]
    return [text for text in texts if text != "-"] if role == "snomed" else _codes(texts, role, known)


def _codes(texts: Sequence[str], role: str, known: Layouts) -> list[str]:
    return [code for text in texts if (code := known.code(text, role))]


def _parts(cell: object) -> list[str]:
    """What a cell holds: of a list, or of a text with blanks, commas, semicolons or bars between."""
    parts = cell if isinstance(cell, list | tuple) else _BETWEEN.split(str(cell)) if cell is not None else ()
    return [text for part in parts if part is not None and (text := str(part).strip())]


def _told(cell: object) -> Any:
    """What a cell says: a day as text, a text without blanks around it, facts of a context that they have."""
    if isinstance(cell, datetime.date):  # a moment too
        return cell.isoformat()[:10]
    if isinstance(cell, dict | list):  # a struct; a map comes as a list of pairs
        return {facet: value for facet, value in dict(cell).items() if value is not None}
    return str(cell).strip() if cell is not None else ""


# ---- columns of codes by other names


def _refuse_codes_unread(
    names: Sequence[str], rows: Sequence[Row], found: Found, given: Mapping[str, tuple[str, ...]], source: str
) -> None:
    """Refuse a column that is not read, seems by its name to hold codes, and has some that its record would lack.

    Where the user says which columns a side has, nothing is guessed of it.

    Raises:
        KgError: KG-E1220.
    """
    lost: dict[str, list[tuple[str, str]]] = {}
    used = {names.index(name) for columns in found.columns.values() for name in columns}
    near = nearly([name for side in _CODES for name in found.layout.columns[side]], unread(found, names))
    for i, name in enumerate(names):
        if i in used or _TOLD.fullmatch(plain(name)):
            continue
        sides = [side for side, words in _SIDES.items() if words.search(plain(name))]
        if not sides and not (name in near or _EITHER.search(plain(name))):
            continue
        if all(side in given for side in sides or _CODES):
            continue
        if told := _codes_of_none_else(i, rows, used, surely=bool(sides)):
            lost.setdefault(sides[0] if len(sides) == 1 else "", []).append((name, told))
    for role in (*_CODES, ""):
        if role in lost:
            columns, told = [name for name, _ in lost[role]], lost[role][0][1]
            what = f"the codes in {', '.join(columns)} would be left out"
            said = as_option(role or "ROLE", (*(found.of(role) if role else ()), *columns), names)
            rest = as_option(role, found.of(role), names) if role else "--column procedures=… --column diagnoses=…"
            hint = f"Read it with {said}, or leave it out with {rest}."
            raise KgError("KG-E1220", what, where=Place(source), why=f"{told}, in no column that is read.", hint=hint)


def _codes_of_none_else(column: int, rows: Sequence[Row], used: set[int], *, surely: bool) -> str:
    """Where a column has a code that no column that is read has, in words; nothing if it does not hold codes: fewer of
    its texts are such than are others. A text of three characters is a code only where the name says so `surely`.
    """
    codes, others, told = 0, 0, ""
    known = _known()
    for number, cells in rows:
        for text in _codes(_parts(cells[column]) if column < len(cells) else (), "diagnoses", known):
            if not (_CODE.fullmatch(text) or (surely and _CATEGORY.fullmatch(text))):
                others += 1
                continue
            codes += 1
            if not told:
                bare = text.replace(".", "").upper()
                read = (part for i in used if i < len(cells) for part in _parts(cells[i]))
                if not any(part.replace(".", "").upper().startswith(bare) for part in read):
                    told = f"Line {number} has {text} there"
    return told if codes > others else ""
