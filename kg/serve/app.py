"""The application: routes, errors, figures. A function of the data that is served; nothing happens on import."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette

from kg import resources
from kg.errors import KgError
from kg.resources import VERSION
from kg.serve import linked
from kg.serve.answering import Pending, refused, send_answer
from kg.serve.api import Api
from kg.serve.crew import Crews
from kg.serve.data import Data
from kg.serve.dumps import Dumps
from kg.serve.endpoint import Endpoint
from kg.serve.http import (
    OPEN,
    Receive,
    Reply,
    Scope,
    Send,
    below,
    headers_of,
    problem,
    reply,
    request_id,
)
from kg.serve.lane import GoneError
from kg.serve.messages import for_strangers
from kg.serve.negotiate import wants_page
from kg.serve.operator import Figures, Log, tell
from kg.serve.pages.site import ROUTES, Pages
from kg.serve.pool import Answer
from kg.serve.releases import Release, Releases, release_of
from kg.serve.settings import Settings

_LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
_SINGLE = frozenset(
    {"sparql", "context.jsonld", "robots.txt", "health", "ready", "metrics"}
)  # nothing stands below these
_WORKED_OUT = ("api/", "around", "check", "query", "search", "sparql")
_PROBES = frozenset({"/health", "/ready"})  # asked by machines that know an address alone, and telling nothing
Answerer = Callable[[Scope, Receive, Send, str], Awaitable[None]]


class Application:
    """One ASGI application over one data set."""

    def __init__(self, releases: Releases, settings: Settings) -> None:
        self.releases = releases
        self.hosts = frozenset(settings.hosts)
        self.root = settings.root
        self.log = Log() if settings.log else None
        self.figures = Figures()
        self.endpoint = Endpoint(releases)
        self.pages = Pages(releases, settings.guard)
        self.dumps = Dumps(settings.dumps)
        self.routes: dict[str, Answerer] = {
            **dict.fromkeys(ROUTES, self.pages),
            "sparql": self._sparql,
            "api": Api(releases, settings.guard),
            "context.jsonld": self._context,
            "robots.txt": self._robots,
            "dumps": self.dumps,
            "id": self._name,
            "data": self._data,
            "graph": self._graph,
            "ontology": self._ontology,
            ".well-known": self._void,
            "health": self._health,
            "ready": self._ready,
            "metrics": self._metrics,
        }
        self._begin_and_end = Starlette(lifespan=self._open)

    @contextlib.asynccontextmanager
    async def _open(self, app: Starlette) -> AsyncIterator[None]:
        """While it serves, the release is open."""
        await self.releases.open()
        try:
            yield
        finally:
            await self.releases.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever it is; or begin and end."""
        if scope["type"] != "http":
            await self._begin_and_end(scope, receive, send)
            return
        request, began = request_id(), time.perf_counter()
        if self.root:
            scope = below(scope, self.root)
        route = scope["path"].lstrip("/").partition("/")[0]
        status, fault = 0, ""

        async def noting(message: Scope) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            if scope["path"] not in _PROBES:
                self._check_host(headers_of(scope))
            answer = self.routes.get(route)
            if answer is None or (route in _SINGLE and scope["path"].strip("/") != route):
                raise _nothing_there(scope["path"])
            with self.releases.request(scope):
                await answer(scope, receive, noting, request)
        except KgError as raised:
            fault = raised.id
            await self._tell(for_strangers(raised), scope, noting, request)
        except GoneError:
            status = 499
        known = route if route in self.routes else "other"
        self.note(request, scope["method"], known, status, began, fault, scope.get("kg.route"))

    def begin(
        self, release: Release, query_string: bytes, headers: Mapping[str, str], scheme: str, request: str
    ) -> Pending | Reply:
        """What a release is to answer to a question in an address (`GET /sparql?…`), or the answer where that needs
        none; as `__call__` would have it.
        """
        try:
            self._check_host(headers)
            address = f"{scheme}://{headers.get('host', 'localhost')}{self.root}/sparql"
            return self.endpoint.begin(release, "GET", query_string, headers, b"", address, request)
        except KgError as fault:
            return refused(fault, request)

    def note(
        self,
        request: str,
        method: str,
        known: str,
        status: int,
        began: float,
        fault: str = "",
        route: str | None = None,
    ) -> None:
        """Count a request, and log it: its route by name, and its pattern where that tells more; `fault` is the id of
        what it was refused for before anybody was asked.
        """
        took = time.perf_counter() - began
        self.figures.count(known, status, took, fault)
        if self.log is not None:
            self.log.tell(request, method, route or f"/{known}", status, took, fault)

    async def _tell(self, fault: KgError, scope: Scope, send: Send, request: str) -> None:
        """Tell a fault, as a page to who reads pages."""
        if wants_page(headers_of(scope).get("accept")):
            await self.pages.fault(scope, send, fault, request)
        else:
            await problem(send, fault.as_dict(), str(fault), fault.kind.http, request, scope["method"])

    def _check_host(self, headers: Mapping[str, str]) -> None:
        """Refuse a request under a foreign name: a page elsewhere could make a browser ask a server on this machine.

        Raises:
            KgError: KG-E1114.
        """
        host = headers.get("host", "")
        if not self.hosts or host in self.hosts:
            return
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and host.count(":") else host
        if name.lower() not in self.hosts:
            raise KgError(
                "KG-E1114",
                f'this server does not go by the name "{name[:100]}"',
                hint="Add it when starting: kg serve --allow-host NAME",
            )

    async def _sparql(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        """The endpoint; who comes to it with a browser and without a question is led to the page."""
        asks = scope["query_string"] or scope["method"] not in {"GET", "HEAD"}
        if asks or not wants_page(headers_of(scope).get("accept")):
            await self.endpoint(scope, receive, send, request)
            return
        where = f"{scope.get('root_path', '')}/query".encode("latin-1")
        await reply(send, 303, b"", (*OPEN, (b"location", where)), scope["method"])

    async def _context(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        """The words of our JSON-LD, under an address that stays."""
        _only_reading(scope)
        kept = (b"cache-control", b"public, max-age=86400")
        body = resources.text("ontology/context.jsonld").encode()
        await reply(send, 200, body, (*OPEN, kept, (b"content-type", b"application/ld+json")), scope["method"])

    async def _robots(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        """What machines that follow links had better leave alone: each address below asks a question of its own."""
        _only_reading(scope)
        told = "".join(f"Disallow: {self.root}/{name}\n" for name in _WORKED_OUT)
        kept = (b"cache-control", b"public, max-age=86400")
        head = (*OPEN, kept, (b"content-type", b"text/plain; charset=utf-8"))
        await reply(send, 200, f"User-agent: *\n{told}".encode(), head, scope["method"])

    async def _name(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        """`/id/…`: 303 to the page or to the data."""
        _only_reading(scope)
        path = _rest(scope)
        linked.named_by(f"id/{path}")
        where = scope.get("root_path", "") + linked.see_other(path, headers_of(scope).get("accept"))
        await reply(send, 303, b"", (*OPEN, (b"location", where.encode("latin-1"))), scope["method"])

    async def _data(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        wanted = linked.description_of(_rest(scope), headers_of(scope).get("accept"))
        other = wanted.otherwise()
        try:
            await self._described(wanted, scope, receive, send, request)
        except KgError as fault:
            if fault.id != "KG-E1113" or other is None:
                raise
            await send_answer(release_of(scope), other, scope, receive, send, request)

    async def _graph(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        wanted = linked.graph_of(f"graph/{_rest(scope)}", headers_of(scope).get("accept"))
        await self._described(wanted, scope, receive, send, request)

    async def _ontology(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        if _rest(scope) not in {"", VERSION}:  # its `owl:versionIRI` ends in its version
            raise _nothing_there(scope["path"])
        wanted = linked.graph_of("graph/ontology", headers_of(scope).get("accept"))
        await self._described(wanted, scope, receive, send, request)

    async def _void(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        if _rest(scope) != "void":
            raise _nothing_there(scope["path"])
        names = [dump.name for dump in self.dumps.listed()]
        wanted = linked.data_set(headers_of(scope).get("accept"), names)
        await self._described(wanted, scope, receive, send, request)

    async def _described(
        self, wanted: linked.Description, scope: Scope, receive: Receive, send: Send, request: str
    ) -> None:
        _only_reading(scope)

        def check(answer: Answer) -> None:
            if answer.empty:
                raise KgError("KG-E1113", f"the store says nothing of <{wanted.iri}>", hint="Find names with /sparql.")

        release = release_of(scope)
        await send_answer(release, wanted.question(), scope, receive, send, request, check)

    async def _health(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        """The process lives."""
        _only_reading(scope)
        await _json(send, 200, {"status": "ok", "version": VERSION}, scope["method"])

    async def _ready(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        """It can be asked: there is a release, and a worker that has opened it."""
        _only_reading(scope)
        release = release_of(scope)
        told: dict[str, object] = {
            "status": "ready",
            "release": release.data.id,
            "isolated": release.pool.isolated,
        }
        if self.releases.refused is not None:  # the store has another, and this is why it is not served
            told["refused"] = dict(zip(("release", "fault"), self.releases.refused, strict=True))
        await _json(send, 200, told, scope["method"])

    async def _metrics(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        _only_reading(scope)
        release = release_of(scope)
        gauges: dict[str, float] = {
            "release_changes": self.releases.changes,
            "release_refused": self.releases.refused is not None,
            "releases_answering": self.releases.answering,
            "remembered_bytes": release.remembered.size,
        }
        for name, pool in release.pools.items():
            gauges |= {f"{name}_{figure}": value for figure, value in pool.figures.items()}
            gauges[f"{name}_opening_seconds"] = pool.opening
        text = self.figures.text(gauges).encode()
        await reply(send, 200, text, ((b"content-type", b"text/plain; version=0.0.4; charset=utf-8"),), scope["method"])


def _rest(scope: Scope) -> str:
    """The path after the name of its route, as it was sent."""
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    return raw.decode("latin-1").partition("?")[0].lstrip("/").partition("/")[2]


def _only_reading(scope: Scope) -> None:
    if scope["method"] not in {"GET", "HEAD"}:
        raise KgError("KG-E1110", f"{scope['method']} is not a way to ask", hint="Use GET.")


def _nothing_there(path: str) -> KgError:
    return KgError("KG-E1113", f'nothing is at "{path[:200]}"', hint="Begin at /, or ask at /sparql.")


async def _json(send: Send, status: int, told: object, method: str) -> None:
    await reply(send, status, json.dumps(told).encode(), ((b"content-type", b"application/json"),), method)


def create_app(data: Data, settings: Settings, store: Path | None = None, crews: Crews | None = None) -> Application:
    """The application over a data set; with `store`, a release built later takes its place without a request lost.

    It goes by the names of the settings; with none, by any. `crews` are the data set's, where they were begun already.
    """
    told = Log.fault if settings.log else tell
    return Application(Releases(data, settings.limits, store, told, crews), settings)


def hosts_of(host: str, more: Collection[str] = ()) -> frozenset[str]:
    """The names that a server goes by that listens on an address: on this machine alone, the local ones and `more`; to
    others, `more`, or any where none are given.
    """
    named = {name.lower() for name in more}
    return frozenset({*_LOCAL, *named}) if host in {"localhost", "127.0.0.1", "::1"} else frozenset(named)
