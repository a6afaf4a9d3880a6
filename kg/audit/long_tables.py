"""Tables with a row for each code, gathered by episode: sorted outside of memory by DuckDB, then cut where the
identifier changes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import pyarrow as pa

from kg.audit.cells import Cells, Ints, shown
from kg.audit.columns import carried_column, faults_told, identifier, texts
from kg.audit.days import Days, financial_years
from kg.audit.finding import Found
from kg.audit.kernels.texts import IMPOSSIBLE
from kg.audit.read_tally import Tally
from kg.audit.sources import Source
from kg.codes import Scheme
from kg.errors import KgError, Place
from kg.expression.recommendation import Side

pc: Any = import_module("pyarrow.compute")  # its functions are made at run time: no checker knows them

_ROWS = 1 << 18
_MEMORY = "512MB"
_SIDES = (Side.PROCEDURE, Side.DIAGNOSIS)
_OF_SCHEME = {Scheme.OPCS4: 0, Scheme.ICD10: 1}
Gathered = tuple[Any, dict[Side, tuple[Ints, Ints]], Any, list[Any], dict[Side, Any]]


def gathered(
    tables: Sequence[tuple[Source, Found]], days: Days, carry: Sequence[str], tally: Tally, cells: Cells
) -> Iterator[Gathered]:
    """The episodes of all tables together, in order of their identifiers: identifiers, codes of each side in order of
    their positions, days, the columns that are carried along, and whether all that a side has is no code.

    A day (the earliest) or a carried value (the first) is that of any row of the episode which has one. Rows lie in a
    temporary folder while they are sorted, which is removed at the end, whatever the end is.
    """
    import duckdb

    schema = pa.schema(
        [
            ("episode", pa.string()), ("side", pa.int8()), ("position", pa.string()), ("code", pa.string()),
            ("day", pa.date32()), *((f"carried{i}", pa.string()) for i in range(len(carry))),
        ]
    )  # fmt: skip
    stream = pa.RecordBatchReader.from_batches(schema, _rows(tables, days, carry, tally, schema))
    with tempfile.TemporaryDirectory(prefix="kg-audit-") as folder, duckdb.connect() as engine:
        settings = {"memory_limit": _MEMORY, "temp_directory": folder, "threads": "2"}
        for name, value in settings.items():
            engine.execute(f"SET {name} = '{value}'")
        engine.register("rows", stream)
        ordered: Any = engine.sql(
            "SELECT * FROM rows ORDER BY episode, side, try_cast(position AS DOUBLE) NULLS LAST, position"
        ).to_arrow_reader(_ROWS)
        held: Any = None
        for batch in ordered:
            table = pa.Table.from_batches([batch])
            if held is not None:
                table = pa.concat_tables([held, table])
            table = table.combine_chunks()
            last = _starts(table)[-1]
            held = table.slice(last)
            if last:
                yield _episodes(table.slice(0, last), cells, tally, carry)
        if held is not None:
            yield _episodes(held, cells, tally, carry)


def _rows(
    tables: Sequence[tuple[Source, Found]], days: Days, carry: Sequence[str], tally: Tally, schema: Any
) -> Iterator[Any]:
    number = 0
    for source, found in tables:
        carried = [carried_column(found, name, source.columns) for name in carry]
        day, (position, system) = found.of("date"), (found.of(role)[:1] for role in ("position", "system"))
        role = next(r for r in ("procedures", "diagnoses", "code") if found.of(r))
        code = found.of(role)[0]
        every = (*found.of("episode"), code, *day, *position, *system, *(c for c in carried if c))
        seen = 0
        for batch in faults_told(source, list(dict.fromkeys(every)), tally):
            at = {name: batch.column(i) for i, name in enumerate(batch.schema.names)}
            size = batch.num_rows
            seen += size
            on = days.first_of(batch, day, tally)
            place = (
                at[position[0]].cast(pa.string())
                if position
                else pa.array(np.arange(number, number + size)).cast(pa.string())
            )
            number += size
            side = _side_of(at[system[0]], source, tally) if role == "code" else None
            if side is None:
                side = pa.array(np.full(size, 0 if role == "procedures" else 1, np.int8))
            columns = [
                identifier(batch, found.of("episode"), source.name),
                side,
                place,
                texts(at[code], source.name, code).cast(pa.string()),
                on,
            ]
            for name, column in zip(carry, carried, strict=True):
                told = financial_years(on, size) if column is None and name == "year" else pa.nulls(size, pa.string())
                columns.append(at[column].cast(pa.string()) if column else told)
            yield pa.RecordBatch.from_arrays(columns, schema=schema)
        tally.skipped += source.skipped
        if not seen and not any(f.where and f.where.source == source.name for f in tally.faults):
            tally.empty.append(source.name)


def _side_of(column: Any, source: Source, tally: Tally) -> Any:
    """The side of each row by the name of its classification; null, and told, for one that is neither."""
    encoded = column.cast(pa.string()).dictionary_encode()
    sides: list[int | None] = []
    for name in encoded.dictionary.to_pylist():
        try:
            sides.append(_OF_SCHEME[Scheme.named(name)])
        except KgError as fault:
            sides.append(None)
            what = f'rows of the classification "{shown(name)}" are left out'
            tally.notes.append(f"{source.name}: {what}" if not fault.hint else f"{source.name}: {what} ({fault.hint})")
    if not any(side is not None for side in sides) and len(encoded):
        raise KgError("KG-E1225", "no row is of OPCS-4 or ICD-10", where=Place(source.name))
    return pa.array(sides, pa.int8()).take(encoded.indices)


def _starts(table: Any) -> Any:
    """Where each episode begins. A row without identifier is an episode of its own."""
    episodes = table.column("episode").chunk(0).fill_null("")
    differs = pc.not_equal(episodes[1:], episodes[:-1])
    changes = np.flatnonzero(differs.to_numpy(zero_copy_only=False)) + 1
    return np.concatenate((np.zeros(1, np.int64), changes))


def _episodes(table: Any, cells: Cells, tally: Tally, carry: Sequence[str]) -> Gathered:
    table = table.combine_chunks()
    column = {name: table.column(name).chunk(0) for name in table.column_names}
    starts = _starts(table)
    group = np.zeros(len(table), np.int64)
    group[starts[1:]] = 1
    group = np.cumsum(group)
    sides = column["side"].fill_null(-1).to_numpy(zero_copy_only=False)
    codes: dict[Side, tuple[Ints, Ints]] = {}
    touched, unreadable = np.zeros(len(starts), bool), dict[Side, Any]()
    for n, side in enumerate(_SIDES):
        mine = np.flatnonzero(sides == n)
        numbers = cells.numbers(column["code"].take(pa.array(mine)), side)
        kept, odd = numbers >= 0, np.zeros(len(starts), bool)
        odd[group[mine[numbers == IMPOSSIBLE]]] = True
        touched |= odd
        codes[side] = (np.bincount(group[mine[kept]], minlength=len(starts)).astype(np.int32), numbers[kept])
        unreadable[side] = odd & (codes[side][0] == 0)
    tally.touched += int(touched.sum())
    ints = column["day"].cast(pa.int32())
    far = np.iinfo(np.int32).max
    least = np.minimum.reduceat(ints.fill_null(int(far)).to_numpy(zero_copy_only=False), starts)
    days = pa.array(least, pa.int32(), mask=least == far).cast(pa.date32())
    carried: list[Any] = []
    for i in range(len(carry)):
        values = column[f"carried{i}"]
        there = values.is_valid().to_numpy(zero_copy_only=False)
        first = np.minimum.reduceat(np.where(there, np.arange(len(values)), len(values)), starts)
        carried.append(values.take(pa.array(first, mask=first == len(values))))
    return column["episode"].take(pa.array(starts)), codes, days, carried, unreadable
