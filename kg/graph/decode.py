"""Quads of a guidance's graph as the recommendation that was encoded: `decode(encode(r)) == r`."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from kg.citation import Citation, Origin, StandardCitation
from kg.codes import One, Selector
from kg.errors import KgError
from kg.expression.condition import Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When
from kg.expression.recommendation import (
    ConceptMention,
    Decision,
    Reading,
    Recommendation,
    Side,
    Verb,
    Warning,
)
from kg.graph import iris
from kg.graph.encode import ROOTS, SIDES
from kg.graph.vocabulary import Class, Other, Property

_SIDE_OF = {iri: side for side, iri in SIDES.items()}
_DEPTH = 100  # deeper than any expression that can be read; a graph that nests deeper goes round in circles


def guidances_in(store: Store) -> list[NamedNode]:
    """The guidances that have a graph in the store, in order of their IRIs."""
    named = [g for g in store.named_graphs() if isinstance(g, NamedNode)]
    return sorted((it for g in named if (it := iris.guidance_of_graph(g)) is not None), key=str)


def decode_recommendation(source: Store | Iterable[Quad], guidance: NamedNode) -> Recommendation:
    """The recommendation of a guidance, from a store or from quads.

    Raises:
        KgError: KG-E0702 if the guidance is not there or what is there is no recommendation.
    """
    graph = iris.guidance_graph(guidance)
    quads = source.quads_for_pattern(None, None, None, graph) if isinstance(source, Store) else source
    return _Decoder(guidance, (q for q in quads if q.graph_name == graph)).recommendation()


_Term = NamedNode | Literal | BlankNode | Triple


class _Decoder:
    """The statements of one guidance's graph, by subject and predicate."""

    def __init__(self, guidance: NamedNode, quads: Iterable[Quad]) -> None:
        self._guidance = guidance
        self._said: dict[tuple[str, str], list[_Term]] = {}
        for quad in quads:
            subject = quad.subject
            if isinstance(subject, NamedNode):
                self._said.setdefault((subject.value, quad.predicate.value), []).append(quad.object)

    def recommendation(self) -> Recommendation:
        it = self._guidance
        if not self._has_type(it, Class.GUIDANCE):
            raise KgError("KG-E0702", f"the graph holds no guidance <{it.value}>")
        document = self._one(it, Other.WAS_DERIVED_FROM)
        readings = [self._reading(reading) for reading in self._ranked(it, Property.READING, Property.RANK)]
        if not readings:
            raise self._fault(it, "has no reading")
        return Recommendation(
            id=self._text(it, Other.IDENTIFIER),
            title=self._words(it, Other.TITLE),
            readings=tuple(readings),
            opcs_version=self._text_or_none(it, Property.OPCS_VERSION),
            concepts=tuple(map(self._mention, self._ranked(it, Property.LISTS, Property.POSITION))),
            warnings=tuple(map(self._warning, self._ranked(it, Property.WARNING, Property.POSITION))),
            review=self._flag(it, Property.NEEDS_REVIEW),
            source=self._words(document, Property.FILE_NAME),
            digest=self._words(document, Property.SHA256),
            decision=self._decision(found) if (found := self._node(it, Property.DECISION)) else None,
        )

    def _decision(self, it: NamedNode) -> Decision:
        try:
            verb = Verb(self._text(it, Property.DECIDED))
            day = datetime.date.fromisoformat(self._text(it, Other.ENDED_AT)[:10])
        except ValueError:
            raise self._fault(it, "tells no decision and day") from None
        who = self._one(it, Other.WAS_ASSOCIATED_WITH)
        why, source = self._text(it, Property.WHY), self._words(it, Property.RECORDED_IN)
        return Decision(verb, self._text(who, Other.LABEL), day, why, source)

    def _reading(self, it: NamedNode) -> Reading:
        procedure, diagnosis = (
            self._expression(root) if (root := self._node(it, ROOTS[side])) else None for side in Side
        )
        return Reading(procedure, diagnosis, self._words(it, Property.REASON))

    def _warning(self, it: NamedNode) -> Warning:
        return Warning(
            self._text(it, Property.WARNING_ID),
            self._text(it, Property.MESSAGE),
            self._number(it, Property.FROM_CHARACTER),
            self._number(it, Property.TO_CHARACTER),
        )

    def _mention(self, it: NamedNode) -> ConceptMention:
        citation = self._origin(self._node(it, Property.CITATION))
        return ConceptMention(
            self._text(it, Other.IDENTIFIER),
            self._text(it, Property.PRINTED_TERM),
            _SIDE_OF[self._one(it, Property.ON_SIDE)],
            self._text_or_none(it, Property.WORDS),
            citation if isinstance(citation, Citation) else None,
        )

    def _expression(self, it: NamedNode, depth: int = 0) -> Expression:
        if depth > _DEPTH:
            raise self._fault(it, f"is nested deeper than {_DEPTH} levels")
        citation = self._origin(self._node(it, Property.CITATION))
        kinds = [t.value for t in self._all(it, Other.TYPE) if isinstance(t, NamedNode)]

        def below(link: NamedNode) -> tuple[Expression, ...]:
            return tuple(self._expression(n, depth + 1) for n in self._ranked(it, link, Property.POSITION))

        for kind in kinds:
            if kind == Class.PICK.value:
                return Pick(self._selector(it), self._words(it, Property.PRINTED_TITLE), citation)
            if kind == Class.UNNAMED.value:
                return Unnamed(self._text(it, Property.WORDS), citation)
            if kind == Class.ALL_OF.value:
                return AllOf(below(Property.CONJUNCT), self._flag(it, Property.SEQUENCED), citation)
            if kind == Class.ONE_OF.value:
                return OneOf(below(Property.BRANCH), self._flag(it, Property.RANKED), citation)
            if kind == Class.OPTIONAL.value:
                return Optional(self._expression(self._one(it, Property.CONTENT), depth + 1), citation)
            if kind == Class.WHEN.value:
                then = self._expression(self._one(it, Property.THEN), depth + 1)
                return When(self._condition(it), then, citation)
        raise self._fault(it, "is no node of an expression")

    def _selector(self, it: NamedNode) -> Selector:
        selector = iris.selector_of(self._one(it, Property.SELECTOR))
        mark = self._words(it, Property.MARK)
        if mark and isinstance(selector, One):
            return One(type(selector.code)(selector.scheme, selector.code.text, mark))
        return selector

    def _condition(self, it: NamedNode) -> Condition:
        condition = self._one(it, Property.CONDITION)
        return Condition(
            self._text(condition, Property.FACET_NAME),
            self._text(condition, Property.VALUE),
            self._text(it, Property.WORDS),
            self._origin(self._node(it, Property.CONDITION_CITATION)),
        )

    def _origin(self, it: NamedNode | None) -> Origin | None:
        if it is None:
            return None
        if self._has_type(it, Class.STANDARD):
            return StandardCitation(self._text(it, Other.IDENTIFIER))
        position, words = self._part(it, Other.TEXT_POSITION), self._part(it, Other.TEXT_QUOTE)
        box = self._text_or_none(it, Property.BOX)
        return Citation(
            self._text(self._one(it, Other.HAS_SOURCE), Other.IDENTIFIER),
            self._number(position, Other.OA_START),
            self._number(position, Other.OA_END),
            self._text(words, Other.EXACT),
            self._number_or_none(it, Property.PAGE),
            _box(box) if box else None,
            self._number_or_none(it, Property.PARAGRAPH),
        )

    def _part(self, it: NamedNode, kind: NamedNode) -> NamedNode:
        for part in self._nodes(it, Other.HAS_SELECTOR):
            if self._has_type(part, kind):
                return part
        raise self._fault(it, f"has no selector of type <{kind.value}>")

    # -- what is said of a subject

    def _all(self, subject: NamedNode, predicate: NamedNode) -> list[_Term]:
        return self._said.get((subject.value, predicate.value), [])

    def _nodes(self, subject: NamedNode, predicate: NamedNode) -> Iterator[NamedNode]:
        return (o for o in self._all(subject, predicate) if isinstance(o, NamedNode))

    def _has_type(self, subject: NamedNode, kind: NamedNode) -> bool:
        return kind in self._all(subject, Other.TYPE)

    def _ranked(self, subject: NamedNode, predicate: NamedNode, order: NamedNode) -> list[NamedNode]:
        return sorted(self._nodes(subject, predicate), key=lambda it: self._number(it, order))

    def _node(self, subject: NamedNode, predicate: NamedNode) -> NamedNode | None:
        found = list(self._nodes(subject, predicate))
        if len(found) > 1:
            raise self._fault(subject, f"has more than one <{predicate.value}>")
        return found[0] if found else None

    def _one(self, subject: NamedNode, predicate: NamedNode) -> NamedNode:
        found = self._node(subject, predicate)
        if found is None:
            raise self._fault(subject, f"has no <{predicate.value}>")
        return found

    def _text_or_none(self, subject: NamedNode, predicate: NamedNode) -> str | None:
        found = [o.value for o in self._all(subject, predicate) if isinstance(o, Literal)]
        if len(found) > 1:
            raise self._fault(subject, f"has more than one <{predicate.value}>")
        return found[0] if found else None

    def _text(self, subject: NamedNode, predicate: NamedNode) -> str:
        found = self._text_or_none(subject, predicate)
        if found is None:
            raise self._fault(subject, f"has no <{predicate.value}>")
        return found

    def _words(self, subject: NamedNode, predicate: NamedNode) -> str:
        return self._text_or_none(subject, predicate) or ""

    def _number_or_none(self, subject: NamedNode, predicate: NamedNode) -> int | None:
        found = self._text_or_none(subject, predicate)
        try:
            return None if found is None else int(found)
        except ValueError:
            raise self._fault(subject, f'has no number as <{predicate.value}>: "{found}"') from None

    def _number(self, subject: NamedNode, predicate: NamedNode) -> int:
        found = self._number_or_none(subject, predicate)
        if found is None:
            raise self._fault(subject, f"has no <{predicate.value}>")
        return found

    def _flag(self, subject: NamedNode, predicate: NamedNode) -> bool:
        return self._text_or_none(subject, predicate) == "true"

    def _fault(self, subject: NamedNode, what: str) -> KgError:
        return KgError(
            "KG-E0702",
            f"<{subject.value}> {what}",
            why="A guidance's graph holds its recommendation whole.",
            hint="Build the store again from the documents.",
        )


def _box(text: str) -> tuple[float, float, float, float]:
    left, bottom, right, top = map(float, text.split())
    return left, bottom, right, top
