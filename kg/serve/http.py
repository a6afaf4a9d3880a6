"""What every route needs of HTTP: reading a body, sending an answer, telling a fault."""

from __future__ import annotations

import asyncio
import json
import uuid
from binascii import a2b_qp
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from kg.errors import KgError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]

PROBLEM = "application/problem+json"
OPEN: Headers = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Retry-After, X-Request-Id"),
    (b"vary", b"Accept"),
    (b"x-content-type-options", b"nosniff"),
)
"""What goes with every answer that anybody may read from anywhere."""
_PATIENCE = 10.0
_READ = "kg.headers"  # of a request's scope
_ALLOW: Headers = ((b"allow", b"GET, HEAD, POST, OPTIONS"),)
WHO: Headers = ((b"www-authenticate", b'Bearer realm="terminology-kg"'),)
"""What asks for a token."""
_PROCESS = uuid.uuid4().hex[:8]
_NUMBERS = count(1)


class Reply(NamedTuple):
    """A whole answer of HTTP, whichever way it goes out."""

    status: int
    headers: Headers
    body: bytes
    shared: Headers = ()
    """Headers that many answers have."""
    fault: str = ""
    """The id of what the request was refused for, unless it was a worker that did."""


def request_id() -> str:
    """A name for one request, for the log and the error."""
    return f"{_PROCESS}-{next(_NUMBERS):x}"


def below(scope: Scope, root: str) -> Scope:
    """A request as it would be without the prefix of a proxy, whether or not that has taken it off."""
    path, raw, prefix = scope["path"], scope["raw_path"], root.encode()
    if path == root or path.startswith(f"{root}/"):
        path = path[len(root) :] or "/"
    if raw == prefix or raw.startswith((prefix + b"/", prefix + b"?")):
        raw = raw[len(prefix) :]
    return {**scope, "path": path, "raw_path": raw if raw.startswith(b"/") else b"/" + raw, "root_path": root}


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers of a request, read once."""
    found: dict[str, str] | None = scope.get(_READ)
    if found is None:
        found = scope[_READ] = read_headers(scope["headers"])
    return found


def read_headers(told: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers as texts, by their names (in small letters, as ASGI has them); of one that is given twice, both with a
    comma.
    """
    found: dict[str, str] = {}
    for key, value in told:
        name, text = key.decode("latin-1"), value.decode("latin-1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def fields_of(data: bytes, most: int) -> list[tuple[str, str]]:
    """Names and values of an address or a form (`application/x-www-form-urlencoded`), those without a value too: what
    `urllib.parse.parse_qsl` tells, which takes ten times as long for a query.

    Raises:
        ValueError: if there are more than so many; UnicodeDecodeError: if anything is not UTF-8.
    """
    if data.count(b"&") >= most:
        raise ValueError("Max number of fields exceeded")
    found: list[tuple[str, str]] = []
    for part in data.split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            found.append((_plain(name).decode(), _plain(value).decode()))
    return found


def _plain(text: bytes) -> bytes:
    """A name or value without its escapes; one that is none stays as it is."""
    if b"+" in text:
        text = text.replace(b"+", b" ")
    escapes = text.count(b"%")
    if not escapes:
        return text
    # Quoted-printable has the same escapes after another sign, and is undone by a loop in C; but it has breaks of lines
    # too, and leaves what is no escape in its own way: then the length differs.
    plain = a2b_qp(text.replace(b"=", b"=3D").replace(b"%", b"="))
    if len(plain) != len(text) - 2 * escapes or b"\n" in text or b"\r" in text:
        return unquote_to_bytes(text)
    return plain


async def body_of(receive: Receive, headers: Mapping[str, str], most: int, seconds: float = _PATIENCE) -> bytes:
    """The body of a request.

    Raises:
        KgError: KG-E1105, if it is longer than it may be; KG-E1123, if it has not come after so many seconds.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _body_of(receive, headers, most)
    except TimeoutError as error:
        raise KgError(
            "KG-E1123", f"the body has not come within {seconds:g} s", hint="Send it at once, or in smaller parts."
        ) from error


async def _body_of(receive: Receive, headers: Mapping[str, str], most: int) -> bytes:
    told = headers.get("content-length", "")
    if told.isdigit() and int(told) > most:
        raise _too_long(most)
    parts: list[bytes] = []
    size = 0
    more = True
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


async def disconnected(receive: Receive) -> None:
    """Wait until the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_reply(send: Send, told: Reply, method: str) -> None:
    """Send a whole answer; of a HEAD, its head."""
    await reply(send, told.status, told.body, (*told.shared, *told.headers), method)


async def reply(send: Send, status: int, body: bytes, headers: Headers, method: str = "GET") -> None:
    """Send a whole answer; of a HEAD, its head."""
    length = () if status in {204, 304} else ((b"content-length", str(len(body)).encode()),)
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


async def problem(
    send: Send,
    fault: Mapping[str, Any],
    text: str,
    status: int,
    request: str,
    method: str = "GET",
    more: Headers = _ALLOW,
) -> None:
    """Send an error as `problem_of` tells it."""
    told = problem_of(fault, text, status, request, more)
    await send_reply(send, told, method)


def problem_of(fault: Mapping[str, Any], text: str, status: int, request: str, more: Headers = _ALLOW) -> Reply:
    """An error as problem+json (RFC 9457), with the id and the words that the command line has; with status 405, `more`
    headers.
    """
    told = {
        "type": f"https://w3id.org/terminology-kg/error/{fault['id']}",
        "title": fault["message"],
        "status": status,
        "detail": text,
        "instance": f"urn:request:{request}",
        **{key: value for key, value in fault.items() if key != "message"},
    }
    headers = [*OPEN, (b"content-type", PROBLEM.encode()), (b"x-request-id", request.encode())]
    if status in {429, 503}:
        headers.append((b"retry-after", b"1" if status == 429 else b"10"))
    if status == 408:
        headers.append((b"connection", b"close"))  # the rest of the body is not waited for
    if status == 405:
        headers += more
    if status == 401:
        headers += WHO
    body = json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace")  # half a character: as its escape
    return Reply(status, tuple(headers), body)


def with_charset(media: str) -> bytes:
    """A media type for Content-Type: texts tell their encoding."""
    return (f"{media}; charset=utf-8" if media.startswith("text/") else media).encode()
