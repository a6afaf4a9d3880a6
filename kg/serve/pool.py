"""The workers: how a question finds one, what it may cost, and what becomes of a worker that dies.

A question is asked of a worker of the fast lane. Once it has taken `cheap_seconds` of the processor it is cheap no
more: its worker leaves the lane (a fresh one takes its place) and from then on gets of the processor what others leave.
Of such, `slow` go on at once; where as many do, it is stopped, waits for its turn, and is asked again. One that then
takes `fast_seconds` is a dear one and may go on for its time; where `dear` of them run, it waits for its turn likewise.
Who waits longer than a question may take is refused. So cheap questions wait for none of them. A worker that has been
slowed down, is stopped or dies is replaced by a copy of the pool's stem; nobody else notices.

There are two pools of a release: one for SPARQL, one for the API (`kg.serve.crew`).
"""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from kg.errors import KgError
from kg.serve.crew import Crew
from kg.serve.lane import Gone, GoneError, Lane
from kg.serve.limits import MEGABYTE
from kg.serve.link import Stem, Worker
from kg.serve.messages import Message, Question, head_of
from kg.serve.turn import LaterError, Turn

_TRIES = 3
_NOT_ITS_FAULT = (-signal.SIGKILL, None)  # killed; or, on a machine with too much to do, nobody told how it ended
_AGAIN_SECONDS = 0.5
_LOOKS, _SHORTEST_PACE = 4, 0.001  # looks at what runs in `cheap_seconds`, and the seconds between two at least


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of an answer and their media type; or a fault, as the worker told it."""

    media: str
    body: bytes
    fault: dict[str, Any] | None = None
    text: str = ""
    status: int = 200
    empty: bool = False
    """A graph without a triple."""


def answer_of(message: Message) -> Answer:
    """What a worker said, as an answer or its fault."""
    told = head_of(message.head)
    if "fault" in told:
        return Answer("", b"", told["fault"], told["text"], told["status"])
    return Answer(told["media"], message.body, empty=told.get("empty", False))


class _KilledFromOutsideError(Exception):
    """A worker was killed, and not by a limit."""


class Pool:
    """The workers that answer one kind of question to one release."""

    def __init__(self, crew: Crew) -> None:
        limits = self.limits = crew.limits
        self._crew = crew
        self._idle: deque[Worker] = deque()
        self._all: set[Worker] = set()
        self._queue: deque[asyncio.Future[Worker]] = deque()
        self._stem: asyncio.Task[Stem] | None = None
        self._starting: set[asyncio.Task[None]] = set()
        self._coming = 0
        self.slow, self.dear = (
            Lane(most, limits.waiting, limits.seconds, self._fill) for most in (limits.slow, limits.dear)
        )
        self._busy = 0
        self._turns: set[Turn] = set()
        self._clock: asyncio.TimerHandle | None = None
        self._expected = 0.0
        self.stalled = 0.0
        """Seconds that the clock has come late while something ran: this process had to wait for the processor."""
        self._pace = max(limits.cheap_seconds / _LOOKS, _SHORTEST_PACE)
        self.loop = asyncio.get_running_loop()
        self._closed = False
        self.replaced = 0
        self.stopped = 0

    async def open(self) -> None:
        """Start the workers; the first is there when this returns, the others follow."""
        self._give(await self._new())
        (await self._grown()).warm()
        self._fill()

    @property
    def isolated(self) -> bool:
        """Whether the workers are cut off from the network."""
        return self._is_grown and self._stem is not None and self._stem.result().isolated

    @property
    def opening(self) -> float:
        """Seconds that opening the release took."""
        return self._stem.result().opening if self._is_grown and self._stem is not None else 0.0

    @property
    def figures(self) -> dict[str, int]:
        """What goes on, for the operator."""
        return {
            "workers": len(self._all),
            "idle": len(self._idle),
            "waiting": len(self._queue) + len(self.slow) + len(self.dear),
            "slow": self.slow.used,
            "dear": self.dear.used,
            "replaced": self.replaced,
            "stopped": self.stopped,
        }

    async def ask(self, question: Question, gone: Gone | None = None, turn: Turn | None = None) -> Answer:
        """The answer to a question, as its module takes it; with `turn`, of one that was begun (`begin`) and is over.

        When `gone` ends, nobody waits for the answer any more; it is begun for a question only that is not cheap.

        Raises:
            KgError: KG-E1101 (time), KG-E1102 (memory, or the engine ended), KG-E1104 (too many wait, or too long).
            GoneError.
        """
        lane: Lane | None = None
        tries = 0
        while tries < _TRIES:
            turn = turn or await self._turn(question, gone, lane)
            try:
                return await self._answer_of(turn)
            except _KilledFromOutsideError:
                lane, tries = None, tries + 1  # not the question's fault: another worker answers it
            except LaterError as later:
                lane = later.lane
                await lane.wait(gone)
            turn = None
        raise self._died()

    def begin(self, question: Question, gone: Gone | None, over: Callable[[Turn], None]) -> bool:
        """Ask a question at once where a worker is free, and False where none is. `over` gets its turn when that is
        over; where its outcome is no message, `ask` goes on with it.
        """
        if not self._idle or not self._idle[0].alive:
            return False
        self._asked(self._idle.popleft(), question, gone, None, over)
        return True

    async def _turn(self, question: Question, gone: Gone | None, lane: Lane | None) -> Turn:
        """A turn that is over."""
        try:
            worker = self._idle.popleft() if self._idle and self._idle[0].alive else await self._take()
        except BaseException:
            if lane is not None:
                lane.leave()
            raise
        over: asyncio.Future[Turn] = self.loop.create_future()

        def tell(turn: Turn) -> None:
            if not over.done():
                over.set_result(turn)

        turn = self._asked(worker, question, gone, lane, tell)
        try:
            return await over
        except asyncio.CancelledError:
            turn.stop(GoneError())
            raise

    def _asked(
        self, worker: Worker, question: Question, gone: Gone | None, lane: Lane | None, over: Callable[[Turn], None]
    ) -> Turn:
        self._busy += 1
        turn = Turn(self, worker, question, gone, lane, over)
        if turn.outcome is None:
            self._turns.add(turn)
            self._wind()
        return turn

    def _look(self) -> None:
        """Look at the turns that are due; there is one clock for all."""
        self._clock = None
        now = self.loop.time()
        self.stalled += max(0.0, now - self._expected)
        try:
            for turn in [each for each in self._turns if each.due <= now]:
                turn.look()
        finally:
            self._wind()

    def _wind(self) -> None:
        if self._clock is None and self._turns:
            self._expected = self.loop.time() + self._pace
            self._clock = self.loop.call_later(self._pace, self._look)

    def ended(self, turn: Turn) -> None:
        """A turn is over: its worker is free, or replaced. How one came to die is asked before (`_answer_of`)."""
        self._turns.discard(turn)
        if not isinstance(turn.outcome, ConnectionError):
            self._let_go(turn)

    def _let_go(self, turn: Turn) -> None:
        self._busy -= 1
        if turn.lane is not None:
            turn.lane.leave()
        said = turn.outcome if isinstance(turn.outcome, Message) else None
        # One that was slowed down cannot be made quick again, and may have taken much memory.
        if said is not None and turn.lane is None and not head_of(said.head).get("worn", False):
            self._give(turn.worker)
        else:
            self._end(turn.worker)
            self.stopped += said is None
            self._fill()

    async def _answer_of(self, turn: Turn) -> Answer:
        """The answer that a turn came to.

        Raises:
            Exception: what it came to instead.
        """
        outcome = turn.outcome
        try:
            if isinstance(outcome, Message):
                return answer_of(outcome)
            if not isinstance(outcome, ConnectionError):
                raise outcome or RuntimeError("the turn is not over")
            self.replaced += 1
            try:
                was_killed = await turn.worker.ended() in _NOT_ITS_FAULT
            finally:
                self._let_go(turn)
            raise _KilledFromOutsideError if was_killed else self._died()
        finally:
            # A fault holds this frame, and these would hold the fault: together they stay until garbage is looked for.
            turn.outcome = None
            del outcome, turn

    async def drain(self) -> None:
        """Take no more questions, wait for those that run, and end the workers."""
        self._closed = True
        while self._busy:
            await asyncio.sleep(0.01)
        self.close()

    def close(self) -> None:
        """End all workers now."""
        self._closed = True
        if self._clock is not None:
            self._clock.cancel()
        for task in self._starting:
            task.cancel()
        for worker in self._all:
            worker.kill()
        if self._stem is not None:
            if self._is_grown:
                self._stem.result().kill()
            self._stem.cancel()
        self._all.clear()
        self._idle.clear()
        fault = KgError("KG-E1107", "the server is going away", hint="Ask again.")
        for turn in self._queue:
            if not turn.done():
                turn.set_exception(fault)
        for lane in (self.slow, self.dear):
            lane.close(fault)

    async def _take(self) -> Worker:
        if self._closed:
            raise KgError("KG-E1107", "the release has been replaced", hint="Ask again.")
        while self._idle:
            worker = self._idle.popleft()
            if worker.alive:
                return worker
            self._end(worker)
            self.replaced += 1
            self._fill()
        if len(self._queue) >= self.limits.waiting:
            raise KgError(
                "KG-E1104",
                f"{self.limits.waiting} questions wait already",
                why="Each may cost no more than its share, and all workers are at it.",
                hint="Come back in a second.",
            )
        turn: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give(turn.result())
            raise

    def _give(self, worker: Worker) -> None:
        """A worker is free: to whoever waits longest, else to the others that are idle."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(worker)
                return
        self._idle.append(worker)

    def _fill(self) -> None:
        """Start workers until the fast lane has as many as it should and a spare, besides those that have left it."""
        left = self.slow.used + self.dear.used
        while not self._closed and len(self._all) + self._coming - left < self.limits.fast + self.limits.spare:
            self._coming += 1
            task = asyncio.get_running_loop().create_task(self._start())
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def _start(self) -> None:
        """A worker more, however often it has to be tried: the machine may be short of memory for a while."""
        while not self._closed:
            try:
                worker = await self._new()
            except ConnectionError:
                continue  # the stem has ended: there will be another
            except (KgError, OSError):
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                self._coming -= 1
                self._give(worker)
                return

    async def _new(self) -> Worker:
        worker = await (await self._grown()).copy()
        self._all.add(worker)
        worker.link.when_lost = partial(self._is_lost, worker)
        return worker

    def _is_lost(self, worker: Worker) -> None:
        """A worker has died; who waits for an answer of it sees to it."""
        if worker in self._idle:
            self._idle.remove(worker)
            self._end(worker)
            self.replaced += 1
            self._fill()

    @property
    def _is_grown(self) -> bool:
        stem = self._stem
        return stem is not None and stem.done() and not stem.cancelled() and stem.exception() is None

    async def _grown(self) -> Stem:
        """The stem of which workers are copies, started where there is none (yet, or any more)."""
        if self._stem is None or (self._stem.done() and (not self._is_grown or self._stem.result().lost)):
            start = self._grow(again=self._stem is not None)
            self._stem = asyncio.get_running_loop().create_task(start)
        return await asyncio.shield(self._stem)

    async def _grow(self, *, again: bool) -> Stem:
        stem = await Stem.start(self._crew.begun())
        if again:
            stem.warm()  # before its first copy: what is cheap for those that are left must not be dear for new ones
        return stem

    def _end(self, worker: Worker) -> None:
        self._all.discard(worker)
        worker.kill()

    def too_long(self) -> KgError:
        """The fault of a question whose time is up."""
        return KgError(
            "KG-E1101",
            f"stopped after {self.limits.seconds:g} s",
            why=f"A question may take {self.limits.seconds:g} s here.",
            hint=self._crew.cheaper,
        )

    def _died(self) -> KgError:
        return KgError(
            "KG-E1102",
            "the question ended its worker",
            why=f"It took more than {self.limits.memory // MEGABYTE:,} MB of memory, or was too deep for the engine.",
            hint="Ask for less at once: sorting and grouping hold all rows in memory.",
        )
