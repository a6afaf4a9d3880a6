"""The terms of OWL 2 by what they may be used for: names for `kg.owl.profile`.

Sources: OWL 2 Mapping to RDF Graphs (W3C 2012), tables 3 to 16; OWL 2 Structural Specification, section 4 (datatypes).
"""

from __future__ import annotations

from kg.graph.iris import PREFIXES

RDF, RDFS, OWL, XSD = (PREFIXES[p] for p in ("rdf", "rdfs", "owl", "xsd"))
RESERVED = (RDF, RDFS, OWL, XSD)


def _names(space: str, text: str) -> frozenset[str]:
    return frozenset(space + name for name in text.split())


KINDS = {
    OWL + "Class": "class",
    OWL + "ObjectProperty": "object property",
    OWL + "DatatypeProperty": "data property",
    OWL + "AnnotationProperty": "annotation property",
    RDFS + "Datatype": "datatype",
    OWL + "NamedIndividual": "individual",
    OWL + "Ontology": "ontology",
}
PROPERTIES = {"object property", "data property", "annotation property"}
CLASHES = ({"object property", "data property"}, {"object property", "annotation property"})
CLASHES += ({"data property", "annotation property"}, {"class", "datatype"})
CHARACTERISTICS = _names(
    OWL,
    "FunctionalProperty InverseFunctionalProperty TransitiveProperty SymmetricProperty AsymmetricProperty "
    "ReflexiveProperty IrreflexiveProperty",
)
ONLY_SIMPLE = _names(OWL, "FunctionalProperty InverseFunctionalProperty AsymmetricProperty IrreflexiveProperty")
STRUCTURES = _names(OWL, "Restriction AllDifferent AllDisjointClasses Axiom Class") | {RDF + "List"}
ANNOTATIONS = _names(RDFS, "label comment seeAlso isDefinedBy") | _names(
    OWL, "versionInfo deprecated priorVersion backwardCompatibleWith incompatibleWith"
)
# Datatypes of OWL 2 (section 4); xsd:date is not one of them, and HermiT refuses an ontology that uses it.
DATATYPES = (
    _names(
        XSD,
        "string boolean decimal integer double float nonNegativeInteger nonPositiveInteger positiveInteger "
        "negativeInteger long int short byte unsignedLong unsignedInt unsignedShort unsignedByte normalizedString "
        "token language Name NCName NMTOKEN hexBinary base64Binary anyURI dateTime dateTimeStamp",
    )
    | _names(RDF, "PlainLiteral XMLLiteral langString")
    | {RDFS + "Literal", OWL + "rational", OWL + "real"}
)
FORMS = {
    "boolean": r"true|false|1|0",
    "integer": r"[+-]?\d+",
    "nonNegativeInteger": r"\+?\d+|-0+",
    "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)",
    "dateTime": r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?",
}
COUNTS = _names(
    OWL,
    "minQualifiedCardinality maxQualifiedCardinality qualifiedCardinality minCardinality maxCardinality cardinality",
)
FILLERS = _names(OWL, "someValuesFrom allValuesFrom hasValue hasSelf onClass onDataRange")
JUNCTIONS = _names(OWL, "intersectionOf unionOf complementOf oneOf")
CLASS_AXIOMS = {RDFS + "subClassOf", OWL + "equivalentClass", OWL + "disjointWith"}
PROPERTY_AXIOMS = {RDFS + "subPropertyOf"} | _names(OWL, "equivalentProperty inverseOf propertyDisjointWith")
INDIVIDUALS = _names(OWL, "sameAs differentFrom")
WITHIN = (
    COUNTS
    | FILLERS
    | _names(OWL, "onProperty members distinctMembers annotatedSource annotatedProperty annotatedTarget")
    | _names(RDF, "first rest")
)
THINGS = _names(OWL, "Thing Nothing")
TYPE, FIRST, REST, NIL = (RDF + n for n in ("type", "first", "rest", "nil"))
