"""The columns of rows, from what is told of each pair of outcomes."""

from __future__ import annotations

from typing import Any

import numpy as np

from kg.audit.kernels.compiling import compiled, part

SPARE = 8
"""Letters that are copied at once."""

_1, _2, _3, _4, _5, _6, _7 = (np.uint64(n) for n in range(1, SPARE))


@compiled
def lay_out(
    pairs: Any, guidances: Any, verdicts: Any, combinations: Any, missing: Any, broken: Any, places: Any, which: Any,
    guidance: Any, verdict: Any, combination: Any, missing_lists: Any, broken_lists: Any,
) -> Any:  # fmt: skip
    """For each row, by its pair: the guidance, the verdict, the combination, and where its lists of what is missing and
    what is broken end. How many combinations there are, and how many texts and letters the lists of each kind have.

    `missing` and `broken` tell of each pair how many texts it has, the first of these, and their first letter and their
    letters. Combinations are numbered as they come, from 0: `which` has them in that order, `places` the number of each
    (-1 before it comes).
    """
    used, texts, size, more_texts, more_size = 0, 0, 0, 0, 0
    missing_lists[0], broken_lists[0] = 0, 0
    for i in range(len(pairs)):
        pair = pairs[i]
        guidance[i] = guidances[pair]
        verdict[i] = verdicts[pair]
        told = combinations[pair]
        place = places[told]
        if place < 0:
            place = used
            places[told] = used
            which[used] = told
            used += 1
        combination[i] = place
        texts += missing[pair, 0]
        size += missing[pair, 3]
        missing_lists[i + 1] = texts
        more_texts += broken[pair, 0]
        more_size += broken[pair, 3]
        broken_lists[i + 1] = more_texts
    return used, texts, size, more_texts, more_size


@part
def _copied(letters: Any, m: Any, out: Any, n: Any) -> None:
    """Copy some letters at once."""
    i, o = np.uint64(m), np.uint64(n)
    a, b, c, d = letters[i], letters[i + _1], letters[i + _2], letters[i + _3]
    e, f, g, h = letters[i + _4], letters[i + _5], letters[i + _6], letters[i + _7]
    out[o], out[o + _1], out[o + _2], out[o + _3] = a, b, c, d
    out[o + _4], out[o + _5], out[o + _6], out[o + _7] = e, f, g, h


@compiled
def spread(which: Any, listed: Any, text_start: Any, letters: Any, starts: Any, out: Any) -> None:
    """The texts of these lists: where each begins, and their letters. There are `SPARE` letters more, in and out."""
    at, to = 0, 0
    for i in range(len(which)):
        row = which[i]
        count, text, letter, size = listed[row, 0], listed[row, 1], listed[row, 2], listed[row, 3]
        # Most have one short text or none: it is copied in any case, and what is too much is written over by the next.
        starts[np.uint64(at)] = to
        _copied(letters, letter, out, to)
        if count > 1 or size > SPARE:
            for j in range(1, count):
                starts[at + j] = to + text_start[text + j] - letter
            for k in range(SPARE, size, SPARE):
                _copied(letters, letter + k, out, to + k)
        at += count
        to += size
    starts[at] = to
