"""Conditions inferred from a record: what its codes and SNOMED CT concepts say of the operation of a guidance.

A `Y75.2` behind the main code says that the approach was laparoscopic; a concept whose term says percutaneous says so.
What is inferred decides conditions of the recommendation as what is given does, each with its ground; what is given
goes before it. Nothing is inferred from a code that is not there, from a code of another operation, or, for a
condition, from a code that the recommendation asks for under a condition of the same facet: that it was chosen is no
proof that the condition holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from kg.codes import Chapters, Classification, Code, One, SctId, Selector, covers
from kg.expression.condition import Context
from kg.expression.nodes import Expression, When, children, conditions, picks
from kg.expression.recommendation import Recommendation, Side
from kg.reason.inferred import Fact, Inferred
from kg.reason.prepared import principal
from kg.reason.record import Record
from kg.reason.verdict import GuidanceVerdict


@dataclass(frozen=True, slots=True)
class Inferring:
    """What codes and words say.

    Args:
        coded: selectors whose codes say a fact, whatever their titles; a fact of the value `-` says none.
        titles, terms: the facts that the title of an operation's code, the term of a concept may say by their words.
        stated: the facts that a text states (`Lexicon.stated_in`).
        term_of: the term of a concept, where it is known.
    """

    classification: Classification
    coded: Sequence[tuple[Selector, Fact]]
    titles: frozenset[Fact]
    terms: frozenset[Fact]
    stated: Callable[[str], Sequence[Fact]]
    term_of: Callable[[SctId], str] = lambda _: ""
    # By identity: the expression is held, so that its id stays its own.
    _known: dict[int, tuple[Expression, frozenset[str], list[tuple[Selector, str]]]] = field(
        default_factory=dict[int, tuple[Expression, frozenset[str], list[tuple[Selector, str]]]],
        repr=False,
        compare=False,
    )

    def context(
        self, recommendation: Recommendation, side: Side, record: Record
    ) -> tuple[Context, tuple[Inferred, ...]]:
        """What is known for one side of a guidance: the context of the record, and what it says besides; all that was
        inferred on conditions of this side, used or not.
        """
        facets, chosen = self._asked(recommendation.side(side))
        if not facets:
            return record.context, ()
        chapters = self.classification.chapters
        found: dict[tuple[str, Fact], Inferred] = {}
        for code, told in self._of_codes(recommendation, record):
            circular = any(facet == told.facet and covers(s, code, chapters) for s, facet in chosen)
            if told.facet in facets and not circular:
                found.setdefault((told.source, told.fact), told)
        for told in self._of_concepts(recommendation, record):
            if told.facet in facets:
                found.setdefault((told.source, told.fact), told)
        judged = tuple(_judged(list(found.values()), record.context))
        used = {told.fact: True for told in judged if not told.unused}
        if not used:
            return record.context, judged
        return Context({**record.context.facts, **used}, record.context.facets), judged

    def _asked(self, e: Expression | None) -> tuple[frozenset[str], list[tuple[Selector, str]]]:
        """The facets of the conditions of a side that can be inferred, and the selectors under such conditions."""
        if e is None:
            return frozenset(), []
        if id(e) not in self._known:
            said = {facet for facet, _ in (*self.titles, *self.terms, *(fact for _, fact in self.coded))}
            facets = frozenset(c.facet for c in conditions(e) if c.facet in said)
            self._known[id(e)] = e, facets, list(_under_conditions(e)) if facets else []
        return self._known[id(e)][1:]

    def _of_codes(self, recommendation: Recommendation, record: Record) -> Iterator[tuple[Code, Inferred]]:
        """What the codes of the guidance's own operation say."""
        for code in own_operation(recommendation, record, self.classification.chapters):
            title = self.classification.title(One(code.bare)) or ""
            coded = [fact for s, fact in self.coded if covers(s, code, self.classification.chapters)]
            for facet, value in coded:
                if value != "-":
                    yield code, Inferred(facet, value, str(code), title)
            if not coded:
                for facet, value in _alone(self.stated(title), self.titles):
                    yield code, Inferred(facet, value, str(code), title, firm=False)

    def _of_concepts(self, recommendation: Recommendation, record: Record) -> Iterator[Inferred]:
        """What the record's concepts say: those that the guidance lists for its operation; the others only where the
        record has no other operation that they could speak of.
        """
        listed = {c.id: c.term for c in recommendation.concepts if c.side is Side.PROCEDURE}
        diseases = {c.id for c in recommendation.concepts if c.side is Side.DIAGNOSIS}
        single = len(operations(record, self.classification.chapters)) <= 1
        for concept in record.concepts:
            id = str(concept)
            if id in listed or (single and id not in diseases):
                term = self.term_of(concept) or listed.get(id, "")
                for facet, value in _alone(self.stated(term), self.terms):
                    yield Inferred(facet, value, id, term)


def informed(record: Record, found: GuidanceVerdict) -> Record:
    """The record with what was inferred for a verdict as if it were given: what repairs and proofs of the verdict have
    to hold under.
    """
    context = record.context
    for told in (i for side in found.sides for i in side.inferred if not i.unused):
        if context.holds(*told.fact) is None:
            context = Context({**context.facts, told.fact: True}, context.facets)
    return record if context is record.context else replace(record, context=context)


def operations(record: Record, chapters: Chapters) -> list[tuple[Code, ...]]:
    """The procedure codes of a record by operation: a main code and the codes of chapters Y and Z that follow it."""
    found: list[tuple[Code, ...]] = []
    for code in record.procedures:
        if chapters.is_subsidiary(code):
            if found:
                found[-1] = (*found[-1], code)
        else:
            found.append((code,))
    return found


def own_operation(recommendation: Recommendation, record: Record, chapters: Chapters) -> list[Code]:
    """The codes of the operations of a record whose main code the guidance names; none where it says nothing on
    procedures and the record has several.
    """
    every = operations(record, chapters)
    if recommendation.procedure is None:
        return list(every[0]) if len(every) == 1 else []
    mine = principal(recommendation.procedure, Side.PROCEDURE, chapters)
    return [code for each in every if any(covers(s, each[0], chapters) for s in mine) for code in each]


def _under_conditions(e: Expression, above: tuple[str, ...] = ()) -> Iterator[tuple[Selector, str]]:
    """The selectors that stand under a condition, each with the facet of every condition above it."""
    if isinstance(e, When):
        above = (*above, e.condition.facet)
    for pick in picks(e) if not children(e) else ():
        yield from ((pick.selector, facet) for facet in above)
    for child in children(e):
        yield from _under_conditions(child, above)


def _alone(stated: Iterable[Fact], allowed: frozenset[Fact]) -> Iterator[Fact]:
    """The facts that may be inferred, of facets of which the words say one value only."""
    several = list(stated)
    for facet, value in several:
        if (facet, value) in allowed and sum(other == facet for other, _ in several) == 1:
            yield facet, value


def _judged(found: Sequence[Inferred], given: Context) -> Iterator[Inferred]:
    """What was inferred, with why some of it is not used. What says the same as another is told, each from its source;
    what is given already is left out.
    """
    facets = given.facets
    for one in found:
        known = given.holds(*one.fact)
        if known:
            continue
        others = [o for o in found if o.facet == one.facet and facets.excludes(one.facet, one.value, o.value)]
        why = ""
        if known is False:
            why = "what is given says otherwise"
        elif rival := next((o for o in others if o.firm or not one.firm), None):
            why = f"{rival.source} says {rival.value}"
        yield replace(one, unused=why)


__all__ = ["Inferred", "Inferring", "informed", "operations", "own_operation"]
