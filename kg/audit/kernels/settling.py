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
    told, first, valid, incomplete = 0, 0, False, False
    for at in range(count):
        row, to = np.uint64(at), np.uint64(told)
        episode, pair = rows.episode[row], rows.pair[row]
        verdict = verdicts[pair]
        rows.episode[to] = episode
        rows.pair[to] = pair
        rows.places[to, 0] = rows.places[row, 0]
        rows.places[to, 1] = rows.places[row, 1]
        told += verdict != LEFT_OUT
        valid |= verdict == VALID
        incomplete |= verdict == INCOMPLETE
        # Asked as one question, and answered without one where it can be: how many rows an episode has is not guessed.
        last = (at + 1 == count) | (rows.episode[np.uint64(min(at + 1, count - 1))] != episode)
        if last & valid & incomplete & (not everything):
            told = _without_explained(
                episode, first, told, rows, verdicts, keys, guidances, procedure, diagnosis, explained_start, explained,
                desk, places,
            )  # fmt: skip
        first = told if last else first
        valid, incomplete = valid & (not last), incomplete & (not last)
    return told


@part
def _without_explained(
    episode: Any, first: Any, told: Any, rows: Rows, verdicts: Any, keys: Any, guidances: Any, procedure: Side,
    diagnosis: Side, explained_start: Any, explained: Any, desk: Desk, places: Any,
) -> Any:  # fmt: skip
    """Leave of the rows of an episode, from `first` to `told`, those that no valid one explains; where they end."""
    words = places.shape[1] // 2
    for i in range(first, told):
        pair = rows.pair[i]
        if verdicts[pair] <= INCOMPLETE:
            found = places[i - first]
            one, two = keys[pair] >> 32, keys[pair] & _NUMBER
            if words == 1:
                found[0] = _chosen(rows.places[i, 0], one, explained_start, explained)
                found[1] = _chosen(rows.places[i, 1], two, explained_start, explained)
                continue
            found[:] = np.uint64(0)
            _explained(episode, guidances[pair], one, procedure, desk, explained_start, explained, found[:words])
            _explained(episode, guidances[pair], two, diagnosis, desk, explained_start, explained, found[words:])
    staying = first
    for i in range(first, told):
        stays = verdicts[rows.pair[i]] != INCOMPLETE or not _has_wider(first, told, i, rows, verdicts, places)
        desk.found[i - first] = stays
    for i in range(first, told):
        rows.pair[staying] = rows.pair[i]
        staying += desk.found[i - first]
    return staying


@part
def _chosen(places: Any, outcome: Any, start: Any, explained: Any) -> Any:
    """Of the places of a signature's codes, as bits, those that an outcome explains."""
    found, left, at = np.uint64(0), places, 0
    for i in range(start[outcome], start[outcome + 1]):  # in ascending order
        while at < explained[i]:
            left &= left - np.uint64(1)
            at += 1
        found |= left & (~left + np.uint64(1))
    return found


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
