"""What is encoded comes back: every field of a recommendation, whatever it holds, by whatever way the quads went."""

import pytest
from hypothesis import given, settings
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, parse

from kg.citation import Citation
from kg.errors import KgError
from kg.expression.nodes import Optional
from kg.expression.recommendation import ConceptMention, Reading, Recommendation, Side, Warning
from kg.graph import canonical, iris
from kg.graph.decode import decode_recommendation, guidances_in
from kg.graph.vocabulary import Class, Other, Property
from tests.graph.builders import (
    Words,
    all_of,
    built,
    dx,
    encoded,
    encoded_with,
    guidance,
    one_of,
    pick,
    recommendations,
    said,
    when,
)
from tests.laws.strategies import CHAPTERS, FACETS, examples


@settings(max_examples=examples(150), deadline=None)
@given(recommendations())
def test_a_recommendation_comes_back_whole(r):
    quads = encoded_with(r, CHAPTERS, Words(), lambda selector: None, FACETS, most=20)
    it = iris.guidance_iri(r.id)
    assert decode_recommendation(quads, it) == r
    store = Store()
    store.extend(quads)
    assert decode_recommendation(store, it) == r
    text = b"".join(canonical.canonical_lines(quads))
    assert decode_recommendation(parse(text, format=RdfFormat.N_QUADS), it) == r


@settings(max_examples=examples(30), deadline=None)
@given(recommendations())
def test_all_of_a_guidance_is_in_its_graph_without_blank_nodes(r):
    quads = encoded_with(r, CHAPTERS, Words(), lambda selector: None, FACETS, most=20)
    assert {q.graph_name for q in quads} == {iris.graph_iri(r.id)}
    assert not any(isinstance(t, BlankNode) for q in quads for t in (q.subject, q.object))
    assert quads == sorted(set(quads), key=str)


def of(quads: list[Quad], subject: NamedNode, predicate: NamedNode) -> list[str]:
    return [said(q.object) for q in quads if q.subject == subject and q.predicate == predicate]


EXAMPLE = guidance(
    "IP1062/2",
    all_of(pick("J12.3", "", Citation("IP1062/2", 5, 10, "J12.3")), Optional(pick("Y89")), pick("Y53.4")),
    dx("C78.7"),
)


def test_iris_are_told_by_id_side_and_print_order():
    quads = encoded(EXAMPLE)
    it = NamedNode("https://w3id.org/terminology-kg/id/guidance/IP1062-2")
    assert of(quads, it, Other.IDENTIFIER) == ["IP1062/2"]
    assert of(quads, it, Property.PROCEDURE) == [f"{it.value}/node/procedure/1"]
    nodes = [f"{it.value}/node/procedure/{n}" for n in range(1, 6)]
    assert [of(quads, NamedNode(n), Other.TYPE)[0].rpartition("#")[2] for n in nodes] == [
        "AllOf",
        "Pick",
        "Optional",
        "Pick",
        "Pick",
    ]
    assert of(quads, NamedNode(nodes[3]), Property.SELECTOR) == [f"{iris.BASE}id/opcs-4/Y89.-"]
    assert of(quads, NamedNode(nodes[1]), Property.CITATION) == [f"{it.value}/quote/5-10"]


def test_a_part_is_linked_by_what_it_is_and_as_a_part():
    quads = encoded(EXAMPLE)
    it = iris.guidance_iri("IP1062/2")
    root, option = iris.node_iri(it, Side.PROCEDURE, 1), iris.node_iri(it, Side.PROCEDURE, 3)
    assert of(quads, root, Property.PART) == of(quads, root, Property.CONJUNCT)
    assert of(quads, option, Property.PART) == of(quads, option, Property.CONTENT)


def test_combinations_are_listed_with_what_they_need_and_use():
    quads = encoded(EXAMPLE)
    it = iris.guidance_iri("IP1062/2")
    one, two = (iris.combination_iri(it, Side.PROCEDURE, n) for n in (1, 2))
    assert of(quads, one, Property.NOTATION_TEXT) == ["J12.3 + Y53.4"]
    assert of(quads, two, Property.NOTATION_TEXT) == ["J12.3 + Y89.- + Y53.4"]
    assert len(of(quads, two, Property.NEED)) == 3
    assert of(quads, one, Property.USES) == [iris.node_iri(it, Side.PROCEDURE, n).value for n in (2, 5)]
    root = iris.node_iri(it, Side.PROCEDURE, 1)
    assert of(quads, root, Property.COMBINATION_COUNT) == ["2"]


def test_a_code_needed_twice_is_a_need_of_two():
    quads = encoded(guidance("IPG1", all_of(pick("W37.1"), pick("Z94.1"), pick("W38.1"), pick("Z94.1"))))
    (most,) = (q.subject for q in quads if q.predicate == Property.AT_LEAST and said(q.object) == "2")
    assert isinstance(most, NamedNode)
    assert of(quads, most, Property.OF_SELECTOR) == [f"{iris.BASE}id/opcs-4/Z94.1"]


def test_more_combinations_than_are_listed_are_counted_and_warned_of():
    wide = all_of(pick("J12.3"), *(Optional(pick(f"Y{n}")) for n in range(10, 50)))
    r = guidance("IPG1", wide)
    quads = encoded(r, most=7)
    it = iris.guidance_iri("IPG1")
    root = iris.node_iri(it, Side.PROCEDURE, 1)
    assert of(quads, root, Property.COMBINATION_COUNT) == [str(2**40)]
    assert of(quads, root, Property.COMBINATIONS_LISTED) == ["7"]
    told = of(quads, it, Property.BUILD_WARNING)
    assert of(quads, NamedNode(told[0]), Property.WARNING_ID) == ["KG-W0301"]
    assert not any(q.predicate == Property.USES for q in quads)
    assert decode_recommendation(quads, it) == r


def test_what_combinations_leave_open_is_linked_to_its_node():
    from kg.expression.nodes import Unnamed

    other = Unnamed("codes of the other operations")
    quads = encoded(guidance("IPG1", all_of(pick("T41.6"), when("other organs removed", other))))
    it = iris.guidance_iri("IPG1")
    grounds = [said(q.subject) for q in quads if q.predicate == Property.LEAVES_OPEN]
    assert grounds == [f"{it.value}/combination/procedure/1/ground/2"]


def test_two_readings_that_share_a_side_share_its_nodes():
    first, second = one_of(pick("J16.1"), pick("J12.3")), all_of(pick("J16.1"), pick("J12.3"))
    r = Recommendation("IPG1", "", (Reading(first, dx("C78.7")), Reading(second, dx("C78.7"), "or")))
    quads = encoded(r)
    it = iris.guidance_iri("IPG1")
    one, two = iris.reading_iri(it, 1), iris.reading_iri(it, 2)
    assert of(quads, one, Property.DIAGNOSIS) == of(quads, two, Property.DIAGNOSIS)
    assert of(quads, two, Property.PROCEDURE) == [f"{it.value}/reading/2/node/procedure/1"]
    assert decode_recommendation(quads, it) == r


def test_an_identifier_that_fails_its_check_names_no_concept():
    mentions = tuple(ConceptMention(id, "Term", Side.PROCEDURE) for id in ("737083005", "737083006"))
    quads = encoded(guidance("IPG1", pick("J16.1"), None, *mentions))
    assert {said(q.subject) for q in quads if q.object == Class.LISTED_CONCEPT} == {"http://snomed.info/id/737083005"}
    listed = [said(q.object) for q in quads if q.predicate == Other.IDENTIFIER]
    assert "737083006" in listed


def test_a_main_code_is_told_from_a_subsidiary_one():
    quads = encoded(guidance("IPG1", all_of(pick("J12.3"), pick("O11.1"), pick("Y53.4"))))
    main = [said(q.subject)[-1] for q in quads if q.predicate == Property.PRINCIPAL]
    assert main == ["2"]
    alone = encoded(guidance("IPG1", all_of(pick("Z94.1"), pick("Y53.4"))))
    assert len([q for q in alone if q.predicate == Property.PRINCIPAL]) == 2


def test_warnings_of_the_reading_are_kept_in_order():
    warnings = tuple(Warning("KG-W0201", f"words {n}", n, n + 1) for n in range(12))
    r = Recommendation("IPG1", "T", (Reading(pick("J12.3"), None),), warnings=warnings)
    assert decode_recommendation(encoded(r), iris.guidance_iri("IPG1")).warnings == warnings


def test_a_guidance_that_is_not_there_is_told():
    with pytest.raises(KgError) as fault:
        decode_recommendation(built(EXAMPLE), iris.guidance_iri("IPG9"))
    assert fault.value.id == "KG-E0702"


@pytest.mark.parametrize("predicate", [Property.READING, Property.SELECTOR, Other.IDENTIFIER, Property.RANK])
def test_a_graph_with_a_statement_missing_is_no_recommendation(predicate):
    quads = [q for q in encoded(EXAMPLE) if q.predicate != predicate]
    with pytest.raises(KgError) as fault:
        decode_recommendation(quads, iris.guidance_iri("IP1062/2"))
    assert fault.value.id == "KG-E0702"


def test_nodes_that_go_round_in_circles_end_in_an_error():
    it = iris.guidance_iri("IPG1")
    quads = encoded(guidance("IPG1", Optional(Optional(pick("J12.3")))))
    root, inner = (iris.node_iri(it, Side.PROCEDURE, n) for n in (1, 2))
    turned = [q for q in quads if not (q.subject == inner and q.predicate == Property.CONTENT)]
    turned.append(Quad(inner, Property.CONTENT, root, iris.guidance_graph(it)))
    with pytest.raises(KgError) as fault:
        decode_recommendation(turned, it)
    assert "nested deeper" in fault.value.what


def test_a_store_tells_its_guidances_in_order():
    store = built(guidance("IPG9", pick("J12.3")), guidance("IPG1", pick("J12.3")), EXAMPLE)
    assert guidances_in(store) == [iris.guidance_iri(id) for id in ("IP1062/2", "IPG1", "IPG9")]


def test_numbers_and_truth_are_typed():
    quads = encoded(EXAMPLE)
    types = {
        q.object.datatype.value.rpartition("#")[2]
        for q in quads
        if isinstance(q.object, Literal) and q.predicate in {Property.POSITION, Property.NEEDS_REVIEW}
    }
    assert types == {"integer", "boolean"}
