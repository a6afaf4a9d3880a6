"""The workers: how a question finds one, what it may cost, and what becomes of a worker that dies.

Two lanes. Each question begins in the fast lane. One that is not answered within `fast_seconds` is a dear one: its
worker leaves the fast lane (a spare takes its place) and yields the processor to the others; where as many dear ones
run as may, it is stopped instead, and told so. So cheap questions never wait for dear ones. A worker that is stopped or
dies is replaced; nobody else notices.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.errors import KgError
from kg.serve import messages
from kg.serve.limits import MEGABYTE, Limits

_NICENESS = 10
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
        try:
            os.setpriority(os.PRIO_PROCESS, self.process.pid, _NICENESS)
        except ProcessLookupError:
            pass  # it has just died: whoever waits for it is told

    def kill(self) -> None:
        """End it now, and leave no zombie."""
        if self.link.transport is not None:
            self.link.transport.abort()
        self.process.kill()
        self.process.wait()


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

    async def ask(self, head: Mapping[str, Any]) -> Answer:
        """The answer to a question: `query`, `media`, and perhaps `default`, `named`, `base`.

        Raises:
            KgError: KG-E1101 (time), KG-E1102 (memory, or the engine ended), KG-E1104 (too many wait, or too many dear
            ones run).
        """
        worker = await self._take()
        self._busy += 1
        dear = False
        answered = False
        try:
            reply = worker.link.ask(head)
            done, _ = await asyncio.wait({reply}, timeout=self.limits.fast_seconds)
            if not done:
                if self._dear >= self.limits.dear:
                    raise self._too_many_dear()
                dear = True
                self._dear += 1
                worker.yield_processor()
                self._replace()
                done, _ = await asyncio.wait({reply}, timeout=self.limits.seconds - self.limits.fast_seconds)
                if not done:
                    raise self._too_long()
            told, body = reply.result()
            answered = True
        except ConnectionError as error:
            raise self._died(worker) from error
        finally:
            self._busy -= 1
            self._dear -= dear
            if answered and not dear:
                self._give(worker)
            else:
                # A dear one has taken memory and has been slowed down: a new process is cheaper than its upkeep.
                self._end(worker)
                self.stopped += not answered
                if not dear:
                    self._replace()
        if "fault" in told:
            return Answer("", b"", told["fault"], told["text"], told["status"])
        return Answer(told["media"], body)

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

    def _too_long(self) -> KgError:
        return KgError(
            "KG-E1101",
            f"stopped after {self.limits.seconds:g} s",
            why=f"A question may take {self.limits.seconds:g} s here.",
            hint="Name a graph or a subject, give LIMIT without ORDER BY, or replace a path with * by a fixed number of steps.",
        )

    def _too_many_dear(self) -> KgError:
        return KgError(
            "KG-E1104",
            f"{self.limits.dear} questions that take long run already",
            why=f"This one was not answered within {self.limits.fast_seconds:g} s.",
            hint="Come back in a few seconds, or make it cheaper.",
        )

    def _died(self, worker: Worker) -> KgError:
        self.replaced += 1
        return KgError(
            "KG-E1102",
            "the question ended its worker",
            why=f"It took more than {self.limits.memory // MEGABYTE:,} MB of memory, or was too deep for the engine.",
            hint="Ask for less at once: sorting and grouping hold all rows in memory.",
        )
