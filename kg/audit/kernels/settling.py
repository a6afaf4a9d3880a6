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

_NUMBER = 0xFFFFFFFF


@compiled
def settle(
    count: int,
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
) -> int:
    """Leave of the first `count` rows those that stay, and tell how many these are. `verdicts`, `keys` and `guidances`
    are by pairs of outcomes; the places that an outcome explains, among the codes of its signature, stand in
    `explained`. `places` has room for bits of the places of codes on both sides, for each guidance.
    """
    begin, told, words = 0, 0, places.shape[1] // 2
    while begin < count:
        episode, end = rows.episode[begin], begin
        valid, incomplete, first = 0, 0, told
        while end < count and rows.episode[end] == episode:
            pair = rows.pair[end]
            verdict = verdicts[pair]
            rows.episode[told] = episode
            rows.pair[told] = pair
            rows.lone[told] = rows.lone[end]
            told += verdict != LEFT_OUT
            valid += verdict == VALID
            incomplete += verdict == INCOMPLETE
            end += 1
        if valid and incomplete and not everything:
            for i in range(first, told):
                pair = rows.pair[i]
                if verdicts[pair] <= INCOMPLETE:
                    found = places[i - first]
                    found[:] = np.uint64(0)
                    one, two = keys[pair] >> 32, keys[pair] & _NUMBER
                    if rows.lone[i] >= 0:
                        outcome, half = (one, 0) if one else (two, words)
                        if explained_start[outcome] != explained_start[outcome + 1]:
                            found[half + (rows.lone[i] >> 6)] = np.uint64(1) << np.uint64(rows.lone[i] & 63)
                        continue
                    _explained(
                        episode, guidances[pair], one, procedure, desk, explained_start, explained, found[:words]
                    )
                    _explained(
                        episode, guidances[pair], two, diagnosis, desk, explained_start, explained, found[words:]
                    )
            staying = first
            for i in range(first, told):
                stays = verdicts[rows.pair[i]] != INCOMPLETE or not _has_wider(first, told, i, rows, verdicts, places)
                desk.found[i - first] = stays
            for i in range(first, told):
                rows.pair[staying] = rows.pair[i]
                staying += desk.found[i - first]
            told = staying
        begin = end
    return told


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
def _has_wider(first: Any, end: Any, row: Any, rows: Rows, verdicts: Any, places: Any) -> Any:
    """Whether a valid row of the episode explains all the codes that one explains."""
    for i in range(first, end):
        if verdicts[rows.pair[i]] == VALID and _within(places[row - first], places[i - first]):
            return True
    return False


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
