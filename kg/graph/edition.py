"""What a release says of the concepts that guidances touch, as quads of a graph for each edition.

The columns of a release are its truth (docs/releases.md); here stands of it what a query over guidances asks for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad

from kg.codes import Code, One, SctId
from kg.graph import iris
from kg.graph.quads import Quads
from kg.graph.vocabulary import Other


@dataclass(frozen=True, slots=True)
class Described:
    """A concept of an edition: `mapped` are the codes that active rows of its maps name, `replaced` where its history
    leads, `attributes` its relationships other than is-a: the kind, and a concept or a value as printed (`#5`).
    """

    id: SctId
    term: str
    others: tuple[str, ...]
    active: bool
    parents: tuple[SctId, ...] = ()
    replaced: tuple[SctId, ...] = ()
    mapped: tuple[Code, ...] = ()
    attributes: tuple[tuple[SctId, SctId | str], ...] = ()


def encode_edition(name: str, title: str, concepts: Iterable[Described]) -> list[Quad]:
    """The quads of an edition's graph, sorted: terms, status, parents, history, attributes and mapped codes of some
    concepts. An attribute is a property of its own concept's name, as in OWL; its groups stay in the columns.

    `name` is the date of the edition of SNOMED CT. Growth: linear.
    """
    graph = iris.edition_graph("snomed-ct", name)
    quads = Quads(graph)
    for each in concepts:
        it = iris.concept_iri(each.id)
        quads.add(it, Other.TYPE, Other.SKOS_CONCEPT)
        quads.add(it, Other.NOTATION, str(each.id))
        quads.add(it, Other.PREF_LABEL, each.term or None)
        quads.add(it, Other.ALT_LABEL, *each.others)
        quads.add(it, Other.IN_SCHEME, iris.SNOMED_CT)
        quads.add(it, Other.BROADER, *map(iris.concept_iri, each.parents))
        quads.add(it, Other.IS_REPLACED_BY, *map(iris.concept_iri, each.replaced))
        quads.add(it, Other.RELATED_MATCH, *(iris.selector_iri(One(code)) for code in each.mapped))
        for kind, value in each.attributes:
            quads.add(
                it, iris.concept_iri(kind), iris.concept_iri(value) if isinstance(value, SctId) else value_of(value)
            )
        if not each.active:
            quads.add(it, Other.DEPRECATED, True)
    found = quads.sorted()
    if found:
        quads.add(iris.SNOMED_CT, Other.TYPE, Other.SKOS_SCHEME)
        quads.add(iris.SNOMED_CT, Other.PREF_LABEL, title)
    return quads.sorted()


def value_of(printed: str) -> Literal:
    """A value of an attribute: `#5` an integer, `#2.5` a decimal, else a text, in quotes or not."""
    if (number := printed.removeprefix("#")) != printed:
        return Literal(number, datatype=NamedNode(iris.PREFIXES["xsd"] + ("decimal" if "." in number else "integer")))
    return Literal(printed.removeprefix('"').removesuffix('"'))
