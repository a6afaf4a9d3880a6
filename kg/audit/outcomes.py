"""What the checker says of one side, once for each signature; kept from batch to batch."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kg.audit.signatures import Entries, Kept, Numbers, kept, signatures
from kg.audit.vocabulary import Classes, Vocabulary
from kg.codes import Classification
from kg.expression.condition import Context
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.check import check
from kg.reason.prepared import Kept as Sides
from kg.reason.record import Record
from kg.reason.verdict import SideVerdict, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict of one side as far as rows tell it; `explained` are the places, in the signature, of the codes that
    the best combination matches.
    """

    verdict: Verdict
    combination: str
    missing: tuple[str, ...]
    broken: tuple[str, ...]
    explained: frozenset[int] = frozenset()

    @classmethod
    def of(cls, found: SideVerdict) -> Outcome:
        """The outcome of a verdict."""
        best = found.met or (found.nearest[0] if found.nearest else None)
        applies = found.verdict not in (Verdict.NOT_APPLICABLE, Verdict.NOT_GIVEN)
        return cls(
            found.verdict,
            best.combination.notation if best and applies else "",
            tuple(str(s) for s in found.missing),
            tuple(b.rule for b in found.broken),
            found.explained(),
        )


NOT_GIVEN = Outcome(Verdict.NOT_GIVEN, "", (), ())


@dataclass(frozen=True, slots=True)
class Checking:
    """What one run checks with."""

    classification: Classification
    applied: Applied | None
    context: Context
    days: Sequence[datetime.date]
    """A day of each class of days."""
    sides: Sides


class SideOutcomes:
    """The outcomes of one side of one guidance; number 0 is that of a record which gives nothing on this side."""

    def __init__(
        self, recommendation: Recommendation, side: Side, classes: Classes, vocabulary: Vocabulary, checking: Checking
    ) -> None:
        self.recommendation, self.side = recommendation, side
        self._classes, self._vocabulary, self._checking = classes, vocabulary, checking
        self._in_force = np.array(classes.scope.in_force, np.int64)
        self._base = 8
        self.outcomes: list[Outcome] = [NOT_GIVEN]
        self._known: dict[int | bytes, int] = {}

    def forget(self) -> None:
        """Forget what was kept; numbers of outcomes told before mean nothing any more."""
        del self.outcomes[1:]
        self._known.clear()

    def of(self, entries: Entries, episodes: Numbers, days: Numbers) -> Numbers:
        """The numbers, in `outcomes`, of the outcomes of some episodes; `days` are their classes of days."""
        self._classes.update()
        given = entries.starts[episodes + 1] > entries.starts[episodes]
        if not given.all():
            found = np.zeros(len(episodes), np.int64)
            found[given] = self.of(entries, episodes[given], days[given]) if given.any() else 0
            return found
        if self._classes.count >= self._base:
            self._base = 2 * self._classes.count
            self._known.clear()  # a key means the same only on the same base
        looked_at = kept(entries, episodes, self._classes)
        alike = int(self._in_force.max()) + 1
        found = signatures(looked_at, self._in_force[days], alike, self._base, len(episodes))
        numbers = [self._known.get(key, -1) for key in found.keys]
        for i in [i for i, number in enumerate(numbers) if number < 0]:
            row = int(found.first[i])
            numbers[i] = self._known[found.keys[i]] = len(self.outcomes)
            self.outcomes.append(self._checked(entries, episodes, days, looked_at, row))
        return np.array(numbers, np.int64)[found.of]

    def _checked(self, entries: Entries, episodes: Numbers, days: Numbers, looked_at: Kept, row: int) -> Outcome:
        """The outcome of one row, on those of its codes that matter (any one code, if none does)."""
        begin, end = np.searchsorted(looked_at.rows, [row, row + 1])
        numbers = entries.codes[looked_at.where[begin:end]]
        if begin == end:
            numbers = entries.codes[entries.starts[episodes[row]] :][:1]
        codes = tuple(self._vocabulary.codes[n] for n in numbers.tolist())
        date, context = self._checking.days[days[row]], self._checking.context
        if self.side is Side.PROCEDURE:
            record = Record(procedures=codes, context=context, date=date)
        else:
            record = Record(diagnoses=codes, context=context, date=date)
        c = self._checking
        found = check(self.recommendation, record, c.classification, c.applied, c.sides)
        return Outcome.of(found.procedure if self.side is Side.PROCEDURE else found.diagnosis)

    def explained(self, entries: Entries, episodes: Numbers, outcomes: Numbers) -> tuple[Numbers, Numbers]:
        """The codes of some episodes that the outcomes (a number for each) explain: of each its row and its place."""
        looked_at = kept(entries, episodes, self._classes)
        longest = int(looked_at.at.max()) + 1 if len(looked_at.at) else 0
        distinct, inverse = np.unique(outcomes, return_inverse=True)
        told = np.zeros((len(distinct), longest), np.bool_)
        for i, number in enumerate(distinct.tolist()):
            told[i, [place for place in self.outcomes[number].explained if place < longest]] = True
        found = told[inverse[looked_at.rows], looked_at.at]
        return looked_at.rows[found], looked_at.places[found]
