"""A recommendation as quads of its guidance's named graph: all that `decode` needs, and its combinations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import assert_never

from pyoxigraph import Literal, NamedNode, Quad

from kg.citation import Citation, Origin, StandardCitation
from kg.codes import Chapters, Component, One, SctId, Selector, may_lead
from kg.errors import KgError
from kg.expression.combination import Combinations
from kg.expression.condition import STATED, Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, children, picks
from kg.expression.recommendation import ConceptMention, Decision, Recommendation, Side, Warning
from kg.graph import iris
from kg.graph.listing import MOST, list_combinations
from kg.graph.quads import Quads
from kg.graph.statements import Fact, Statements, stated_by
from kg.graph.vocabulary import Class, Individual, Other, Property

_DATE_TIME = NamedNode(iris.PREFIXES["xsd"] + "dateTime")
SIDES = {Side.PROCEDURE: Individual.PROCEDURE_SIDE, Side.DIAGNOSIS: Individual.DIAGNOSIS_SIDE}
ROOTS = {Side.PROCEDURE: Property.PROCEDURE, Side.DIAGNOSIS: Property.DIAGNOSIS}


def encode_recommendation(
    r: Recommendation,
    combinations_by_side: Mapping[Side, Combinations],
    chapters: Chapters,
    lexicon: Statements,
    title_of: Callable[[Selector], str | None],
    most: int = MOST,
) -> list[Quad]:
    """The quads of one guidance's graph, sorted: readings, nodes, citations, concepts, warnings, combinations.

    `combinations_by_side` are those of the reading in use with no condition known (a side may be left out); of each
    side the first `most` are listed. `title_of` gives the classification's title of a selector. Derived relations
    are not among the quads: `kg.graph.relations` adds them. Growth: linear in nodes and listed combinations.
    """
    return _Encoder(r, chapters, lexicon, title_of).encode(combinations_by_side, most)


class _Encoder:
    """The quads of one recommendation in the making, with the IRIs that were given out."""

    def __init__(
        self, r: Recommendation, chapters: Chapters, lexicon: Statements, title_of: Callable[[Selector], str | None]
    ) -> None:
        self._r, self._chapters, self._lexicon, self._title_of = r, chapters, lexicon, title_of
        self._guidance = iris.guidance_iri(r.id)
        self._document = iris.document_iri(r.id, r.digest)
        self._quads = Quads(iris.guidance_graph(self._guidance))
        self._add = self._quads.add
        self._quotes: dict[Citation, NamedNode] = {}
        self._given: set[NamedNode] = set()
        self._roots: dict[tuple[Side, Expression], NamedNode] = {}

    def encode(self, combinations_by_side: Mapping[Side, Combinations], most: int) -> list[Quad]:
        self._guidance_itself()
        for number, warning in enumerate(self._r.warnings, 1):
            self._warning(Property.WARNING, iris.numbered(self._guidance, "warning", number), warning, number)
        for rank in range(1, len(self._r.readings) + 1):
            self._reading(rank)
        for number, mention in enumerate(self._r.concepts, 1):
            self._mention(mention, number)
        for side in Side:
            if (e := self._r.side(side)) is not None and side in combinations_by_side:
                self._combinations(e, side, combinations_by_side[side], most)
        return self._quads.sorted()

    def _guidance_itself(self) -> None:
        r, it = self._r, self._guidance
        self._add(it, Other.TYPE, Class.GUIDANCE, Other.ENTITY)
        self._add(it, Other.IDENTIFIER, r.id)
        self._add(it, Other.TITLE, r.title or None)
        self._add(it, Property.OPCS_VERSION, r.opcs_version)
        self._add(it, Property.NEEDS_REVIEW, r.review)
        self._add(it, Other.WAS_DERIVED_FROM, self._document)
        self._a_document(self._document, r.id)
        self._add(self._document, Property.FILE_NAME, r.source or None)
        self._add(self._document, Property.SHA256, r.digest or None)
        if r.decision:
            self._decision(r.decision)

    def _decision(self, decision: Decision) -> None:
        """Write who decided on the reading in use, when and why: an activity that used the document."""
        it, who = iris.decision_iri(self._guidance), iris.agent_iri(decision.by)
        self._add(self._guidance, Property.DECISION, it)
        self._add(it, Other.TYPE, Class.DECISION, Other.ACTIVITY)
        self._add(it, Property.DECIDED, decision.verb.value)
        self._add(it, Property.WHY, decision.why)
        self._add(it, Property.RECORDED_IN, decision.source or None)
        # OWL 2 has no datatype of days: the day begins at midnight, and no other time is told.
        self._add(it, Other.ENDED_AT, Literal(f"{decision.on.isoformat()}T00:00:00", datatype=_DATE_TIME))
        self._add(it, Other.WAS_ASSOCIATED_WITH, who)
        self._add(it, Other.USED, self._document)
        self._add(who, Other.TYPE, Other.AGENT)
        self._add(who, Other.LABEL, decision.by)
        # A reading as such is no entity of provenance: the one in use is, once somebody made it so.
        reading = iris.reading_iri(self._guidance, 1)
        self._add(reading, Other.TYPE, Other.ENTITY)
        self._add(reading, Other.WAS_GENERATED_BY, it)
        self._add(reading, Other.WAS_ATTRIBUTED_TO, who)

    def _a_document(self, document: NamedNode, id: str) -> None:
        self._add(document, Other.TYPE, Class.DOCUMENT, Other.ENTITY)
        self._add(document, Other.IDENTIFIER, id)

    def _warning(self, link: NamedNode, it: NamedNode, warning: Warning, number: int) -> None:
        self._add(self._guidance, link, it)
        self._add(it, Other.TYPE, Class.WARNING)
        self._add(it, Property.WARNING_ID, warning.id)
        self._add(it, Property.MESSAGE, warning.message)
        self._add(it, Property.FROM_CHARACTER, warning.start)
        self._add(it, Property.TO_CHARACTER, warning.end)
        self._add(it, Property.POSITION, number)

    # -- readings and nodes

    def _reading(self, rank: int) -> None:
        reading, it = self._r.readings[rank - 1], iris.reading_iri(self._guidance, rank)
        self._add(self._guidance, Property.READING, it)
        self._add(it, Other.TYPE, Class.READING)
        self._add(it, Property.RANK, rank)
        self._add(it, Property.REASON, reading.reason or None)
        for side in Side:
            if (e := reading.side(side)) is None:
                continue
            # A side that several readings share is written once, under the first of them.
            root = self._roots.get((side, e)) or self._expression(e, side, rank)
            self._roots[side, e] = root
            self._add(it, ROOTS[side], root)
            if rank == 1:
                self._add(self._guidance, ROOTS[side], root)

    def _expression(self, e: Expression, side: Side, rank: int) -> NamedNode:
        """Write the nodes of one side of a reading; the root's IRI comes back."""
        named = {pick.selector for pick in picks(e)}
        leading = {s for s in named if may_lead(s, self._chapters)}
        principal = leading or named
        count = 0

        def node(e: Expression, position: int | None) -> NamedNode:
            nonlocal count
            count += 1
            it = iris.node_iri(self._guidance, side, count, rank)
            self._add(it, Property.IN_GUIDANCE, self._guidance)
            self._add(it, Property.ON_SIDE, SIDES[side])
            self._add(it, Property.POSITION, position)
            self._add(it, Property.CITATION, self._origin(e.citation))
            link = self._node_itself(it, e, principal)
            for n, child in enumerate(children(e), 1):
                below = node(child, n)
                self._add(it, Property.PART, below)
                self._add(it, link, below)
                if isinstance(e, OneOf):
                    self._states(below, stated_by(child, self._lexicon, self._title_of))
            return it

        return node(e, None)

    def _node_itself(self, it: NamedNode, e: Expression, principal: set[Selector]) -> NamedNode:
        """Write what a node is but for its children; the property that links it to them comes back."""
        match e:
            case Pick(selector, title):
                self._add(it, Other.TYPE, Class.PICK)
                self._add(it, Property.SELECTOR, iris.selector_iri(selector))
                self._add(it, Property.PRINTED_TITLE, title or None)
                self._add(it, Property.PRINCIPAL, True if selector in principal else None)
                if isinstance(selector, One):
                    self._add(it, Property.MARK, selector.code.mark or None)
                return Property.PART
            case Unnamed(words):
                self._add(it, Other.TYPE, Class.UNNAMED)
                self._add(it, Property.WORDS, words)
                return Property.PART
            case AllOf(sequenced=sequenced):
                self._add(it, Other.TYPE, Class.ALL_OF)
                self._add(it, Property.SEQUENCED, True if sequenced else None)
                return Property.CONJUNCT
            case OneOf(ranked=ranked):
                self._add(it, Other.TYPE, Class.ONE_OF)
                self._add(it, Property.RANKED, True if ranked else None)
                return Property.BRANCH
            case Optional():
                self._add(it, Other.TYPE, Class.OPTIONAL)
                return Property.CONTENT
            case When(condition):
                self._add(it, Other.TYPE, Class.WHEN)
                self._add(it, Property.CONDITION, self._condition(condition))
                self._add(it, Property.WORDS, condition.words)
                self._add(it, Property.CONDITION_CITATION, self._origin(condition.citation))
                return Property.THEN
            case _:
                assert_never(e)

    def _condition(self, condition: Condition) -> NamedNode:
        facet, value = condition.fact
        it = iris.condition_iri(self._guidance, facet, value)
        self._add(it, Other.TYPE, Class.CONDITION)
        self._add(it, Property.IN_GUIDANCE, self._guidance)
        self._add(it, Property.FACET, iris.facet_iri(facet))
        if facet != STATED:
            self._add(it, Property.FACET_VALUE, iris.facet_value_iri(facet, value))
        self._add(it, Property.FACET_NAME, facet)
        self._add(it, Property.VALUE, value)
        self._add(it, Property.WORDS, condition.words or None)
        return it

    def _states(self, it: NamedNode, facts: Iterable[Fact]) -> None:
        for facet, value in facts:
            stated = iris.facet_value_iri(facet, value)
            self._add(it, Property.STATES, stated)
            # Said here too, so that a graph by itself tells which values are of one facet, also of a facet of the
            # user's own.
            self._add(stated, Other.IN_SCHEME, iris.facet_iri(facet))

    # -- citations

    def _origin(self, origin: Origin | None) -> NamedNode | None:
        """The resource of a citation, written where it is new; None for none."""
        match origin:
            case None:
                return None
            case StandardCitation(standard):
                it = iris.standard_iri(standard)
                self._add(it, Other.TYPE, Class.STANDARD)
                self._add(it, Other.IDENTIFIER, standard)
                return it
            case Citation():
                if origin not in self._quotes:
                    self._quotes[origin] = self._quote(origin)
                return self._quotes[origin]
            case _:
                assert_never(origin)

    def _quote(self, c: Citation) -> NamedNode:
        again = 1
        while (it := iris.quote_iri(self._guidance, c.start, c.end, again)) in self._given:
            again += 1
        self._given.add(it)
        source = self._document
        if c.document != self._r.id:
            source = iris.document_iri(c.document)
            self._a_document(source, c.document)
        position, words = NamedNode(f"{it.value}/position"), NamedNode(f"{it.value}/words")
        self._add(it, Other.TYPE, Other.SPECIFIC_RESOURCE)
        self._add(it, Other.HAS_SOURCE, source)
        self._add(it, Other.HAS_SELECTOR, position, words)
        self._add(position, Other.TYPE, Other.TEXT_POSITION)
        self._add(position, Other.OA_START, c.start)
        self._add(position, Other.OA_END, c.end)
        self._add(words, Other.TYPE, Other.TEXT_QUOTE)
        self._add(words, Other.EXACT, c.quote)
        self._add(it, Property.PAGE, c.page)
        self._add(it, Property.PARAGRAPH, c.paragraph)
        self._add(it, Property.BOX, " ".join(map(repr, c.box)) if c.box else None)
        return it

    # -- concepts and combinations

    def _mention(self, mention: ConceptMention, number: int) -> None:
        it = iris.numbered(self._guidance, "concept", number)
        self._add(self._guidance, Property.LISTS, it)
        self._add(it, Other.TYPE, Class.CONCEPT_MENTION)
        self._add(it, Property.IN_GUIDANCE, self._guidance)
        self._add(it, Property.POSITION, number)
        self._add(it, Property.ON_SIDE, SIDES[mention.side])
        self._add(it, Other.IDENTIFIER, mention.id)
        self._add(it, Property.PRINTED_TERM, mention.term)
        self._add(it, Property.WORDS, mention.condition)
        self._add(it, Property.CITATION, self._origin(mention.citation))
        self._states(it, self._lexicon.stated_in(mention.term))
        try:
            concept = iris.concept_iri(SctId.parse(mention.id, Component.CONCEPT))
        except KgError:
            return  # an identifier that fails its check names no concept; the mention keeps it as printed
        self._add(it, Property.CONCEPT, concept)
        self._add(concept, Other.TYPE, Class.LISTED_CONCEPT)
        self._add(concept, Other.PREF_LABEL, mention.term or None)
        self._add(concept, Other.IN_SCHEME, iris.SNOMED_CT)
        self._add(concept, Property.LISTED_BY, self._guidance)
        self._add(concept, Property.LISTED_ON, SIDES[mention.side])

    def _combinations(self, e: Expression, side: Side, found: Combinations, most: int) -> None:
        root = self._roots[side, e]
        listed = list_combinations(self._quads, self._guidance, side, found, self._chapters, most)
        self._add(root, Property.COMBINATION_COUNT, found.count)
        self._add(root, Property.COMBINATIONS_LISTED, listed)
        if listed < found.count:
            what = f"{found.count} combinations on the {side} side, of which the graph lists the first {listed}"
            it = iris.numbered(self._guidance, "build-warning", list(Side).index(side) + 1)
            self._warning(Property.BUILD_WARNING, it, Warning("KG-W0301", what), list(Side).index(side) + 1)
