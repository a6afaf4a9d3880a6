"""What the checker says of one side, once for each signature, and what rows say of both; kept from batch to batch."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from kg.audit.growing import Array, Growing
from kg.audit.kernels.columns import SPARE, lay_out, spread
from kg.audit.kernels.settling import CONTRADICTED, INCOMPLETE, LEFT_OUT, VALID
from kg.codes import Classification, Code
from kg.expression.condition import Context
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.check import check_ready, own_places
from kg.reason.prepared import Kept
from kg.reason.record import Record
from kg.reason.verdict import GuidanceVerdict, SideVerdict, Verdict


class Outcome(NamedTuple):
    """The verdict of one side as far as rows tell it; `explained` are the places, in the signature, of the codes that
    the best combination matches.
    """

    verdict: Verdict
    combination: str
    missing: tuple[str, ...]
    broken: tuple[str, ...]
    explained: tuple[int, ...] = ()

    @classmethod
    def of(cls, found: SideVerdict) -> Outcome:
        """The outcome of a verdict."""
        best = found.best
        return cls(
            found.verdict,
            best.combination.notation if best and found.verdict not in _SILENT else "",
            tuple(map(str, found.missing)),
            tuple([b.rule for b in found.broken]),
            tuple(sorted(found.explained())),
        )


NOT_GIVEN = Outcome(Verdict.NOT_GIVEN, "", (), ())

NOT_APPLICABLE = Outcome(Verdict.NOT_APPLICABLE, "", (), ())

_SILENT = (Verdict.NOT_GIVEN, Verdict.NOT_APPLICABLE)
"""Sides of which no rule is asked."""


class Alone(NamedTuple):
    """The outcome of a side before the rules that its codes may break, and the guidance's own codes; places count among
    the codes that its selectors tell apart from others.
    """

    outcome: Outcome
    own: tuple[int, ...]


class Asked(NamedTuple):
    """A signature to be checked. `classes` are those of the codes by the side's selectors alone (0: it asks nothing of
    the code), `days` the class of days by the standards that change combinations. `rules` is the number of the set of
    rules that the codes can break (0: none), `asked` are the classes of the codes by these, `rule_days` is the class of
    days by these.
    """

    guidance: int
    codes: tuple[Code, ...]
    classes: tuple[int, ...]
    day: int
    days: int
    rules: int
    asked: tuple[int, ...]
    rule_days: int


@dataclass(frozen=True, slots=True)
class Checking:
    """What one run checks with.

    Rules make many signatures of one that they leave alone. What the checker says before it comes to rules depends on
    no more than that one (`kg.audit.scope`), and is asked for once. Which rules are broken depends on what the rules
    ask of the codes and on which are the guidance's own, whatever guidance it is: that is asked for once as well.
    """

    classification: Classification
    applied: Applied | None
    context: Context
    days: Sequence[datetime.date]
    """A day of each class of days."""
    kept: Kept
    _alone: dict[object, Alone] = field(default_factory=dict[object, Alone])
    _broken: dict[object, tuple[tuple[str, ...], bool]] = field(
        default_factory=dict[object, tuple[tuple[str, ...], bool]]
    )

    def clear(self) -> None:
        """Forget what was said."""
        self._alone.clear()
        self._broken.clear()

    def outcome(self, recommendation: Recommendation, side: Side, asked: Asked) -> Outcome:
        """The outcome of one side for a signature."""
        classes = asked.classes
        if 0 in classes:
            seen = tuple([n for n, number in enumerate(classes) if number])
            mine = tuple([classes[n] for n in seen])
        else:
            seen, mine = range(len(classes)), classes
        key = asked.guidance, side, asked.days, mine
        alone = self._alone.get(key)
        if alone is None:
            alone = self._alone[key] = self._said(recommendation, side, asked, seen)
        found = alone.outcome
        explained = found.explained if mine is classes else tuple([seen[n] for n in found.explained])
        broken, contradicts = (), False
        if self.applied is not None and asked.rules and found.verdict not in _SILENT:
            own = alone.own if mine is classes else tuple([seen[n] for n in alone.own])
            key = side, asked.rules, asked.rule_days, asked.asked, own
            told = self._broken.get(key)
            if told is None:
                told = self._broken[key] = self._breaks(self.applied, side, asked, own)
            broken, contradicts = told
        if not broken and explained == found.explained:
            return found
        verdict = Verdict.CONTRADICTED if contradicts else found.verdict
        return Outcome(verdict, found.combination, found.missing, (*found.broken, *broken), explained)

    def _breaks(self, applied: Applied, side: Side, asked: Asked, own: Sequence[int]) -> tuple[tuple[str, ...], bool]:
        """The rules that the codes at some places break, and whether one of these contradicts."""
        date, codes = self.days[asked.day], asked.codes
        if side is Side.PROCEDURE:
            record = Record(procedures=codes, context=self.context, date=date)
        else:
            record = Record(diagnoses=codes, context=self.context, date=date)
        broken = applied.broken_here(record, side, own)
        return tuple(b.rule for b in broken), any(b.contradicts for b in broken)

    def _said(self, recommendation: Recommendation, side: Side, asked: Asked, seen: Sequence[int]) -> Alone:
        """What the checker says of the codes that matter. Where none does, none can lead the guidance."""
        if not seen:
            return Alone(NOT_APPLICABLE, ())
        ready = self.kept.side(recommendation, side, self.context, self.days[asked.day])
        codes = tuple([asked.codes[n] for n in seen])
        found = check_ready(ready, codes, side, explained=False)
        if self.applied is None or ready is None or found.verdict in _SILENT:
            return Alone(Outcome.of(found), ())
        return Alone(Outcome.of(found), tuple(sorted(own_places(found, ready))))


class Outcomes:
    """Outcomes by number; number 0 is that of a side which is not given, or of which nothing is said."""

    def __init__(self) -> None:
        self.listed: list[Outcome] = []
        self.start, self.explained = Growing(np.int64), Growing(np.int64)
        self.clear()

    def clear(self) -> None:
        """Forget them."""
        self.listed.clear()
        self.start.clear()
        self.explained.clear()
        self.start.add([0])
        self.add([NOT_GIVEN])

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Add the outcomes of the next numbers."""
        self.listed += outcomes
        lengths = [len(o.explained) for o in outcomes]
        self.start.add(np.cumsum(lengths, dtype=np.int64) + len(self.explained))
        self.explained.add([place for o in outcomes for place in o.explained])


_ORDER = {
    Verdict.VALID: VALID,
    Verdict.INCOMPLETE: INCOMPLETE,
    Verdict.CONTRADICTED: CONTRADICTED,
    Verdict.NOT_APPLICABLE: LEFT_OUT,
}

_VERDICTS = pa.array([v.value for v, n in _ORDER.items() if n != LEFT_OUT], pa.string())

_BOTH = {
    (one, two): _ORDER[
        GuidanceVerdict("", "", SideVerdict(Side.PROCEDURE, one, ()), SideVerdict(Side.DIAGNOSIS, two, ())).verdict
    ]
    for one in Verdict
    for two in Verdict
}
"""The verdict of a guidance by those of its sides."""


class Told:
    """What rows say that have the same outcomes on both sides, by the number of the pair."""

    def __init__(self) -> None:
        self.verdicts, self.guidances, self._combination = Growing(np.int8), Growing(np.int32), Growing(np.int32)
        self._combinations: dict[str, int] = {}
        self._texts: list[str] = []
        self._words = pa.array([], pa.string())
        self._missing, self._broken = _Lists(), _Lists()

    def clear(self) -> None:
        """Forget all."""
        for each in (self.verdicts, self.guidances, self._combination, self._missing, self._broken):
            each.clear()
        self._combinations.clear()
        self._texts.clear()
        self._words = pa.array([], pa.string())

    def add(self, guidances: Array, pairs: Sequence[tuple[Outcome, Outcome]]) -> None:
        """Add what is told of the next pairs, and whose they are."""
        self.guidances.add(guidances)
        self.verdicts.add([_BOTH[one.verdict, two.verdict] for one, two in pairs])
        self._combination.add([self._number(one.combination, two.combination) for one, two in pairs])
        self._missing.add([(*one.missing, *two.missing) for one, two in pairs])
        self._broken.add([(*one.broken, *two.broken) for one, two in pairs])

    def _number(self, procedure: str, diagnosis: str) -> int:
        """The number of the text of a combination on both sides."""
        told = f"{procedure} / {diagnosis}".lstrip() if diagnosis else procedure
        number = self._combinations.setdefault(told, len(self._texts))
        if number == len(self._texts):
            self._texts.append(told)
        return number

    def columns(self, pairs: Array, ids: pa.Array) -> list[pa.Array]:
        """The columns of rows behind the first: guidance, verdict, combination, missing, broken."""
        rows = len(pairs)
        guidances, verdicts, combinations = (np.empty(rows, np.int32) for _ in range(3))
        missing, broken = (np.empty(rows + 1, np.int32) for _ in range(2))
        places, which = np.full(len(self._texts), -1, np.int32), np.empty(len(self._texts), np.int32)
        used, texts, size, more_texts, more_size = lay_out(
            pairs, self.guidances.array, self.verdicts.array, self._combination.array, self._missing.listed,
            self._broken.listed, places, which, guidances, verdicts, combinations, missing, broken,
        )  # fmt: skip
        if len(self._words) < len(self._texts):
            self._words = pa.array(self._texts, pa.string())
        return [
            _words(guidances, ids),
            _words(verdicts, _VERDICTS),
            _words(combinations, self._words.take(pa.array(which[:used]))),
            self._missing.of(pairs, missing, texts, size),
            self._broken.of(pairs, broken, more_texts, more_size),
        ]


def _words(indices: Array, values: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(indices), values, safe=False)


class _Lists:
    """Lists of texts by number."""

    def __init__(self) -> None:
        self._listed, self._texts, self._letters = Growing(np.int32, 4), Growing(np.int32), Growing(np.uint8)

    def clear(self) -> None:
        """Forget them."""
        for each in (self._listed, self._texts, self._letters):
            each.clear()

    def add(self, lists: Sequence[Sequence[str]]) -> None:
        """Add the lists of the next numbers."""
        told = [[text.encode() for text in texts] for texts in lists]
        counts = np.array([len(texts) for texts in told], np.int32)
        sizes = np.array([sum(map(len, texts)) for texts in told], np.int32)
        first, letter = len(self._texts), len(self._letters)
        rows = (counts, first + np.cumsum(counts) - counts, letter + np.cumsum(sizes) - sizes, sizes)
        self._listed.add(np.stack(rows, axis=1))
        every = [text for texts in told for text in texts]
        ends = np.cumsum([len(text) for text in every], dtype=np.int32)
        self._texts.add(letter + ends - np.array([len(text) for text in every], np.int32))
        self._letters.add(np.frombuffer(b"".join(every), np.uint8))

    @property
    def listed(self) -> Array:
        """For each number how many texts its list has, the first of these, their first letter and their letters."""
        return self._listed.array

    def of(self, numbers: Array, ends: Array, count: int, size: int) -> pa.Array:
        """The lists of some numbers as an Arrow array. They end at `ends`, behind a 0, and have so many texts and
        letters.
        """
        starts, letters = np.empty(count + 1, np.int32), np.empty(size + SPARE, np.uint8)
        starts[0] = 0
        if count:
            letters_of = self._letters.with_spare(SPARE)
            spread(numbers, self._listed.array, self._texts.array, letters_of, starts, letters)
        texts = pa.StringArray.from_buffers(count, pa.py_buffer(starts), pa.py_buffer(letters[:size]))
        return pa.ListArray.from_arrays(pa.array(ends), texts)
