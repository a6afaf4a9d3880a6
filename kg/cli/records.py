"""Records to check, from the arguments, JSON lines, CSV or Parquet; each fault with the line it stands in. What the
columns of a table hold is told by `kg.cli.record_tables`.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kg.answers.records import Asked, Contexts, from_json
from kg.audit.delimited import LINE_END, decoded, encoding_of, form_of, named
from kg.audit.unread import Row
from kg.cli.output import say
from kg.cli.record_tables import from_rows
from kg.errors import KgError, Place
from kg.expression.condition import Context
from kg.expression.notation import once_each
from kg.reason.record import Record

if TYPE_CHECKING:
    from kg.workspace import Workspace

_PARQUET = b"PAR1"
_NAME_OF_FILE = re.compile(r"[/\\]|\.(?!X\d?$)[A-Za-z]\w*$", re.IGNORECASE)  # the X of M45.X0 is no ending


def the_file(
    codes: Sequence[str], diagnoses: Sequence[str] = (), concepts: Sequence[str] = (), columns: Sequence[str] = ()
) -> Path | None:
    """The file of records that the arguments of a command name; None where they are the codes of a record.

    Raises:
        KgError: KG-E0102 for a file with codes or other files beside it, for columns without a file.
    """
    file = _only_file(codes, diagnoses, concepts)
    if columns and file is None:
        raise KgError("KG-E0102", "--column tells of a file, and none is given", hint="Give a file of records.")
    return file


def _only_file(codes: Sequence[str], diagnoses: Sequence[str], concepts: Sequence[str]) -> Path | None:
    if len(codes) == 1 and not (diagnoses or concepts):
        return Path(codes[0]) if _is_file(codes[0]) else None
    if file := next((text for text in codes if _NAME_OF_FILE.search(text)), None):
        what = f"{file} is a file of records, and more is given beside it"
        raise KgError("KG-E0102", what, hint="Give one file alone, or the codes of one record.")
    return None


def _is_file(text: str) -> bool:
    """Whether an argument means a file, not a code: `-`, a name with an ending or a folder, a file that is there."""
    return text == "-" or bool(_NAME_OF_FILE.search(text)) or Path(text).is_file()


def from_arguments(
    codes: Sequence[str], diagnoses: Sequence[str], concepts: Sequence[str], date: str | None, context: Context
) -> Asked:
    """The record of the arguments of a command; codes may be joined by commas."""
    procedures, others = (
        [c for text in given for c in re.split(r"[,;\s]+", text) if c] for given in (codes, diagnoses)
    )
    return Asked("", Record.of(procedures, others, concepts, context=context, date=date))


def from_file(path: Path, context: Contexts, columns: Mapping[str, Sequence[str]] | None = None) -> Iterator[Asked]:
    """The records of a file, in order; `-` is stdin. Parquet, JSON lines, or CSV where the first line is no JSON.
    `columns` says of a table which columns hold what (`--column`).

    A line that is not a record comes back with its error, and the next is read.

    Raises:
        KgError: KG-E0104 (Parquet), KG-E0201, KG-E0202, KG-E0203, KG-E0205, KG-E0305 if the file as a whole cannot be
            read; those of `from_rows`.
    """
    place = Place("stdin" if str(path) == "-" else str(path))
    data = _bytes(path, place)
    if data.startswith(_PARQUET):
        return from_rows(*_parquet(data, place), place, context, columns)
    text = _decoded(data, place)
    if text.lstrip().startswith(("{", "[")):
        return _json_lines(text, place, context)
    return from_rows(*_csv(text, place), place, context, columns)


def read_all(path: Path, workspace: Workspace) -> list[Record]:
    """All records of a file, each with an id of its own, for what takes them as a whole.

    Raises:
        KgError: those of `from_file`, that of the first line that is no record, KG-E0305 for an id that stands twice.
    """
    every = tuple(workspace.recommendations.values())
    found: dict[str, Record] = {}
    for asked in from_file(path, lambda own: workspace.context(own, every)):
        if asked.record is None:
            raise asked.error or KgError("KG-E0305", "not a record", where=Place(str(path)))
        if asked.id in found:
            raise KgError("KG-E0305", f'two records have the id "{asked.id}"', where=Place(str(path)))
        found[asked.id] = replace(asked.record, id=asked.id)
    return list(found.values())


def _bytes(path: Path, place: Place) -> bytes:
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except FileNotFoundError:
        raise KgError("KG-E0201", "no such file", where=place) from None
    except OSError as error:
        raise KgError("KG-E0205", f"the file cannot be read: {error.strerror}", where=place) from error
    return data


def _decoded(data: bytes, place: Place) -> str:
    encoding = encoding_of(data)
    if encoding == "cp1252" and data.lstrip().startswith((b"{", b"[")):  # JSON is UTF-8
        encoding = "utf-8"
    text = decoded(data, encoding, place.source)
    if encoding == "cp1252":
        say(f"KG-W1010  {place.source} is not UTF-8 and is read as Windows-1252")
    if not text.strip():
        raise KgError(
            "KG-E0202", "the file is empty", where=place, hint='A line is {"id": "1", "procedures": ["J12.8"]}.'
        )
    return text


def _json_lines(text: str, place: Place, context: Contexts) -> Iterator[Asked]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        here = Place(place.source, number)
        try:
            data = json.loads(line, object_pairs_hook=once_each("KG-E0305"))
        except KgError as fault:
            yield Asked(f"line {number}", None, error=fault.at(here))
        except json.JSONDecodeError as error:
            here = Place(place.source, number, error.colno)
            yield Asked(f"line {number}", None, error=KgError("KG-E0305", f"not JSON: {error.msg}", where=here))
        except (RecursionError, ValueError) as error:  # a number of thousands of digits
            yield Asked(f"line {number}", None, error=KgError("KG-E0305", f"not a record: {error}", where=here))
        else:
            yield from_json(data, f"line {number}", here, context)


def _csv(text: str, place: Place) -> tuple[list[str], Iterator[Row]]:
    """The names of the columns of CSV, divided by what divides its header, and its rows.

    Raises:
        KgError: KG-E0202 where there is no header, KG-E0305 for a cell of more than 131,072 characters.
    """
    form = form_of(text)
    if form is None:
        raise KgError("KG-E0202", "the file has no header", where=place)
    skipped = form.before - 1
    text = LINE_END.split(text, skipped)[skipped] if skipped else text
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=form.divider)

    def rows() -> Iterator[Row]:
        try:
            yield from ((reader.line_num + skipped, row) for row in reader if row)
        except csv.Error as error:
            here = Place(place.source, reader.line_num + skipped)
            raise KgError("KG-E0305", f"not CSV: {error}", where=here) from error

    found = rows()
    return list(named(str(name) for name in next(found)[1])), found


def _parquet(data: bytes, place: Place) -> tuple[list[str], Iterator[Row]]:
    """The names of the columns of Parquet, and its rows.

    Raises:
        KgError: KG-E0104 where pyarrow is not installed, KG-E0205 for a file that is damaged.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        hint = 'Install it with: pip install "terminology-kg[releases]"'
        raise KgError("KG-E0104", "Parquet needs pyarrow, which is not installed", where=place, hint=hint) from None
    try:
        table = parquet.read_table(pa.BufferReader(data))
    except (pa.ArrowInvalid, OSError) as error:
        raise KgError("KG-E0205", f"the file cannot be read: {error}".splitlines()[0], where=place) from error
    rows = (tuple(row.values()) for batch in table.to_batches() for row in batch.to_pylist())
    return list(table.column_names), enumerate(rows, 1)
