"""Episodes against guidances: the verdicts that `kg check` gives, for a batch at a time.

Candidates are found by main codes, and for each side of each the signature of the record is made (`kg.audit.scope`,
`kg.audit.tables`): compiled loops do so for all episodes of a batch (`kg.audit.kernels`). Each signature is checked
once by the checker itself (what it says before it comes to rules, once for all that only rules tell apart), and its
outcome is what all episodes of that signature have.
"""

from __future__ import annotations

import atexit
import datetime
import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import pairwise

import numpy as np
import pyarrow as pa

from kg.audit.growing import Array, enlarged
from kg.audit.kernels import arrays, judging, rooms
from kg.audit.kernels.arrays import Desk, Entries, Pairs, Rows, Signatures
from kg.audit.kernels.candidates import touched
from kg.audit.kernels.settling import settle
from kg.audit.outcomes import Asked, Checking, Outcome, Outcomes, Told
from kg.audit.scope import Scopes
from kg.audit.shapes import EPISODES, VERDICTS
from kg.audit.tables import CodeTables, Days, LeadTables, RuleTables, SideTables, words
from kg.audit.vocabulary import Vocabulary
from kg.codes import Classification
from kg.expression.condition import NOTHING_KNOWN, Context
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.breaking import states_nothing
from kg.reason.candidates import Candidates
from kg.reason.prepared import Kept

_EPOCH = 719163
"""The ordinal of 1970-01-01, from which Arrow counts days."""

_KEPT = 1_000_000
"""Signatures whose outcomes are kept from batch to batch; then all are forgotten and begun anew."""

_MANY = 100
"""New signatures that are worth the trouble of keeping the search for cycles away."""

_SIDES = tuple(Side)


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
        candidates = Candidates.of(recommendations, chapters)
        self.recommendations: Sequence[Recommendation] = candidates.recommendations
        self._ids = pa.array([r.id for r in self.recommendations], pa.string())
        self._scopes = scopes = Scopes(applied, chapters, context)
        self._checking = Checking(classification, applied, context, scopes.days.examples, Kept(classification, applied))
        self._days = Days(scopes.days)
        self._vocabularies = [Vocabulary(side.scheme, classification, stated) for side in _SIDES]
        self._leads = [
            LeadTables(v, candidates.leading[side], len(scopes.days.examples))
            for v, side in zip(self._vocabularies, _SIDES, strict=True)
        ]
        self._undecided = LeadTables(self._vocabularies[1], candidates.leading[Side.DIAGNOSIS], 0, candidates.undecided)
        self._sides = [SideTables(len(self.recommendations), scopes.rules, chapters, self._days) for _ in _SIDES]
        self._codes = [
            CodeTables(v, scopes.rules, chapters, side.named)
            for v, side in zip(self._vocabularies, self._sides, strict=True)
        ]
        self._rules = [RuleTables(scopes.rules, v, chapters, self._days) for v in self._vocabularies]
        self._outcomes, self._told = Outcomes(), Told()
        self._rows = rooms.rows()
        self._signatures, self._pairs = self._none()
        self._today = applied.day if applied else None
        self._dictionaries: list[tuple[pa.Array, Array | None] | None] = [None, None]

    @property
    def checked(self) -> int:
        """How many signatures of sides were checked, of those that are kept."""
        return len(self._outcomes.listed) - 1

    def verdicts(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows of `VERDICTS` for a batch of `EPISODES`; further columns of the batch are carried along.

        Raises:
            KgError: KG-E0412 or KG-E0413 for a text among the codes that is none.
        """
        return self.placed(batch)[1]

    def placed(self, batch: pa.RecordBatch) -> tuple[Array, pa.RecordBatch]:
        """The same rows, and for each the place of its episode in the batch."""
        if self.checked > _KEPT:
            self._forget()
        # Of the first batch all is new: codes, guidances, signatures.
        with nullcontext() if self.checked else uncollected():
            entries = [self._entries(batch, "procedures", 0), self._entries(batch, "diagnoses", 1)]
            for tables in (*self._codes, *self._leads, self._undecided, *self._rules):
                tables.update()
            longest = max(int(np.diff(each.starts).max(initial=0)) for each in entries)
            desk = rooms.desk(len(self.recommendations), longest, words(self._scopes.rules))
            self._make_ready(entries, desk)
        rows = self._judged(entries, day_classes(batch, self._scopes.days.changes, self._today), desk)
        told = settle(
            len(rows.episode),
            rows,
            self._told.verdicts.array,
            self._pairs.keys,
            self._pairs.guidance,
            self.everything,
            *self._both(entries),
            self._outcomes.start.array,
            self._outcomes.explained.array,
            desk,
            np.zeros((len(self.recommendations), 2 * -(-longest // 64)), np.uint64),
        )
        episodes = rows.episode[:told]
        return episodes, self._written(episodes, rows.pair[:told], batch)

    @staticmethod
    def schema(episodes: pa.Schema) -> pa.Schema:
        """The schema of the rows for episodes of a schema: columns that are carried along stand last."""
        return pa.schema([*VERDICTS, *(field for field in episodes if field.name not in EPISODES.names)])

    def _forget(self) -> None:
        self._checking.clear()
        self._outcomes.clear()
        self._told.clear()
        for each in self._leads:
            each.forget()
        self._signatures, self._pairs = self._none()

    def _none(self) -> tuple[Signatures, Pairs]:
        """Room for signatures and pairs of outcomes."""
        return rooms.signatures(), rooms.pairs(len(self.recommendations), len(self._scopes.days.examples))

    def _entries(self, batch: pa.RecordBatch, column: str, side: int) -> Entries:
        lists = batch.column(column)
        starts = lists.offsets.to_numpy(zero_copy_only=False).view(np.uint32)
        words = lists.values.slice(starts[0], starts[-1] - starts[0])
        last = self._dictionaries[side]
        if last is None or not words.dictionary.equals(last[0]):
            numbers = self._vocabularies[side].numbers(words.dictionary.to_pylist()).astype(np.int32)
            # A dictionary that grows from batch to batch, as readers have it, has the numbers that it gets here.
            same = np.array_equal(numbers, np.arange(len(numbers)))
            last = self._dictionaries[side] = words.dictionary, None if same else numbers
        indices = words.indices.to_numpy(zero_copy_only=False)
        codes = indices if last[1] is None or not len(indices) else last[1][indices]
        return Entries(starts - starts[0] if starts[0] else starts, codes.view(np.uint32))

    def _side(self, entries: Sequence[Entries], n: int) -> arrays.Side:
        return arrays.Side(
            entries[n], self._codes[n].table, self._leads[n].table, self._sides[n].table, self._rules[n].table
        )

    def _both(self, entries: Sequence[Entries]) -> tuple[arrays.Side, arrays.Side]:
        return self._side(entries, 0), self._side(entries, 1)

    def _make_ready(self, entries: Sequence[Entries], desk: Desk) -> None:
        """Make the guidances ready that an episode could be about and that are not yet."""
        if self._sides[0].table.state.all():
            return
        found = np.zeros(len(self.recommendations), np.bool_)
        touched(*self._both(entries), self._undecided.table, desk, found)
        guidances = np.flatnonzero(found & (self._sides[0].table.state == 0)).tolist()
        for tables, side in zip(self._sides, _SIDES, strict=True):
            tables.add({guidance: self._scopes.of(self.recommendations[guidance], side) for guidance in guidances})
        for codes in self._codes:
            codes.update()

    def _judged(self, entries: Sequence[Entries], days: Array, desk: Desk) -> Rows:
        """A row for each episode and guidance that it could be about; all that is new in them is checked."""
        rows = self._rows
        how, episode, count = judging.FULL, 0, 0
        before, pairs_before = self.checked, len(self._told.verdicts)
        while how != judging.DONE:
            sides = self._both(entries)
            how, episode, count = judging.judge(
                episode, count, *sides, self._undecided.table, days, self._days.table, self._signatures, self._pairs,
                rows, desk,
            )  # fmt: skip
            if how == judging.NEW_RULES:
                side = int(desk.bits[2, 0])
                self._rules[side].add(desk.bits[side].copy())
                self._rules[side].update()
            elif how == judging.FULL:
                rows, self._signatures, self._pairs = self._roomier(rows, count, desk)
        try:
            with uncollected() if int(self._signatures.counts[0]) - before > _MANY else nullcontext():
                self._check(entries, days, before)
                self._tell(pairs_before)
        except BaseException:
            self._forget()  # a number without an outcome would mean another one's
            raise
        self._rows = rows  # room that the next batch has use for
        return Rows(*(each[:count] for each in rows))

    def _roomier(self, rows: Rows, count: int, desk: Desk) -> tuple[Rows, Signatures, Pairs]:
        """All that the loop writes to, with room for the rows of at least one episode more."""
        guidances = len(self.recommendations)
        if count + guidances > len(rows.episode):
            rows = Rows(*(enlarged(each, 2 * len(each) + guidances) for each in rows))
        known = rooms.more_signatures(self._signatures, guidances, len(desk.symbols))
        return rows, known, rooms.more_pairs(self._pairs, guidances)

    def _check(self, entries: Sequence[Entries], days: Array, before: int) -> None:
        """Check the signatures that are new, on those of the codes that matter (any one code, if none does)."""
        known, first, end = self._signatures, before + 1, int(self._signatures.counts[0]) + 1
        starts = known.start[first : end + 1].tolist()
        # Lists are read faster than arrays, one number at a time.
        symbols = known.symbols[starts[0] : starts[-1]]
        numbers, halves = (each.tolist() for each in (symbols & judging.FIRST_HALF, symbols >> 32))
        spots = known.spots[starts[0] : starts[-1]].tolist()
        episodes = known.first[first:end]
        begins = [each.starts[episodes].tolist() for each in entries]
        sides = [(each.codes, v.codes) for each, v in zip(entries, self._vocabularies, strict=True)]
        found: list[Outcome] = []
        for n, ((begin, stop), day) in enumerate(zip(pairwise(starts), days[episodes].tolist(), strict=True)):
            head, first, end = begin - starts[0], begin - starts[0] + judging.HEADER, stop - starts[0]
            which, rules, days_of_side = numbers[head:first]
            guidance, side = divmod(which, 2)
            (mine, spoken), start = sides[side], begins[side][n]
            places = spots[first:end] or [0]
            asked = Asked(
                guidance,
                tuple([spoken[mine[start + place]] for place in places]),
                tuple(numbers[first:end]),
                day,
                days_of_side,
                rules,
                tuple(halves[first:end]) if rules else (),
                halves[first - 1],
            )
            found.append(self._checking.outcome(self.recommendations[guidance], _SIDES[side], asked))
        self._outcomes.add(found)

    def _tell(self, before: int) -> None:
        """Say what is told of the pairs of outcomes that are new."""
        outcomes, end = self._outcomes.listed, int(self._pairs.counts[0])
        keys = self._pairs.keys[before:end].tolist()
        self._told.add(self._pairs.guidance[before:end], [(outcomes[k >> 32], outcomes[k & 0xFFFFFFFF]) for k in keys])

    def _written(self, episodes: Array, pairs: Array, batch: pa.RecordBatch) -> pa.RecordBatch:
        of = pa.array(episodes)
        columns = [
            batch.column("episode").take(of),
            *self._told.columns(pairs, self._ids),
            *(batch.column(name).take(of) for name in batch.schema.names if name not in EPISODES.names),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema(batch.schema))


def day_classes(batch: pa.RecordBatch, changes: Sequence[datetime.date], today: datetime.date | None) -> Array:
    """For each episode of a batch how many of the changes came before its day, or on it; without a date it is of
    `today`.
    """
    column = batch.column("date")
    days = np.array([d.toordinal() - _EPOCH for d in changes], np.int64)
    given = today.toordinal() - _EPOCH if today else 0
    if not changes or column.null_count == len(column):
        return np.full(len(column), np.searchsorted(days, given, side="right"))
    dates = column.cast(pa.int32()).fill_null(given).to_numpy(zero_copy_only=False)
    return np.searchsorted(days, dates.astype(np.int64), side="right")


# At the end all is searched again: what DuckDB's library holds in cycles would be told as leaked, on standard error.
atexit.register(gc.unfreeze)


@contextmanager
def uncollected() -> Iterator[None]:
    """Without searches for cycles, which go through all guidances and titles again and again while outcomes are made
    (a fifth of the time), and once more behind it, were what was made not set apart from them: it is in no cycle, and
    is freed as soon as it is forgotten.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.enable()
