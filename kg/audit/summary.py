"""Verdicts counted by guidance, year and provider, with the commonest errors; and what of it is published."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from math import sqrt
from typing import IO, Any

import pyarrow as pa

from kg.audit.disclosure import Cell, Rule
from kg.audit.faults import Fault, Repairs

pc: Any = import_module("pyarrow.compute")  # its functions are made at run time: no checker knows them

VERDICTS = ("valid", "incomplete", "contradicted")
"""The verdicts of an audit: a guidance that does not apply has no row."""
BREAKDOWNS = ("year", "provider")
_NOT_TOLD = "not known"
_MOST_FAULTS = 5_000  # different errors of one guidance that are counted one by one
_FAULTS_TOLD = 10  # errors of one guidance that are published
_COLUMNS = ("table", "guidance", "title", "value", "verdict", "episodes", "missing", "broken", "repair")
_COUNTER = Counter[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A common error of one guidance, as published."""

    verdict: str
    fault: Fault
    episodes: Cell
    repair: str


@dataclass(frozen=True, slots=True)
class GuidanceRow:
    """What is published of one guidance. A breakdown that lacks a verdict is held back for it."""

    guidance: str
    title: str
    cells: Mapping[str, Cell]
    by: Mapping[str, Mapping[str, Mapping[str, Cell]]]
    faults: tuple[FaultRow, ...] = ()

    @property
    def episodes(self) -> int:
        """About how many episodes: the sum of what is printed."""
        return total(self.cells)

    @property
    def share(self) -> float | None:
        """The share that is coded as recommended, of what is printed; None where nothing is."""
        return share(self.cells)

    @property
    def badness(self) -> float:
        """What the guidances are ranked by: the share not coded as recommended that is sure even if chance was against
        it (Wilson 1927, lower bound at 95 %), so that three episodes of three do not stand before thousands.
        """
        n = self.episodes
        if not n or self.share is None:
            return 0.0
        p, z = 1 - self.share, 1.96
        middle, spread = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (middle - spread) / (1 + z * z / n)


@dataclass(frozen=True, slots=True)
class Published:
    """All that leaves the audit as figures; reports are made of this and of nothing else."""

    rule: Rule
    guidances: tuple[GuidanceRow, ...]
    episodes: Cell
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def worst_first(self) -> list[GuidanceRow]:
        """The guidances by how surely they are badly coded."""
        return sorted(self.guidances, key=lambda row: (-row.badness, row.guidance))

    def across(self, breakdown: str) -> dict[str, dict[str, Cell]]:
        """All guidances together by year or provider: sums of what is printed, which say nothing new."""
        found: dict[str, Counter[str]] = {}
        for row in self.guidances:
            for key, cells in row.by.get(breakdown, {}).items():
                for verdict, cell in cells.items():
                    found.setdefault(key, Counter())[verdict] += cell.value or 0
        return {
            key: {v: Cell(counts[v], counts[v], counts[v]) for v in VERDICTS} for key, counts in sorted(found.items())
        }


def total(cells: Mapping[str, Cell]) -> int:
    """The sum of what is printed."""
    return sum(cell.value or 0 for cell in cells.values())


def share(cells: Mapping[str, Cell]) -> float | None:
    """The share of valid ones, of what is printed; None where nothing is, or a part is held back as a whole."""
    if not total(cells) or any(verdict not in cells for verdict in VERDICTS):
        return None
    return (cells["valid"].value or 0) / total(cells)


@dataclass(slots=True)
class Summary:
    """Counts of verdicts, added up batch by batch. Memory grows with guidances, years, providers and different errors;
    identifiers of episodes are not looked at.
    """

    totals: _COUNTER = field(default_factory=_COUNTER)
    by: dict[str, Counter[tuple[str, str, str]]] = field(default_factory=lambda: {b: Counter() for b in BREAKDOWNS})
    faults: dict[str, Counter[tuple[str, Fault]]] = field(default_factory=dict[str, Counter[tuple[str, Fault]]])

    def add(self, verdicts: Any) -> None:
        """Count verdicts (`kg.audit.shapes.VERDICTS`), by year and provider where there are such columns."""
        table: Any = pa.Table.from_batches([verdicts]) if isinstance(verdicts, pa.RecordBatch) else verdicts
        for guidance, verdict, count in _counted(table, "guidance", "verdict"):
            self.totals[guidance, verdict] += count
        for breakdown in BREAKDOWNS:
            if breakdown in table.column_names:
                for guidance, verdict, key, count in _counted(table, "guidance", "verdict", breakdown):
                    self.by[breakdown][guidance, verdict, key or _NOT_TOLD] += count
        for guidance, verdict, missing, broken, count in _counted(table, "guidance", "verdict", "missing", "broken"):
            if verdict != "valid":
                # What is missing of a contradicted one, and what else warns, is not what is wrong with it.
                fault = Fault(tuple(missing.split())) if verdict == "incomplete" else Fault((), tuple(broken.split()))
                known = self.faults.setdefault(guidance, Counter())
                if (verdict, fault) in known or len(known) < _MOST_FAULTS:
                    known[verdict, fault] += count

    @property
    def wrong(self) -> Counter[str]:
        """How many episodes of each guidance are not valid: for choosing what to look at, never to be printed."""
        found: Counter[str] = Counter()
        for (guidance, verdict), count in self.totals.items():
            if verdict != "valid":
                found[guidance] += count
        return found

    def published(
        self,
        rule: Rule | None = None,
        *,
        titles: Mapping[str, str] | None = None,
        repairs: Repairs | None = None,
        episodes: int = 0,
        notes: Sequence[tuple[str, str]] = (),
    ) -> Published:
        """What may be published, under a rule (the usual one if None), guidances by id.

        `episodes` is how many were read, `notes` what was odd: id and words, which are printed as they are.
        """
        rule, titles = rule or Rule(), titles or {}
        keys = {b: sorted({key for _, _, key in counts}) for b, counts in self.by.items() if counts}
        guidances = sorted({guidance for guidance, _ in self.totals})
        parts = {b: _nested(self.by[b]) for b in keys}
        rows: list[GuidanceRow] = []
        for guidance in guidances:
            cells = {verdict: rule.cell(self.totals[guidance, verdict]) for verdict in VERDICTS}
            by: dict[str, dict[str, dict[str, Cell]]] = {}
            for breakdown, every in keys.items():
                told: dict[str, dict[str, Cell]] = {key: {} for key in every}
                for verdict, whole in cells.items():
                    counts = parts[breakdown].get((guidance, verdict), {})
                    shown = rule.breakdown(whole, {key: counts.get(key, 0) for key in every})
                    for key, cell in (shown or {}).items():
                        told[key][verdict] = cell
                by[breakdown] = {
                    key: shown
                    for key, shown in told.items()
                    if any(cell.value != 0 for cell in shown.values()) or (len(shown) < len(VERDICTS))
                }
            faults = self._faults(guidance, rule, repairs or {})
            rows.append(GuidanceRow(guidance, titles.get(guidance, ""), cells, by, faults))
        return Published(rule, tuple(rows), rule.cell(episodes), tuple(notes))

    def _faults(self, guidance: str, rule: Rule, repairs: Repairs) -> tuple[FaultRow, ...]:
        """The common errors; of those that are few nothing is told, not even that there are any."""
        found = sorted(self.faults.get(guidance, Counter()).items(), key=lambda each: (-each[1], each[0]))
        rows: list[FaultRow] = []
        for (verdict, fault), count in found[:_FAULTS_TOLD]:
            cell = rule.cell(count)
            if cell.value and fault != Fault():
                words = repairs.get((guidance, fault)) or _plainly(fault)
                rows.append(FaultRow(verdict, fault, cell, words))
        return tuple(sorted(rows, key=lambda row: (-(row.episodes.value or 0), row.verdict, row.fault)))


def _nested(counts: Counter[tuple[str, str, str]]) -> dict[tuple[str, str], dict[str, int]]:
    found: dict[tuple[str, str], dict[str, int]] = {}
    for (guidance, verdict, key), count in counts.items():
        found.setdefault((guidance, verdict), {})[key] = count
    return found


def _plainly(fault: Fault) -> str:
    """What mends an error for which no record was made: what is missing is added."""
    added = (f"add {'one code of ' if s.endswith('-') or '-' in s else ''}{s}" for s in fault.missing)
    return "; ".join(added)


def _counted(table: Any, *names: str) -> Iterator[tuple[Any, ...]]:
    """The distinct values of some columns, lists with blanks between, each with how often it stands there."""
    columns: list[Any] = []
    for name in names:
        column: Any = table.column(name)
        kind = column.type
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            column = pc.binary_join(column, " ")
        elif not pa.types.is_dictionary(kind):
            column = column.cast(pa.string())
        columns.append(column)
    grouped = pa.table(columns, names=list(names)).unify_dictionaries().group_by(list(names))
    counted = grouped.aggregate([([], "count_all")])
    values = [[v if v is not None else "" for v in counted.column(name).to_pylist()] for name in (*names, "count_all")]
    yield from zip(*values, strict=True)


def write_csv(out: IO[str], published: Published) -> None:
    """The figures as one tidy table: a row for each count that is published, `*` for one that is held back.

    `table` is guidance, year, provider or error; a breakdown that is held back as a whole has no row.
    """
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in published.guidances:
        name = (row.guidance, row.title)
        for verdict, cell in row.cells.items():
            writer.writerow(plain_cells("guidance", *name, "", verdict, cell, "", "", ""))
        for breakdown, keys in row.by.items():
            for key, cells in keys.items():
                for verdict, cell in cells.items():
                    writer.writerow(plain_cells(breakdown, *name, key, verdict, cell, "", "", ""))
        for told in row.faults:
            missing, broken = " ".join(told.fault.missing), " ".join(told.fault.broken)
            writer.writerow(plain_cells("error", *name, "", told.verdict, told.episodes, missing, broken, told.repair))


def plain_cells(*cells: object) -> list[str]:
    """Cells that no spreadsheet takes for a formula: names of providers and titles are others' words."""
    texts = [str(cell) for cell in cells]
    return [f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text for text in texts]


def as_json(row: GuidanceRow) -> dict[str, Any]:
    """What is published of a guidance: counts by verdict, null for one that is held back, in all and `by` year and
    provider (a breakdown that is held back as a whole has no counts); then the commonest errors and what mends them.
    """
    return {
        "guidance": row.guidance,
        "title": row.title,
        **_counts(row.cells),
        "by": {name: {key: _counts(cells) for key, cells in keys.items()} for name, keys in row.by.items()},
        "errors": [
            {
                "verdict": told.verdict,
                "missing": list(told.fault.missing),
                "broken": list(told.fault.broken),
                "episodes": told.episodes.value,
                "repair": told.repair,
            }
            for told in row.faults
        ],
    }


def _counts(cells: Mapping[str, Cell]) -> dict[str, int | None]:
    return {verdict: cell.value for verdict, cell in cells.items()}
