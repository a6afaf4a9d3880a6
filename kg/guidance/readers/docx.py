"""Word documents (DOCX, DOCM): paragraphs, headings, lists and tables in the order of the document.

Source: ECMA-376, part 1 (WordprocessingML). Only the main part, its styles and its numbering are read; `package` bounds
them.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from kg.errors import KgError, Place
from kg.guidance.page.document import Document
from kg.guidance.readers.numbering import Lists
from kg.guidance.readers.package import related, stream
from kg.guidance.readers.styles import Numbering, Style, Styles, is_on, number
from kg.guidance.readers.taken import Cell, Item, Taken, damaged, names, plain, row

_BOLD_LEVEL = 6
_DELETED = frozenset({"del", "moveFrom"})
_ELSEWHERE = {
    "footnoteReference": "a footnote",
    "endnoteReference": "an endnote",
    "altChunk": "an inserted document",
    "object": "an embedded object",
}
_ENCRYPTED_ENTRY = 1
# Most of what Word writes of styles: those of tables, and those that no paragraph uses yet.
_UNREAD_STYLES = (
    (b'<w:style w:type="table"', b"</w:style>"),
    (b"<w:latentStyles", b"</w:latentStyles>"),
)


def load(name: str) -> None:
    """Import what reading needs: nothing beyond the standard library."""


def accepts(data: bytes, name: str) -> bool:
    """Whether the bytes are an archive with the folder of a Word document, whole or cut off."""
    return data.startswith(b"PK\x03\x04") and b"word/" in data


def read(data: bytes, name: str) -> Document:
    """The document of a DOCX file: a line for each paragraph and each line break in it, and for each row of a table.

    Struck and deleted words are left out with a warning (KG-W0209), as are notes and objects that stand elsewhere.

    Raises:
        KgError: KG-E0211 (encrypted), KG-E0213 (damaged), KG-E0214 (unpacks to too much, or nests too deep).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(archive, data, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as fault:
        raise damaged(name, f"The archive cannot be unpacked: {fault}.") from None


def _read(archive: zipfile.ZipFile, data: bytes, name: str) -> Document:
    entries = archive.infolist()
    if len({entry.filename for entry in entries}) != len(entries):
        raise damaged(name, "The archive has two parts of one name.")
    if any(entry.flag_bits & _ENCRYPTED_ENTRY for entry in entries):
        hint = "Save the document without a password."
        raise KgError("KG-E0211", "the document is encrypted", where=Place(name), hint=hint)
    main = related(archive, "", name).get("officeDocument", "word/document.xml")
    beside = related(archive, main, name)
    styles, lists = Styles(), Numbering()
    stream(archive, beside.get("styles", ""), styles, name, _UNREAD_STYLES)
    stream(archive, beside.get("numbering", ""), lists, name)
    body = _Body(styles, lists.lists())
    if not stream(archive, main, body, name):
        raise damaged(name, f"The archive has no {main}.")
    return body.taken.document(data, name)


@dataclass(slots=True)
class _Paragraph:
    words: list[str] = field(default_factory=list)
    after: list[Item] = field(default_factory=list)  # of text boxes that are anchored in it
    style: str = ""
    list_id: str | None = None
    depth: int | None = None
    level: int | None = None
    thin: bool = False  # something in it is not bold
    in_run: bool = False


@dataclass(slots=True)
class _Run:
    bold: bool | None = None
    struck: bool = False
    hidden: bool = False


@dataclass(slots=True)
class _Table:
    cells: list[Cell] = field(default_factory=list)
    spans: list[bool] = field(default_factory=list)
    spanning: bool = False


class _Body:
    """The main part. Paragraphs, tables and boxes nest in each other; `into` has the lines of each that is open."""

    heard = names(
        """p r tbl tr tc txbxContent vMerge t tab ptab br cr noBreakHyphen softHyphen sym b rStyle strike dstrike vanish
    pStyle numId ilvl outlineLvl"""
    ) | frozenset(_ELSEWHERE)
    # How a format was before a tracked change of it is not how it is; a fallback repeats what stands before it.
    skipped = _DELETED | {"mc:Fallback", "pPrChange", "rPrChange", "tblPrChange", "tcPrChange"}

    def __init__(self, styles: Styles, lists: Lists) -> None:
        self.taken = Taken()
        self.styles, self.lists = styles, lists
        self.resolved: dict[str, Style] = {}
        self.paragraphs: list[_Paragraph] = []
        self.runs: list[_Run] = []
        self.tables: list[_Table] = []
        self.into: list[list[Item]] = []
        self.count = 0
        self.listed = False
        self.told: set[str] = set()
        self.reading = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        value = attributes.get("val", "")
        match tag:
            case "p":
                self.paragraphs.append(_Paragraph(style=self.styles.default))
            case "r":
                self.runs.append(_Run())
            case "tbl":
                self.tables.append(_Table())
            case "tr" if self.tables:
                self.tables[-1].cells, self.tables[-1].spans = [], []
            case "tc" | "txbxContent":
                self.into.append([])
                if tag == "tc" and self.tables:
                    self.tables[-1].spanning = False
            case "vMerge" if self.tables:
                self.tables[-1].spanning = value == "restart"
            case "t":
                self.reading = True
            case "tab" | "ptab" if self.runs:
                self.text("\t", always=True)
            case "br" | "cr":
                self.text("\n", always=True)
            case "noBreakHyphen":
                self.text("\u2011", always=True)
            case "softHyphen":
                self.text("\u00ad", always=True)
            case "sym" if re.fullmatch(r"[0-9A-Fa-f]{4}", attributes.get("char", "")):
                self.text(chr(int(attributes["char"], 16)), always=True)
            case "del" | "moveFrom" if self.paragraphs:
                self._tell("changes that are not accepted")
            case _ if tag in _ELSEWHERE:
                self._tell(_ELSEWHERE[tag])
            case _:
                self._property(tag, attributes, value)

    def _property(self, tag: str, attributes: Mapping[str, str], value: str) -> None:
        """A property of the run or paragraph that is open."""
        paragraph = self.paragraphs[-1] if self.paragraphs else None
        run = self.runs[-1] if self.runs else None
        match tag:
            case "b" if run:
                run.bold = is_on(attributes)
            case "rStyle" if run and run.bold is None:
                run.bold = self.styles.of(value).bold
            case "strike" | "dstrike" if run:
                run.struck = run.struck or is_on(attributes)
            case "vanish" if run:
                run.hidden = is_on(attributes)
            case "pStyle" if paragraph:
                paragraph.style = value
            case "numId" if paragraph:
                paragraph.list_id = value
            case "ilvl" if paragraph:
                paragraph.depth = number(value)
            case "outlineLvl" if paragraph:
                depth = number(value, 9)
                paragraph.level = min(depth + 1, 6) if depth < 9 else 0
            case _:
                pass

    def end(self, tag: str) -> None:
        """An element ends."""
        match tag:
            case "t":
                self.reading = False
            case "r" if self.runs:
                self.runs.pop()
            case "p" if self.paragraphs:
                self._finish(self.paragraphs.pop())
            case "txbxContent" if self.into:
                found = self.into.pop()
                if self.paragraphs:
                    self.paragraphs[-1].after.extend(found)
                else:
                    self._put(found)
            case "tc" if self.into:
                lines = self.into.pop()
                if self.tables:
                    self.tables[-1].cells.append(lines)
                    self.tables[-1].spans.append(self.tables[-1].spanning)
            case "tr" if self.tables:
                self._put(row(self.tables[-1].cells, self.tables[-1].spans), row=True)
            case "tbl" if self.tables:
                self.tables.pop()
                self.listed = False
            case _:
                pass

    def text(self, data: str, *, always: bool = False) -> None:
        """Characters, of a text element or (`always`) that an element stands for."""
        if not (self.reading or always) or not self.paragraphs:
            return
        run = self.runs[-1] if self.runs else _Run()
        if run.struck and data.strip():
            self._tell("struck words")
        if run.struck or run.hidden:
            return
        paragraph = self.paragraphs[-1]
        paragraph.words.append(data)
        if data.strip():
            bold = run.bold if run.bold is not None else self._style(paragraph.style).bold
            paragraph.thin = paragraph.thin or not bold

    def _style(self, id: str) -> Style:
        if id not in self.resolved:
            self.resolved[id] = self.styles.of(id)
        return self.resolved[id]

    def _tell(self, what: str) -> None:
        if what not in self.told:
            self.told.add(what)
            self.taken.warn("KG-W0209", f"the document has {what} here, which the text does not have")

    def _finish(self, paragraph: _Paragraph) -> None:
        """The lines of a paragraph, then those of boxes in it."""
        style = self._style(paragraph.style)
        texts = [text for line in "".join(paragraph.words).split("\n") if (text := plain(line).strip())]
        level = style.level if paragraph.level is None else paragraph.level
        list_id = style.list_id if paragraph.list_id is None else paragraph.list_id
        label = ""
        if texts and list_id and list_id != "0":
            depth = style.depth if paragraph.depth is None else paragraph.depth
            label = self.lists.next_label(list_id, depth)
            texts[0] = f"{label} {texts[0]}" if label else texts[0]
        if not level and not label and not paragraph.thin:
            level = _BOLD_LEVEL
        self._put([Item(text, level) for text in texts], item=bool(label))
        if paragraph.after:
            self._put(paragraph.after)

    def _put(self, lines: list[Item], *, item: bool = False, row: bool = False) -> None:
        """Lines into the cell or box that is open, else into the document: items and rows close together."""
        if self.into:
            self.into[-1].extend(lines)
            return
        self.count += 1
        if not lines:
            self.taken.space()
            return
        if not ((item or row) and self.listed):
            self.taken.space()
        for line in lines:
            self.taken.add(line.text, level=line.level, paragraph=self.count)
        self.listed = item or row
