"""Days of episodes, as files write them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import pyarrow as pa

from kg.audit.cells import add, shown
from kg.audit.layouts import Layouts
from kg.audit.read_tally import Tally

pc: Any = import_module("pyarrow.compute")  # its functions are made at run time: no checker knows them

_MOST_TEXTS = 100_000


class Days:
    """The reader of days: each distinct text once."""

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts
        self._none = frozenset(datetime.date.fromisoformat(day) for day in layouts.no_dates)
        self._fillers = layouts.fillers["diagnoses"]
        self._known: dict[str, datetime.date | None] = {}

    def of(self, column: Any, tally: Tally) -> Any:
        """A column of days as `date32`; null where there is none, or it stands for none. Unreadable are counted."""
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            days = column.cast(pa.date32())
            none = pa.array(sorted(self._none), pa.date32())
            return pc.if_else(pc.is_in(days, none), pa.scalar(None, pa.date32()), days)
        text = column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()
        read = [self._day(each) for each in text.dictionary.cast(pa.string()).to_pylist()]
        bad = [i for i, (day, ok) in enumerate(read) if not ok]
        if bad:
            counts = pc.value_counts(text.indices)
            by_index = {entry["values"]: entry["counts"] for entry in counts.to_pylist()}
            for i in bad:
                add(tally.bad_days, shown(str(text.dictionary[i].as_py())), by_index.get(i, 0))
        return pa.array([day for day, _ in read], pa.date32()).take(text.indices)

    def first_of(self, batch: Any, names: Sequence[str], tally: Tally) -> Any:
        """The day of each row: that of the first of these columns that has one; null where none has."""
        days = pa.nulls(batch.num_rows, pa.date32())
        for name in names:
            if not days.null_count:
                break
            days = pc.coalesce(days, self.of(batch.column(batch.schema.get_field_index(name)), tally))
        return days

    def _day(self, text: str | None) -> tuple[datetime.date | None, bool]:
        """A day, or none; and whether it could be read."""
        plain = (text or "").strip()
        if not plain or plain.lower() in self._fillers:
            return None, True
        if plain not in self._known:
            if len(self._known) >= _MOST_TEXTS:
                self._known.clear()
            self._known[plain] = self._layouts.day(plain)
        day = self._known[plain]
        return (None, True) if day in self._none else (day, day is not None)


def financial_years(days: Any, rows: int) -> Any:
    """The financial year of each day, April to March, as 2023-24; null without a day."""
    if days is None:
        return pa.nulls(rows, pa.string())
    encoded = days.dictionary_encode()
    years: list[str | None] = []
    for day in encoded.dictionary.to_pylist():
        first = day.year if day.month >= 4 else day.year - 1
        years.append(f"{first}-{(first + 1) % 100:02d}")
    return pa.array(years, pa.string()).take(encoded.indices)
