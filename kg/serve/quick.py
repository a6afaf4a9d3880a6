"""A question in an address, answered without all that other requests need.

Most requests are of this kind, and what uvicorn makes of one (a scope, messages, a task) costs as much as its answer. A
`Quick` takes the place of uvicorn's cycle for one request, and goes from the parser to a worker and back with no task
between. What is asked and what is told of it is the application's, as for any other request (`Application.begin`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from kg.errors import KgError
from kg.serve.answering import refused
from kg.serve.http import Headers, Reply, request_id
from kg.serve.lane import GoneError
from kg.serve.messages import Message
from kg.serve.pool import Answer, answer_of
from kg.serve.turn import Turn

if TYPE_CHECKING:
    from kg.serve.connection import Connection

_OTHER = frozenset({"content-length", "expect", "transfer-encoding", "upgrade"})
_BROKEN = Reply(500, ((b"content-type", b"text/plain; charset=utf-8"),), b"Internal Server Error")
_GONE = Reply(499, (), b"")


def is_quick(headers: Mapping[str, str]) -> bool:
    """Whether a request with these headers has no body and is not a browser's."""
    return _OTHER.isdisjoint(headers) and "html" not in headers.get("accept", "").lower()


class Quick:
    """One such request: what uvicorn asks of a cycle, and its answer."""

    __slots__ = (
        "_application",
        "_began",
        "_connection",
        "_leaving",
        "_pending",
        "_release",
        "_request",
        "disconnected",
        "keep_alive",
        "response_complete",
    )

    def __init__(self, connection: Connection, keep_alive: bool) -> None:
        self._connection, self._application = connection, connection.application
        self._request, self._began = request_id(), time.perf_counter()
        self._leaving: asyncio.Future[None] | None = None
        self.keep_alive = keep_alive
        self.disconnected = self.response_complete = False

    @property
    def message_event(self) -> Quick:
        """Uvicorn's: what is told when the client has gone."""
        return self

    def set(self) -> None:
        """Uvicorn's: the client has gone, if the answer has not."""
        if self.disconnected and self._leaving is not None and not self._leaving.done():
            self._leaving.set_result(None)

    async def _gone(self) -> None:
        """Wait until nobody waits any more."""
        if not self.disconnected:
            self._leaving = asyncio.get_running_loop().create_future()
            await self._leaving

    def begin(self, query_string: bytes, headers: Mapping[str, str], scheme: str) -> None:
        """Answer the request, now or later."""
        told: Reply | None = _BROKEN
        try:
            told = self._begun(query_string, headers, scheme)
        finally:
            if told is not None:
                self._end(told)

    def _begun(self, query_string: bytes, headers: Mapping[str, str], scheme: str) -> Reply | None:
        """The answer, where there is one at once."""
        releases = self._application.releases
        if not releases.ready:
            return refused(releases.not_ready(), self._request)
        release = self._release = releases.current
        told = self._application.begin(release, query_string, headers, scheme, self._request)
        if isinstance(told, Reply):
            return told
        self._pending = told
        if (known := release.remembered.get(told.tag)) is not None:
            return told.reply(known)
        release.inside += 1
        if not release.pool.begin(told.question, self._gone, self._over):
            self._wait(None)
        return None

    def _over(self, turn: Turn) -> None:
        """A worker has answered, or something has come between."""
        if not isinstance(turn.outcome, Message):
            self._wait(turn)
            return
        self._release.inside -= 1
        told = _BROKEN
        try:
            told = self._told(answer_of(turn.outcome))
        finally:
            self._end(told)

    def _told(self, answer: Answer) -> Reply:
        self._release.remembered.keep(self._pending.tag, answer)
        return self._pending.reply(answer)

    def _wait(self, turn: Turn | None) -> None:
        """Go on in a task: for a worker, or after a turn that came to nothing."""
        tasks = self._connection.tasks
        task = asyncio.get_running_loop().create_task(self._asked(turn))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _asked(self, turn: Turn | None) -> None:
        told = _BROKEN
        try:
            told = self._told(await self._release.pool.ask(self._pending.question, self._gone, turn))
        except KgError as fault:
            told = refused(fault, self._request)
        except GoneError:
            told = _GONE
        finally:
            self._release.inside -= 1
            self._end(told)

    def _end(self, told: Reply) -> None:
        """Send the answer, and note the request."""
        connection = self._connection
        if not self.disconnected:
            self.keep_alive = self.keep_alive and told is not _BROKEN
            connection.send(written(told, connection.server_state.default_headers, close=not self.keep_alive))
            self.response_complete = True
            if not self.keep_alive:
                connection.transport.close()
            connection.on_response_complete()
        if connection.cycle is self:
            connection.cycle = None  # type: ignore[assignment]  as at its beginning; it keeps to no release while idle
        self._application.note(self._request, "GET", "sparql", told.status, self._began, told.fault)


def written(told: Reply, more: list[tuple[bytes, bytes]], *, close: bool) -> bytes:
    """An answer to GET as it goes out, with more headers.

    Raises:
        ValueError: where a header would not be one line.
    """
    ends = ((b"connection", b"close"),) if close else ()
    length = ((b"content-length", b"%d" % len(told.body)),) if told.status != 304 else ()
    own = _lines((*more, *told.headers, *length, *ends))
    return b"".join((STATUS_LINE[told.status], _shared_lines(told.shared), own, b"\r\n", told.body))


def _lines(headers: Headers) -> bytes:
    lines = b"".join([b"%b: %b\r\n" % header for header in headers])
    if not lines.count(b"\r") == lines.count(b"\n") == lines.count(b"\r\n") == len(headers):
        raise ValueError("a header has more than a line")
    return lines


@lru_cache(64)
def _shared_lines(headers: Headers) -> bytes:
    return _lines(headers)
