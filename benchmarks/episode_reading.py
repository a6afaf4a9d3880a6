"""Reading episodes beside a bare scan of the same columns: processor time as a ratio, and memory at two sizes.

    python benchmarks/episode_reading.py [--episodes 1000000]

The file has the columns of HES (24 procedures, 20 diagnoses, 4 and 6 filled on average), as Parquet and as CSV; the CSV
also zipped and as a folder of twelve parts, beside DuckDB's read_csv of the same, which counts the cells of each column
(it reads no zip).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

ROWS, PARTS = 100_000, 12


def write(path: Path, episodes: int) -> None:
    """A file of so many episodes; the codes are those in use, drawn alike."""
    from kg.codes import Chapter, Scheme
    from kg.terminology import OpenCodes

    chance = np.random.default_rng(7)
    known = OpenCodes()
    letters = [chr(c) for c in range(65, 91)]
    pools = [np.array([c.key for a in letters for c in known.codes_under(Chapter(s, a))]) for s in Scheme]
    names = [f"OPERTN_{i:02d}" for i in range(1, 25)], [f"DIAG_{i:02d}" for i in range(1, 21)]
    codes = [(name, pa.string()) for side in names for name in side]
    schema = pa.schema([("EPIKEY", pa.int64()), ("EPIEND", pa.date32()), *codes])
    packed = path.suffix == ".parquet"
    with parquet.ParquetWriter(path, schema) if packed else csv.CSVWriter(path, schema) as writer:
        for start in range(0, episodes, ROWS):
            size = min(ROWS, episodes - start)
            columns = [pa.array(np.arange(start, start + size) + 10**18)]
            columns.append(pa.array(chance.integers(19000, 19700, size).astype(np.int32)).cast(pa.date32()))
            for pool, mean, width in zip(pools, (4, 6), (24, 20), strict=True):
                filled = np.minimum(chance.poisson(mean, size), width)
                for place in range(width):
                    column = pool[chance.integers(0, len(pool), size)]
                    columns.append(pa.array(column, mask=filled <= place))
            writer.write_table(pa.table(columns, schema=schema))


def scan(path: Path) -> float:
    """Seconds of processor time of a bare scan of the columns, each cell as it is stored."""
    start = time.process_time()
    if path.suffix == ".parquet":
        names = [n for n in parquet.read_schema(path).names if n.startswith(("OPERTN", "DIAG"))]
        opened = parquet.ParquetFile(path, read_dictionary=names)
        rows = sum(batch.num_rows for batch in opened.iter_batches(1 << 17))
    else:
        texts = csv.ConvertOptions(
            column_types={n: pa.string() for n in path.open().readline().replace('"', "").strip().split(",")}
        )
        rows = sum(
            batch.num_rows for batch in csv.open_csv(path, csv.ReadOptions(block_size=1 << 24), convert_options=texts)
        )
    if not rows:
        raise SystemExit("nothing to scan")
    return time.process_time() - start


def read(path: Path) -> tuple[float, int]:
    """Seconds and kilobytes of memory at most, in a process of its own."""
    return apart(
        "from pathlib import Path; from kg.audit.episodes import EpisodeFiles; start = time.process_time()\n"
        "rows = sum(b.num_rows for b in EpisodeFiles([Path(sys.argv[1])]).batches())\n",
        str(path),
    )


def by_duckdb(path: Path) -> tuple[float, int]:
    """The same for DuckDB on two threads: a count of the cells of all columns."""
    return apart(
        "import duckdb; engine = duckdb.connect(); engine.execute('SET threads = 2'); start = time.process_time()\n"
        "engine.execute('SELECT count(COLUMNS(*)) FROM read_csv(?, all_varchar = true)', [sys.argv[1]]).fetchall()\n",
        f"{path}/*/*.csv" if path.is_dir() else str(path),
    )


def apart(program: str, path: str) -> tuple[float, int]:
    """Seconds of a program, and kilobytes of memory at most (of the program alone: what started it is not counted)."""
    told = (
        "print(time.process_time() - start, next(x.split()[1] for x in open('/proc/self/status') if x[:5] == 'VmHWM'))"
    )
    command = [sys.executable, "-c", f"import sys, time\n{program}{told}", path]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    seconds, memory = out.split()[-2:]  # DuckDB draws a progress bar
    return float(seconds), int(memory)


def other_forms(path: Path) -> tuple[Path, Path]:
    """The file zipped, and in a folder of parts."""
    packed, parts = path.with_suffix(".zip"), path.with_suffix("")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "episodes.csv")
    table = csv.read_csv(path)
    size = -(-table.num_rows // PARTS)
    for n in range(PARTS):
        part = parts / f"part={n}" / "episodes.csv"
        part.parent.mkdir(parents=True)
        csv.write_csv(table.slice(n * size, size), part)
    return packed, parts


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--episodes", type=int, default=1_000_000)
    most = parser.parse_args().episodes
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("parquet", "csv"):
            for episodes in (most // 4, most):
                path = Path(folder) / f"{episodes}.{ending}"
                write(path, episodes)
                bare = min(scan(path) for _ in range(2))
                seconds, memory = min(read(path) for _ in range(2))
                figures = f"{seconds:6.2f} s, {seconds / bare:4.1f} x a bare scan ({bare:.2f} s)"
                print(f"{ending:8} {episodes:>10,} episodes {figures}, {memory / 1024:,.0f} MB at most", flush=True)
                if ending == "csv" and episodes == most:
                    packed, parts = other_forms(path)
                    for name, form in (("plain", path), ("zipped", packed), ("in parts", parts)):
                        peer = min(by_duckdb(form) for _ in range(2)) if form is not packed else None
                        seconds, memory = min(read(form) for _ in range(2))
                        told = f", DuckDB {peer[0]:.2f} s, {peer[1] / 1024:,.0f} MB" if peer else ""
                        print(f"  {name:9} {seconds:6.2f} s, {memory / 1024:,.0f} MB at most{told}", flush=True)
                path.unlink()


if __name__ == "__main__":
    main()
