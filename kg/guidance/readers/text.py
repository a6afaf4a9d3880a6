"""Plain text and Markdown."""

from __future__ import annotations

import codecs
import hashlib
import re

from kg.errors import KgError, Place
from kg.expression.recommendation import Warning
from kg.guidance.page.document import Document, Line

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
LARGEST = 2_000_000
"""Characters of a document: the longest known has ten thousand."""

_HEADING = re.compile(r"[ \t]{0,3}(#{1,6})[ \t]")
# Control characters that no text has; tab, line feed, vertical tab, form feed and carriage return it may have.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_NEWLINE = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


def too_long(name: str) -> KgError:
    """The fault of a file that is longer than any recommendation."""
    what, why = "the file is too long for a recommendation", f"It has more than {LARGEST:,} characters."
    return KgError("KG-E0208", what, where=Place(name), why=why)


def accepts(data: bytes, name: str) -> bool:
    """Whether the bytes decode to a text that is hardly anything but printable characters; the first part tells."""
    text = decode(data[: 4 * LARGEST])[0]
    return len(_CONTROLS.findall(text)) * 100 <= len(text)


def read(data: bytes, name: str) -> Document:
    """The document of a text file. One that is neither UTF-8 nor UTF-16 is read as Windows-1252, with KG-W0207.

    Raises:
        KgError: KG-E0208 (too long).
    """
    if len(data) > 4 * LARGEST:  # bytes of a character, at most: no need to look at them
        raise too_long(name)
    text, encoding, broken = decode(data)
    if len(text) > LARGEST:
        raise too_long(name)
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
    unmarked = _unmarked(data)
    if unmarked is not None:
        return *unmarked, None
    try:
        return data.decode("utf-8"), "utf-8", None
    except UnicodeDecodeError as fault:
        # Windows-1252 leaves five bytes without a character; the text of a file has one character a byte here.
        return data.decode("cp1252", errors="replace"), "windows-1252", fault.start


def _unmarked(data: bytes) -> tuple[str, str] | None:
    """A text in UTF-16 that lacks its mark: every other byte of Latin letters is zero there, as in no other text."""
    high, low = data[:4096:2].count(0), data[1:4096:2].count(0)
    if max(high, low) * 3 < len(data[:4096:2]) or min(high, low) * 8 > max(high, low):
        return None
    encoding = "utf-16-be" if high > low else "utf-16-le"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _CONTROLS.search(text) else (text, encoding)


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
