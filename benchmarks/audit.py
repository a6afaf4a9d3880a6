"""Episodes against 10, 100 and 1,000 guidances, beside a bare scan of the same columns and peers in the same run.

    python benchmarks/audit.py [--episodes N ...] [--sizes N ...] [--applied] [--rounds N] [--folder DIR]
                               [--picture FILE.svg]

Guidances are those of `benchmarks/checking.py`. Episodes (HES columns, 8 procedures and 12 diagnoses at most, 4 and 6
on average, Parquet with dictionaries) are made from the open list of codes in use: one in ten is a combination of a
guidance, half of these without its last code, among others; the rest are drawn at random, frequent codes more often.
Each figure is processor time of all threads in a process of its own, which has done a few episodes before (that loads
what is compiled); reading is included, writing of results is not. Its ratio is to the median of Arrow's scans of the 20
columns around it. Goals: at most 3.5 times the scan at 1,000 guidances; at most 1.4 times the time of 10; 4 times as
fast as one plain query that explodes, joins and counts in DuckDB; 1,000 times as fast as pyshacl for a record; at most
2 GB, the same for all sizes.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent))

from checking import CHAPTERS, CODES, ICD10, LEXICON, NOTHING, OPCS4, by_shacl, guidance, record
from growth import picture

from kg.audit.ahead import ahead
from kg.audit.engine import Auditor
from kg.audit.episodes import EpisodeFiles
from kg.codes import Category, Code, One, Scheme
from kg.expression.combination import combinations
from kg.expression.nodes import AllOf, Pick
from kg.expression.recommendation import Reading, Recommendation
from kg.reason.applied import Applied
from kg.standards import Loaded, load_national
from kg.workspace import today

PROCEDURES, DIAGNOSES = 8, 12
COLUMNS = [*(f"opertn_{n + 1:02}" for n in range(PROCEDURES)), *(f"diag_{n + 1:02}" for n in range(DIAGNOSES))]
CHUNK = 250_000
WORDS = {"audit": "", "applied": "  in force", "untouched": "  all but 10 touch no record"}
Matrix = np.ndarray[Any, np.dtype[np.int32]]


def drawn(chance: np.random.Generator, rows: int, width: int, mean: int, codes: int) -> Matrix:
    """Numbers of codes, -1 where an episode has no more; the n-th code is drawn in inverse proportion to n."""
    lengths = np.clip(chance.poisson(mean, rows), 1, width)
    numbers = np.exp(chance.random((rows, width)) * np.log(codes)).astype(np.int32)
    numbers[np.arange(width) >= lengths[:, None]] = -1
    return numbers


def planted(numbers: Matrix, rows: np.ndarray[Any, Any], wanted: list[list[int]]) -> None:
    """Put the codes of records into rows, behind each other."""
    for row, codes in zip(rows.tolist(), wanted, strict=True):
        told = codes[: numbers.shape[1]]
        numbers[row] = -1
        numbers[row, : len(told)] = told


def write(path: Path, episodes: int, known: list[Recommendation]) -> None:
    """A file of episodes."""
    chance, plain = np.random.default_rng(1), random.Random(1)  # noqa: S311
    shuffled = {"p": plain.sample(OPCS4, len(OPCS4)), "d": plain.sample(ICD10, len(ICD10))}
    places = {key: {code: n for n, code in enumerate(codes)} for key, codes in shuffled.items()}
    # Codes that stand in no list (of other editions) are left out of what is planted.
    samples = [record(n, known, plain) for n in range(20_000)]
    told = {
        "p": [[places["p"][c] for c in r.procedures if c in places["p"]] for r in samples],
        "d": [[places["d"][c] for c in r.diagnoses if c in places["d"]] for r in samples],
    }
    writer = None
    for start in range(0, episodes, CHUNK):
        rows = min(CHUNK, episodes - start)
        some = np.flatnonzero(chance.random(rows) < 0.1)
        which = chance.integers(0, len(samples), len(some)).tolist()
        columns: list[Any] = [pa.array(np.arange(start, start + rows)).cast(pa.string())]
        for key, width, mean in (("p", PROCEDURES, 4), ("d", DIAGNOSES, 6)):
            numbers = drawn(chance, rows, width, mean, len(shuffled[key]))
            planted(numbers, some, [told[key][n] for n in which])
            texts = pa.array([str(c).replace(".", "") for c in shuffled[key]])
            for n in range(width):
                held = pa.array(numbers[:, n], mask=numbers[:, n] < 0)
                columns.append(pa.DictionaryArray.from_arrays(held, texts).cast(pa.string()))
        table = pa.table(columns, names=["epikey", *COLUMNS])
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer:
        writer.close()


def scan(path: Path) -> float:
    """Seconds of processor time of a scan of the code columns."""
    start = time.process_time()
    for batch in pq.ParquetFile(path, read_dictionary=COLUMNS).iter_batches(1 << 17, columns=COLUMNS):
        _ = batch.num_rows
    return time.process_time() - start


def read(path: Path) -> float:
    """Seconds of processor time of reading alone."""
    start = time.process_time()
    for batch in EpisodeFiles([path], classification=CODES).batches():
        _ = batch.num_rows
    return time.process_time() - start


def audit(path: Path, known: list[Recommendation], applied: Applied | None) -> tuple[float, int, int]:
    """Seconds of processor time of reading and checking, rows, and signatures that were checked."""
    start, rows = time.process_time(), 0
    auditor = Auditor(known, CODES, applied, NOTHING)
    for batch in ahead(EpisodeFiles([path], classification=CODES).batches()):
        rows += auditor.verdicts(batch).num_rows
    return time.process_time() - start, rows, auditor.checked


def by_duckdb(path: Path, known: list[Recommendation]) -> tuple[float, int]:
    """Seconds of processor time of the query that everybody writes first, and the combinations that it finds met: each
    code a row, joined to the codes of each selector, selectors counted.

    It asks less: the procedure side alone, no order, no two codes for two selectors, nothing of what is missing.
    """
    import duckdb

    needs: list[tuple[int, int, int, str]] = []
    way = 0
    for r in known:
        for c in combinations(r.procedure):
            distinct = list(dict.fromkeys(c.selectors))
            for n, selector in enumerate(distinct):
                codes = (code.key for code in CODES.codes_under(selector))
                needs += [(way, n, len(distinct), key) for key in codes]
            way += 1
    columns = list(zip(*needs, strict=True))
    wanted = pa.table(dict(zip(("way", "need", "needs", "code"), map(list, columns), strict=True)))
    listed = ", ".join(COLUMNS[:PROCEDURES])
    start = time.process_time()
    with duckdb.connect() as engine:
        engine.execute("SET threads = 2")
        engine.register("wanted", wanted)
        (met,) = engine.execute(
            f"""SELECT count(*) FROM (
                    SELECT epikey, way
                    FROM (SELECT epikey, unnest([{listed}]) AS code FROM read_parquet('{path}'))
                    JOIN wanted USING (code)
                    GROUP BY epikey, way HAVING count(DISTINCT need) = any_value(needs))"""  # noqa: S608  our names
        ).fetchone() or (0,)
    return time.process_time() - start, int(met)


def guidances(number: int) -> list[Recommendation]:
    """The same guidances in every run; the first 10 are those of 10."""
    chance = random.Random(1)  # noqa: S311
    return [guidance(n, chance) for n in range(number)]


def untouched(number: int) -> Recommendation:
    """A guidance whose main code stands in no record: it is not in use."""
    main = Pick(One(Code.parse(f"U{90 + number // 10 % 10}.{number % 10}", Scheme.OPCS4)))
    return Recommendation(f"U{number:05}", "", (Reading(AllOf((main, Pick(Category(Scheme.OPCS4, "Y53")))), None),))


def one(task: str, path: Path, size: int, warm: Path) -> dict[str, float]:
    """One measurement, in this process."""
    known = guidances(size)
    applied = Applied(Loaded(load_national()).ready(CHAPTERS), CODES, today(), LEXICON.stated_in)
    if task == "untouched":
        known = [*known[:10], *(untouched(n) for n in range(size - 10))]
    if task == "scan":
        return {"seconds": scan(path)}
    if task == "duckdb":
        seconds, met = by_duckdb(path, known)
        return {"seconds": seconds, "met": met, "peak": peak()}
    if task == "read":
        read(warm)
        return {"seconds": read(path), "peak": peak()}
    audit(warm, known[:5], None)
    start = time.perf_counter()
    seconds, rows, checked = audit(path, known, applied if task == "applied" else None)
    wall = time.perf_counter() - start
    return {"seconds": seconds, "wall": wall, "rows": rows, "checked": checked, "peak": peak()}


def peak() -> float:
    """The memory of this process at most, in MB; that of the one which started it is not counted."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))) / 1024


def apart(task: str, path: Path, size: int, warm: Path) -> dict[str, float]:
    """One measurement, in a process of its own."""
    command = [sys.executable, __file__, "--one", task, str(path), str(size), str(warm)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603


def measured(task: str, episodes: int, size: int, path: Path, warm: Path, reading: float) -> tuple[float, float]:
    """One measurement between scans, printed: its seconds, and those of the scan."""
    scans = [apart("scan", path, 1, warm)["seconds"] for _ in range(2)]
    found = apart(task, path, size, warm)
    scans += [apart("scan", path, 1, warm)["seconds"] for _ in range(2)]
    bare = statistics.median(scans)
    print(
        f"{episodes:>10,}  {size:>9,}  {found['rows']:>12,}  {found['checked']:>10,}  {bare:>5.2f}  {reading:>7.2f}"
        f"  {found['seconds']:>6.2f}  {found['seconds'] / bare:>12.2f}x  {found['wall']:>4.0f}  {found['peak']:>7.0f}"
        f"{WORDS[task]}",
        flush=True,
    )
    return found["seconds"], bare


def main() -> int:
    """Print the figures."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--episodes", type=int, nargs="+", default=[300_000, 1_000_000])
    options.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1_000])
    options.add_argument("--applied", action="store_true", help="also with the national standards")
    options.add_argument("--folder", type=Path, help="keep the files of episodes there")
    options.add_argument("--picture", type=Path, help="draw the growth")
    options.add_argument("--peers", type=int, default=5, help="records that pyshacl is given; 0: no peers")
    options.add_argument(
        "--rounds", type=int, default=1, help="measure all in turns so often: single times differ by a tenth"
    )
    options.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.one:
        task, path, size, warm = asked.one
        print(json.dumps(one(task, Path(path), int(size), Path(warm))))
        return 0
    most = max(asked.sizes)
    known = guidances(most)
    with tempfile.TemporaryDirectory() as folder:
        files: dict[int, Path] = {}
        for episodes in (1_000, *sorted(asked.episodes)):
            files[episodes] = (asked.folder or Path(folder)) / f"episodes-{episodes}.parquet"
            if not files[episodes].exists():
                write(files[episodes], episodes, known)
        warm = files[1_000]
        told: dict[tuple[int, int], tuple[float, float]] = {}
        least, growth = min(asked.sizes), list[float]()
        print("  episodes  guidances          rows  signatures   scan  reading   audit  ratio to scan  wall  peak MB")
        for _ in range(asked.rounds):
            for episodes in sorted(asked.episodes):
                path = files[episodes]
                alone = apart("read", path, 1, warm)
                for size in asked.sizes if episodes == max(asked.episodes) else [most]:
                    last = size == most and episodes == max(asked.episodes)
                    tasks = ["audit", *(["applied"] * (asked.applied and size == most)), *(["untouched"] * last)]
                    for task in tasks:
                        found = measured(task, episodes, size, path, warm, alone["seconds"])
                        if task == "audit":
                            told[episodes, size] = found
            if least < most:
                growth.append(told[max(asked.episodes), most][0] / told[max(asked.episodes), least][0])
        if growth:
            each = ", ".join(f"{ratio:.2f}" for ratio in growth)
            print(f"{most:,} guidances to {least:,}: {each} x, median {statistics.median(growth):.2f} x (goal 1.4 x)")
        if asked.peers:
            peers(files, min(asked.episodes), known, warm, asked.peers, told)
        if asked.picture:
            asked.picture.write_text(picture(told), encoding="utf-8")
    return 0


def peers(
    files: dict[int, Path], episodes: int, known: list[Recommendation], warm: Path, records: int,
    told: dict[tuple[int, int], tuple[float, float]],
) -> None:  # fmt: skip
    """Print the figures of peers, on the smallest file."""
    ours = told[episodes, len(known)][0]
    query = apart("duckdb", files[episodes], len(known), warm)
    print(
        f"DuckDB, explode, join and count: {query['seconds']:.2f} s for {episodes:,} episodes against {len(known):,}"
        f" guidances, {query['seconds'] / ours:.1f} x (goal 4 x), {query['peak']:.0f} MB at most"
    )
    chance = random.Random(2)  # noqa: S311
    taken, _ = by_shacl(known, [record(n, known, chance) for n in range(records)])
    each = ours / episodes * 1e3
    print(f"pyshacl: {taken:,.0f} ms a record, the audit {each:.5f} ms, {taken / each:,.0f} x (goal 1,000 x)")


if __name__ == "__main__":
    raise SystemExit(main())
