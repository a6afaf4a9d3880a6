"""The workers: how a question finds one, what it may cost, and what becomes of a worker that dies.

Two lanes. Each question begins in the fast lane. One that is not answered within `fast_seconds` is a dear one: its
worker leaves the fast lane (a spare takes its place) and yields the processor to the others; where as many dear ones
run as may, it is stopped instead, and told so. So cheap questions never wait for dear ones. A worker that is stopped or
dies is replaced; nobody else notices.

There are two pools of a release: one for SPARQL, one for the API (`Crew`).
"""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kg.errors import KgError
from kg.serve.limits import MEGABYTE, Limits
from kg.serve.link import Worker

_TRIES = 3
_SURELY = 10  # times longer than a cheap one, and it is dear however little of the processor it got
_AGAIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of an answer and their media type; or a fault, as the worker told it."""

    media: str
    body: bytes
    fault: dict[str, Any] | None = None
    text: str = ""
    status: int = 200
    triples: int = 0


@dataclass(frozen=True, slots=True)
class Crew:
    """What the workers of a pool are: the module that they run, what it is told, and how a question is made cheaper.

    A worker that has answered a dear question has taken memory and was slowed down: another takes its place. With
    `keeps` it is not slowed down and goes on: for workers that are dear to start.
    """

    module: str
    options: Mapping[str, Any]
    cheaper: str
    keeps: bool = False


class _KilledFromOutsideError(Exception):
    """A worker was killed, and not by a limit."""


class GoneError(Exception):
    """Nobody waits for the answer any more."""


class _Turn:
    """One question while a worker is at it: what happens when its time is up."""

    def __init__(
        self,
        pool: Pool,
        worker: Worker,
        reply: asyncio.Future[tuple[dict[str, Any], bytes]],
        gone: Callable[[], Awaitable[None]] | None,
    ) -> None:
        self.pool = pool
        self.worker = worker
        self.reply = reply
        self.gone = gone
        self.watch: asyncio.Future[None] | None = None
        self.dear = False
        self.began = asyncio.get_running_loop().time()
        self.timer: asyncio.TimerHandle

    def is_dear(self) -> None:
        """It has taken longer than a cheap one."""
        if self.reply.done():
            return
        if not self.pool.slow_down(self.worker):
            self._wait_or_refuse()
            return
        self.dear = True
        if self.gone is not None:
            self.watch = asyncio.ensure_future(self.gone())
            self.watch.add_done_callback(self.is_given_up)
        limits = self.pool.limits
        loop = asyncio.get_running_loop()
        self.timer = loop.call_at(self.began + limits.seconds, self.is_over)

    def _wait_or_refuse(self) -> None:
        """As many dear ones run as may: this one is refused, unless it has only waited for a processor."""
        loop, limits = asyncio.get_running_loop(), self.pool.limits
        used = self.worker.used()
        late = loop.time() - self.began > min(limits.seconds, _SURELY * limits.fast_seconds)
        if late or used is None or used >= limits.fast_seconds:
            self.reply.set_exception(self.pool.too_many_dear())
        else:
            self.timer = loop.call_later(limits.fast_seconds, self.is_dear)

    def is_given_up(self, watch: asyncio.Future[None]) -> None:
        """The client has gone away."""
        if not watch.cancelled() and not self.reply.done():
            self.reply.set_exception(GoneError())

    def is_over(self) -> None:
        """It has taken longer than any may."""
        if not self.reply.done():
            self.reply.set_exception(self.pool.too_long())


class Pool:
    """The workers that answer one kind of question to one release."""

    def __init__(self, crew: Crew, limits: Limits) -> None:
        self.limits = limits
        self._crew = crew
        self._idle: deque[Worker] = deque()
        self._all: set[Worker] = set()
        self._queue: deque[asyncio.Future[Worker]] = deque()
        self._starting: set[asyncio.Task[None]] = set()
        self._coming = 0
        self._dear = 0
        self._busy = 0
        self._closed = False
        self.replaced = 0
        self.stopped = 0

    async def open(self) -> None:
        """Start the workers; the first is there when this returns, the others follow."""
        self._give(await self._new())
        self._fill()

    @property
    def isolated(self) -> bool:
        """Whether the workers are cut off from the network."""
        return bool(self._all) and all(worker.isolated for worker in self._all)

    @property
    def opening(self) -> float:
        """Seconds that a worker took to open the release, of those at work the longest."""
        return max((worker.opening for worker in self._all), default=0.0)

    @property
    def figures(self) -> dict[str, int]:
        """What goes on, for the operator."""
        return {
            "workers": len(self._all),
            "idle": len(self._idle),
            "waiting": len(self._queue),
            "dear": self._dear,
            "replaced": self.replaced,
            "stopped": self.stopped,
        }

    async def ask(
        self, head: Mapping[str, Any], body: bytes = b"", gone: Callable[[], Awaitable[None]] | None = None
    ) -> Answer:
        """The answer to a question, as its module takes it.

        When `gone` ends, nobody waits for the answer any more; it is begun for a dear question only.

        Raises:
            KgError: KG-E1101 (time), KG-E1102 (memory, or the engine ended), KG-E1104 (too many wait, or too many dear
            ones run).
        """
        for _ in range(_TRIES):
            try:
                return await self._ask_once(head, body, gone)
            except _KilledFromOutsideError:
                continue  # not the question's fault: another worker answers it
        raise self._died()

    async def _ask_once(
        self, head: Mapping[str, Any], body: bytes, gone: Callable[[], Awaitable[None]] | None
    ) -> Answer:
        worker = self._idle.popleft() if self._idle and self._idle[0].alive else await self._take()
        self._busy += 1
        loop = asyncio.get_running_loop()
        reply = worker.link.ask(head, body)
        turn = _Turn(self, worker, reply, gone)
        turn.timer = loop.call_later(self.limits.fast_seconds, turn.is_dear)
        try:
            told, found = await reply
            worker.spent = told.get("spent", worker.spent)
        except ConnectionError as error:
            self.replaced += 1
            if await worker.ended() == -signal.SIGKILL:
                raise _KilledFromOutsideError from error
            raise self._died() from error
        finally:
            turn.timer.cancel()
            if turn.watch is not None:
                turn.watch.cancel()
            self._busy -= 1
            self._dear -= turn.dear
            answered = reply.done() and not reply.cancelled() and reply.exception() is None
            if answered and self._goes_on(turn.dear, reply.result()[0]):
                self._give(worker)
            else:
                self._end(worker)
                self.stopped += not answered
                self._fill()
        if "fault" in told:
            return Answer("", b"", told["fault"], told["text"], told["status"])
        return Answer(told["media"], found, triples=told.get("triples", 0))

    def _goes_on(self, dear: bool, told: Mapping[str, Any]) -> bool:
        """Whether a worker that has answered is used again; it may say that it is `worn`."""
        if told.get("worn", False):
            return False
        return not dear or (self._crew.keeps and len(self._all) <= self.limits.fast + self.limits.dear)

    def slow_down(self, worker: Worker) -> bool:
        """Let a dear question go on beside the others; False where as many run as may."""
        if self._dear >= self.limits.dear:
            return False
        self._dear += 1
        if not self._crew.keeps:
            worker.yield_processor()
        self._fill()
        return True

    async def drain(self) -> None:
        """Take no more questions, wait for those that run, and end the workers."""
        self._closed = True
        while self._busy:
            await asyncio.sleep(0.01)
        self.close()

    def close(self) -> None:
        """End all workers now."""
        self._closed = True
        for task in self._starting:
            task.cancel()
        for worker in self._all:
            worker.kill()
        self._all.clear()
        self._idle.clear()
        for turn in self._queue:
            if not turn.done():
                turn.set_exception(KgError("KG-E1107", "the server is going away", hint="Ask again."))

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
        """Start workers until the fast lane has as many as it should and a spare, besides those at dear questions."""
        spare = 0 if self._crew.keeps else self.limits.spare
        while not self._closed and len(self._all) + self._coming - self._dear < self.limits.fast + spare:
            self._coming += 1
            task = asyncio.get_running_loop().create_task(self._start())
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def _start(self) -> None:
        """A worker more, however often it has to be tried: the machine may be short of memory for a while."""
        while not self._closed:
            try:
                worker = await self._new()
            except (KgError, OSError):
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                self._coming -= 1
                self._give(worker)
                return

    async def _new(self) -> Worker:
        worker = await Worker.start(self._crew.module, self._crew.options)
        self._all.add(worker)
        return worker

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

    def too_many_dear(self) -> KgError:
        """The fault of a question that turns out dear while others are."""
        return KgError(
            "KG-E1104",
            f"{self.limits.dear} questions that take long run already",
            why=f"This one was not answered within {self.limits.fast_seconds:g} s.",
            hint="Come back in a few seconds, or make it cheaper.",
        )

    def _died(self) -> KgError:
        return KgError(
            "KG-E1102",
            "the question ended its worker",
            why=f"It took more than {self.limits.memory // MEGABYTE:,} MB of memory, or was too deep for the engine.",
            hint="Ask for less at once: sorting and grouping hold all rows in memory.",
        )
