"""A bar for each year, drawn on the server; the same figures stand in a table beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

_STEP, _BAR = 44, 30
_HEIGHT, _TOP, _FOOT = 120, 18, 20


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the chart: where it stands, and what is written at it."""

    year: int
    count: int | None
    x: float
    y: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as the template draws it; `told` says in a sentence what one sees."""

    width: int
    height: int
    base: int
    bars: tuple[Bar, ...]
    bar: int
    told: str


def chart(use: Mapping[int, int]) -> Chart | None:
    """The chart of counts by year; years between that have none are shown as such. None where there are no counts."""
    if not use:
        return None
    years = range(min(use), max(use) + 1)
    most = max(use.values())
    bars: list[Bar] = []
    for n, year in enumerate(years):
        count = use.get(year)
        height = round((_HEIGHT - 2) * (count or 0) / most + (2 if count else 0), 1)
        bars.append(Bar(year, count, n * _STEP + 7, round(_TOP + _HEIGHT - height, 1), height, _short(count)))
    return Chart(len(years) * _STEP, _TOP + _HEIGHT + _FOOT, _TOP + _HEIGHT, tuple(bars), _BAR, _told(use))


def _short(count: int | None) -> str:
    """A count short enough to stand over its bar."""
    if count is None:
        return ""
    if count < 1_000:
        return str(count)
    for size, letter in ((1_000, "k"), (1_000_000, "m")):
        rounded = float(f"{count / size:.3g}")
        if 1 <= rounded < 1_000:
            return f"{rounded:g}{letter}"
    return f"{count:,}"


def _told(use: Mapping[int, int]) -> str:
    """The course of the counts in words."""
    years = sorted(use)
    first, last = years[0], years[-1]
    if first == last:
        return f"{use[first]:,} times in {named(first)}, in no other year."
    peak = max(years, key=lambda year: (use[year], year))
    gaps = sum(later - earlier - 1 for earlier, later in pairwise(years))
    told = f"From {use[first]:,} in {named(first)} to {use[last]:,} in {named(last)}"
    told += f", most in {named(peak)} with {use[peak]:,}" if peak not in (first, last) else ""
    return told + (f"; {gaps} year{'s' if gaps > 1 else ''} without a count." if gaps else ".")


def named(year: int) -> str:
    """A year of the counts, which begins in April: `2023/24`."""
    return f"{year}/{(year + 1) % 100:02d}"
