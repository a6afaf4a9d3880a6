"""Where a statement comes from: words of a document, or a national standard."""

from __future__ import annotations

from dataclasses import dataclass

from kg.errors import Place


@dataclass(frozen=True, slots=True, order=True)
class Citation:
    """Words of a document: `text[start:end] == quote`, offsets in characters of the decoded text.

    `document` is the id of the guidance. A citation of a paged or paragraphed original adds `page` (from 1), `box`
    (points from the page's lower left corner: left, bottom, right, top) or `paragraph` (from 1).
    """

    document: str
    start: int
    end: int
    quote: str
    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    paragraph: int | None = None

    def place(self, text: str) -> Place:
        """The place in the document's text, with its line, for messages."""
        return Place.in_text(self.document, text, self.start, self.end)


@dataclass(frozen=True, slots=True, order=True)
class StandardCitation:
    """A national standard, by its id (as `PCSJ1`), as the origin of a statement."""

    standard: str


Origin = Citation | StandardCitation
