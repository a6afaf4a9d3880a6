"""`/api/…`: the answers of the commands over HTTP, as the OpenAPI document at `/api/openapi.json` tells."""

from __future__ import annotations

import json
from typing import Any

from kg.errors import KgError
from kg.resources import VERSION
from kg.serve.answering import send_answer
from kg.serve.guard import Guard
from kg.serve.http import OPEN, Headers, Receive, Scope, Send, body_of, disconnected, headers_of, problem, reply
from kg.serve.messages import of_api
from kg.serve.negotiate import best
from kg.serve.operations import Operation, document, find
from kg.serve.releases import Releases, release_of

_JSON = (b"content-type", b"application/json")
_DOCUMENT = "/api/openapi.json"


class Api:
    """The API, as an application of its own."""

    def __init__(self, releases: Releases, guard: Guard) -> None:
        self.releases = releases
        self.guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        """Answer one request.

        Raises:
            KgError: a fault that nothing was sent of. GoneError: nobody waits.
        """
        path = scope["raw_path"].decode("latin-1").partition("?")[0]
        if path in ("/api", "/api/"):
            await reply(send, 303, b"", (*OPEN, (b"location", f"{scope.get('root_path', '')}{_DOCUMENT}".encode())))
            return
        by_method, found = ({"GET": None}, {}) if path == _DOCUMENT else find(path)
        if not by_method:
            raise KgError("KG-E1113", f'nothing is at "{path[:200]}"', hint=f"{_DOCUMENT} lists what there is.")
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if method not in by_method:
            await self._other_method(scope, send, request, sorted(by_method))
            return
        headers = headers_of(scope)
        best(headers.get("accept"), ("application/json",), {"application/problem+json": "application/json"})
        operation = by_method[method]
        if operation is None:
            await self._describe(scope, send)
            return
        scope["kg.route"] = operation.path
        arguments = operation.arguments(found, scope["query_string"])
        if method == "POST":
            await self._records(operation, arguments, scope, receive, send, request)
        else:
            release = release_of(scope)
            await send_answer(release, of_api(operation.name, arguments), scope, receive, send, request)

    async def _records(
        self, operation: Operation, arguments: dict[str, Any], scope: Scope, receive: Receive, send: Send, request: str
    ) -> None:
        headers, limits = headers_of(scope), self.releases.limits
        self.guard.check(headers)
        media, _, more = (part.strip().lower() for part in headers.get("content-type", "").partition(";"))
        if media != "application/json" or more.replace('"', "") not in ("", "charset=utf-8"):
            # A form of another site can send text and forms without asking first, and no JSON.
            raise KgError(
                "KG-E1111",
                f"records are not sent as {headers.get('content-type', 'nothing')[:100]}",
                hint="Send them as Content-Type: application/json, in UTF-8.",
            )
        body = await body_of(receive, headers, limits.body, limits.patience)
        if not body:
            raise KgError("KG-E1121", "the body is empty", hint='Send {"procedures": ["…"]}.')
        release = release_of(scope)
        answer = await release.answer(of_api(operation.name, arguments, body), lambda: disconnected(receive))
        if answer.fault is not None:
            await problem(send, answer.fault, answer.text, answer.status, request)
            return
        kept: Headers = ((b"cache-control", b"no-store"), (b"x-request-id", request.encode()), _JSON)
        await reply(send, 200, answer.body, (*self._allowed(headers), *kept))

    def _allowed(self, headers: dict[str, str]) -> Headers:
        """What lets a page of an allowed site read the answer."""
        origin = headers.get("origin", "")
        allowed = ((b"access-control-allow-origin", origin.encode("latin-1")),) if origin else ()
        return (*allowed, (b"vary", b"Origin"), (b"x-content-type-options", b"nosniff"))

    async def _other_method(self, scope: Scope, send: Send, request: str, methods: list[str]) -> None:
        """OPTIONS: what may be asked; any other: refused."""
        allow = ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])
        if scope["method"] != "OPTIONS":
            fault = KgError("KG-E1110", f"{scope['method'][:20]} is not a way to ask", hint=f"There are: {allow}")
            await problem(
                send, fault.as_dict(), str(fault), 405, request, scope["method"], ((b"allow", allow.encode()),)
            )
            return
        headers = headers_of(scope)
        shared: Headers = OPEN
        if "POST" in methods:
            self.guard.check_site(headers)
            shared = self._allowed(headers)
        told = (
            (b"allow", allow.encode()),
            (b"access-control-allow-methods", allow.encode()),
            (b"access-control-allow-headers", b"Accept, Authorization, Content-Type, If-None-Match"),
            (b"access-control-max-age", b"86400"),
        )
        await reply(send, 204, b"", (*shared, *told))

    async def _describe(self, scope: Scope, send: Send) -> None:
        """The OpenAPI document, of this version and place."""
        told = dict(document())
        told["info"] = {**told["info"], "version": VERSION}
        told["servers"] = [{"url": scope.get("root_path", "") or "/"}]
        if self.guard.tokens:
            told["paths"] = {
                path: {
                    m: {**one, **({"security": [{"token": []}]} if m == "post" else {})} for m, one in methods.items()
                }
                for path, methods in told["paths"].items()
            }
        body = json.dumps(told, ensure_ascii=False, indent=1).encode()
        await reply(send, 200, body, (*OPEN, _JSON, (b"cache-control", b"no-cache")), scope["method"])
