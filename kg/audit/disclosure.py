"""What may be published of counts of people: small numbers are held back, others rounded, and nothing that is held back
can be worked out from what is published.

A count is published as a function of itself alone (0, fewer than 8, or to the nearest 5). A breakdown of a count (by
year, by provider) is published where, for every value that the published count allows, each cell that is held back
keeps at least two values; else the breakdown as a whole is held back. No total of anything else is published, so these
are all the equations there are. Proof and limits: docs/audit-privacy.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Cell:
    """A count as published, which is between `low` and `high`; `value` is what is printed, None if it is held back."""

    value: int | None
    low: int
    high: int

    def __str__(self) -> str:
        return HELD_BACK if self.value is None else str(self.value)

    @property
    def is_small(self) -> bool:
        """Whether it is held back for being small itself."""
        return self.value is None


HELD_BACK = "*"
"""What is printed for a count that is held back."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is held back: counts from 1 to below `least`; what is not is rounded to the nearest multiple of `base`.

    As HES publications ask: 8 and 5. `Rule(1, 1)` publishes all as it is.
    """

    least: int = 8
    base: int = 5

    def __post_init__(self) -> None:
        """Refuse a rounding under which a published count could be a small one."""
        if self.least < 1 or self.base < 1 or (self.is_on and self.least <= self.base // 2):
            raise ValueError("least and base are at least 1, and least more than half of base")

    @property
    def is_on(self) -> bool:
        """Whether anything is held back or rounded."""
        return self.least > 1 or self.base > 1

    def cell(self, count: int) -> Cell:
        """A count as published. It says nothing but what the count's own band says."""
        if 0 < count < self.least:
            return Cell(None, 1, self.least - 1)
        if count == 0 or self.base == 1:
            return Cell(count, count, count)
        value = (count + self.base // 2) // self.base * self.base
        return Cell(value, max(self.least, value - self.base // 2), value + (self.base - 1) // 2)

    def breakdown(self, whole: Cell, parts: Mapping[Key, int]) -> dict[Key, Cell] | None:
        """The parts of a count as published, or None where the breakdown is held back as a whole.

        Held back it is where a value of the whole that is possible would leave some small part but one value: where all
        parts would have to be at their least, or all at their most.
        """
        cells = {key: self.cell(count) for key, count in parts.items()}
        if not any(cell.is_small for cell in cells.values()):
            return cells
        if not _leaves_open(whole, list(cells.values())):
            return None
        return cells


def _leaves_open(whole: Cell, parts: Sequence[Cell]) -> bool:
    """Whether at least two parts are not told exactly, and no possible whole is at either end of what parts sum to."""
    least, most = sum(part.low for part in parts), sum(part.high for part in parts)
    return sum(part.low < part.high for part in parts) > 1 and least < whole.low and whole.high < most
