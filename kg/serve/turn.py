"""One question while a worker is at it: cheap, then slowed down, then dear; `kg.serve.pool` tells what that means."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from kg.serve.lane import Gone, GoneError, Lane
from kg.serve.link import Worker
from kg.serve.messages import Message, Question

if TYPE_CHECKING:
    from kg.serve.pool import Pool

_SURELY = 10  # times longer than it may take of the processor, and it counts as if it had


class LaterError(Exception):
    """A question takes longer, and as many of those are at work as may: it has to wait for a place in `lane`."""

    def __init__(self, lane: Lane) -> None:
        super().__init__()
        self.lane = lane


class Turn:
    """One question while a worker is at it. `over` is called once, with the turn, when there is an outcome: by whoever
    brings it, with no task or future between, since nearly all are over before they are looked at (`look`).
    """

    __slots__ = ("began", "delayed", "due", "gone", "lane", "outcome", "over", "pool", "stalled", "watch", "worker")

    def __init__(
        self,
        pool: Pool,
        worker: Worker,
        question: Question,
        gone: Gone | None,
        lane: Lane | None,
        over: Callable[[Turn], None],
    ) -> None:
        self.pool, self.worker, self.gone, self.over = pool, worker, gone, over
        self.outcome: Message | Exception | None = None
        """What the worker said; `ConnectionError` if it died, else why it was stopped."""
        self.watch: asyncio.Future[None] | None = None
        self.lane = lane
        """The one that it has a place in; None while it is cheap."""
        self.delayed: float | None = None
        """What its worker had waited for the processor when it was looked at first."""
        self.stalled = pool.stalled
        """How late the pool's clock had come when it began."""
        self.began = pool.loop.time()
        self.due = self.began + pool.limits.cheap_seconds
        """When it is to be looked at."""
        if lane is not None:
            self._go_slowly()
        worker.link.ask(question, self)

    def answered(self, message: Message) -> None:
        """The worker has said something."""
        self.worker.spent = message.spent
        self._end(message)

    def lost(self) -> None:
        """The worker is gone."""
        self._end(ConnectionError("the worker is gone"))

    def stop(self, why: Exception) -> None:
        """Stop it, unless it is over."""
        self._end(why)

    def _end(self, outcome: Message | Exception) -> None:
        if self.over is _nothing:
            return
        over, self.over = self.over, _nothing
        self.outcome = outcome
        if self.watch is not None:
            self.watch.cancel()
        self.pool.ended(self)
        over(self)

    def _go_slowly(self) -> None:
        """Let others go first from now on, and see whether somebody still waits for the answer."""
        self.worker.yield_processor()
        if self.gone is not None:
            self.watch = asyncio.ensure_future(self.gone())
            self.watch.add_done_callback(self._is_given_up)
        if self.lane is self.pool.dear:
            self._go_on()
        else:
            self.due = self.pool.loop.time() + self.pool.limits.fast_seconds

    def _go_on(self) -> None:
        """Take the time that a question may take."""
        self.due = self.began + self.pool.limits.seconds

    def look(self) -> None:
        """It is due: it may have taken longer than a cheap one, than one that is not dear, or than any may."""
        limits, slow, dear = self.pool.limits, self.pool.slow, self.pool.dear
        bound = limits.cheap_seconds if self.lane is None else limits.fast_seconds
        if self.lane is dear:
            self.stop(self.pool.too_long())
        elif not self._has_taken(bound):
            self.due = self.pool.loop.time() + bound
        elif self.lane is None:
            if not slow.enter():
                self.stop(LaterError(slow))
            else:
                self.lane = slow
                self._go_slowly()
        elif dear.enter(leaving=slow):
            self.lane = dear
            self._go_on()
        else:
            self.stop(LaterError(dear))

    def _has_taken(self, seconds: float) -> bool:
        """Whether it has taken so much of the processor, or so long, and nobody only waited for the processor."""
        used, late = self.worker.used(), self.pool.loop.time() - self.began
        if used is None or used >= seconds or late > self.pool.limits.seconds:
            return True
        if self.lane is None:  # those that are cheap no more wait by design: others go first
            delayed = self.worker.delayed()
            if self.delayed is None:
                self.delayed = delayed
            late -= delayed - self.delayed + self.pool.stalled - self.stalled
        return late > _SURELY * seconds

    def _is_given_up(self, watch: asyncio.Future[None]) -> None:
        """The client has gone away."""
        if not watch.cancelled():
            self.stop(GoneError())


def _nothing(turn: Turn) -> None:
    """It has been told."""
