"""Spark gives the rows of the embedded engine, on one machine and on a cluster."""

from __future__ import annotations

import datetime
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kg.audit.codes_by_value import CodesByValue
from kg.audit.spark import why
from kg.audit.spark_session import java_environment
from kg.cli.main import run
from kg.codes import Code, One, Scheme, parse_selector
from kg.terminology.code_edition import ReleasedCodes
from kg.workspace import open_workspace
from tests.audit.clusters import SHORT_LIVED, spark_cluster
from tests.audit.test_engine import episodes
from tests.terminology.test_changes import edition

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


@pytest.mark.parametrize(
    "options",
    [
        ["--engine", "spark"],
        ["--engine", "spark", "--out", "here", "--table", "apc"],
        ["--master", "local[2]"],
        ["--engine", "spark", "--out", "here", "--spark", "spark.executor.memory"],
    ],
)
def test_what_an_engine_cannot_do_is_refused_before_anything_is_read(
    options: list[str], store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", str(tmp_path), "--store", str(store), *options]) == 2
    assert "KG-E0102" in capsys.readouterr().err


def test_the_fault_of_a_worker_is_told_without_the_row_that_it_quotes() -> None:
    quoting = "[MALFORMED_RECORD_IN_PARSING] Malformed records are detected: [12345,J128]"
    assert why(ValueError(f"[FAILED_READ_FILE.NO_HINT] Error\n{quoting}\nSparkException: x")) == (
        "MALFORMED_RECORD_IN_PARSING, SparkException"
    )
    own = "PythonException: ...\nkg.errors.KgError: KG-E1225  a column of numbers"
    assert why(ValueError(own)) == "KG-E1225  a column of numbers"


def test_java_of_the_wheel_takes_what_spark_asks_of_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr("shutil.which", lambda name: None)
    home = Path(java_environment(tmp_path / "a folder")["JAVA_HOME"])
    ask = [str(home / "bin" / "java"), "--add-modules=jdk.incubator.vector", "-Dname=two words", "-version"]
    done = subprocess.run(ask, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "openjdk" in done.stderr


def test_a_release_sent_by_value_says_what_it_says_in_the_store(tmp_path: Path) -> None:
    rows = {
        "J12": "Liver",
        "J121": "Biopsy of liver",
        "J122": "Other",
        "Y53": "Control",
        "Y534": "Fluoroscopic control",
    }
    there = ReleasedCodes([edition(tmp_path / "opcs", rows, Scheme.OPCS4)], datetime.date(2024, 1, 1))
    here = pickle.loads(pickle.dumps(CodesByValue.of(there)))  # noqa: S301  what was pickled a moment ago
    for text in ("J12.-", "J12.1", "J12.8", "Y53.4", "Y", "J12-Y53"):
        selector = parse_selector(text, Scheme.OPCS4)
        assert here.title(selector) == there.title(selector), text
        assert list(here.codes_under(selector)) == list(there.codes_under(selector)), text
    for scheme, text in (
        (Scheme.OPCS4, "J12.1"),
        (Scheme.OPCS4, "J12.8"),
        (Scheme.ICD10, "C78.7"),
        (Scheme.ICD10, "U99"),
    ):
        code = Code.parse(text, scheme)
        assert here.exists(code) == there.exists(code), text
        assert here.title(One(code)) == there.title(One(code)), text
        assert here.is_complete(scheme) is there.is_complete(scheme)
