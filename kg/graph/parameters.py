"""Values that people give to queries, read by the one reader of their type and put in as RDF terms, never as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pyoxigraph import Literal, NamedNode

from kg.codes import Category, Code, Component, One, Scheme, SctId, Selector, parse_selector
from kg.errors import KgError, nearest
from kg.expression.recommendation import Side
from kg.facets import load_facets
from kg.graph import iris
from kg.graph.vocabulary import Individual

Term = NamedNode | Literal


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of parameter: how a value is read into the terms that it can mean, and how the type is explained."""

    name: str
    explained: str
    read: Callable[[str], tuple[Term, ...]]


def _guidance(text: str) -> tuple[Term, ...]:
    plain = "".join(text.split())
    if not plain or not re.fullmatch(r"[\w./\-]+", plain):
        raise KgError("KG-E0604", f'not the id of a guidance: "{text}"')
    # Ids of published guidances are in capitals; one of the user's own is kept as it is.
    published = re.fullmatch(r"[A-Za-z]+\d+(?:[/-]\d+)?", plain)
    return (iris.guidance_iri(plain.upper() if published else plain),)


def _schemes(text: str) -> tuple[tuple[Scheme, ...], str]:
    """The schemes that a printed code can be of (both, if none is told before a colon), and the code."""
    told, colon, rest = text.partition(":")
    return ((Scheme.named(told.strip()),), rest) if colon else (tuple(Scheme), text)


def _in_any(text: str, read: Callable[[str, Scheme], tuple[Selector, ...]]) -> tuple[Term, ...]:
    schemes, printed = _schemes(text)
    found: list[Selector] = []
    faults: list[KgError] = []
    for scheme in schemes:
        try:
            found += read(printed, scheme)
        except KgError as fault:
            faults.append(fault)
    if not found:
        raise faults[0]
    return tuple(dict.fromkeys(iris.selector_iri(selector) for selector in found))


def _codes(text: str, scheme: Scheme) -> tuple[Selector, ...]:
    return (One(Code.parse(text, scheme)),)


def _selectors(text: str, scheme: Scheme) -> tuple[Selector, ...]:
    selector = parse_selector(text, scheme)
    # Three characters of ICD-10 are an undivided category or one that is divided: only a release knows, so both are
    # meant.
    if scheme is Scheme.ICD10 and isinstance(selector, One) and len(selector.code.key) == 3:
        return (selector, Category(scheme, selector.code.category))
    return (selector,)


def _code(text: str) -> tuple[Term, ...]:
    return _in_any(text, _codes)


def _selector(text: str) -> tuple[Term, ...]:
    return _in_any(text, _selectors)


def _concept(text: str) -> tuple[Term, ...]:
    # "737083005 |Fluoroscopy guided …|" is how identifiers are often pasted.
    return (iris.concept_iri(SctId.parse(text.partition("|")[0], Component.CONCEPT)),)


def _fact(text: str) -> tuple[Term, ...]:
    facet, sign, value = (part.strip() for part in text.partition("="))
    if not (sign and facet and value):
        raise KgError("KG-E0604", f'not FACET=VALUE: "{text}"')
    load_facets().check(facet, value)
    return (iris.facet_value_iri(facet, value),)


def _side(text: str) -> tuple[Term, ...]:
    sides = {Side.PROCEDURE: Individual.PROCEDURE_SIDE, Side.DIAGNOSIS: Individual.DIAGNOSIS_SIDE}
    for side, iri in sides.items():
        if text.strip().lower() == side.value:
            return (iri,)
    near = nearest(text, [side.value for side in sides])
    raise KgError("KG-E0604", f'not a side: "{text}"', hint=f"Did you mean {near[0]}?" if near else "")


def _integer(text: str) -> tuple[Term, ...]:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text.strip()):
        raise KgError("KG-E0604", f'not a whole number: "{text}"')
    return (Literal(int(text)),)


def _text(text: str) -> tuple[Term, ...]:
    # A backslash before u is read by some engines before and by some after the text is cut out, so that no way of
    # writing it means the same to all of them; and nothing that guidances print has one.
    if any(character == "\\" or not (character.isprintable() or character in "\t\n\r") for character in text):
        raise KgError(
            "KG-E0604",
            f"not a text to look for: {text!a}",
            why="It has a backslash or a character that cannot be printed.",
        )
    return (Literal(text),)


_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|^`\\\ud800-\udfff]+")


def _iri(text: str) -> tuple[Term, ...]:
    plain = text.strip()
    if plain.startswith("<") and plain.endswith(">"):
        plain = plain[1:-1]
    prefix, colon, local = plain.partition(":")
    if colon and prefix in iris.PREFIXES and not local.startswith("//"):
        plain = iris.PREFIXES[prefix] + local
    if not _IRI.fullmatch(plain):
        raise KgError("KG-E0604", f'not an IRI: "{text}"')
    try:
        return (NamedNode(plain),)
    except ValueError as error:
        raise KgError("KG-E0604", f'not an IRI: "{text}"', why=str(error)) from error


KINDS: Mapping[str, Kind] = MappingProxyType({
    kind.name: kind
    for kind in (
        Kind("guidance", "the id of a guidance, as IPG369 or IP1062/2", _guidance),
        Kind("code", "an OPCS-4 or ICD-10 code in any printed form, as J12.8, j128 or icd-10:C19X", _code),
        Kind("selector", "a code, category, range or chapter, as J12.8, Y53.-, X70-X71, Z, or icd-10:C18.-", _selector),
        Kind("concept", "the identifier of a SNOMED CT concept", _concept),
        Kind("fact", "a facet and its value, as approach=open", _fact),
        Kind("side", "procedure or diagnosis", _side),
        Kind("text", "words, in any case", _text),
        Kind("integer", "a whole number", _integer),
        Kind("IRI", "an IRI, whole or with a known prefix", _iri),
    )
})  # fmt: skip
"""The types of parameters by name."""


def written(term: Term) -> str:
    """A term as SPARQL writes it, the same for every engine.

    Nothing but quotation marks and line ends is escaped; `KINDS` lets nothing through that would need more.
    """
    if isinstance(term, NamedNode):
        return f"<{term.value}>"
    if term.datatype.value == iris.PREFIXES["xsd"] + "integer":
        return term.value
    escaped = term.value.replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f'"{escaped}"'
