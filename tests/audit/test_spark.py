"""Spark gives the rows of the embedded engine, on one machine and on a cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kg.cli.main import run
from kg.workspace import open_workspace
from tests.audit.clusters import SHORT_LIVED, spark_cluster
from tests.audit.test_engine import episodes

HERE = ("spark.driver.host=127.0.0.1", "spark.driver.bindAddress=127.0.0.1", "spark.executor.memory=512m")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the examples."""
    folder = tmp_path_factory.mktemp("spark") / "store"
    assert run(["build", "examples/guidance", "--into", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def table(store: Path) -> pa.Table:
    """Episodes in the columns of HES, most of them about a guidance of the examples; a code that is none, one twice."""
    with open_workspace(store) as workspace:
        found = episodes(Random(7), list(workspace.recommendations.values()), 600)  # noqa: S311  the same each time
    rows = [
        {
            "epikey": r.id,
            "procode": f"P{n % 3}",
            "epistart": r.date,
            **{f"opertn_{i + 1:02}": c.key for i, c in enumerate(r.procedures[:24])},
            **{f"diag_{i + 1:02}": f"{c.key}{c.mark}" for i, c in enumerate(r.diagnoses[:20])},
        }
        for n, r in enumerate(found)
    ]
    names = [f"opertn_{i + 1:02}" for i in range(24)] + [f"diag_{i + 1:02}" for i in range(20)]
    rows[3]["opertn_02"] = "NOT A CODE"
    rows[5]["epikey"] = rows[4]["epikey"]
    columns = {name: [row.get(name) for row in rows] for name in ("epikey", "procode", "epistart", *names)}
    return pa.table(columns, schema=pa.schema([(n, pa.date32() if n == "epistart" else pa.string()) for n in columns]))


def audit(episodes: Path, store: Path, out: Path, *options: str) -> tuple[list[dict[str, object]], str, str]:
    """The rows of an audit, its summary, and what it said."""
    command = [sys.executable, "-m", "kg", "audit", str(episodes), "--store", str(store), "--out", str(out), *options]
    about = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "JAVA_TOOL_OPTIONS": SHORT_LIVED}
    done = subprocess.run([*command, "--by", "provider"], capture_output=True, text=True, env=about)
    assert done.returncode == 0, done.stderr
    rows = pq.read_table(out / "verdicts.parquet").to_pylist()
    assert sorted(p.name for p in out.iterdir()) == ["report.html", "summary.csv", "verdicts.parquet"]
    return sorted(rows, key=json.dumps), (out / "summary.csv").read_text(), done.stderr


def odd(said: str) -> list[str]:
    """What was odd in the files."""
    return [line for line in said.splitlines() if line.startswith("KG-W")]


@pytest.mark.needs("spark")
def test_on_this_machine_spark_gives_the_rows_of_the_embedded_engine(
    store: Path, table: pa.Table, tmp_path: Path
) -> None:
    file = tmp_path / "episodes.csv"
    table.to_pandas().to_csv(file, index=False)
    mine, summary, said = audit(file, store, tmp_path / "mine")
    assert len(mine) > 300
    theirs, theirs_summary, theirs_said = audit(file, store, tmp_path / "theirs", "--engine", "spark")
    assert theirs == mine
    assert theirs_summary == summary
    assert odd(theirs_said) == odd(said)
    assert len(odd(said)) == 3


@pytest.mark.needs("spark")
def test_a_cluster_of_two_workers_gives_the_rows_of_the_embedded_engine(
    store: Path, table: pa.Table, tmp_path: Path
) -> None:
    folder = tmp_path / "episodes"
    for n in range(4):
        (folder / f"year=202{n}").mkdir(parents=True)
        pq.write_table(table.slice(n * 150, 150), folder / f"year=202{n}" / "part.parquet")
    mine, summary, _ = audit(folder, store, tmp_path / "mine", "--by", "year", "--as-printed")
    with spark_cluster(tmp_path) as master:
        settings = [part for setting in HERE for part in ("--spark", setting)]
        theirs, theirs_summary, _ = audit(
            folder, store, tmp_path / "theirs", "--by", "year", "--as-printed",
            "--engine", "spark", "--master", master, *settings,
        )  # fmt: skip
    assert theirs == mine
    assert theirs_summary == summary
    for worker in ("1", "2"):
        assert list((tmp_path / worker).glob("app-*/*/stderr")), "both workers took part"
