"""Results of an audit stand whole under their names or not at all, and what was finished is taken up again."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kg.audit.results import Results, fingerprint
from kg.audit.shapes import VERDICTS


def rows(*episodes: str) -> pa.RecordBatch:
    """Rows of some episodes."""
    words = {"guidance": "G1", "verdict": "valid", "combination": "J12.8"}
    columns = [
        pa.array([words.get(f.name, e) if not pa.types.is_list(f.type) else [] for e in episodes], f.type)
        for f in VERDICTS
    ]
    return pa.RecordBatch.from_arrays(columns, schema=VERDICTS)


def summary(out: IO[str]) -> None:
    out.write("guidance,valid\n")


def test_rows_of_all_batches_stand_in_one_file_in_their_order(tmp_path: Path) -> None:
    results = Results(tmp_path, "run", VERDICTS)
    results.keep(1, rows("c"))
    results.keep(0, rows("a", "b"))
    assert [f.name for f in tmp_path.iterdir()] == [".audit-run"]
    results.finish({"summary.csv": summary})
    table = pq.read_table(tmp_path / "verdicts.parquet")
    assert table.column("episode").to_pylist() == ["a", "b", "c"]
    assert table.schema.names == VERDICTS.names
    assert sorted(f.name for f in tmp_path.iterdir()) == ["summary.csv", "verdicts.parquet"]


def test_a_run_that_was_interrupted_goes_on_where_it_was(tmp_path: Path) -> None:
    Results(tmp_path, "run", VERDICTS).keep(0, rows("a", "b"))
    again = Results(tmp_path, "run", VERDICTS)
    found = again.done(0)
    assert found is not None
    assert found.column("episode").to_pylist() == ["a", "b"]
    assert again.done(1) is None
    assert Results(tmp_path, "other", VERDICTS).done(0) is None
    again.keep(1, rows("c"))
    again.finish({"summary.csv": summary})
    assert pq.read_table(tmp_path / "verdicts.parquet").num_rows == 3


def test_a_batch_that_was_left_broken_is_made_again(tmp_path: Path) -> None:
    results = Results(tmp_path, "run", VERDICTS)
    results.keep(0, rows("a"))
    part = next((tmp_path / ".audit-run").iterdir())
    part.write_bytes(part.read_bytes()[:40])
    assert results.done(0) is None


def test_an_audit_without_a_row_writes_an_empty_file(tmp_path: Path) -> None:
    results = Results(tmp_path, "run", VERDICTS)
    results.keep(0, rows())
    results.finish({"summary.csv": summary})
    assert pq.read_table(tmp_path / "verdicts.parquet").num_rows == 0


def test_what_stood_there_stays_when_the_results_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "summary.csv").write_text("old")
    (tmp_path / "verdicts.parquet").write_bytes(b"old")

    def broken(out: IO[str]) -> None:
        out.write("half")
        raise io.UnsupportedOperation

    with pytest.raises(io.UnsupportedOperation):
        Results(tmp_path, "run", VERDICTS).finish({"summary.csv": broken})
    assert (tmp_path / "summary.csv").read_text() == "old"
    assert (tmp_path / "verdicts.parquet").read_bytes() == b"old"
    assert sorted(f.name for f in tmp_path.iterdir()) == [".audit-run", "summary.csv", "verdicts.parquet"]


def test_another_file_store_or_option_is_another_run(tmp_path: Path) -> None:
    file = tmp_path / "episodes.csv"
    file.write_text("a")
    one = fingerprint([file], {"store": "s"})
    assert fingerprint([tmp_path], {"store": "s"}) == one
    assert fingerprint([file], {"store": "t"}) != one
    os.utime(file, (1, 1))
    assert fingerprint([file], {"store": "s"}) != one
