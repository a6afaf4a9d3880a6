"""RDF/XML: an element for each subject, named by its type where that is one of ours, with prefixes.

Line ends and blanks are kept (an XML reader would rewrite a bare carriage return); what XML 1.0 cannot hold is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.errors import KgError
from kg.graph.iris import KG, PREFIXES
from kg.graph.vocabulary import Other

_RDF = PREFIXES["rdf"]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_LOCAL = re.compile(_NAME.pattern + r"\Z")
# XML 1.0, production Char: all other control characters, surrogates and two non-characters cannot be written in any
# way.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}
_SPECIAL = re.compile('[&<>"\r]')
_IN_ATTRIBUTE = {"\t": "&#9;", "\n": "&#10;"}


def opening() -> str:
    """The start of the document, with the prefixes."""
    spaces = "".join(f'\n    xmlns:{prefix}="{iri}"' for prefix, iri in sorted(PREFIXES.items()))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{spaces}>\n'


CLOSING = "</rdf:RDF>\n"


def refuse_nameless(triples: Iterable[Triple]) -> None:
    """Refuse properties that no element can be named after, before anything is written.

    A property is written as an element, whose name begins with a letter: of `http://snomed.info/id/363698007` no end is
    one, in whatever way it is divided (RDF 1.1 XML Syntax, section 6.1.4; Namespaces in XML, NCName).

    Raises:
        KgError: KG-E0704.
    """
    if names := nameless(triples):
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        raise KgError(
            "KG-E0704",
            f"RDF/XML has no name for the property <{names[0]}>{more}",
            why="It ends in figures, and the name of an element in XML begins with a letter.",
            hint="Take turtle, trig, ntriples, nquads or jsonld; of the format owl a file .nt or .ttl.",
        )


def nameless(triples: Iterable[Triple]) -> list[str]:
    """The properties that RDF/XML has no name for, sorted."""
    return sorted(p.value for p in {t.predicate for t in triples} if _LOCAL.search(p.value) is None)


def elements(triples: Iterable[Triple]) -> Iterator[str]:
    """The triples, sorted by subject, as one element for each subject; none has a property without a name.

    Raises:
        KgError: KG-E0704 for a text with a character that XML cannot hold.
    """
    for subject, group in groupby(triples, key=lambda t: t.subject):
        said = list(group)
        kind = next((t for t in said if _is_own_type(t)), None)
        name = _element(kind.object.value)[0] if kind and isinstance(kind.object, NamedNode) else "rdf:Description"
        lines = [f"  <{name} {_reference('about', subject)}>"]
        lines += sorted(_property(t) for t in said if t is not kind)
        yield "\n".join([*lines, f"  </{name}>"]) + "\n"


def _is_own_type(triple: Triple) -> bool:
    return (
        triple.predicate == Other.TYPE
        and isinstance(triple.object, NamedNode)
        and triple.object.value.startswith(KG)
        and _NAME.fullmatch(triple.object.value[len(KG) :]) is not None
    )


def _property(triple: Triple) -> str:
    name, space = _element(triple.predicate.value)
    value = triple.object
    if not isinstance(value, Literal):
        return f"    <{name}{space} {_reference('resource', value)}/>"
    told = ""
    if value.language:
        told = f' xml:lang="{value.language}"'
    elif value.datatype.value != PREFIXES["xsd"] + "string":
        told = f' rdf:datatype="{_attribute(value.datatype.value)}"'
    return f"    <{name}{space}{told}>{_text(value.value, triple)}</{name}>"


def _element(iri: str) -> tuple[str, str]:
    """The name of an element for an IRI, and the declaration of its namespace where it has no prefix."""
    for prefix, base in PREFIXES.items():
        if iri.startswith(base) and _NAME.fullmatch(iri[len(base) :]):
            return f"{prefix}:{iri[len(base) :]}", ""
    found = _LOCAL.search(iri)
    assert found is not None  # noqa: S101  refused before
    return f"other:{found[0]}", f' xmlns:other="{_attribute(iri[: found.start()])}"'


def _reference(role: str, term: NamedNode | BlankNode | Triple) -> str:
    if isinstance(term, BlankNode):
        return f'rdf:nodeID="{term.value}"'
    if isinstance(term, Triple):
        raise KgError(
            "KG-E0704", f"RDF/XML cannot hold a statement about a statement: {term}", hint="Take turtle or trig."
        )
    return f'rdf:{role}="{_attribute(term.value)}"'


def _text(text: str, triple: Triple) -> str:
    if bad := _UNWRITABLE.search(text):
        raise KgError(
            "KG-E0704",
            f"RDF/XML cannot hold the character U+{ord(bad[0]):04X} of {triple.subject}",
            why="XML 1.0 has no way of writing control characters.",
            hint="Take another format, as turtle or jsonld.",
        )
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)


def _attribute(text: str) -> str:
    return "".join(_IN_ATTRIBUTE.get(c, _ESCAPES.get(c, c)) for c in text)
