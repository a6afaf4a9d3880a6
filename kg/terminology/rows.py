"""One delimited table of a release as columns: at full speed where it is sound, with every fault told where it is not.

polars parses what is sound. It takes a torn line for one with empty fields, so that tabs are counted beforehand; where
the count, a number or a byte is wrong, the lines at fault are found, told and left out, and the rest is parsed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kg.errors import KgError, Place
from kg.terminology.layouts import Column, Layout, Type
from kg.terminology.problems import Problems

if TYPE_CHECKING:
    import polars as pl

_BLOCK = 1 << 24
_TAB, _NEWLINE = 9, 10


@dataclass(frozen=True, slots=True)
class Table:
    """The wanted columns of a file, and the line of each row.

    `dropped` are the lines (from 1, with the header) that were left out, in order.
    """

    file: str
    frame: pl.DataFrame
    first: int
    dropped: np.ndarray

    def line(self, row: int) -> int:
        """The line of a row (both in the order of the file)."""
        line = row + self.first
        for gone in self.dropped:
            if gone > line:
                break
            line += 1
        return line


def read_delimited(
    data: bytes, layout: Layout, file: str, wanted: Sequence[str], problems: Problems, *, encoding: str = "utf-8"
) -> Table:
    """The wanted columns of a delimited file.

    Raises:
        KgError: KG-E0202 for an empty file, KG-E1005 for a header that is not the described one.
    """
    if not data:
        raise KgError("KG-E0202", "the file is empty", where=Place(file))
    if encoding != "utf-8":
        data = data.decode(encoding).encode()
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    refuse_utf16(data, file)
    first = 1
    if layout.header:
        check_header(data, layout, file)
        first = 2
    if not data.endswith(b"\r\n") or data[: data.find(b"\n") + 1][-2:-1] != b"\r":
        last = data.count(b"\n") + (not data.endswith(b"\n"))
        problems.add("KG-W1009", "the line does not end with CR LF", file, last)
    columns = {column.name: column for column in layout.columns}
    taken = [columns[name] for name in layout.names if name in wanted or name == layout.names[-1]]
    frame = _fast(data, layout, taken)
    dropped = np.empty(0, np.int64)
    if frame is None:
        frame, dropped = _careful(data, layout, taken, file, problems, first)
    return Table(file, frame, first, dropped)


def check_header(data: bytes, layout: Layout, file: str) -> None:
    """Compare the first line with the description.

    Raises:
        KgError: KG-E1005 with the columns that are missing and those that are not known.
    """
    head = header_of(data)
    if head == layout.names:
        return
    missing = [name for name in layout.names if name not in head]
    unknown = [name for name in head if name not in layout.names]
    parts = [f"missing {', '.join(missing)}" if missing else "", f"unknown {', '.join(unknown)}" if unknown else ""]
    raise KgError(
        "KG-E1005",
        "; ".join(part for part in parts if part) or "the columns have another order",
        where=Place(file, 1),
        why=f"The columns of {layout.table} are {' '.join(layout.names)}.",
        hint="Give the file as delivered; a newer layout is added to ontology/release_files.toml.",
    )


def refuse_utf16(data: bytes, file: str) -> None:
    """Refuse what a text editor has saved as "Unicode", which no release file is.

    Raises:
        KgError: KG-E1005.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:100]:
        hint = "Give the file as delivered, or save it as UTF-8."
        raise KgError("KG-E1005", "the file is UTF-16, and not UTF-8", where=Place(file, 1), hint=hint)


def header_of(data: bytes) -> tuple[str, ...]:
    """The names in the first line."""
    line = data[: data.find(b"\n")] if b"\n" in data[:_BLOCK] else data[:_BLOCK]
    return tuple(line.decode("utf-8", "replace").rstrip("\r").split("\t"))


def _counts(data: bytes) -> tuple[int, int]:
    """Tabs and lines of a file."""
    buffer = np.frombuffer(data, np.uint8)
    tabs = lines = 0
    for at in range(0, len(buffer), _BLOCK):
        block = buffer[at : at + _BLOCK]
        tabs += int(np.count_nonzero(block == _TAB))
        lines += int(np.count_nonzero(block == _NEWLINE))
    return tabs, lines + (not data.endswith(b"\n"))


def _fast(data: bytes, layout: Layout, taken: Sequence[Column]) -> pl.DataFrame | None:
    """The columns, or None if anything in the file is not as described."""
    import polars as pl

    tabs, lines = _counts(data)
    if tabs != lines * (len(layout.columns) - 1):
        return None
    try:
        frame = _parse(data, layout, {column.name: _dtype(column) for column in layout.columns}, taken)
    except pl.exceptions.ComputeError:
        return None
    if frame.height != lines - layout.header or any(frame.null_count().row(0)):
        return None
    return frame


def _parse(data: bytes, layout: Layout, types: dict[str, pl.DataType], taken: Sequence[Column]) -> pl.DataFrame:
    import polars as pl

    if not data:
        return pl.DataFrame(schema={column.name: types[column.name] for column in taken})
    return pl.read_csv(
        data,
        separator="\t",
        quote_char=None,
        has_header=layout.header,
        schema=types,
        columns=[layout.place(column.name) for column in taken],
        empty_string_is_null=False,
        raise_if_empty=False,
    )


def _dtype(column: Column) -> pl.DataType:
    import polars as pl

    match column.type:
        case Type.SCTID:
            return pl.Int64()
        case Type.TIME | Type.INTEGER:
            return pl.Int32()
        case Type.FLAG:
            return pl.UInt8()
        case Type.TEXT | Type.UUID | Type.CODE:
            return pl.String()


def _careful(
    data: bytes, layout: Layout, taken: Sequence[Column], file: str, problems: Problems, first: int
) -> tuple[pl.DataFrame, np.ndarray]:
    """The sound rows, and the lines left out, each told."""
    import polars as pl

    buffer = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(buffer == _NEWLINE)
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.concatenate(([0], ends[:-1] + 1))
    tabs = np.searchsorted(np.flatnonzero(buffer == _TAB), ends)
    fields = np.diff(tabs, prepend=0) + 1
    bad = np.zeros(len(ends), bool)
    for at in np.flatnonzero(fields != len(layout.columns)).tolist():
        text = data[starts[at] : ends[at]]
        bad[at] = True
        if not text.strip(b"\r \t"):
            problems.add("KG-W1016", "the line is empty", file, at + 1)
            continue
        what = f"the row has {fields[at]} fields, not {len(layout.columns)}"
        problems.add("KG-W1001", what, file, at + 1, value=text.decode("utf-8", "replace").split("\t")[0])
    if not is_utf8(data):
        high = np.unique(np.searchsorted(ends, np.flatnonzero(buffer > 127)))  # lines that hold more than ASCII
        for at in high.tolist():
            if not bad[at] and not is_utf8(data[starts[at] : ends[at]]):
                bad[at] = True
                words = data[starts[at] : ends[at]].decode("utf-8", "replace")
                problems.add("KG-W1003", "bytes that are not UTF-8", file, at + 1, value=words)
    bad[: first - 1] = False
    kept, gone = _without(data, starts, ends, bad), np.flatnonzero(bad) + 1
    frame = _parse(kept, layout, {column.name: pl.String() for column in layout.columns}, taken)
    return _typed(Table(file, frame, first, gone), taken, problems)


def _typed(table: Table, taken: Sequence[Column], problems: Problems) -> tuple[pl.DataFrame, np.ndarray]:
    """The rows whose numbers are numbers; the others are told."""
    import polars as pl

    frame = table.frame
    numbers = [column for column in taken if column.type.is_number]
    typed = frame.with_columns([pl.col(c.name).cast(_dtype(c), strict=False) for c in numbers])
    wrong = np.zeros(frame.height, bool)
    for column in numbers:
        rows = np.flatnonzero(typed[column.name].is_null().to_numpy())
        for row in rows.tolist():
            value = frame[column.name][row]
            what = "the field is empty" if not value else f"not a {column.type}"
            problems.add("KG-W1002", what, table.file, table.line(row), column.name, value)
        wrong[rows] = True
    lines = np.array([table.line(row) for row in np.flatnonzero(wrong).tolist()], np.int64)
    return typed.filter(pl.Series(~wrong)), np.sort(np.concatenate([table.dropped, lines]))


def _without(data: bytes, starts: np.ndarray, ends: np.ndarray, bad: np.ndarray) -> bytes:
    """The bytes of all lines but the bad ones."""
    parts: list[bytes] = []
    at = 0
    for line in np.flatnonzero(bad).tolist():
        parts.append(data[at : starts[line]])
        at = int(ends[line]) + 1
    parts.append(data[at:])
    return b"".join(parts)


def is_utf8(data: bytes) -> bool:
    """Whether bytes are text in UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
