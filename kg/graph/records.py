"""Records as quads of a graph of their own, for SPARQL: one coded record for each side that has codes.

An entry is in the class of its code and of each selector of the guidances that covers it, so that queries walk no
hierarchy. Records are put beside a store, never into one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Quad, Store

from kg.codes import Chapters, Code, One, Selector
from kg.expression.condition import STATED, Context
from kg.expression.nodes import picks
from kg.expression.recommendation import Recommendation, Side
from kg.graph import iris
from kg.graph.vocabulary import Class, Individual, Other, Property
from kg.reason.candidates import SelectorIndex
from kg.reason.record import Record

_XSD = iris.PREFIXES["xsd"]
_SIDES = {Side.PROCEDURE: Individual.PROCEDURE_SIDE, Side.DIAGNOSIS: Individual.DIAGNOSIS_SIDE}
_INTEGER = NamedNode(f"{_XSD}integer")


def record_quads(records: Iterable[Record], selectors: Iterable[Selector], chapters: Chapters) -> Iterator[Quad]:
    """The quads of records, in the graph of records; `selectors` are those that queries may ask about.

    Growth: linear in codes and what covers them.
    """
    known = sorted(set(selectors), key=lambda s: iris.selector_iri(s).value)
    index = SelectorIndex.of(([s] for s in known), chapters)
    classes: dict[Code, list[NamedNode]] = {}
    for record in records:
        for side in Side:
            codes = record.side(side)
            if not codes:
                continue
            it = iris.record_iri(record.id, side)
            yield _quad(it, Other.TYPE, Class.CODED_RECORD)
            yield _quad(it, Other.IDENTIFIER, Literal(record.id))
            yield _quad(it, Property.ON_SIDE, _SIDES[side])
            yield from _conditions(it, record.context)
            for position, code in enumerate(codes, 1):
                entry = iris.numbered(it, "entry", position)
                if code not in classes:
                    covering = (known[n] for n in sorted(index.covering([code])))
                    classes[code] = list(dict.fromkeys(map(iris.selector_iri, (One(code.bare), *covering))))
                yield _quad(it, Property.HAS_ENTRY, entry)
                yield _quad(entry, Property.POSITION, Literal(str(position), datatype=_INTEGER))
                yield from (_quad(entry, Other.TYPE, named) for named in classes[code])


def named_selectors(recommendations: Iterable[Recommendation]) -> frozenset[Selector]:
    """All selectors that some guidance names, in the reading in use: what queries on records ask about."""
    return frozenset(pick.selector for r in recommendations for side in Side for pick in picks(r.side(side)))


def _conditions(it: NamedNode, context: Context) -> Iterator[Quad]:
    """What is given and denied of the care event."""
    for (facet, value), holds in sorted(context.facts.items()):
        condition = iris.condition_iri(it, facet, value)
        yield _quad(it, Property.GIVEN if holds else Property.DENIED, condition)
        yield _quad(condition, Other.TYPE, Class.CONDITION)
        yield _quad(condition, Property.FACET_NAME, Literal(facet))
        yield _quad(condition, Property.VALUE, Literal(value))
        if facet != STATED:
            yield _quad(condition, Property.FACET_VALUE, iris.facet_value_iri(facet, value))


def _quad(subject: NamedNode, predicate: NamedNode, value: NamedNode | Literal) -> Quad:
    return Quad(subject, predicate, value, iris.RECORDS_GRAPH)


def beside(store: Store, quads: Iterable[Quad]) -> Store:
    """A store in memory with the quads of another and these: where records can be asked about. The other is not
    changed.
    """
    both = Store()
    both.bulk_extend(store)
    own = list(quads)
    both.extend(own)
    both.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in own)
    return both
