"""The SPARQL 1.1 tests of the W3C, put to a real `kg serve --rdf` over HTTP."""

import csv
import io
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
from rdflib import Graph

from tests.serve.serving import serving
from tests.shared.conftest import SHARED
from tests.shared.w3c import MF, QT, Case, Request, cases, data_of, path_of, requests

SUITE = SHARED / "suites" / "w3c-sparql11"
QUERIES = ("aggregates", "csv-tsv-res", "json-res", "negation", "property-path")
ENGINE = {
    "aggregates/agg-groupconcat-04": "texts of one language make a text of that language, as in SPARQL 1.2",
    "aggregates/agg-groupconcat-06": "the same",
    "aggregates/agg-empty-group-count-graph": "GRAPH ?g around an aggregate without GROUP BY leaves ?g open",
    "csv-tsv-res/tsv03": "types derived from xsd:integer are kept as xsd:integer",
    "negation/graph-minus": "MINUS inside GRAPH ?g sees ?g on both sides",
    "property-path/zero_or_more_set_start": "a path of length zero needs a term that is in the graph",
    "property-path/zero_or_more_set_end": "the same",
    "property-path/zero_or_one_set_start": "the same",
    "property-path/zero_or_one_set_end": "the same",
}
"""Where pyoxigraph itself answers otherwise: there it is shown that the endpoint gives what the engine gives."""
ACCEPT = {
    ".srx": ("application/sparql-results+xml", ox.QueryResultsFormat.XML),
    ".srj": ("application/sparql-results+json", ox.QueryResultsFormat.JSON),
    ".tsv": ("text/tab-separated-values", ox.QueryResultsFormat.TSV),
    ".csv": ("text/csv", None),
    ".ttl": ("text/turtle", None),
}


def suite(*folders: str) -> list[Case]:
    return [case for name in folders for case in cases(SUITE / name / "manifest.ttl")] if SUITE.exists() else []


def fetch(url: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes | None = None):
    """Status, media type and body of an answer."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})  # noqa: S310
    if body is not None and "content-type" not in (headers or {}):
        request.add_unredirected_header("Content-Type", "")
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get_content_type(), error.read()


def graphs_of(case: Case) -> tuple[Path | None, list[Path]]:
    action = case.one(MF.action)
    return case.file(MF.action, QT.data), [path_of(n) for n in case.manifest.objects(action, QT.graphData)]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server with every file of the suite as a named graph: a test names those that it is about."""
    out = tmp_path_factory.mktemp("w3c") / "all.nq"
    files = {f for case in suite(*QUERIES) for one, more in [graphs_of(case)] for f in (one, *more) if f}
    store = ox.Store()
    for file in sorted(files):
        form = ox.RdfFormat.from_extension(file.suffix.removeprefix(".")) or ox.RdfFormat.TURTLE
        store.load(path=str(file), format=form, base_iri=file.as_uri(), to_graph=ox.NamedNode(file.as_uri()))
    store.dump(str(out), format=ox.RdfFormat.N_QUADS)
    with serving("--rdf", out) as address:
        yield f"{address}/sparql"


def rows(body: bytes, form: ox.QueryResultsFormat) -> object:
    """The rows of a written result, in an order that has nothing to do with that of the file; blank nodes alike."""
    found = ox.parse_query_results(body, format=form)
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    names = sorted(v.value for v in found.variables)
    return sorted(
        tuple("_" if isinstance(s[n], ox.BlankNode) else canonical(s[n]) for n in names) for s in found
    ), names


def canonical(term: object) -> str:
    """A term; numbers by their value."""
    if isinstance(term, ox.Literal) and term.datatype.value.endswith(("#decimal", "#double", "#float")):
        return f"{float(term.value):.9g} {term.datatype}"
    return str(term)


@pytest.mark.parametrize("case", suite(*QUERIES), ids=lambda c: c.name)
def test_a_query_has_the_answer_that_the_w3c_expects(endpoint: str, case: Case):
    query = case.file(MF.action, QT.query) or case.file(MF.action)
    assert query is not None
    default, named = graphs_of(case)
    text = f"BASE <{query.parent.as_uri()}/>\n{query.read_text()}"
    pairs = [("query", text)]
    # No graph at all is said by one that is empty.
    pairs += [("default-graph-uri", default.as_uri() if default else "http://example.org/none")]
    pairs += [("named-graph-uri", graph.as_uri()) for graph in named]
    expected = case.file(MF.result)
    if case.kind == "NegativeSyntaxTest11":
        assert fetch(f"{endpoint}?{urlencode(pairs)}")[0] == 400
        return
    if expected is None:
        assert fetch(f"{endpoint}?{urlencode(pairs)}")[0] == 200
        return
    accept, form = ACCEPT[expected.suffix if case.name not in ENGINE else ".srj"]
    status, media, body = fetch(f"{endpoint}?{urlencode(pairs)}", headers={"accept": accept})
    assert (status, media) == (200, accept), body
    if case.name in ENGINE:
        own = engine(text, default, named)
        assert rows(body, ox.QueryResultsFormat.JSON) == rows(own, ox.QueryResultsFormat.JSON)
        if (wanted := ACCEPT[expected.suffix][1]) is not None:
            assert rows(own, ox.QueryResultsFormat.JSON) != rows(expected.read_bytes(), wanted)
    elif expected.suffix == ".ttl":
        assert Graph().parse(data=body, format="turtle").isomorphic(Graph().parse(expected))
    elif form is None:
        assert table(body) == table(expected.read_bytes())
    else:
        assert rows(body, form) == rows(expected.read_bytes(), form)


def table(body: bytes) -> tuple[set[str], list[dict[str, str]]]:
    """The rows of a CSV result; its columns in any order; numbers by value, blank nodes alike."""
    found = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
    return {*found[0]}, sorted(({k: plain(v) for k, v in sorted(row.items())} for row in found), key=str)


def plain(text: str) -> str:
    if text.startswith("_:"):
        return "_:"
    try:
        return f"{float(text):.9g}"
    except ValueError:
        return text


def engine(query: str, default: Path | None, named: list[Path]) -> bytes:
    """What the engine answers by itself, in JSON."""
    store = ox.Store()
    for file, graph in [(default, None), *((file, ox.NamedNode(file.as_uri())) for file in named)]:
        if file is not None:
            store.load(path=str(file), format=ox.RdfFormat.TURTLE, base_iri=file.as_uri(), to_graph=graph)
    found = store.query(query).serialize(format=ox.QueryResultsFormat.JSON)  # type: ignore[reportCallIssue]
    assert found is not None
    return found


@pytest.mark.parametrize("case", suite("syntax-query"), ids=lambda c: c.name)
def test_syntax_is_accepted_or_refused_as_the_w3c_has_it(endpoint: str, case: Case):
    query = case.file(MF.action) or case.file(MF.action, QT.query)
    assert query is not None
    status, _, body = fetch(f"{endpoint}?{urlencode([('query', query.read_text())])}")
    if b"The custom function" in body:
        assert "Positive" in case.kind or "Evaluation" in case.kind  # it is SPARQL; the engine has no such function
    else:
        assert status == (400 if "Negative" in case.kind else 200), body


@pytest.fixture(scope="module")
def protocol(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the graphs that the tests of the protocol name."""
    out = tmp_path_factory.mktemp("protocol") / "data.nq"
    store = ox.Store()
    for file, name in sorted({pair for case in suite("protocol") for pair in data_of(case)}):
        store.load(path=str(file), format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(name))
    store.dump(str(out), format=ox.RdfFormat.N_QUADS)
    with serving("--rdf", out) as address:
        yield f"{address}/sparql"


@pytest.mark.parametrize("case", suite("protocol"), ids=lambda c: c.name)
def test_the_protocol_is_kept(protocol: str, case: Case):
    update = "update" in case.name
    for request in requests(case):
        status, media, body = fetch(
            f"{protocol}{request.query}" if request.query else protocol,
            request.method,
            request.headers,
            request.body or None,
        )
        if update and (
            b"update=" in request.body or "sparql-update" in str(request.headers) or "update=" in request.query
        ):
            assert 400 <= status < 500, body  # read-only: refused, whatever is asked
        elif not update:
            assert f"{status // 100}xx" in request.statuses, (status, body)
            answered(request, media, body)


def answered(request: Request, media: str, body: bytes) -> None:
    if request.boolean is not None:
        form = ox.QueryResultsFormat.from_media_type(media)
        assert form is not None, media
        assert bool(ox.parse_query_results(body, format=form)) is request.boolean
    if request.format == "RDF":
        form = ox.RdfFormat.from_media_type(media)
        assert form is not None, media
        list(ox.parse(body, format=form))


@pytest.mark.parametrize("case", suite("service-description"), ids=lambda c: c.name)
def test_the_service_describes_itself(protocol: str, case: Case):
    status, media, body = fetch(protocol, headers={"accept": "text/turtle"})
    assert (status, media) == (200, "text/turtle")
    graph = Graph().parse(data=body, format="turtle")
    sd = "http://www.w3.org/ns/sparql-service-description#"
    ask = f"ASK {{ ?s a <{sd}Service> ; <{sd}endpoint> <{protocol}> ; <{sd}resultFormat> ?f }}"
    assert graph.query(ask).askAnswer
