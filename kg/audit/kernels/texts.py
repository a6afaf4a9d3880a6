"""Texts of Arrow arrays to numbers, by a table of the texts that were read before; and columns of numbers to lists."""

from __future__ import annotations

from typing import Any

import numpy as np

from kg.audit.kernels.compiling import compiled, part

NONE, IMPOSSIBLE, UNKNOWN = -1, -2, -3
"""In place of the number of a code: nothing stands there; what is no code; a text that is not in the table."""

LONGEST = 7
"""Bytes that a text in the table has at most: with its length it is one number of 64 bits."""


@part
def _packed(letters: Any, begin: Any, end: Any) -> Any:
    """A text and its length as one number, which is never 0 but for no text at all."""
    key = np.uint64(end - begin)
    for i in range(begin, end):
        key = (key << np.uint64(8)) | np.uint64(letters[i])
    return key << np.uint64(8 * (LONGEST - (end - begin)))


@part
def _at(key: Any, keys: Any) -> Any:
    """Where a key stands in the table, or the empty place where it belongs."""
    mask = len(keys) - 1
    at = np.int64((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)) & mask
    while keys[at] != 0 and keys[at] != key:
        at = (at + 1) & mask
    return at


@compiled
def enter(offsets: Any, letters: Any, numbers: Any, keys: Any, values: Any) -> None:
    """Put texts, none of them longer than `LONGEST` bytes, into the table, which has room for them."""
    for i in range(len(numbers)):
        key = _packed(letters, offsets[i], offsets[i + 1])
        at = _at(key, keys)
        keys[at] = key
        values[at] = numbers[i]


@compiled
def move(keys: Any, values: Any, more_keys: Any, more_values: Any) -> None:
    """Put all of a table into a larger one."""
    for i in range(len(keys)):
        if keys[i] != 0:
            at = _at(keys[i], more_keys)
            more_keys[at] = keys[i]
            more_values[at] = values[i]


@compiled
def look_up(offsets: Any, letters: Any, valid: Any, first: int, keys: Any, values: Any, found: Any) -> int:
    """The number of each text, and how many are not in the table. `valid` are bits from bit `first` on; empty: all."""
    unknown = 0
    for i in range(len(found)):
        j = first + i
        if len(valid) and not (valid[j >> 3] >> np.uint8(j & 7)) & np.uint8(1):
            found[i] = NONE
            continue
        begin, end = offsets[i], offsets[i + 1]
        number = UNKNOWN
        if begin == end:
            number = NONE
        elif end - begin <= LONGEST:
            key = _packed(letters, begin, end)
            at = _at(key, keys)
            if keys[at] != 0:
                number = values[at]
        unknown += number == UNKNOWN
        found[i] = number
    return unknown


@compiled
def take(indices: Any, valid: Any, first: int, table: Any, found: Any) -> None:
    """The number in `table` of each index; the last one for null."""
    if not len(valid):
        for i in range(len(found)):
            found[i] = table[np.uint32(indices[i])]
        return
    null = np.uint32(len(table) - 1)
    for i in range(len(found)):
        j = np.uint64(first + i)
        # Whether one is null is as good as random: to take a number in any case is faster than to ask.
        there = (valid[j >> np.uint64(3)] >> np.uint8(j & np.uint64(7))) & np.uint8(1)
        index = np.uint32(indices[i])
        found[i] = table[index if there else null]


@compiled
def gather(columns: Any, lengths: Any, touched: Any, numbers: Any) -> int:
    """Rows of columns of numbers as lists: how long each is, whether something in it was no code, and all numbers, row
    after row. How many there are. `numbers` has room for one more than the columns have.
    """
    n = np.uint64(0)
    width, rows = columns.shape
    for i in range(rows):
        before, odd = n, False
        for c in range(width):
            number = columns[c, i]
            numbers[n] = number  # written over by the next, if it is none
            n += np.uint64(number >= 0)
            odd |= number == IMPOSSIBLE
        lengths[i] = n - before
        touched[i] = odd
    return int(n)
