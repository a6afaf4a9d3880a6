"""The order in which the strips of a page are read: down each column, along each row of a table without rules."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nsmallest
from statistics import median

from kg.guidance.readers.printed import Strip, rows

_GUTTER = 11.0  # points; two columns are nearer to each other in no print
_GUTTERS = 16  # the widest that are tried: a page has few columns
_FEWEST = 3  # rows on both sides that make columns, where the order of writing does not tell
_WIDE = 0.3  # of the width of the text: narrower beside each other are cells, if they were written row by row

Rows = list[list[Strip]]


def in_order(found: Sequence[Strip]) -> tuple[list[Rows], bool]:
    """Blocks of rows in reading order, and whether that order is a guess.

    Columns are told by a gutter that nothing crosses. Cells of a table without rules have one too: they are written row
    by row, while columns are written one after the other, in nearly all programs. Wide strips written row by row could
    be either; they are taken for columns, and that is a guess.
    """
    return _ordered(rows(found), 0)


def _ordered(lines: Rows, depth: int) -> tuple[list[Rows], bool]:
    blocks: list[Rows] = []
    guess = False
    plain: Rows = []
    at = 0
    while at < len(lines):
        run = _run(lines, at) if depth < 4 else None
        if run is None:
            plain.append(lines[at])
            at += 1
            continue
        end, x, guessed = run
        above = _rows_above(plain, x)
        plain, at = plain[: len(plain) - above], at - above
        if plain:
            blocks.append(plain)
            plain = []
        for left in (True, False):
            side = [[s for s in row if (s.box[2] <= x) is left] for row in lines[at:end]]
            inner, unsure = _ordered([row for row in side if row], depth + 1)
            # A column is one block, unless it has columns itself.
            blocks += inner
            guess = guess or unsure
        guess = guess or guessed
        at = end
    if plain:
        blocks.append(plain)
    return blocks, guess


def _run(lines: Rows, start: int) -> tuple[int, float, bool] | None:
    """Where columns that begin at a row end, the middle of their gutter, and whether they are a guess."""
    if not any(len(row) > 1 for row in lines[start : start + 2]) and not _apart(lines[start : start + 2]):
        return None
    whole = [s for row in lines for s in row]
    left, right = min(s.box[0] for s in whole), max(s.box[2] for s in whole)
    free = [(left, right)]
    end = start
    for row in lines[start:]:
        narrowed = _without(free, row)
        if not narrowed:
            break
        free, end = narrowed, end + 1
    inside = [s for row in lines[start:end] for s in row]
    ranks = {id(s): s.ranks for s in inside}  # asked for at each gutter
    for low, high in nsmallest(_GUTTERS, free, key=lambda gap: gap[0] - gap[1]):
        x = (low + high) / 2
        a, b = [s for s in inside if s.box[2] <= x], [s for s in inside if s.box[0] >= x]
        if not a or not b:
            continue
        # What was written after the right column, and stands below it, is not of the left one.
        until = end
        last = max(ranks[id(s)][1] for s in b)
        while until > start and all(s.box[2] <= x and ranks[id(s)][0] > last for s in lines[until - 1]):
            until -= 1
        sides = [[s for row in lines[start:until] for s in row if (s.box[2] <= x) is side] for side in (True, False)]
        first, second = sides
        # No cells are written thus, however few; one line at the left may have anything beside it.
        if (
            second
            and len(rows(first)) > 1
            and max(ranks[id(s)][1] for s in first) < min(ranks[id(s)][0] for s in second)
        ):
            return until, x, False
        if min(len(rows(side)) for side in sides) < _FEWEST:
            continue
        if max(ranks[id(s)][1] for s in second) < min(ranks[id(s)][0] for s in first):
            return until, x, True
        wide = _WIDE * (right - left)
        if all(median(s.box[2] - s.box[0] for s in side) >= wide for side in sides):
            return until, x, True
    return None


def _apart(pair: Rows) -> bool:
    """Whether nothing of two rows stands above or below the other: so do lines of columns that are not level."""
    if len(pair) < 2:
        return False
    (a, b), (c, d) = ((row[0].box[0], row[-1].box[2]) for row in pair)
    return c - b >= _GUTTER or a - d >= _GUTTER


def _rows_above(before: Rows, x: float) -> int:
    """How many rows above columns belong to them: the right column may begin above the left one, or above where a
    wide title ends.
    """
    count = 0
    for above, row in enumerate(reversed(before), 1):
        if any(s.box[0] < x < s.box[2] for s in row):
            break
        if any(s.box[0] >= x for s in row):
            count = above
    return count


def _without(free: Sequence[tuple[float, float]], row: Sequence[Strip]) -> list[tuple[float, float]]:
    """The free gaps that are left when a row is printed over them."""
    left: list[tuple[float, float]] = []
    for low, high in free:
        at = low
        for strip in row:
            if strip.box[2] <= at or strip.box[0] >= high:
                continue
            if strip.box[0] - at >= _GUTTER:
                left.append((at, strip.box[0]))
            at = max(at, strip.box[2])
        if high - at >= _GUTTER:
            left.append((at, high))
    return left
