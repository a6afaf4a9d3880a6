"""What the checker says of one side, once for each signature; kept from batch to batch."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kg.audit.entries import Entries, Numbers
from kg.audit.scope import Scope
from kg.audit.signatures import Kept, kept, signatures
from kg.audit.vocabulary import Classes, Triggers, Vocabulary
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


class _Alike:
    """The signatures of records that can break the same rules: their classes, and the outcome of each."""

    def __init__(self, scope: Scope, vocabulary: Vocabulary, checking: Checking) -> None:
        self.classes = Classes(scope, vocabulary, checking.classification.chapters)
        self.days = np.array(scope.alike(checking.days), np.int64)
        self.known: dict[int | bytes, int] = {}
        self._base = 8

    def base(self) -> int:
        """More than the number of every symbol."""
        if self.classes.count >= self._base:
            self._base = 2 * self.classes.count
            self.known.clear()  # a key means the same only on the same base
        return self._base


class SideOutcomes:
    """The outcomes of one side of one guidance; number 0 is that of a record which gives nothing on this side.

    Which rules the codes of a record can break is asked first (`Triggers`): most records can break none, and then
    neither places nor other codes matter.
    """

    def __init__(
        self, recommendation: Recommendation, side: Side, scope: Scope, vocabulary: Vocabulary, checking: Checking
    ) -> None:
        self.recommendation, self.side = recommendation, side
        self._scope, self._vocabulary, self._checking = scope, vocabulary, checking
        self._triggers = Triggers(scope, vocabulary, checking.classification.chapters)
        self._alike: dict[int, _Alike] = {}
        self.outcomes: list[Outcome] = [NOT_GIVEN]

    def forget(self) -> None:
        """Forget what was kept; numbers of outcomes told before mean nothing any more."""
        del self.outcomes[1:]
        self._alike.clear()

    def of(self, entries: Entries, episodes: Numbers, days: Numbers) -> Numbers:
        """The numbers, in `outcomes`, of the outcomes of some episodes; `days` are their classes of days."""
        found = np.zeros(len(episodes), np.int64)
        for alike, which in self._groups(entries, episodes):
            found[which] = self._of(alike, entries, episodes[which], days[which])
        return found

    def _groups(self, entries: Entries, episodes: Numbers) -> Iterator[tuple[_Alike, Numbers]]:
        """The episodes that give something on this side, by the rules that their codes can break."""
        triggered = self._triggers.of(entries, episodes)
        given = entries.starts[episodes + 1] > entries.starts[episodes]
        for bits in sorted(set(triggered[given].tolist())):
            if bits not in self._alike:
                rules = self._triggers.rules(bits)
                self._alike[bits] = _Alike(self._scope.limited(rules), self._vocabulary, self._checking)
            self._alike[bits].classes.update()
            yield self._alike[bits], np.flatnonzero(given & (triggered == bits))

    def _of(self, alike: _Alike, entries: Entries, episodes: Numbers, days: Numbers) -> Numbers:
        base, looked_at = alike.base(), kept(entries, episodes, alike.classes)
        sets = int(alike.days.max()) + 1
        found = signatures(looked_at, alike.days[days], sets, base, len(episodes))
        numbers = [alike.known.get(key, -1) for key in found.keys]
        for i in [i for i, number in enumerate(numbers) if number < 0]:
            row = int(found.first[i])
            numbers[i] = alike.known[found.keys[i]] = len(self.outcomes)
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
        rows: list[Numbers] = [np.zeros(0, np.int64)]
        places: list[Numbers] = [np.zeros(0, np.int64)]
        for alike, which in self._groups(entries, episodes):
            looked_at = kept(entries, episodes[which], alike.classes)
            longest = int(looked_at.at.max()) + 1 if len(looked_at.at) else 0
            distinct, inverse = np.unique(outcomes[which], return_inverse=True)
            told = np.zeros((len(distinct), longest), np.bool_)
            for i, number in enumerate(distinct.tolist()):
                told[i, [place for place in self.outcomes[number].explained if place < longest]] = True
            found = told[inverse[looked_at.rows], looked_at.at]
            rows.append(which[looked_at.rows[found]])
            places.append(looked_at.places[found])
        return np.concatenate(rows), np.concatenate(places)
