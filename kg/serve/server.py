"""Running it: the server process, its start, reload and stop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from kg.errors import KgError
from kg.serve.app import Endpoint, open_release
from kg.serve.data import Data, current, of_store
from kg.serve.limits import Limits

_LOOK_SECONDS = 1.0  # how often it is looked whether the store has a new release


def create_app(data: Data, limits: Limits, store: Path | None = None) -> ASGIApp:
    """The application over a data set. With `store`, a release that is built later takes its place without a request lost.
    """
    endpoint = Endpoint(limits)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        endpoint.release = await open_release(data, limits)
        watching = asyncio.create_task(_watch(endpoint, limits, store)) if store else None
        try:
            yield
        finally:
            if watching is not None:
                watching.cancel()
            last = endpoint.release
            last.pool.close()
            last.data.close()

    pages = Starlette(lifespan=lifespan)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # The endpoint stands before the router: it answers thousands of requests a second.
        if scope["type"] == "http" and scope["path"] in ("/sparql", "/sparql/"):
            await endpoint(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return app


async def _watch(endpoint: Endpoint, limits: Limits, store: Path) -> None:
    """Change to each new release of the store; who is being answered still gets the answer of the old one."""
    letting_go: set[asyncio.Task[None]] = set()
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        before = endpoint.release
        try:
            if before is None or current(store) == before.data.id:
                continue
            endpoint.release = await open_release(of_store(store), limits)
        except KgError:
            continue  # between two releases, or a damaged one: what is served stays
        task = asyncio.create_task(_let_go(before))
        letting_go.add(task)
        task.add_done_callback(letting_go.discard)


async def _let_go(release: object) -> None:
    from kg.serve.app import Release

    assert isinstance(release, Release)  # noqa: S101
    await release.pool.drain()
    release.data.close()


class _Server(uvicorn.Server):
    """Tells where it listens, once it does."""

    def __init__(self, config: uvicorn.Config, told: Callable[[str], None]) -> None:
        super().__init__(config)
        self._told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._told(f"http://{f'[{host}]' if ':' in host else host}:{port}")


def run(
    data: Data, limits: Limits, *, host: str, port: int, store: Path | None = None, told: Callable[[str], None] = print
) -> None:
    """Serve until told to stop (SIGINT, SIGTERM); requests that run are answered first. `told` gets the address.

    Raises:
        KgError: KG-E1112, where the address cannot be listened on.
    """
    config = uvicorn.Config(
        create_app(data, limits, store),
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=int(limits.seconds) + 1,
        limit_concurrency=1000,
    )
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise KgError(
            "KG-E1112", f"cannot listen on {host}, port {port}: {error.strerror}", hint="Name another: --port 0 takes a free one."
        ) from error
    _Server(config, told).run([listening])
