"""A lane: so many questions of a kind at once; the next ones wait for their turn, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from kg.errors import KgError

Gone = Callable[[], Awaitable[None]]
"""What ends when nobody waits for an answer any more."""


class GoneError(Exception):
    """Nobody waits for the answer any more."""


def _nothing() -> None:
    """There is nobody to tell."""


class Lane:
    """Places for `most` questions; at most `waiting` others wait for one, no longer than `seconds`. `changed` is called
    when one is taken or free again.
    """

    def __init__(self, most: int, waiting: int, seconds: float, changed: Callable[[], None]) -> None:
        self.used = 0
        """Places that are taken."""
        self._most, self._waiting, self._seconds = most, waiting, seconds
        self._changed = changed
        self._turns: deque[asyncio.Future[None]] = deque()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._turns)

    def enter(self, leaving: Lane | None = None) -> bool:
        """Take a place, and give that of another lane back; False where none is free."""
        if self.used >= self._most:
            return False
        self.used += 1
        if leaving is not None:
            leaving.leave()
        self._changed()
        return True

    def leave(self) -> None:
        """Give a place back: who waits longest has it."""
        self.used -= 1
        while self._turns and self.used < self._most:
            turn = self._turns.popleft()
            if not turn.done():
                self.used += 1
                turn.set_result(None)
        self._changed()

    async def wait(self, gone: Gone | None) -> None:
        """Wait for a place, and take it.

        Raises:
            KgError: KG-E1104, if too many wait, or too long; the fault that it was closed with. GoneError: nobody waits
            for the answer any more.
        """
        if len(self._turns) >= self._waiting:
            raise self._too_many(f"{self._waiting} others wait already.")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        watch = asyncio.ensure_future(gone()) if gone is not None else None
        self._turns.append(turn)
        try:
            waited = (turn,) if watch is None else (turn, watch)
            await asyncio.wait(waited, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave()
            raise
        finally:
            if turn.cancel():
                self._turns.remove(turn)
            given_up = watch is not None and watch.done()
            if watch is not None:
                watch.cancel()
        if turn.cancelled():
            raise GoneError if given_up else self._too_many(f"Its turn did not come within {self._seconds:g} s.")
        turn.result()  # or the fault that it was closed with

    def close(self, fault: KgError) -> None:
        """Send away who waits."""
        for turn in self._turns:
            if not turn.done():
                turn.set_exception(fault)
        self._turns.clear()
        self._changed = _nothing  # what it called holds it

    def _too_many(self, why: str) -> KgError:
        return KgError(
            "KG-E1104",
            f"{self._most} questions that take as long run already",
            why=why,
            hint="Come back in a few seconds, or make it cheaper.",
        )
