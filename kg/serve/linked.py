"""Linked data: every IRI of ours leads to its page or its triples.

`/id/…` names a thing; it answers 303 with `/page/…` for people and `/data/…` for programs, by Accept. `/data/…` has the
triples that say something of the thing, in each format of RDF (`/data/….ttl` names one).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from kg.errors import KgError
from kg.graph import iris
from kg.serve.messages import Question, of_api, sparql
from kg.serve.negotiate import HTML, best
from kg.serve.protocol import GRAPHS, RESULTS

ENDINGS = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "trig": "application/trig",
    "nq": "application/n-quads",
    "n3": "text/n3",
}

# What is said of a thing, and of what is named below it (the nodes, quotes and conditions of a guidance).
_OF_A_THING = """CONSTRUCT {{ ?s ?p ?o }} WHERE {{
  {{ BIND(<{iri}> AS ?s) ?s ?p ?o }}
  UNION {{ <{iri}> (<{kg}citation>|<{kg}part>|<{kg}need>|<{kg}ground>) ?s . ?s ?p ?o }}
  UNION {{ ?s ?p <{iri}> BIND(<{iri}> AS ?o) FILTER(?p IN ({incoming})) }}
}}"""
_OF_A_GRAPH = "CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}"
_DUMPS = """CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {{ GRAPH <{iri}> {{ ?s ?p ?o }} }} UNION {{
  VALUES ?o {{ {dumps} }} BIND(<{dataset}> AS ?s) BIND(<http://rdfs.org/ns/void#dataDump> AS ?p)
}} }}"""
_INCOMING = ("mapsTo", "requiresAdditional", "alternativeTo", "selector")


@dataclass(frozen=True, slots=True)
class Description:
    """What is asked of the store for the data of an IRI."""

    iri: str
    query: str
    media: str

    def question(self) -> Question:
        """What a worker is asked."""
        return sparql(self.query, RESULTS[0], self.media)

    def otherwise(self) -> Question | None:
        """What is asked where the store has no triple: a code that no guidance touches has a name too."""
        return of_api("described", {"iri": self.iri, "media": self.media}) if iris.is_selector(self.iri) else None


def named_by(path: str) -> str:
    """The IRI that a path of the server stands for.

    Raises:
        KgError: KG-E1113 for a path that cannot be part of an IRI.
    """
    iri = iris.BASE + path.lstrip("/")
    if any(character in iri for character in '<>"{}|^`\\') or any(ord(c) <= 0x20 for c in unquote(iri)):
        raise KgError("KG-E1113", "nothing is named so", hint="Begin at / or ask at /sparql.")
    return iri


def see_other(path: str, accept: str | None) -> str:
    """Where `/id/…` leads: to the page for a client that likes HTML at least as much as RDF, else to the data.

    Raises:
        KgError: KG-E1108.
    """
    wanted = best(accept, (HTML, *GRAPHS)) if accept and accept.strip() not in ("", "*/*") else GRAPHS[0]
    return f"/page/{path}" if wanted == HTML else f"/data/{path}"


def description_of(path: str, accept: str | None) -> Description:
    """What to ask for `/data/…`: an ending names the format, else the Accept header.

    Raises:
        KgError: KG-E1108, KG-E1113.
    """
    stem, dot, ending = path.rpartition(".")
    if dot and ending in ENDINGS:
        return _described(f"id/{stem}", ENDINGS[ending])
    return _described(f"id/{path}", best(accept, GRAPHS))


def graph_of(path: str, accept: str | None) -> Description:
    """What to ask for a named graph.

    Raises:
        KgError: KG-E1108, KG-E1113.
    """
    iri = named_by(path)
    return Description(iri, _OF_A_GRAPH.format(iri=iri), best(accept, GRAPHS))


def data_set(accept: str | None, dumps: Sequence[str]) -> Description:
    """What to ask for the description of the data set, with the names of dumps that can be had of it.

    Raises:
        KgError: KG-E1108.
    """
    iri = iris.DATASET_GRAPH.value
    named = " ".join(f"<{iris.BASE}dumps/{name}>" for name in dumps)
    query = _DUMPS.format(iri=iri, dataset=iris.DATASET.value, dumps=named) if dumps else _OF_A_GRAPH.format(iri=iri)
    return Description(iri, query, best(accept, GRAPHS))


def _described(path: str, media: str) -> Description:
    iri = named_by(path)
    incoming = ", ".join(f"<{iris.KG}{name}>" for name in _INCOMING)
    return Description(iri, _OF_A_THING.format(iri=iri, kg=iris.KG, incoming=incoming), media)
