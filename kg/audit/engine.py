"""Episodes against guidances: the verdicts that `kg check` gives, for a batch at a time.

Candidates are found by main codes. For each guidance the candidates' signatures are told apart (`kg.audit.signatures`),
each distinct one is checked once by the checker itself, and its outcome is what all episodes of that signature have.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kg.audit.entries import Entries, Numbers
from kg.audit.outcomes import NOT_GIVEN, Checking, Outcome, SideOutcomes
from kg.audit.scope import Scopes
from kg.audit.setting_aside import set_aside
from kg.audit.shapes import EPISODES, VERDICTS
from kg.audit.vocabulary import Vocabulary
from kg.codes import Classification
from kg.expression.condition import NOTHING_KNOWN, Context
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.breaking import states_nothing
from kg.reason.candidates import Candidates
from kg.reason.prepared import Kept
from kg.reason.verdict import GuidanceVerdict, SideVerdict, Verdict

_EPOCH = 719163
"""The ordinal of 1970-01-01, from which Arrow counts days."""

_KEPT = 1_000_000
"""Signatures whose outcomes are kept from batch to batch; then all are forgotten and begun anew."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the rows of one guidance say that have the same outcome on both sides."""

    guidance: int
    verdict: Verdict
    combination: str
    missing: tuple[str, ...]
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows before they are written: the guidance, the episode's number in the batch, the number of what is told, and
    the outcomes of both sides.
    """

    guidance: Numbers
    episode: Numbers
    told: Numbers
    outcomes: tuple[Numbers, Numbers]

    def where(self, which: Numbers) -> Rows:
        """Some of the rows."""
        procedure, diagnosis = self.outcomes
        return Rows(self.guidance[which], self.episode[which], self.told[which], (procedure[which], diagnosis[which]))


class Auditor:
    """Holds batches of episodes against some guidances.

    Args:
        recommendations: all that the store has, or the one that is asked about.
        applied: the standards that are applied; None: as printed.
        context: what is known of every episode.
        everything: keep incomplete verdicts that a valid one explains (`check_all` sets them aside).
    """

    def __init__(
        self,
        recommendations: Iterable[Recommendation],
        classification: Classification,
        applied: Applied | None,
        context: Context = NOTHING_KNOWN,
        *,
        everything: bool = False,
    ) -> None:
        self.everything = everything
        chapters = classification.chapters
        stated = applied.stated if applied else states_nothing
        self._candidates = Candidates.of(recommendations, chapters)
        self.recommendations: Sequence[Recommendation] = self._candidates.recommendations
        self._scopes = Scopes(applied, chapters, context)
        self._checking = Checking(
            classification, applied, context, self._scopes.days.examples, Kept(classification, applied)
        )
        self._vocabularies = {side: Vocabulary(side.scheme, classification, stated) for side in Side}
        self._leading = {side: _Leading(self._candidates, side, self._vocabularies[side]) for side in Side}
        self._sides: dict[tuple[int, Side], SideOutcomes | None] = {}
        self._told: list[Told] = []
        self._numbers: dict[tuple[int, int, int], int] = {}
        self._today = applied.day if applied else None

    @property
    def checked(self) -> int:
        """How many signatures of sides were checked, of those that are kept."""
        return sum(len(found.outcomes) - 1 for found in self._sides.values() if found)

    def verdicts(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows of `VERDICTS` for a batch of `EPISODES`; further columns of the batch are carried along.

        Raises:
            KgError: KG-E0412 or KG-E0413 for a text among the codes that is none.
        """
        if self.checked > _KEPT:
            self._forget()
        sides = {
            Side.PROCEDURE: self._entries(batch, "procedures", Side.PROCEDURE),
            Side.DIAGNOSIS: self._entries(batch, "diagnoses", Side.DIAGNOSIS),
        }
        rows = self._rows(sides, self._days(batch))
        if not self.everything:
            verdicts = np.array([_ORDER[t.verdict] for t in self._told], np.int64)
            dropped = set_aside(rows, verdicts[rows.told] if len(rows.told) else rows.told, sides, self._side)
            rows = rows.where(np.flatnonzero(~dropped))
        rows = rows.where(np.argsort(rows.episode, kind="stable"))
        return self._written(rows, batch)

    @staticmethod
    def schema(episodes: pa.Schema) -> pa.Schema:
        """The schema of the rows for episodes of a schema: columns that are carried along stand last."""
        return pa.schema([*VERDICTS, *(field for field in episodes if field.name not in EPISODES.names)])

    def _forget(self) -> None:
        for side in self._sides.values():
            if side:
                side.forget()
        self._told.clear()
        self._numbers.clear()

    def _entries(self, batch: pa.RecordBatch, column: str, side: Side) -> Entries:
        lists = batch.column(column)
        starts = lists.offsets.to_numpy(zero_copy_only=False).astype(np.int64)
        words = lists.values.slice(starts[0], starts[-1] - starts[0])
        numbers = self._vocabularies[side].numbers(words.dictionary.to_pylist())
        indices = words.indices.to_numpy(zero_copy_only=False)
        return Entries(starts - starts[0], numbers[indices] if len(indices) else np.zeros(0, np.int64))

    def _days(self, batch: pa.RecordBatch) -> Numbers:
        """The class of days of each episode."""
        changes = np.array([d.toordinal() - _EPOCH for d in self._scopes.days.changes], np.int64)
        today = self._today.toordinal() - _EPOCH if self._today else 0
        dates = batch.column("date").cast(pa.int32()).fill_null(today).to_numpy(zero_copy_only=False)
        return np.searchsorted(changes, dates.astype(np.int64), side="right")

    def _rows(self, sides: dict[Side, Entries], days: Numbers) -> Rows:
        """A row for each episode and guidance that applies to it, by guidance, then by episode."""
        n = len(days)
        pairs = self._pairs(sides, n)
        guidances, episodes = np.divmod(pairs, n) if n else (pairs, pairs)
        begin = np.searchsorted(guidances, np.arange(len(self.recommendations) + 1))
        found: list[Rows] = []
        for g in np.flatnonzero(np.diff(begin)).tolist():
            mine = episodes[begin[g] : begin[g + 1]]
            both: list[Numbers] = []
            for side in Side:
                outcomes = self._side(g, side)
                both.append(outcomes.of(sides[side], mine, days[mine]) if outcomes else np.zeros(len(mine), np.int64))
            told = self._numbered(g, both[0], both[1])
            rows = Rows(np.full(len(mine), g), mine, told, (both[0], both[1]))
            found.append(rows.where(np.flatnonzero(told >= 0)))
        if not found:
            nothing = np.zeros(0, np.int64)
            return Rows(nothing, nothing, nothing, (nothing, nothing))
        return Rows(
            np.concatenate([r.guidance for r in found]),
            np.concatenate([r.episode for r in found]),
            np.concatenate([r.told for r in found]),
            (np.concatenate([r.outcomes[0] for r in found]), np.concatenate([r.outcomes[1] for r in found])),
        )

    def _pairs(self, sides: dict[Side, Entries], n: int) -> Numbers:
        """The guidances and episodes that could be about each other (`Candidates.about`), as guidance x n + episode."""
        procedures, diagnoses = sides[Side.PROCEDURE], sides[Side.DIAGNOSIS]
        found = [self._leading[Side.PROCEDURE].pairs(procedures, n, np.ones(n, np.bool_))]
        without = procedures.lengths == 0
        leading = self._leading[Side.DIAGNOSIS]
        found.append(leading.pairs(diagnoses, n, without))
        found.append(leading.pairs(diagnoses, n, ~without, self._candidates.undecided))
        every = np.sort(np.concatenate(found))  # several times faster here than np.unique
        return every[np.flatnonzero(np.diff(every, prepend=-1))]

    def _side(self, guidance: int, side: Side) -> SideOutcomes | None:
        """The outcomes of a side; None where the guidance says nothing on it."""
        if (guidance, side) not in self._sides:
            r, vocabulary = self.recommendations[guidance], self._vocabularies[side]
            scope = self._scopes.of(r, side)
            self._sides[guidance, side] = SideOutcomes(r, side, scope, vocabulary, self._checking) if scope else None
        return self._sides[guidance, side]

    def _numbered(self, guidance: int, procedure: Numbers, diagnosis: Numbers) -> Numbers:
        """The number of what is told of each pair of outcomes; -1 where the guidance does not apply."""
        width = int(diagnosis.max()) + 1
        distinct, inverse = np.unique(procedure * width + diagnosis, return_inverse=True)
        numbers: list[int] = []
        for one in distinct.tolist():
            key = guidance, *divmod(one, width)
            if key not in self._numbers:
                told = self._both(*key)
                self._numbers[key] = len(self._told) if told else -1
                self._told += [told] if told else []
            numbers.append(self._numbers[key])
        return np.array(numbers, np.int64)[inverse]

    def _both(self, guidance: int, procedure: int, diagnosis: int) -> Told | None:
        found: list[Outcome] = []
        for side, number in zip(Side, (procedure, diagnosis), strict=True):
            outcomes = self._side(guidance, side)
            found.append(outcomes.outcomes[number] if outcomes else NOT_GIVEN)
        one, other = (SideVerdict(side, o.verdict, ()) for side, o in zip(Side, found, strict=True))
        verdict = GuidanceVerdict(self.recommendations[guidance].id, "", one, other).verdict
        if verdict is Verdict.NOT_APPLICABLE:
            return None
        combination = found[0].combination
        if found[1].combination:
            combination = f"{combination} / {found[1].combination}".lstrip()
        missing = (*found[0].missing, *found[1].missing)
        return Told(guidance, verdict, combination, missing, (*found[0].broken, *found[1].broken))

    def _written(self, rows: Rows, batch: pa.RecordBatch) -> pa.RecordBatch:
        used = np.flatnonzero(np.bincount(rows.told, minlength=len(self._told)))
        told = np.searchsorted(used, rows.told)
        what = [self._told[n] for n in used.tolist()]
        verdicts = list(_ORDER)
        combinations = {text: n for n, text in enumerate(dict.fromkeys(t.combination for t in what))}
        at = pa.array(told)

        def words(numbers: list[int], values: list[str]) -> pa.Array:
            indices = np.array(numbers, np.int32)[told] if numbers else np.zeros(0, np.int32)
            return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), pa.array(values, pa.string()))

        texts = pa.list_(pa.string())
        of = pa.array(rows.episode)
        columns = [
            batch.column("episode").take(of),
            words([t.guidance for t in what], [r.id for r in self.recommendations]),
            words([verdicts.index(t.verdict) for t in what], [v.value for v in verdicts]),
            words([combinations[t.combination] for t in what], list(combinations)),
            pa.array([t.missing for t in what], texts).take(at),
            pa.array([t.broken for t in what], texts).take(at),
            *(batch.column(name).take(of) for name in batch.schema.names if name not in EPISODES.names),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema(batch.schema))


_ORDER = {Verdict.VALID: 0, Verdict.INCOMPLETE: 1, Verdict.CONTRADICTED: 2}


class _Leading:
    """For each code of the vocabulary the guidances that it could lead on one side."""

    def __init__(self, candidates: Candidates, side: Side, vocabulary: Vocabulary) -> None:
        self._index, self._vocabulary = candidates.leading[side], vocabulary
        self._lists: list[list[int]] = []
        self._all: dict[frozenset[int] | None, tuple[Numbers, Numbers]] = {}

    def _of(self, among: frozenset[int] | None) -> tuple[Numbers, Numbers]:
        """Where the guidances of each code begin, and the guidances, one code after the other."""
        codes = self._vocabulary.codes
        if len(self._lists) < len(codes):
            self._lists += [sorted(self._index.covering([code])) for code in codes[len(self._lists) :]]
            self._all.clear()
        if among not in self._all:
            lists = [[g for g in each if among is None or g in among] for each in self._lists]
            starts = np.cumsum([0, *map(len, lists)])
            self._all[among] = starts, np.array([g for each in lists for g in each], np.int64)
        return self._all[among]

    def pairs(
        self,
        entries: Entries,
        n: int,
        asked: np.ndarray[tuple[int], np.dtype[np.bool_]],
        among: frozenset[int] | None = None,
    ) -> Numbers:
        """Guidance x n + episode for the codes of the episodes asked about; a pair can come twice."""
        starts, guidances = self._of(among)
        lengths = np.diff(starts)
        if not len(guidances) or not asked.any():
            return np.zeros(0, np.int64)
        counts = lengths[entries.codes]
        leads = np.flatnonzero(counts)
        episodes = np.searchsorted(entries.starts, leads, side="right") - 1
        inside = asked[episodes]
        leads, episodes = leads[inside], episodes[inside]
        counts = counts[leads]
        every = np.repeat(starts[entries.codes[leads]] - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        return guidances[every] * n + np.repeat(episodes, counts)


__all__ = ["Auditor"]
