"""Names of things: one IRI each, and the thing back from its IRI."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode

from kg.codes import Scheme, SctId, parse_selector
from kg.errors import KgError
from kg.expression.recommendation import Side
from kg.graph import iris
from tests.laws.strategies import SELECTORS, schemes

ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(st.data())
def test_a_selector_comes_back_from_its_iri(data):
    selector = data.draw(st.sampled_from(SELECTORS[data.draw(schemes())]))
    assert iris.selector_of(iris.selector_iri(selector)) == selector


@given(ANY, ANY)
def test_a_value_of_a_facet_comes_back_from_its_iri(facet, value):
    assert iris.facet_value_of(iris.facet_value_iri(facet, value)) == (facet, value)


@given(ANY)
def test_any_id_makes_an_iri_without_steps(id):
    it = iris.guidance_iri(id)
    assert iris.is_guidance(it)
    assert iris.guidance_of_graph(iris.guidance_graph(it)) == it
    assert iris.graph_iri(id) == iris.guidance_graph(it)
    assert it.value.rpartition("/")[2].strip(".")


def test_iris_are_the_published_ones():
    base = "https://w3id.org/terminology-kg/"
    assert iris.guidance_iri("IP1062/2").value == f"{base}id/guidance/IP1062-2"
    assert iris.graph_iri("IPG369").value == f"{base}graph/guidance/IPG369"
    assert iris.selector_iri(parse_selector("X70–X71", Scheme.OPCS4)).value == f"{base}id/opcs-4/X70-X71"
    assert iris.selector_iri(parse_selector("C19X", Scheme.ICD10)).value == f"{base}id/icd-10/C19"
    assert iris.concept_iri(SctId.parse("737083005")).value == "http://snomed.info/id/737083005"
    it = iris.guidance_iri("IPG369")
    assert iris.node_iri(it, Side.DIAGNOSIS, 2).value == f"{it.value}/node/diagnosis/2"
    assert iris.node_iri(it, Side.PROCEDURE, 1, 2).value == f"{it.value}/reading/2/node/procedure/1"


@given(ANY)
def test_whoever_decides_has_an_iri(name):
    assert iris.agent_iri(name).value.startswith(f"{iris.DATA}agent/")
    assert iris.agent_iri(name) != iris.agent_iri(f"{name} ")


def test_documents_are_named_by_their_bytes_and_else_by_id_without_clash():
    assert iris.document_iri("IPG1", "ab" * 32).value.endswith("/document/abababababababab")
    assert iris.document_iri("IP1/2") != iris.document_iri("IP1-2")


@pytest.mark.parametrize("iri", [f"{iris.DATA}opcs-4/nothing", "http://example.org/J12.8", iris.KG])
def test_what_names_no_selector_is_told(iri):
    with pytest.raises(KgError):
        iris.selector_of(NamedNode(iri))


def test_a_concept_comes_back_and_a_wrong_one_is_told():
    assert iris.concept_of(NamedNode("http://snomed.info/id/737083005")) == SctId(737083005)
    with pytest.raises(KgError) as fault:
        iris.concept_of(NamedNode("http://snomed.info/id/737083006"))
    assert fault.value.id == "KG-E0415"


def test_shared_graphs_are_of_no_guidance():
    for graph in (iris.CLASSIFICATIONS_GRAPH, iris.FACETS_GRAPH, iris.ONTOLOGY_GRAPH, iris.DATASET_GRAPH):
        assert iris.guidance_of_graph(graph) is None
