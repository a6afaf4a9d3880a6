"""The profile check finds what is not OWL 2 DL, and nothing in what is."""

import pyoxigraph
import pytest

from kg import resources
from kg.owl.profile import check_profile

PREFIXES = """
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix e: <https://example.org/> .
"""
SOUND = """
e:o a owl:Ontology ; rdfs:label "an ontology"@en .
e:A a owl:Class . e:B a owl:Class ; rdfs:subClassOf e:A .
e:p a owl:ObjectProperty ; rdfs:domain e:A ; rdfs:range e:B . e:q a owl:ObjectProperty ; rdfs:subPropertyOf e:p .
e:t a owl:ObjectProperty , owl:TransitiveProperty .
e:d a owl:DatatypeProperty , owl:FunctionalProperty ; rdfs:range xsd:integer .
e:n a owl:AnnotationProperty .
e:x a owl:NamedIndividual , e:A ; e:p e:y ; e:d 1 ; e:n "note" , e:y . e:y a owl:NamedIndividual .
"""


def rules(turtle: str) -> set[str]:
    quads = pyoxigraph.parse(PREFIXES + SOUND + turtle, format=pyoxigraph.RdfFormat.TURTLE)
    return {finding.rule for finding in check_profile(quad.triple for quad in quads)}


@pytest.mark.parametrize(
    "turtle",
    [
        "",
        "e:C a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( e:A [ a owl:Restriction ; "
        "owl:onProperty e:p ; owl:minQualifiedCardinality '2'^^xsd:nonNegativeInteger ; owl:onClass [ a owl:Class ; "
        "owl:unionOf ( e:A e:B ) ] ] ) ] .",
        "e:C a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty e:t ; owl:someValuesFrom e:A ] , "
        "[ a owl:Restriction ; owl:onProperty e:d ; owl:hasValue 3 ] , [ a owl:Class ; owl:complementOf e:B ] .",
        "[] a owl:AllDifferent ; owl:distinctMembers ( e:x e:y ) .",
        "[] a owl:AllDisjointClasses ; owl:members ( e:A e:B ) .",
        "e:A a owl:NamedIndividual ; e:p e:x .",  # a class may be an individual too
        "e:x owl:sameAs e:y . e:x owl:differentFrom e:y .",
        "e:q owl:inverseOf e:p . e:t owl:propertyChainAxiom ( e:p e:q ) .",
    ],
)
def test_what_is_in_owl_2_dl_passes(turtle):
    assert rules(turtle) == set()


@pytest.mark.parametrize(
    ("turtle", "rule"),
    [
        ("e:x e:undeclared e:y .", "a property that is not declared"),
        ("e:x a e:Undeclared .", "a type that is not a declared class"),
        ("e:A rdfs:subClassOf e:Undeclared .", "not classes, in an axiom of classes"),
        ("e:p a owl:DatatypeProperty .", "one IRI for data property and object property"),
        ("e:p a owl:AnnotationProperty .", "one IRI for annotation property and object property"),
        ("e:A a rdfs:Datatype .", "one IRI for class and datatype"),
        ("e:x e:p 'text' .", "a literal as the value of an object property"),
        ("e:x e:d e:y .", "no literal as the value of a data property"),
        ("e:x e:d '2024-01-01'^^xsd:date .", "a literal of a datatype that OWL 2 does not have"),
        ("e:x e:d 'many'^^xsd:integer .", "a literal that its datatype does not have"),
        ("e:p rdfs:subPropertyOf e:d .", "not properties of one kind, in an axiom of properties"),
        ("e:p rdfs:range xsd:integer .", "a domain or range that is not declared"),
        ("e:d a owl:TransitiveProperty .", "a characteristic that this kind of property cannot have"),
        ("e:t a owl:FunctionalProperty .", "a characteristic of a property that is not simple"),
        ("e:x a owl:Restriction .", "an expression with a name"),
        ("e:x owl:onProperty e:p .", "part of an expression, said of something with a name"),
        ("e:y owl:versionIRI e:v .", "not said of the ontology"),
        ("e:second a owl:Ontology .", "not exactly one ontology"),
        ("rdf:type a owl:ObjectProperty .", "a declaration in the reserved vocabulary"),
        ("e:x rdf:value e:y .", "a term of the reserved vocabulary that is not read"),
        ("e:q owl:propertyChainAxiom ( e:p e:d ) .", "a chain that is not of object properties"),
        ("[] a owl:AllDifferent ; owl:distinctMembers ( e:x ) .", "a list of members that is not one"),
        ("[] a owl:Class ; owl:unionOf ( e:A e:B ) .", "a class expression outside any axiom"),
        ("[] e:p e:x .", "a blank node that is no expression"),
        ("e:A rdfs:subClassOf _:c . _:c a owl:Class ; owl:complementOf _:c .", "a blank node in two places"),
        ("e:A rdfs:subClassOf _:c . _:c a owl:Class ; owl:complementOf _:c .", "not classes, in an axiom of classes"),
        (
            "e:A rdfs:subClassOf _:one . e:B rdfs:subClassOf _:one . _:one a owl:Class ; owl:complementOf e:A .",
            "a blank node in two places",
        ),
        (
            "e:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty e:t ; owl:onClass e:B ; "
            "owl:minQualifiedCardinality '2'^^xsd:nonNegativeInteger ] .",
            "a count over a property that is not simple",
        ),
        (
            "e:t rdfs:subPropertyOf e:p . e:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty e:p ; "
            "owl:maxCardinality '2'^^xsd:nonNegativeInteger ] .",
            "a count over a property that is not simple",
        ),
        (
            "e:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty e:p ; owl:minCardinality 2 ] .",
            "not classes, in an axiom of classes",
        ),
        (
            "e:A rdfs:subClassOf [ a owl:Class ; owl:unionOf ( e:A e:x ) ] .",
            "not classes, in an axiom of classes",
        ),
        (
            "e:A rdfs:subClassOf _:c . _:c a owl:Class ; owl:unionOf _:l . _:l rdf:first e:A ; rdf:rest _:l .",
            "not classes, in an axiom of classes",
        ),
    ],
)
def test_what_is_not_in_owl_2_dl_is_found(turtle, rule):
    assert rule in rules(turtle)


def test_the_vocabulary_is_in_owl_2_dl():
    quads = pyoxigraph.parse(resources.text("ontology/kg.ttl"), format=pyoxigraph.RdfFormat.TURTLE)
    assert check_profile(quad.triple for quad in quads) == []
