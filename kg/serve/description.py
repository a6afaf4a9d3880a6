"""The service description: what the endpoint can do and what it allows (SPARQL 1.1 Service Description)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyoxigraph as ox

from kg.graph.sparql import DEEPEST
from kg.graph.vocabulary import Property
from kg.serve.limits import Limits
from kg.serve.protocol import GRAPHS, RESULTS

_SD = "http://www.w3.org/ns/sparql-service-description#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_VOID = "http://rdfs.org/ns/void#"
_FORMATS = {
    RESULTS[0]: "http://www.w3.org/ns/formats/SPARQL_Results_JSON",
    RESULTS[1]: "http://www.w3.org/ns/formats/SPARQL_Results_XML",
    RESULTS[2]: "http://www.w3.org/ns/formats/SPARQL_Results_CSV",
    RESULTS[3]: "http://www.w3.org/ns/formats/SPARQL_Results_TSV",
    "text/turtle": "http://www.w3.org/ns/formats/Turtle",
    "application/n-triples": "http://www.w3.org/ns/formats/N-Triples",
    "application/ld+json": "http://www.w3.org/ns/formats/JSON-LD",
    "application/rdf+xml": "http://www.w3.org/ns/formats/RDF_XML",
    "application/trig": "http://www.w3.org/ns/formats/TriG",
    "application/n-quads": "http://www.w3.org/ns/formats/N-Quads",
    "text/n3": "http://www.w3.org/ns/formats/N3",
}
_LIMITS = {
    "seconds": Property.SECONDS_PER_QUERY,
    "memory": Property.BYTES_OF_MEMORY,
    "rows": Property.ROWS_OF_ANSWER,
    "answer": Property.BYTES_OF_ANSWER,
    "query": Property.BYTES_OF_QUERY,
    "body": Property.BYTES_OF_REQUEST,
    "patience": Property.SECONDS_OF_PATIENCE,
    "cheap_seconds": Property.SECONDS_OF_CHEAP_QUERY,
    "fast_seconds": Property.SECONDS_OF_QUICK_QUERY,
    "fast": Property.CHEAP_QUERIES_AT_ONCE,
    "slow": Property.SLOW_QUERIES_AT_ONCE,
    "dear": Property.DEAR_QUERIES_AT_ONCE,
    "waiting": Property.QUERIES_WAITING,
}


def description(endpoint: str, limits: Limits, graphs: Mapping[str, int], *, union: bool) -> list[ox.Triple]:
    """The triples of the description of an endpoint at an address, with the data set of these graphs ("" is the default
    one; each with its number of triples).
    """
    return list(_triples(endpoint, limits, graphs, union))


def _triples(endpoint: str, limits: Limits, graphs: Mapping[str, int], union: bool) -> Iterator[ox.Triple]:
    service, dataset, default = (ox.NamedNode(f"{endpoint}#{name}") for name in ("service", "dataset", "default"))
    yield _type(service, "Service")
    yield _sd(service, "endpoint", ox.NamedNode(endpoint))
    yield _sd(service, "supportedLanguage", ox.NamedNode(_SD + "SPARQL11Query"))
    if union:
        yield _sd(service, "feature", ox.NamedNode(_SD + "UnionDefaultGraph"))
    for media in dict.fromkeys((*RESULTS, *GRAPHS)):
        yield _sd(service, "resultFormat", ox.NamedNode(_FORMATS[media]))
    for name, told in _LIMITS.items():
        yield ox.Triple(service, told, _number(limits.told()[name]))
    yield ox.Triple(service, Property.DEPTH_OF_QUERY, _number(DEEPEST))
    yield _sd(service, "defaultDataset", dataset)
    yield _type(dataset, "Dataset")
    yield _sd(dataset, "defaultGraph", default)
    yield _type(default, "Graph")
    yield ox.Triple(default, ox.NamedNode(_VOID + "triples"), _number(graphs.get("", 0)))
    for i, (name, count) in enumerate(sorted((g, n) for g, n in graphs.items() if g), 1):
        named, graph = ox.NamedNode(f"{endpoint}#named-{i}"), ox.NamedNode(f"{endpoint}#graph-{i}")
        yield _sd(dataset, "namedGraph", named)
        yield _type(named, "NamedGraph")
        yield _sd(named, "name", ox.NamedNode(name))
        yield _sd(named, "graph", graph)
        yield _type(graph, "Graph")
        yield ox.Triple(graph, ox.NamedNode(_VOID + "triples"), _number(count))


def _type(thing: ox.NamedNode, name: str) -> ox.Triple:
    return ox.Triple(thing, ox.NamedNode(_RDF + "type"), ox.NamedNode(_SD + name))


def _sd(thing: ox.NamedNode, name: str, value: ox.NamedNode) -> ox.Triple:
    return ox.Triple(thing, ox.NamedNode(_SD + name), value)


def _number(value: float) -> ox.Literal:
    return ox.Literal(int(value)) if float(value).is_integer() else ox.Literal(value)
