"""A worker process as the server sees it: started, asked, slowed down, killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kg.errors import KgError
from kg.serve import messages

_NICENESS = 10
_PATIENCE = 100
_REAP_SECONDS = 0.02
_START_SECONDS = 30.0  # a worker that has not opened its store by then is given up


class Link(asyncio.Protocol):
    """The server's end of a worker's socket: puts the messages together."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.waiting: asyncio.Future[tuple[dict[str, Any], bytes]] | None = None
        self.transport: asyncio.Transport | None = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's: the link stands."""
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Asyncio's: some bytes have come."""
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
        """Asyncio's: the worker is gone."""
        self.lost = True
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(ConnectionError("the worker is gone"))

    def ask(self, head: Mapping[str, Any], body: bytes = b"") -> asyncio.Future[tuple[dict[str, Any], bytes]]:
        """Send a message; what comes back is what the worker will say."""
        self.waiting = asyncio.get_running_loop().create_future()
        if self.lost or self.transport is None:
            self.waiting.set_exception(ConnectionError("the worker is gone"))
        else:
            self.transport.write(messages.pack(head, body))
        return self.waiting


class Worker:
    """One worker process and the link to it."""

    def __init__(self, process: subprocess.Popen[bytes], link: Link) -> None:
        self.process = process
        self.link = link
        self.isolated = False
        self.opening = 0.0
        self.spent = 0.0
        """Seconds of processor time that it had taken when it last answered."""

    @classmethod
    async def start(cls, module: str, options: Mapping[str, Any]) -> Worker:
        """A worker that runs a module of ours and has opened its store.

        Raises:
            KgError: KG-E1107, if it does not come up.
        """
        ours, theirs = socket.socketpair()
        try:
            # -I: neither the folder one stands in nor the user's own packages are looked into.
            command = [sys.executable, "-P", "-m", module]
            process = subprocess.Popen(command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL)  # noqa: S603  our own program
        finally:
            theirs.close()
        ours.setblocking(False)
        link = Link()
        await asyncio.get_running_loop().create_connection(lambda: link, sock=ours)
        worker = cls(process, link)
        try:
            ready, _ = await asyncio.wait_for(link.ask(options), _START_SECONDS)
        except asyncio.CancelledError:
            worker.kill()
            raise
        except (ConnectionError, TimeoutError) as error:
            worker.kill()
            raise KgError(
                "KG-E1107", "a worker does not start", why="It ends before it has opened the store.", hint="kg doctor"
            ) from error
        if "fault" in ready:
            worker.kill()
            raise messages.fault_of(ready["fault"])
        worker.isolated, worker.opening = bool(ready["isolated"]), float(ready["opening"])
        return worker

    @property
    def alive(self) -> bool:
        """Whether it can still be asked."""
        return not self.link.lost and self.process.poll() is None

    def used(self) -> float | None:
        """Seconds of processor time that it has taken since it last answered; None where that cannot be told."""
        try:
            told = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="latin-1")
        except OSError:
            return None
        ticks = told.rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK") - self.spent

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
        """End it now. It is not waited for, since giving back much memory takes long; no zombie stays."""
        if self.link.transport is not None:
            self.link.transport.abort()
        self.process.kill()
        self._reap()

    def _reap(self) -> None:
        if self.process.poll() is None:
            asyncio.get_running_loop().call_later(_REAP_SECONDS, self._reap)
