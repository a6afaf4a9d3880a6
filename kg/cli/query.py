"""`kg query`: a named query of the library, a file, or SPARQL from stdin; on the store or on a SPARQL server."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from kg.cli.options import examples, store_option
from kg.cli.output import chosen, clean, data_options, destination, json_line, write_items, write_table
from kg.errors import KgError, Place

if TYPE_CHECKING:
    from kg.graph.queries import Query, Question
    from kg.graph.results import Results

_FORMATS = ("table", "json", "jsonl", "csv", "tsv", "turtle")


@click.command(
    epilog=examples(
        "kg query --list",
        "kg query combinations guidance=IPG369",
        "kg query my-question.rq --format csv",
        "kg query 'SELECT * { GRAPH ?g { ?s kg:mapsTo ?o } }'",
        "kg query guidances-for-code selector=C78.7 --endpoint https://example.org/sparql",
        "kg query verdicts --records records.jsonl",
    )
)
@click.argument("query", required=False, metavar="[NAME|FILE|SPARQL|-]")
@click.argument("values", nargs=-1, metavar="[PARAMETER=VALUE]…")
@click.option(
    "--param",
    "parameters",
    multiple=True,
    metavar="PARAMETER=VALUE",
    help="The same as an option. Repeated: any of them.",
)
@click.option("--list", "listed", is_flag=True, help="List the named queries, or tell all of the one that is named.")
@click.option("--text", "shown", is_flag=True, help="Print the SPARQL with the values put in, and do not run it.")
@click.option("--endpoint", metavar="URL", help="Ask this SPARQL 1.1 server instead of the store.")
@click.option(
    "--records",
    "records",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Put the records of this file (as kg check reads them) beside the store, in graph:records; in memory only.",
)
@store_option
@data_options(*_FORMATS)
def command(
    query: str | None,
    values: tuple[str, ...],
    parameters: tuple[str, ...],
    listed: bool,
    shown: bool,
    endpoint: str | None,
    records: Path | None,
    store: Path,
    form: str | None,
    output: Path | None,
) -> None:
    """Ask the store in SPARQL, by a named query or your own.

    Known prefixes (kg:, skos:, opcs4:, icd10:, sct: …) need no declaration. --format json, csv and tsv are the formats
    of SPARQL 1.1; jsonl has an object a row with plain values; a query that makes a graph gives Turtle.
    """
    from kg.graph.queries import fill, library, named

    if listed or query is None:
        wanted = chosen(form, output, _FORMATS)
        found = (named(query),) if query else library()
        _list(found, wanted, output, whole=query is not None)
        return
    given = _given((*values, *parameters))
    own = _is_sparql(query) or _is_file(query)
    question = _ad_hoc(query, given) if own else fill(named(query), given)
    if shown:
        with destination(output) as out:
            out.write(question.text.rstrip() + "\n")
        return
    results = (
        _answer(question, endpoint, store) if records is None else _with_records(question, endpoint, store, records)
    )
    _write(results, chosen(form, output, _FORMATS), form is not None, output)


def _is_file(text: str) -> bool:
    """Whether a file or stdin is meant, not a name of the library."""
    from kg.graph.queries import library

    if any(text == query.name for query in library()):
        return False
    return text == "-" or _NAME_OF_FILE.search(text) is not None or Path(text).is_file()


_ENDING = re.compile(r"\.(rq|sparql|ru|txt)$")
_NAME_OF_FILE = re.compile(rf"[/\\]|{_ENDING.pattern}")
_SPARQL = re.compile(
    r"\s*(?:#.*\n|(?:select|ask|construct|describe|prefix|base|insert|delete)(?:\s+\S|[{*?$(<]))", re.IGNORECASE
)


def _is_sparql(text: str) -> bool:
    """Whether the text is a question itself: more than a word, and not the name of a file."""
    return _SPARQL.match(text) is not None and not _ENDING.search(text)


def _given(texts: Sequence[str]) -> dict[str, list[str]]:
    """The values of parameters, several for one that is repeated.

    Raises:
        KgError: KG-E0102 for one that is not PARAMETER=VALUE.
    """
    found: dict[str, list[str]] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not (sign and name):
            raise KgError("KG-E0102", f'not PARAMETER=VALUE: "{text}"', hint="Write it as guidance=IPG369.")
        found.setdefault(name.strip(), []).append(value)
    return found


def _ad_hoc(query: str, given: Mapping[str, Sequence[str]]) -> Question:
    """The question that is given, in a file or on stdin.

    Raises:
        KgError: KG-E0201, KG-E0203, KG-E0205 (the file), KG-E0603 (values, where no parameters are), those of `ad_hoc`.
    """
    from kg.graph.queries import ad_hoc

    if given:
        raise KgError("KG-E0603", "only named queries take parameters", hint="Write the values into the query.")
    if _is_sparql(query):
        return ad_hoc(query, "query")
    source = "stdin" if query == "-" else query
    try:
        data = sys.stdin.buffer.read() if query == "-" else Path(query).read_bytes()
    except FileNotFoundError:
        raise KgError(
            "KG-E0201", "no such file", where=Place(source), hint="kg query --list lists the named queries."
        ) from None
    except OSError as error:
        raise KgError("KG-E0205", f"the file cannot be read: {error.strerror}", where=Place(source)) from error
    try:
        return ad_hoc(data.decode("utf-8"), source)
    except UnicodeDecodeError as error:
        raise KgError("KG-E0203", f"byte 0x{data[error.start]:02X} is not UTF-8", where=Place(source)) from error


def _answer(question: Question, endpoint: str | None, store: Path) -> Results:
    if endpoint is not None:
        from kg.graph.remote import ask_server

        return ask_server(endpoint, question)
    from kg.graph.results import run
    from kg.graph.store import open_store

    with open_store(store) as snapshot:
        return run(snapshot, question)


def _with_records(question: Question, endpoint: str | None, store: Path, records: Path) -> Results:
    """The answer of the store with records beside it.

    Raises:
        KgError: KG-E0102 with --endpoint; those of the file of records, or of its first line that is no record.
    """
    from kg.cli.records import read_all
    from kg.graph.records import beside, named_selectors, record_quads
    from kg.graph.results import ask
    from kg.workspace import open_workspace

    if endpoint is not None:
        hint = "Write them with kg export --records FILE, and load that into the server."
        raise KgError("KG-E0102", "records cannot be put beside a server's data from here", hint=hint)
    with open_workspace(store) as workspace:
        selectors = named_selectors(workspace.recommendations.values())
        told = record_quads(read_all(records, workspace), selectors, workspace.classification.chapters)
        return ask(beside(workspace.snapshot.quads, told), question, str(store))


def _write(results: Results, form: str, asked: bool, output: Path | None) -> None:
    """Write an answer. A graph is Turtle unless another format was asked for."""
    with destination(output) as out:
        if results.triples is not None and (form == "turtle" or not asked):
            out.write(results.to_turtle())
            return
        match form:
            case "turtle":
                raise KgError(
                    "KG-E0102", "the query gives rows, not a graph", hint="Use --format csv, or a CONSTRUCT query."
                )
            case "json" if results.triples is None:
                out.write(json.dumps(json.loads(results.to_json()), ensure_ascii=False, indent=2) + "\n")
            case "json":
                out.write(json.dumps(results.records(), ensure_ascii=False, indent=2, default=str) + "\n")
            case "jsonl":
                for record in results.records():
                    out.write(
                        json_line(
                            {
                                name: value if isinstance(value, str | int | float) else str(value)
                                for name, value in record.items()
                            }
                        )
                    )
            case "csv":
                out.write(results.to_csv().replace("\r\n", "\n"))
            case "tsv":
                out.write(results.to_tsv())
            case _:
                _table(out, results)


def _table(out: IO[str], results: Results) -> None:
    if results.boolean is not None:
        out.write("yes\n" if results.boolean else "no\n")
        return
    write_table(out, results.names(), results.values())
    if out.isatty():
        rows = len(results.values())
        out.write(f"{rows:,} row{'' if rows == 1 else 's'}\n")


def _list(queries: Sequence[Query], form: str, output: Path | None, *, whole: bool) -> None:
    """The named queries; of a single one all that its header says."""
    if form == "table" and whole:
        with destination(output) as out:
            for query in queries:
                out.write(_described(query))
        return
    items = [_as_json(query) for query in queries]
    if form == "table":
        with destination(output) as out:
            write_table(out, ("query", "answers", "example"), [(q["name"], q["question"], q["example"]) for q in items])
    else:
        write_items(
            items,
            "jsonl" if form == "turtle" else form,
            output,
            ("name", "title", "question", "parameters", "returns", "example"),
            _rows,
        )


def _as_json(query: Query) -> dict[str, Any]:
    return {
        "name": query.name,
        "title": query.title,
        "question": query.question,
        "parameters": [
            {"name": p.name, "type": p.kind, "description": p.description, "example": p.example, "optional": p.optional}
            for p in query.parameters
        ],
        "returns": list(query.returns),
        "example": query.example,
    }


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    names = " ".join(p["name"] for p in item["parameters"])
    yield item["name"], item["title"], item["question"], names, " ".join(item["returns"]), item["example"]


def _described(query: Query) -> str:
    from kg.graph.parameters import KINDS

    lines = [
        query.name,
        f"  {query.title}",
        f"  {query.question}",
        "",
        "  parameters" if query.parameters else "  no parameters",
    ]
    for p in query.parameters:
        told = " (may be left out)" if p.optional else ""
        lines += [
            f"    {p.name}  {p.description}{told}",
            f"    {' ' * len(p.name)}  {KINDS[p.kind].explained}; for example {p.example}",
        ]
    lines += ["", f"  returns  {', '.join(query.returns)}", f"  example  {query.example}"]
    return clean("\n".join(lines)) + "\n"
