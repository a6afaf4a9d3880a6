"""Program and ontology have the same terms; the ontology says what each is and stays in OWL 2 DL."""

import re
from collections import defaultdict

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from kg import resources
from kg.facets import lexicon
from kg.graph import dataset, iris, vocabulary
from kg.graph.vocabulary import Class, Individual, Property
from tests.graph.builders import built, said
from tests.graph.examples import CHEMOSATURATION, CHEMOTHERAPY, OPEN_OR_KEYHOLE, RADIATION

OWL, RDF, RDFS, XSD, SKOS = (iris.PREFIXES[p] for p in ("owl", "rdf", "rdfs", "xsd", "skos"))
TYPE = NamedNode(f"{RDF}type")


def triples() -> list[Triple]:
    return list(parse(resources.text("ontology/kg.ttl").encode(), format=RdfFormat.TURTLE))


def of_type(*kinds: str) -> set[str]:
    wanted = {NamedNode(OWL + kind) for kind in kinds}
    return {said(t.subject) for t in triples() if t.predicate == TYPE and t.object in wanted}


def constants(within: type) -> set[str]:
    return {value.value for value in vars(within).values() if isinstance(value, NamedNode)}


def ours(found: set[str]) -> set[str]:
    return {value for value in found if value.startswith(iris.KG)}


def test_the_program_has_a_constant_for_each_term_and_no_other():
    assert constants(Class) == ours(of_type("Class"))
    assert constants(Property) == ours(of_type("ObjectProperty", "DatatypeProperty"))
    assert constants(Individual) == ours(of_type("NamedIndividual"))


@pytest.mark.parametrize("term", ["label", "comment", "isDefinedBy"])
def test_every_term_is_told(term):
    told = {said(t.subject) for t in triples() if t.predicate.value == RDFS + term}
    assert ours({said(t.subject) for t in triples()}) <= told


def test_every_term_and_the_ontology_have_one_version():
    versions = defaultdict(set)
    for t in triples():
        if t.predicate.value == f"{OWL}versionInfo":
            versions[said(t.object)].add(said(t.subject))
    (version,) = versions
    assert versions[version] == ours({said(t.subject) for t in triples()}) | {iris.ONTOLOGY}
    version_iri = next(said(t.object) for t in triples() if t.predicate.value == f"{OWL}versionIRI")
    assert version_iri == f"{iris.ONTOLOGY}/{version}"


def test_names_are_spelled_as_owl_people_spell_them():
    assert all(re.fullmatch(r"[A-Z][A-Za-z]*", v.removeprefix(iris.KG)) for v in constants(Class))
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9]*", v.removeprefix(iris.KG)) for v in constants(Property))


def test_comments_and_labels_are_told_once():
    for term in ("label", "comment"):
        told = [said(t.subject) for t in triples() if t.predicate.value == RDFS + term]
        assert len(told) == len(set(told))


def test_the_base_of_iris_is_the_same_everywhere():
    assert lexicon._BASE == iris.BASE
    for name in ("ontology/kg.ttl", "ontology/facets.ttl", "ontology/shapes/data.ttl", "ontology/context.jsonld"):
        assert iris.KG in resources.text(name)


def test_rules_and_ontology_name_each_other():
    known = constants(Class) | constants(Property) | constants(Individual)
    for file in sorted(resources.path("queries/derive").glob("*.rq")):
        text = re.sub(r"(?m)#.*$|\"[^\"]*\"", "", file.read_text(encoding="utf-8"))
        assert {iris.KG + name for name in re.findall(r"\bkg:(\w+)", text)} <= known, file.name


# -- OWL 2 DL, as far as triples without class expressions show it (HermiT is asked in tests/owl)

_BUILT_IN_PROPERTIES = {
    TYPE.value,
    *(RDFS + n for n in ("label", "comment", "isDefinedBy", "subClassOf", "subPropertyOf", "domain", "range")),
    *(OWL + n for n in ("versionInfo", "versionIRI", "disjointWith")),
}
_BUILT_IN_CLASSES = {
    OWL + n
    for n in (
        "Class",
        "ObjectProperty",
        "DatatypeProperty",
        "AnnotationProperty",
        "NamedIndividual",
        "Ontology",
        "SymmetricProperty",
    )
}
_DATATYPES = {*(XSD + n for n in ("string", "integer", "boolean", "dateTime")), f"{RDF}langString"}


@pytest.fixture(scope="module")
def everything() -> set[Triple]:
    """All triples of a built store, as one graph."""
    return {q.triple for q in built(OPEN_OR_KEYHOLE, CHEMOSATURATION, RADIATION, CHEMOTHERAPY)}


def kinds(found: set[Triple]) -> dict[str, set[str]]:
    declared = defaultdict(set)
    for t in found:
        if t.predicate == TYPE and said(t.object).startswith(OWL):
            declared[said(t.object).removeprefix(OWL)].add(said(t.subject))
    return declared


def test_no_blank_nodes_anywhere(everything):
    assert not [t for t in everything if isinstance(t.subject, BlankNode) or isinstance(t.object, BlankNode)]


def test_every_property_that_is_used_is_declared_as_one_kind(everything):
    declared = kinds(everything)
    sets = [declared[k] for k in ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")]
    assert not sets[0] & sets[1] and not sets[1] & sets[2] and not sets[0] & sets[2]
    used = {t.predicate.value for t in everything} - _BUILT_IN_PROPERTIES
    assert used <= set.union(*sets)


def test_object_properties_link_things_and_data_properties_give_values(everything):
    declared = kinds(everything)
    for t in everything:
        if t.predicate.value in declared["ObjectProperty"]:
            assert isinstance(t.object, NamedNode), t
        if t.predicate.value in declared["DatatypeProperty"]:
            assert isinstance(t.object, Literal), t


def test_every_class_that_is_used_is_declared(everything):
    declared = kinds(everything)["Class"]
    used = {said(t.object) for t in everything if t.predicate == TYPE} - _BUILT_IN_CLASSES
    used |= {x.value for t in everything if t.predicate.value == f"{RDFS}subClassOf" for x in (t.subject, t.object)}
    used |= {said(t.object) for t in everything if t.predicate.value == f"{RDFS}domain"}
    assert used <= declared


def test_reserved_names_are_neither_described_nor_pointed_at(everything):
    reserved = (OWL, RDF, RDFS, XSD)
    assert not [t for t in everything if said(t.subject).startswith(reserved)]
    structural = _BUILT_IN_PROPERTIES | {f"{iris.PREFIXES['void']}vocabulary"}
    assert not [
        t
        for t in everything
        if t.predicate.value not in structural
        and isinstance(t.object, NamedNode)
        and said(t.object).startswith(reserved)
    ]


def test_values_are_of_datatypes_that_owl_knows(everything):
    assert {t.object.datatype.value for t in everything if isinstance(t.object, Literal)} <= _DATATYPES


def test_values_are_of_the_range_of_their_property(everything):
    ranges = {said(t.subject): said(t.object) for t in everything if t.predicate.value == f"{RDFS}range"}
    for t in everything:
        if isinstance(t.object, Literal) and t.predicate.value in ranges:
            assert t.object.datatype.value == ranges[t.predicate.value], t


def test_domains_and_ranges_hold_without_inference(everything):
    wider = defaultdict(set)
    for t in everything:
        if t.predicate.value == f"{RDFS}subClassOf":
            wider[said(t.subject)].add(said(t.object))

    def above(kind: str) -> set[str]:
        found, pending = set(), [kind]
        while pending:
            at = pending.pop()
            if at not in found:
                found.add(at)
                pending += wider[at]
        return found

    types = defaultdict(set)
    for t in everything:
        if t.predicate == TYPE:
            types[said(t.subject)] |= above(said(t.object))
    for axis, at in (("domain", "subject"), ("range", "object")):
        asked = {said(t.subject): said(t.object) for t in everything if t.predicate.value == RDFS + axis}
        for t in everything:
            wanted = asked.get(t.predicate.value)
            thing = getattr(t, at)
            if wanted and isinstance(thing, NamedNode):
                assert wanted in types[thing.value], f"{t} needs a {axis} of {wanted}"


def test_what_is_shipped_is_parsed_once_and_sorted():
    assert dataset.shipped() is dataset.shipped()
    assert {q.graph_name for q in dataset.shipped()} == {iris.ONTOLOGY_GRAPH, iris.FACETS_GRAPH}
    assert vocabulary.Other.TYPE == TYPE
