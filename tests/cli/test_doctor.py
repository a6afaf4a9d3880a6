"""`kg doctor`: what is sound is said to be, and what is not is found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Kg

COUNTS = {"guidances", "concepts", "descriptions", "relationships", "map_rows", "opcs4_codes", "icd10_codes"}


def test_a_sound_store(kg: Kg, store: Path) -> None:
    ran = kg("doctor", "--store", store, "--format", "json")
    assert ran.code == 0, ran.out
    told = ran.json
    assert {"ok", "problems", "store", "versions"} <= set(told)
    assert (told["ok"], told["problems"]) == (True, [])
    assert {"id", "built", "quads", "counts"} <= set(told["store"])
    assert set(told["store"]["counts"]) >= COUNTS
    assert told["store"]["counts"]["guidances"] == 5
    assert told["versions"]["kg"]
    assert kg("doctor", "--store", store, "--no-shapes", "--format", "table").out.endswith("all is well\n")


@pytest.mark.parametrize("damage", ["bit", "gone", "pointer"])
def test_damage_is_found(kg: Kg, store: Path, tmp_path: Path, damage: str) -> None:
    copy = tmp_path / "S"
    shutil.copytree(store, copy)
    largest = max((file for file in copy.rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)
    if damage == "bit":
        data = bytearray(largest.read_bytes())
        data[len(data) // 2] ^= 1
        largest.write_bytes(data)
    elif damage == "gone":
        largest.unlink()
    else:
        (copy / "current").write_text("nonsense", encoding="utf-8")
    ran = kg("doctor", "--store", copy, "--format", "json")
    assert ran.code == 1
    assert ran.json["ok"] is False
    assert {problem["id"] for problem in ran.json["problems"]} == {"KG-E0502"}


def test_no_store_is_a_problem_only_if_one_was_named(kg: Kg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KG_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert kg("doctor").json["ok"] is True
    assert kg("doctor", "--store", "none").json["problems"][0]["id"] == "KG-E0501"
    monkeypatch.setenv("KG_STORE", "none")
    assert kg("doctor").code == 1
