"""Records of tables, CSV or Parquet: columns go by the names that `kg audit` knows
(`ontology/episode_layouts.toml`), and no column of codes is left out in silence.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain, islice
from typing import Any

from kg.answers.records import Asked, Contexts, from_json
from kg.audit.finding import Found, gaps, matching, plain, refuse_doubled, rounded
from kg.audit.layouts import Layout, Layouts, shipped
from kg.audit.unread import BETWEEN, Row, parts, refuse_codes_unread
from kg.cli.output import say
from kg.codes import Code, Scheme
from kg.errors import KgError, Place

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
    "unread": (),
}
_LOOKED_AT = 20_000  # rows whose cells tell what a column of another name holds
_EXACT = 2**53  # whole numbers below are told apart by floating-point numbers


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
    refuse_doubled(names, found, place.source)
    held = list(islice(rows, _LOOKED_AT))
    refuse_codes_unread(names, held, found, _known(), given, place.source)
    for role, what, near, _ in gaps(found, names):
        if role not in given and not near:
            say(f"KG-W1220  {place.source}: {what}")
    read = {role: [names.index(name) for name in columns] for role, columns in found.columns.items()}
    _refuse_rounded(names, held, read.get("episode", ()), place)
    several = tuple(role for role in _CODES if len(found.of(role)) == 1 and plain(found.of(role)[0])[-1:].isalpha())
    return _each(chain(held, rows), len(names), read, several, place.source, context)


def _each(
    rows: Iterator[Row],
    width: int,
    read: Mapping[str, Sequence[int]],
    several: Sequence[str],
    source: str,
    context: Contexts,
) -> Iterator[Asked]:
    """The records of rows; how many have an identifier that stood before is told at the end."""
    seen, doubled = set[str](), 0
    for number, cells in rows:
        if not any(str(cell or "").strip() for cell in cells):
            continue
        asked = _asked(number, cells, width, read, several, source, context)
        doubled += asked.id in seen
        seen.add(asked.id)
        yield asked
    if doubled:
        say(f"KG-W1223  {source}: {doubled:,} records have an identifier that stood before; each is judged")


def _refuse_rounded(names: Sequence[str], rows: Sequence[Row], columns: Sequence[int], place: Place) -> None:
    """Refuse identifiers that are floating-point numbers and have lost figures.

    Raises:
        KgError: KG-E1225.
    """
    for i in columns:
        numbers = [cells[i] for _, cells in rows if i < len(cells) and isinstance(cells[i], float)]
        if any(isinstance(n, float) and (abs(n) >= _EXACT or not n.is_integer()) for n in numbers):
            raise rounded(names[i], place)


def _asked(
    number: int,
    cells: Sequence[object],
    width: int,
    read: Mapping[str, Sequence[int]],
    several: Sequence[str],
    source: str,
    context: Contexts,
) -> Asked:
    """The record of a row, or its fault."""
    here, otherwise, data = Place(source, number), f"line {number}", _record(cells, read, several, _known())
    if len(cells) < width or any(str(cell or "").strip() for cell in cells[width:]):
        what = f"a row of {len(cells)} cells below a header of {width}"
        hint = "Several codes in one column are divided by blanks, or stand in quotation marks."
        if len(cells) < width:
            hint = "The line ends too early, or is no record."
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


def _record(
    cells: Sequence[object], read: Mapping[str, Sequence[int]], several: Sequence[str], known: Layouts
) -> dict[str, Any]:
    """The fields of a record as its cells say them; nothing of those that are empty."""
    there = {role: [cells[i] for i in columns if i < len(cells)] for role, columns in read.items()}
    data: dict[str, Any] = {role: _texts(there.get(role, ()), role, several, known) for role in (*_CODES, "snomed")}
    if named := [text for cell in there.get("episode", ()) if (text := str(_told(cell)))]:
        data["id"] = ":".join(named)
    for role in ("context", "guidance"):
        if told := next((_told(cell) for cell in there.get(role, ())), ""):
            data[role] = told
    if days := [day for cell in there.get("date", ()) if (day := _day(str(_told(cell)), known))]:
        data["date"] = days[0]
    if isinstance(given := data.get("context"), str):
        data["context"] = {part.partition("=")[0]: part.partition("=")[2] for part in BETWEEN.split(given) if part}
    return data


def _day(text: str, known: Layouts) -> str:
    """A day as `2024-05-01`; nothing where the cell says none, and the text itself where it is no day."""
    day = known.day(text)
    plain = text if day is None else day.isoformat()
    return "" if plain in known.no_dates or plain.lower() in known.fillers["diagnoses"] else plain


def _texts(cells: Sequence[object], role: str, several: Sequence[str], known: Layouts) -> list[str]:
    """The codes or concepts of cells, as they stand there. A column of codes that has a number has one in each cell,
    with blanks in it or not (`C78.7 D`), unless it is of several that can be read.
    """
    if role == "snomed":
        return [text for cell in cells for text in parts(cell) if text != "-"]
    texts: list[str] = []
    for cell in cells:
        whole = known.code(cell, role) if isinstance(cell, str) else ""
        one = role not in several and whole and _is_code(whole, role)
        texts += [whole] if one else [code for text in parts(cell) if (code := known.code(text, role))]
    return texts


def _is_code(text: str, role: str) -> bool:
    try:
        Code.parse(text, Scheme.OPCS4 if role == "procedures" else Scheme.ICD10)
    except KgError:
        return False
    return True


def _told(cell: object) -> Any:
    """What a cell says: a day as text, a text without blanks around it, facts of a context that they have."""
    if isinstance(cell, datetime.date):  # a moment too
        return cell.isoformat()[:10]
    if isinstance(cell, dict | list):  # a struct; a map comes as a list of pairs
        return {facet: value for facet, value in dict(cell).items() if value is not None}
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() if cell is not None else ""
