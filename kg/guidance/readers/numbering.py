"""The labels of list items, as pages show them: `1.`, `b)`, `iv`, `2.1`, or a bullet."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

BULLET = "\u2022"
_ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
        strict=True,
    )
)


def label(number: int, form: str) -> str:
    """A number in a form of WordprocessingML (`lowerRoman`) or HTML (`i`); decimal for any other.

    >>> [label(4, form) for form in ("decimal", "lowerLetter", "upperRoman", "a")]
    ['4', 'd', 'IV', 'd']
    """
    match form:
        case "lowerLetter" | "a":
            return _letters(number)
        case "upperLetter" | "A":
            return _letters(number).upper()
        case "lowerRoman" | "i":
            return _roman(number)
        case "upperRoman" | "I":
            return _roman(number).upper()
        case _:
            return str(number)


def _letters(number: int) -> str:
    # Word repeats a letter after z: aa, bb.
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1) if 0 < number <= 780 else str(number)


def _roman(number: int) -> str:
    if not 0 < number < 4000:
        return str(number)
    made = ""
    for value, letters in _ROMAN:
        made += letters * (number // value)
        number %= value
    return made


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is labelled: `text` has `%1` for the number of level 1."""

    form: str = "decimal"
    text: str = "%1."
    start: int = 1


@dataclass(slots=True)
class Lists:
    """The lists of a Word document and how far each has counted."""

    levels: dict[str, dict[int, Level]] = field(default_factory=dict)  # by number id
    counted: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    shares: dict[str, str] = field(default_factory=dict)  # number ids that count together, by the abstract list

    def next_label(self, list_id: str, depth: int) -> str:
        """The label of the next item of a list at a depth (from 0); empty for a list that has none."""
        levels = self.levels.get(list_id)
        level = levels.get(depth) if levels else None
        if levels is None or level is None or level.form == "none":
            return ""
        if level.form == "bullet":
            return BULLET
        counted = self.counted[self.shares.get(list_id, list_id)]
        counted[depth] = counted.get(depth, level.start - 1) + 1
        for deeper in [d for d in counted if d > depth]:
            del counted[deeper]
        made = level.text
        for d in range(depth + 1):
            form = levels.get(d, level)
            made = made.replace(f"%{d + 1}", label(counted.get(d, form.start), form.form))
        return made
