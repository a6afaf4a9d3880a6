"""What the processes that answer do: the stem of a pool opens a release, and each worker is a copy of it.

The stem is started by `kg.serve.link` with one end of a socket as its standard input. It leaves the network, opens what
it answers from, and for each worker that is asked for makes a copy of itself (fork), which answers one message after
the other with bounded memory and time. A copy costs milliseconds, however long the opening took, and shares its memory.
The stem itself answers nothing. Any of them may be killed at any time: they hold nothing but what is opened to read.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.errors import KgError
from kg.serve import messages

Reply = Callable[[bytes, bytes], tuple[bytes, bytes]]
"""Head and body of the answer to head and body of a question."""
COPY, WARM = b"C", b"W"
"""What a stem is told to do: make a copy that answers on the socket that comes with it; prepare what is often asked."""
COPIED, ENDED = b"C", b"E"
TOLD = struct.Struct(">cIi")
"""What a stem tells: `COPIED` with the copy's process (0: it cannot be made); `ENDED` with process and exit code."""
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # clone(2)
_AT_ONCE = 16 * 1024  # bytes, nearly every question; to give back 64 KB makes the C library tidy up all its memory
_DIE_WITH_PARENT = 1  # prctl(2), PR_SET_PDEATHSIG


def _nothing() -> None:
    """There is nothing to do."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What answers from a release; `renew` is called before each copy, `warm` once, after the first."""

    reply: Reply
    renew: Callable[[], None] = _nothing
    warm: Callable[[], None] = _nothing


def _die_with_parent() -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _size() -> int:
    """Bytes of address space that this process has, where the system tells."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def isolate() -> bool:
    """Leave the network, in an empty namespace of its own; False where the system does not allow it."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.unshare(_NEW_NETWORK) == 0 or libc.unshare(_NEW_USER | _NEW_NETWORK) == 0


def run(open: Callable[[dict[str, Any]], Opened]) -> None:
    """Be the stem of a pool until the other end is closed; `open` gets the options, and gives what answers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server stops its workers itself
    _die_with_parent()
    orders = socket.socket(fileno=0)
    options = _message(orders)
    isolated = isolate()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    began = time.perf_counter()
    with contextlib.suppress(ConnectionError):  # the server is gone
        try:
            opened = open(options)
        except KgError as fault:
            orders.sendall(messages.pack(messages.written({"fault": fault.as_dict()})))
            return
        told = {"isolated": isolated, "opening": time.perf_counter() - began}
        orders.sendall(messages.pack(messages.written(told)))
        _Stem(orders, opened, options).serve()


class _Stem:
    """The loop of a stem: it does as it is told, and tells which copies have ended."""

    def __init__(self, orders: socket.socket, opened: Opened, options: dict[str, Any]) -> None:
        self.orders = orders
        self.opened = opened
        self.options = options
        self.copies: set[int] = set()
        self.ends, self.wake = os.pipe()
        os.set_blocking(self.wake, False)

    def serve(self) -> None:
        signal.set_wakeup_fd(self.wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        gc.freeze()  # no copy looks through it for garbage, which would make the memory its own
        try:
            while True:
                ready, _, _ = select.select([self.orders, self.ends], [], [])
                if self.ends in ready:
                    os.read(self.ends, 4096)
                    self._tell_ends()
                if self.orders in ready and not self._obey():
                    return
        except ConnectionError:
            return  # the server is gone
        finally:
            for copy in self.copies:
                os.kill(copy, signal.SIGKILL)

    def _obey(self) -> bool:
        """Carry out one order; False when there will be none."""
        order, links, _, _ = socket.recv_fds(self.orders, 1, 1)
        if order == WARM:
            self.opened.warm()
            gc.freeze()
        for link in links:
            self._copy(link)
            os.close(link)
        return bool(order)

    def _copy(self, link: int) -> None:
        self.opened.renew()
        stem = os.getpid()
        try:
            copy = os.fork()
        except OSError:
            copy = -1
        if copy == 0:
            self._be_worker(link, stem)
        self.copies |= {copy} - {-1}
        self.orders.sendall(TOLD.pack(COPIED, max(copy, 0), 0))

    def _be_worker(self, link: int, stem: int) -> None:
        """What a copy does until the other end of its link is closed. It ends at once: of what it has from the stem it
        has nothing to put in order.
        """
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _die_with_parent()
            for descriptor in (self.ends, self.wake):
                os.close(descriptor)
            self.orders.close()
            with contextlib.suppress(OSError):  # where memory runs out, a worker is ended and not the server
                Path("/proc/self/oom_score_adj").write_text("500")
            if os.getppid() == stem:
                memory = _size() + self.options["memory"]  # besides what the opened release has
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
                _answer(socket.socket(fileno=link), self.opened.reply, self.options["seconds"])
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)

    def _tell_ends(self) -> None:
        for copy in sorted(self.copies):
            ended, status = os.waitpid(copy, os.WNOHANG)
            if ended:
                self.copies.discard(copy)
                self.orders.sendall(TOLD.pack(ENDED, copy, os.waitstatus_to_exitcode(status)))


def _answer(link: socket.socket, reply: Reply, seconds: float) -> None:
    """Answer one message after the other."""
    spent, bounded = time.process_time(), -1
    while True:
        if bounded != (whole := int(spent)):
            bounded = whole  # a worker whose server is gone ends by itself, whatever it is at
            resource.setrlimit(resource.RLIMIT_CPU, (whole + int(seconds * 4) + 2, resource.RLIM_INFINITY))
        try:
            if (message := _next(link)) is None:
                return
        except ConnectionError:
            return
        head, body = reply(message.head, message.body)
        spent = time.process_time()
        link.sendall(messages.pack(head, body, spent))


def _next(link: socket.socket) -> messages.Message | None:
    """The next message; None when there will be none."""
    data = link.recv(_AT_ONCE)
    if (message := messages.taken(data)) is not None:
        return message
    buffer = bytearray(data)
    while part := link.recv(_AT_ONCE):
        buffer += part
        if (message := messages.taken(buffer)) is not None:
            return message
    return None


def _message(link: socket.socket) -> dict[str, Any]:
    """The head of the one message that a stem gets."""
    head, _ = messages.lengths(_receive(link, messages.PREFIX))
    return dict(messages.head_of(_receive(link, head)))


def _receive(link: socket.socket, size: int) -> bytes:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        got = link.recv_into(view)
        if not got:
            raise EOFError
        view = view[got:]
    return bytes(data)
