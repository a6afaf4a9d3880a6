"""One side of a recommendation made ready to be checked: all that does not depend on the codes of a record, worked out
once and kept for the records to come.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from functools import cached_property, partial

from kg.codes import Chapters, Classification, Selector, may_lead
from kg.expression.combination import combinations
from kg.expression.condition import Condition, Context
from kg.expression.nodes import Expression, OneOf, When, children, picks
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.holding import Fits, Holding, Known
from kg.reason.in_force import InForce

_KEPT = 20_000  # sides, in contexts and on days, that are kept; then all are forgotten


def principal(e: Expression, side: Side, chapters: Chapters) -> tuple[Selector, ...]:
    """The selectors that may lead a record, in print order; all of them on a diagnosis side, or where none may lead."""
    return _leading(_named(e), side, chapters)


def _named(e: Expression) -> tuple[Selector, ...]:
    """The selectors of a side, each once, in print order."""
    return tuple(dict.fromkeys([pick.selector for pick in picks(e)]))


def _leading(named: tuple[Selector, ...], side: Side, chapters: Chapters) -> tuple[Selector, ...]:
    leading = tuple([s for s in named if may_lead(s, chapters)]) if side is Side.PROCEDURE else named
    return leading or named


class Prepared:
    """A side in a context: its combinations, as printed or, with `force`, as they are in force on a day.

    `force` is asked for only where the guidance applies, as most do not.
    """

    def __init__(
        self,
        e: Expression,
        side: Side,
        context: Context,
        classification: Classification,
        force: Callable[[], InForce] | None = None,
        *,
        keep: bool = False,
    ) -> None:
        self.e, self.side, self.context, self.chapters = e, side, context, classification.chapters
        self._force, self._keep = force, keep
        named = _named(e)
        self.printed_leading = _leading(named, side, self.chapters)
        self._named = Fits(named, self.chapters)
        self._leads = [self._named.numbers[s] for s in self.printed_leading]

    @cached_property
    def rules(self) -> InForce | None:
        """The standards that may change a combination of this side; None where what is printed is in force."""
        force = self._force() if self._force else None
        return force if force is not None and force.matters(self.e) else None

    @cached_property
    def leading(self) -> tuple[Selector, ...]:
        """The selectors that may lead a record, without those that are no longer assigned (where nothing else led, the
        guidance still speaks of them).
        """
        rules = self.rules
        if rules is None:
            return self.printed_leading
        return tuple(s for s in self.printed_leading if rules.alone(s) != ()) or self.printed_leading

    def leads(self, holding: Holding) -> bool:
        """Whether a code of the record is one that may lead it, as printed."""
        fits = holding.of(self._named)
        return any(map(fits.__getitem__, self._leads))

    def applies(self, holding: Holding) -> bool:
        """Whether a code of the record is one that may lead it here."""
        if not self.leads(holding):
            return False
        fits, numbers = holding.of(self._named), self._named.numbers
        return self.rules is None or any(fits[numbers[s]] for s in self.leading)

    def named(self, holding: Holding) -> set[int]:
        """The places of the codes that the text names."""
        return {place for fit in holding.of(self._named) for place in fit}

    @cached_property
    def known(self) -> Known:
        """The combinations under the context."""
        return self._known(self.e, self.context)

    @cached_property
    def free(self) -> Known:
        """The combinations with nothing known."""
        return self._known(self.e, Context(facets=self.context.facets)) if self.context.facts else self.known

    def _known(self, e: Expression, context: Context) -> Known:
        rules = self.rules
        force = rules.under(context) if rules is not None else None
        return Known(combinations(e, context), force, self.chapters, self._named if self._keep else None)

    @cached_property
    def variants(self) -> list[list[tuple[When, Known]]]:
        """The variants of each of the choices of `rivals`."""
        return [variants for _, variants in self.rivals]

    @cached_property
    def rivals(self) -> list[tuple[OneOf, list[tuple[When, Known]]]]:
        """The choices of exclusive variants that the context leaves open, each with the variants that it does and their
        combinations where their condition holds.
        """
        found: list[tuple[OneOf, list[tuple[When, Known]]]] = []
        for node, known in _live(self.e, self.context):
            if isinstance(node, OneOf) and node.has_variants:
                inner = [(b, under(known, b.condition)) for b in node.branches if isinstance(b, When)]
                live = [(b, self._known(b.then, context)) for b, context in inner if context is not None]
                found.append((node, live))
        return found


def _live(e: Expression, context: Context) -> Iterator[tuple[Expression, Context]]:
    """The nodes that the context leaves open, each with what is known where it stands: the conditions above it hold."""
    yield e, context
    if isinstance(e, When):
        inner = under(context, e.condition)
        if inner is not None:
            yield from _live(e.then, inner)
        return
    for child in children(e):
        yield from _live(child, context)


def under(context: Context, condition: Condition) -> Context | None:
    """What is known where a condition holds; None where it cannot."""
    truth = context.holds(*condition.fact)
    if truth is None:
        return Context({**context.facts, condition.fact: True}, context.facets)
    return context if truth else None


class Kept:
    """Sides of recommendations made ready, kept from record to record: for many records, and one set of standards.

    A side is made ready once for each context, and for each set of standards that is in force on a record's day. Memory
    grows with these; at 20,000 all are forgotten and begun anew.
    """

    def __init__(self, classification: Classification, applied: Applied | None = None) -> None:
        self.classification, self.applied = classification, applied
        self._sides: dict[object, tuple[Recommendation, Prepared | None]] = {}
        self._days: dict[datetime.date | None, object] = {}

    def side(
        self, recommendation: Recommendation, side: Side, context: Context, day: datetime.date | None
    ) -> Prepared | None:
        """A side made ready; None where the guidance says nothing on it."""
        if day not in self._days:
            standards = self.applied.standards.standards if self.applied else ()
            on = day or (self.applied.day if self.applied else None)
            self._days[day] = frozenset(n for n, s in enumerate(standards) if s.in_force(on))
        facts = tuple(sorted(context.facts.items()))
        key = (id(recommendation), side, facts, id(context.facets), self._days[day])
        found = self._sides.get(key)
        if found is None:
            if len(self._sides) >= _KEPT:
                self._sides.clear()
            ready = prepare(recommendation, side, context, day, self.classification, self.applied, keep=True)
            found = self._sides[key] = (recommendation, ready)  # held, so that its id stays its own
        return found[1]


def prepare(
    recommendation: Recommendation,
    side: Side,
    context: Context,
    day: datetime.date | None,
    classification: Classification,
    applied: Applied | None,
    *,
    keep: bool = False,
) -> Prepared | None:
    """One side of a recommendation made ready; None where it says nothing on it."""
    e = recommendation.side(side)
    if e is None:
        return None
    force = partial(applied.force, recommendation, side, context, day) if applied else None
    return Prepared(e, side, context, classification, force, keep=keep)
