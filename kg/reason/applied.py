"""The standards that a check applies: what they make of a guidance's combinations, and which rules a record breaks."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from kg.codes import Classification
from kg.expression.condition import Context
from kg.expression.recommendation import Recommendation, Side
from kg.reason.adjusting import Adjusting
from kg.reason.applying import Standards, broken_here, broken_rules
from kg.reason.breaking import Fact, states_nothing
from kg.reason.in_force import InForce, stated_by_concepts
from kg.reason.record import Record
from kg.reason.standing import CombinationsInForce
from kg.reason.verdict import Broken


@dataclass(frozen=True, slots=True)
class Applied:
    """Standards with what else is needed to apply them: `day` is for records without a date (None: the rules that have
    not ended), `stated` tells the facts that a title or a term states (`Lexicon.stated_in`).
    """

    standards: Standards
    classification: Classification
    day: datetime.date | None = None
    stated: Callable[[str], Sequence[Fact]] = states_nothing
    _adjusting: Adjusting = field(default_factory=Adjusting, repr=False, compare=False)

    def but(self, *, standards: Standards | None = None, classification: Classification | None = None) -> Applied:
        """The same with other standards, or another classification."""
        return Applied(standards or self.standards, classification or self.classification, self.day, self.stated)

    def force(
        self, recommendation: Recommendation, side: Side, context: Context, day: datetime.date | None = None
    ) -> InForce:
        """What the standards make of the combinations of one side of a guidance, on a day (else the usual one)."""
        return InForce(
            self.standards,
            self.classification,
            day=day or self.day,
            context=context,
            facts=stated_by_concepts(recommendation, side, self.stated),
            stated=self.stated,
            kept=self._adjusting,
        )

    def combinations(self, recommendation: Recommendation, side: Side, context: Context) -> CombinationsInForce:
        """The combinations of one side of a guidance that are in force."""
        force = self.force(recommendation, side, context)
        return CombinationsInForce(recommendation.side(side), context, force)

    def broken(self, record: Record) -> list[Broken]:
        """The rules that a record breaks, whatever guidance is meant."""
        return broken_rules(record, self.standards, self.classification, day=self.day, stated=self.stated)

    def broken_here(self, record: Record, side: Side, entries: Iterable[int]) -> list[Broken]:
        """The rules broken by the codes that matter to a guidance: those at `entries` of one side."""
        return broken_here(record, side, entries, self.standards, self.classification, day=self.day, stated=self.stated)
