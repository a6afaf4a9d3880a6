"""Tables of records, CSV and Parquet: which columns are read, and that no column of codes is left out in silence."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from kg.answers.records import Asked
from kg.audit.episodes import EpisodeFiles
from kg.cli.records import from_file
from kg.errors import KgError
from kg.expression.condition import Context
from tests.cli.conftest import Kg

Columns = dict[str, list[str]]


def read(path: Path, text: str, columns: Columns | None = None) -> list[Asked]:
    path.write_text(text, encoding="utf-8")
    return list(from_file(path, Context.of, columns))


def codes_of(asked: Asked) -> tuple[list[str], list[str]]:
    assert asked.record is not None, asked.error
    return [str(c) for c in asked.record.procedures], [str(c) for c in asked.record.diagnoses]


CRYOTHERAPY = (["J12.8", "Y13.2"], ["C78.7"])


@pytest.mark.parametrize(
    "header",
    [
        "id,proc1,proc2,diag1",
        "id,Procedure 1,Procedure 2,Diagnosis 1",
        "id,opcs1,opcs2,icd1",
        "EPIKEY,OPERTN_01,OPERTN_02,DIAG_01",
        "EPIKEY,OPERTN_4_01,OPERTN_4_02,DIAG_4_01",
        "episode,procedure_code_1,procedure_code_2,diagnosis_code_1",
    ],
)
def test_columns_go_by_the_names_that_the_audit_knows(tmp_path: Path, header: str) -> None:
    (one,) = read(tmp_path / "r.csv", f"{header}\n7,J128,Y132,C787\n")
    assert (one.id, codes_of(one)) == ("7", CRYOTHERAPY)


@pytest.mark.parametrize("header", ["procedure_codes,diagnosis_codes", "opcs4,icd10", "opertn_4_concat,diag_4_concat"])
def test_codes_may_stand_in_one_column_of_any_of_these_names(tmp_path: Path, header: str) -> None:
    (one,) = read(tmp_path / "r.csv", f'{header}\n"J12.8, Y13.2",C787\n')
    assert (one.id, codes_of(one)) == ("line 2", CRYOTHERAPY)


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("id,op_1,op_2,diag_01", "procedures=op_#"),
        ("id,primary_procedure,secondary_procedure,diag_01", "procedures=primary_procedure+secondary_procedure"),
        ("id,opertn_01,secondary_procedure,diag_01", "procedures=opertn_01+secondary_procedure"),
        ("id,opertn_01,opertn_02,dx1", "diagnoses=dx1"),
        ("id,opertn_01,opertn_02,primary_diagnosis", "diagnoses=primary_diagnosis"),
        ("id,opertn_01,secondary_code,diag_01", "procedures=opertn_01+secondary_code"),
    ],
)
def test_a_column_of_codes_by_another_name_ends_the_run(tmp_path: Path, header: str, meant: str) -> None:
    with pytest.raises(KgError, match=r"left out|not there|no column") as fault:
        read(tmp_path / "r.csv", f"{header}\na,J12.8,Y13.2,C78.7\n")
    assert fault.value.id == "KG-E1220"
    assert f"--column {meant}" in fault.value.hint
    role, _, name = meant.partition("=")
    (one,) = read(tmp_path / "r.csv", f"{header}\na,J12.8,Y13.2,C78.7\n", {role: [name]})
    assert codes_of(one) == CRYOTHERAPY


def test_a_column_said_to_be_none_is_not_asked_about(tmp_path: Path) -> None:
    text = "id,opertn_01,dx1\na,J12.8,C78.7\n"
    (one,) = read(tmp_path / "r.csv", text, {"diagnoses": []})
    assert codes_of(one) == (["J12.8"], [])
    (one,) = read(tmp_path / "r.csv", text, {"diagnoses": ["dx1"], "id": ["dx1"]})
    assert (one.id, codes_of(one)) == ("C78.7", (["J12.8"], ["C78.7"]))


@pytest.mark.parametrize("role", ["procedure", "year", "code"])
def test_a_role_that_no_record_has_is_told(tmp_path: Path, role: str) -> None:
    with pytest.raises(KgError) as fault:
        read(tmp_path / "r.csv", "id,opertn_01\na,J12.8\n", {role: ["opertn_01"]})
    assert fault.value.id == "KG-E1221"


def test_columns_that_hold_no_other_codes_are_not_asked_about(tmp_path: Path) -> None:
    sides = "opertn_4_01,opertn_3_01,operstat,opdate_01,diag_4_01,diag_3_01,diag_count"
    (one,) = read(
        tmp_path / "r.csv",
        f"epikey,{sides},procode3,postcode,ward,bed\na,J128,J12,1,2024-05-01,C787,C78,1,RQ3,B12 8QT,W12,B123\n",
    )
    assert codes_of(one) == (["J12.8"], ["C78.7"])


def test_the_cases_and_episodes_that_the_program_writes_are_read_again(tmp_path: Path) -> None:
    header = "guidance,verdict,id,procedures,diagnoses,date,combination,missing,broken"
    (one,) = read(tmp_path / "cases.csv", f"{header}\nIPG1,valid,7,J12.8,C78.7,,J03.2,J03.2,x\n")
    assert (one.id, one.guidance, codes_of(one)) == ("7", "IPG1", (["J12.8"], ["C78.7"]))
    text = "EPIKEY,OPERTN_01,EXPECTED_MISSING,EXPECTED_REPAIR\n7,J128,J03.2,J03.2\n"
    assert codes_of(*read(tmp_path / "made.csv", text)) == (["J12.8"], [])


def test_a_number_that_is_missing_between_others_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = read(tmp_path / "r.csv", "id,diag_01,diag_03\na,C78.7,C18.9\n")
    assert codes_of(one) == ([], ["C78.7", "C18.9"])
    assert "KG-W1220" in capsys.readouterr().err


def test_a_table_with_a_row_for_each_code_is_for_the_audit(tmp_path: Path) -> None:
    with pytest.raises(KgError) as fault:
        read(tmp_path / "r.csv", "episode,code,system,position\n1,J12.8,OPCS-4,1\n")
    assert "kg audit" in fault.value.hint


HES = [
    ["EPIKEY", "EPISTART", "EPIEND", "OPERTN_01", "OPERTN_02", "OPERTN_03", "DIAG_01", "DIAG_02"],
    ["500000000000000001", "2024-04-30", "01/05/2024", "J128", "Y132", "-", "C787--", "&"],
    ["500000000000000002", "", "1800-01-01", "X998", "", "", "X998", "H198A"],
    ["500000000000000003", "20240430", "20240501", "J12.8", "", "X999", "C61X", ""],
    ["500000000000000004", "2024-04-30", "", "J12.8", "", "NULL", "C78.7 ", ""],
    ["500000000000000005", "2024-04-29", "1801-01-01", "J12.8", "", "NULL", "C78.7 ", ""],
]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_record_of_a_table_is_the_episode_that_the_audit_reads(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"hes.{suffix}"
    if suffix == "csv":
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(HES)
    else:
        columns: Sequence[Sequence[str]] = list(zip(*HES[1:], strict=True))
        parquet.write_table(pa.table(dict(zip(HES[0], columns, strict=True))), path)
    (batch,) = EpisodeFiles([path]).batches()
    told = [(row["episode"], row["procedures"], row["diagnoses"], row["date"]) for row in batch.to_pylist()]
    asked = list(from_file(path, Context.of))
    assert [(one.id, *codes_of(one), one.record and one.record.date) for one in asked] == told


@pytest.mark.parametrize("command", ["check", "identify"])
def test_the_commands_take_columns(kg: Kg, store: Path, tmp_path: Path, command: str) -> None:
    (tmp_path / "r.csv").write_text("id,op_1,op_2\n1,J12.8,Y13.2\n", encoding="utf-8")
    asked = (command, tmp_path / "r.csv", "-s", store, "--format", "csv")
    refused = kg(*asked)
    assert (refused.code, refused.out) == (2, "")
    assert "--column procedures=op_#" in refused.err
    ran = kg(*asked, "--column", "procedures=op_#")
    assert "IPG369" in ran.out
    beside = kg(command, "J12.8", "-s", store, "--column", "procedures=op_#")
    assert (beside.code, beside.out) == (2, "")
