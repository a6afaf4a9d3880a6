"""Episodes to the guidances that each could be about, found by the codes that lead these."""

from __future__ import annotations

from typing import Any

import numpy as np

from kg.audit.kernels.arrays import Desk, Leads, Side
from kg.audit.kernels.compiling import compiled, part

BLOCK = 2048
"""Episodes whose leading codes are looked up together: few enough for what is found to stay near the processor."""

HALF = np.uint64(32)
LOWER = np.uint64(0xFFFFFFFF)
"""The halves of marks."""

_END = 0x7FFFFFFF
UNDECIDED = 0xFFFFFFFF
"""In place of where a guidance stands in `Leads.guidances`, of one that is undecided."""

_FEW = 64  # guidances of one episode that are sorted by insertion


@part
def leading(begin: Any, end: Any, side: Side, desk: Desk) -> None:
    """The places of the codes of some episodes that lead any guidance, in `desk.hits`, and one more behind all.

    Most lead nothing: to write each down, and over it where it leads nothing, is faster than to guess.
    """
    n = np.uint64(0)
    for i in range(np.int64(side.entries.starts[begin]), np.int64(side.entries.starts[end])):
        desk.hits[n] = i
        n += np.uint64(side.leads.some[side.entries.codes[np.uint64(i)]])
    desk.hits[n] = _END


@part
def _led(code: Any, place: Any, leads: Leads, mark: Any, n: Any, decided: bool, desk: Desk) -> Any:
    """Guidances that a code leads and that are not among the `n` found: how many are found then."""
    for j in range(np.int64(leads.start[code]), np.int64(leads.start[np.uint64(code) + np.uint64(1)])):
        guidance = leads.guidances[np.uint64(j)]
        if desk.seen[guidance] != mark:
            desk.seen[guidance] = mark
            desk.led[guidance, 0] = code
            desk.led[guidance, 1] = place
            desk.led[guidance, 2] = j if decided else UNDECIDED
            desk.found[np.uint64(n)] = guidance
            n += 1
    return n


@part
def _sorted(numbers: Any, n: Any) -> None:
    """Sort the first numbers, few of them by insertion, many by halves that grow (heapsort)."""
    if n <= _FEW:
        for i in range(1, n):
            one, j = numbers[i], i - 1
            while j >= 0 and numbers[j] > one:
                numbers[j + 1] = numbers[j]
                j -= 1
            numbers[j + 1] = one
        return
    for k in range(n + n // 2 - 1, 0, -1):
        begin, size = (k - n, n) if k >= n else (0, k)
        if k < n:
            numbers[0], numbers[k] = numbers[k], numbers[0]
        root = begin
        while 2 * root + 1 < size:
            child = 2 * root + 1
            if child + 1 < size and numbers[child] < numbers[child + 1]:
                child += 1
            if numbers[root] >= numbers[child]:
                break
            numbers[root], numbers[child] = numbers[child], numbers[root]
            root = child


@part
def places(episode: Any, side: Side) -> Any:
    """Where the codes of an episode begin and end."""
    at = np.uint64(episode)
    return np.int64(side.entries.starts[at]), np.int64(side.entries.starts[at + np.uint64(1)])


@part
def gives(episode: Any, side: Side) -> Any:
    """Whether an episode has codes."""
    begin, end = places(episode, side)
    return begin != end


@part
def candidates(episode: Any, hit: Any, procedure: Side, diagnosis: Side, undecided: Leads, desk: Desk) -> Any:
    """The guidances that a record could be about (`kg.reason.candidates`), in order: how many there are, and which of
    `desk.hits` is the next one's. `hit` is the first of this one's, if it has any.
    """
    n = 0
    begin, end = places(episode, procedure)
    first, last = places(episode, diagnosis)
    if begin != end:
        while desk.hits[np.uint64(hit)] < end:
            i = desk.hits[np.uint64(hit)]
            n = _led(procedure.entries.codes[i], np.int64(i) - begin, procedure.leads, episode, n, True, desk)
            hit += 1
        if len(undecided.guidances):
            for i in range(first, last):
                n = _led(diagnosis.entries.codes[np.uint64(i)], i - first, undecided, episode, n, False, desk)
    else:
        for i in range(first, last):
            n = _led(diagnosis.entries.codes[np.uint64(i)], i - first, diagnosis.leads, episode, n, True, desk)
    _sorted(desk.found, n)
    return n, hit


@compiled
def touched(procedure: Side, diagnosis: Side, undecided: Leads, desk: Desk, marks: Any) -> None:
    """Mark the guidances that any episode of the batch could be about."""
    desk.seen[:] = -1
    episodes = len(procedure.entries.starts) - 1
    for block in range(0, episodes, BLOCK):
        stop = min(block + BLOCK, episodes)
        leading(block, stop, procedure, desk)
        hit = 0
        for episode in range(block, stop):
            n, hit = candidates(episode, hit, procedure, diagnosis, undecided, desk)
            for i in range(n):
                marks[desk.found[i]] = True


@part
def near(episode: Any, side: Side) -> Any:
    """The marks of an episode's codes, and those that more than one of them has."""
    some, more = np.uint64(0), np.uint64(0)
    begin, end = places(episode, side)
    for i in range(begin, end):
        mark = side.codes.marks[side.entries.codes[np.uint64(i)]]
        more |= some & mark
        some |= mark
    return some, more


@part
def near_any(episode: Any, side: Side) -> Any:
    """The marks of an episode's codes."""
    some = np.uint64(0)
    begin, end = places(episode, side)
    for i in range(begin, end):
        some |= side.codes.marks[side.entries.codes[np.uint64(i)]]
    return some


@part
def looks_at(guidance: Any, side: Side, marks: Any) -> Any:
    """Whether a side may look at a code that has some of these marks: it has both that stand for one category."""
    found = marks & side.sides.marks[guidance]
    return (found & LOWER != 0) & (found >> HALF != 0)


@part
def others(code: Any, side: Side, some: Any, more: Any) -> Any:
    """The marks of the other codes of an episode than one, by what `near` says of all."""
    return more | (some & ~side.codes.marks[code])
