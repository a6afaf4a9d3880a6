"""Identifiers of episodes: whether one lacks, and which stand twice, by salted hashes."""

from __future__ import annotations

from typing import Any

import numpy as np

from kg.audit.kernels.compiling import compiled, part

PARTS = 64
"""Hashes are put into so many parts, by their first bits, each of which is small enough to be looked through."""


@compiled
def may_lack(offsets: Any, letters: Any) -> bool:
    """Whether a text could be empty or blank: it is, or begins with a space or what may be one."""
    for i in range(len(offsets) - 1):
        if offsets[i] == offsets[i + 1] or letters[offsets[i]] <= 0x20 or letters[offsets[i]] >= 0x80:
            return True
    return False


@part
def _mixed(h: Any, word: Any) -> Any:
    h = (h ^ word) * np.uint64(0xFF51AFD7ED558CCD)
    return h ^ (h >> np.uint64(32))


@compiled
def hashed(offsets: Any, letters: Any, salt: Any, found: Any) -> None:
    """The hash of each text, which nobody can tell without the salt; never 0."""
    for i in range(len(found)):
        begin, end = np.int64(offsets[i]), np.int64(offsets[i + 1])
        h = _mixed(salt, np.uint64(end - begin))
        while begin < end:
            word, stop = np.uint64(0), min(begin + 8, end)
            while begin < stop:
                word = (word << np.uint64(8)) | np.uint64(letters[begin])
                begin += 1
            h = _mixed(h, word)
        h = _mixed(_mixed(h, salt), salt >> np.uint64(7))
        found[i] = h if h != 0 else np.uint64(1)


@compiled
def sizes(hashes: Any, ends: Any) -> None:
    """Where each part of the hashes ends."""
    for h in hashes:
        ends[np.int64(h >> np.uint64(58))] += 1
    for i in range(1, PARTS):
        ends[i] += ends[i - 1]


@compiled
def parted(hashes: Any, ends: Any, found: Any) -> None:
    """The hashes, part after part; `ends` are where parts begin, afterwards."""
    for i in range(len(hashes) - 1, -1, -1):
        where = np.int64(hashes[i] >> np.uint64(58))
        ends[where] -= 1
        found[ends[where]] = hashes[i]


@compiled
def doubled(hashes: Any, seen: Any) -> int:
    """How many of the hashes stood before; `seen` is zeros, twice as many at least, a power of two."""
    mask, found = len(seen) - 1, 0
    for h in hashes:
        at = np.int64(h & np.uint64(0x7FFFFFFFFFFFFFFF)) & mask
        while seen[at] != 0 and seen[at] != h:
            at = (at + 1) & mask
        found += seen[at] == h
        seen[at] = h
    return found
