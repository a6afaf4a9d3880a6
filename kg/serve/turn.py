"""One question while a worker is at it: cheap, then slowed down, then dear; `kg.serve.pool` tells what that means."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kg.serve.lane import Gone, GoneError, Lane
from kg.serve.link import Worker
from kg.serve.messages import Message

if TYPE_CHECKING:
    from kg.serve.pool import Pool

_SURELY = 10  # times longer than it may take of the processor, and it counts as if it had


class LaterError(Exception):
    """A question takes longer, and as many of those are at work as may: it has to wait for a place in `lane`."""

    def __init__(self, lane: Lane) -> None:
        super().__init__()
        self.lane = lane


class Turn:
    """One question while a worker is at it: what happens when it takes longer."""

    def __init__(
        self,
        pool: Pool,
        worker: Worker,
        reply: asyncio.Future[Message],
        gone: Gone | None,
        lane: Lane | None,
    ) -> None:
        self.pool = pool
        self.worker = worker
        self.reply = reply
        self.gone = gone
        self.watch: asyncio.Future[None] | None = None
        self.lane = lane
        """The one that it has a place in; None while it is cheap."""
        self.delayed: float | None = None
        """What its worker had waited for the processor when it was looked at first."""
        self.began = asyncio.get_running_loop().time()
        if lane is None:
            self._look_after(pool.limits.cheap_seconds)
        else:
            self._go_slowly()

    def end(self) -> None:
        """It is over, in whatever way."""
        self.timer.cancel()
        if self.watch is not None:
            self.watch.cancel()

    def _stop(self, why: Exception) -> None:
        """Stop it, unless it is answered."""
        if not self.reply.done():
            self.reply.set_exception(why)

    def _look_after(self, seconds: float) -> None:
        self.timer = asyncio.get_running_loop().call_later(seconds, self._look)

    def _go_slowly(self) -> None:
        """Let others go first from now on, and see whether somebody still waits for the answer."""
        self.worker.yield_processor()
        if self.gone is not None:
            self.watch = asyncio.ensure_future(self.gone())
            self.watch.add_done_callback(self._is_given_up)
        if self.lane is self.pool.dear:
            self._go_on()
        else:
            self._look_after(self.pool.limits.fast_seconds)

    def _go_on(self) -> None:
        """Take the time that a question may take."""
        end = self.began + self.pool.limits.seconds
        self.timer = asyncio.get_running_loop().call_at(end, self._stop, self.pool.too_long())

    def _look(self) -> None:
        """It may have taken longer than a cheap one, or than one that is not dear."""
        if self.reply.done():
            return
        limits, slow, dear = self.pool.limits, self.pool.slow, self.pool.dear
        bound = limits.cheap_seconds if self.lane is None else limits.fast_seconds
        if not self._has_taken(bound):
            self._look_after(bound)
        elif self.lane is None:
            if not slow.enter():
                self._stop(LaterError(slow))
            else:
                self.lane = slow
                self._go_slowly()
        elif dear.enter(leaving=slow):
            self.lane = dear
            self._go_on()
        else:
            self._stop(LaterError(dear))

    def _has_taken(self, seconds: float) -> bool:
        """Whether it has taken so much of the processor, or so long, and did not only wait for the processor."""
        used, late = self.worker.used(), asyncio.get_running_loop().time() - self.began
        if used is None or used >= seconds or late > self.pool.limits.seconds:
            return True
        if self.lane is None:  # those that are cheap no more wait by design: others go first
            delayed = self.worker.delayed()
            if self.delayed is None:
                self.delayed = delayed
            late -= delayed - self.delayed
        return late > _SURELY * seconds

    def _is_given_up(self, watch: asyncio.Future[None]) -> None:
        """The client has gone away."""
        if not watch.cancelled():
            self._stop(GoneError())
