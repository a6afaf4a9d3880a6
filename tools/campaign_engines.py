"""Generated episodes against all recommendations of a folder and generated ones: every engine says what kg check says.

    python tools/campaign_engines.py [--episodes N] [--generated N] [--corpus FOLDER] [--engines NAMES] [--state FOLDER]

Engines: arrow (kg audit), spark (on this machine), cluster (Spark: a master and two workers on loopback), and the
queries of kg export in duckdb, postgres and sparksql (some of them); dialects parses all of them in each dialect. What
kg check says is asked for each episode, in this process and its children. Compared are all rows (episode, guidance,
verdict, combination, missing, broken); of queries verdicts and the combinations of valid ones. Every difference is
counted, and some are printed; exit status 1 if there is any. With --state the episodes and what kg check said of them
are kept, and a second run goes on from there.
"""

from __future__ import annotations

import argparse
import datetime
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent.parent))

from kg.audit.editions import InUse
from kg.audit.engine import Auditor
from kg.audit.episodes import EpisodeFiles
from kg.audit.spark import SparkAudit, Work, plain
from kg.audit.spark_session import session
from kg.audit.sql import DIALECTS, Queries
from kg.audit.sql_companion import OPERATIONS, silent_operations
from kg.codes import Code, covers
from kg.errors import KgError
from kg.expression.combination import combinations
from kg.expression.recommendation import Recommendation, Side
from kg.guidance.reading import read_file
from kg.reason.applied import Applied
from kg.reason.applying import Standards
from kg.reason.candidates import Candidates
from kg.reason.check import check_all
from kg.reason.prepared import Kept
from kg.reason.record import Record
from kg.reason.verdict import Verdict
from kg.standards import load_national
from tests.audit.clusters import postgres_server, spark_cluster
from tests.audit.test_engine import CHAPTERS, CODES, DATES, MORE, OPEN, STATED, said
from tests.audit.test_sql import EPISODE_CODES, rows_of
from tests.laws.strategies import FACETS, NOTHING
from tests.rendering.documents import Draw

ENGINES = ("arrow", "spark", "cluster", "duckdb", "postgres", "sparksql", "dialects")
TODAY = datetime.date(2026, 1, 1)
NATIONAL = Standards.of(load_national(), CHAPTERS)
APPLIED = Applied(NATIONAL, OPEN, TODAY, STATED)
_CHUNK = 2_000
_SPARK_QUERIES = 100  # a query takes Spark a second or more whatever it asks
_LONGEST = {Side.PROCEDURE: 24, Side.DIAGNOSIS: 20}
_NAMES = {Side.PROCEDURE: "opertn", Side.DIAGNOSIS: "diag"}
_COLUMNS = ("episode", "guidance", "verdict", "combination", "missing", "broken")
_HERE = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.executor.memory": "512m"}

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """What a run is of."""

    seed: int
    episodes: int
    generated: int
    corpus: Path | None


@cache
def guidances(case: Case) -> tuple[Recommendation, ...]:
    """The recommendations of the folder, then generated ones, each with an id of its own."""
    files = sorted(case.corpus.glob("*.txt")) if case.corpus else []
    found = [replace(read_file(file), id=file.stem) for file in files]
    for n in range(case.generated):
        drawn = Draw(Random(f"{case.seed} {n}")).recommendation()  # noqa: S311  the same for the same number
        found.append(replace(drawn, id=f"G{n:04}"))
    return tuple(found)


@cache
def _candidates(case: Case) -> Candidates:
    return Candidates.of(guidances(case), CHAPTERS)


@cache
def _concrete(selector: Any) -> tuple[Code, ...]:
    """Codes of a selector: of the open list, else of the pools of the tests."""
    listed = tuple(code for code, _ in zip(OPEN.codes_under(selector), range(40), strict=False))
    pool = [*CODES[selector.scheme], *MORE[selector.scheme]]
    return listed or tuple(c for c in pool if covers(selector, c, CHAPTERS))


@cache
def _ways(case: Case, number: int, side: Side) -> tuple[tuple[Any, ...], ...]:
    """Some combinations of a side, as selectors."""
    return tuple(c.selectors for c in combinations(guidances(case)[number].side(side), NOTHING).first(40))


def episode(case: Case, number: int) -> Record:
    """An episode of one guidance or two: a combination whole, damaged, in another order, with codes of others."""
    chance = Random(f"{case.seed} episode {number}")  # noqa: S311  the same for the same number
    every = guidances(case)
    wanted = chance.sample(range(len(every)), 2 if chance.random() < 0.3 else 1)
    sides: dict[Side, tuple[Code, ...]] = {}
    for side in Side:
        codes: list[Code] = []
        for n in wanted:
            if (ways := _ways(case, n, side)) and chance.random() < 0.9:
                pools = [_concrete(s) for s in chance.choice(ways)]
                codes += [chance.choice(pool) for pool in pools if pool]
        codes = [c for c in codes if chance.random() > 0.07]
        while chance.random() < 0.35:
            pool = (*CODES[side.scheme], *MORE[side.scheme])
            codes.insert(chance.randint(0, len(codes)), chance.choice(pool))
        if chance.random() < 0.25:
            chance.shuffle(codes)
        if side is Side.DIAGNOSIS and chance.random() < 0.1:
            codes = [Code(c.scheme, c.text, chance.choice("DA")) if chance.random() < 0.3 else c for c in codes]
        sides[side] = tuple(codes[: _LONGEST[side]])
    return Record(
        sides[Side.PROCEDURE], sides[Side.DIAGNOSIS], context=NOTHING, date=chance.choice(DATES), id=f"e{number}"
    )


def _records(case: Case, first: int, end: int) -> list[Record]:
    return [episode(case, n) for n in range(first, end)]


@cache
def _kept() -> Kept:
    """Sides made ready, kept from chunk to chunk."""
    return Kept(OPEN, APPLIED)


def _said(candidates: Candidates, record: Record) -> Iterator[Row]:
    """What kg check says of an episode."""
    found = check_all(candidates.about(record), record, OPEN, APPLIED, everything=True, kept=_kept())
    for v in found:
        if v.verdict is not Verdict.NOT_APPLICABLE:
            yield record.id, v.guidance, v.verdict.value, *said(v)


def checked_chunk(task: tuple[Case, int, int, Path]) -> None:
    """Keep what kg check says of some episodes."""
    case, first, end, file = task
    if not file.exists():
        rows = (row for record in _records(case, first, end) for row in _said(_candidates(case), record))
        pq.write_table(_table(rows), file.with_suffix(".part"))
        file.with_suffix(".part").replace(file)


def _chunks(case: Case) -> list[tuple[Case, int, int]]:
    return [(case, first, min(first + _CHUNK, case.episodes)) for first in range(0, case.episodes, _CHUNK)]


def _table(rows: Iterable[Row]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)
    types = [pa.string()] * 4 + [pa.list_(pa.string())] * 2
    return pa.table([pa.array(c, t) for c, t in zip(columns, types, strict=True)], names=_COLUMNS)


def prepare(case: Case, state: Path, jobs: int) -> None:
    """The episodes as files of HES columns and as a table of codes, and what kg check says of them."""
    for folder in ("hes", "said"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    tasks = [(*chunk, state / "said" / f"{n:04}.parquet") for n, chunk in enumerate(_chunks(case))]
    with ProcessPoolExecutor(jobs) as pool:
        for _ in pool.map(checked_chunk, tasks):
            pass
    names = [(side, n, f"{_NAMES[side]}_{n + 1:02}") for side in Side for n in range(_LONGEST[side])]
    codes: list[pa.Table] = []
    for number, (_, first, end) in enumerate(_chunks(case)):
        records = _records(case, first, end)
        columns: dict[str, Any] = {"epikey": [r.id for r in records]}
        columns["epistart"] = pa.array([r.date for r in records], pa.date32())
        for side, n, name in names:
            cells = [f"{c.key}{c.mark}" if (c := _at(r.side(side), n)) else None for r in records]
            columns[name] = pa.array(cells, pa.string())
        pq.write_table(pa.table(columns), state / "hes" / f"{number:04}.parquet")
        rows = list(zip(*rows_of(records), strict=True))
        types = (pa.string(), pa.string(), pa.int32(), pa.string(), pa.string(), pa.date32())
        told = ("episode", "scheme", "position", "code", "mark", "episode_date")
        codes.append(pa.table([pa.array(c, t) for c, t in zip(rows, types, strict=True)], names=told))
    pq.write_table(pa.concat_tables(codes), state / "codes.parquet")


def _at(codes: Sequence[Code], n: int) -> Code | None:
    return codes[n] if n < len(codes) else None


# ---- engines that give rows


def arrow(case: Case, state: Path) -> Iterator[pa.RecordBatch]:
    """The embedded engine."""
    auditor = Auditor(guidances(case), OPEN, APPLIED, NOTHING, everything=True)
    for batch in EpisodeFiles([state / "hes"], classification=OPEN).batches():
        yield auditor.verdicts(batch)


def spark(case: Case, state: Path, master: str | None = None) -> Iterator[pa.RecordBatch]:
    """Spark on this machine, or on the cluster of a master."""
    work = Work(guidances(case), InUse.always(OPEN).by_value(), NATIONAL.standards, TODAY, plain(NOTHING), True, {}, ())
    with session(master, _HERE) as opened:
        yield from SparkAudit(opened, [state / "hes"], work).rows(state / (".cluster" if master else ".spark"))


def cluster(case: Case, state: Path) -> Iterator[pa.RecordBatch]:
    """Spark on a master and two workers."""
    with tempfile.TemporaryDirectory(prefix="kg-cluster-") as folder, spark_cluster(Path(folder)) as master:
        yield from spark(case, state, master)
        for worker in ("1", "2"):
            if not list(Path(folder, worker).glob("app-*/*/stderr")):
                raise SystemExit(f"worker {worker} took no part")


def kept_rows(case: Case, state: Path) -> Iterator[Row]:
    """What kg check said of the episodes."""
    for n, _ in enumerate(_chunks(case)):
        yield from _key(pq.read_table(state / "said" / f"{n:04}.parquet"))


def _key(rows: pa.Table | pa.RecordBatch) -> Iterator[Row]:
    for episode_, guidance, verdict, combination, missing, broken in zip(
        *(rows.column(name).to_pylist() for name in _COLUMNS), strict=True
    ):
        yield episode_, guidance, verdict, combination, tuple(missing), tuple(broken)


def compare_rows(name: str, case: Case, state: Path, give: Callable[[Case, Path], Iterator[pa.RecordBatch]]) -> int:
    """How many rows an engine has that kg check has not, or the other way round."""
    wanted = Counter(kept_rows(case, state))
    for batch in give(case, state):
        wanted.subtract(_key(batch))
    different = {row: n for row, n in wanted.items() if n}
    for row, n in list(different.items())[:5]:
        print(f"  {name}: {'only kg check' if n > 0 else 'only the engine'} says {row}")
    return sum(map(abs, different.values()))


# ---- engines that answer queries


@contextmanager
def in_duckdb(state: Path) -> Iterator[Callable[[str], Iterable[Row]]]:
    """DuckDB with the codes."""
    with duckdb.connect() as base:
        base.execute(EPISODE_CODES)
        base.execute("INSERT INTO episode_codes SELECT * FROM read_parquet(?)", [str(state / "codes.parquet")])
        base.execute(OPERATIONS)
        silent = silent_operations(NATIONAL.standards, OPEN)
        base.executemany("INSERT INTO operations_without_word VALUES (?, ?)", silent)
        yield lambda sql: base.execute(sql).fetchall()


@contextmanager
def in_postgres(state: Path) -> Iterator[Callable[[str], Iterable[Row]]]:
    """PostgreSQL with the codes."""
    with postgres_server() as server:
        server.run(f"{EPISODE_CODES}; {OPERATIONS}")
        for file in pq.ParquetFile(state / "codes.parquet").iter_batches(1 << 18):
            lines = zip(*(file.column(n).to_pylist() for n in range(6)), strict=True)
            text = "".join("\t".join("\\N" if cell is None else str(cell) for cell in line) + "\n" for line in lines)
            server.run("\\copy episode_codes FROM pstdin", text.encode())
        told = "".join(f"{rule}\t{code}\n" for rule, code in silent_operations(NATIONAL.standards, OPEN))
        server.run("\\copy operations_without_word FROM pstdin", told.encode())
        server.run("CREATE INDEX ON episode_codes (code text_pattern_ops); CREATE INDEX ON episode_codes (episode)")
        server.run("ANALYZE")
        yield server.ask


@contextmanager
def in_spark(state: Path) -> Iterator[Callable[[str], Iterable[Row]]]:
    """Spark with the codes."""
    with session(None, {**_HERE, "spark.sql.shuffle.partitions": "2"}) as opened:
        codes = opened.read.parquet(str(state / "codes.parquet"))
        codes.cache().createOrReplaceTempView("episode_codes")
        silent = silent_operations(NATIONAL.standards, OPEN)
        opened.createDataFrame(silent, "rule string, code string").cache().createOrReplaceTempView(
            "operations_without_word"
        )
        yield lambda sql: [tuple(row) for row in opened.sql(sql).collect()]


_SERVERS = {"duckdb": ("duckdb", in_duckdb), "postgres": ("postgres", in_postgres), "sparksql": ("spark", in_spark)}


def compare_queries(name: str, case: Case, state: Path, most: int | None = None) -> int:
    """How many rows of queries (of at most so many guidances) are not those of kg check."""
    wanted: dict[str, set[Row]] = {r.id: set() for r in guidances(case)}
    for episode_, guidance, verdict, combination, *_ in kept_rows(case, state):
        wanted[guidance].add((episode_, guidance, verdict, combination if verdict == "valid" else ""))
    dialect, opened = _SERVERS[name]
    queries = Queries(OPEN, FACETS, APPLIED)
    different, untold, asked = 0, Counter[str](), 0
    with opened(state) as ask:
        for n, r in enumerate(guidances(case)):
            if most is not None and n % -(-len(guidances(case)) // most):
                continue
            try:
                sql = queries.query(r, dialect)
            except KgError as error:
                untold[error.id] += 1
                continue
            # The day of the run stands in for that of today, which queries take for an episode without a date.
            found = set(
                ask(sql.replace("CURRENT_DATE()", f"DATE '{TODAY}'").replace("CURRENT_DATE", f"DATE '{TODAY}'"))
            )
            asked += 1
            different += len(found ^ wanted[r.id])
            for row in sorted(found ^ wanted[r.id])[:3]:
                print(f"  {name}: {'only the query' if row in found else 'only kg check'} says {row}", flush=True)
    print(f"  {name}: {asked:,} queries; not told in SQL: {dict(untold) or 'none'}")
    return different


def parse_dialects(case: Case) -> int:
    """How many queries a dialect's own grammar does not take."""
    sqlglot: Any = import_module("sqlglot")
    queries, wrong, parsed = Queries(OPEN, FACETS, APPLIED), 0, 0
    for r in guidances(case):
        for dialect in DIALECTS:
            try:
                sql = queries.query(r, dialect)
            except KgError:
                break
            try:
                sqlglot.parse_one(sql, read=dialect)
                parsed += 1
            except sqlglot.ParseError as error:
                print(f"  {dialect}: {r.id}: {error}")
                wrong += 1
    print(f"  dialects: {parsed:,} queries parsed")
    return wrong


def main(argv: Sequence[str] | None = None) -> int:
    """Run the campaign and print its figures; 1 if an engine disagreed with kg check."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--episodes", type=int, default=200_000)
    parser.add_argument("--generated", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    shared = Path(__file__).resolve().parent.parent.parent / "shared" / "corpus"
    parser.add_argument("--corpus", type=Path, default=shared if shared.is_dir() else None)
    parser.add_argument("--engines", default=",".join(ENGINES), help=f"some of {', '.join(ENGINES)}")
    parser.add_argument("--state", type=Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers end with the campaign
    case = Case(given.seed, given.episodes, given.generated, given.corpus)
    with tempfile.TemporaryDirectory(prefix="kg-engines-") as folder:
        state = given.state or Path(folder)
        start = time.monotonic()
        if not (state / "codes.parquet").exists():
            prepare(case, state, given.jobs)
        counts = ", ".join(f"{n:,} {v}" for v, n in Counter(row[2] for row in kept_rows(case, state)).most_common())
        about = f"{case.episodes:,} episodes, {len(guidances(case)):,} guidances"
        print(f"{about}: kg check says {counts} ({time.monotonic() - start:,.0f} s)", flush=True)
        total = 0
        for name in given.engines.split(","):
            start = time.monotonic()
            rows = {"arrow": arrow, "spark": spark, "cluster": cluster}.get(name)
            if name == "dialects":
                different = parse_dialects(case)
            elif rows:
                different = compare_rows(name, case, state, rows)
            else:
                different = compare_queries(name, case, state, _SPARK_QUERIES if name == "sparksql" else None)
            print(f"{name}: {different:,} differences ({time.monotonic() - start:,.0f} s)", flush=True)
            total += different
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
