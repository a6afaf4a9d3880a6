"""`kg serve`: the store over HTTP."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli.options import examples, store_option


@click.command(epilog=examples("kg serve", "kg serve --port 8080", "kg serve --rdf data.nq more.ttl"))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=7878, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
@click.option("--seconds", default=10.0, show_default=True, help="How long one question may take.")
@click.option("--rdf", "plain", is_flag=True, help="Serve these RDF files as they are, not the store.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]…")
@store_option
def command(host: str, port: int, seconds: float, plain: bool, files: tuple[Path, ...], store: Path) -> None:
    """Serve the store: a SPARQL endpoint at /sparql.

    Each question runs in a process of its own with bounded time and memory.
    """
    from kg.serve.data import of_files, of_store
    from kg.serve.limits import Limits
    from kg.serve.server import run

    data = of_files(files) if plain else of_store(store)
    run(
        data,
        Limits(seconds=seconds),
        host=host,
        port=port,
        store=None if plain else store,
        told=lambda address: click.echo(f"Serving {address}/sparql  (Ctrl-C stops)", err=True),
    )
