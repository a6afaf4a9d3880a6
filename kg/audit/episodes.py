"""Episodes of any layout as batches of one shape (`kg.audit.shapes.EPISODES`), streamed in bounded memory.

reading = EpisodeFiles([Path("apc/")], classification=codes)
for batch in reading.batches(): ...
reading.tally.warnings()
"""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kg.audit import long_tables
from kg.audit.cells import Cells, Ints, text_buffers
from kg.audit.columns import carried_column, faults_told, identifier, texts, years_as_written
from kg.audit.days import Days, financial_years
from kg.audit.finding import Found, find, of_table, plain
from kg.audit.kernels.identifiers import may_lack
from kg.audit.kernels.texts import IMPOSSIBLE
from kg.audit.layouts import Layouts, shipped
from kg.audit.read_tally import Doubles, Tally
from kg.audit.shapes import EPISODES
from kg.audit.sources import Source, sources
from kg.audit.unread import look_for_codes
from kg.codes import Classification
from kg.errors import KgError, Place, nearest
from kg.expression.recommendation import Side
from kg.reason.record import MOST_CODES

pc: Any = import_module("pyarrow.compute")  # its functions are made at run time: no checker knows them

BATCH = 1 << 17
"""Episodes of a batch, at least, but for the last."""
_BETWEEN = r"[\s,;|]+"
_SIDES = ((Side.PROCEDURE, "procedures"), (Side.DIAGNOSIS, "diagnoses"))


@dataclass(slots=True)
class _Held:
    """What was read and is not yet a batch: how many codes each episode has, and the numbers of the codes."""

    episodes: list[Any] = field(default_factory=list[Any])
    lengths: dict[Side, list[Ints]] = field(default_factory=lambda: {side: [] for side in Side})
    numbers: dict[Side, list[Ints]] = field(default_factory=lambda: {side: [] for side in Side})
    days: list[Any] = field(default_factory=list[Any])
    carried: list[list[Any]] = field(default_factory=list[list[Any]])
    rows: int = 0


class EpisodeFiles:
    """Files of episodes to be read once. What was odd stands in `tally`, complete when the last batch has come.

    Args:
        paths: files and folders.
        layouts: the layouts to look for; the shipped ones if None.
        layout: the name of the one layout to take.
        columns: columns of roles by name, before what the layout says.
        table: the table of a database.
        carry: columns to be handed on: `year`, `provider` or a column by its name. Nothing else leaves the file.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        classification: Classification | None = None,
        layouts: Layouts | None = None,
        layout: str | None = None,
        columns: Mapping[str, Sequence[str]] | None = None,
        table: str | None = None,
        carry: Sequence[str] = (),
        batch: int = BATCH,
    ) -> None:
        """Open all files and find their layouts.

        Raises:
            KgError: KG-E0201, KG-E1220, KG-E1221, KG-E1223; the fault of the only file there is.
        """
        self._layouts = layouts or shipped()
        self._cells = Cells(self._layouts, classification)
        self._days = Days(self._layouts)
        self._carry, self._batch = tuple(carry), batch
        self._doubles = Doubles(secrets.randbits(63))
        self.tally = Tally(odd=self._cells.odd)
        opened, self.tally.faults = sources(paths, table)
        self.tally.files = len(opened)
        self.found = [(s, self._find(s, layout, columns, opened)) for s in opened]
        if not opened:
            raise self.tally.faults[0] if len(self.tally.faults) == 1 else _none(paths, self.tally.faults)

    @property
    def schema(self) -> pa.Schema:
        """The schema of the batches: that of all audits, then the columns that are carried along."""
        return pa.schema([*EPISODES, *(pa.field(name, pa.string()) for name in self._carry)])

    @property
    def share(self) -> float | None:
        """How much has been read, from 0 to 1; None where that cannot be told: of packed files, and of tables with a
        row for each code, which are read to their end first.
        """
        if any(s.share is None or f.layout.by_code for s, f in self.found):
            return None
        every = sum(s.bytes for s, _ in self.found)
        return sum((s.share or 0) * s.bytes for s, _ in self.found) / every if every else None

    def _find(
        self, source: Source, layout: str | None, columns: Mapping[str, Sequence[str]] | None, every: Sequence[Source]
    ) -> Found:
        given = columns or {}
        try:
            found = find(source.columns, self._layouts, layout, given, source.name)
        except KgError:
            # What is said of tables with a row for each code may be said of another of them.
            own = of_table(given, source.columns, [s.columns for s in every])
            if own == given:
                raise
            found = find(source.columns, self._layouts, layout, own, source.name)
            if not found.layout.by_code:
                raise
        look_for_codes(source, found, self._layouts, given)
        self.tally.told_of_columns(found.notes, found.of("unread"), (*source.remarks, *_facts(source, found)))
        source.single = found.of("episode") if not found.layout.by_code else ()
        for name in self._carry:
            if not (carried_column(found, name, source.columns) or (name == "year" and found.of("date"))):
                if found.layout.by_code:
                    continue  # one of several tables of the same episodes may have it
                near = nearest(name, list(source.columns), 1)
                hint = f"Did you mean {near[0]}?" if near else f"Say which: --column {name}=COLUMN."
                raise KgError("KG-E1220", f'no column "{name}" to carry along', where=Place(source.name), hint=hint)
        return found

    def batches(self) -> Generator[pa.RecordBatch, None, None]:
        """The episodes in the order of the files, each code as `str(Code)` prints it.

        A file that cannot be read, or not to its end, is told among `tally.faults`, and the next is read.

        Raises:
            KgError: KG-E1225 for a column of a type that cannot be what it is named for.
        """
        held = _Held()
        for rows in self._tables():
            self._take(rows, held)
            if held.rows >= self._batch:
                yield self._flush(held)
                held = _Held()
        if held.rows:
            yield self._flush(held)
        self.tally.doubled = self._doubles.count()

    def _tables(self) -> Iterator[_Rows]:
        """The rows of all files: one for each episode first, then those of tables of codes, gathered by episode."""
        for source, found in self.found:
            if not found.layout.by_code:
                yield from self._wide(source, found)
        by_code = [(s, f) for s, f in self.found if f.layout.by_code]
        if by_code:
            for gathered in long_tables.gathered(by_code, self._days, self._carry, self.tally, self._cells):
                yield _Rows(*gathered)

    def _wide(self, source: Source, found: Found) -> Iterator[_Rows]:
        identifiers, day = found.of("episode"), found.of("date")
        carried = [(name, carried_column(found, name, source.columns)) for name in self._carry]
        every = (*identifiers, *day, *(c for _, c in carried if c), *(c for _, r in _SIDES for c in found.of(r)))
        wanted = list(dict.fromkeys(every))
        seen = 0
        for batch in faults_told(source, wanted, self.tally):
            seen += batch.num_rows
            days = self._days.first_of(batch, day, self.tally) if day else None
            codes = {side: self._side(batch, found, role, side, source) for side, role in _SIDES}
            told = [
                financial_years(days, batch.num_rows) if column is None else years_as_written(batch, name, column)
                for name, column in carried
            ]
            self.tally.touched += int(np.logical_or(*(touched for _, _, touched in codes.values())).sum())
            yield _Rows(
                identifier(batch, identifiers, source.name),
                {side: (lengths, numbers) for side, (lengths, numbers, _) in codes.items()},
                days,
                told,
                {side: touched & (lengths == 0) for side, (lengths, _, touched) in codes.items()},
            )
        self.tally.skipped += source.skipped
        self.tally.facts += source.facts
        if not seen and not any(f.where and f.where.source == source.name for f in self.tally.faults):
            self.tally.empty.append(source.name)

    def _side(self, batch: Any, found: Found, role: str, side: Side, source: Source) -> tuple[Ints, Ints, Any]:
        """The codes of one side of a batch: how many each episode has, their numbers, rows with impossible ones."""
        columns = [(name, batch.column(batch.schema.get_field_index(name))) for name in found.of(role)]
        if not columns:
            return np.zeros(batch.num_rows, np.int32), np.empty(0, np.int32), np.zeros(batch.num_rows, bool)
        joined = len(columns) == 1 and plain(columns[0][0])[-1:].isalpha()
        one = columns[0][1]
        if len(columns) == 1 and (joined or pa.types.is_nested(one.type)):
            return self._joined(one, side, source.name, columns[0][0])
        return self._cells.lists([texts(column, source.name, name) for name, column in columns], side)

    def _joined(self, column: Any, side: Side, source: str, name: str) -> tuple[Ints, Ints, Any]:
        """A column whose cells hold several codes each: a list, or a text with something between them."""
        if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
            cells = column
        else:
            text = texts(column, source, name).cast(pa.string()).fill_null("")
            cells = pc.split_pattern_regex(pc.utf8_trim_whitespace(text), _BETWEEN)
        lengths = pc.list_value_length(cells).fill_null(0).to_numpy(zero_copy_only=False)
        numbers = self._cells.numbers(texts(cells.flatten(), source, name), side)
        rows = np.repeat(np.arange(len(lengths)), lengths)
        kept = numbers >= 0
        touched = np.zeros(len(lengths), bool)
        touched[rows[numbers == IMPOSSIBLE]] = True
        return np.bincount(rows[kept], minlength=len(lengths)).astype(np.int32), numbers[kept], touched

    # ---- rows to batches

    def _take(self, rows: _Rows, held: _Held) -> None:
        count = len(rows.episodes)
        episodes = self._named(rows.episodes, count)
        self._doubles.add(episodes)
        self.tally.episodes += count
        rows = self._readable(replace(rows, episodes=episodes))
        count = len(rows.episodes)
        held.episodes.append(rows.episodes)
        for side in Side:
            lengths, numbers = _at_most(*rows.codes[side])
            self.tally.cut += int((rows.codes[side][0] > MOST_CODES).sum())
            self.tally.codes[side] += len(numbers)
            held.lengths[side].append(lengths)
            held.numbers[side].append(numbers)
        days = pa.nulls(count, pa.date32()) if rows.days is None else rows.days
        self.tally.no_day += days.null_count
        held.days.append(days)
        held.carried.append(rows.carried)
        held.rows += count

    def _readable(self, rows: _Rows) -> _Rows:
        """The episodes of which something can be read on each side that has anything: of another it is not known what
        was done, which is not the same as that nothing was.
        """
        lost = np.logical_or(*rows.unreadable.values())
        if not lost.any():
            return rows
        for side, unreadable in rows.unreadable.items():
            self.tally.unreadable[side] += int(unreadable.sum())
        kept = pa.array(~lost)
        codes = {side: (ls[~lost], ns[np.repeat(~lost, ls)]) for side, (ls, ns) in rows.codes.items()}
        days = rows.days if rows.days is None else rows.days.filter(kept)
        carried = [told.filter(kept) for told in rows.carried]
        return _Rows(rows.episodes.filter(kept), codes, days, carried, rows.unreadable)

    def _named(self, episodes: Any, count: int) -> Any:
        """The identifiers; an episode without one is called by its number."""
        if not episodes.null_count and not may_lack(*text_buffers(episodes)):
            return episodes
        absent = pc.or_(pc.is_null(episodes), pc.equal(pc.utf8_trim_whitespace(episodes.fill_null("")), ""))
        if not pc.any(absent).as_py():
            return episodes
        self.tally.unnamed += int(pc.sum(absent).as_py())
        first = self.tally.episodes + 1
        return pc.if_else(absent, pa.array([f"#{n}" for n in range(first, first + count)]), episodes)

    def _flush(self, held: _Held) -> pa.RecordBatch:
        columns: list[Any] = [_joined(held.episodes)]
        for side, role in _SIDES:
            lengths, codes = (
                each[0] if len(each) == 1 else np.concatenate(each) for each in (held.lengths[side], held.numbers[side])
            )
            offsets = np.zeros(len(lengths) + 1, np.int32)
            np.cumsum(lengths, out=offsets[1:])
            numbers = pa.array(codes)
            codes = pa.DictionaryArray.from_arrays(numbers, self._cells.dictionary(side), safe=False)
            columns.append(pa.ListArray.from_arrays(pa.array(offsets), codes, type=EPISODES.field(role).type))
        columns.append(_joined(held.days))
        columns += [_joined([told[i] for told in held.carried]) for i in range(len(self._carry))]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Episodes as they were read: identifiers, codes of each side, days, columns carried along, and whether a side has
    cells of which none is a code.
    """

    episodes: Any
    codes: Mapping[Side, tuple[Ints, Ints]]
    days: Any
    carried: list[Any]
    unreadable: Mapping[Side, Any]


def _facts(source: Source, found: Found) -> list[tuple[str, str]]:
    """What is told of a column with facts of single episodes, which `kg check` takes."""
    own = [n for n in source.columns if plain(n) == "context" and n not in found.of("unread")]
    return [("KG-W1261", f"the facts of single episodes in the column {n} are not taken") for n in own]


def _joined(arrays: Sequence[Any]) -> Any:
    return arrays[0] if len(arrays) == 1 else pa.concat_arrays(arrays)


def _at_most(lengths: Ints, numbers: Ints) -> tuple[Ints, Ints]:
    """Codes of each episode, cut at the most that a record may have."""
    if not len(lengths) or lengths.max() <= MOST_CODES:
        return lengths, numbers
    starts = np.cumsum(lengths) - lengths
    place = np.arange(len(numbers)) - np.repeat(starts, lengths)
    return np.minimum(lengths, MOST_CODES).astype(np.int32), numbers[place < MOST_CODES]


def _none(paths: Sequence[Path], faults: Sequence[KgError]) -> KgError:
    why = f"{len(faults)} files could not be read; the first: {faults[0].what}" if faults else ""
    return KgError(
        "KG-E1223", "no file of episodes can be read", where=Place(str(paths[0])) if paths else None, why=why
    )
