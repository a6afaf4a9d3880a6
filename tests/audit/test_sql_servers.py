"""What `kg export --format sql` writes, run as it is by a PostgreSQL server: the rows of `kg check`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from random import Random

import duckdb
import pytest

from kg.audit.episodes import EpisodeFiles
from kg.audit.sql_companion import companion
from kg.codes import Code, Scheme
from kg.errors import KgError
from kg.reason.record import Record
from tests.audit.clusters import postgres_server
from tests.audit.test_engine import OPEN, episodes, guidances
from tests.audit.test_sql import APPLIED, EPISODE_CODES, NATIONAL, QUERIES, checked_rows, rows_of

APC = [
    *((f"opertn_{n:02}", "procedures") for n in range(1, 25)),
    *((f"diag_{n:02}", "diagnoses") for n in range(1, 21)),
]


PROCEDURES = [
    "J128-", "'J128", '"J128"', "J128\t", "\u00a0J128", "J12.8.", "J12-8", "J 128", "J12 8", "J1 28", "J128X", "J128-X",
    "J12.-", "J12", "J12.8A", "J1281", "J.128", "J12..8", "x998-", "X99 8", "J128 -", "-J128", "j12.8--", "JI28",
    "J12 . 8", "", "J128XX",
]  # fmt: skip
DIAGNOSES = [
    "C787-", "C787--", "C787X", "C787+", "C787\u2020", "C78.7 D", "C787*", "C78", "C78X", "C78.X", "C78-", "c78x-",
    "C78.", "C78.D", "C78.-", "M45.X0", "M45X0", "M4500", "M45.0.0", "M45..0", "C78D", "C787D-", "C787XD", "C78.7.X",
    "C7 8", "I390 A", "C787A+", "'C787-'", "C78.77X", "C78 7X", "H19.8A", "-", "C-787", "C78.7\u00a0",
]  # fmt: skip


def apc(records: Sequence[Record]) -> bytes:
    """The records in the columns of HES, as CSV: codes without point, some with filler X, marks and gaps."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["epikey", "epistart", "epiend", *(name for name, _ in APC)])
    for n, r in enumerate(records):
        cells = {"procedures": [c.key for c in r.procedures], "diagnoses": [f"{c.key}{c.mark}" for c in r.diagnoses]}
        cells["diagnoses"] = [f"{key}X" if len(key) == 3 and n % 2 else key for key in cells["diagnoses"]]
        if n % 3 == 0:
            cells["procedures"][1:1] = ["-", "&", "j12.8 ", "XXXX", "X998", "X99.9"]
        for side, odd, whole in (("procedures", PROCEDURES, "J128"), ("diagnoses", DIAGNOSES, "C787")):
            cells[side][:0] = [whole, *(odd[(n * 2 + i) % len(odd)] for i in range(2))]
        if n % 4 == 0:
            cells["diagnoses"][1:1] = ["X998"]
        if n % 7 == 0:  # nothing that can be read of a side: of the episode no row is left
            cells["procedures" if n % 2 else "diagnoses"] = ["-", "J12", "12 34"]
        elif n % 11 == 0:
            cells["diagnoses"] = ["N/A", "&"]
        # The end, the beginning alone, an end that is none, and no day.
        day = r.date.isoformat() if r.date else ""
        days = [("2001-04-01", day), (day, ""), (day, "1801-01-01"), ("1800-01-01", "")][n % 4]
        row = [(cells[side][i - 1] if i <= len(cells[side]) else "") for name, side in APC for i in [int(name[-2:])]]
        writer.writerow([r.id, *days, *row])
    return text.getvalue().encode()


def columns() -> str:
    return ", ".join(["epikey VARCHAR(64)", "epistart DATE", "epiend DATE", *(f"{name} VARCHAR(8)" for name, _ in APC)])


@pytest.mark.needs("postgres")
def test_postgres_answers_the_exported_queries_as_check_does() -> None:
    chance = Random(11)  # noqa: S311  the same cases each time
    rs = guidances(chance, 12)
    records = episodes(chance, rs, 400)
    rows = "".join("\t".join("\\N" if cell is None else str(cell) for cell in row) + "\n" for row in rows_of(records))
    told = 0
    with postgres_server() as server:
        operations = companion(NATIONAL.standards, OPEN, "postgres").split(";\n\n", 1)[1]
        server.run(f"{EPISODE_CODES}; {operations}")
        server.run("\\copy episode_codes FROM pstdin", rows.encode())
        for r in rs:
            for applied in (None, APPLIED):
                try:
                    sql = QUERIES[applied is None].query(r, "postgres")
                except KgError as error:
                    assert error.id in ("KG-E1201", "KG-E1215")
                    continue
                assert set(server.ask(sql)) == checked_rows(r, records, applied), r.id
                told += 1
    assert told >= 12


@pytest.mark.needs("postgres")
def test_in_postgres_the_companion_makes_of_hes_columns_the_codes_that_the_audit_reads(tmp_path: Path) -> None:
    chance = Random(5)  # noqa: S311  the same cases each time
    records = episodes(chance, guidances(chance, 4), 200)
    (tmp_path / "apc.csv").write_bytes(apc(records))
    view = companion((), OPEN, "postgres")
    with postgres_server() as server:
        server.run(f"CREATE TABLE apc ({columns()})")
        server.run("\\copy apc FROM pstdin WITH (FORMAT csv, HEADER, NULL '')", apc(records))
        server.run(view)
        found = set(server.ask("SELECT episode, scheme, position, code, mark, episode_date FROM episode_codes"))
    assert found == read(tmp_path / "apc.csv")


def test_in_duckdb_the_companion_makes_of_hes_columns_the_codes_that_the_audit_reads(tmp_path: Path) -> None:
    chance = Random(6)  # noqa: S311  the same cases each time
    records = episodes(chance, guidances(chance, 4), 300)
    file = tmp_path / "apc.csv"
    file.write_bytes(apc(records))
    with duckdb.connect() as base:
        base.execute(f"CREATE TABLE apc ({columns()})")
        base.execute("INSERT INTO apc SELECT * FROM read_csv(?, all_varchar=true)", [str(file)])
        base.execute(companion(NATIONAL.standards, OPEN))
        rows = base.execute("SELECT episode, scheme, position, code, mark, episode_date FROM episode_codes").fetchall()
        count = base.execute("SELECT COUNT(*) FROM operations_without_word").fetchone()
    assert {tuple("" if cell is None else str(cell) for cell in row) for row in rows} == read(file)
    assert count is not None
    assert count[0] > 1000


def read(file: Path) -> set[tuple[str, ...]]:
    """The rows of `episode_codes` that the audit's own reader makes of a file."""
    found: set[tuple[str, ...]] = set()
    for batch in EpisodeFiles([file], classification=OPEN).batches():
        for row in batch.to_pylist():
            day = "" if row["date"] is None else str(row["date"])
            for scheme, column in (("OPCS-4", "procedures"), ("ICD-10", "diagnoses")):
                for n, text in enumerate(row[column], 1):
                    code = Code.parse(text, Scheme(scheme))
                    found.add((row["episode"], scheme, str(n), code.key, code.mark, day))
    return found
