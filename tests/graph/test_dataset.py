"""The data set tells what it holds, what it was made from and by what; in figures that are true."""

import pytest
from pyoxigraph import NamedNode, Quad, Store

from kg.graph import dataset, iris
from kg.graph.vocabulary import Class, Other, Property
from tests.graph.builders import built, said
from tests.graph.examples import CHEMOSATURATION, RADIATION


@pytest.fixture(scope="module")
def store() -> Store:
    return built(CHEMOSATURATION, RADIATION)


def told(store: Store, subject: NamedNode, predicate: NamedNode) -> list[str]:
    found = store.quads_for_pattern(subject, predicate, None, iris.DATASET_GRAPH)
    return sorted(said(q.object) for q in found)


def test_each_graph_is_a_part_with_its_true_size(store):
    named = set(store.named_graphs()) - {iris.DATASET_GRAPH}
    assert told(store, iris.DATASET, Other.SUBSET) == sorted(g.value for g in named)
    for graph in named:
        size = len(list(store.quads_for_pattern(None, None, None, graph)))
        assert told(store, graph, Other.TRIPLES) == [str(size)]


def test_a_graph_of_a_guidance_names_the_guidance_and_the_document(store):
    graph = iris.graph_iri("IPG672")
    assert told(store, graph, Other.SUBJECT) == [iris.guidance_iri("IPG672").value]
    assert told(store, graph, Other.WAS_DERIVED_FROM) == [iris.document_iri("IPG672").value]


@pytest.mark.parametrize("kind", [Class.GUIDANCE, Class.COMBINATION, Class.LISTED_CONCEPT])
def test_things_are_counted_by_class(store, kind):
    part = NamedNode(f"{iris.DATASET.value}/class/{kind.value.removeprefix(iris.KG)}")
    assert told(store, part, Other.PARTITION_CLASS) == [kind.value]
    every = {q.subject for q in store.quads_for_pattern(None, Other.TYPE, kind, None)}
    assert told(store, part, Other.ENTITIES) == [str(len(every))]


def test_relations_are_counted(store):
    part = NamedNode(f"{iris.DATASET.value}/property/mapsTo")
    every = list(store.quads_for_pattern(None, Property.MAPS_TO, None, None))
    assert told(store, part, Other.TRIPLES) == [str(len(every))]


def test_the_build_used_the_documents_and_is_the_programs(store):
    build = NamedNode(f"{iris.DATA}build")
    assert told(store, iris.DATASET, Other.WAS_GENERATED_BY) == [build.value]
    documents = {iris.document_iri(id).value for id in ("IP1062/2", "IPG672")}
    assert told(store, build, Other.USED) == sorted(documents)
    (program,) = told(store, build, Other.WAS_ASSOCIATED_WITH)
    assert program.endswith("/program/0.0.1")


def test_the_description_has_no_time_and_is_the_same_again(store):
    again = [q for q in store if q.graph_name != iris.DATASET_GRAPH]
    other = Store()
    other.extend(again)
    quads = dataset.describe(other, "0.0.1")
    assert set(quads) == set(store.quads_for_pattern(None, None, None, iris.DATASET_GRAPH))
    assert quads == sorted(quads, key=str)
    assert all(isinstance(q, Quad) and q.graph_name == iris.DATASET_GRAPH for q in quads)


def test_an_empty_store_is_described_too():
    quads = dataset.describe(Store(), "0.0.1")
    assert {said(q.object) for q in quads if q.predicate == Other.TRIPLES} == {"0"}
