"""What a command writes: a table for a terminal, clean data for a pipe or a file.

Without `--format`, a terminal gets a table and everything else JSON lines (one result a line). `-o FILE` takes the
format from the file's ending. Data go to stdout, talk to stderr. Colour only on a terminal, never with NO_COLOR.
"""

from __future__ import annotations

import csv
import errno
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import click

from kg.errors import KgError, Place

Json = dict[str, Any]
Command = Callable[..., Any]
_ENDINGS = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "table",
    ".ttl": "turtle",
}
# A document can hold any character; the ones that steer a terminal are shown, not obeyed.
_STEERING = {code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"}


def data_options(*formats: str) -> Callable[[Command], Command]:
    """The options `--format` and `-o` of a command whose result is data."""

    def add(command: Command) -> Command:
        command = click.option(
            "-o",
            "--output",
            "output",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="Write into a file; - is stdout.",
        )(command)
        return click.option(
            "--format",
            "form",
            type=click.Choice(formats),
            help="Default: table on a terminal, jsonl in a pipe." if "jsonl" in formats else f"Default: {formats[0]}.",
        )(command)

    return add


def chosen(form: str | None, output: Path | None, formats: Sequence[str] = ("table", "json", "jsonl", "csv")) -> str:
    """The format asked for, else that of the file's name, else table on a terminal and JSON lines elsewhere."""
    if form:
        return form
    if output is not None and (named := _ENDINGS.get(output.suffix.lower())) in formats:
        return str(named)
    return "table" if output is None and sys.stdout.isatty() else "jsonl"


@contextmanager
def destination(output: Path | None) -> Iterator[IO[str]]:
    """Stdout, or a file that appears whole or not at all.

    Raises:
        KgError: KG-E0206 or KG-E0207 if it cannot be written.
    """
    if output is None or str(output) == "-":
        yield sys.stdout
        return
    with binary_destination(output) as raw:
        import io

        text = io.TextIOWrapper(raw, encoding="utf-8", newline="\n", write_through=True)
        yield text
        text.flush()
        text.detach()


@contextmanager
def binary_destination(output: Path | None) -> Iterator[BinaryIO]:
    """As `destination`, for bytes."""
    if output is None or str(output) == "-":
        sys.stdout.flush()
        yield cast("BinaryIO", sys.stdout.buffer)
        return
    special = output.exists() and not output.is_file()
    if output.is_dir():
        raise KgError("KG-E0206", "this is a folder, not a file", where=Place(str(output)), hint="Name a file in it.")
    partial = output if special else output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as raw:
            yield cast("BinaryIO", raw)
        if not special:
            partial.replace(output)
    except OSError as error:
        id = "KG-E0207" if error.errno == errno.ENOSPC else "KG-E0206"
        what = "no space left on the device" if id == "KG-E0207" else f"the file cannot be written: {error.strerror}"
        raise KgError(id, what, where=Place(str(output))) from error
    finally:
        if not special:
            # Where nothing can be written nothing need be removed; the fault above is the one to tell.
            with suppress(OSError):
                partial.unlink(missing_ok=True)


def write_items(
    items: Iterable[Json],
    form: str,
    output: Path | None,
    columns: Sequence[str],
    rows: Callable[[Json], Iterable[Sequence[object]]],
    *,
    single: bool = False,
) -> None:
    """Write results as they come (`json` and `table` wait for the last).

    `rows` tells the cells of one result under `columns`, for tables and CSV; `single` writes the one result as a
    JSON object, not a list.
    """
    with destination(output) as out:
        match form:
            case "json":
                found = list(items)
                out.write(json.dumps(found[0] if single else found, ensure_ascii=False, indent=2) + "\n")
            case "jsonl":
                for item in items:
                    out.write(json_line(item))
                    out.flush()
            case "csv" | "tsv":
                writer = csv.writer(out, delimiter="," if form == "csv" else "\t", lineterminator="\n")
                writer.writerow(columns)
                for item in items:
                    writer.writerows([["" if cell is None else str(cell) for cell in row] for row in rows(item)])
            case _:
                write_table(out, columns, [row for item in items for row in rows(item)])


def json_line(item: object) -> str:
    """One value as one line of JSON; characters at which some readers end a line are escaped."""
    text = json.dumps(item, ensure_ascii=False, separators=(", ", ": "))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085") + "\n"


def clean(text: object) -> str:
    """A text for the eye: without characters that would steer the terminal; truth values as `true` and `false`."""
    if isinstance(text, bool):
        return str(text).lower()
    return ("" if text is None else str(text)).translate(_STEERING)


def is_rich(out: IO[str]) -> bool:
    """Whether to draw for a person: the stream is a terminal."""
    return out.isatty() and os.environ.get("TERM") != "dumb"


_UNBROKEN = 14  # characters of a column that is never wrapped: codes, ids, verdicts


def write_table(out: IO[str], columns: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> None:
    """A table: drawn to the width of a terminal, else plain columns that are neither wrapped nor cut."""
    cells = [[clean(cell) for cell in row] for row in rows]
    if is_rich(out):
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        style = "" if os.environ.get("NO_COLOR") else "bold"
        table = Table(
            box=box.SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False, header_style=style
        )
        for i, column in enumerate(columns):
            widest = max((len(row[i]) for row in cells if i < len(row)), default=0)
            table.add_column(
                column,
                overflow="fold",
                no_wrap=widest <= _UNBROKEN,
                header_style="" if os.environ.get("NO_COLOR") else "bold",
            )
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        Console(file=out, highlight=False, markup=False, emoji=False).print(table)
        return
    if title:
        out.write(title + "\n")
    lines = [list(columns), *cells]
    widths = [
        max(len(line[i].replace("\n", " ")) if i < len(line) else 0 for line in lines) for i in range(len(columns))
    ]
    for line in lines:
        padded = (cell.replace("\n", " ").ljust(width) for cell, width in zip(line, widths, strict=False))
        out.write("  ".join(padded).rstrip() + "\n")


def say(text: str = "") -> None:
    """Talk, to stderr."""
    print(clean(text), file=sys.stderr)


def heading(out: IO[str], text: str) -> str:
    """A heading for the eye: bold on a terminal."""
    return click.style(clean(text), bold=True) if is_rich(out) and not os.environ.get("NO_COLOR") else clean(text)
