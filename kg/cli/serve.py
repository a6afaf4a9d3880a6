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
@click.option("--root", metavar="/PREFIX", help="What a proxy puts before every path. Default: nothing.")
@click.option("--log", is_flag=True, help="Tell each request on stderr, a JSON line each; no query, code or address.")
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
    root: str | None,
    log: bool,
    file: Path | None,
    plain: bool,
    files: tuple[Path, ...],
    store: Path,
) -> None:
    """Serve the store: a SPARQL endpoint and linked data.

    The endpoint is at /sparql, the data of each IRI under its own path.
    Each question runs in a process of its own with bounded time and memory.
    """
    from kg.serve.crew import crews_of
    from kg.serve.data import of_files, of_store
    from kg.serve.settings import Settings, read_settings, root_of

    if bool(files) != plain:
        raise click.UsageError("--rdf takes the files to serve" if plain else "files are served with --rdf")
    settings = read_settings(file) if file else Settings()
    settings = replace(
        settings,
        host=host or settings.host,
        port=settings.port if port is None else port,
        root=settings.root if root is None else root_of(root),
        log=log or settings.log,
        hosts=(*settings.hosts, *allowed),
        limits=replace(settings.limits, seconds=seconds) if seconds else settings.limits,
    )
    data = of_files(files) if plain else of_store(store)
    crews = crews_of(data, settings.limits)
    for crew in crews:
        if crew is not None:
            crew.begin()

    from kg.serve.server import run  # takes as long as they take to open the store

    run(
        data,
        settings,
        None if plain else store,
        lambda address: click.echo(f"Serving {address}{settings.root}/sparql  (Ctrl-C stops)", err=True),
        crews,
    )
