"""Episodes against 10, 100 and 1,000 guidances, beside a bare scan of the same columns in the same run.

    python benchmarks/audit.py [--episodes N] [--sizes 10 100 1000] [--applied]

Guidances are those of `benchmarks/checking.py`. Episodes (HES columns, 8 procedures and 12 diagnoses at most, 4 and 6
on average, Parquet with dictionaries) are made from the open list of codes in use: one in ten is a combination of a
guidance, half of these without its last code, among others; the rest are drawn at random, frequent codes more often.
Each figure is processor time of all threads, reading included, and its ratio to Arrow's scan of the 20 columns. Goals:
at most 3.5 times the scan at 1,000 guidances, at most 1.4 times the time of 10.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent))

from checking import CHAPTERS, CODES, ICD10, LEXICON, NOTHING, OPCS4, guidance, record

from kg.audit.engine import Auditor
from kg.audit.episodes import EpisodeFiles
from kg.expression.recommendation import Recommendation
from kg.reason.applied import Applied
from kg.standards import Loaded, load_national
from kg.workspace import today

PROCEDURES, DIAGNOSES = 8, 12
COLUMNS = [*(f"opertn_{n + 1:02}" for n in range(PROCEDURES)), *(f"diag_{n + 1:02}" for n in range(DIAGNOSES))]
CHUNK = 250_000
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
    for batch in EpisodeFiles([path], classification=CODES).batches():
        rows += auditor.verdicts(batch).num_rows
    return time.process_time() - start, rows, auditor.checked


def main() -> int:
    """Print the figures."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--episodes", type=int, default=1_000_000)
    options.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1_000])
    options.add_argument("--applied", action="store_true", help="with the national standards")
    asked = options.parse_args()
    chance = random.Random(1)  # noqa: S311  the same guidances in every run
    known = [guidance(n, chance) for n in range(max(asked.sizes))]
    applied = (
        Applied(Loaded(load_national()).ready(CHAPTERS), CODES, today(), LEXICON.stated_in) if asked.applied else None
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "episodes.parquet"
        write(path, asked.episodes, known)
        size = path.stat().st_size / 1e6
        print(f"{asked.episodes:,} episodes, {size:.0f} MB; {'in force' if applied else 'as printed'}")
        print("guidances       rows  signatures   scan  reading   audit  ratio to scan  peak MB")
        for number in asked.sizes:
            bare, alone = scan(path), read(path)
            taken, rows, checked = audit(path, known[:number], applied)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{number:>9,}  {rows:>9,}  {checked:>10,}  {bare:>5.2f}  {alone:>7.2f}  {taken:>6.2f}"
                f"  {taken / bare:>12.1f}x  {peak:>7.0f}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
