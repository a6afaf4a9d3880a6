"""What stands on a printed page: words, rules and where they are, and the lines that the words make.

Coordinates are points from the lower left corner of the page as it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kg.guidance.page.document import Box, joined

# A gap wider than this, in heights of the words, is no blank between words.
_WIDE = 1.2
_BULLET = re.compile(r"[•·▪●◦‣\uf0b7\-–*](?:\s|$)")


@dataclass(frozen=True, slots=True)
class Word:
    """Letters without a blank; `rank` is their place in the order in which the page was written.

    `broken`: a hyphen that is printed behind it ended the line.
    """

    text: str
    box: Box
    rank: int
    broken: bool = False

    @property
    def height(self) -> float:
        """From its lower to its upper edge."""
        return self.box[3] - self.box[1]


@dataclass(slots=True)
class Strip:
    """Words on one line with no wide gap between them."""

    words: list[Word]
    box: Box
    size: float = 0
    bold: bool = False
    rows: list[list[Strip]] = field(default_factory=list)  # of a table: its lines

    @property
    def text(self) -> str:
        """The words with blanks."""
        return " ".join(word.text for word in self.words)

    @property
    def height(self) -> float:
        """That of its tallest word."""
        return max(word.height for word in self.words)

    @property
    def ranks(self) -> tuple[int, int]:
        """The first and last place in the order of writing."""
        return min(w.rank for w in self.words), max(w.rank for w in self.words)


@dataclass(slots=True)
class PrintedLine:
    """A line of the page: strips from left to right. `limit`: how far to the right it could have gone."""

    strips: list[Strip]
    page: int
    limit: float = 0
    alone: bool = False  # a row of a table, or a heading put together: nothing of another line belongs to it
    text: str = ""
    box: Box = (0, 0, 0, 0)
    level: int = 0
    wraps: bool | None = False  # None: it is full, and whether the paragraph ends with it cannot be told
    furniture: bool = False

    def __post_init__(self) -> None:
        """Text and box are those of the strips."""
        if self.strips and not self.text:
            self.text = "\t".join(strip.text for strip in self.strips)
            self.box = joined([strip.box for strip in self.strips])

    @property
    def first(self) -> Word:
        """Its first word."""
        return self.strips[0].words[0]

    @property
    def last(self) -> Word:
        """Its last word."""
        return self.strips[-1].words[-1]

    @property
    def size(self) -> float:
        """The size of its type."""
        return self.strips[0].size

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(strip.bold for strip in self.strips)

    @property
    def has_bullet(self) -> bool:
        """Whether it begins as an item of a list does."""
        return _BULLET.match(self.text) is not None


def level_with(a: Box, b: Box) -> bool:
    """Whether two boxes stand on one line: half of the lower of them is beside the other."""
    return min(a[3], b[3]) - max(a[1], b[1]) >= 0.5 * min(a[3] - a[1], b[3] - b[1])


def strips(words: Iterable[Word]) -> list[Strip]:
    """The words in strips. Words written one after the other make a strip, and so do strips that touch."""
    found: list[Strip] = []
    for word in words:
        last = found[-1] if found else None
        if last is not None and not last.words[-1].broken and _follows(last.box, word.box):
            last.words.append(word)
            last.box = joined((last.box, word.box))
        else:
            found.append(Strip([word], word.box))
    done: list[Strip] = []
    for row in rows(found):
        done.append(row[0])
        for strip in row[1:]:
            if _follows(done[-1].box, strip.box):
                done[-1].words += strip.words
                done[-1].box = joined((done[-1].box, strip.box))
            else:
                done.append(strip)
    return done


def _follows(a: Box, b: Box) -> bool:
    height = min(a[3] - a[1], b[3] - b[1])
    return level_with(a, b) and -0.5 * height <= b[0] - a[2] <= _WIDE * height


def rows(found: Sequence[Strip]) -> list[list[Strip]]:
    """Strips that stand beside each other, from the top, each row from left to right."""
    made: list[list[Strip]] = []
    edge: Box | None = None
    for strip in sorted(found, key=lambda s: (-(s.box[1] + s.box[3]), s.box[0])):
        if edge is not None and level_with(edge, strip.box):
            made[-1].append(strip)
        else:
            made.append([strip])
            edge = strip.box
    return [sorted(row, key=lambda s: s.box[0]) for row in made]
