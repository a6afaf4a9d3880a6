"""From the file to the verdict: whatever layout episodes are written in, each row of the audit is what `kg check` says
of the record.
"""

from __future__ import annotations

import csv
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.audit.ahead import ahead
from kg.audit.engine import Auditor
from kg.audit.episodes import EpisodeFiles
from kg.codes import Code, Scheme
from kg.expression.recommendation import Side
from kg.reason.applied import Applied
from kg.reason.candidates import Candidates
from kg.reason.record import Record
from tests.audit.test_engine import CHAPTERS, DAYS, OPEN, SHIPPED, STATED, Row, checked, episodes, guidances
from tests.laws.strategies import NOTHING, examples

WIDTH = 30
NAMES = {
    side: [f"{stem}_{n:02}" for n in range(1, WIDTH + 1)]
    for side, stem in ((Side.PROCEDURE, "opertn"), (Side.DIAGNOSIS, "diag"))
}


def spelt(code: Code, chance: random.Random) -> str:
    """One of the ways in which extracts write a code: padded with hyphens where no mark stands behind."""
    padded = code.key + code.mark if code.mark else code.key.ljust(5, "-")
    return chance.choice([str(code), code.key + code.mark, f"{str(code).lower()}  ", padded])


def is_unreadable(record: Record) -> bool:
    """Whether something is written on a side that the record has nothing of: a third of such records."""
    return not (record.procedures and record.diagnoses) and int(record.id.removeprefix("e")) % 3 == 0


def cells(record: Record, side: Side, chance: random.Random) -> list[str | None]:
    """Codes at some places of the columns, fillers and nothing at the others."""
    codes = record.side(side)
    places = sorted(chance.sample(range(WIDTH), len(codes)))
    odd = ["NOT A CODE"] if codes or is_unreadable(record) else []
    found: list[str | None] = [chance.choice([None, None, "", "-", *odd]) for _ in range(WIDTH - 1)]
    found.append("NOT A CODE" if odd else None)
    for place, code in zip(places, codes, strict=True):
        found[place] = spelt(code, chance)
    return found


def wide(records: Sequence[Record], chance: random.Random) -> pa.Table:
    rows = [(r.id, r.date, *cells(r, Side.PROCEDURE, chance), *cells(r, Side.DIAGNOSIS, chance)) for r in records]
    names = ["epikey", "epistart", *NAMES[Side.PROCEDURE], *NAMES[Side.DIAGNOSIS]]
    types = [pa.string(), pa.date32(), *[pa.string()] * (2 * WIDTH)]
    columns = zip(*rows, strict=True) if rows else [() for _ in names]
    return pa.table([pa.array(list(column), kind) for column, kind in zip(columns, types, strict=True)], names=names)


def as_parquet(folder: Path, records: Sequence[Record], chance: random.Random) -> Path:
    """Row groups of a few episodes, each with dictionaries of its own; some columns have none."""
    coded: Any = [n for side in Side for n in NAMES[side] if chance.random() < 0.7]
    pq.write_table(wide(records, chance), folder / "wide.parquet", row_group_size=7, use_dictionary=coded)
    return folder / "wide.parquet"


def as_csv(folder: Path, records: Sequence[Record], chance: random.Random) -> Path:
    table = wide(records, chance)
    with (folder / "wide.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.column_names)
        writer.writerows(["" if cell is None else cell for cell in row.values()] for row in table.to_pylist())
    return folder / "wide.csv"


def as_lists(folder: Path, records: Sequence[Record], chance: random.Random) -> Path:
    columns: dict[str, Any] = {"id": [r.id for r in records], "date": pa.array([r.date for r in records], pa.date32())}
    for name, side in (("procedures", Side.PROCEDURE), ("diagnoses", Side.DIAGNOSIS)):
        columns[name] = pa.array([[spelt(c, chance) for c in r.side(side)] for r in records], pa.list_(pa.string()))
    pq.write_table(pa.table(columns), folder / "lists.parquet", row_group_size=9)
    return folder / "lists.parquet"


def as_long_table(folder: Path, records: Sequence[Record], chance: random.Random) -> Path:
    """A row for each code, in any order."""
    schemes = {Side.PROCEDURE: Scheme.OPCS4.value, Side.DIAGNOSIS: Scheme.ICD10.value}
    rows = [
        (r.id, spelt(code, chance), schemes[side], place, r.date)
        for r in records
        for side in Side
        for place, code in enumerate(r.side(side))
    ]
    chance.shuffle(rows)
    names = ["episode", "code", "system", "position", "date"]
    columns = zip(*rows, strict=True) if rows else [() for _ in names]
    types = [pa.string(), pa.string(), pa.string(), pa.int64(), pa.date32()]
    table = pa.table([pa.array(list(c), kind) for c, kind in zip(columns, types, strict=True)], names=names)
    pq.write_table(table, folder / "long.parquet")
    return folder / "long.parquet"


def audited(path: Path, auditor: Auditor, batch: int) -> list[Row]:
    """The rows of an audit of a file."""
    rows: list[Row] = []
    for each in ahead(EpisodeFiles([path], classification=OPEN, batch=batch).batches()):
        found = auditor.verdicts(each)
        rows += [(*list(row.values())[:4], tuple(row["missing"]), tuple(row["broken"])) for row in found.to_pylist()]
    return rows


@pytest.mark.parametrize("writer", [as_parquet, as_csv, as_lists, as_long_table])
@pytest.mark.parametrize("standards", ["as printed", "in force"])
@settings(max_examples=examples(3), deadline=None)
@given(st.integers(0, 10**9))
def test_each_row_of_the_audit_of_a_file_is_what_check_says(
    tmp_path_factory: pytest.TempPathFactory, writer: Callable[..., Path], standards: str, seed: int
) -> None:
    applied = Applied(SHIPPED, OPEN, DAYS[1], STATED) if standards == "in force" else None
    chance = random.Random(seed)  # noqa: S311  the same case for the same number
    rs = guidances(chance, 4)
    records = [
        Record(r.procedures, r.diagnoses, context=NOTHING, date=r.date, id=r.id)
        for r in episodes(chance, rs, 40)
        if r.procedures or r.diagnoses  # in a long table no row is left of the others
    ]
    path = writer(tmp_path_factory.mktemp("files"), records, chance)
    everything = chance.random() < 0.3
    auditor = Auditor(rs, OPEN, applied, NOTHING, everything=everything)
    rows = audited(path, auditor, batch=chance.choice([1, 5, 13, 1000]))
    if writer in (as_parquet, as_csv):
        records = [r for r in records if not is_unreadable(r)]  # of these no verdict is given
    assert sorted(rows) == sorted(checked(Candidates.of(rs, CHAPTERS), records, applied, everything))


def test_nothing_is_told_as_leaked_when_the_program_ends() -> None:
    program = """
import duckdb
from kg.audit.engine import uncollected
with uncollected(), duckdb.connect() as engine:
    engine.execute("SELECT 1")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
