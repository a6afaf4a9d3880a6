"""`kg export`: the graph in a format of RDF, whole or one guidance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.options import examples, store_option
from kg.cli.output import binary_destination

if TYPE_CHECKING:
    from kg.graph.export import Format


@click.command(
    epilog=examples(
        "kg export --format turtle --guidance IPG369",
        "kg export -o everything.trig",
        "kg export --format nquads | sort",
    )
)
@click.option(
    "--format",
    "form",
    metavar="turtle|trig|ntriples|nquads|jsonld|rdfxml",
    help="Default: what the file's name says, else trig. trig, nquads and jsonld keep the named graphs.",
)
@click.option("-g", "--guidance", help="This guidance only, with what is known of the codes it names.")
@click.option(
    "-o", "--output", "output", metavar="FILE", type=click.Path(path_type=Path), help="Write into a file; - is stdout."
)
@store_option
def command(form: str | None, guidance: str | None, output: Path | None, store: Path) -> None:
    """Write the graph as Turtle, JSON-LD, RDF/XML and others.

    The same store gives the same bytes, in an order made for reading and with prefixes where the format has them.
    """
    from kg.graph import iris
    from kg.graph.export import write
    from kg.workspace import open_workspace

    wanted = _format(form, output)
    with open_workspace(store) as workspace:
        only = iris.guidance_iri(workspace.recommendation(guidance).id) if guidance else None
        with binary_destination(output) as out:
            write(workspace.snapshot.quads, out, wanted, only)
            out.flush()


def _format(form: str | None, output: Path | None) -> Format:
    """The format asked for, else that of the file's ending, else TriG.

    Raises:
        KgError: KG-E0102.
    """
    from kg.graph.export import Format

    if form:
        return Format.named(form)
    ending = output.suffix.lower().removeprefix(".") if output else ""
    return next((one for one in Format if one.ending == ending), Format.TRIG)
