"""Incomplete verdicts that a valid one of the same episode explains are set aside, as `check_all` does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kg.audit.entries import Entries, Numbers
from kg.audit.outcomes import SideOutcomes
from kg.expression.recommendation import Side

if TYPE_CHECKING:
    from kg.audit.engine import Rows

VALID, INCOMPLETE = 0, 1
_AT_ONCE = 1 << 18  # pairs of verdicts that are compared at once


def set_aside(
    rows: Rows, verdicts: Numbers, sides: dict[Side, Entries], side_of: Callable[[int, Side], SideOutcomes | None]
) -> NDArray[np.bool_]:
    """For each row whether it is set aside: it is incomplete, and a valid one of its episode explains every code that
    it matched, on each side.
    """
    found = np.zeros(len(verdicts), np.bool_)
    one, other = _pairs(rows, verdicts)
    if not len(one):
        return found
    used, where = np.unique(np.concatenate([one, other]), return_inverse=True)
    mine, theirs = where[: len(one)], where[len(one) :]
    chosen = rows.where(used)
    told = [_explained(chosen, n, side, sides[side], side_of) for n, side in enumerate(Side)]
    for start in range(0, len(one), _AT_ONCE):
        a, b = mine[start : start + _AT_ONCE], theirs[start : start + _AT_ONCE]
        within = np.ones(len(a), np.bool_)
        for each in told:
            within &= ~(each[a] & ~each[b]).any(axis=1)
        found[one[start : start + _AT_ONCE][within]] = True
    return found


def _pairs(rows: Rows, verdicts: Numbers) -> tuple[Numbers, Numbers]:
    """The pairs of an incomplete row and a valid one of the same episode."""
    valid = np.flatnonzero(verdicts == VALID)
    valid = valid[np.argsort(rows.episode[valid], kind="stable")]
    incomplete = np.flatnonzero(verdicts == INCOMPLETE)
    episodes = rows.episode[valid]
    first = np.searchsorted(episodes, rows.episode[incomplete], side="left")
    counts = np.searchsorted(episodes, rows.episode[incomplete], side="right") - first
    every = np.repeat(first - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
    return np.repeat(incomplete, counts), valid[every]


def _explained(
    rows: Rows, n: int, side: Side, entries: Entries, side_of: Callable[[int, Side], SideOutcomes | None]
) -> NDArray[np.bool_]:
    """For each row the places of the codes of one side that its outcome explains."""
    lengths = entries.lengths[rows.episode]
    found = np.zeros((len(rows.episode), int(lengths.max()) if len(lengths) else 0), np.bool_)
    order = np.argsort(rows.guidance, kind="stable")
    guidances, begin = np.unique(rows.guidance[order], return_index=True)
    for g, mine in zip(guidances.tolist(), np.split(order, begin[1:]), strict=True):
        outcomes = side_of(g, side)
        if outcomes is not None:
            numbers = rows.outcomes[n][mine]
            which, places = outcomes.explained(entries, rows.episode[mine], numbers)
            found[mine[which], places] = True
    return found
