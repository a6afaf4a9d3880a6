"""`kg serve`: the store over HTTP."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from kg.cli.options import examples, store_option


@click.command(epilog=examples("kg serve", "kg serve --port 8080", "kg serve --rdf data.nq more.ttl"))
@click.option("--host", help="The address to listen on. Default: 127.0.0.1, this machine only.")
@click.option("--port", type=click.IntRange(0, 65535), help="Default: 7878. 0 takes any free one.")
@click.option(
    "--allow-host", "allowed", multiple=True, metavar="NAME", help="A further name of this server. Repeatable."
)
@click.option("--seconds", type=click.FloatRange(0.1, 3600), help="How long one question may take. Default: 10.")
@click.option(
    "--settings", "file", type=click.Path(path_type=Path), help="A TOML file with these and all other limits."
)
@click.option("--rdf", "plain", is_flag=True, help="Serve these RDF files as they are, not the store.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]…")
@store_option
def command(
    host: str | None,
    port: int | None,
    allowed: tuple[str, ...],
    seconds: float | None,
    file: Path | None,
    plain: bool,
    files: tuple[Path, ...],
    store: Path,
) -> None:
    """Serve the store: a SPARQL endpoint and linked data.

    The endpoint is at /sparql, the data of each IRI under its own path.
    Each question runs in a process of its own with bounded time and memory.
    """
    from kg.serve.data import of_files, of_store
    from kg.serve.server import run
    from kg.serve.settings import Settings, read_settings

    if bool(files) != plain:
        raise click.UsageError("--rdf takes the files to serve" if plain else "files are served with --rdf")
    settings = read_settings(file) if file else Settings()
    limits = replace(settings.limits, seconds=seconds) if seconds else settings.limits
    run(
        of_files(files) if plain else of_store(store),
        limits,
        host=host or settings.host,
        port=settings.port if port is None else port,
        store=None if plain else store,
        allowed=(*settings.hosts, *allowed),
        told=lambda address: click.echo(f"Serving {address}/sparql  (Ctrl-C stops)", err=True),
    )
