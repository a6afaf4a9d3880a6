"""PDF with a text layer: lines in reading order with page and box, rows of ruled tables, headings by size and weight.

pdfium tells the letters, where they stand and what is drawn; it is not thread-safe, and what it reads was written by
others: call this through `bounded`. Positions are asked for the first and last letter of each word alone, which keeps
the reading near the speed of bare extraction.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kg.errors import KgError, Place
from kg.guidance.page.document import Box, Document, joined
from kg.guidance.page.titles import words_of_titles
from kg.guidance.readers.pages import Page, assembled
from kg.guidance.readers.printed import Word, level_with, strips
from kg.guidance.readers.ruled import Edge, parted, tables
from kg.guidance.readers.taken import damaged, not_installed, too_much

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

_MOST_PAGES = 2_000
_MOST_OBJECTS = 20_000
_MOST_EDGES = 2_000
_SLANT, _SHORT = 0.5, 4.0  # points: what a rule may lean, and the shortest
# pdfium marks a hyphen at the end of a line by a character that no text has.
_BREAKS = "\x02\ufffe"
_WORD = re.compile(f"[^\\s\0{_BREAKS}]+[{_BREAKS}]?")
_BOLD = re.compile(rb"bold|black|heavy|demi", re.IGNORECASE)
_PASSWORD, _SECURITY = 4, 5


def load(name: str) -> None:
    """Import what reading needs.

    Raises:
        KgError: KG-E0104.
    """
    try:
        import pdfplumber.table  # noqa: F401 (imported once, for the readings that follow)
        import pypdfium2  # noqa: F401
    except ImportError:
        raise not_installed(name, "PDF") from None
    words_of_titles()


def accepts(data: bytes, name: str) -> bool:
    """Whether the bytes have the head of a PDF where the standard allows it: in the first 1024."""
    return b"%PDF-" in data[:1024]


def read(data: bytes, name: str) -> Document:
    """The document of a PDF. Headers and footers that pages repeat are left out of its lines; words that a hyphen
    parted at the end of a line are whole in its text. A page that is a picture is warned of (KG-W0209), and so is a
    page whose columns could be read in another order (KG-W0210).

    Raises:
        KgError: KG-E0104 (not installed), KG-E0211 (encrypted), KG-E0212 (pictures only), KG-E0213 (damaged or cut
            off), KG-E0214 (more pages than any recommendation has).
    """
    load(name)
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        pdf = PdfDocument(data)
    except PdfiumError as fault:
        if getattr(fault, "err_code", None) in {_PASSWORD, _SECURITY}:
            hint = "Save the document without a password."
            raise KgError("KG-E0211", "the document is encrypted", where=Place(name), hint=hint) from None
        raise damaged(name, f"It has no readable table of its parts: {str(fault).rstrip('.')}.") from None
    _check_whole(data, name)
    try:
        if len(pdf) > _MOST_PAGES:
            raise too_much(name, f"It has more than {_MOST_PAGES:,} pages.")
        pages = [_page(pdf, number, name) for number in range(1, len(pdf) + 1)]
    except PdfiumError as fault:
        raise damaged(name, f"A page cannot be read: {str(fault).rstrip('.')}.") from None
    finally:
        pdf.close()
    if not any(page.strips or page.tables for page in pages):
        hint = "It is a scan or empty: run text recognition (OCR) over it first, or save its text."
        raise KgError("KG-E0212", "the document has no text layer", where=Place(name), hint=hint)
    return assembled(pages).document(data, name)


def _check_whole(data: bytes, name: str) -> None:
    """Refuse a file that was cut off: pdfium would show what is left of it as if it were all.

    Raises:
        KgError: KG-E0213.
    """
    linear = re.search(rb"/Linearized\b[^>]{0,200}?/L\s+(\d{1,12})", data[:2048])
    if b"%%EOF" not in data[-4096:] or (linear and int(linear[1]) > len(data)):
        raise damaged(name, "Its end is missing.")


@dataclass(slots=True)
class _Frame:
    """From the coordinates of a page's content to those of the page as it is shown."""

    left: float
    bottom: float
    right: float
    top: float
    turned: int

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as shown."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.turned in {90, 270} else (width, height)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point as shown."""
        match self.turned:
            case 90:
                return y - self.bottom, self.right - x
            case 180:
                return self.right - x, self.top - y
            case 270:
                return self.top - y, x - self.left
            case _:
                return x - self.left, y - self.bottom

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """A box as shown, to a hundredth of a point."""
        (a, b), (c, d) = self.point(left, bottom), self.point(right, top)
        return (round(min(a, c), 2), round(min(b, d), 2), round(max(a, c), 2), round(max(b, d), 2))


def _page(pdf: PdfDocument, number: int, name: str) -> Page:
    page = pdf[number - 1]
    left, bottom, right, top = page.get_cropbox() or (0.0, 0.0, *page.get_size())
    frame = _Frame(left, bottom, right, top, page.get_rotation())
    text = page.get_textpage()
    words, turned = _words(text, frame)
    edges, pictures = _drawn(page, frame)
    cells = tables(edges, frame.size[1])
    outside, inside = parted(words, cells)
    found = strips(outside)
    for strip in found:
        ends = (strip.words[0], strip.words[-1])
        strip.size = _size(text, ends[0])
        strip.bold = all(_is_bold(text, word) for word in ends)
    made = Page(number, *frame.size, found, inside, turned, pictures and not words)
    text.close()
    page.close()
    return made


def _size(text: PdfTextPage, word: Word) -> float:
    from pypdfium2 import raw

    # The size that the text is set in times the scale that it is shown at: the height of the letters' box tells both.
    return round(raw.FPDFText_GetFontSize(text.raw, word.rank) or 0, 1) or round(word.height, 1)


def _is_bold(text: PdfTextPage, word: Word) -> bool:
    from pypdfium2 import raw

    if raw.FPDFText_GetFontWeight(text.raw, word.rank) >= 600:
        return True
    name = ctypes.create_string_buffer(128)
    raw.FPDFText_GetFontInfo(text.raw, word.rank, name, 128, ctypes.c_int())
    return _BOLD.search(name.value) is not None


def _words(text: PdfTextPage, frame: _Frame) -> tuple[list[Word], list[Word]]:
    """The words in the order of writing, and those that run upwards or downwards. A word that is printed twice in its
    place, to look bold, is there once.
    """
    from pypdfium2 import raw

    handle = text.raw
    count = raw.FPDFText_CountChars(handle)
    letters = text.get_text_range() if count > 0 else ""
    if len(letters) != count:
        codes = [raw.FPDFText_GetUnicode(handle, i) for i in range(count)]
        letters = "".join(chr(c) if c < 0x110000 else "\ufffd" for c in codes)
    rect = raw.FS_RECTF()
    found: list[Word] = []
    turned: list[Word] = []
    seen: set[tuple[str, tuple[int, ...]]] = set()

    def place(index: int) -> Box:
        raw.FPDFText_GetLooseCharBox(handle, index, rect)
        return frame.box(rect.left, rect.bottom, rect.right, rect.top)

    def put(start: int, end: int, box: Box, into: list[Word]) -> None:
        printed = letters[start:end].rstrip(_BREAKS)
        key = (printed, tuple(round(x) for x in box))
        if printed and key not in seen:
            seen.add(key)
            into.append(Word(printed, box, start, broken=printed != letters[start:end]))

    for match in _WORD.finditer(letters):
        start, end = match.span()
        first, last = place(start), place(end - 1)
        if level_with(first, last) and last[0] >= first[0]:
            put(start, end, joined((first, last)), found)
            continue
        angle = raw.FPDFText_GetCharAngle(handle, start) % math.pi
        if 0.2 < angle < math.pi - 0.2 and frame.turned in {0, 180}:
            put(start, end, joined((first, last)), turned)
            continue
        # Letters that pdfium took for one word and that stand on two lines.
        begin, box = start, first
        for i in range(start + 1, end):
            here = place(i)
            if letters[i] in _BREAKS or (level_with(box, here) and here[0] >= box[0]):
                box = box if letters[i] in _BREAKS else joined((box, here))
            else:
                put(begin, i, box, found)
                begin, box = i, here
        put(begin, end, box, found)
    return found, turned


def _drawn(page: PdfPage, frame: _Frame) -> tuple[list[Edge], bool]:
    """The upright and level rules of a page and the sides of its areas, and whether it has a picture."""
    from pypdfium2 import raw

    edges: list[Edge] = []
    picture = False
    count = raw.FPDFPage_CountObjects(page.raw)
    if count > _MOST_OBJECTS:
        # A drawing, not a table; and a page of text has fewer.
        return [], False
    for i in range(count):
        shape = raw.FPDFPage_GetObject(page.raw, i)
        kind = raw.FPDFPageObj_GetType(shape)
        if kind == raw.FPDF_PAGEOBJ_PATH and len(edges) < _MOST_EDGES:
            edges += _edges(shape, frame)
        picture = picture or kind in {raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_FORM}
    return edges if len(edges) <= _MOST_EDGES else [], picture


def _edges(shape: Any, frame: _Frame) -> Iterator[Edge]:
    from pypdfium2 import raw

    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(shape, matrix)
    count = raw.FPDFPath_CountSegments(shape)
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    for i in range(min(count, _MOST_EDGES)):
        segment = raw.FPDFPath_GetPathSegment(shape, i)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        kind = raw.FPDFPathSegment_GetType(segment)
        here = frame.point(
            matrix.a * x.value + matrix.c * y.value + matrix.e, matrix.b * x.value + matrix.d * y.value + matrix.f
        )
        if kind == raw.FPDF_SEGMENT_MOVETO:
            points = [here]
        elif kind == raw.FPDF_SEGMENT_LINETO and points:
            yield from _edge(points[-1], here)
            points.append(here)
        else:
            points = []
        if points and raw.FPDFPathSegment_GetClose(segment):
            yield from _edge(points[-1], points[0])


def _edge(a: tuple[float, float], b: tuple[float, float]) -> Iterator[Edge]:
    across, up = abs(a[0] - b[0]), abs(a[1] - b[1])
    if (across < _SLANT) != (up < _SLANT) and max(across, up) >= _SHORT:
        yield (min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))
