"""The query of a guidance says what `kg check` says as printed, and every dialect can be written."""

from __future__ import annotations

from random import Random
from typing import Any

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.audit.sql import DIALECTS, query
from kg.errors import KgError
from kg.expression.recommendation import Side
from kg.reason.candidates import Candidates
from tests.audit.test_engine import CHAPTERS, OPEN, checked, episodes, guidances
from tests.laws.strategies import FACETS, examples


def asked(sql: str, records: list[Any]) -> set[tuple[str, ...]]:
    """What DuckDB answers."""
    rows = [(r.id, side.scheme.value, c.key) for r in records for side in Side for c in r.side(side)]
    with duckdb.connect() as base:
        base.execute("CREATE TABLE episode_codes (episode VARCHAR, scheme VARCHAR, code VARCHAR)")
        if rows:
            base.executemany("INSERT INTO episode_codes VALUES (?, ?, ?)", rows)
        return set(base.execute(sql).fetchall())


@settings(max_examples=examples(10), deadline=None)
@given(st.integers(0, 10**9))
def test_duckdb_answers_what_check_says(seed: int) -> None:
    chance = Random(seed)  # noqa: S311  the same case for the same number
    r = guidances(chance, 1)[0]
    records = episodes(chance, [r], 60)
    try:
        sql = query(r, OPEN, FACETS)
    except KgError as error:
        assert error.id == "KG-E1201"
        return
    rows = checked(Candidates.of([r], CHAPTERS), records, None, True)
    wanted = {(id, g, verdict, combination if verdict == "valid" else "") for id, g, verdict, combination, *_ in rows}
    assert asked(sql, records) == wanted


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_query_is_written_for_each_dialect_and_reads_back(dialect: str) -> None:
    sql = query(guidances(Random(7), 1)[0], OPEN, FACETS, dialect)  # noqa: S311  the same case each time
    assert sqlglot.parse_one(sql, read=dialect).sql(dialect)
    assert "As printed" in sql
