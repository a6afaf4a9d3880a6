"""The graph in the formats of RDF: whole or one guidance, the same bytes for the same content, prefixed for reading."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import BinaryIO

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store, Triple

from kg.errors import KgError, nearest
from kg.graph import iris, jsonld, rdfxml, turtle
from kg.graph.canonical import canonical_lines
from kg.graph.order import Natural, natural
from kg.graph.vocabulary import Class, Other, Property


class Format(StrEnum):
    """A format of RDF. Those of data sets keep the named graphs; the others are of the union of all graphs."""

    TURTLE = "turtle"
    TRIG = "trig"
    NTRIPLES = "ntriples"
    NQUADS = "nquads"
    JSONLD = "jsonld"
    RDFXML = "rdfxml"

    @property
    def has_graphs(self) -> bool:
        """Whether named graphs are kept."""
        return self in {Format.TRIG, Format.NQUADS, Format.JSONLD}

    @property
    def media_type(self) -> str:
        """The media type, for HTTP."""
        return _MEDIA_TYPES[self]

    @property
    def ending(self) -> str:
        """The usual end of a file's name, without the dot."""
        return _ENDINGS[self]

    @classmethod
    def named(cls, text: str) -> Format:
        """The format of a name as people write it (`turtle`, `N-Quads`, `ttl`, `JSON-LD`, `rdf/xml`).

        Raises:
            KgError: KG-E0102.
        """
        plain = "".join(c for c in text.lower() if c.isalnum())
        for one in cls:
            if plain in {one.value, _ENDINGS[one]}:
                return one
        near = nearest(text, [one.value for one in cls])
        hint = f"Did you mean {near[0]}?" if near else f"One of: {', '.join(cls)}."
        raise KgError("KG-E0102", f'not a format of RDF: "{text}"', hint=hint)


_MEDIA_TYPES = {
    Format.TURTLE: "text/turtle",
    Format.TRIG: "application/trig",
    Format.NTRIPLES: "application/n-triples",
    Format.NQUADS: "application/n-quads",
    Format.JSONLD: "application/ld+json",
    Format.RDFXML: "application/rdf+xml",
}
_ENDINGS = {
    Format.TURTLE: "ttl",
    Format.TRIG: "trig",
    Format.NTRIPLES: "nt",
    Format.NQUADS: "nq",
    Format.JSONLD: "jsonld",
    Format.RDFXML: "rdf",
}


def write(store: Store, out: BinaryIO, format: Format, guidance: NamedNode | None = None) -> None:
    """Write a store, or what is known of one guidance, to `out`.

    Graphs are written one after another, so that memory is that of the largest one; formats without graphs need the
    whole in order.

    Raises:
        KgError: KG-E0601 for a guidance that is not in the store, KG-E0704 for what the format cannot hold.
    """
    graphs = _all_graphs(store) if guidance is None else _of_guidance(store, guidance)
    for text in _WRITERS[format](graphs):
        out.write(text)


def write_triples(triples: Iterable[Triple], out: BinaryIO, format: Format) -> None:
    """Write triples that are in no store, as one graph without a name, in the same order and form."""
    for text in _WRITERS[format](iter([(DefaultGraph(), _in_order(dict.fromkeys(triples)))])):
        out.write(text)


def triples_of(store: Store, guidance: NamedNode | None = None) -> list[Triple]:
    """The triples of all graphs of a store, or what is known of one guidance, each once.

    Raises:
        KgError: KG-E0601 for a guidance that is not in the store.
    """
    graphs = _all_graphs(store) if guidance is None else _of_guidance(store, guidance)
    return list(dict.fromkeys(triple for _, triples in graphs for triple in triples))


Graphs = Iterator[tuple[NamedNode | DefaultGraph, list[Triple]]]
"""Graphs in order of their names, each with its triples in order."""


def _all_graphs(store: Store) -> Graphs:
    """The named graphs: the default graph of a store has what they have together."""
    for name in sorted((g for g in store.named_graphs() if isinstance(g, NamedNode)), key=lambda g: g.value):
        yield name, _in_order(q.triple for q in store.quads_for_pattern(None, None, None, name))


def named_by(store: Store, guidance: NamedNode) -> list[NamedNode]:
    """The selectors that a guidance names, sorted.

    Raises:
        KgError: KG-E0601 for a guidance that is not in the store.
    """
    graph = iris.guidance_graph(guidance)
    if Quad(guidance, Other.TYPE, Class.GUIDANCE, graph) not in store:
        raise KgError(
            "KG-E0601", f"the store has no guidance <{guidance.value}>", hint="kg query guidances lists them."
        )
    found = {q.object for q in store.quads_for_pattern(None, Property.SELECTOR, None, graph)}
    return sorted((each for each in found if isinstance(each, NamedNode)), key=str)


def _of_guidance(store: Store, guidance: NamedNode) -> Graphs:
    """A guidance's graph, and what the shared graph says of the selectors that it names."""
    graph = iris.guidance_graph(guidance)
    named = named_by(store, guidance)
    shared = [q.triple for s in named for q in store.quads_for_pattern(s, None, None, iris.CLASSIFICATIONS_GRAPH)]
    if shared:
        yield iris.CLASSIFICATIONS_GRAPH, _in_order(shared)
    yield graph, _in_order(q.triple for q in store.quads_for_pattern(None, None, None, graph))


def _in_order(triples: Iterable[Triple]) -> list[Triple]:
    # Numbers within an IRI by their size, so that node 10 stands behind node 9.
    return sorted(triples, key=_key)


def _key(triple: Triple) -> tuple[Natural, str]:
    return natural(triple.subject), str(triple)


def _merged(graphs: Graphs) -> Iterator[Triple]:
    """The triples of all graphs in one order, each once."""
    last: Triple | None = None
    for triple in heapq.merge(*(triples for _, triples in graphs), key=_key):
        if triple != last:
            last = triple
            yield triple


def _turtle(graphs: Graphs) -> Iterator[bytes]:
    yield turtle.header().encode()
    for block in turtle.blocks(_merged(graphs)):
        yield f"\n{block}".encode()


def _trig(graphs: Graphs) -> Iterator[bytes]:
    yield turtle.header().encode()
    for name, triples in graphs:
        if isinstance(name, DefaultGraph):
            for block in turtle.blocks(triples):
                yield f"\n{block}".encode()
            continue
        yield f"\n{turtle.term(name)} {{".encode()
        for block in turtle.blocks(triples, "    "):
            yield f"\n{block}".encode()
        yield b"}\n"


def _ntriples(graphs: Graphs) -> Iterator[bytes]:
    # As the canonical form has them, and class expressions of an ontology, which are blank nodes, by their numbers.
    yield from sorted({f"{triple} .\n".encode() for _, triples in graphs for triple in triples})


def _nquads(graphs: Graphs) -> Iterator[bytes]:
    yield from canonical_lines(
        Quad(t.subject, t.predicate, t.object, name) for name, triples in graphs for t in triples
    )


def _rdfxml(graphs: Graphs) -> Iterator[bytes]:
    every = list(graphs)
    rdfxml.refuse_nameless(triple for _, triples in every for triple in triples)
    yield rdfxml.opening().encode()
    for element in rdfxml.elements(_merged(iter(every))):
        yield element.encode()
    yield rdfxml.CLOSING.encode()


def _jsonld(graphs: Graphs) -> Iterator[bytes]:
    yield jsonld.opening().encode()
    between = "\n"
    for name, triples in graphs:
        named = isinstance(name, NamedNode)
        if named:
            yield f"{between}{jsonld.graph_opening(name)}".encode()
            between = "\n"
        for node in jsonld.nodes(triples):
            yield f"{between}{node}".encode()
            between = ",\n"
        if named:
            yield b"\n]}"
            between = ",\n"
    yield b"\n]}\n"


_WRITERS = {
    Format.TURTLE: _turtle,
    Format.TRIG: _trig,
    Format.NTRIPLES: _ntriples,
    Format.NQUADS: _nquads,
    Format.JSONLD: _jsonld,
    Format.RDFXML: _rdfxml,
}
