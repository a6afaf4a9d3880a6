"""`kg diff` of two stores: what changed in recommendations, with a release or without one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Kg

LASER = "Y08.4 Laser destruction of lesion of organ NOC"
KEPT = f"IPG9201 Laser treatment\n\nCoding recommendations\n\nK52.1 Open ablation of atrioventricular node\n{LASER}\n"
REWORDED = KEPT.replace("K52.1 Open", "The operation is recorded as follows:\nK52.1 Open")
BEFORE = {
    "IPG9201.txt": KEPT,
    "IPG9202.txt": f"IPG9202 Old\n\nCoding recommendations\n\nK52.2 Another\n{LASER}\n\nICD-10 code:\nI48.X Flutter\n",
    "IPG9203.txt": "IPG9203 Gone\n\nCoding recommendations\n\nJ12.4 Ablation of lesion of liver\n",
}
AFTER = {
    "IPG9201.txt": REWORDED,
    "IPG9202.txt": (
        f"IPG9202 New\n\nCoding recommendations\n\nK52.8 Another\n{LASER}\n"
        "If a stent is inserted, add Y14.2 Insertion of stent into organ NOC.\n\nICD-10 code:\nI48.X Flutter\n"
    ),
    "IPG9204.txt": "IPG9204 Come\n\nCoding recommendations\n\nJ12.5 Ablation of lesion of liver\n",
}


@pytest.fixture
def stores(kg: Kg, tmp_path: Path) -> tuple[Path, Path]:
    for name, documents in (("old", BEFORE), ("new", AFTER)):
        (tmp_path / name).mkdir()
        for file, text in documents.items():
            (tmp_path / name / file).write_text(text, encoding="utf-8")
        assert kg("build", tmp_path / name, "--into", tmp_path / f"{name}-store").code == 0
    return tmp_path / "old-store", tmp_path / "new-store"


def test_what_changed_between_recommendations_is_told_by_meaning(kg: Kg, stores: tuple[Path, Path]) -> None:
    ran = kg("diff", *stores, "--format", "jsonl")
    assert ran.code == 0, ran.err
    found: dict[tuple[str, str], Any] = {(line["id"], line["change"]): line for line in ran.lines}
    assert set(found) == {
        ("IPG9202", "retitled"),
        ("IPG9202", "changed"),
        ("IPG9203", "retired"),
        ("IPG9204", "new"),
    }
    assert all(line["system"] == "guidance" for line in ran.lines)
    changed = found["IPG9202", "changed"]
    assert (changed["side"], changed["combinations"]) == ("procedure", [1, 2])
    assert (changed["before"], changed["after"]) == ("K52.2 + Y08.4", "K52.8 + Y08.4")
    assert changed["conditions_new"] == ["If a stent is inserted"]


def test_the_same_store_has_no_change_and_some_kinds_can_be_asked_for(kg: Kg, stores: tuple[Path, Path]) -> None:
    old, new = stores
    assert kg("diff", old, old, "--format", "jsonl").lines == []
    only = kg("diff", old, new, "--change", "new", "--system", "Guidance", "--format", "json").out
    assert [each["id"] for each in json.loads(only)] == ["IPG9204"]
    told = kg("diff", old, new, "--format", "table")
    assert "compared: the recommendations of" in told.err


def test_the_impact_of_no_edition_is_refused(kg: Kg, stores: tuple[Path, Path]) -> None:
    ran = kg("impact", *stores)
    assert ran.code == 2
    assert "KG-E1050" in ran.err
    assert "have editions of no system in common" in ran.err
