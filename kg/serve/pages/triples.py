"""Triples as a page shows them."""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox

from kg.serve.pages import links


@dataclass(frozen=True, slots=True)
class Shown:
    """A term: its value, how it is written short, its page here (or none), and what tells a literal's kind."""

    value: str
    short: str
    path: str | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A triple to show."""

    subject: Shown
    predicate: Shown
    object: Shown


def triples_of(body: bytes, most: int = 2000) -> list[Statement]:
    """The first triples of N-Triples, sorted."""
    found: list[Statement] = []
    for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES):
        found.append(Statement(shown(quad.subject), shown(quad.predicate), shown(quad.object)))
        if len(found) == most:
            break
    return sorted(found, key=lambda s: (s.subject.value, s.predicate.value, s.object.value))


def shown(term: object) -> Shown:
    """A term to show."""
    match term:
        case ox.NamedNode(value=value):
            return Shown(value, links.short(value), links.page_of_iri(value), "iri")
        case ox.Literal():
            kind = term.language or (links.short(term.datatype.value) if not term.language else "")
            return Shown(term.value, term.value, None, "" if kind == "xsd:string" else kind)
        case _:
            return Shown(str(term), str(term), None, "blank")


def of_json(term: dict[str, str]) -> Shown:
    """A term of the JSON results of SPARQL."""
    value = term["value"]
    if term["type"] == "uri":
        return Shown(value, links.short(value), links.page_of_iri(value), "iri")
    kind = term.get("xml:lang") or (links.short(term["datatype"]) if "datatype" in term else "")
    return Shown(value, value, None, "blank" if term["type"] == "bnode" else kind)
