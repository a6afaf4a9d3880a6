"""Files of Excel, Oracle and SQL Server as they come: the audit and the check read them, and alike."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from kg.audit.episodes import EpisodeFiles
from kg.audit.layouts import shipped
from kg.cli.records import from_file
from kg.expression.condition import Context

TEXT = "EPIKEY,EPISTART,EPIEND,OPERTN_01,OPERTN_02,DIAG_01,NOTES\n1,2024-05-01,2024-05-03,J128,Y132,C787,caf\u00e9\n"
READ = [("1", ["J12.8", "Y13.2"], ["C78.7"], datetime.date(2024, 5, 3))]


def audited(path: Path) -> list[tuple[str, list[str], list[str], datetime.date | None]]:
    rows = [row for batch in EpisodeFiles([path]).batches() for row in batch.to_pylist()]
    return [(r["episode"], r["procedures"], r["diagnoses"], r["date"]) for r in rows]


def checked(path: Path) -> list[tuple[str, list[str], list[str], datetime.date | None]]:
    every = [(asked.id, asked.record, asked.error) for asked in from_file(path, Context.of)]
    assert not [error for _, _, error in every if error]
    return [(id, [str(c) for c in r.procedures], [str(c) for c in r.diagnoses], r.date) for id, r, _ in every if r]


WAYS = {
    "Windows-1252": TEXT.encode("cp1252"),
    "UTF-8 with a mark": TEXT.encode("utf-8-sig"),
    "UTF-16 with a mark": TEXT.encode("utf-16"),
    "UTF-16 without": TEXT.encode("utf-16-le"),
    "UTF-16, the other end first": TEXT.encode("utf-16-be"),
    "CR": TEXT.replace("\n", "\r").encode(),
    "CRLF": TEXT.replace("\n", "\r\n").encode(),
    "sep=": f"sep=;\n{TEXT.replace(',', ';')}".encode(),
    "sep= and CRLF": f"sep=;\n{TEXT.replace(',', ';')}".replace("\n", "\r\n").encode(),
    "a comment": f"# made by SQL\n{TEXT}".encode(),
    "a padded identifier": TEXT.replace("\n1,", "\n1   ,").encode(),
}


@pytest.mark.parametrize("way", list(WAYS))
def test_an_extract_is_read_however_it_is_written(tmp_path: Path, way: str) -> None:
    (tmp_path / "e.csv").write_bytes(WAYS[way])
    assert audited(tmp_path / "e.csv") == checked(tmp_path / "e.csv") == READ


@pytest.mark.parametrize(
    "day", ["03-MAY-2024", "03-MAY-24", "45415", "45415.0", "45415.75", "03/05/2024 10:30", "20240503"]
)
def test_days_are_read_as_databases_and_excel_write_them(tmp_path: Path, day: str) -> None:
    (tmp_path / "e.csv").write_text(TEXT.replace("2024-05-03", day), encoding="utf-8")
    assert audited(tmp_path / "e.csv") == checked(tmp_path / "e.csv") == READ


@pytest.mark.parametrize("text", ["12345", "99999", "05/14/2024", "03/05/24", "4541", "454150"])
def test_what_could_be_another_day_or_none_is_not_guessed(text: str) -> None:
    assert shipped().day(text) is None


@pytest.mark.parametrize(
    ("procedure", "diagnosis"),
    [
        ("J 128", "C787"),
        ("J12 8", "C78.7 D"),
        ("J128-", "C787X"),
        ("'J128", "C787+"),
        ("J128X", "I390 A"),
        ("J128\t", "C787--"),
    ],
)
def test_a_cell_is_read_with_blanks_and_padding(tmp_path: Path, procedure: str, diagnosis: str) -> None:
    text = TEXT.replace("J128", procedure).replace("C787", diagnosis)
    (tmp_path / "e.csv").write_text(text, encoding="utf-8")
    found = audited(tmp_path / "e.csv")
    assert found == checked(tmp_path / "e.csv")
    ((_, procedures, diagnoses, _),) = found
    assert procedures == ["J12.8", "Y13.2"]
    assert diagnoses[0].rstrip("DA") in ("C78.7", "I39.0")


def test_fillers_with_padding_are_fillers() -> None:
    assert [shipped().code(text, "procedures") for text in ("X998-", "X99 8", "x99.9-", "J12.-")] == [
        "",
        "",
        "",
        "J12.-",
    ]
