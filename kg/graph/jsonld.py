"""JSON-LD with the words of `ontology/context.jsonld` as keys; the context goes with the data: nothing is fetched."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, cast

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg import resources
from kg.errors import KgError, Place
from kg.graph.iris import PREFIXES
from kg.graph.order import natural
from kg.graph.vocabulary import Other

_FILE = "ontology/context.jsonld"
_XSD = PREFIXES["xsd"]
_EXACT_INTEGERS = 2**53  # beyond it JSON readers round
Json = dict[str, Any]


@dataclass(frozen=True)
class Context:
    """A JSON-LD context as far as this writer needs it: what it says, and the terms and prefixes by IRI."""

    content: Json
    terms: Mapping[str, str]
    links: frozenset[str]
    prefixes: Mapping[str, str]

    def key(self, iri: str) -> str:
        """A property or class as a word: its term, else prefixed, else the IRI."""
        return self.terms.get(iri) or self.compact(iri)

    def compact(self, iri: str) -> str:
        """An IRI by its longest prefix, if what is left can stand behind one.

        An IRI whose scheme is one of the prefixes (`oa:…`) has no form in this context; no such scheme is registered.
        """
        fitting = [(name, base) for name, base in self.prefixes.items() if iri.startswith(base) and iri != base]
        if not fitting:
            return iri
        name, base = max(fitting, key=lambda pair: len(pair[1]))
        local = iri[len(base) :]
        return iri if local.startswith("//") else f"{name}:{local}"


@cache
def context() -> Context:
    """The shipped context.

    Raises:
        KgError: KG-E0703 if the file is broken.
    """
    try:
        content = cast("Json", json.loads(resources.text(_FILE))["@context"])
    except (ValueError, KeyError, TypeError) as fault:
        raise KgError("KG-E0703", f"{_FILE} is no JSON-LD context: {fault}", where=Place(_FILE)) from fault
    prefixes = {k: v for k, v in content.items() if isinstance(v, str) and v.endswith(("/", "#"))}
    terms: dict[str, str] = {}
    links: set[str] = set()
    for name, value in content.items():
        compact = cast("Json", value)["@id"] if isinstance(value, dict) else str(value)
        if name in prefixes or compact.startswith("@") or name.startswith("@"):
            continue
        prefix, _, local = compact.partition(":")
        terms[prefixes[prefix] + local] = name
        if isinstance(value, dict):
            links.add(name)
    return Context(content, terms, frozenset(links), prefixes)


def opening() -> str:
    """The start of a document: the context as its file has it, and the start of the list of graphs or nodes."""
    return f'{resources.text(_FILE).rstrip().removesuffix("}").rstrip()},\n  "@graph": ['


def graph_opening(name: NamedNode) -> str:
    """The start of a named graph."""
    return f'{{"id": {json.dumps(context().compact(name.value))}, "@graph": ['


def nodes(triples: Iterable[Triple]) -> Iterator[str]:
    """The triples, sorted by subject, as one JSON object for each subject, a line for each of its keys."""
    for subject, said in groupby(triples, key=lambda t: t.subject):
        lines = [f'  "{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in _node(subject, said).items()]
        yield "{\n" + ",\n".join(lines) + "\n}"


def _node(subject: NamedNode | BlankNode | Triple, said: Iterable[Triple]) -> Json:
    known = context()
    values: dict[str, list[NamedNode | BlankNode | Literal | Triple]] = {}
    types: list[str] = []
    for triple in said:
        if triple.predicate == Other.TYPE and isinstance(triple.object, NamedNode):
            types.append(known.key(triple.object.value))
        else:
            values.setdefault(known.key(triple.predicate.value), []).append(triple.object)
    node: Json = {"id": _id(subject, known)}
    if types:
        node["type"] = _bare(sorted(types))
    for key in sorted(values):
        found = sorted(values[key], key=lambda term: (isinstance(term, Literal), natural(term), str(term)))
        node[key] = _bare([_value(term, key, known) for term in found])
    return node


def _id(term: NamedNode | BlankNode | Triple, known: Context) -> str:
    return known.compact(term.value) if isinstance(term, NamedNode) else str(term)


def _bare(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _value(term: NamedNode | BlankNode | Literal | Triple, key: str, known: Context) -> object:
    if not isinstance(term, Literal):
        told = _id(term, known)
        return told if key in known.links else {"id": told}
    datatype, value = term.datatype.value, term.value
    if term.language:
        return {"@value": value, "@language": term.language}
    if datatype == f"{_XSD}boolean" and value in {"true", "false"}:
        return value == "true"
    # Only what a reader writes back in the same digits may be a number of JSON.
    if (
        datatype == f"{_XSD}integer"
        and value.removeprefix("-").isdigit()
        and str(int(value)) == value
        and abs(int(value)) < _EXACT_INTEGERS
    ):
        return int(value)
    if datatype == f"{_XSD}string":
        return {"@value": value} if key in known.links else value
    return {"@value": value, "@type": known.compact(datatype)}
