"""Which episodes are alike for one side of a guidance: by the classes of their codes in order, and by the date.

Episodes of one signature have the same verdict, so that each signature is checked once, on the codes of the first
episode that has it. Codes of class 0 are left out, but for one or two before and between others where a rule is one of
places: what stands first or second, and what stands directly behind what, is then as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.audit.entries import Entries, Numbers
from kg.audit.vocabulary import Classes

_PACKED = 62  # bits of a signature that is one number


@dataclass(frozen=True, slots=True)
class Kept:
    """The codes of some episodes that a side looks at, in order: row, place in the episode, place in the signature, and
    where each stands in `Entries.codes`; `symbols` are their classes, from 1 (1 is class 0).
    """

    rows: Numbers
    places: Numbers
    at: Numbers
    where: Numbers
    symbols: Numbers


def kept(entries: Entries, episodes: Numbers, classes: Classes) -> Kept:
    """The codes of some episodes that a side looks at."""
    rows, places, where = entries.of(episodes)
    symbols = classes.table[entries.codes[where]]
    stays = symbols > 0
    lead, between = classes.scope.lead, classes.scope.between
    if (lead or between) and not stays.all():
        stays |= _gaps(stays, rows, places, lead, between)
    rows, places, where, symbols = rows[stays], places[stays], where[stays], symbols[stays] + 1
    counts = np.bincount(rows, minlength=len(episodes))
    at = np.arange(len(rows)) - (np.cumsum(counts) - counts)[rows]
    return Kept(rows, places, at, where, symbols)


def _gaps(known: NDArray[np.bool_], rows: Numbers, places: Numbers, lead: int, between: int) -> NDArray[np.bool_]:
    """Of the codes of class 0, those that tell that there is a gap: the first `lead` before all known codes of an
    episode, the first `between` behind a known one; none where no known code follows.
    """
    n = len(known)
    index = np.arange(n)
    last = np.maximum.accumulate(np.where(known, index, -1))  # the last known code up to here
    begin = index - places - 1  # the end of the episode before
    leading = last <= begin
    far = index - np.maximum(last, begin)
    following = np.minimum.accumulate(np.where(known, index, n)[::-1])[::-1]
    same = np.zeros(n, np.bool_)
    inside = following < n
    same[inside] = rows[following[inside]] == rows[inside]
    return ~known & same & (far <= np.where(leading, lead, between))


@dataclass(frozen=True, slots=True)
class Signatures:
    """The distinct signatures of some episodes: `keys`, a row that has each, and for each row the number of its own."""

    keys: tuple[int | bytes, ...]
    first: Numbers
    of: Numbers


def signatures(kept: Kept, days: Numbers, alike: int, base: int, rows: int) -> Signatures:
    """The signatures of rows. `days` has for each row which of the `alike` sets of standards holds; `base` is greater
    than every symbol.
    """
    longest = int(kept.at.max()) + 1 if len(kept.at) else 0
    if alike * base**longest < 1 << _PACKED:
        weights = np.array([alike * base**i for i in range(longest)], np.int64)
        keys = days.copy()
        counts = np.bincount(kept.rows, minlength=rows)
        some = np.flatnonzero(counts)
        if len(some):
            begin = (np.cumsum(counts) - counts)[some]
            keys[some] += np.add.reduceat(kept.symbols * weights[kept.at], begin)
        distinct, first, of = np.unique(keys, return_index=True, return_inverse=True)
        return Signatures(tuple(distinct.tolist()), first, of)
    table = np.zeros((rows, longest + 1), np.uint32)
    table[:, 0] = days
    table[kept.rows, kept.at + 1] = kept.symbols
    view = table.view(f"V{table.itemsize * (longest + 1)}").ravel()
    distinct, first, of = np.unique(view, return_index=True, return_inverse=True)
    return Signatures(tuple(key.tobytes().rstrip(b"\0") for key in distinct), first, of)
