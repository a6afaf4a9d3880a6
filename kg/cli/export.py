"""`kg export`: the graph in a format of RDF or of a neighbouring field, whole or one guidance; as an ontology with
classes of records; as queries.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.options import examples, store_option
from kg.cli.output import binary_destination, say
from kg.errors import KgError, nearest

if TYPE_CHECKING:
    from kg.graph.export import Format
    from kg.owl.records import Ontology
    from kg.workspace import Workspace


_BY_ENDING = {".sql": "sql", ".owl": "owl", ".json": "jsonld", ".xml": "rdfxml"}
"""Formats by endings that are not their only ones, or that other formats share."""


@click.command(
    epilog=examples(
        "kg export --format turtle --guidance IPG369",
        "kg export -o everything.trig",
        "kg export --format nquads | sort",
        "kg export --format owl -o recommendations.owl",
        "kg export --format conceptmap --guidance IPG553 -o ipg553.json",
        "kg export -o recommendations.sssom.tsv",
        "kg export --format sql --dialect postgres --guidance IPG369",
        "kg export --format sql --dialect postgres --companion -o episode_codes.sql",
    )
)
@click.option(
    "--format",
    "form",
    metavar="turtle|trig|ntriples|nquads|jsonld|rdfxml|owl|skos|sssom|codesystem|valueset|conceptmap|csv|sql",
    help="Default: what the file's name says, else trig. trig, nquads and jsonld keep the named graphs. owl is the "
    "graph with the classes of records, in RDF/XML (Turtle for a file .ttl; N-Triples for .nt, and where RDF/XML has "
    "no name for a property). skos is codes, concepts and guidances in SKOS alone, in Turtle (or as the file's name "
    "says). sssom is a mapping set in TSV. codesystem, valueset and conceptmap are Bundles of FHIR R4. csv is a row "
    "for each relation. sql is a query for each guidance, for episodes in a database.",
)
@click.option(
    "--dialect",
    type=click.Choice(("duckdb", "spark", "postgres", "tsql", "snowflake", "bigquery")),
    default="duckdb",
    help="Of the format sql. Default: duckdb.",
)
@click.option("--companion", is_flag=True, help="Of the format sql: what the queries stand on, from columns of HES.")
@click.option("--as-printed", is_flag=True, help="Of the format sql: the documents' own words, no national standard.")
@click.option("-g", "--guidance", help="This guidance only, with what is known of the codes it names.")
@click.option(
    "-o", "--output", "output", metavar="FILE", type=click.Path(path_type=Path), help="Write into a file; - is stdout."
)
@click.option(
    "--records",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the records of this file instead (as kg check reads them), for kg query verdicts on another engine.",
)
@store_option
def command(
    form: str | None,
    dialect: str,
    companion: bool,
    as_printed: bool,
    guidance: str | None,
    output: Path | None,
    records: Path | None,
    store: Path,
) -> None:
    """Write the graph as RDF, SKOS, SSSOM, FHIR, CSV or SQL.

    The same store gives the same bytes, in an order made for reading and with prefixes where the format has them. The
    format owl adds classes of records (of each combination, variant, guidance and broken rule) for Protégé and
    reasoners; it says which rules OWL cannot tell.
    """
    from kg.exchange import formats
    from kg.graph import iris
    from kg.graph.export import Format, write
    from kg.workspace import open_workspace

    if form is None and output is not None:
        form = _BY_ENDING.get(output.suffix.lower())
    if form is not None and form.lower() == "sql":
        if companion:
            _write_companion(store, dialect, output)
        else:
            _write_queries(store, guidance, dialect, output, as_printed)
        return
    if companion or as_printed:
        raise KgError("KG-E0102", "--companion and --as-printed are for queries", hint="Add --format sql.")
    owl = form is not None and form.lower() == "owl"
    exchange = formats.Exchange.named(form) if form else formats.Exchange.of_file(output)
    wanted = _format(None if owl or exchange else form, output)
    with open_workspace(store) as workspace:
        if records is not None:
            if guidance is not None or owl or exchange:
                hint = f"Leave out --guidance{f' and --format {form}' if form else ''}."
                raise KgError("KG-E0102", "--records writes records alone, in a format of RDF", hint=hint)
            _write_records(workspace, records, wanted, output)
            return
        only = iris.guidance_iri(workspace.recommendation(guidance).id) if guidance else None
        classes = _classes(workspace, guidance) if owl else None
        with binary_destination(output) as out:
            if exchange is not None:
                flat = Format.TURTLE if wanted.has_graphs else wanted
                formats.write(workspace.snapshot.quads, out, exchange, workspace.snapshot.release.name, only, flat)
            elif classes is not None:
                from kg.owl.exporting import write_owl

                named = wanted in (Format.TURTLE, Format.NTRIPLES, Format.RDFXML)
                lacking = write_owl(workspace.snapshot.quads, classes, out, wanted if named else None, only)
                if lacking:
                    why = f"RDF/XML has no name for <{lacking[0]}>"
                    say(f"KG-W1060  written in N-Triples: {why}; a file .ttl is in Turtle")
            else:
                write(workspace.snapshot.quads, out, wanted, only)
            out.flush()


def _classes(workspace: Workspace, guidance: str | None) -> Ontology:
    """The classes of the records that meet the combinations as printed, of all guidances or of one, and of those that
    break a rule of the national standards.
    """
    from kg.owl.definitions import definitions

    return definitions(
        [workspace.recommendation(guidance)] if guidance else workspace.recommendations.values(),
        lambda r, side: workspace.combinations(r.id, side=side),
        workspace.classification,
        workspace.standards().standards,
    )


def _write_queries(store: Path, guidance: str | None, dialect: str, output: Path | None, as_printed: bool) -> None:
    """A query for each guidance; one that cannot be told in SQL (KG-E1201, KG-E1215) is named, and the next written."""
    from kg.audit.sql import Queries
    from kg.workspace import open_workspace

    with open_workspace(store) as workspace, binary_destination(output) as out:
        applied = None if as_printed else workspace.applied()
        queries = Queries(workspace.classification, workspace.facets, applied)
        if guidance:
            out.write(queries.query(workspace.recommendation(guidance), dialect).encode())
            return
        for r in workspace.recommendations.values():
            try:
                out.write(f"{queries.query(r, dialect).rstrip()};\n\n".encode())
            except KgError as error:
                if error.id not in ("KG-E1201", "KG-E1215"):
                    raise
                say(f"{error.id}  {r.id}: {error.what}")


def _write_companion(store: Path, dialect: str, output: Path | None) -> None:
    from kg.audit.sql_companion import companion
    from kg.workspace import open_workspace

    with open_workspace(store) as workspace, binary_destination(output) as out:
        standards = workspace.applied().standards.standards
        out.write(companion(standards, workspace.classification, dialect).encode())


def _write_records(workspace: Workspace, records: Path, form: Format, output: Path | None) -> None:
    from pyoxigraph import Store

    from kg.cli.records import read_all
    from kg.graph.export import write
    from kg.graph.records import named_selectors, record_quads

    made = Store()
    selectors = named_selectors(workspace.recommendations.values())
    made.extend(record_quads(read_all(records, workspace), selectors, workspace.classification.chapters))
    with binary_destination(output) as out:
        write(made, out, form)
        out.flush()


def _format(form: str | None, output: Path | None) -> Format:
    """The format asked for, else that of the file's ending, else TriG.

    Raises:
        KgError: KG-E0102, also with the formats that are not of RDF.
    """
    from kg.graph.export import Format

    if form:
        try:
            return Format.named(form)
        except KgError as fault:
            from kg.exchange.formats import Exchange

            near = nearest(form.lower(), [*Format, *Exchange, "owl", "sql"])
            hint = f"Did you mean {near[0]}?" if near else f"One of: {', '.join([*Format, *Exchange, 'owl', 'sql'])}."
            raise KgError(fault.id, f'not a format: "{form}"', hint=hint) from None
    ending = output.suffix.lower().removeprefix(".") if output else ""
    return next((one for one in Format if one.ending == ending), Format.TRIG)
