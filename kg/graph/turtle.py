"""Turtle and TriG for reading: grouped by subject, prefixed, one blank line between subjects, in a fixed order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.graph.iris import BASE, PREFIXES
from kg.graph.order import Natural, natural
from kg.graph.vocabulary import Other

_TYPE = Other.TYPE
# What may follow a prefix without an escape; a full stop may not be its last character (Turtle 1.1, PN_LOCAL).
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
# Relative to the base: no scheme, no query, nothing that a resolver would rewrite.
_RELATIVE = re.compile(r"[A-Za-z0-9_~%-][A-Za-z0-9_.~%-]*(?:/[A-Za-z0-9_~%-][A-Za-z0-9_.~%-]*)*")
_PLAIN = {PREFIXES["xsd"] + "integer": re.compile(r"[+-]?\d+"), PREFIXES["xsd"] + "boolean": re.compile(r"true|false")}
# Longest first: of two prefixes that fit, the nearer.
_BY_LENGTH = sorted(PREFIXES.items(), key=lambda pair: (-len(pair[1]), pair[0]))

Term = NamedNode | Literal | BlankNode | Triple


def header() -> str:
    """The base and the prefixes."""
    lines = [f"@base <{BASE}> .", *(f"@prefix {prefix}: <{iri}> ." for prefix, iri in sorted(PREFIXES.items()))]
    return "\n".join(lines) + "\n"


def blocks(triples: Iterable[Triple], indent: str = "") -> Iterator[str]:
    """The triples, sorted by subject, as one text for each subject: its type first, then its statements by predicate.

    Memory: the statements of one subject.
    """
    for subject, said in groupby(triples, key=lambda t: t.subject):
        by_predicate: dict[NamedNode, list[Term]] = {}
        for triple in said:
            by_predicate.setdefault(triple.predicate, []).append(triple.object)
        lines = [
            f"{indent}    {_predicate(p)} {_objects(by_predicate[p], indent)}"
            for p in sorted(by_predicate, key=lambda p: (p != _TYPE, term(p)))
        ]
        yield f"{indent}{term(subject)}\n" + " ;\n".join(lines) + " .\n"


def _predicate(predicate: NamedNode) -> str:
    return "a" if predicate == _TYPE else term(predicate)


def _objects(objects: Sequence[Term], indent: str) -> str:
    told = [term(o) for o in sorted(objects, key=_order)]
    if len(told) == 1 or sum(map(len, told)) < 90:
        return ", ".join(told)
    return ",\n".join(f"{indent}        {one}" for one in told).lstrip()


def _order(it: Term) -> tuple[bool, Natural, str]:
    """IRIs before literals; numbers by size."""
    return isinstance(it, Literal), natural(it), str(it)


def term(it: Term) -> str:
    """A term as Turtle writes it: a prefixed name, an IRI relative to the base, a number, a text."""
    match it:
        case NamedNode():
            return _iri(it.value)
        case Literal():
            plain = _PLAIN.get(it.datatype.value)
            if plain and plain.fullmatch(it.value):
                return it.value
            text = str(Literal(it.value))
            if it.language:
                return f"{text}@{it.language}"
            own = it.datatype.value
            return text if own == PREFIXES["xsd"] + "string" else f"{text}^^{_iri(own)}"
        case BlankNode() | Triple():
            return str(it)


def _iri(value: str) -> str:
    for prefix, iri in _BY_LENGTH:
        if value.startswith(iri) and _LOCAL.fullmatch(value[len(iri) :]):
            return f"{prefix}:{value[len(iri) :]}"
    if value.startswith(BASE) and _RELATIVE.fullmatch(value[len(BASE) :]):
        return f"<{value[len(BASE) :]}>"
    return str(NamedNode(value))
