"""Every named query gives the same rows on the embedded store, on rdflib, and over HTTP from servers of other makes."""

from collections.abc import Iterable

import pyoxigraph as ox
import pytest
import rdflib

from kg.graph.queries import Question, ad_hoc, fill, library, named
from kg.graph.remote import ask_server
from kg.graph.results import Results, Term, ask
from kg.graph.store import Snapshot

ODD = "LOCAL/Ä-1"
Values = dict[str, str | list[str]]

ASKED: dict[str, list[Values]] = {
    "alternatives": [
        {"selector": "Y53"},
        {"selector": "Y53.4"},
        {"selector": "T99.7"},
        {"selector": "c18"},
        {"selector": "A01.1"},
    ],
    "codes": [{"guidance": ODD}, {"guidance": "ip1062/2"}, {"guidance": ["IPG553", "IPG688"]}],
    "combination-conditions": [{"guidance": ODD}, {"guidance": "IPG553"}],
    "combinations": [{"guidance": ODD}, {"guidance": "IPG553"}, {"guidance": "IPG000"}],
    "concepts": [{"guidance": "IPG553"}],
    "conditional-additions": [{"selector": "J12.8"}, {"selector": "icd-10:J12.8"}, {"selector": "T41.6"}],
    "conditions": [{"guidance": ODD}],
    "find": [
        {"words": 'A "quoted" TITLE'},
        {"words": "腎"},
        {"words": "# } '''"},
        {"words": ""},
        {"words": "line\nbreak"},
    ],
    "guidances-by-condition": [{"condition": "primary-tumour=present"}],
    "guidances-for-code": [
        {"selector": text} for text in ("J12", "j12.8", "X71.1", "X70–X71", "Z", "opcs-4:Z94.2", "M80.0", "J")
    ],
    "maps": [{"concept": "94381002"}, {"concept": "709020001 |Open microwave ablation|"}],
    "needs": [{"guidance": ODD}, {"guidance": "IP1062/2"}],
    "quotes": [{"guidance": "IPG369", "selector": "Y13.2"}, {"guidance": "IPG672"}, {"guidance": ODD}],
    "relations": [{"guidance": ODD}, {"guidance": "IPG553"}, {"guidance": "IPG672"}],
    "requires": [{"selector": "J12.8"}, {"selector": "J12.3"}, {"selector": "T41.6"}, {"selector": "C22.0"}],
}
"""Values beside the example of each query's own header."""

QUESTIONS = [
    pytest.param(fill(query, values), id=f"{query.name} {' '.join(f'{k}={v}' for k, v in values.items())}")
    for query in library()
    for values in [
        {p.name: p.example for p in query.parameters if not p.optional},
        *([{p.name: p.example for p in query.parameters}] if any(p.optional for p in query.parameters) else []),
        *ASKED.get(query.name, []),
    ]
]


@pytest.fixture(scope="module")
def rdflib_dataset(n_quads: bytes) -> rdflib.Dataset:
    dataset = rdflib.Dataset()
    dataset.parse(data=n_quads.decode(), format="nquads")
    return dataset


def from_rdflib(term: object) -> Term | None:
    if term is None:
        return None
    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(str(term))
    assert isinstance(term, rdflib.Literal)
    if term.language:
        return ox.Literal(str(term), language=term.language)
    return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype))) if term.datatype else ox.Literal(str(term))


def shown(rows: Iterable[tuple[Term | None, ...]]) -> list[tuple[str, ...]]:
    return [tuple("" if term is None else str(term) for term in row) for row in rows]


@pytest.mark.parametrize("question", QUESTIONS)
def test_rdflib_gives_the_same_rows_in_the_same_order(
    snapshot: Snapshot, rdflib_dataset: rdflib.Dataset, question: Question
) -> None:
    found = rdflib_dataset.query(question.text)
    rows = [tuple(from_rdflib(term) for term in row) for row in found]  # type: ignore[reportGeneralTypeIssues]
    assert shown(rows) == shown(ask(snapshot.quads, question).rows)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_server_gives_the_same_rows_in_the_same_order(snapshot: Snapshot, endpoint: str, question: Question) -> None:
    here, there = ask(snapshot.quads, question), ask_server(endpoint, question)
    assert there.columns == here.columns
    assert shown(there.rows) == shown(here.rows)


def test_every_query_finds_something_in_the_examples(snapshot: Snapshot, request: pytest.FixtureRequest) -> None:
    found = {query.name: 0 for query in library()}
    for parameter in QUESTIONS:
        question = parameter.values[0]
        assert isinstance(question, Question)
        found[question.source] += len(ask(snapshot.quads, question).rows)
    # Two ask about records, of which a store holds none (tests/graph/test_records.py asks them); one asks about a
    # release of SNOMED CT, without which the examples are built.
    assert [name for name, rows in found.items() if not rows] == ["attributes", "entry-classes", "verdicts"]


@pytest.mark.parametrize(
    "text",
    [
        "ASK { GRAPH ?g { ?s a kg:Guidance } } # asks",
        "ask { GRAPH ?g { ?s a kg:Nothing } }",
        "CONSTRUCT { ?s skos:related ?o } WHERE { GRAPH ?g { ?s kg:alternativeTo ?o } }",
        "# describes, adds\nDESCRIBE opcs:J12.8",
        "SELECT (COUNT(*) AS ?n) (1.50 AS ?d) (1e0 AS ?e) (true AS ?b) ('x'@en-GB AS ?l) { GRAPH ?g { ?s ?p ?o } }",
        "SELECT ?never { }",
    ],
)
def test_questions_of_all_forms_are_answered_alike(snapshot: Snapshot, endpoint: str, text: str) -> None:
    question = ad_hoc(text)
    here, there = ask(snapshot.quads, question), ask_server(endpoint, question)
    if question.form == "DESCRIBE":  # what a description is, each engine decides
        assert here.triples is not None
        assert there.triples is not None
        return
    assert (there.columns, there.boolean, there.triples) == (here.columns, here.boolean, here.triples)
    assert [tuple(map(number, row)) for row in there.values()] == [tuple(map(number, row)) for row in here.values()]


def number(value: object) -> object:
    return float(str(value)) if str(value)[:1].isdigit() else value


def test_the_answer_of_a_server_is_of_the_same_type(endpoint: str) -> None:
    answer = ask_server(endpoint, fill(named("guidances"), {}))
    assert isinstance(answer, Results)
    by_id = {row[0]: row[2:] for row in answer.values()}
    assert by_id["IPG369"] == (3, 1, False)
    assert by_id["IP1062/2"][2] is True
