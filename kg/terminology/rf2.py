"""The tables of one SNOMED CT edition, read from all its files: the newest version of each component, faults told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
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
_FIRST = ("concept", "relationship", "description", "language")
"""Tables for which the longest work waits."""
_HEAD = 1 << 16  # bytes of a file that tell its table


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


class Tables:
    """The tables of an edition, each there as soon as it has been read; what asks for one waits for it."""

    def __init__(self, reading: Mapping[str, Future[tuple[Rows, Problems]]]) -> None:
        """Tables by name, being read."""
        self._reading = dict(reading)
        self._read: dict[str, tuple[int, Problems]] = {}

    def take(self, table: str) -> Rows:
        """A table that is wanted; it is handed over and not kept.

        Raises:
            KgError: what was wrong with a file of it.
        """
        rows, problems = self._reading.pop(table).result()
        self._read[table] = (len(rows), problems)
        return rows

    def end(self, problems: Problems) -> dict[str, int]:
        """Wait for the tables that nobody took; the rows of each table come back, and what was wrong is told."""
        for table in list(self._reading):
            self.take(table)
        for _, told in self._read.values():
            problems.take(told)
        return {table: count for table, (count, _) in self._read.items()}


@contextmanager
def reading(files: EditionFiles, layouts: Layouts, problems: Problems) -> Iterator[Tables]:
    """The tables of all files of an edition. They are read meanwhile, in the order in which they are waited for.

    Raises:
        KgError: KG-E1003 for a table that is missing, KG-E1005 for columns that are not as described.
    """
    _check_complete(files.rf2, layouts, problems)
    _tell_missing(files.rf2, layouts, problems)
    found: dict[str, list[Rf2Source]] = {layout.table: [] for layout in layouts.rf2}
    faults: list[KgError] = []
    for each in sorted(files.rf2, key=lambda each: each.source.path):
        try:
            if layout := _layout(each, layouts, problems):
                found[layout.table].append(each)
        except KgError as fault:
            faults.append(fault)
    if faults:
        raise _all_of(faults)

    def turn(layout: Layout) -> tuple[int, int]:
        first = _FIRST.index(layout.table) if layout.table in _FIRST else len(_FIRST)
        return first, -sum(each.source.size for each in found[layout.table])

    # Two at a time: inflating and parsing let other threads work.
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        ordered = sorted(layouts.rf2, key=turn)
        read = {one.table: pool.submit(_read, one, found[one.table], files.rf2) for one in ordered}
        yield Tables({layout.table: read[layout.table] for layout in layouts.rf2})
    finally:
        pool.shutdown(cancel_futures=True)


def _check_complete(files: Sequence[Rf2Source], layouts: Layouts, problems: Problems) -> None:
    """Refuse packages without a table on which all rests; tell those without a reference set that is looked for.

    Raises:
        KgError: KG-E1003.
    """
    contents = {each.named.content for each in files}
    summaries = {each.named.summary for each in files}
    for layout in layouts.rf2:
        is_set = layout.content.endswith("Refset")
        if not layout.required or (layout.summary in summaries if is_set else layout.content in contents):
            continue
        date = max(each.named.date for each in files)
        what = f"no file of {layout.table}s in the packages of {date}"
        if is_set:
            problems.add("KG-W1021", f"{what}: {_file_name(layout)}", files[0].source.path)
            continue
        where = Place(str(files[0].source.path).rsplit("/", 2)[0])
        raise KgError("KG-E1003", what, where=where, hint=f"Look for {_file_name(layout)} in what was delivered.")


def _tell_missing(files: Sequence[Rf2Source], layouts: Layouts, problems: Problems) -> None:
    """Tell packages that have concepts and not the tables that always go with them."""
    packages: dict[tuple[str, str], dict[str, str]] = {}
    for each in files:
        packages.setdefault((each.named.tag, each.named.date), {})[each.named.content] = each.source.path
    needed = [one for one in layouts.rf2 if one.required and not one.content.endswith("Refset")]
    for contents in packages.values():
        if needed[0].content in contents:
            for layout in needed[1:]:
                if layout.content not in contents:
                    what = f"the package of this file has no file of {layout.table}s: {_file_name(layout)}"
                    problems.add("KG-W1021", what, contents[needed[0].content])


def _file_name(layout: Layout) -> str:
    return f"{'der2' if layout.content.endswith('Refset') else 'sct2'}_{layout.content}_{layout.summary}…Snapshot….txt"


def _layout(each: Rf2Source, layouts: Layouts, problems: Problems) -> Layout | None:
    """The table that a file holds by its header, or None for one that is not known (KG-W1013).

    Raises:
        KgError: KG-E0202 for an empty file, KG-E1005 for one whose columns are not those that its name tells.
    """
    start = each.source.read(_HEAD).removeprefix(b"\xef\xbb\xbf")
    if not start:
        hint = "Fetch it again, and compare its size with the one that the publisher tells."
        raise KgError("KG-E0202", "the file is empty", where=Place(each.source.path), hint=hint)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        hint = "Give the file as delivered."
        raise KgError("KG-E1005", "the file is UTF-16, not UTF-8", where=Place(each.source.path, 1), hint=hint)
    candidates = layouts.of_content(each.named.content)
    head = header_of(start)
    layout = next((one for one in candidates if one.names == head), None)
    if layout is None:
        # The name says a table that is known: then its columns are wrong. Else it is a table of its own.
        named = [one for one in candidates if one.summary == each.named.summary]
        bare = start.count(b"\n") < 2 and len(start) < _HEAD  # one line at most, and nothing to lose
        if named and not (bare and not named[0].required):
            check_header(start, named[0], each.source.path)
        if named:
            problems.add("KG-W1019", f"no columns and no rows of {named[0].table}", each.source.path, 1, value=head[0])
        if start.count(b"\n") > 1:
            problems.add("KG-W1013", "a table that is not known is left out", each.source.path, 1, value=" ".join(head))
    return layout


def _all_of(faults: Sequence[KgError]) -> KgError:
    """Several faults as one: the first, with what is wrong in the other files."""
    first, *others = faults
    told = [f"{fault.where}: {fault.what}" for fault in others]
    why = "\n  ".join(
        [first.why, *(["Another file:" if len(others) == 1 else f"{len(others)} more files:"] if others else []), *told]
    ).strip()
    return KgError(first.id, first.what, where=first.where, why=why, hint=first.hint)


def _read(layout: Layout, sources: Sequence[Rf2Source], files: Sequence[Rf2Source]) -> tuple[Rows, Problems]:
    """The files of a table as one, each component once, and what was wrong in them."""
    import polars as pl

    problems = Problems()
    wanted = sorted({*_ALWAYS, *WANTED.get(layout.table, ())})
    parts = [read_delimited(each.source.read(), layout, each.source.path, wanted, problems) for each in sources]
    if not parts:
        schema = {c.name: pl.String if not c.type.is_number else pl.Int64 for c in layout.columns}
        return Rows(layout.table, pl.DataFrame(schema=schema)), problems
    frame = pl.concat([part.frame for part in parts]) if len(parts) > 1 else parts[0].frame
    full = any(each.named.kind is Kind.FULL for each in files)
    keys = frame["id"].to_numpy() if layout.columns[0].type is Type.SCTID else frame["id"].hash(7).to_numpy()
    rows = Rows(layout.table, frame, tuple(parts), None, frame.height)
    if layout.required and not frame.height:
        problems.add("KG-W1019", f"the files of {layout.table}s have no rows", parts[0].file)
    kept = _newest(rows, keys, full, problems)
    if kept is not None:
        rows = Rows(layout.table, frame[kept], tuple(parts), kept, frame.height)
    return rows, problems


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
