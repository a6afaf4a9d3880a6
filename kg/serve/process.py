"""What every worker process does: leave the network, bound its memory and time, answer one message after the other.

Started by `kg.serve.link` with one end of a socket as its standard input. It may be killed at any time: it holds
nothing but what it has opened to read.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from kg.errors import KgError
from kg.serve import messages

Reply = Callable[[dict[str, Any], bytes], bytes]
"""The message that answers a message, of its head and body."""
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # clone(2)
_DIE_WITH_PARENT = 1  # prctl(2), PR_SET_PDEATHSIG


def isolate() -> bool:
    """Leave the network, in an empty namespace of its own; False where the system does not allow it."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    return libc.unshare(_NEW_NETWORK) == 0 or libc.unshare(_NEW_USER | _NEW_NETWORK) == 0


def run(open: Callable[[dict[str, Any]], Reply]) -> None:
    """Answer until the other end is closed; `open` gets the options, and gives what answers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server stops its workers itself
    link = socket.socket(fileno=0)
    options, _ = _message(link)
    isolated = isolate()
    resource.setrlimit(resource.RLIMIT_AS, (options["memory"], options["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    began = time.perf_counter()
    try:
        reply = open(options)
    except KgError as fault:
        link.sendall(messages.pack({"fault": fault.as_dict()}))
        return
    told = {"ready": os.getpid(), "isolated": isolated, "opening": time.perf_counter() - began}
    link.sendall(messages.pack(told))
    while True:
        try:
            head, body = _message(link)
        except (EOFError, ConnectionError):
            return
        # A worker whose server is gone ends by itself, whatever it is at.
        spent = int(resource.getrusage(resource.RUSAGE_SELF).ru_utime) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (spent + int(options["seconds"] * 4) + 1, resource.RLIM_INFINITY))
        link.sendall(reply(head, body))


def _message(link: socket.socket) -> tuple[dict[str, Any], bytes]:
    head, body = messages.lengths(_receive(link, messages.PREFIX))
    return messages.head_of(_receive(link, head)), _receive(link, body)


def _receive(link: socket.socket, size: int) -> bytes:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        got = link.recv_into(view)
        if not got:
            raise EOFError
        view = view[got:]
    return bytes(data)
