"""The forms in which answers are written, each read back by another program's reader."""

import csv
import io
import json
from decimal import Decimal

import pyoxigraph as ox
import pytest
import rdflib

from kg.graph import iris
from kg.graph.queries import ad_hoc
from kg.graph.remote import read_json
from kg.graph.results import Results, ask, value_of

STORE = ox.Store()
ROWS = ad_hoc(
    """SELECT ?a ?b ?c WHERE { VALUES (?a ?b ?c) {
      (opcs:J12.8 "tab\\t \\"quote\\" \\n line, é" 7)
      (<http://other/x> "Leber"@de UNDEF)
      (kg:Guidance 1.50 true)
      (guidance:IPG369 2e3 "2020-01-01"^^xsd:date)
    } }"""
)


@pytest.fixture
def rows() -> Results:
    return ask(STORE, ROWS)


def test_values_are_what_a_person_reads(rows: Results) -> None:
    assert rows.values() == [
        ("J12.8", 'tab\t "quote" \n line, é', 7),
        ("http://other/x", "Leber", None),
        ("kg:Guidance", Decimal("1.50"), True),
        ("guidance:IPG369", 2000.0, "2020-01-01"),
    ]
    assert rows.records()[1] == {"a": "http://other/x", "b": "Leber"}


@pytest.mark.parametrize(
    ("iri", "shown"),
    [
        (f"{iris.DATA}opcs-4/X70-X71", "X70-X71"),
        (f"{iris.DATA}icd-10/C19", "C19"),
        ("http://snomed.info/id/737083005", "737083005"),
        (f"{iris.DATA}guidance/IPG369/node/procedure/3", "guidance:IPG369/node/procedure/3"),
        (f"{iris.DATA}facet/approach/open", "facet:approach/open"),
        ("http://www.w3.org/2004/02/skos/core#broader", "skos:broader"),
        ("urn:x:y", "urn:x:y"),
    ],
)
def test_iris_are_shown_short(iri: str, shown: str) -> None:
    assert value_of(ox.NamedNode(iri)) == shown


def test_numbers_that_are_none_stay_text() -> None:
    assert value_of(ox.Literal("many", datatype=ox.NamedNode(iris.PREFIXES["xsd"] + "integer"))) == "many"


def test_json_is_read_back_by_rdflib_and_by_our_reader(rows: Results) -> None:
    assert read_json(rows.to_json()) == rows
    other = rdflib.query.Result.parse(io.BytesIO(rows.to_json().encode()), format="json")
    assert [str(variable) for variable in other.vars or ()] == ["a", "b", "c"]
    assert [str(row[rdflib.Variable("a")]) for row in other.bindings] == [
        value.value for value, _, _ in rows.rows if isinstance(value, ox.NamedNode)
    ]
    assert [str(row[rdflib.Variable("b")]) for row in other.bindings][:2] == ['tab\t "quote" \n line, é', "Leber"]
    assert read_json(ask(STORE, ad_hoc("ASK {}")).to_json()).boolean is True


def test_csv_and_tsv_are_those_of_the_engine_itself(rows: Results) -> None:
    own = STORE.query(ROWS.text)
    assert isinstance(own, ox.QuerySolutions)
    told = own.serialize(format=ox.QueryResultsFormat.CSV)
    assert told is not None
    assert list(csv.reader(io.StringIO(rows.to_csv()))) == list(csv.reader(io.StringIO(told.decode())))
    back = ox.parse_query_results(rows.to_tsv().encode(), format=ox.QueryResultsFormat.TSV)
    assert isinstance(back, ox.QuerySolutions)
    assert [tuple(row[name] for name in "abc") for row in back] == list(rows.rows)


def test_a_truth_value_in_every_form() -> None:
    no = ask(STORE, ad_hoc("ASK { GRAPH ?g { ?s ?p ?o } }"))
    assert (no.values(), no.names(), json.loads(no.to_json())["boolean"]) == ([(False,)], ("answer",), False)
    assert no.to_csv().split() == ["answer", "false"]


def test_a_graph_is_turtle_with_our_prefixes_and_has_no_rows() -> None:
    graph = ask(STORE, ad_hoc("CONSTRUCT { opcs:J12.8 skos:notation 'J12.8', ?n } WHERE { VALUES ?n { 'b' 'a' } }"))
    assert graph.triples is not None
    assert len(graph.triples) == 3
    back = rdflib.Graph().parse(data=graph.to_turtle(), format="turtle")
    assert len(back) == 3
    assert "@prefix skos:" in graph.to_turtle()
    assert graph.values()[0] == ("J12.8", "skos:notation", "J12.8") or graph.values()[0][0] == "J12.8"
    with pytest.raises(ValueError, match="no rows"):
        graph.to_json()
    with pytest.raises(ValueError, match="no graph"):
        ask(STORE, ROWS).to_turtle()
