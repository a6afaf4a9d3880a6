"""`/sparql`: the SPARQL 1.1 Protocol over the release in use."""

from __future__ import annotations

import pyoxigraph as ox

from kg.serve.answering import send_answer
from kg.serve.description import description
from kg.serve.http import OPEN, Receive, Scope, Send, body_of, headers_of, reply, with_charset
from kg.serve.negotiate import best
from kg.serve.protocol import GRAPHS, read
from kg.serve.releases import Release, Releases, release_of
from kg.serve.worker import GRAPHS as WRITERS

_PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS"),
    (b"access-control-allow-headers", b"Accept, Content-Type, If-None-Match"),
    (b"access-control-max-age", b"86400"),
    (b"allow", b"GET, HEAD, POST, OPTIONS"),
)
_PREFIXES = {"sd": "http://www.w3.org/ns/sparql-service-description#", "void": "http://rdfs.org/ns/void#"}


class Endpoint:
    """The endpoint, as an application of its own."""

    def __init__(self, releases: Releases) -> None:
        self.releases = releases

    async def __call__(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        """Answer one request.

        Raises:
            KgError: a fault that nothing was sent of. GoneError: nobody waits.
        """
        method: str = scope["method"]
        if method == "OPTIONS":
            await reply(send, 204, b"", (*OPEN, *_PREFLIGHT))
            return
        headers = headers_of(scope)
        limits = self.releases.limits
        body = await body_of(receive, headers, limits.body, limits.patience) if method == "POST" else b""
        asked = read(method, scope["query_string"], headers.get("content-type", ""), headers.get("accept"), body)
        release = release_of(scope)
        base = f"{scope['scheme']}://{headers.get('host', 'localhost')}{scope.get('root_path', '')}{scope['path']}"
        if asked is None:
            await self._describe(send, release, base, headers.get("accept"), method)
            return
        await send_answer(release, asked.question(base), scope, receive, send, request)

    async def _describe(self, send: Send, release: Release, base: str, accept: str | None, method: str) -> None:
        media = best(accept, GRAPHS)
        triples = description(base, self.releases.limits, release.data.graphs, union=release.data.union)
        written = ox.serialize(triples, format=WRITERS[media], prefixes=_PREFIXES) or b""
        await reply(send, 200, written, (*OPEN, (b"content-type", with_charset(media))), method)
