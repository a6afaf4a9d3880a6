"""Running it: the server process, its start, reload and stop."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import uvicorn

from kg.errors import KgError
from kg.serve.app import create_app, hosts_of
from kg.serve.connection import connections
from kg.serve.crew import Crews
from kg.serve.data import Data
from kg.serve.settings import Settings


class _Server(uvicorn.Server):
    """Tells where it listens, once it does."""

    def __init__(self, config: uvicorn.Config, told: Callable[[str], None]) -> None:
        super().__init__(config)
        self._told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.freeze()  # what stays for good is not looked through for garbage again while somebody waits
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._told(f"http://{f'[{host}]' if ':' in host else host}:{port}")


def run(
    data: Data,
    settings: Settings,
    store: Path | None = None,
    told: Callable[[str], None] = print,
    crews: Crews | None = None,
) -> None:
    """Serve until told to stop (SIGINT, SIGTERM); requests that run are answered first. With `store`, later releases
    of it take the place of the first. `told` gets the address; `crews` are the workers of the data, if begun already.

    Raises:
        KgError: KG-E1112, where the address cannot be listened on.
    """
    host, port = settings.host, settings.port
    application = create_app(data, replace(settings, hosts=tuple(hosts_of(host, settings.hosts))), store, crews)
    config = uvicorn.Config(
        application,
        http=connections(application),
        ws="none",
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=int(settings.limits.seconds) + 1,
        limit_concurrency=1000,
    )
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise KgError(
            "KG-E1112",
            f"cannot listen on {host}, port {port}: {error.strerror}",
            hint="Name another: --port 0 takes a free one.",
        ) from error
    _Server(config, told).run([listening])
