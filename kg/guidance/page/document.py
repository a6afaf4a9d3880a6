"""A document as its reader hands it on: the text, its lines, and the way back to the original."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from kg.citation import Citation
from kg.errors import Place
from kg.expression.recommendation import Warning

# Left, bottom, right and top in points from a page's lower left corner, as in `kg.citation.Citation`.
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text: characters `start` to `end` of it, without the newline.

    `level` is that of a heading (1 to 6), 0 for other lines. `page`, `box` and `paragraph` say where the line stands in
    an original that has them (as in `kg.citation.Citation`). `wraps`: the line ended because the next word did not fit,
    where the original tells that; None where only the lengths of lines can tell, and of a line of a page that is full
    but may end its paragraph.
    """

    start: int
    end: int
    level: int = 0
    page: int | None = None
    box: Box | None = None
    paragraph: int | None = None
    wraps: bool | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a document and its lines, in order; `name` is the file's, `digest` the SHA-256 of its bytes.

    The text is what the file says: of a text file its decoded characters with newlines untouched, so that citations are
    offsets into the file; of other formats the text that its reader took out of it. `left_out` are lines of the text
    that
    its reader holds to be no part of the content (headers and footers of pages, navigation); they are not in `lines`.
    """

    name: str
    text: str
    lines: tuple[Line, ...]
    digest: str
    warnings: tuple[Warning, ...] = ()
    left_out: tuple[Line, ...] = ()

    def citation(self, guidance: str, start: int, end: int) -> Citation:
        """The citation of characters `start` to `end`; page and paragraph are those of the line they begin in, the box
        holds their lines on that page.
        """
        quote = self.text[start:end]
        first = bisect_left(self.lines, start, key=lambda x: x.end)
        if first == len(self.lines) or self.lines[first].start > start:
            return Citation(guidance, start, end, quote)
        last = bisect_left(self.lines, end, lo=first + 1, key=lambda x: x.start)
        touched = self.lines[first:last]
        line = next((x for x in touched if x.end > start), touched[0])
        boxes = [x.box for x in touched if x.box is not None and x.page == line.page]
        box = joined(boxes) if boxes else line.box
        return Citation(guidance, start, end, quote, line.page, box, line.paragraph)

    def place(self, start: int, end: int) -> Place:
        """The place of characters in the file, for errors."""
        return Place.in_text(self.name, self.text, start, end)


def joined(boxes: Sequence[Box]) -> Box:
    """The smallest box around boxes."""
    return (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
