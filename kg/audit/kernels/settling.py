"""Rows to those that are told: guidances that do not apply are left out, and incomplete ones that a valid one of the
same episode explains are set aside, as `check_all` does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kg.audit.kernels.arrays import Desk, Rows, Side
from kg.audit.kernels.compiling import compiled, part
from kg.audit.kernels.judging import HEADER, kept

VALID, INCOMPLETE, CONTRADICTED, LEFT_OUT = 0, 1, 2, 3


@compiled
def settle(
    rows: Rows,
    verdicts: Any,
    keys: Any,
    guidances: Any,
    everything: bool,
    procedure: Side,
    diagnosis: Side,
    explained_start: Any,
    explained: Any,
    desk: Desk,
    places: Any,
    told: Any,
) -> None:
    """Tell of each row whether it stays. `verdicts`, `keys` and `guidances` are by pairs of outcomes; the places that
    an outcome explains, among the codes of its signature, stand in `explained`. `places` has room for bits of the
    places of codes on both sides, for each guidance.
    """
    begin, words = 0, places.shape[1] // 2
    while begin < len(told):
        end, valid, incomplete = begin, 0, 0
        while end < len(told) and rows.episode[end] == rows.episode[begin]:
            verdict = verdicts[rows.pair[end]]
            told[end] = verdict != LEFT_OUT
            valid += verdict == VALID
            incomplete += verdict == INCOMPLETE
            end += 1
        if valid and incomplete and not everything:
            for i in range(begin, end):
                if verdicts[rows.pair[i]] <= INCOMPLETE:
                    found = places[i - begin]
                    found[:] = np.uint64(0)
                    pair = rows.pair[i]
                    one, two = keys[pair] >> 32, keys[pair] & 0xFFFFFFFF
                    _explained(
                        rows.episode[i], guidances[pair], one, procedure, desk, explained_start, explained,
                        found[:words],
                    )  # fmt: skip
                    _explained(
                        rows.episode[i], guidances[pair], two, diagnosis, desk, explained_start, explained,
                        found[words:],
                    )  # fmt: skip
            for i in range(begin, end):
                if verdicts[rows.pair[i]] == INCOMPLETE:
                    for j in range(begin, end):
                        if verdicts[rows.pair[j]] == VALID and _within(places[i - begin], places[j - begin]):
                            told[i] = False
                            break
        begin = end


@part
def _explained(
    episode: Any, guidance: Any, outcome: Any, side: Side, desk: Desk,
    start: Any, explained: Any, found: Any,
) -> None:  # fmt: skip
    """Mark the places of the codes that an outcome explains."""
    if start[outcome] == start[outcome + 1]:
        return
    kept(episode, guidance, side, desk.bits[0], desk)
    for i in range(start[outcome], start[outcome + 1]):
        place = desk.spots[HEADER + explained[i]]
        found[place >> 6] |= np.uint64(1) << np.uint64(place & 63)


@part
def _within(one: Any, other: Any) -> Any:
    more = np.uint64(0)
    for w in range(len(one)):
        more |= one[w] & ~other[w]
    return more == 0


@compiled
def sizes(which: Any, list_start: Any, text_start: Any, lists: Any) -> Any:
    """Where the lists of texts begin that stand for each number in `which`; and how many texts and letters they have.

    `list_start` tells of each number its texts, `text_start` of each text its letters.
    """
    texts, size = 0, 0
    for i in range(len(which)):
        begin, end = list_start[which[i]], list_start[which[i] + 1]
        texts += end - begin
        size += text_start[end] - text_start[begin]
        lists[i + 1] = texts
    return texts, size


@compiled
def spread(which: Any, list_start: Any, text_start: Any, letters: Any, starts: Any, out: Any) -> None:
    """The texts of these lists: where each begins, and their letters."""
    at, to = 0, 0
    for i in range(len(which)):
        for j in range(list_start[which[i]], list_start[which[i] + 1]):
            for k in range(text_start[j], text_start[j + 1]):
                out[to] = letters[k]
                to += 1
            at += 1
            starts[at] = to
