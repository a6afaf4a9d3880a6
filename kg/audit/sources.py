"""Files, folders and databases of episodes as streams of Arrow batches. Nothing is held but the batch at hand."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from kg.audit.delimited import decoded, encoding_of, form_of
from kg.errors import KgError, Place, nearest
from kg.expression.notation import once_each

_BYTES = 64  # of a row of CSV, in a batch
_ROWS = 1 << 18  # rows of a batch elsewhere
_GLIMPSE, _GLIMPSES = 1 << 14, 4  # rows of a batch that is only looked at, and how many such
_TABULAR, _LINES, _PARQUET = (".csv", ".tsv", ".txt", ".psv"), (".jsonl", ".ndjson"), (".parquet", ".pq")
_DATABASE, _PACKED = (".duckdb", ".ddb", ".db"), (".gz", ".bz2", ".zst")
_TABLES = """
    SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1
"""
_RECORD = ("id", "procedures", "diagnoses", "date", "provider", "year")
_PASSED = ("snomed", "context", "guidance", "expected")
"""Fields of the records of `kg check` that do not tell the verdicts of the audit; facts of a context are told."""


@dataclass(slots=True)
class Source:
    """One table of rows: its name for people, its columns, and how it is read. `single` are columns whose values hardly
    repeat, as identifiers: they are not read as dictionaries. `skipped` counts rows that are not as wide as the header.
    `share` is how much of it has been read, None where its size is not known; `bytes` are those of its
    file, `first_row` is the number of its first row as people count, `remarks` are warnings (id and words), `facts`
    counts records with facts of their own (`context`), which are not read.
    """

    name: str
    columns: tuple[str, ...]
    batches: Callable[[Sequence[str], int], Iterator[Any]]
    constants: dict[str, str] = field(default_factory=dict[str, str])
    single: tuple[str, ...] = ()
    skipped: int = 0
    share: float | None = 0.0
    bytes: int = 1
    first_row: int = 1
    remarks: tuple[tuple[str, str], ...] = ()
    facts: int = 0

    def glimpse(self, wanted: Sequence[str]) -> list[Any]:
        """A few small batches from the beginning, of Parquet from its middle and end too; texts of CSV as bytes. What
        is broken is told when it is read.
        """
        found: list[Any] = []
        before = self.share, self.skipped, self.facts
        with suppress(pa.ArrowException, OSError, EOFError, zipfile.BadZipFile, ValueError):
            found += islice(self.batches(wanted, _GLIMPSE), _GLIMPSES)
        self.share, self.skipped, self.facts = before
        return found

    def read(self, wanted: Sequence[str]) -> Iterator[Any]:
        """The batches with these columns alone, in their order; those of the folder's name (`year=2023`) added.

        Raises:
            KgError: KG-E1222 where the file is broken, with the rows that were read before.
        """
        stored = [name for name in wanted if name not in self.constants]
        rows = 0
        try:
            for batch in self.batches(stored, _ROWS):
                columns = [
                    pa.array([self.constants[name]] * batch.num_rows, pa.string())
                    if name in self.constants
                    else batch.column(batch.schema.get_field_index(name))
                    for name in wanted
                ]
                rows += batch.num_rows
                yield pa.RecordBatch.from_arrays(columns, names=list(wanted))
            self.share = 1.0
        except (pa.ArrowException, OSError, EOFError, zipfile.BadZipFile, ValueError) as error:
            raise _broken(self.name, error, rows) from error


def _broken(name: str, error: Exception, rows: int = 0) -> KgError:
    """The fault of a file that cannot be read to its end. The reader's words are cut: they can quote a row."""
    said = str(error).split("\n")[0].split(": ")
    words = "bytes that are not UTF-8" if "UTF8" in str(error) else said[0][:120]
    hint = "Make the file again, or leave it out." if "UTF8" not in str(error) else "Save the file as UTF-8."
    why = f"{rows:,} of its rows were read before." if rows else ""
    return KgError("KG-E1222", f"the file is broken: {words}", where=Place(name), why=why, hint=hint)


def sources(paths: Sequence[Path], table: str | None = None) -> tuple[list[Source], list[KgError]]:
    """The tables behind files and folders, folders in order of names; and the faults of those that cannot be opened.

    Raises:
        KgError: KG-E0201 for a path that is not there, KG-E0208 for a file of no known kind that is named itself.
    """
    found: list[Source] = []
    faults: list[KgError] = []
    for path in paths:
        if not path.exists():
            raise KgError("KG-E0201", "no such file or folder", where=Place(str(path)))
        files = sorted(f for f in path.rglob("*") if f.is_file() and _kind(f)) if path.is_dir() else [path]
        if path.is_dir() and not files:
            raise KgError("KG-E1223", "no file of episodes in the folder", where=Place(str(path)))
        for file in files:
            try:
                opened = _opened(file, table)
            except KgError as fault:
                faults.append(fault)
                continue
            except (pa.ArrowException, OSError, EOFError, zipfile.BadZipFile, ValueError) as error:
                faults.append(_broken(str(file), error))
                continue
            parts = [part.split("=", 1) for part in file.relative_to(path).parent.parts if "=" in part]
            for source in opened:
                source.constants = {key: value for key, value in parts if key not in source.columns}
                source.columns += tuple(source.constants)
                source.bytes = max(1, file.stat().st_size // len(opened))
            found += opened
    return found, faults


def _kind(file: Path) -> str:
    """The kind of a file by its ending, without that of its packing; empty for none that is known."""
    name = file.name.lower()
    for ending in _PACKED:
        name = name.removesuffix(ending)
    for kind, endings in (
        ("csv", _TABULAR), ("lines", _LINES), ("parquet", _PARQUET), ("database", _DATABASE), ("zip", (".zip",)),
    ):  # fmt: skip
        if name.endswith(endings) and not file.name.startswith((".", "_")):
            return kind
    return ""


def _opened(file: Path, table: str | None) -> list[Source]:
    match _kind(file):
        case "parquet":
            return [_parquet(file)]
        case "database":
            return [_database(file, table)]
        case "zip":
            return _zip(file)
        case "lines" | "csv" as kind:
            size = None if file.name.lower().endswith(_PACKED) else file.stat().st_size
            read = _csv if kind == "csv" else _lines
            return [read(str(file), lambda: pa.input_stream(str(file), compression="detect"), size)]
        case _:
            hint = "Read are .parquet, .csv, .tsv, .txt (also .gz or in a .zip), .jsonl and .duckdb."
            raise KgError(
                "KG-E0208", "not a kind of file that episodes are read from", where=Place(str(file)), hint=hint
            )


def _parquet(file: Path) -> Source:
    from pyarrow import parquet

    schema = parquet.read_schema(file)

    def batches(wanted: Sequence[str], rows: int) -> Iterator[Any]:
        texts = [n for n in wanted if n not in source.single and pa.types.is_string(schema.field(n).type)]
        with parquet.ParquetFile(file, read_dictionary=texts) as opened:
            groups = opened.num_row_groups
            glimpsed = rows == _GLIMPSE and groups > 1
            few = sorted({n * (groups - 1) // (_GLIMPSES - 1) for n in range(_GLIMPSES)})
            for group in few if glimpsed else range(groups):  # a batch of two would have its dictionaries made anew
                for batch in opened.iter_batches(rows, columns=list(wanted), row_groups=[group]):
                    yield batch
                    if glimpsed:
                        break
                    source.share = (source.share or 0) + batch.num_rows / opened.metadata.num_rows

    source = Source(str(file), tuple(schema.names), batches)
    return source


def _csv(name: str, opened: Callable[[], Any], size: int | None) -> Source:
    from pyarrow import csv

    with opened() as stream:
        head = stream.read(1 << 20)
    encoding = encoding_of(head)
    form = form_of(decoded(head, encoding, name, whole=False), encoding)
    if form is None:
        raise KgError("KG-E0202", "the file is empty", where=Place(name))

    def batches(wanted: Sequence[str], rows: int) -> Iterator[Any]:
        def skip(_: Any) -> str:
            source.skipped += 1
            return "skip"

        block, kind = rows * _BYTES, pa.binary() if rows == _GLIMPSE else pa.string()
        reading = csv.ReadOptions(
            block_size=block, column_names=list(form.names), skip_rows=form.before, encoding=form.encoding
        )
        parsing = csv.ParseOptions(delimiter=form.divider, newlines_in_values=True, invalid_row_handler=skip)
        converting = csv.ConvertOptions(
            include_columns=list(wanted), column_types=dict.fromkeys(wanted, kind), null_values=[]
        )
        with opened() as stream:
            try:
                reader = csv.open_csv(stream, reading, parsing, converting)
            except pa.ArrowInvalid as error:
                if "Empty CSV" in str(error):
                    return
                raise
            for number, batch in enumerate(reader, 1):  # each is a block of the file
                yield batch
                source.share = min(1.0, number * block / size) if size else None

    source = Source(name, form.names, batches, share=0.0 if size else None, first_row=form.before + 1)
    if form.encoding == "cp1252":
        source.remarks = (("KG-W1010", f"{name} is not UTF-8 and is read as Windows-1252"),)
    return source


def _zip(file: Path) -> list[Source]:
    found: list[Source] = []
    with zipfile.ZipFile(file) as archive:
        sizes = {m.filename: m.file_size for m in archive.infolist() if not m.is_dir()}
        names = sorted(n for n in sizes if _kind(Path(n)) in ("csv", "lines"))
    if not names:
        raise KgError("KG-E1223", "no CSV or JSON lines in the archive", where=Place(str(file)))
    for name in names:

        def opened(member: str = name) -> Any:
            return pa.PythonFile(zipfile.ZipFile(file).open(member), mode="r")

        kind = _csv if _kind(Path(name)) == "csv" else _lines
        found.append(kind(f"{file}/{name}", opened, sizes[name]))
    return found


def _lines(name: str, opened: Callable[[], Any], size: int | None) -> Source:
    """Records as JSON lines: the form of `kg check`."""

    def batches(wanted: Sequence[str], _: int) -> Iterator[Any]:
        held: list[dict[str, Any]] = []
        seen = 0
        with opened() as stream, io.TextIOWrapper(stream, encoding="utf-8-sig") as text:
            for number, line in enumerate(text, 1):
                if not line.strip():
                    continue
                record = _record(line, number)
                source.facts += bool(record.get("context"))
                held.append(record)
                seen += len(line)
                if len(held) >= _ROWS:
                    yield _records(held, wanted)
                    source.share = min(1.0, seen / size) if size else None
                    held = []
        if held:
            yield _records(held, wanted)

    source = Source(name, _RECORD, batches, share=0.0 if size else None)
    return source


def _record(line: str, number: int) -> dict[str, Any]:
    """A line of JSON lines as a record.

    Raises:
        ValueError: in words that quote no value of the line.
    """
    try:
        record = json.loads(line, object_pairs_hook=once_each("KG-E0305"))
    except json.JSONDecodeError as error:
        raise ValueError(f"line {number} is not JSON, {error.msg}") from None
    except KgError as fault:
        raise ValueError(f"line {number}, {fault.what}") from None
    if not isinstance(record, dict) or not all(
        isinstance(record.get(side) or [], list) for side in ("procedures", "diagnoses")
    ):
        raise ValueError(f"line {number} is no record with lists of procedures and diagnoses")
    if unknown := [key for key in record if key not in (*_RECORD, *_PASSED)]:
        raise ValueError(f'line {number} has the field "{unknown[0]}", and no record has it')
    return record


def _records(held: list[dict[str, Any]], wanted: Sequence[str]) -> Any:
    columns: list[Any] = []
    for name in wanted:
        if name in ("procedures", "diagnoses"):
            columns.append(pa.array([[str(c) for c in r.get(name) or []] for r in held], pa.list_(pa.string())))
        else:
            columns.append(pa.array([None if r.get(name) is None else str(r[name]) for r in held], pa.string()))
    return pa.RecordBatch.from_arrays(columns, names=list(wanted))


def _database(file: Path, table: str | None) -> Source:
    import duckdb

    try:
        with duckdb.connect(str(file), read_only=True) as opened:
            listed = opened.execute(_TABLES).fetchall()
            tables = [str(row[0]) for row in listed]
            name = table or (tables[0] if len(tables) == 1 else "")
            if name not in tables:
                what = f'no table "{table}" in the database' if table else "the database has several tables, or none"
                near = nearest(table or "", tables) or tables
                hint = f"Name one with --table: {', '.join(near[:8])}." if near else ""
                raise KgError("KG-E1224", what, where=Place(str(file)), hint=hint)
            columns = [str(row[0]) for row in opened.execute(f"DESCRIBE {_quoted(name)}").fetchall()]
            (count,) = opened.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone() or (0,)  # noqa: S608  as below
    except duckdb.Error as error:
        raise _broken(str(file), error) from error

    def batches(wanted: Sequence[str], rows: int) -> Iterator[Any]:
        with duckdb.connect(str(file), read_only=True) as opened:
            listed = ", ".join(_quoted(column) for column in wanted)
            # The names are quoted, so that they are names whatever stands in them.
            reader: Any = opened.sql(f"SELECT {listed} FROM {_quoted(name)}").to_arrow_reader(rows)  # noqa: S608
            for batch in reader:
                yield batch
                source.share = (source.share or 0) + batch.num_rows / max(1, int(count))

    source = Source(f"{file}:{name}", tuple(columns), batches)
    return source


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
