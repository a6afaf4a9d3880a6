"""The query of a guidance says what `kg check` says, as printed and with the national standards, in every dialect."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import expressions

from kg.audit.sql import DIALECTS, Queries
from kg.audit.sql_companion import OPERATIONS, companion, silent_operations
from kg.codes import Code, Scheme, parse_selector
from kg.errors import KgError
from kg.expression.combination import combinations
from kg.expression.nodes import Pick
from kg.expression.recommendation import Reading, Recommendation, Side
from kg.guidance.reading import read_file
from kg.reason.applied import Applied
from kg.reason.applying import Standards
from kg.reason.candidates import Candidates
from kg.reason.record import Record
from kg.standards import load_national
from tests.audit.test_engine import CHAPTERS, DATES, OPEN, STATED, checked, episodes, guidances
from tests.laws.strategies import FACETS, NOTHING, examples
from tests.rendering.documents import Draw

EPISODE_CODES = """CREATE TABLE episode_codes (
  episode VARCHAR(64), scheme VARCHAR(8), position INTEGER, code VARCHAR(8), mark VARCHAR(1), episode_date DATE
)"""
NATIONAL = Standards.of(load_national(), CHAPTERS)
TODAY = datetime.datetime.now().astimezone().date()
APPLIED = Applied(NATIONAL, OPEN, TODAY, STATED)
QUERIES = {True: Queries(OPEN, FACETS), False: Queries(OPEN, FACETS, APPLIED)}
"""Those as printed, and those with the national standards."""


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
        sql = QUERIES[applied is None].query(r)
    except KgError as error:
        assert error.id == "KG-E1201" or (applied and error.id == "KG-E1215")
        return
    assert asked(sql, records) == checked_rows(r, records, applied)


def test_an_asterisk_code_that_is_marked_as_dagger_code_is_none_for_itself() -> None:
    pick = Pick(parse_selector("M82.-", Scheme.ICD10))
    r = Recommendation("G", "", (Reading(None, pick),))
    texts = ("M82.1D", "M82.1D J10.1", "J10.1 M82.1D", "J10.1D M82.1", "M82.1 J10.1D", "J10.1 M82.1A")
    records = [Record(diagnoses=tuple(Code.parse(t, Scheme.ICD10) for t in text.split()), id=text) for text in texts]
    found = asked(QUERIES[False].query(r), records)
    assert found == checked_rows(r, records, APPLIED)
    assert {id for id, _, verdict, _ in found if verdict == "contradicted"} == {*texts[:3], texts[4]}


def every(chance: Random) -> list[Recommendation]:
    """The examples that come with the project, and generated guidances."""
    files = sorted(Path("examples/guidance").glob("*.*"))
    return [*(read_file(file) for file in files if file.suffix != ".csv"), *guidances(chance, 3)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_of_the_queries_and_of_their_companion_is_parsed(dialect: str) -> None:
    for r in every(Random(7)):  # noqa: S311  the same cases each time
        for printed, queries in QUERIES.items():
            try:
                sql = queries.query(r, dialect)
            except KgError as error:
                assert error.id in ("KG-E1201", "KG-E1215")
                continue
            (parsed,) = sqlglot.parse(sql, read=dialect)
            assert parsed is not None
            assert parsed.sql(dialect)
            assert ("As printed" in sql) is printed
    view, table, *_ = sqlglot.parse(companion((), OPEN, dialect), read=dialect)
    assert isinstance(view, expressions.Create)
    assert isinstance(table, expressions.Create)


@pytest.mark.parametrize("number", [39, 246, 815])
def test_a_code_that_a_standard_adds_is_the_guidances_where_the_best_combination_has_it(number: int) -> None:
    chance = Random(f"1 {number}")  # noqa: S311  guidances whose operation states that an image guides it
    r = Draw(chance).recommendation()
    added = [Code.parse(text, Scheme.OPCS4) for text in ("Y53.4", "Y53.8", "Y53.1")]
    ways = combinations(r.procedure, NOTHING).first(40)
    records: list[Record] = []
    for n in range(200):
        pools = [list(OPEN.codes_under(s)) for s in chance.choice(ways).selectors]
        codes = [chance.choice(pool) for pool in pools if pool and chance.random() < 0.8]
        if chance.random() < 0.8:
            codes.insert(chance.randint(0, 1), chance.choice(added))
        records.append(Record(procedures=tuple(codes), context=NOTHING, date=chance.choice(DATES), id=f"e{n}"))
    sql = QUERIES[False].query(r)
    found = asked(sql, records)
    assert found == checked_rows(r, records, APPLIED)
    assert "LEAST" in sql
    assert {verdict for _, _, verdict, _ in found} >= {"valid", "contradicted"}
