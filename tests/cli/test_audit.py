"""`kg audit` gives the verdicts of `kg check`, whole files of them."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kg.cli.main import run

CSV = """epikey,opertn_01,opertn_02,opertn_03,diag_01,diag_02,epistart,procode
1,J128,Y132,Y534,C787,Z850,2024-05-01,RX1
2,J128,Y132,-,C787,,2024-05-01,RX1
3,A521,-,-,I10X,,2024-05-01,RX2
4,J123,X653,Y364,C787,,2021-05-01,RX2
5,J032,Y132,-,C787,C19X,2021-05-01,RX2
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the examples."""
    folder = tmp_path_factory.mktemp("audit") / "store"
    assert run(["build", "examples/guidance", "--into", str(folder)]) == 0
    return folder


@pytest.fixture
def episodes(tmp_path: Path) -> Path:
    """A few episodes."""
    file = tmp_path / "episodes.csv"
    file.write_text(CSV)
    return file


def records(file: Path) -> str:
    """The same episodes as records of `kg check`."""
    lines = [line.split(",") for line in CSV.splitlines()[1:]]
    told = [
        {
            "id": id,
            "procedures": [c for c in codes[:3] if c != "-"],
            "diagnoses": [c for c in codes[3:5] if c],
            "date": date,
        }
        for id, *codes, date, _ in lines
    ]
    file.write_text("".join(json.dumps(one) + "\n" for one in told))
    return str(file)


@pytest.mark.parametrize("options", [[], ["--as-printed"], ["--guidance", "IPG369"], ["--given", "approach=open"]])
def test_the_rows_are_those_of_check(
    options: list[str], store: Path, episodes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["audit", str(episodes), "--store", str(store), "--out", str(out), *options]) == 0
    found = pq.read_table(out / "verdicts.parquet").to_pylist()
    capsys.readouterr()
    run(["check", "--format", "jsonl", records(tmp_path / "r.jsonl"), "--store", str(store), *options])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    wanted = [
        (item["id"], one["guidance"], one["verdict"], one["procedure"]["missing"] + one["diagnosis"]["missing"])
        for item in told
        for one in sorted(item["guidances"], key=lambda one: one["guidance"])
        if one["verdict"] != "not applicable"
    ]
    assert wanted
    assert [(row["episode"], row["guidance"], row["verdict"], row["missing"]) for row in found] == wanted
    assert sorted(f.name for f in out.iterdir()) == ["report.html", "summary.csv", "verdicts.parquet"]


def test_without_a_folder_the_summary_alone_is_told_and_small_counts_are_not(
    store: Path, episodes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", str(episodes), "--store", str(store), "--format", "table"]) == 0
    told = capsys.readouterr()
    row = next(line for line in told.out.splitlines() if line.startswith("IPG369"))
    assert row.split()[1:3] == ["*", "*"]
    assert "5 episodes" in told.err


def test_the_summary_is_told_in_each_form_that_data_has(
    store: Path, episodes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told: dict[str, str] = {}
    for form in ("json", "jsonl", "csv", "table", ""):
        chosen = ["--format", form] if form else []
        assert run(["audit", str(episodes), "--store", str(store), *chosen]) == 0
        told[form] = capsys.readouterr().out
    items = json.loads(told["json"])
    assert [json.loads(line) for line in told["jsonl"].splitlines()] == items
    assert told[""] == told["jsonl"]  # into a pipe, as other commands
    ids = [item["guidance"] for item in items]
    assert "IPG369" in ids
    assert items[ids.index("IPG369")]["valid"] is None  # few: held back
    assert {row["guidance"] for row in csv.DictReader(told["csv"].splitlines())} == set(ids)
    assert [line.split()[0] for line in told["table"].splitlines()[1:]] == ids


def test_a_sample_has_cases_that_check_explains(
    store: Path, episodes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["audit", str(episodes), "--store", str(store), "--out", str(out), "--sample", "2"]) == 0
    with (out / "cases.csv").open(newline="") as file:
        cases = list(csv.DictReader(file))
    assert cases
    capsys.readouterr()
    run(["check", "--format", "jsonl", str(out / "cases.csv"), "--store", str(store)])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [case["id"] for case in cases] == [one["id"] for one in told]
    for case, one in zip(cases, told, strict=True):
        assert case["verdict"] in [v["verdict"] for v in one["guidances"] if v["guidance"] == case["guidance"]]


@pytest.mark.parametrize("missing", [["numba"], ["numba", "numpy", "polars", "pyarrow"]])
def test_without_its_libraries_it_tells_what_to_install(missing: list[str], store: Path, episodes: Path) -> None:
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({missing}))\n"
        "from kg.cli.main import run\n"
        f"sys.exit(run(['audit', {str(episodes)!r}, '--store', {str(store)!r}]))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode not in (0, 70)
    assert f"the audit needs {', '.join(missing)}" in ran.stderr
    assert "KG-E0104" in ran.stderr
    assert 'pip install "terminology-kg[audit]"' in ran.stderr


@pytest.mark.parametrize("options", [["--sample", "2"], ["--sample", "2", "--engine", "spark", "--out", "out"]])
def test_a_sample_that_has_no_place_is_refused(
    options: list[str], store: Path, episodes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert run(["audit", str(episodes), "--store", str(store), *options]) == 2
    assert "KG-E0102" in capsys.readouterr().err


def test_a_query_for_a_database_is_written_for_each_guidance(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["export", "--format", "sql", "--dialect", "postgres", "--store", str(store)]) == 0
    told = capsys.readouterr()
    assert told.out.count("FROM judged") + told.err.count("KG-E1201") == 5
