"""`kg build`: a finished store, or the old one untouched; every source that failed is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Kg
from tests.folder.builders import decide, doubtful

GOOD = "id: A1\ntitle: A title\nprocedure: {code: J12.8}\n"


def sources(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return folder


def test_a_build_is_told_as_data(kg: Kg, guidance: Path, tmp_path: Path) -> None:
    ran = kg("build", guidance, "--into", tmp_path / "S", "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    told = ran.json
    assert (told["read"], told["flagged"], told["failed"]) == (5, 1, [])
    assert [one["guidance"] for one in told["guidances"] if one["review"]] == ["IP1062/2"]
    assert kg("doctor", "--store", tmp_path / "S", "--no-shapes").json["store"]["id"] == told["release"]


def test_the_same_sources_give_the_same_release(kg: Kg, guidance: Path, tmp_path: Path) -> None:
    one = kg("build", guidance, "--into", tmp_path / "S").json
    files = sorted(guidance.iterdir(), reverse=True)
    other = kg("build", *files, "--into", tmp_path / "T").json
    assert one["release"] == other["release"]


def test_a_source_that_fails_is_told_and_the_store_has_the_others(kg: Kg, tmp_path: Path) -> None:
    folder = sources(tmp_path / "in", a_yaml=GOOD, b_yaml="id: B\nprocedure: {code: J1288}\n", c_yaml="")
    ran = kg("build", folder, "--into", tmp_path / "S", "--format", "table")
    assert ran.code == 1
    assert "1 read, 0 flagged for review, 2 failed" in ran.out
    assert "KG-E0412" in ran.err
    assert "KG-E0202" in ran.err
    assert "b.yaml" in ran.err
    assert ran.err.endswith("2 of 3 sources could not be read; the store was built from the others.\n")
    assert kg("show", "A1", "--store", tmp_path / "S").code == 0


def test_strict_builds_nothing_and_leaves_the_old_store(kg: Kg, tmp_path: Path) -> None:
    folder = sources(tmp_path / "in", a_yaml=GOOD)
    before = kg("build", folder, "--into", tmp_path / "S").json["release"]
    sources(folder, a_yaml=GOOD.replace("J12.8", "J12.7"), b_yaml="id: B\n")
    ran = kg("build", folder, "--strict", "--into", tmp_path / "S")
    assert (ran.code, ran.out) == (1, "")
    assert "KG-E0301" in ran.err
    assert kg("doctor", "--store", tmp_path / "S", "--no-shapes").json["store"]["id"] == before


def test_strict_tells_every_fault_not_the_first_alone(kg: Kg, tmp_path: Path) -> None:
    folder = sources(tmp_path / "in", a_yaml=GOOD, b_yaml="id: B\n", c_yaml="", d_txt="Nothing.")
    ran = kg("build", folder, "--strict", "--into", tmp_path / "S")
    assert (ran.code, ran.out) == (1, "")
    assert [id for id in ("KG-E0301", "KG-E0202", "KG-E0204") if id in ran.err] == ["KG-E0301", "KG-E0202", "KG-E0204"]
    assert ran.err.endswith("3 of 4 sources cannot be read; nothing was built.\n")
    assert not (tmp_path / "S").exists()


def test_a_decision_that_does_not_fit_is_told_and_flags_its_document(kg: Kg, tmp_path: Path) -> None:
    document = doubtful(tmp_path / "IPG1.txt", 1)
    decide(document)
    assert kg("build", document, "--into", tmp_path / "S").json["flagged"] == 0
    document.write_text(document.read_text() + "\n")
    ran = kg("build", document, "--into", tmp_path / "S")
    assert (ran.code, ran.json["flagged"], ran.json["decided"]) == (0, 1, 0)
    assert [each["warning"]["id"] for each in ran.json["noted"]] == ["KG-W0220"]
    assert ran.err.startswith("KG-W0220")
    decide(document, by="B. Coder", into=tmp_path / "b.decision.yaml")
    decide(document)
    ran = kg("build", document, tmp_path / "b.decision.yaml", "--into", tmp_path / "S")
    assert (ran.code, ran.json["flagged"]) == (1, 1)
    assert "KG-E0216" in ran.err


def test_two_documents_with_one_id_are_told(kg: Kg, tmp_path: Path) -> None:
    ran = kg("build", sources(tmp_path / "in", a_yaml=GOOD, b_yaml=GOOD), "--into", tmp_path / "S")
    assert ran.code == 1
    assert "KG-E0209" in ran.err


def test_a_file_that_is_named_twice_is_one_document(kg: Kg, tmp_path: Path) -> None:
    folder = sources(tmp_path / "in", a_yaml=GOOD)
    ran = kg("build", folder, folder / "a.yaml", tmp_path / "in" / ".." / "in", "--into", tmp_path / "S")
    assert (ran.code, ran.json["read"], ran.json["failed"]) == (0, 1, [])


@pytest.mark.parametrize(
    ("into", "id"),
    [("in", "KG-E0505"), ("in/a.yaml", "KG-E0505"), ("in/a.yaml/S", "KG-E0206"), ("/proc/S", "KG-E0206")],
)
def test_a_place_that_is_no_store_is_left_alone(kg: Kg, tmp_path: Path, into: str, id: str) -> None:
    folder = sources(tmp_path / "in", a_yaml=GOOD)
    ran = kg("build", folder, "--into", tmp_path / into)
    assert ran.code == 2
    assert ran.err.startswith(id), ran.err
    assert [file.name for file in folder.iterdir()] == ["a.yaml"]


def test_nothing_to_build_from_is_told(kg: Kg, tmp_path: Path) -> None:
    ran = kg("build", tmp_path / "none.txt", "--into", tmp_path / "S")
    assert ran.code == 2
    assert ran.err.startswith("KG-E0201")
    assert not (tmp_path / "S").exists()


def test_a_warning_that_a_document_has_often_is_told_once(kg: Kg, tmp_path: Path) -> None:
    lines = "\n".join(f"J12.{n} Something unheard of {n}" for n in range(1, 5))
    (tmp_path / "IPG1.txt").write_text(f"IPG1 Example\n\nOPCS-4 code(s):\n{lines}\n", encoding="utf-8")
    (told,) = kg("build", tmp_path / "IPG1.txt", "--into", tmp_path / "store", "--format", "json").json["guidances"]
    assert told["warnings"]
    assert len(told["warnings"]) == len(set(told["warnings"]))
