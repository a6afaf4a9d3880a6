"""The query of a guidance says what `kg check` says as printed, and every dialect can be written."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.audit.sql import DIALECTS, query
from kg.audit.sql_companion import OPERATIONS, silent_operations
from kg.errors import KgError
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.applying import Standards
from kg.reason.candidates import Candidates
from kg.reason.record import Record
from kg.standards import load_national
from tests.audit.test_engine import CHAPTERS, OPEN, STATED, checked, episodes, guidances
from tests.laws.strategies import FACETS, examples

EPISODE_CODES = """CREATE TABLE episode_codes (
  episode VARCHAR(64), scheme VARCHAR(8), position INTEGER, code VARCHAR(8), mark VARCHAR(1), episode_date DATE
)"""
NATIONAL = Standards.of(load_national(), CHAPTERS)
TODAY = datetime.datetime.now().astimezone().date()
APPLIED = Applied(NATIONAL, OPEN, TODAY, STATED)


def rows_of(records: Sequence[Record]) -> list[tuple[Any, ...]]:
    """The rows of `episode_codes`."""
    return [
        (r.id, side.scheme.value, n, c.key, c.mark, r.date)
        for r in records
        for side in Side
        for n, c in enumerate(r.side(side), 1)
    ]


def asked(sql: str, records: Sequence[Record]) -> set[tuple[str, ...]]:
    """What DuckDB answers."""
    with duckdb.connect() as base:
        base.execute(f"{EPISODE_CODES}; {OPERATIONS}")
        if rows := rows_of(records):
            base.executemany("INSERT INTO episode_codes VALUES (?, ?, ?, ?, ?, ?)", rows)
        if silent := silent_operations(NATIONAL.standards, OPEN):
            base.register("silent", pa.table({"rule": [r for r, _ in silent], "code": [c for _, c in silent]}))
            base.execute("INSERT INTO operations_without_word SELECT rule, code FROM silent")
        return set(base.execute(sql).fetchall())


def checked_rows(r: Recommendation, records: Sequence[Record], applied: Applied | None) -> set[tuple[str, ...]]:
    """What `kg check` says."""
    rows = checked(Candidates.of([r], CHAPTERS), records, applied, True)
    return {(id, g, verdict, combination if verdict == "valid" else "") for id, g, verdict, combination, *_ in rows}


@settings(max_examples=examples(10), deadline=None)
@given(st.integers(0, 10**9), st.booleans())
def test_duckdb_answers_what_check_says(seed: int, printed: bool) -> None:
    chance = Random(seed)  # noqa: S311  the same case for the same number
    r = guidances(chance, 1)[0]
    records = episodes(chance, [r], 60)
    applied = None if printed else APPLIED
    try:
        sql = query(r, OPEN, FACETS, applied=applied)
    except KgError as error:
        assert error.id == "KG-E1201" or (applied and error.id == "KG-E1215")
        return
    assert asked(sql, records) == checked_rows(r, records, applied)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_query_is_written_for_each_dialect_and_reads_back(dialect: str) -> None:
    sql = query(guidances(Random(7), 1)[0], OPEN, FACETS, dialect)  # noqa: S311  the same case each time
    assert sqlglot.parse_one(sql, read=dialect).sql(dialect)
    assert "As printed" in sql
