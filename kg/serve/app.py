"""The application: routes, limits, errors. A function of the data that is served; nothing happens on import."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pyoxigraph as ox

from kg.errors import KgError
from kg.serve.data import Data
from kg.serve.description import description
from kg.serve.limits import MEGABYTE, Limits
from kg.serve.negotiate import best
from kg.serve.pool import Gone, Pool
from kg.serve.protocol import GRAPHS, Remembered, headers_of, read
from kg.serve.worker import GRAPHS as WRITERS

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_PROCESS = uuid.uuid4().hex[:8]
_NUMBERS = count()
_REMEMBERED = 32 * MEGABYTE
_PROBLEM = "application/problem+json"
_ALWAYS = (
    (b"access-control-allow-origin", b"*"),
    (b"vary", b"Accept"),
    (b"x-content-type-options", b"nosniff"),
)
_PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS"),
    (b"access-control-allow-headers", b"Accept, Content-Type, If-None-Match"),
    (b"access-control-max-age", b"86400"),
    (b"allow", b"GET, HEAD, POST, OPTIONS"),
)


@dataclass(slots=True, eq=False)
class Release:
    """One release while it is served: its data, its workers, the answers given."""

    data: Data
    pool: Pool
    remembered: Remembered = field(default_factory=lambda: Remembered(_REMEMBERED))


async def open_release(data: Data, limits: Limits) -> Release:
    """A release that is ready to be asked."""
    pool = Pool(data.quads, limits, union=data.union, prefixes=data.prefixes)
    await pool.open()
    return Release(data, pool)


class Endpoint:
    """`/sparql`: the SPARQL 1.1 Protocol over the release that is current when a request comes."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.release: Release | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = f"{_PROCESS}-{next(_NUMBERS):x}"
        began = time.perf_counter()
        try:
            await self._answer(scope, receive, send, request)
        except KgError as error:
            seconds = time.perf_counter() - began
            await problem(send, error.as_dict(), str(error), error.kind.http, request, seconds, scope["method"])

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        method: str = scope["method"]
        if method == "OPTIONS":
            await reply(send, 204, b"", (*_ALWAYS, *_PREFLIGHT))
            return
        headers = headers_of(scope)
        body = await _body(receive, headers, self.limits.body) if method == "POST" else b""
        asked = read(method, scope["query_string"], headers.get("content-type", ""), headers.get("accept"), body)
        release = self.release
        if release is None:
            raise KgError("KG-E1107", "the server is starting", hint="Come back in a second.")
        base = f"{scope.get('scheme', 'http')}://{headers.get('host', 'localhost')}{scope['path']}"
        if asked is None:
            await self._describe(send, release, base, headers.get("accept"), method)
            return
        tag = f'"{release.data.id}-{asked.digest()}"'
        kept = ((b"etag", tag.encode()), (b"cache-control", b"no-cache"), (b"x-request-id", request.encode()))
        if tag in headers.get("if-none-match", ""):
            await reply(send, 304, b"", (*_ALWAYS, *kept))
            return
        answer = release.remembered.get(tag)
        if answer is None:
            try:
                answer = await release.pool.ask(asked.head(base), lambda: _disconnect(receive))
            except Gone:
                return
            release.remembered.keep(tag, answer)
        if answer.fault is not None:
            await problem(send, answer.fault, answer.text, answer.status, request, 0.0, method)
            return
        media = answer.media if answer.media.startswith("application/") else f"{answer.media}; charset=utf-8"
        await reply(send, 200, answer.body, (*_ALWAYS, *kept, (b"content-type", media.encode())), method)

    async def _describe(self, send: Send, release: Release, base: str, accept: str | None, method: str) -> None:
        media = best(accept, GRAPHS)
        triples = description(base, self.limits, release.data.graphs, union=release.data.union)
        prefixes = {"sd": "http://www.w3.org/ns/sparql-service-description#", "void": "http://rdfs.org/ns/void#"}
        written = ox.serialize(triples, format=WRITERS[media], prefixes=prefixes) or b""
        await reply(send, 200, written, (*_ALWAYS, (b"content-type", media.encode())), method)


async def _body(receive: Receive, headers: Mapping[str, str], most: int) -> bytes:
    """The body of a request.

    Raises:
        KgError: KG-E1105, if it is longer than it may be.
    """
    parts: list[bytes] = []
    size = 0
    more = True
    told = headers.get("content-length", "")
    if told.isdigit() and int(told) > most:
        raise _too_long(most)
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise _too_long(most)
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def _too_long(most: int) -> KgError:
    return KgError("KG-E1105", f"the body of the request has more than {most:,} bytes", hint="Ask in smaller parts.")


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def reply(
    send: Send, status: int, body: bytes, headers: tuple[tuple[bytes, bytes], ...], method: str = "GET"
) -> None:
    """Send a whole answer; of a HEAD, its head."""
    length = () if status in {204, 304} else ((b"content-length", str(len(body)).encode()),)
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


async def problem(
    send: Send, fault: Mapping[str, Any], text: str, status: int, request: str, seconds: float, method: str = "GET"
) -> None:
    """Send an error as problem+json (RFC 9457), with the id and the words that the command line has."""
    told = {
        "type": f"https://w3id.org/terminology-kg/error/{fault['id']}",
        "title": fault["message"],
        "status": status,
        "detail": text,
        "instance": f"urn:request:{request}",
        **{key: value for key, value in fault.items() if key != "message"},
    }
    headers = [*_ALWAYS, (b"content-type", _PROBLEM.encode()), (b"x-request-id", request.encode())]
    if status in {429, 503}:
        headers.append((b"retry-after", b"1" if status == 429 else b"10"))
    if status == 405:
        headers.append((b"allow", b"GET, HEAD, POST, OPTIONS"))
    await reply(send, status, json.dumps(told, ensure_ascii=False).encode(), tuple(headers), method)
