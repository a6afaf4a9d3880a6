"""The files of an audit: rows are kept batch by batch, and stand under their own names only when all are there.

What was finished before an interruption is taken up again by a run on the same files, store and options; anything else
begins anew. Nothing is ever half-written under its final name.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

VERDICTS_FILE, SUMMARY_FILE, REPORT_FILE = "verdicts.parquet", "summary.csv", "report.html"
CASES_FILE = "cases.csv"


def fingerprint(files: Iterable[Path], options: Mapping[str, object]) -> str:
    """What a run is of: its options, and its files by name, size and time of change."""
    found = [file for path in files for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    told = [(str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns) for f in found if f.is_file()]
    text = json.dumps([told, sorted((k, repr(v)) for k, v in options.items())])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Results:
    """The folder that results are written to. `schema` is that of the rows, `run` the fingerprint of the run."""

    def __init__(self, folder: Path, run: str, schema: pa.Schema) -> None:
        self._folder, self._schema = folder, schema
        self._parts = folder / f".audit-{run}"
        self._parts.mkdir(parents=True, exist_ok=True)
        self._count = 0

    def done(self, number: int) -> pa.RecordBatch | None:
        """The rows of a batch that a run before this one has finished; None where it has not."""
        try:
            # Parts end where they were whole: one that a power cut left empty cannot be read, and is made again.
            table = pq.read_table(self._part(number))
        except (FileNotFoundError, pa.ArrowInvalid):
            return None
        if table.schema.names != self._schema.names:
            return None
        self._count = max(self._count, number + 1)
        batches = table.cast(self._schema).combine_chunks().to_batches()
        return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=self._schema)

    def keep(self, number: int, rows: pa.RecordBatch) -> None:
        """Keep the rows of a batch."""
        with _whole(self._part(number)) as partial:
            pq.write_table(pa.Table.from_batches([rows]), partial, compression="zstd")
        self._count = max(self._count, number + 1)

    def finish(self, told: Mapping[str, Callable[[IO[str]], None]]) -> None:
        """Write the files of the results, those that are `told` by name first, and let go of what was kept."""
        with contextlib.ExitStack() as stack:
            for name, write in told.items():
                with stack.enter_context(_whole(self._folder / name)).open("w", encoding="utf-8", newline="") as out:
                    write(out)
            self._join(stack.enter_context(_whole(self._folder / VERDICTS_FILE)))
        shutil.rmtree(self._parts)

    def _join(self, file: Path) -> None:
        with pq.ParquetWriter(file, self._schema, compression="zstd") as writer:
            for number in range(self._count):
                for rows in pq.ParquetFile(self._part(number)).iter_batches():
                    if rows.num_rows:
                        writer.write_table(pa.Table.from_batches([rows]).cast(self._schema))

    def _part(self, number: int) -> Path:
        return self._parts / f"{number:06}.parquet"


class _whole(contextlib.AbstractContextManager[Path]):  # noqa: N801  used as a function
    """A file to write under a name of its own, which gets its final name when all of it is there."""

    def __init__(self, final: Path) -> None:
        self._final = final
        self._partial = final.with_name(f".{final.name}.{os.getpid()}.part")

    def __enter__(self) -> Path:
        return self._partial

    def __exit__(self, kind: Any, *_: object) -> None:
        if kind is None:
            self._partial.replace(self._final)
        else:
            self._partial.unlink(missing_ok=True)
