"""`/sparql`: the SPARQL 1.1 Protocol over the release in use."""

from __future__ import annotations

from collections.abc import Mapping

import pyoxigraph as ox

from kg.serve.answering import Pending, pending, send_pending
from kg.serve.description import description
from kg.serve.http import OPEN, Receive, Reply, Scope, Send, body_of, headers_of, reply, with_charset
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
        address = f"{scope['scheme']}://{headers.get('host', 'localhost')}{scope.get('root_path', '')}{scope['path']}"
        release = release_of(scope)
        told = self.begin(release, method, scope["query_string"], headers, body, address, request)
        await send_pending(release, told, scope, receive, send)

    def begin(
        self,
        release: Release,
        method: str,
        query_string: bytes,
        headers: Mapping[str, str],
        body: bytes,
        address: str,
        request: str,
    ) -> Pending | Reply:
        """What a release is to answer to a request, of whichever way it came, or the answer where that needs none.

        Raises:
            KgError: what is wrong with it.
        """
        asked = read(method, query_string, headers.get("content-type", ""), headers.get("accept"), body)
        if asked is None:
            return self._description(release, address, headers.get("accept"))
        return pending(release, asked.question(address), headers, request)

    def _description(self, release: Release, address: str, accept: str | None) -> Reply:
        media = best(accept, GRAPHS)
        triples = description(address, self.releases.limits, release.data.graphs, union=release.data.union)
        written = ox.serialize(triples, format=WRITERS[media], prefixes=_PREFIXES) or b""
        return Reply(200, (*OPEN, (b"content-type", with_charset(media))), written)
