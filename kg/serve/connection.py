"""A connection of a client: what uvicorn does, and bounds on what a client may hold without asking anything.

A head must come within `patience` seconds and be no longer than may be; whoever takes an answer must go on taking it.
"""

from __future__ import annotations

import asyncio
import math
import socket
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kg.serve.http import read_headers
from kg.serve.limits import MEGABYTE, Limits
from kg.serve.quick import Quick, is_quick

if TYPE_CHECKING:
    from kg.serve.app import Application

_HEAD = 128 * 1024  # bytes: a question of 64,000 in an address, each character written as %XX where it must be
_PACE = 16 * 1024  # bytes a second that a client must take at least, while more is there for it
_UNSENT = 1_000 * MEGABYTE  # bytes of answers that all clients together may leave waiting
_AT_ONCE = struct.pack("ii", 1, 0)
_SCHEMES = frozenset({"http", "https"})
_TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 30\r\nconnection: close\r\n\r\nThe head of this is too long.\n"
)


class _Joined:
    """A transport that sends what is written in one turn of the loop at once: uvicorn writes head and body apart, and
    to hand something to the system costs more than all else of a remembered answer.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._held: list[bytes] = []
        self.is_closing, self.get_write_buffer_size = transport.is_closing, transport.get_write_buffer_size

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Asyncio's: send, with what else is written before the others have their turn."""
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)

    def send(self, data: bytes) -> None:
        """Send all there is, now: more does not come."""
        self._held.append(data)
        self._flush()

    def close(self) -> None:
        """Asyncio's: send what is there, and end."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Asyncio's: end, and send nothing more."""
        self._held.clear()
        self._transport.abort()

    def _flush(self) -> None:
        held, self._held = self._held, []
        if held and not self._transport.is_closing():
            self._transport.write(held[0] if len(held) == 1 else b"".join(held))


class Connection(HttpToolsProtocol):
    """One connection; `connections` makes the class for an application."""

    patience = Limits().patience
    application: Application
    quick: tuple[bytes, ...] = ()
    """What the address of a question begins with."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head = 0
        self._in_head, self._is_whole = True, True
        self._asked: tuple[bytes, Mapping[str, str], str] | None = None
        self._closing: asyncio.TimerHandle | None = None
        self._unsent: asyncio.TimerHandle | None = None
        self._idle_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Asyncio's: somebody has come; the first head is waited for."""
        super().connection_made(transport)
        joined: Any = _Joined(transport, self.loop)  # all that uvicorn asks of one
        self.transport, self.send = joined, joined.send
        self._closing = self.loop.call_later(self.patience, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio's: he has gone."""
        for timer in (self._closing, self._unsent, self.timeout_keep_alive_task):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Asyncio's: some bytes have come."""
        self._head += len(data)
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        if self._head > _HEAD:
            self.transport.write(_TOO_LONG)
            self.transport.close()
        elif self._closing is None:
            self._closing = self.loop.call_later(self.patience, self._give_up)

    def on_message_begin(self) -> None:
        """The parser's: a head begins."""
        self._in_head, self._is_whole = True, False
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_headers_complete(self) -> None:
        """The parser's: a head has ended."""
        self._in_head = False
        self._head = 0
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        if self.url.startswith(self.quick):
            self._asked = self._quickly()
            if self._asked is not None:
                return
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()  # it makes what is needed now only
        self.url, self.expect_100_continue = url, expects
        self.headers += headers
        super().on_headers_complete()

    def _quickly(self) -> tuple[bytes, Mapping[str, str], str] | None:
        """What is asked in the address, the headers and the scheme, where that is all there is to the request."""
        parser: Any = self.parser
        most = self.config.limit_concurrency or math.inf
        if (
            parser.get_method() != b"GET"
            or parser.get_http_version() != "1.1"
            or b"#" in self.url
            or self.flow.write_paused  # he has to take what there is for him first
            or (self.cycle is not None and not self.cycle.response_complete)
            or len(self.connections) >= most
            or len(self.tasks) >= most
        ):
            return None
        headers = read_headers(self.headers)
        scheme = headers.get("x-forwarded-proto", "http")
        if not is_quick(headers) or scheme not in _SCHEMES:
            return None
        if scheme != "http" and not self._is_trusted():
            scheme = "http"
        return self.url.partition(b"?")[2], headers, scheme

    def _is_trusted(self) -> bool:
        """Whether what a client says of the one before it is believed, as uvicorn would."""
        app: Any = self.app
        return self.client is not None and self.client[0] in app.trusted_hosts

    def on_message_complete(self) -> None:
        """The parser's: a request is there, whole."""
        self._is_whole = True
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        if self._asked is None:
            super().on_message_complete()
            return
        (query, headers, scheme), self._asked = self._asked, None
        cycle: Any = Quick(self, self.parser.should_keep_alive())  # type: ignore[union-attr]
        self.cycle = cycle
        cycle.begin(query, headers, scheme)

    def on_response_complete(self) -> None:
        """Uvicorn's: it is answered; what is still to come of it (a body that is refused) must come soon. The next one
        that has come already is begun; else the connection is idle, with one timer for all the times that it is.
        """
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if not self._is_whole and self._closing is None:
            self._closing = self.loop.call_later(self.patience, self._give_up)
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._look_again_after(self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        """Uvicorn's: it may have been idle for as long as it may be."""
        self.timeout_keep_alive_task = None
        if self._idle_since is None or self.transport.is_closing():
            return
        rest = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if rest > 0:
            self._look_again_after(rest)
        else:
            self.transport.close()

    def _look_again_after(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _unset_keepalive_if_required(self) -> None:
        """Uvicorn's: it is idle no more."""
        self._idle_since = None

    def pause_writing(self) -> None:
        """Asyncio's: more is to be sent than he takes at once."""
        super().pause_writing()
        self._unsent = self.loop.call_later(self.patience, self._look, self._waiting())
        others = [c for c in self.connections if isinstance(c, Connection) and not c.transport.is_closing()]
        total = sum(each._waiting() for each in others)
        for each in sorted(others, key=lambda c: -c._waiting()):
            if total <= _UNSENT:
                break
            total -= each._waiting()
            each._abort()

    def resume_writing(self) -> None:
        """Asyncio's: he has taken nearly all."""
        super().resume_writing()
        if self._unsent is not None:
            self._unsent.cancel()
            self._unsent = None

    def _waiting(self) -> int:
        return self.transport.get_write_buffer_size()

    def _look(self, before: int) -> None:
        """Whether he still takes what there is for him."""
        now = self._waiting()
        if before - now < _PACE * self.patience:
            self._abort()
        else:
            self._unsent = self.loop.call_later(self.patience, self._look, now)

    def _abort(self) -> None:
        """End it, and keep nothing for him: else the system would go on offering what is unsent."""
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.transport.abort()

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


def connections(application: Application) -> type[Connection]:
    """The connections of a server of an application, with its limits."""
    quick = (b"/sparql?", application.root.encode() + b"/sparql?")
    patience = application.releases.limits.patience
    return type("Connection", (Connection,), {"application": application, "quick": quick, "patience": patience})
