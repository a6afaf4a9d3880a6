"""Tables that people keep: text with tabs, commas or semicolons, and XLSX, as rows of texts."""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from xml.parsers import expat

from kg.errors import KgError, Place

Row = tuple[int, list[str]]
"""A row by its number from 1."""


def read_rows(path: Path) -> list[Row]:
    """The rows of a file; of a workbook those of all its sheets, each with its number in its sheet.

    Raises:
        KgError: KG-E0201, KG-E0203, KG-E0205 for the file; KG-E0213 for an XLSX that is none.
    """
    place = Place(str(path))
    try:
        data = path.read_bytes()
        if data.startswith(b"PK"):
            return [row for sheet in _sheets(path) for row in sheet]
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        raise KgError("KG-E0201", "no such file", where=place) from None
    except UnicodeDecodeError:
        raise KgError("KG-E0203", "the file is not UTF-8", where=place, hint="Save the file as UTF-8.") from None
    except (zipfile.BadZipFile, zlib.error, KeyError, expat.ExpatError) as fault:
        raise KgError("KG-E0213", f"not an XLSX file: {fault}", where=place) from fault
    except OSError as fault:
        raise KgError("KG-E0205", f"the file cannot be read: {fault.strerror}", where=place) from fault
    lines = text.splitlines()
    head = lines[0] if lines else ""
    sign = max("\t,;", key=head.count)
    cells = (line.split("\t") for line in lines) if sign == "\t" else csv.reader(lines, delimiter=sign)
    return [(number, [cell.strip() for cell in row]) for number, row in enumerate(cells, 1)]


def _sheets(path: Path) -> Iterator[list[Row]]:
    with zipfile.ZipFile(path) as book:
        names = book.namelist()
        shared = _texts(book.read("xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in names else []
        for name in sorted(n for n in names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n)):
            yield _cells(book.read(name), shared)


def _parse(
    data: bytes, start: Callable[[str, dict[str, str]], None], text: Callable[[str], None], end: Callable[[str], None]
) -> None:
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise expat.ExpatError("entities are declared in it")

    parser.EntityDeclHandler = refuse
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: start(name.rsplit(":", 1)[-1], attributes)
    parser.CharacterDataHandler = text
    parser.EndElementHandler = lambda name: end(name.rsplit(":", 1)[-1])
    parser.Parse(data, True)


def _texts(data: bytes) -> list[str]:
    """The shared texts of a workbook: each `si` with the `t` in it, without those that say how it is pronounced."""
    found: list[str] = []
    inside: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        inside.append(name)
        if name == "si":
            found.append("")

    def text(part: str) -> None:
        if inside and inside[-1] == "t" and "rPh" not in inside:
            found[-1] += part

    def end(_: str) -> None:
        inside.pop()

    _parse(data, start, text, end)
    return found


def _cells(data: bytes, shared: Sequence[str]) -> list[Row]:
    """The rows of a sheet; a cell that is not there is empty."""
    rows: list[Row] = []
    inside: list[str] = []
    kind, column, value = "", 0, ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal kind, column, value
        inside.append(name)
        if name == "row":
            rows.append((int(attributes.get("r", len(rows) + 1)), []))
        elif name == "c":
            kind, value = attributes.get("t", ""), ""
            letters = "".join(c for c in attributes.get("r", "") if c.isalpha())
            column = _number(letters) if letters else len(rows[-1][1])

    def text(part: str) -> None:
        nonlocal value
        if inside and (inside[-1] == "v" or (inside[-1] == "t" and "is" in inside)):
            value += part

    def end(name: str) -> None:
        inside.pop()
        if name == "c":
            cells = rows[-1][1]
            cells += [""] * (column + 1 - len(cells))
            cells[column] = (shared[int(value)] if kind == "s" and value else value).strip()

    _parse(data, start, text, end)
    return rows


def _number(letters: str) -> int:
    """`A` is 0, `Z` 25, `AA` 26."""
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - 64
    return found - 1
