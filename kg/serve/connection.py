"""A connection of a client: what uvicorn does, and bounds on what a client may hold without asking anything.

A head must come within `patience` seconds and be no longer than may be; whoever takes an answer must go on taking it.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kg.serve.limits import MEGABYTE, Limits

_HEAD = 128 * 1024  # bytes: a question of 64,000 in an address, each character written as %XX where it must be
_PACE = 16 * 1024  # bytes a second that a client must take at least, while more is there for it
_UNSENT = 1_000 * MEGABYTE  # bytes of answers that all clients together may leave waiting
_AT_ONCE = struct.pack("ii", 1, 0)
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

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Asyncio's: send, with what else is written before the others have their turn."""
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)

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
    """One connection; `bounded` makes the class for some limits."""

    patience = Limits().patience

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head = 0
        self._in_head, self._is_whole = True, True
        self._closing: asyncio.TimerHandle | None = None
        self._unsent: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Asyncio's: somebody has come; the first head is waited for."""
        super().connection_made(transport)
        self.transport = _Joined(transport, self.loop)  # type: ignore[assignment]  all that uvicorn asks of one
        self._closing = self.loop.call_later(self.patience, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio's: he has gone."""
        for timer in (self._closing, self._unsent):
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
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The parser's: a head has ended."""
        self._in_head = False
        self._head = 0
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The parser's: a request is there, whole."""
        self._is_whole = True
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Uvicorn's: it is answered; what is still to come of it (a body that is refused) must come soon."""
        super().on_response_complete()
        if not self._is_whole and self._closing is None and not self.transport.is_closing():
            self._closing = self.loop.call_later(self.patience, self._give_up)

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


def bounded(limits: Limits) -> type[Connection]:
    """The connections of a server with these limits."""
    return type("Connection", (Connection,), {"patience": limits.patience})
