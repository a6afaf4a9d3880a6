"""The processes that answer as the server sees them: stems are started, workers copied, asked, slowed down, killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from kg.errors import KgError
from kg.serve import messages
from kg.serve.crew import Begun
from kg.serve.process import COPY, ENDED, TOLD, WARM

_NICENESS = 15  # a worker so gets a thirtieth of what another gets that waits for the processor too, and never nothing
_PATIENCE = 5.0  # seconds for a process whose link is closed to have ended: a busy machine takes its time
_PROCESS_CLOCK = 2  # clock_getcpuclockid(3): with the process, the clock of its processor time (Linux)
_REAP_SECONDS = 0.02
_START_SECONDS = 30.0  # a stem that has not opened its store by then is given up


class Waiting(Protocol):
    """Who waits for what a worker will say; one of them is called."""

    def answered(self, message: messages.Message) -> None:
        """It has said something."""

    def lost(self) -> None:
        """It is gone."""


class Link(asyncio.Protocol):
    """The server's end of a worker's socket: puts the messages together."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.waiting: Waiting | None = None
        self.transport: asyncio.Transport | None = None
        self.lost = False
        self.when_lost: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's: the link stands."""
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Asyncio's: some bytes have come."""
        if self.buffer:
            self.buffer += data
        whole = messages.taken(self.buffer or data)
        if whole is None:
            self.buffer = self.buffer or bytearray(data)
            return
        if self.buffer:  # a worker says one thing at a time
            self.buffer = bytearray()
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.answered(whole)

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio's: the worker is gone."""
        self.lost, self.transport = True, None
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.lost()
        told, self.when_lost = self.when_lost, None
        if told is not None:
            told()

    def ask(self, question: messages.Question, waiting: Waiting) -> None:
        """Ask a question; who waits is told what the worker says."""
        if self.lost or self.transport is None:
            waiting.lost()
        else:
            self.waiting = waiting
            self.transport.write(messages.pack(question.head, question.body))

    def abort(self) -> None:
        """Close it now; nothing more is sent or heard."""
        self.lost = True
        if self.transport is not None:
            self.transport.abort()


class Stem(asyncio.Protocol):
    """A process that has opened a release, of which each worker is a copy; and the link to it."""

    def __init__(self, begun: Begun) -> None:
        self.process, self._orders = begun
        self.isolated = False
        self.opening = 0.0
        self.lost = False
        self._buffer = bytearray()
        self._ready: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._copies: deque[asyncio.Future[int]] = deque()
        self._ends: dict[int, asyncio.Future[int]] = {}
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def start(cls, begun: Begun) -> Stem:
        """The stem that a process becomes which was begun, once it has opened its release.

        Raises:
            KgError: KG-E1107, if it does not come up; the fault of its opening.
        """
        begun.orders.setblocking(False)
        stem = cls(begun)
        await asyncio.get_running_loop().create_connection(lambda: stem, sock=begun.orders)
        try:
            told = await asyncio.wait_for(stem._ready, _START_SECONDS)
        except asyncio.CancelledError:
            stem.kill()
            raise
        except (ConnectionError, TimeoutError) as error:
            stem.kill()
            raise KgError(
                "KG-E1107", "a worker does not start", why="It ends before it has opened the store.", hint="kg doctor"
            ) from error
        if "fault" in told:
            stem.kill()
            raise messages.fault_of(told["fault"])
        stem.isolated, stem.opening = bool(told["isolated"]), float(told["opening"])
        return stem

    async def copy(self) -> Worker:
        """A worker more.

        Raises:
            OSError: if the stem is gone, or the system has no room for another process.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        link = Link()
        try:
            await asyncio.get_running_loop().create_connection(lambda: link, sock=ours)
            if self.lost:
                raise ConnectionError("the stem is gone")
            copied: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            socket.send_fds(self._orders, [COPY], [theirs.fileno()])
            self._copies.append(copied)
            process = await copied
        except BaseException:
            link.abort()
            raise
        finally:
            theirs.close()
        return Worker(process, link, self._ends[process])

    def warm(self) -> None:
        """Let it prepare what is often asked, for later copies."""
        if not self.lost:
            self._orders.send(WARM)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's: the link stands."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Asyncio's: it tells that it is ready, then of its copies."""
        self._buffer += data
        if not self._ready.done():
            if (whole := messages.taken(self._buffer)) is None:
                return
            del self._buffer[: messages.PREFIX + len(whole.head)]
            self._ready.set_result(messages.head_of(whole.head))
        while len(self._buffer) >= TOLD.size:
            what, process, status = TOLD.unpack_from(self._buffer)
            del self._buffer[: TOLD.size]
            if what == ENDED:
                self._ends.pop(process).set_result(status)
                continue
            if process:
                self._ends[process] = asyncio.get_running_loop().create_future()
            copied = self._copies.popleft()
            if copied.done():  # nobody waits for it any more: its link is closed, so that it ends
                continue
            if process:
                copied.set_result(process)
            else:
                copied.set_exception(BlockingIOError("there is no room for another process"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio's: it is gone, and its copies with it."""
        self.lost = True
        for waiting in (self._ready, *self._copies):
            if not waiting.done():
                waiting.set_exception(ConnectionError("the stem is gone"))
        for end in self._ends.values():
            end.set_result(-signal.SIGKILL)
        self._ends.clear()
        self._reap()

    def kill(self) -> None:
        """End it and its copies now."""
        if self._transport is not None:
            self._transport.abort()
        self.process.kill()

    def _reap(self) -> None:
        """Ask how it ended until that is told: no zombie stays."""
        if self.process.poll() is None:
            asyncio.get_running_loop().call_later(_REAP_SECONDS, self._reap)


class Worker:
    """One worker process and the link to it."""

    def __init__(self, process: int, link: Link, end: asyncio.Future[int]) -> None:
        self.process = process
        self.link = link
        self.spent = 0.0
        """Seconds of processor time that it had taken when it last answered."""
        self._end = end

    @property
    def alive(self) -> bool:
        """Whether it can still be asked."""
        return not self.link.lost and not self._end.done()

    def used(self) -> float | None:
        """Seconds of processor time that it has taken since it last answered; None where that cannot be told."""
        try:
            return time.clock_gettime(~self.process << 3 | _PROCESS_CLOCK) - self.spent
        except OSError:
            return None

    def delayed(self) -> float:
        """Seconds that it was ready to run and others had the processor, since its start; 0 where that is not told."""
        try:
            return int(Path(f"/proc/{self.process}/schedstat").read_text().split()[1]) / 1e9
        except (OSError, IndexError):
            return 0.0

    def yield_processor(self) -> None:
        """Let others run first from now on."""
        with contextlib.suppress(ProcessLookupError):  # it may just have died: who waits is told
            os.setpriority(os.PRIO_PROCESS, self.process, _NICENESS)

    async def ended(self) -> int | None:
        """How a process that has closed its end came to an end: its exit code, None if it goes on."""
        try:
            return await asyncio.wait_for(asyncio.shield(self._end), _PATIENCE)
        except TimeoutError:
            return None

    def kill(self) -> None:
        """End it now. It is not waited for: to give back much memory takes long, and its stem tells when it is gone."""
        self.link.abort()
        if not self._end.done():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGKILL)
