"""IRIs of the graph: for each kind of thing one function that mints, and one back where something is read from it.

The base is set here and nowhere else. SNOMED CT concepts and the three coding systems keep the IRIs that others use
for them.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from pyoxigraph import NamedNode

from kg.codes import Component, One, Scheme, SctId, Selector, parse_selector
from kg.errors import KgError
from kg.expression.recommendation import Side

BASE = "https://w3id.org/terminology-kg/"
"""Everything that this project names stands below this IRI."""

ONTOLOGY = f"{BASE}ontology"
KG = f"{ONTOLOGY}#"
SHAPES = f"{BASE}shapes#"
DATA = f"{BASE}id/"
GRAPH = f"{BASE}graph/"

SCHEMES = {
    Scheme.OPCS4: NamedNode("https://fhir.hl7.org.uk/Id/opcs-4"),
    Scheme.ICD10: NamedNode("http://hl7.org/fhir/sid/icd-10-uk"),
}
"""The systems' identifiers in FHIR, as concept schemes."""

SNOMED_CT = NamedNode("http://snomed.info/sct")
_CONCEPT = "http://snomed.info/id/"

CLASSIFICATIONS_GRAPH = NamedNode(f"{GRAPH}classifications")
FACETS_GRAPH = NamedNode(f"{GRAPH}facets")
ONTOLOGY_GRAPH = NamedNode(f"{GRAPH}ontology")
DATASET_GRAPH = NamedNode(f"{GRAPH}dataset")
RECORDS_GRAPH = NamedNode(f"{GRAPH}records")
DATASET = NamedNode(f"{DATA}dataset")

_FOLDERS = {Scheme.OPCS4: "opcs-4", Scheme.ICD10: "icd-10"}
_GUIDANCE = f"{DATA}guidance/"
_GUIDANCE_GRAPH = f"{GRAPH}guidance/"

PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "facet": f"{DATA}facet/",
    "guidance": _GUIDANCE,
    "icd10": f"{DATA}icd-10/",
    "kg": KG,
    "oa": "http://www.w3.org/ns/oa#",
    "opcs4": f"{DATA}opcs-4/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sct": _CONCEPT,
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""The prefixes in which the data are written and queries may be put."""


def _part(text: str) -> str:
    """A text as one segment of an IRI; nothing is lost (`unquote` gives it back)."""
    made = quote(text, safe="-._~")
    # Segments of dots alone are steps of a path, which readers of IRIs may take.
    return made if made.strip(".") else made.replace(".", "%2E")


def guidance_iri(id: str) -> NamedNode:
    """The IRI of a guidance by its id: `IP1062/2` is `…/id/guidance/IP1062-2`."""
    return NamedNode(_GUIDANCE + _part(id.replace("/", "-")))


def is_guidance(iri: NamedNode) -> bool:
    """Whether the IRI is that of a guidance (and not of something within one)."""
    return iri.value.startswith(_GUIDANCE) and "/" not in iri.value[len(_GUIDANCE) :]


def guidance_graph(guidance: NamedNode) -> NamedNode:
    """The named graph of a guidance, by the guidance's IRI."""
    return NamedNode(_GUIDANCE_GRAPH + guidance.value.removeprefix(_GUIDANCE))


def graph_iri(id: str) -> NamedNode:
    """The named graph of a guidance, by its id."""
    return guidance_graph(guidance_iri(id))


def edition_graph(system: str, name: str) -> NamedNode:
    """The named graph of what an edition of a release says, as `…/graph/edition/snomed-ct/20250924`."""
    return NamedNode(f"{GRAPH}edition/{_part(system)}/{_part(name)}")


def guidance_of_graph(graph: NamedNode) -> NamedNode | None:
    """The guidance that a named graph is about, or None for a graph that is shared."""
    if not graph.value.startswith(_GUIDANCE_GRAPH):
        return None
    return NamedNode(_GUIDANCE + graph.value.removeprefix(_GUIDANCE_GRAPH))


def reading_iri(guidance: NamedNode, rank: int) -> NamedNode:
    """A reading of a guidance, numbered from 1 as ranked."""
    return NamedNode(f"{guidance.value}/reading/{rank}")


def node_iri(guidance: NamedNode, side: Side, number: int, reading: int = 1) -> NamedNode:
    """A node of an expression: numbered from 1 in print order, parents first; the reading in use is 1."""
    within = guidance.value if reading == 1 else f"{guidance.value}/reading/{reading}"
    return NamedNode(f"{within}/node/{side.value}/{number}")


def condition_iri(guidance: NamedNode, facet: str, value: str) -> NamedNode:
    """A condition as it is meant in one guidance."""
    return NamedNode(f"{guidance.value}/condition/{_part(facet)}/{_part(value)}")


def combination_iri(guidance: NamedNode, side: Side, rank: int) -> NamedNode:
    """A valid combination of one side of a guidance."""
    return NamedNode(f"{guidance.value}/combination/{side.value}/{rank}")


def numbered(parent: NamedNode, kind: str, number: int) -> NamedNode:
    """A numbered thing within another: `…/combination/procedure/1/need/2`."""
    return NamedNode(f"{parent.value}/{kind}/{number}")


def quote_iri(guidance: NamedNode, start: int, end: int, again: int = 1) -> NamedNode:
    """Quoted words of a document by their characters; `again` tells apart what differs in more than these."""
    return NamedNode(f"{guidance.value}/quote/{start}-{end}" + (f"/{again}" if again > 1 else ""))


def document_iri(id: str, digest: str = "") -> NamedNode:
    """A document: by the first 16 figures of the SHA-256 of its bytes, by the guidance's id where that is not known."""
    return NamedNode(f"{DATA}document/{_part(digest[:16] or id)}")


def record_iri(id: str, side: Side) -> NamedNode:
    """One side of a record, by the record's id."""
    return NamedNode(f"{DATA}record/{_part(id)}/{side.value}")


def decision_iri(guidance: NamedNode) -> NamedNode:
    """The decision on how the document of a guidance is read."""
    return NamedNode(f"{guidance.value}/decision")


def agent_iri(name: str) -> NamedNode:
    """Who decides, by the name that they give; a name without a sign is one all the same."""
    return NamedNode(f"{DATA}agent/{_part(name) or '-'}")


def standard_iri(id: str) -> NamedNode:
    """A national standard, as `PCSJ1`."""
    return NamedNode(f"{DATA}standard/{_part(id)}")


def facet_iri(facet: str) -> NamedNode:
    """A facet of `ontology/facets.ttl`."""
    return NamedNode(f"{DATA}facet/{_part(facet)}")


def facet_value_iri(facet: str, value: str) -> NamedNode:
    """A value of a facet."""
    return NamedNode(f"{DATA}facet/{_part(facet)}/{_part(value)}")


def facet_value_of(iri: NamedNode) -> tuple[str, str]:
    """The facet and value that an IRI names."""
    facet, value = iri.value.removeprefix(f"{DATA}facet/").split("/")
    return unquote(facet), unquote(value)


def notation(selector: Selector) -> str:
    """A selector in canonical form, without the mark of a pair: `J12.8`, `Y53.-`, `X70-X71`, `Z`."""
    return str(selector.code.bare) if isinstance(selector, One) else str(selector)


def selector_iri(selector: Selector) -> NamedNode:
    """A selector, by its notation.

    >>> selector_iri(parse_selector("Y53. -", Scheme.OPCS4)).value
    'https://w3id.org/terminology-kg/id/opcs-4/Y53.-'
    """
    return NamedNode(f"{DATA}{_FOLDERS[selector.scheme]}/{notation(selector)}")


def selector_of(iri: NamedNode) -> Selector:
    """The selector that an IRI names.

    Raises:
        KgError: KG-E0417 for an IRI that names none.
    """
    for scheme, folder in _FOLDERS.items():
        within = f"{DATA}{folder}/"
        if iri.value.startswith(within):
            return parse_selector(iri.value.removeprefix(within), scheme)
    raise KgError("KG-E0417", f"no selector has the IRI <{iri.value}>")


def is_selector(iri: str) -> bool:
    """Whether an IRI stands where those of codes, categories, ranges and chapters do."""
    return iri.startswith(tuple(f"{DATA}{folder}/" for folder in _FOLDERS.values()))


def concept_iri(concept: SctId) -> NamedNode:
    """A SNOMED CT concept, as SNOMED International names it."""
    return NamedNode(f"{_CONCEPT}{concept}")


def concept_of(iri: NamedNode) -> SctId:
    """The identifier of the concept that an IRI names.

    Raises:
        KgError: KG-E0414 or KG-E0415.
    """
    return SctId.parse(iri.value.removeprefix(_CONCEPT), Component.CONCEPT)
