"""A column of codes that nothing reads ends the audit and the check alike; columns that only look so end nothing."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from kg.audit.episodes import EpisodeFiles
from kg.cli.records import from_file
from kg.errors import KgError
from kg.expression.condition import Context

Write = Callable[[Path, Sequence[str], Sequence[Sequence[str]]], Path]
HEAD = ["EPIKEY", "EPIEND", "OPERTN_01", "OPERTN_02", "DIAG_01"]
ROW = ["1", "2024-05-03", "J128", "Y132", "C787"]


def as_csv(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    with path.with_suffix(".csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([head, *rows])
    return path.with_suffix(".csv")


def as_zip(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        archive.writestr("episodes.csv", text.getvalue())
    return path.with_suffix(".zip")


def as_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> pa.Table:
    return pa.table(dict(zip(head, (pa.array(column) for column in zip(*rows, strict=True)), strict=True)))


def as_parquet(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    parquet.write_table(as_table(head, rows), path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


def as_database(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    with duckdb.connect(str(path.with_suffix(".duckdb"))) as base:
        base.register("given", as_table(head, rows))
        base.execute("CREATE TABLE apc AS SELECT * FROM given")
    return path.with_suffix(".duckdb")


def audited(path: Path, **columns: list[str]) -> list[list[str]]:
    files = EpisodeFiles([path], columns=columns)
    return [row["procedures"] for batch in files.batches() for row in batch.to_pylist()]


def checked(path: Path, **columns: list[str]) -> list[list[str]]:
    every = [asked.record for asked in from_file(path, Context.of, columns)]
    return [[str(code) for code in record.procedures] for record in every if record]


NAMES = ["OPERATION_03", "OP03", "PROC_3", "PROCEDURE3", "MAINPROC", "third_code", "X", "TERTIARY", "Notes"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("write", [as_csv, as_zip, as_parquet, as_database])
def test_a_column_of_codes_that_is_not_known_ends_the_audit(tmp_path: Path, write: Write, name: str) -> None:
    head = [*HEAD[:4], name, HEAD[4]]
    path = write(tmp_path / "e", head, [[*ROW[:4], "Y534", ROW[4]], [*ROW[:4], "", ROW[4]]])
    with pytest.raises(KgError) as fault:
        audited(path)
    assert fault.value.id == "KG-E1220"
    assert name in fault.value.what
    assert f"--column procedures=OPERTN_#+{name}" in fault.value.hint
    assert f"--column unread={name}" in fault.value.hint
    assert audited(path, procedures=[f"OPERTN_#+{name}"])[0] == ["J12.8", "Y13.2", "Y53.4"]
    assert audited(path, unread=[name])[0] == ["J12.8", "Y13.2"]


@pytest.mark.parametrize("name", NAMES)
def test_and_the_check(tmp_path: Path, name: str) -> None:
    path = as_csv(tmp_path / "e", [*HEAD[:4], name, HEAD[4]], [[*ROW[:4], "Y534", ROW[4]]])
    with pytest.raises(KgError, match="left out"):
        checked(path)
    assert checked(path, unread=[name]) == [["J12.8", "Y13.2"]]
    assert checked(path, procedures=[f"OPERTN_#+{name}"]) == [["J12.8", "Y13.2", "Y53.4"]]


@pytest.mark.parametrize("read", [audited, checked])
@pytest.mark.parametrize("cell", ["Y534", "y53.4", "Y53"])
def test_a_column_without_a_name_is_called_by_its_number(
    tmp_path: Path, read: Callable[..., list[list[str]]], cell: str
) -> None:
    path = as_csv(tmp_path / "e", [*HEAD[:4], "", HEAD[4], ""], [[*ROW[:4], cell, ROW[4], ""]])
    with pytest.raises(KgError) as fault:
        read(path)
    assert "column 5" in fault.value.what
    assert "column 7" not in fault.value.what
    assert "--column 'procedures=OPERTN_#+column 5'" in fault.value.hint
    assert read(path, unread=["column 5"]) == [["J12.8", "Y13.2"]]


def test_lists_of_codes_are_looked_at_too(tmp_path: Path) -> None:
    table = pa.table({"id": ["a"], "procedures": [["J12.8"]], "diagnoses": [["C78.7"]], "more": [["Y13.2", "Y53.4"]]})
    parquet.write_table(table, tmp_path / "l.parquet")
    for read in (audited, checked):
        with pytest.raises(KgError, match="more would be left out"):
            read(tmp_path / "l.parquet")


def test_so_are_rows_far_from_the_beginning(tmp_path: Path) -> None:
    rows = [[*ROW, ""] for _ in range(9_000)]
    rows[8_000] = [*ROW, "Y534"]
    for write, read in ((as_csv, audited), (as_csv, checked), (as_parquet, audited)):
        path = write(tmp_path / "far", [*HEAD, "third"], rows)
        with pytest.raises(KgError, match="third would be left out"):
            read(path)


OTHERS = {
    "PROCODE3": ["RJ1", "R12"], "PROCODE": ["RJ100", "R1H00"], "SITETRET": ["RJ121", "R0A07"],
    "GPPRAC": ["A81001", "Y00001"], "CANREG": ["Y0201", "Y0301"], "org": ["Y0201", "Y0301"], "z": ["Y0201", "Y0301"],
    "TRETSPEF": ["100", "C82"], "MAINSPEF": ["110", "300"], "SUSHRG": ["F46", "L22"], "HRG": ["AB12C", "FZ12A"],
    "POSTDIST": ["M13", "B15"], "postcode": ["B12 8QT", "M13 9WL"], "x": ["M13 9WL", "SW1A 1AA"], "area": ["E1", "M14"],
    "ward_code": ["W101", "A123"], "WARD": ["W101", "W102"], "BED": ["B123", "B124"], "consultant": ["C123", "C124"],
    "patient_id": ["P001", "P002"], "region": ["Y54", "Y55"], "STP": ["Q71", "Q72"], "y": ["C82", "I10"],
    "period": ["2024-05-01", "2024-05-02"], "AGE": ["56", "57"], "when": ["03-MAY-2024", "44681"],
    "DIAG_3_01": ["C78", "C78"], "OPERTN_3_01": ["J12", "J12"], "DOMPROC": ["J128", "J128"], "diag_count": ["1", "2"],
    "comment": ["see J12.8", "Y53.4 left out"], "OPERSTAT": ["1", "8"], "OPDATE_01": ["2024-05-01", ""],
}  # fmt: skip


@pytest.mark.parametrize("read", [audited, checked])
@pytest.mark.parametrize("name", list(OTHERS))
def test_columns_that_only_look_like_codes_end_nothing(
    tmp_path: Path, read: Callable[..., list[list[str]]], name: str
) -> None:
    path = as_csv(tmp_path / "e", [*HEAD, name], [[*ROW, cell] for cell in OTHERS[name]])
    assert read(path) == [["J12.8", "Y13.2"]] * 2


@pytest.mark.parametrize("read", [audited, checked])
@pytest.mark.parametrize("second", ["OPERTN_01", "opertn 01"])
def test_a_name_that_stands_twice_is_refused(tmp_path: Path, read: Callable[..., list[list[str]]], second: str) -> None:
    path = as_csv(tmp_path / "e", [*HEAD[:3], second, HEAD[4]], [ROW])
    with pytest.raises(KgError) as fault:
        read(path)
    assert fault.value.id == "KG-E1280"
    assert "OPERTN_01" in fault.value.what


def test_tables_of_uk_biobank_are_read_without_their_other_classifications(tmp_path: Path) -> None:
    operations = ["eid", "ins_index", "arr_index", "opdate", "level", "oper3", "oper3_nb", "oper4", "oper4_nb"]
    diagnoses = ["eid", "ins_index", "arr_index", "level", "diag_icd9", "diag_icd9_nb", "diag_icd10", "diag_icd10_nb"]
    rows = [
        ["1", "0", "0", "01/02/2020", "1", "", "", "J128", ""],
        ["1", "0", "1", "", "2", "", "", "Y132", ""],
        ["2", "0", "0", "01/02/1985", "1", "4801", "", "", ""],
    ]
    more = [["1", "0", "0", "1", "", "", "C787", ""], ["2", "0", "0", "1", "V100", "", "", ""]]
    paths = [as_csv(tmp_path / "o", operations, rows), as_csv(tmp_path / "d", diagnoses, more)]
    for columns in ({}, {"procedures": ["oper4"], "diagnoses": ["diag_icd10"]}):
        files = EpisodeFiles(paths, columns=columns)
        rows = [row for batch in files.batches() for row in batch.to_pylist()]
        assert [(r["episode"], r["procedures"], r["diagnoses"]) for r in rows if r["procedures"]] == [
            ("1:0", ["J12.8", "Y13.2"], ["C78.7"])
        ]
        warnings = [w for w in files.tally.warnings() if w["id"] in ("KG-W1220", "KG-W1280")]
        assert [w["id"] for w in warnings] == ["KG-W1280"]
        assert "oper3" in warnings[0]["message"]
        assert "diag_icd9" in warnings[0]["message"]
