"""How delimited text is written: its encoding, lines before the header, what divides its columns, and their names."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass

from kg.errors import KgError, Place

LINE_END = re.compile(r"\r\n|\r|\n")
"""What ends a line."""
_CUT = "unexpected end of data"  # a text that ends within a letter
_DIVIDERS = ",\t|;"
_SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)  # as Excel writes it
_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True)
class Form:
    """How a text is written. `before` are the lines before the first row, the header among them."""

    encoding: str
    before: int
    divider: str
    names: tuple[str, ...]


def encoding_of(head: bytes) -> str:
    """The encoding of a text by its beginning: UTF-16 by its mark or by the zeros beside its letters, UTF-8, else
    Windows-1252.
    """
    if head[:2] in _UTF16:
        return _UTF16[head[:2]]
    sample = head[:2000]
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = sample[start::2].count(0)
        if zeros * 2 > len(sample) // 2 > 0 and not sample[1 - start :: 2].count(0):
            return encoding
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != _CUT:
            return "cp1252"
    return "utf-8"


def form_of(text: str, encoding: str = "utf-8") -> Form | None:
    """How a delimited text is written, by its beginning; None where nothing stands in it."""
    divider = ""
    for before, line in enumerate(LINE_END.split(text), 1):
        if found := _SEPARATOR.fullmatch(line.strip(" ")):
            divider = found[1]
        elif line.strip() and not (line.startswith("#") and not any(sign in line for sign in _DIVIDERS)):
            divider = divider or max(_DIVIDERS, key=line.count)
            return Form(encoding, before, divider, named(next(csv.reader([line], delimiter=divider))))
    return None


def decoded(data: bytes, encoding: str, source: str, *, whole: bool = True) -> str:
    """A text of an encoding, without the mark of one. Of one that is not `whole` the last letter may be cut.

    Raises:
        KgError: KG-E0203.
    """
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if not whole and error.reason == _CUT:
            return data[: error.start].decode(encoding).removeprefix("\ufeff")
        what, line = f"byte 0x{data[error.start]:02X} is not UTF-8", data.count(b"\n", 0, error.start) + 1
        raise KgError("KG-E0203", what, where=Place(source, line), hint="Save the file as UTF-8.") from error


def named(names: Iterable[str]) -> tuple[str, ...]:
    """The names of columns; one without a name is called by its number, as `column 6`."""
    return tuple(name.strip() or f"column {number}" for number, name in enumerate(names, 1))
