"""The tables of one SNOMED CT edition, read from all its files: the newest version of each component, faults told."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from kg.errors import KgError, Place
from kg.terminology.delivery import EditionFiles, Rf2Source
from kg.terminology.layouts import Kind, Layout, Layouts, Type
from kg.terminology.problems import Problems
from kg.terminology.rows import Table, check_header, header_of, read_delimited

if TYPE_CHECKING:
    import polars as pl

# The columns that are kept of each table; of the others rows are counted and checked.
WANTED = {
    "concept": ("id", "effectiveTime", "active", "moduleId", "definitionStatusId"),
    "description": ("id", "effectiveTime", "active", "conceptId", "typeId", "term"),
    "definition": ("id", "effectiveTime", "active", "conceptId", "typeId", "term"),
    "relationship": (
        "id", "effectiveTime", "active", "sourceId", "destinationId", "relationshipGroup", "typeId",
        "characteristicTypeId",
    ),
    "concrete": ("id", "effectiveTime", "active", "sourceId", "value", "relationshipGroup", "typeId"),
    "language": ("id", "effectiveTime", "active", "refsetId", "referencedComponentId", "acceptabilityId"),
    "association": ("id", "effectiveTime", "active", "refsetId", "referencedComponentId", "targetComponentId"),
    "attribute": ("id", "effectiveTime", "active", "refsetId", "referencedComponentId", "valueId"),
    **dict.fromkeys(
        ("map", "uk-map", "complex-map"),
        (
            "id", "effectiveTime", "active", "refsetId", "referencedComponentId", "mapGroup", "mapPriority", "mapRule",
            "mapAdvice", "mapTarget", "mapCategoryId", "mapBlock",
        ),
    ),
}  # fmt: skip
_ALWAYS = ("id", "effectiveTime", "active")
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Rows:
    """One table of an edition: the newest version of each row, and where each came from."""

    table: str
    frame: pl.DataFrame
    parts: tuple[Table, ...] = ()
    origin: np.ndarray | None = None
    read: int = 0
    """Rows read, all versions counted."""

    def column(self, name: str) -> np.ndarray:
        """One column of numbers."""
        return self.frame[name].to_numpy()

    def place(self, row: int) -> tuple[str, int | None]:
        """File and line of a row."""
        at = int(self.origin[row]) if self.origin is not None else row
        for part in self.parts:
            if at < part.frame.height:
                return part.file, part.line(at)
            at -= part.frame.height
        return "", None

    def __len__(self) -> int:
        return self.frame.height


@dataclass(slots=True)
class Tables:
    """The tables of an edition by name; `counts` are rows of all tables, also of those that are only counted."""

    by_name: dict[str, Rows] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, table: str) -> Rows:
        return self.by_name[table]


def read_tables(files: EditionFiles, layouts: Layouts, problems: Problems) -> Tables:
    """Read all files of an edition.

    Raises:
        KgError: KG-E1003 for a table that is missing, KG-E1005 for columns that are not as described.
    """
    _check_complete(files.rf2, layouts)
    # Large files first, two at a time: inflating and parsing let other threads work.
    ordered = sorted(files.rf2, key=lambda each: -each.source.size)
    found: dict[str, list[Table]] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        read = list(pool.map(lambda each: _read(each, layouts, problems), ordered))
        for _, each in sorted(zip(ordered, read, strict=True), key=lambda pair: pair[0].source.path):
            if each is not None:
                found.setdefault(each[0].table, []).append(each[1])
        read.clear()
        joined = list(pool.map(lambda one: _joined(one, found.pop(one.table, []), files.rf2, problems), layouts.rf2))
    tables = Tables()
    for layout, rows in zip(layouts.rf2, joined, strict=True):
        tables.counts[layout.table] = rows.frame.height
        if layout.table in WANTED:
            tables.by_name[layout.table] = rows
    return tables


def _check_complete(files: Sequence[Rf2Source], layouts: Layouts) -> None:
    present = {(each.named.content, each.named.summary) for each in files}
    contents = {content for content, _ in present}
    for layout in layouts.rf2:
        if layout.required and layout.content not in contents:
            date = max(each.named.date for each in files)
            where = Place(str(files[0].source.path).rsplit("/", 2)[0])
            what = f"no file of {layout.table}s in the packages of {date}"
            hint = f"Look for {_file_name(layout)} in what was delivered."
            raise KgError("KG-E1003", what, where=where, hint=hint)


def _file_name(layout: Layout) -> str:
    return f"{'der2' if layout.content.endswith('Refset') else 'sct2'}_{layout.content}_{layout.summary}…Snapshot….txt"


def _read(each: Rf2Source, layouts: Layouts, problems: Problems) -> tuple[Layout, Table] | None:
    """One file, or None for a table that is not known (KG-W1013)."""
    data = each.source.read()
    candidates = layouts.of_content(each.named.content)
    head = header_of(data)
    layout = next((one for one in candidates if one.names == head), None)
    if layout is None:
        # The name says a table that is known: then its columns are wrong. Else it is a table of its own.
        named = [one for one in candidates if one.summary == each.named.summary]
        if named and data:
            check_header(data, named[0], each.source.path)
        if data.count(b"\n", 0, 1 << 20) > 1:
            problems.add("KG-W1013", "a table that is not known is left out", each.source.path, 1, value=" ".join(head))
        return None
    wanted = {*_ALWAYS, *WANTED.get(layout.table, ())}
    return layout, read_delimited(data, layout, each.source.path, sorted(wanted), problems)


def _joined(layout: Layout, parts: Sequence[Table], files: Sequence[Rf2Source], problems: Problems) -> Rows:
    """The parts of a table as one, each component once."""
    import polars as pl

    if not parts:
        schema = {c.name: pl.String if not c.type.is_number else pl.Int64 for c in layout.columns}
        return Rows(layout.table, pl.DataFrame(schema=schema))
    frame = pl.concat([part.frame for part in parts]) if len(parts) > 1 else parts[0].frame
    full = any(each.named.kind is Kind.FULL for each in files)
    keys = frame["id"].to_numpy() if layout.columns[0].type is Type.SCTID else frame["id"].hash(7).to_numpy()
    rows = Rows(layout.table, frame, tuple(parts), None, frame.height)
    kept = _newest(rows, keys, full, problems)
    if kept is None:
        return rows
    return Rows(layout.table, frame[kept], tuple(parts), kept, frame.height)


def _newest(rows: Rows, keys: np.ndarray, full: bool, problems: Problems) -> np.ndarray | None:
    """The rows of the newest version of each component, in order; None for all. Of equal dates the last row counts.

    Older versions are what Full files and packages over packages consist of; in one Snapshot file they are told.
    """
    if len(keys) < 2 or (keys[1:] > keys[:-1]).all():
        return None
    ordered = np.sort(keys)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(again):
        return None
    double = np.flatnonzero(np.isin(keys, again))
    times = rows.column("effectiveTime")[double]
    ids = rows.frame["id"][double]
    ids = ids.to_numpy() if ids.dtype.is_integer() else np.array(ids.to_list())
    order = np.lexsort((double, times, ids))
    double, times, ids = double[order], times[order], ids[order]
    older = np.concatenate((ids[1:] == ids[:-1], [False]))
    if not full:
        _tell_versions(rows, double, times, ids, older, problems)
    kept = np.ones(len(keys), bool)
    kept[double[older]] = False
    return np.flatnonzero(kept)


def _tell_versions(
    rows: Rows, double: np.ndarray, times: np.ndarray, ids: np.ndarray, older: np.ndarray, problems: Problems
) -> None:
    for i in np.flatnonzero(older).tolist():
        file, line = rows.place(int(double[i]))
        other, _ = rows.place(int(double[i + 1]))
        if times[i] == times[i + 1]:
            problems.add("KG-W1005", "there twice with one date; the last row is used", file, line, "id", ids[i])
        elif file == other:
            problems.add("KG-W1006", f"older than its version of {times[i + 1]}", file, line, "id", ids[i])
