"""Check digits of many identifiers at once.

Verhoeff's check is a product in the dihedral group of ten elements, so that six figures at a time can be looked up.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from kg.codes.sctid import PLACES, TIMES


def wrong_check_digits(ids: np.ndarray) -> np.ndarray:
    """The places of identifiers whose check digit is wrong."""
    return np.flatnonzero(_state(ids) != 0)


def with_check_digits(numbers: np.ndarray) -> np.ndarray:
    """The numbers (up to 17 figures) with their check digit behind."""
    _, times, _ = _tables()
    inverse = np.argmin(times, axis=1)  # the product that is the unit, 0
    return numbers * 10 + inverse[_state(numbers * 10)]


def _state(ids: np.ndarray) -> np.ndarray:
    """The product of the figures of each identifier; 0 where the check holds."""
    tables, times, noughts = _tables()
    rest = ids.astype(np.int64)
    state = np.zeros(len(ids), np.uint8)
    for table in tables:
        high = rest // 1_000_000
        state = times[state, table[rest - high * 1_000_000]]
        rest = high
    # The noughts that stand before a shorter number are elements too: they are undone.
    lengths = np.searchsorted(10 ** np.arange(1, 19, dtype=np.int64), ids, side="right") + 1
    return times[state, noughts[lengths]]


@cache
def _tables() -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """For the figures at places 0 to 5, 6 to 11 and 12 to 17 from the right: the element of each number. Then the
    group's table, and for each length what undoes the noughts before a number of that length.
    """
    times, places = np.array(TIMES, np.uint8), np.array(PLACES, np.uint8)
    found = []
    for first in (0, 6, 12):
        element = np.zeros(1, np.uint8)
        for place in range(first, first + 6):
            figures = places[place % 8]  # a figure further left is the slower index
            element = times[element[None, :], figures[:, None]].reshape(-1)
        found.append(element)
    noughts = np.zeros(20, np.uint8)
    for length in range(17, 0, -1):
        noughts[length] = times[places[length % 8][0], noughts[length + 1]]
    return found, times, np.argmin(times, axis=1).astype(np.uint8)[noughts]
