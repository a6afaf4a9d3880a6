"""The workers: how a question finds one, what it may cost, and what becomes of a worker that dies.

Two lanes. Each question begins in the fast lane. One that is not answered within `fast_seconds` is a dear one: its
worker leaves the fast lane (a spare takes its place) and yields the processor to the others; where as many dear ones
run as may, it is stopped instead, and told so. So cheap questions never wait for dear ones. A worker that is stopped or
dies is replaced; nobody else notices.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.errors import KgError
from kg.serve import messages
from kg.serve.limits import MEGABYTE, Limits

_NICENESS = 10
_TRIES = 3
_PATIENCE = 100
_AGAIN_SECONDS = 0.5
_START_SECONDS = 30.0  # a worker that has not opened its store by then is given up


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of an answer and their media type; or a fault, as the worker told it."""

    media: str
    body: bytes
    fault: dict[str, Any] | None = None
    text: str = ""
    status: int = 200
    triples: int = 0


class _KilledFromOutsideError(Exception):
    """A worker was killed, and not by a limit."""


class GoneError(Exception):
    """Nobody waits for the answer any more."""


class _Link(asyncio.Protocol):
    """The server's end of a worker's socket: puts the messages together."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.waiting: asyncio.Future[tuple[dict[str, Any], bytes]] | None = None
        self.transport: asyncio.Transport | None = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if len(self.buffer) < messages.PREFIX:
            return
        head, body = messages.lengths(self.buffer)
        end = messages.PREFIX + head + body
        if len(self.buffer) < end:
            return
        told = messages.head_of(bytes(self.buffer[messages.PREFIX : messages.PREFIX + head]))
        whole = bytes(self.buffer[messages.PREFIX + head : end])
        del self.buffer[:end]
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result((told, whole))

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(ConnectionError("the worker is gone"))

    def ask(self, head: Mapping[str, Any]) -> asyncio.Future[tuple[dict[str, Any], bytes]]:
        """Send a message; what comes back is what the worker will say."""
        self.waiting = asyncio.get_running_loop().create_future()
        if self.lost or self.transport is None:
            self.waiting.set_exception(ConnectionError("the worker is gone"))
        else:
            self.transport.write(messages.pack(head))
        return self.waiting


class Worker:
    """One worker process and the link to it."""

    def __init__(self, process: subprocess.Popen[bytes], link: _Link) -> None:
        self.process = process
        self.link = link
        self.isolated = False

    @classmethod
    async def start(cls, options: Mapping[str, Any]) -> Worker:
        """A worker that has opened its store.

        Raises:
            KgError: KG-E1107, if it does not come up.
        """
        ours, theirs = socket.socketpair()
        try:
            # -I: neither the folder one stands in nor the user's own packages are looked into.
            command = [sys.executable, "-P", "-m", "kg.serve.worker"]
            process = subprocess.Popen(command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL)  # noqa: S603  our own program
        finally:
            theirs.close()
        ours.setblocking(False)
        link = _Link()
        await asyncio.get_running_loop().create_connection(lambda: link, sock=ours)
        worker = cls(process, link)
        try:
            ready, _ = await asyncio.wait_for(link.ask(options), _START_SECONDS)
        except (ConnectionError, TimeoutError) as error:
            worker.kill()
            raise KgError(
                "KG-E1107", "a worker does not start", why="It ends before it has opened the store.", hint="kg doctor"
            ) from error
        worker.isolated = bool(ready["isolated"])
        return worker

    @property
    def alive(self) -> bool:
        """Whether it can still be asked."""
        return not self.link.lost and self.process.poll() is None

    def yield_processor(self) -> None:
        """Let others run first from now on."""
        with contextlib.suppress(ProcessLookupError):  # it may just have died: whoever waits for it is told
            os.setpriority(os.PRIO_PROCESS, self.process.pid, _NICENESS)

    async def ended(self) -> int | None:
        """How a process that has closed its end came to an end: its exit code, None if it goes on."""
        for _ in range(_PATIENCE):
            if self.process.poll() is not None:
                break
            await asyncio.sleep(0.005)
        return self.process.poll()

    def kill(self) -> None:
        """End it now, and leave no zombie."""
        if self.link.transport is not None:
            self.link.transport.abort()
        self.process.kill()
        self.process.wait()


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
        self.timer: asyncio.TimerHandle

    def is_dear(self) -> None:
        """It has taken longer than a cheap one."""
        if self.reply.done():
            return
        if not self.pool.slow_down(self.worker):
            self.reply.set_exception(self.pool.too_many_dear())
            return
        self.dear = True
        if self.gone is not None:
            self.watch = asyncio.ensure_future(self.gone())
            self.watch.add_done_callback(self.is_given_up)
        limits = self.pool.limits
        self.timer = asyncio.get_running_loop().call_later(limits.seconds - limits.fast_seconds, self.is_over)

    def is_given_up(self, watch: asyncio.Future[None]) -> None:
        """The client has gone away."""
        if not watch.cancelled() and not self.reply.done():
            self.reply.set_exception(GoneError())

    def is_over(self) -> None:
        """It has taken longer than any may."""
        if not self.reply.done():
            self.reply.set_exception(self.pool.too_long())


class Pool:
    """The workers of one release of a store."""

    def __init__(self, quads: Path, limits: Limits, *, union: bool, prefixes: Mapping[str, str]) -> None:
        self.limits = limits
        self._options: dict[str, Any] = {
            "store": str(quads),
            "union": union,
            "prefixes": dict(prefixes),
            **limits.told(),
            "memory": limits.memory,
        }
        self._idle: deque[Worker] = deque()
        self._all: set[Worker] = set()
        self._queue: deque[asyncio.Future[Worker]] = deque()
        self._starting: set[asyncio.Task[None]] = set()
        self._dear = 0
        self._busy = 0
        self._closed = False
        self.replaced = 0
        self.stopped = 0

    async def open(self) -> None:
        """Start the workers; the first is there when this returns, the others follow."""
        self._give(await self._new())
        for _ in range(self.limits.fast - 1):
            self._replace()

    @property
    def isolated(self) -> bool:
        """Whether the workers are cut off from the network."""
        return bool(self._all) and all(worker.isolated for worker in self._all)

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

    async def ask(self, head: Mapping[str, Any], gone: Callable[[], Awaitable[None]] | None = None) -> Answer:
        """The answer to a question: `query`, `media`, and perhaps `default`, `named`, `base`.

        When `gone` ends, nobody waits for the answer any more; it is begun for a dear question only.

        Raises:
            KgError: KG-E1101 (time), KG-E1102 (memory, or the engine ended), KG-E1104 (too many wait, or too many dear
            ones run).
        """
        for _ in range(_TRIES):
            try:
                return await self._ask_once(head, gone)
            except _KilledFromOutsideError:
                continue  # not the question's fault: another worker answers it
        raise self._died()

    async def _ask_once(self, head: Mapping[str, Any], gone: Callable[[], Awaitable[None]] | None) -> Answer:
        worker = self._idle.popleft() if self._idle and self._idle[0].alive else await self._take()
        self._busy += 1
        loop = asyncio.get_running_loop()
        reply = worker.link.ask(head)
        turn = _Turn(self, worker, reply, gone)
        turn.timer = loop.call_later(self.limits.fast_seconds, turn.is_dear)
        try:
            told, body = await reply
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
            if answered and not turn.dear:
                self._give(worker)
            else:
                # A dear one has taken memory and has been slowed down: a new process is cheaper than its upkeep.
                self._end(worker)
                self.stopped += not answered
                if not turn.dear:
                    self._replace()
        if "fault" in told:
            return Answer("", b"", told["fault"], told["text"], told["status"])
        return Answer(told["media"], body, triples=told["triples"])

    def slow_down(self, worker: Worker) -> bool:
        """Let a dear question go on beside the others; False where as many run as may."""
        if self._dear >= self.limits.dear:
            return False
        self._dear += 1
        worker.yield_processor()
        self._replace()
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

    async def _take(self) -> Worker:
        while self._idle:
            worker = self._idle.popleft()
            if worker.alive:
                return worker
            self._end(worker)
            self.replaced += 1
            self._replace()
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

    def _replace(self) -> None:
        if self._closed:
            return
        task = asyncio.get_running_loop().create_task(self._start())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _start(self) -> None:
        """A worker more, however often it has to be tried: the machine may be short of memory for a while."""
        while not self._closed:
            try:
                self._give(await self._new())
            except (KgError, OSError):
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return

    async def _new(self) -> Worker:
        worker = await Worker.start(self._options)
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
            hint="Name a graph or a subject, or replace a path with * by a fixed number of steps.",
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
