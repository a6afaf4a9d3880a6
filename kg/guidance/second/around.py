"""The words around two codes: what a second reading goes by."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from kg.expression.recommendation import Side

_TOKEN = re.compile(
    r"(?P<code>\b[A-Z]\d\d(?:\.(?:\d+|-|X))?)|(?P<para>\n[^\S\n]*\n\s*)|(?P<line>\n)|(?P<word>[A-Za-z]+|\d+\.|[.,;:()/])"
)
_NEAR_BEFORE, _NEAR_BEHIND = 80, 120  # characters of the sentence in which a code is named again
_LEAD = 200  # characters before the first code of a side
_LONGEST = 60  # words between two codes that are looked at
_MENTIONS = 6  # of one code


def bare(code: str) -> str:
    """A code or category without what it may be printed with behind its figures (`Y53.-`, `N40.X`)."""
    return code.rstrip(".-X")


@dataclass(frozen=True, slots=True)
class Place:
    """A code as the grammar read it: its name without marks, and the characters of its code and title."""

    code: str
    start: int
    end: int

    @property
    def chapter(self) -> str:
        """The letter of its chapter."""
        return self.code[0]

    def kind(self, side: Side) -> str:
        """Its chapter where that says what it may be; else `m` for an operation, `d` for a disease."""
        if self.chapter in "OUVWXYZ":
            return self.chapter
        return "d" if side is Side.DIAGNOSIS else "m"


class Words:
    """The words of a document, found once: codes, ends of lines and of paragraphs are words of their own."""

    def __init__(self, text: str) -> None:
        """Find them."""
        self._text = text
        self._words = list[str]()
        self._starts = list[int]()
        self.mentions = dict[str, list[int]]()
        for found in _TOKEN.finditer(text):
            kind = found.lastgroup
            if kind == "code":
                name = bare(found[0])
                for code in (name, name[:3]) if "." in name else (name,):  # a code is a mention of its category too
                    self.mentions.setdefault(code, []).append(found.start())
            word = {"code": "CODE", "para": "PARA", "line": "NL"}.get(kind or "") or found[0].lower()
            self._words.append(word)
            self._starts.append(found.start())
        self._pairs = [f"{a} {b}" for a, b in pairwise(self._words)]

    def between(self, start: int, end: int, most: int = _LONGEST) -> list[str]:
        """The words that begin in a stretch of the text."""
        at = bisect_left(self._starts, start)
        return self._words[at : min(bisect_left(self._starts, end), at + most)]

    def grams(self, start: int, end: int, most: int = _LONGEST) -> set[str]:
        """The words that begin in a stretch of the text, and the pairs of them."""
        at = bisect_left(self._starts, start)
        stop = min(bisect_left(self._starts, end), at + most)
        return {*self._words[at:stop], *self._pairs[at : max(at, stop - 1)]}

    def line(self, at: int) -> tuple[int, int]:
        """Where the line of a character begins and ends."""
        end = self._text.find("\n", at)
        return self._text.rfind("\n", 0, at) + 1, len(self._text) if end < 0 else end

    def line_behind(self, end: int) -> tuple[int, int]:
        """The next line with words behind the end of a line."""
        while end < len(self._text) and self._text[end].isspace():
            end += 1
        return end, self.line(end)[1] if end < len(self._text) else end

    def line_before(self, start: int) -> tuple[int, int]:
        """The last line with words before the start of a line."""
        while start > 0 and self._text[start - 1].isspace():
            start -= 1
        return self.line(start - 1)[0] if start else 0, start

    def has_code(self, start: int, end: int) -> bool:
        """Whether a code begins in a stretch."""
        return "CODE" in self.between(start, end)


Clues = Iterator[tuple[str, set[str] | list[str]]]
"""What speaks for one relation or another: the group of a clue (where it stands), and the clues."""


def around(words: Words, side: Side, places: list[Place], i: int, j: int) -> Clues:
    """The clues of the codes `i` and `j` of a side, those in the order of the text; `i` stands first.

    Those of two codes with others between them are of groups of their own.
    """
    apart = "" if j == i + 1 else "far "
    return ((f"{apart}{group}", clues) for group, clues in _around(words, side, places, i, j))


def _around(words: Words, side: Side, places: list[Place], i: int, j: int) -> Clues:
    a, b = places[i], places[j]
    one, other = a.kind(side), b.kind(side)
    alike = "category" if a.code[:3] == b.code[:3] else "chapter" if a.chapter == b.chapter else "none"
    kinds = f"{one}{other}"
    yield "is", [
        "any", f"side {side}", f"number {min(len(places), 6)}", f"at {min(j, 4)}", f"alike {alike}",
        f"first {a.chapter}", f"second {b.chapter}", f"kinds {kinds}", f"kinds {kinds} {alike} {side}",
    ]  # fmt: skip
    low, high = (a.end, b.start) if b.start >= a.end else (b.end, a.start)
    gap = words.between(low, high, 80)
    yield "between", words.grams(low, high, 80)
    yield f"between {kinds}", set(gap[:30])
    yield "gap", [" ".join(gap)[:60], f"long {min(len(gap) // 4, 10)}"]
    _, end = words.line(b.end)
    yield "behind", words.grams(b.end, end, 40)
    yield f"behind {other}", set(words.between(b.end, end, 20))
    behind = words.line_behind(end)
    if not words.has_code(*behind):
        yield "next", words.grams(*behind, 30)
    start, _ = words.line(a.start)
    yield "before", words.grams(start, a.start, 40)
    before = words.line_before(start)
    if not words.has_code(*before):
        yield "above", words.grams(*before, 30)
    start = places[0].start
    yield "lead", set(words.between(start - _LEAD, start, 40))
    low, high = min(a.start, b.start), max(a.end, b.end)
    for place, group in ((a, "again first"), (b, "again second")):
        told = set[str]()
        for at in words.mentions.get(place.code, ())[:_MENTIONS]:
            if at < low:
                told |= words.grams(at - _NEAR_BEFORE, min(at + _NEAR_BEHIND, low), 40)
            elif at >= high:
                told |= words.grams(max(high, at - _NEAR_BEFORE), at + _NEAR_BEHIND, 40)
        yield group, told


def compared(places: list[Place]) -> Iterator[tuple[int, int]]:
    """Which codes of a side are compared: each with the one before it, and with the first of all."""
    for j in range(1, len(places)):
        yield j - 1, j
        if j > 1:
            yield 0, j
