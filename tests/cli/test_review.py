"""`kg review`: what waits, why, and how the readings differ; the exit code says whether anything does."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Kg
from tests.folder.builders import decide, doubtful, folder


def test_nothing_waits(kg: Kg, tmp_path: Path) -> None:
    ran = kg("review", folder(tmp_path, 2))
    assert (ran.code, ran.out, ran.err) == (0, "", "Nothing waits: 2 documents.\n")


def test_each_reason_has_its_place_and_its_words(kg: Kg, tmp_path: Path) -> None:
    document = doubtful(folder(tmp_path, 1) / "IPG2.txt", 2)
    ran = kg("review", tmp_path)
    assert (ran.code, ran.err) == (1, "1 of 2 documents wait for a person.\n")
    (item,) = ran.lines
    assert (item["file"], item["id"]) == (str(document), "IPG2")
    text = document.read_text()
    for reason in item["reasons"]:
        line, column = map(int, reason["place"].removeprefix("line ").split(":"))
        assert text.splitlines()[line - 1] == reason["excerpt"]
        assert text[reason["start"] :].startswith(reason["excerpt"][column - 1 :][:3])


def test_readings_are_ranked_with_the_first_combination_in_which_they_differ(kg: Kg, guidance: Path) -> None:
    (item,) = kg("review", guidance / "IP1062-2.txt").lines
    first, second, third = item["readings"]
    assert [r["reading"] for r in item["readings"]] == [1, 2, 3]
    assert all(r["reason"] for r in item["readings"])
    assert "differs" not in first
    assert second["counts"] == {"procedure": 2, "diagnosis": 2}
    assert second["differs"] == {
        "procedure": {
            "only_in_first": "J16.1 + Y53.- + Y73.2 + X70-X71",
            "only_here": "J16.1 + Y53.- + Y79.- + Y73.2 + X70-X71",
            "on_other_conditions": False,
        }
    }
    assert third["differs"]["procedure"]["only_here"] == "J16.1 + Y53.-"


def test_a_document_that_cannot_be_read_waits_too(kg: Kg, tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    ran = kg("review", "--format", "table", tmp_path)
    assert ran.code == 1
    assert "KG-E0202" in ran.out


def test_the_table_marks_the_words(kg: Kg, guidance: Path) -> None:
    told = kg("review", "--format", "table", guidance).out
    assert "KG-W0202  line 17:1: this Or can be read in 3 ways\n      OR\n      ^^\n" in told
    assert "    procedure side, only in reading 1: J16.1 + Y53.- + Y73.2 + X70-X71\n" in told


def test_csv_has_a_row_for_each_reason_and_reading(kg: Kg, guidance: Path) -> None:
    head, *rows = kg("review", "--format", "csv", guidance).out.splitlines()
    assert head == "file,id,title,kind,warning,place,message,excerpt"
    assert [",reason," in row for row in rows] == [True, False, False, False]


def test_a_store_knows_what_waits_until_it_is_decided(kg: Kg, tmp_path: Path) -> None:
    document = doubtful(folder(tmp_path / "in", 1) / "IPG2.txt", 2)
    kg("build", tmp_path / "in", "--into", tmp_path / "S")
    ran = kg("review", "--store", tmp_path / "S")
    assert (ran.code, [item["id"] for item in ran.lines]) == (1, ["IPG2"])
    assert ran.lines[0]["reasons"][0]["id"].startswith("KG-W")
    decide(document)
    kg("build", tmp_path / "in", "--into", tmp_path / "S")
    assert kg("review", "--store", tmp_path / "S").code == 0


def test_documents_and_a_store_are_not_asked_at_once(kg: Kg, tmp_path: Path) -> None:
    assert kg("review", tmp_path, "--store", tmp_path).err.startswith("KG-E0102")
