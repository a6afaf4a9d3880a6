"""Every format holds exactly the store's content, reads well, and is the same bytes for the same content."""

import io
import json
import re

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse
from rdflib.compare import isomorphic

from kg.errors import KgError
from kg.graph import export, iris, jsonld
from kg.graph.export import Format
from kg.graph.vocabulary import Other, Property
from tests.graph.builders import TEXTS, built
from tests.graph.examples import CHEMOSATURATION, CRYOTHERAPY, OPEN_OR_KEYHOLE
from tests.laws.strategies import examples

RDFLIB = {
    Format.TURTLE: "turtle",
    Format.TRIG: "trig",
    Format.NTRIPLES: "nt",
    Format.NQUADS: "nquads",
    Format.JSONLD: "json-ld",
    Format.RDFXML: "xml",
}
OXIGRAPH = {
    Format.TURTLE: RdfFormat.TURTLE,
    Format.TRIG: RdfFormat.TRIG,
    Format.NTRIPLES: RdfFormat.N_TRIPLES,
    Format.NQUADS: RdfFormat.N_QUADS,
    Format.JSONLD: RdfFormat.JSON_LD,
    Format.RDFXML: RdfFormat.RDF_XML,
}


def exported(store: Store, format: Format, guidance: NamedNode | None = None) -> bytes:
    out = io.BytesIO()
    export.write(store, out, format, guidance)
    return out.getvalue()


def as_rdflib(quads) -> dict[str, rdflib.Graph]:
    """The graphs of some quads, by name."""
    graphs: dict[str, rdflib.Graph] = {}
    for quad in quads:
        name = "" if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value
        graphs.setdefault(name, rdflib.Graph()).parse(data=f"{quad.triple} .", format="nt")
    return graphs


def read_by_rdflib(data: bytes, format: Format) -> dict[str, rdflib.Graph]:
    if not format.has_graphs:
        graph = rdflib.Graph()
        graph.parse(data=data, format=RDFLIB[format])
        return {"": graph}
    dataset = rdflib.Dataset()
    dataset.parse(data=data, format=RDFLIB[format])
    found = {str(g.identifier): g for g in dataset.graphs() if len(g)}
    return {"" if name == "urn:x-rdflib:default" else name: graph for name, graph in found.items()}


@pytest.fixture(scope="module")
def store() -> Store:
    return built(OPEN_OR_KEYHOLE, CHEMOSATURATION, CRYOTHERAPY)


def flat(quads) -> list[Quad]:
    return [Quad(q.subject, q.predicate, q.object) for q in quads]


def assert_same(data: bytes, quads: list[Quad], format: Format) -> None:
    expected = as_rdflib(quads if format.has_graphs else flat(quads))
    found = read_by_rdflib(data, format)
    assert set(found) == set(expected)
    assert all(isomorphic(found[name], expected[name]) for name in expected)
    again = set(parse(data, format=OXIGRAPH[format], base_iri="http://example.org/"))
    wanted = set(quads if format.has_graphs else flat(quads))
    assert {getattr(q, "triple", q) for q in flat(again)} == {q.triple for q in wanted}


@pytest.mark.parametrize("format", list(Format))
def test_the_whole_is_isomorphic_to_the_store(store, format):
    assert_same(exported(store, format), list(store), format)


@pytest.mark.parametrize("format", list(Format))
def test_one_guidance_is_its_graph_with_the_codes_that_it_names(store, format):
    guidance = iris.guidance_iri("IP1062/2")
    own = list(store.quads_for_pattern(None, None, None, iris.guidance_graph(guidance)))
    codes = {q.object for q in own if q.predicate == Property.SELECTOR}
    shared = [q for c in codes for q in store.quads_for_pattern(c, None, None, iris.CLASSIFICATIONS_GRAPH)]
    assert {q.predicate for q in shared} >= {Other.NOTATION, Other.IN_SCHEME}
    assert_same(exported(store, format, guidance), [*own, *shared], format)


@pytest.mark.parametrize("format", list(Format))
def test_the_bytes_do_not_depend_on_the_order_of_loading(store, format):
    other = Store()
    other.extend(sorted(store, key=lambda q: str(q)[::-1]))
    assert exported(store, format) == exported(other, format)


@pytest.mark.parametrize("format", list(Format))
def test_an_empty_store_is_a_sound_file(format):
    assert not any(len(graph) for graph in read_by_rdflib(exported(Store(), format), format).values())


def test_turtle_reads_well(store):
    text = exported(store, Format.TURTLE, iris.guidance_iri("IPG369")).decode()
    assert "\nopcs4:J03.2\n    a owl:Class, skos:Concept, kg:Code, kg:Selector ;\n" in text
    assert "    kg:requiresAdditional opcs4:Y13.2 ;\n" in text
    assert "kg:combinationCount 3 ;" in text
    assert "kg:needsReview false ;" in text
    assert max(map(len, text.splitlines())) < 200
    node = [line for line in text.splitlines() if line.startswith("<id/guidance/IPG369/node/procedure/")]
    assert node == [f"<id/guidance/IPG369/node/procedure/{n}>" for n in range(1, 13)]


def test_turtle_has_each_subject_once(store):
    text = exported(store, Format.TURTLE).decode()
    heads = [line for line in text.splitlines() if line and not line.startswith((" ", "@"))]
    assert len(heads) == len(set(heads))


def test_jsonld_has_keys_that_a_person_would_write(store):
    document = json.loads(exported(store, Format.JSONLD, iris.guidance_iri("IPG369")))
    (graph,) = [g for g in document["@graph"] if g["id"].endswith("/graph/guidance/IPG369")]
    nodes = {node["id"]: node for node in graph["@graph"]}
    it = nodes["guidance:IPG369"]
    assert it["type"] == ["Entity", "Guidance"]
    assert it["identifier"] == "IPG369"
    assert it["needsReview"] is False
    assert it["mapsTo"] == ["icd10:C78.7", "opcs4:J03.2", "opcs4:J12.8"]
    root = nodes[it["procedure"]]
    assert root["type"] == "OneOf" and root["combinationCount"] == 3
    for node in nodes.values():
        assert all(re.fullmatch(r"[A-Za-z]+", key) for key in node), node


def test_jsonld_is_read_without_asking_anybody(store):
    document = json.loads(exported(store, Format.JSONLD))
    assert isinstance(document["@context"], dict)
    assert not {"@import", "@base", "@vocab"} & set(document["@context"])


def test_the_context_names_each_term_once_and_only_known_ones():
    text = jsonld.context().content
    pairs = json.loads(
        json.dumps(text), object_pairs_hook=lambda pairs: [k for k, _ in pairs] if len(pairs) > 3 else None
    )
    assert len(pairs) == len(set(pairs))
    assert len(set(jsonld.context().terms.values())) == len(jsonld.context().terms)
    from kg.graph.vocabulary import Class

    known = {v.value for c in (Class, Property) for v in vars(c).values() if isinstance(v, NamedNode)}
    assert {iri for iri in jsonld.context().terms if iri.startswith(iris.KG)} == known


def test_rdfxml_names_elements_by_their_class(store):
    text = exported(store, Format.RDFXML, iris.guidance_iri("IPG369")).decode()
    assert '<kg:Guidance rdf:about="https://w3id.org/terminology-kg/id/guidance/IPG369">' in text


AWKWARD = [
    "",
    "\r\n",
    "\r",
    " two  blanks ",
    "\t",
    '"quotes" and \\ and <tags> & ]]> é 🙂',
    "\u00a0\u2028\u0085",
    "7",
    "true",
    "opcs4:J12.8",
    "٣²",
    "9" * 5000,
]


@pytest.mark.parametrize("format", list(Format))
def test_texts_of_documents_pass_unharmed(format):
    it, says = iris.guidance_iri("IPG1"), Property.WORDS
    quads = [Quad(it, says, Literal(text), iris.graph_iri("IPG1")) for text in AWKWARD]
    store = Store()
    store.extend(quads)
    assert_same(exported(store, format), quads, format)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(TEXTS, max_size=4), st.sampled_from([f for f in Format if f is not Format.RDFXML]))
def test_any_text_passes_any_format_but_rdfxml(texts, format):
    quads = {Quad(iris.guidance_iri("IPG1"), Property.WORDS, Literal(t), iris.graph_iri("IPG1")) for t in texts}
    store = Store()
    store.extend(quads)
    found = parse(exported(store, format), format=OXIGRAPH[format])
    assert {q.object for q in found} == {q.object for q in quads}


@pytest.mark.parametrize("text", ["page\fbreak", "\x00", "\ufffe", "\x1b"])
def test_what_xml_cannot_hold_is_refused_by_name(text):
    store = Store()
    store.add(Quad(iris.guidance_iri("IPG1"), Property.WORDS, Literal(text), iris.graph_iri("IPG1")))
    with pytest.raises(KgError) as fault:
        exported(store, Format.RDFXML)
    assert fault.value.id == "KG-E0704"
    assert f"U+{ord(text[4] if len(text) > 1 else text):04X}" in fault.value.what


ODD_IRIS = [
    "http://example.org/",
    "https://w3id.org/terminology-kg/",
    "https://w3id.org/terminology-kg/id/opcs-4/",
    "https://w3id.org/terminology-kg/id/opcs-4/J12.",
    "https://w3id.org/terminology-kg/id/guidance/a%2Fb/node/1",
    "https://w3id.org/terminology-kg/id/guidance/%2E%2E/x",
    "https://w3id.org/terminology-kg/id//double",
    "https://w3id.org/terminology-kg/id/x?y=1#z",
    "http://snomed.info/id//odd",
    "urn:x:y",
    "http://example.org/é&'",
]


@pytest.mark.parametrize("format", list(Format))
def test_odd_iris_pass_unharmed(format):
    name = iris.graph_iri("IPG1")
    quads = [Quad(NamedNode(iri), Property.MAPS_TO, NamedNode(iri), name) for iri in ODD_IRIS[:-1]]
    quads += [Quad(NamedNode(ODD_IRIS[-1]), Other.TYPE, NamedNode(ODD_IRIS[-1]), name)]
    quads += [Quad(NamedNode("urn:x"), NamedNode("http://example.org/p-1"), Literal("chat", language="fr"), name)]
    quads += [Quad(NamedNode("urn:x"), Property.MAPS_TO, Literal("a text for a link"), name)]
    decimal = NamedNode(f"{iris.PREFIXES['xsd']}decimal")
    quads += [Quad(NamedNode("urn:x"), Property.RANK, Literal("1.50", datatype=decimal), name)]
    store = Store()
    store.extend(quads)
    assert_same(exported(store, format), list(store), format)


def test_a_guidance_that_is_not_there_is_told(store):
    with pytest.raises(KgError) as fault:
        exported(store, Format.TURTLE, iris.guidance_iri("IPG999"))
    assert fault.value.id == "KG-E0601"


@pytest.mark.parametrize(
    ("said", "format"),
    [
        ("turtle", "turtle"),
        ("TTL", "turtle"),
        ("N-Quads", "nquads"),
        ("nq", "nquads"),
        ("json-ld", "jsonld"),
        ("RDF/XML", "rdfxml"),
    ],
)
def test_formats_are_named_as_people_name_them(said, format):
    assert Format.named(said).value == format


def test_an_unknown_format_is_told_with_what_was_meant():
    with pytest.raises(KgError) as fault:
        Format.named("turtel")
    assert fault.value.id == "KG-E0102"
    assert fault.value.hint == "Did you mean turtle?"
