"""What the data set says of itself (DCAT, VoID, PROV-O), and the graphs that the program ships with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from kg import resources
from kg.errors import KgError, Place
from kg.graph import iris
from kg.graph.quads import Quads
from kg.graph.store import quads_per_graph
from kg.graph.vocabulary import Class, Other, Property

_SHIPPED = ((iris.ONTOLOGY_GRAPH, "ontology/kg.ttl"), (iris.FACETS_GRAPH, "ontology/facets.ttl"))
_VOCABULARIES = ("dcat", "dcterms", "kg", "oa", "owl", "prov", "skos", "void")
_COUNTED_CLASSES = (Class.GUIDANCE, Class.SELECTOR, Class.COMBINATION, Class.LISTED_CONCEPT, Class.CONDITIONAL_ADDITION)
_COUNTED_PROPERTIES = (Property.MAPS_TO, Property.REQUIRES_ADDITIONAL, Property.ALTERNATIVE_TO)
_RIGHTS = (
    "The facts of the guidances are those of their publishers. Titles of OPCS-4 codes come from counts that "
    "NHS England publishes under the Open Government Licence v3.0 (ontology/ATTRIBUTION.md). SNOMED CT, ICD-10 and "
    "OPCS-4 are licensed; "
)
_WITHOUT = "no release is part of this data set."


@dataclass(frozen=True, slots=True)
class Used:
    """An edition of a release that a store was built with: `folder` as `opcs-4/4.11`. `graph` holds what was taken of
    it, if it is in use.
    """

    folder: str
    name: str
    title: str
    graph: NamedNode | None = None


@cache
def shipped() -> tuple[Quad, ...]:
    """The quads of the ontology and of the facets, each in its graph, sorted.

    Raises:
        KgError: KG-E0703 if a file is missing or is not Turtle.
    """
    return tuple(quad for graph, name in _SHIPPED for quad in _turtle(name, graph))


@cache
def facets() -> tuple[Quad, ...]:
    """The quads of the facets in their graph, sorted."""
    return tuple(quad for quad in shipped() if quad.graph_name == iris.FACETS_GRAPH)


def _turtle(name: str, graph: NamedNode) -> list[Quad]:
    try:
        triples = list(parse(resources.text(name).encode(), format=RdfFormat.TURTLE))
    except SyntaxError as fault:
        raise KgError("KG-E0703", f"{name} is not Turtle: {fault.msg}", where=Place(name, fault.lineno)) from fault
    return sorted((Quad(t.subject, t.predicate, t.object, graph) for t in triples), key=str)


def describe(store: Store, version: str, editions: Sequence[Used] = ()) -> list[Quad]:
    """The description of what a store holds, sorted, for the data set's own graph; `version` is the program's,
    `editions` those of the user's releases.

    It has counts by graph, class and relation, and what was made from what; no time, so that equal input gives
    equal bytes.
    """
    quads, it = Quads(iris.DATASET_GRAPH), iris.DATASET
    add = quads.add
    add(it, Other.TYPE, Other.DCAT_DATASET, Other.VOID_DATASET, Other.ENTITY)
    add(it, Other.TITLE, "Terminology knowledge graph")
    add(it, Other.DESCRIPTION, "Coding recommendations over SNOMED CT, OPCS-4 and ICD-10, with the codes they name.")
    add(it, Other.RIGHTS, _RIGHTS + (_with(editions) if editions else _WITHOUT))
    add(it, Other.KEYWORD, "clinical coding", "SNOMED CT", "OPCS-4", "ICD-10")
    add(it, Other.VERSION, version)
    add(it, Other.CONFORMS_TO, NamedNode(iris.ONTOLOGY))
    add(it, Other.VOCABULARY, *(NamedNode(iris.PREFIXES[prefix]) for prefix in _VOCABULARIES))
    add(it, Other.URI_SPACE, iris.DATA)
    total, sizes = 0, quads_per_graph(store)
    named = sorted((g for g in store.named_graphs() if isinstance(g, NamedNode) and g != iris.DATASET_GRAPH), key=str)
    for graph in named:
        size = sizes[graph.value]
        total += size
        add(it, Other.SUBSET, graph)
        add(graph, Other.TYPE, Other.VOID_DATASET, Other.ENTITY)
        add(graph, Other.TRIPLES, size)
        if (guidance := iris.guidance_of_graph(graph)) is not None:
            add(graph, Other.SUBJECT, guidance)
            for quad in store.quads_for_pattern(guidance, Other.WAS_DERIVED_FROM, None, graph):
                if isinstance(quad.object, NamedNode):
                    add(graph, Other.WAS_DERIVED_FROM, quad.object)
                    add(_build(), Other.USED, quad.object)
    add(it, Other.TRIPLES, total)
    _partitions(store, quads)
    _provenance(quads, version)
    for edition in editions:
        made = NamedNode(f"{iris.DATA}edition/{edition.folder}")
        add(made, Other.TYPE, Other.ENTITY)
        add(made, Other.TITLE, edition.title)
        add(made, Other.VERSION, edition.name)
        add(_build(), Other.USED, made)
        if edition.graph is not None:
            add(edition.graph, Other.WAS_DERIVED_FROM, made)
    return quads.sorted()


def _with(editions: Sequence[Used]) -> str:
    """What holds of data with parts of releases."""
    named = ", ".join(dict.fromkeys(edition.title for edition in editions))
    return f"titles, terms and codes are also from {named}, and are passed on as their licences allow."


def _build() -> NamedNode:
    return NamedNode(f"{iris.DATA}build")


def _partitions(store: Store, quads: Quads) -> None:
    """Counts of things by class and of statements by relation, over all graphs but the default one."""
    for kind in _COUNTED_CLASSES:
        found = {q.subject for q in store.quads_for_pattern(None, Other.TYPE, kind, None) if not _in_default(q)}
        part = NamedNode(f"{iris.DATASET.value}/class/{kind.value.removeprefix(iris.KG)}")
        quads.add(iris.DATASET, Other.CLASS_PARTITION, part)
        quads.add(part, Other.TYPE, Other.VOID_DATASET)
        quads.add(part, Other.PARTITION_CLASS, kind)
        quads.add(part, Other.ENTITIES, len(found))
    counts = Counter(
        link
        for link in _COUNTED_PROPERTIES
        for q in store.quads_for_pattern(None, link, None, None)
        if not _in_default(q)
    )
    for link in _COUNTED_PROPERTIES:
        part = NamedNode(f"{iris.DATASET.value}/property/{link.value.removeprefix(iris.KG)}")
        quads.add(iris.DATASET, Other.PROPERTY_PARTITION, part)
        quads.add(part, Other.TYPE, Other.VOID_DATASET)
        quads.add(part, Other.PARTITION_PROPERTY, link)
        quads.add(part, Other.TRIPLES, counts[link])


def _in_default(quad: Quad) -> bool:
    return isinstance(quad.graph_name, DefaultGraph)


def _provenance(quads: Quads, version: str) -> None:
    program = NamedNode(f"{iris.DATA}program/{version}")
    quads.add(iris.DATASET, Other.WAS_GENERATED_BY, _build())
    quads.add(_build(), Other.TYPE, Other.ACTIVITY)
    quads.add(_build(), Other.WAS_ASSOCIATED_WITH, program)
    quads.add(program, Other.TYPE, Other.SOFTWARE_AGENT)
    quads.add(program, Other.TITLE, "terminology-kg")
    quads.add(program, Other.VERSION, version)
