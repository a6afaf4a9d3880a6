"""Plain text and Markdown."""

from __future__ import annotations

import codecs
import hashlib
import re

from kg.expression.recommendation import Warning
from kg.guidance.document import Document, Line

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEADING = re.compile(r"[ \t]{0,3}(#{1,6})[ \t]")
# Control characters that no text has; tab, line feed, vertical tab, form feed and carriage return it may have.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_NEWLINE = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


def accepts(data: bytes, name: str) -> bool:
    """Whether the bytes decode to a text that is hardly anything but printable characters."""
    text = decode(data)[0]
    return len(_CONTROLS.findall(text)) * 100 <= len(text)


def read(data: bytes, name: str) -> Document:
    """The document of a text file. One that is neither UTF-8 nor UTF-16 is read as Windows-1252, with KG-W0207."""
    text, encoding, broken = decode(data)
    warnings: tuple[Warning, ...] = ()
    if broken is not None:
        message = f"the file is not UTF-8: read as {encoding}"
        warnings = (Warning("KG-W0207", message, broken, min(broken + 1, len(text))),)
    return Document(name, text, tuple(lines(text)), hashlib.sha256(data).hexdigest(), warnings)


def decode(data: bytes) -> tuple[str, str, int | None]:
    """The text of bytes, the encoding, and the place of the first character that made it a guess (None: it is none)."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding), encoding, None
            except UnicodeDecodeError:
                text = data[len(mark) :].decode(encoding, errors="replace")
                return text, encoding, max(0, text.find("\ufffd"))
    try:
        return data.decode("utf-8"), "utf-8", None
    except UnicodeDecodeError as fault:
        # Windows-1252 leaves five bytes without a character; the text of a file has one character a byte here.
        return data.decode("cp1252", errors="replace"), "windows-1252", fault.start


def lines(text: str) -> list[Line]:
    """The lines of a text, with the level of Markdown headings."""
    found: list[Line] = []
    start = 0
    for newline in _NEWLINE.finditer(text):
        found.append(_line(text, start, newline.start()))
        start = newline.end()
    if start < len(text):
        found.append(_line(text, start, len(text)))
    return found


def _line(text: str, start: int, end: int) -> Line:
    mark = _HEADING.match(text, start, end)
    return Line(start, end, len(mark[1]) if mark else 0)
