"""`kg check`: verdicts for one record and for a file of records."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg import resources
from tests.cli.conftest import Kg


def test_a_valid_record(kg: Kg, store: Path) -> None:
    ran = kg("check", "J12.8", "Y13.2", "Y53.4", "--diagnosis", "C78.7", "--guidance", "IPG369", "--store", store)
    assert ran.code == 0
    told = ran.json
    assert set(told) == {"id", "verdict", "standards", "guidances"}
    (one,) = told["guidances"]
    assert (told["verdict"], one["guidance"], one["verdict"]) == ("valid", "IPG369", "valid")
    assert {"guidance", "verdict", "procedure", "diagnosis", "repairs", "why"} <= set(one)
    assert one["procedure"]["met"] == ["J12.8", "Y13.2", "Y53.-"]
    assert {"verdict", "met", "missing", "broken"} <= set(one["procedure"])


def test_an_incomplete_record_says_what_is_missing_and_which_words_ask_for_it(kg: Kg, store: Path) -> None:
    ran = kg("check", "J128,Y132", "-d", "C787", "-g", "IPG369", "--store", store, "--format", "table")
    assert ran.code == 1
    assert "INCOMPLETE" in ran.out
    assert "Missing Y53.- for J12.8 + Y13.2 + Y53.-." in ran.out
    assert "Y53.- Approach to organ under image control" in ran.out


def test_the_shipped_records_in_order(kg: Kg, store: Path) -> None:
    records = resources.path("examples/records.jsonl")
    ran = kg("check", "--format", "jsonl", records, "--store", store)
    assert ran.code == 1
    assert [(line["id"], line["verdict"], [g["guidance"] for g in line["guidances"]]) for line in ran.lines] == [
        ("complete", "valid", ["IPG369"]),
        ("no image control", "incomplete", ["IPG369"]),
        ("which guidance", "valid", ["IPG553"]),
        ("primary still present", "valid", ["IPG672"]),
        ("primary said to be gone", "contradicted", ["IPG672"]),
        ("an operation of the heart", "not applicable", []),
    ]


def test_lines_that_are_no_records_keep_their_place(kg: Kg, store: Path) -> None:
    lines = (
        '{"id": 1, "procedures": ["J1288"]}\nnonsense\n'
        '{"id": 3, "procedures": ["J12.7"], "guidance": "IPG55"}\n{"id": 4, "procedures": ["K40.1"]}\n'
    )
    ran = kg("check", "--format", "jsonl", "-", "--store", store, stdin=lines)
    assert ran.code == 1
    assert [line.get("error", {}).get("id", line.get("verdict")) for line in ran.lines] == [
        "KG-E0412", "KG-E0305", "KG-E0601", "not applicable",
    ]  # fmt: skip
    assert [line["id"] for line in ran.lines] == [1, "line 2", 3, 4]


def test_a_table_of_a_file_has_a_row_for_each_record_and_a_sum(kg: Kg, store: Path) -> None:
    records = resources.path("examples/records.jsonl")
    ran = kg("check", "--format", "table", records, "--store", store)
    assert len(ran.out.splitlines()) == 7
    assert ran.err == "1 contradicted, 1 incomplete, 1 not applicable, 3 valid\n"
    why = kg("check", "--format", "table", "--why", records, "--store", store).out
    assert "record complete: valid\nIPG369" in why


def test_csv_in_and_out(kg: Kg, store: Path, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(
        "id,opertn_01,opertn_02,opertn_03,diag_01\n1,J128,Y132,Y534,C787\n", encoding="utf-8"
    )
    ran = kg("check", "--format", "csv", tmp_path / "r.csv", "--store", store)
    header, row = ran.out.splitlines()
    assert header == "id,verdict,guidance,guidance verdict,procedure,diagnosis,missing,why,repair"
    assert row.startswith("1,valid,IPG369,valid,valid,valid,,")


def test_the_context_rules_out(kg: Kg, store: Path) -> None:
    asked = ("check", "J12.8", "Y13.2", "Y53.4", "-d", "C78.7", "-g", "IPG369", "--store", store)
    assert kg(*asked, "--given", "approach=open").json["verdict"] == "contradicted"
    assert kg(*asked, "--given", "approach=percutaneous").json["verdict"] == "valid"


def test_a_code_of_the_other_side_is_warned_of(kg: Kg, store: Path) -> None:
    ran = kg("check", "J12.8", "-d", "J08.3", "--store", store)
    assert [warning["id"] for warning in ran.json["warnings"]] == ["KG-W0401"]


CHEMO = ("check", "J16.1", "Y53.4", "Y73.2", "-d", "C22.0", "-g", "IP1062/2")


def test_the_standards_of_the_records_date_decide(kg: Kg, store: Path) -> None:
    assert kg(*CHEMO, "--store", store).json["verdict"] == "valid"
    assert kg(*CHEMO, "--date", "2022-05-01", "--store", store).json["verdict"] == "valid"
    assert kg(*CHEMO, "--date", "2022-04-30", "--store", store).json["verdict"] == "incomplete"
    assert kg(*CHEMO, "--as-printed", "--store", store).json["verdict"] == "incomplete"
    record = '{"procedures": ["J16.1", "Y53.4", "Y73.2"], "diagnoses": ["C22.0"], "guidance": "IP1062/2"}'
    ran = kg("check", "--date", "2022-04-30", "-", "--store", store, "--format", "jsonl", stdin=record)
    assert ran.lines[0]["verdict"] == "incomplete"


def test_a_broken_standard_is_told_with_its_rule_and_contradicts_the_record(kg: Kg, store: Path) -> None:
    asked = ("check", "Z30.1", "J12.8", "Y13.2", "Y53.4", "-d", "C78.7", "-g", "IPG369", "--store", store)
    told = kg(*asked).json
    assert (told["verdict"], told["guidances"][0]["verdict"]) == ("contradicted", "valid")
    (broken,) = told["standards"]
    assert set(broken) == {"rule", "standard", "codes", "why", "level", "authority"}
    assert (broken["standard"], broken["codes"]) == ("subsidiary-chapters", ["Z30.1"])
    text = kg(*asked, "--format", "table").out
    assert "└─ contradicted: Z30.1: " in text
    assert kg(*asked, "--as-printed").json["standards"] == []


def test_packs_and_local_switches(kg: Kg, store: Path, tmp_path: Path) -> None:
    asked = ("check", "J12.8", "Y13.2", "Y53.4", "-d", "C78.7", "-d", "U04.9", "-g", "IPG369", "--store", store)
    assert kg(*asked).json["verdict"] == "valid"
    ran = kg(*asked, "--pack", "health-board-2022")
    assert (ran.json["verdict"], ran.json["standards"][-1]["authority"]) == ("contradicted", "secondary")
    assert "KG-W0901" in ran.err
    switches = tmp_path / "local.toml"
    switches.write_text('[standards]\n"ICD10-DCS.XXII.5-4" = "note"\n', encoding="utf-8")
    ran = kg(*asked, "--pack", "health-board-2022", "--settings", switches)
    assert (ran.json["verdict"], ran.json["standards"][-1]["level"]) == ("valid", "note")


def test_a_table_of_a_file_tells_the_standard_that_decides(kg: Kg, store: Path) -> None:
    record = '{"id": "x", "procedures": ["Z30.1", "J12.8", "Y13.2", "Y53.4"], "guidance": "IPG369"}'
    ran = kg("check", "--format", "table", "-", "--store", store, stdin=record)
    assert "contradicted" in ran.out
    assert "subsidiary" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["J12.8", "Y53"], 1, "KG-E0412"),
        (["J12.8", "-d", "78.7"], 1, "KG-E0413"),
        (["J12.8", "-c", "709020002"], 1, "KG-E0415"),
        (["J12.8", "-g", "IPG36"], 1, "Did you mean IPG369"),
        (["J12.8", "--given", "aproach=open"], 2, "Did you mean approach"),
        (["J12.8", "--date", "yesterday"], 2, "KG-E0102"),
        (["records.jsn"], 2, "KG-E0201"),
        (["records.jsn", "-c", "709020001"], 2, "records.jsn is a file of records, and more is given beside it"),
        (["J12.8", "M45.X0"], 1, "KG-E0412"),
        (["C19.X"], 1, "KG-E0412"),
        (["J12.8", "./more.csv"], 2, "./more.csv is a file of records"),
        (["J12.8", "--pack", "health-bord-2022"], 2, "Shipped packs: health-board-2022"),
        (["J12.8", "--settings", "none.toml"], 2, "KG-E0201"),
        (["J12.8", "--as-printed", "--pack", "health-board-2022"], 2, "KG-E0102"),
        (["J12.8"] * 201, 1, "KG-E0306"),
    ],
)
def test_bad_input_is_told(kg: Kg, store: Path, arguments: list[str], code: int, told: str) -> None:
    ran = kg("check", *arguments, "--store", store)
    assert ran.code == code
    assert told in ran.err
    assert ran.out == ""


def test_a_picture_and_certificates_are_of_one_check(kg: Kg, store: Path, tmp_path: Path) -> None:
    files = ("--picture", tmp_path / "why.svg", "--certificates", tmp_path / "c.jsonl")
    ran = kg("check", "J12.8", "Y13.2", "Y53.4", "-d", "C78.7", "-g", "IPG369", *files, "--store", store)
    assert (ran.code, ran.json["verdict"]) == (0, "valid")
    assert (tmp_path / "why.svg").read_text(encoding="utf-8").startswith("<svg")
    assert len((tmp_path / "c.jsonl").read_text(encoding="utf-8").splitlines()) == 1
