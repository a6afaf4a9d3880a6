"""Text taken out of an original that is no text file, line by line, with the place of each line there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kg.errors import KgError, Place
from kg.expression.recommendation import Warning
from kg.guidance.page.document import Box, Document, Line

# The longest recommendation has a few thousand characters; a text of this length is an attack or a mistake.
LONGEST = 20_000_000
# Control characters, surrogates and characters that Unicode never assigns: no document means them.
_UNMEANT = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_BLANKS = re.compile(r"[ \r\n\f\v]+")


class Item(NamedTuple):
    """A line before it is taken: its text, the level of a heading, whether it is all links; `close`: no space before
    it.
    """

    text: str
    level: int = 0
    linked: bool = False
    close: bool = False


Cell = Sequence[Item]


@dataclass(slots=True)
class Taken:
    """The text so far. Lines are parted by one line feed, and by an empty line where the original leaves space."""

    parts: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    left_out: list[Line] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)
    size: int = 0

    def add(
        self,
        text: str,
        *,
        level: int = 0,
        page: int | None = None,
        box: Box | None = None,
        paragraph: int | None = None,
        wraps: bool | None = False,
        left_out: bool = False,
    ) -> None:
        """One more line; of those left out the words are in the text, and the line is among `Document.left_out`.

        Raises:
            KgError: KG-E0214 (a text longer than any document).
        """
        start, end = self._put(text)
        line = Line(start, end, level, page, box, paragraph, wraps)
        (self.left_out if left_out else self.lines).append(line)

    def space(self) -> None:
        """An empty line, unless one stands here or nothing does."""
        if self.lines and self.lines[-1].end > self.lines[-1].start:
            start, end = self._put("")
            self.lines.append(Line(start, end))

    def warn(self, id: str, message: str, at: int | None = None) -> None:
        """A warning about what stands at a place of the text; here, if no place is given."""
        start = self.size if at is None else at
        self.warnings.append(Warning(id, message, start, start))

    def document(self, data: bytes, name: str) -> Document:
        """The document of all that was taken."""
        text = "\n".join(self.parts)
        lines = self.lines
        while lines and lines[-1].start == lines[-1].end:
            lines = lines[:-1]
        warnings = tuple(
            Warning(w.id, w.message, min(w.start, len(text)), min(w.end, len(text))) for w in self.warnings
        )
        digest = hashlib.sha256(data).hexdigest()
        return Document(name, text, tuple(lines), digest, warnings, tuple(self.left_out))

    def _put(self, text: str) -> tuple[int, int]:
        start = self.size
        self.parts.append(text)
        self.size += len(text) + 1
        if self.size > LONGEST:
            raise too_much("", f"the document holds more than {LONGEST:,} characters of text")
        return start, start + len(text)


def plain(text: str) -> str:
    """Text on one line: runs of blanks and line breaks as one blank (tabs stay), nothing that no text means."""
    return _UNMEANT.sub("", _BLANKS.sub(" ", text)).strip(" ")


def names(text: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(text.split())


def row(cells: Sequence[Cell], spanning: Sequence[bool] = ()) -> list[Item]:
    r"""The lines of a table's row: its cells with tabs between them; each line for itself where a cell has several.
    A cell that spans more rows than this comes first, on lines of its own: it is a heading to them.

    >>> [line.text for line in row([[Item("A09.1")], [], [Item("Implantation")]])]
    ['A09.1\tImplantation']
    >>> [line.text for line in row([[Item("Open")], [Item("A09.1")], [Item("Implantation")]], [True, False, False])]
    ['Open', 'A09.1\tImplantation']
    >>> [line.text for line in row([[Item("Open")], [Item("A09.1 Implantation"), Item("Z01.6 Tissue")]])]
    ['Open', 'A09.1 Implantation', 'Z01.6 Tissue']
    """
    wide = [i < len(spanning) and spanning[i] for i in range(len(cells))]
    before = [line for cell, spans in zip(cells, wide, strict=True) if spans for line in cell]
    filled = [cell for cell, spans in zip(cells, wide, strict=True) if cell and not spans]
    if len(filled) > 1 and all(len(cell) == 1 for cell in filled):
        text = "\t".join(cell[0].text.replace("\t", " ") for cell in filled)
        return [*before, Item(text, linked=all(cell[0].linked for cell in filled))]
    return [*before, *(line for cell in filled for line in cell)]


def damaged(name: str, why: str) -> KgError:
    """The fault of a document whose bytes are broken."""
    hint = "Fetch the document again, or save it anew with the program that made it."
    return KgError("KG-E0213", "the document is damaged", where=Place(name), why=why, hint=hint)


def too_much(name: str, why: str) -> KgError:
    """The fault of a document that would take more time or memory than any real one."""
    what = "the document takes too much time or memory"
    hint = "Save the part with the coding recommendation as a document of its own."
    return KgError("KG-E0214", what, where=Place(name) if name else None, why=why, hint=hint)


def not_installed(name: str, kind: str) -> KgError:
    """The fault of a library that is missing."""
    hint = 'pip install "terminology-kg[documents]"'
    return KgError("KG-E0104", f"the reader of {kind} is not installed", where=Place(name), hint=hint)
