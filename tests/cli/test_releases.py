"""Commands on the users' own releases: from the files to answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Kg


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from kg.cli.main import run

    place = tmp_path_factory.mktemp("releases")
    assert run(["sample-release", str(place / "release"), "--concepts", "600", "-o", str(place / "told.json")]) == 0
    argv = ["build", "examples/guidance", "--release", str(place / "release"), "--into", str(place / "store")]
    assert run([*argv, "-o", str(place / "built.json")]) == 0
    return place / "store"


def test_a_build_tells_editions_counts_and_maps(store: Path) -> None:
    built = json.loads((store.parent / "built.json").read_text(encoding="utf-8"))
    told = json.loads((store.parent / "told.json").read_text(encoding="utf-8"))["counts"]
    editions = {each["system"]: each for each in built["editions"]}
    assert editions["SNOMED CT"]["counts"]["concept"] == told["concept"]
    assert {each["system"] for each in editions["SNOMED CT"]["maps"]} == {"OPCS-4", "ICD-10"}
    assert built["problems"] == []


def test_the_store_is_sound_and_counts_what_it_holds(kg: Kg, store: Path) -> None:
    told = json.loads(kg("doctor", "-s", str(store), "--format", "json").out)
    assert told["ok"] is True
    counts = json.loads((store.parent / "told.json").read_text(encoding="utf-8"))["counts"]
    assert told["store"]["counts"]["concepts"] == counts["concept"]
    assert told["store"]["counts"]["icd10_codes"] == counts["icd10_codes"]


@pytest.mark.parametrize(
    ("lower", "upper", "answer"),
    [
        ("404684003", "138875005", "true"),
        ("138875005", "404684003", "false"),
        ("404684003", "404684003", "true"),
        ("j123", "J12.-", "true"),
        ("J12.-", "J", "true"),
        ("J12.-", "J12.3", "false"),
    ],
)
def test_whether_the_first_is_at_or_below_the_second(kg: Kg, store: Path, lower: str, upper: str, answer: str) -> None:
    assert kg("subsumes", lower, upper, "-s", str(store)).out == f"{answer}\n"


def test_which_of_two_codes_is_not_known_is_told(kg: Kg, store: Path) -> None:
    asked = kg("subsumes", "J12.3", "I48.7", "-s", str(store))
    assert (asked.code, asked.out) == (1, "")
    assert "KG-E0601  I48.7 is not known in OPCS-4 or ICD-10" in asked.err


def test_a_concept_that_the_release_does_not_have_is_told(kg: Kg, store: Path) -> None:
    shown = kg("subsumes", "138875005", "22298006", "-s", str(store))
    assert shown.code == 1
    assert "KG-E0601" in shown.err


def test_a_concept_is_shown_with_its_place(kg: Kg, store: Path) -> None:
    item = json.loads(kg("show", "404684003", "-s", str(store), "--format", "json").out)
    assert (item["title"], item["status"], item["parents"]) == ("Clinical finding", "active", ["138875005"])
    assert item["below"] >= item["children"] > 0


def test_words_and_codes_are_found(kg: Kg, store: Path) -> None:
    found = json.loads(kg("search", "clinical", "find", "-s", str(store), "--format", "json").out)
    assert found[0] == {"id": "404684003", "system": "SNOMED CT", "title": "Clinical finding", "status": "active"}
    found = json.loads(kg("search", "j128", "--system", "opcs4", "-s", str(store), "--format", "json").out)
    assert [each["id"] for each in found] == ["J12.8"]
    assert kg("search", "qqqqq", "-s", str(store)).code == 1


def test_counts_of_combinations_are_exact_with_a_release(kg: Kg, store: Path) -> None:
    told = json.loads(kg("combinations", "IPG369", "-s", str(store), "--format", "json").out)
    assert told["procedure"]["codes"] is not None
