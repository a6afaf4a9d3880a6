"""One question while a worker is at it: cheap, then slowed down, then dear; `kg.serve.pool` tells what that means."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from kg.serve.link import Worker

if TYPE_CHECKING:
    from kg.serve.pool import Pool

Gone = Callable[[], Awaitable[None]]
"""What ends when nobody waits for an answer any more."""
_SURELY = 10  # times longer than it may take of the processor, and it counts as if it had


class LaterError(Exception):
    """A question is cheap no more, and as many of those are at work as may."""


class GoneError(Exception):
    """Nobody waits for the answer any more."""


class Turn:
    """One question while a worker is at it: what happens when it takes longer."""

    def __init__(
        self,
        pool: Pool,
        worker: Worker,
        reply: asyncio.Future[tuple[dict[str, Any], bytes]],
        gone: Gone | None,
        slow: bool,
    ) -> None:
        self.pool = pool
        self.worker = worker
        self.reply = reply
        self.gone = gone
        self.watch: asyncio.Future[None] | None = None
        self.slow = slow
        self.dear = False
        self.began = asyncio.get_running_loop().time()
        if slow:
            self._go_slowly()
        else:
            self._look_after(pool.limits.cheap_seconds)

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
        self._look_after(self.pool.limits.fast_seconds)

    def _look(self) -> None:
        """It may have taken longer than a cheap one, or than one that is not dear."""
        if self.reply.done():
            return
        limits, loop = self.pool.limits, asyncio.get_running_loop()
        bound = limits.fast_seconds if self.slow else limits.cheap_seconds
        if not self._has_taken(bound):
            self._look_after(bound)
        elif not self.slow:
            self.slow = self.pool.let_slow()
            if self.slow:
                self._go_slowly()
            else:
                self._stop(LaterError())
        elif self.pool.let_dear():
            self.dear = True
            self.timer = loop.call_at(self.began + limits.seconds, self._stop, self.pool.too_long())
        else:
            self._stop(self.pool.too_many_dear())

    def _has_taken(self, seconds: float) -> bool:
        """Whether it has taken so much of the processor, and did not only wait for it."""
        used, late = self.worker.used(), asyncio.get_running_loop().time() - self.began
        return used is None or used >= seconds or late > min(self.pool.limits.seconds, _SURELY * seconds)

    def _is_given_up(self, watch: asyncio.Future[None]) -> None:
        """The client has gone away."""
        if not watch.cancelled():
            self._stop(GoneError())
