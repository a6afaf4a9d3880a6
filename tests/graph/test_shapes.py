"""A built graph satisfies every shape, and each way of breaking one is found and told in a sentence."""

import pytest
from hypothesis import given, settings
from pyoxigraph import Literal, NamedNode, Quad, Store

from kg.expression.recommendation import Side
from kg.graph import dataset, iris, relations, shapes
from kg.graph.quads import literal
from kg.graph.vocabulary import Class, Individual, Other, Property
from tests.graph.builders import built, encoded, recommendations
from tests.graph.examples import CHEMOSATURATION, CHEMOTHERAPY, CRYOTHERAPY, OPEN_OR_KEYHOLE, RADIATION
from tests.laws.strategies import examples

IT = iris.guidance_iri("IPG672")
GRAPH = iris.guidance_graph(IT)
SHARED = iris.CLASSIFICATIONS_GRAPH


def node(number: int, side: Side = Side.PROCEDURE) -> NamedNode:
    return iris.node_iri(IT, side, number)


def test_what_is_built_satisfies_every_shape():
    assert shapes.check_store(built(OPEN_OR_KEYHOLE, CHEMOSATURATION, RADIATION, CRYOTHERAPY, CHEMOTHERAPY)) == []


@settings(max_examples=examples(10), deadline=None)
@given(recommendations())
def test_whatever_is_encoded_satisfies_every_shape_but_those_of_odd_input(r):
    quads = encoded(r, most=20)
    store = Store()
    store.extend([*quads, *relations.derived(quads, dataset.facets())])
    from kg.expression.nodes import picks
    from kg.graph import classifications
    from tests.graph.builders import OPEN_CODES

    named = {p.selector for x in r.readings for s in Side for p in picks(x.side(s))}
    store.extend(classifications.encode_selectors(named, OPEN_CODES))
    # Names and places that no reader gives, but the value type allows.
    odd = {"Document-fileName", "Warning-order"}
    assert [f for f in shapes.check_store(store) if f.shape not in odd] == []


ROOT, FIRST = node(1), node(2)
COMBINATION = iris.combination_iri(IT, Side.PROCEDURE, 1)
CONDITION = iris.condition_iri(IT, "primary-tumour", "present")
DOCUMENT = iris.document_iri("IPG672")
CODE = NamedNode(f"{iris.DATA}opcs-4/J12.3")
OTHER = NamedNode(f"{iris.DATA}opcs-4/Y53.4")

TAKEN_AWAY = [
    ("Guidance-identifier", IT, Other.IDENTIFIER),
    ("Guidance-reading", IT, Property.READING),
    ("Guidance-needsReview", IT, Property.NEEDS_REVIEW),
    ("Guidance-document", IT, Other.WAS_DERIVED_FROM),
    ("Reading-rank", iris.reading_iri(IT, 1), Property.RANK),
    ("Document-identifier", DOCUMENT, Other.IDENTIFIER),
    ("Expression-guidance", FIRST, Property.IN_GUIDANCE),
    ("Expression-side", FIRST, Property.ON_SIDE),
    ("Pick-selector", FIRST, Property.SELECTOR),
    ("AllOf-part", ROOT, Property.CONJUNCT),
    ("OneOf-branch", node(3, Side.DIAGNOSIS), Property.BRANCH),
    ("Optional-content", node(5), Property.CONTENT),
    ("When-then", node(4, Side.DIAGNOSIS), Property.THEN),
    ("When-condition", node(4, Side.DIAGNOSIS), Property.CONDITION),
    ("Condition-facet", CONDITION, Property.FACET),
    ("Condition-value", CONDITION, Property.VALUE),
    ("Combination-side", COMBINATION, Property.OF_SIDE),
    ("Combination-rank", COMBINATION, Property.RANK),
    ("Combination-ground", COMBINATION, Property.GROUND),
    ("Need-atLeast", iris.numbered(COMBINATION, "need", 1), Property.AT_LEAST),
    ("Need-selector", iris.numbered(COMBINATION, "need", 1), Property.OF_SELECTOR),
    ("Need-combination", COMBINATION, Property.NEED),
    ("Selector-notation", CODE, Other.NOTATION),
    ("Selector-scheme", CODE, Other.IN_SCHEME),
    ("ConditionalAddition-code", NamedNode(f"{node(5).value}/addition-to/J12.3"), Property.CODE),
]

PUT_IN = [
    ("Guidance-identifier", IT, Other.IDENTIFIER, literal("another")),
    ("Guidance-title", IT, Other.TITLE, literal("another")),
    ("Guidance-procedure", IT, Property.PROCEDURE, FIRST),
    ("Document-sha256", DOCUMENT, Property.SHA256, literal("0123")),
    ("Document-fileName", DOCUMENT, Property.FILE_NAME, literal("letters/it.txt")),
    ("Expression-citation", FIRST, Property.CITATION, IT),
    ("Expression-position", FIRST, Property.POSITION, literal(0)),
    ("Expression-parent", node(3), Property.PART, FIRST),
    ("Expression-listed", ROOT, Property.COMBINATIONS_LISTED, literal(99)),
    ("Pick-mark", FIRST, Property.MARK, literal("B")),
    ("Pick-part", FIRST, Property.PART, node(3)),
    ("Pick-selector", FIRST, Property.SELECTOR, OTHER),
    ("When-condition", node(4, Side.DIAGNOSIS), Property.CONDITION, CONDITION),
    ("Combination-rank", COMBINATION, Property.RANK, literal(0)),
    ("Combination-selector", COMBINATION, Property.SELECTOR, IT),
    ("Combination-uses", COMBINATION, Property.USES, CODE),
    ("Need-atLeast", iris.numbered(COMBINATION, "need", 1), Property.AT_LEAST, literal(0)),
    ("Selector-notation", CODE, Other.NOTATION, literal("J12.4")),
    ("Code-notation", CODE, Other.NOTATION, literal("J12-3")),
    ("Selector-label", CODE, Other.PREF_LABEL, literal("another")),
    ("mapsTo-target", IT, Property.MAPS_TO, CONDITION),
    ("requiresAdditional-target", CODE, Property.REQUIRES_ADDITIONAL, FIRST),
    ("alternativeTo-both", CODE, Property.ALTERNATIVE_TO, OTHER),
    ("ListedConcept", NamedNode("http://snomed.info/id/12"), Other.TYPE, Class.LISTED_CONCEPT),
    ("Unnamed-words", NamedNode(f"{IT.value}/node/procedure/99"), Other.TYPE, Class.UNNAMED),
    ("Standard-identifier", iris.standard_iri("PCSJ1"), Other.TYPE, Class.STANDARD),
    ("Warning-message", NamedNode(f"{IT.value}/warning/1"), Other.TYPE, Class.WARNING),
    ("ConceptMention-term", NamedNode(f"{IT.value}/concept/1"), Other.TYPE, Class.CONCEPT_MENTION),
    ("Quotation-source", NamedNode(f"{IT.value}/quote/0-1"), Other.TYPE, Other.SPECIFIC_RESOURCE),
    ("TextPosition-start", NamedNode(f"{IT.value}/quote/0-1/position"), Other.TYPE, Other.TEXT_POSITION),
    ("TextQuote-exact", NamedNode(f"{IT.value}/quote/0-1/words"), Other.TYPE, Other.TEXT_QUOTE),
    ("Decision-document", iris.decision_iri(IT), Other.TYPE, Class.DECISION),
    ("Guidance-decision", IT, Property.DECISION, FIRST),
    ("Ground-combination", NamedNode(f"{IT.value}/ground"), Other.TYPE, Class.GROUND),
]


def findings(store: Store) -> dict[str, list[shapes.Finding]]:
    found: dict[str, list[shapes.Finding]] = {}
    for finding in shapes.check_store(store):
        found.setdefault(finding.shape, []).append(finding)
    return found


def graph_of(subject: NamedNode) -> NamedNode:
    return SHARED if subject.value.startswith(f"{iris.DATA}opcs-4/") else GRAPH


@pytest.mark.parametrize(("shape", "subject", "predicate"), TAKEN_AWAY, ids=lambda value: str(value)[-40:])
def test_a_missing_statement_is_found(shape, subject, predicate):
    store = built(RADIATION)
    removed = list(store.quads_for_pattern(subject, predicate, None, graph_of(subject)))
    assert removed
    for quad in removed:
        store.remove(quad)
    found = findings(store)
    assert shape in found
    told = found[shape][0]
    assert told.graph in {GRAPH.value, SHARED.value}
    assert told.message.endswith(".") and " " in told.message
    assert told.as_error().id == "KG-E0701"


@pytest.mark.parametrize(("shape", "subject", "predicate", "value"), PUT_IN, ids=lambda value: str(value)[-40:])
def test_a_wrong_statement_is_found(shape, subject, predicate, value):
    store = built(RADIATION)
    relation = predicate in {Property.ALTERNATIVE_TO, Property.REQUIRES_ADDITIONAL}
    graph = GRAPH if relation else graph_of(subject)
    if isinstance(value, Literal) and predicate == Property.COMBINATIONS_LISTED:
        for quad in list(store.quads_for_pattern(subject, predicate, None, graph)):
            store.remove(quad)
    store.add(Quad(subject, predicate, value, graph))
    assert shape in findings(store)


def test_a_side_that_no_guidance_has_is_found():
    store = built(RADIATION)
    for quad in list(store.quads_for_pattern(FIRST, Property.ON_SIDE, None, GRAPH)):
        store.remove(quad)
    store.add(Quad(FIRST, Property.ON_SIDE, Individual.PROCEDURE_SIDE, GRAPH))
    assert findings(store) == {}
    store.add(Quad(FIRST, Property.ON_SIDE, CODE, GRAPH))
    assert "Expression-side" in findings(store)


def test_every_property_shape_has_a_sentence_and_a_name():
    import rdflib

    from kg import resources

    graph = rdflib.Graph()
    graph.parse(data=resources.text("ontology/shapes/data.ttl"), format="turtle")
    sh = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    for shape in graph.subjects(rdflib.RDF.type, sh.PropertyShape):
        assert isinstance(shape, rdflib.URIRef)
        (message,) = graph.objects(shape, sh.message)
        assert str(message)[0].isupper() and str(message).endswith(".")
        assert (None, sh.property, shape) in graph


def test_every_class_of_the_data_has_a_shape():
    import rdflib

    from kg import resources

    graph = rdflib.Graph()
    graph.parse(data=resources.text("ontology/shapes/data.ttl"), format="turtle")
    targets = {str(t) for t in graph.objects(None, rdflib.URIRef("http://www.w3.org/ns/shacl#targetClass"))}
    without = {Class.CITED, Class.EXPRESSION, Class.SELECTOR, Class.SIDE, Class.CODED_RECORD}
    every = {c for c in vars(Class).values() if isinstance(c, NamedNode)} - without
    assert {c.value for c in every} <= targets
