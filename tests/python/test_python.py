"""`kg.open`: the page docs/python.md is run, and tables, the data set and its graphs are held against the store."""

from __future__ import annotations

import doctest
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import RDF, BNode, Dataset, Graph, Literal, URIRef
from rdflib.plugins.sparql import prepareQuery

import kg
from kg import resources
from kg.building import build
from kg.graph.rdflib_store import dataset_of
from kg.terminology.sample.writing import sample_release

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("python")
    sample_release(place / "release", 500, 1, monolith=True)
    (snomed,) = (place / "release").glob("SnomedCT*")
    build([resources.path("examples")], place / "kg-store", releases=[snomed])
    return place


@pytest.fixture
def store(place: Path) -> Iterator[kg.OpenedStore]:
    with kg.open(place / "kg-store") as store:
        yield store


def test_the_page_on_python_is_what_python_prints(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    page = (ROOT / "docs/python.md").read_text(encoding="utf-8").replace("[…]", "...")
    test = doctest.DocTestParser().get_doctest(page, {}, "docs/python.md", "docs/python.md", 0)
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(test, out=told.append)
    assert not told, "".join(told)
    assert runner.tries > 20


def test_the_three_data_frames_hold_the_same_rows(store: kg.OpenedStore) -> None:
    for table in (store.guidances(), store.concepts(), store.terms(), store.relationships(), store.maps()):
        rows = list(table)
        assert len(rows) == len(table)
        assert table.to_polars().to_dicts() == rows
        assert table.to_arrow().to_pylist() == rows
        pandas = table.to_pandas()
        assert [str(value) for value in pandas.iloc[:, 0]] == [str(next(iter(row.values()))) for row in rows]


def test_tables_of_an_edition_say_what_single_answers_say(store: kg.OpenedStore) -> None:
    edition = store.release.snomed()
    top = edition.children(138875005)[0]
    below = {edition.id_of(at) for at in edition.descendants(top).tolist()} | {top}
    assert {row["concept"] for row in store.concepts(top)} == {id.number for id in below}
    for row in store.concepts(top):
        concept = edition.concept(row["concept"])
        assert (row["term"], row["fsn"], row["active"]) == (concept.term, concept.fsn or None, concept.active)
    told = {(row["concept"], row["term"], row["kind"]) for row in store.terms(top)}
    assert told == {(id.number, t.text, t.kind) for id in below for t in edition.terms(id)}
    links = {(row["concept"], row["group"], row["type"], row["target"]) for row in store.relationships(top)}
    parents = {(id.number, 0, 116680003, p.number) for id in below for p in edition.parents(id)}
    others = {
        (id.number, a.group, a.type.number, a.value.number)
        for id in below
        for a in edition.attributes(id)
        if isinstance(a.value, kg.SctId)
    }
    assert links == parents | others
    maps = [(row["concept"], row["block"], row["group"], row["priority"], row["target"]) for row in store.maps(top)]
    assert sorted(maps) == sorted(
        (id.number, m.block, m.group, m.priority, m.target) for id in below for m in edition.maps(id)
    )


def test_the_data_set_has_the_quads_of_the_store(store: kg.OpenedStore) -> None:
    quads = store.snapshot.quads
    dataset = store.dataset()
    assert len(list(dataset.quads())) == store.snapshot.manifest.quads
    assert {str(g.identifier) for g in dataset.graphs() if "x-rdflib" not in str(g.identifier)} == {
        g.value for g in quads.named_graphs() if isinstance(g, ox.NamedNode)
    }
    assert len(dataset) == len({(q.subject, q.predicate, q.object) for q in quads})
    assert len(list(store.dataset(union=False).triples((None, None, None)))) == 0


def test_the_data_set_is_asked_as_any_of_rdflib() -> None:
    name, text, number = URIRef("urn:p"), Literal("a"), Literal("01", datatype=URIRef("urn:type"))
    mine = ox.Store()
    for line in (
        '<urn:s> <urn:p> "a" <urn:g>',
        '<urn:s> <urn:p> "a" <urn:h>',
        '<urn:s> <urn:p> "b"@en <urn:g>',
        '<urn:s> <urn:q> "01"^^<urn:type> <urn:h>',
        "<urn:s> <urn:q> _:x <urn:h>",
        "<urn:d> <urn:p> <urn:s> <urn:h>",
    ):
        mine.load(f"{line} .".encode(), format=ox.RdfFormat.N_QUADS)
    theirs = Dataset(default_union=True)
    theirs.parse(data="".join(f"{q} .\n" for q in mine), format="nquads")
    mine.extend([ox.Quad(*q.triple) for q in mine])  # as a store has it: the default graph holds what all others do
    ours = dataset_of(mine)

    def plain(found: object) -> list[str]:
        return sorted(
            str(["_" if isinstance(t, BNode) else getattr(t, "n3", lambda t=t: str(t))() for t in row])
            for row in found  # type: ignore[reportGeneralTypeIssues]
        )

    for pattern in (
        (None, None, None),
        (None, name, None),
        (None, None, text),
        (None, None, number),
        (text, None, None),
    ):
        assert plain(ours.triples(pattern)) == plain(theirs.triples(pattern)), pattern
        assert plain(ours.quads(pattern)) == plain(theirs.quads(pattern)), pattern
    one = ours.graph(URIRef("urn:g"))
    assert len(one) == 2
    assert (URIRef("urn:s"), name, text) in one
    for query in (
        "SELECT ?s ?p ?o { ?s ?p ?o }",
        "SELECT DISTINCT ?p ?o { ?s ?p ?o }",
        "SELECT DISTINCT ?n { { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } }",
        "SELECT ?g ?s { GRAPH ?g { ?s ?p ?o } }",
        "SELECT ?o { <urn:s> <urn:q> ?o }",
    ):
        assert plain(ours.query(query)) == plain(theirs.query(query)), query
        assert plain(ours.query(prepareQuery(query))) == plain(theirs.query(query)), query
    assert plain(ours.query("SELECT ?s { ?s ?p ?o }", initBindings={"o": text})) == plain([[URIRef("urn:s")]])
    assert plain(one.query("SELECT ?o { ?s ?p ?o }")) == plain([[text], [Literal("b", lang="en")]])
    assert len(ours.query("CONSTRUCT { ?s a ?o } { ?s <urn:p> ?o }").graph or ()) == 3


def test_the_data_set_cannot_be_changed(store: kg.OpenedStore) -> None:
    dataset = store.dataset()
    quad = (URIRef("urn:s"), RDF.type, URIRef("urn:o"))
    for change in (
        lambda: dataset.add(quad),
        lambda: dataset.remove(quad),
        lambda: dataset.addN([(*quad, Graph(identifier="urn:g"))]),
        lambda: dataset.update("INSERT DATA { <urn:s> a <urn:o> }"),
        lambda: dataset.query("INSERT DATA { <urn:s> a <urn:o> }"),
        lambda: dataset.remove_graph(URIRef("urn:g")),
    ):
        with pytest.raises(kg.KgError, match="KG-E0608"):
            change()


def test_the_neighbourhood_of_a_concept_of_the_release_is_its_relations(store: kg.OpenedStore) -> None:
    edition = store.release.snomed()
    at = next(id for id in map(edition.id_of, range(len(edition))) if edition.attributes(id) and edition.parents(id))
    near = store.neighbourhood(str(at))
    centre = near.graph["centre"]
    assert near.nodes[centre]["label"] == edition.term(at)
    up = {v for _, v, relation in near.out_edges(centre, data="relation") if relation == "broader"}
    assert up == {f"http://snomed.info/id/{p}" for p in edition.parents(at)}
    assert store.neighbourhood(str(at), most=2).graph["cut"]
    with pytest.raises(kg.KgError, match="KG-E0601"):
        store.neighbourhood("999999990989121104")


def test_a_notebook_shows_stores_and_tables(store: kg.OpenedStore) -> None:
    shown = store._repr_html_()
    assert "<th>guidances</th>" in shown
    assert store.release.editions[0].title in shown
    table = store.concepts()
    assert table._repr_html_().count("<tr>") == 21
    assert f"of {len(table):,} rows" in table._repr_html_()
    odd = kg.Table.of("a < b", ("x",), [("<script>",), (None,)])
    assert "<script>" not in odd._repr_html_()
    assert (len(kg.Table.of("none", ("x", "y"), [])), kg.Table.of("none", ("x", "y"), []).columns) == (0, ("x", "y"))


def test_importing_kg_loads_nothing_but_kg() -> None:
    program = "import sys, kg; print(*(m for m in sys.modules if m.startswith('kg.') or m in ('rdflib', 'polars')))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.split() == []
    assert {"open", "Table", "KgError"} <= set(dir(kg))
    assert all(getattr(kg, name) for name in kg.__all__)
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        kg.opne  # noqa: B018
