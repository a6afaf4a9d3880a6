"""Records to check, from the arguments, JSON lines or CSV; each fault with the line it stands in."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.answers.records import FIELDS, Asked, Contexts, from_json
from kg.errors import KgError, Place
from kg.expression.condition import Context
from kg.reason.record import Record

if TYPE_CHECKING:
    from kg.workspace import Workspace


def is_file(text: str) -> bool:
    """Whether an argument means a file, not a code: `-`, a name with an ending or a folder, a file that is there."""
    return text == "-" or bool(re.search(r"[/\\]|\.[A-Za-z]\w*$", text)) or Path(text).is_file()


def from_arguments(
    codes: Sequence[str], diagnoses: Sequence[str], concepts: Sequence[str], date: str | None, context: Context
) -> Asked:
    """The record of the arguments of a command; codes may be joined by commas."""
    procedures, others = (
        [c for text in given for c in re.split(r"[,;\s]+", text) if c] for given in (codes, diagnoses)
    )
    return Asked("", Record.of(procedures, others, concepts, context=context, date=date))


def from_file(path: Path, context: Contexts) -> Iterator[Asked]:
    """The records of a file, in order; `-` is stdin. JSON lines, or CSV where the first line is no JSON object.

    A line that is not a record comes back with its error, and the next is read.

    Raises:
        KgError: KG-E0201, KG-E0202, KG-E0203, KG-E0205 if the file as a whole cannot be read.
    """
    text = _text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    yield from _json_lines(path, text, context) if first.lstrip().startswith(("{", "[")) else _csv(path, text, context)


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


def _text(path: Path) -> str:
    place = Place("stdin" if str(path) == "-" else str(path))
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except FileNotFoundError:
        raise KgError("KG-E0201", "no such file", where=place) from None
    except OSError as error:
        raise KgError("KG-E0205", f"the file cannot be read: {error.strerror}", where=place) from error
    if not data.strip():
        raise KgError(
            "KG-E0202", "the file is empty", where=place, hint='A line is {"id": "1", "procedures": ["J12.8"]}.'
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{data[error.start]:02X} is not UTF-8"
        raise KgError("KG-E0203", what, where=Place(place.source, line), hint="Save the file as UTF-8.") from error


def _json_lines(path: Path, text: str, context: Contexts) -> Iterator[Asked]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        place = Place(str(path), number)
        try:
            data = json.loads(line)
        except json.JSONDecodeError as error:
            place = Place(str(path), number, error.colno)
            yield Asked(f"line {number}", None, error=KgError("KG-E0305", f"not JSON: {error.msg}", where=place))
            continue
        yield from_json(data, f"line {number}", place, context)


def _csv(path: Path, text: str, context: Contexts) -> Iterator[Asked]:
    """CSV with a header.

    `procedures` and `diagnoses` hold codes between blanks, or numbered columns (`diag_01`, `opertn_01`) hold one each.
    """
    reader = csv.reader(text.splitlines())
    names = [name.strip().lower() for name in next(reader)]
    if not any(_column(name) in ("procedures", "diagnoses") for name in names):
        hint = "Name columns procedures and diagnoses (codes between blanks), or opertn_01, diag_01 and so on."
        raise KgError("KG-E0305", "no column of codes", where=Place(str(path), 1), hint=hint)
    ordered = sorted(range(len(names)), key=lambda i: _numbered(names[i]))
    for row in reader:
        if not row:
            continue
        data: dict[str, Any] = {field: [] if field in ("procedures", "diagnoses", "snomed") else "" for field in FIELDS}
        for i in ordered:
            field, cell = _column(names[i]), row[i].strip() if i < len(row) else ""
            if isinstance(data.get(field), list):
                data[field] += [code for code in re.split(r"[\s,;|]+", cell) if code and code != "-"]
            elif field in data:
                data[field] = cell
        given = [part for part in re.split(r"[\s,;|]+", str(data["context"])) if part]
        data["context"] = {part.partition("=")[0]: part.partition("=")[2] for part in given}
        yield from_json(
            {key: value for key, value in data.items() if value},
            f"line {reader.line_num}",
            Place(str(path), reader.line_num),
            context,
        )


def _column(name: str) -> str:
    plain = re.sub(r"[_ ]?\d+$", "", name)
    return {
        "opertn": "procedures",
        "procedure": "procedures",
        "diag": "diagnoses",
        "diagnosis": "diagnoses",
        "concept": "snomed",
    }.get(plain, name)


def _numbered(name: str) -> tuple[str, int]:
    figures = re.search(r"\d+$", name)
    return _column(name), int(figures[0]) if figures else 0
