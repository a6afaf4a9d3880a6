"""Work on many things at a time, with the results in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

from kg.guidance.readers import bounded

Thing = TypeVar("Thing")
Result = TypeVar("Result")

FEW = 8
"""Things that are done here sooner than processes are ready for them."""

_AHEAD = 16  # results that may wait for a slow one before them, for each process


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def side_by_side(work: Callable[[Thing], Result], things: Iterable[Thing], jobs: int) -> Iterator[Result]:
    """The results of work on each thing, in order, `jobs` at a time. The work asks bounded rooms, a thread each.

    Ctrl-C, or whatever else ends it early, ends the rooms that are being asked.
    """
    rest = iter(things)
    running: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(jobs)
    try:
        running.extend(pool.submit(work, thing) for thing in islice(rest, jobs * _AHEAD))
        while running:
            result = running.popleft().result()
            running.extend(pool.submit(work, thing) for thing in islice(rest, 1))
            yield result
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        begun = [future for future in running if not future.cancelled()]
        # A thread may ask a room after a first stop: until all have ended.
        while wait(begun, 0).not_done:
            bounded.stop()
            wait(begun, 0.05)
