"""Episodes made to test encoders with: each has the verdict that is told, also when it is read back from its file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from kg.audit.episodes import EpisodeFiles
from kg.audit.making import VERDICT_OF, Kind, Made, Maker, repairs_of
from kg.expression.condition import Context
from kg.reason.check import check
from kg.reason.record import Record
from kg.workspace import open_workspace
from tests.cli.conftest import Kg, guidance, kg, store

__all__ = ["guidance", "kg", "store"]  # fixtures
DATE = "2026-11-01"


@pytest.fixture(scope="module")
def made(store: Path) -> dict[str, list[Made]]:
    with open_workspace(store) as workspace:
        applied = workspace.applied()
        return {
            id: Maker(r, applied, Context(facets=workspace.facets), 1).make(15)
            for id, r in workspace.recommendations.items()
        }


def test_episodes_of_each_kind_are_made_where_the_guidance_allows(made: dict[str, list[Made]]) -> None:
    for id, found in made.items():
        kinds = {one.kind for one in found}
        # IPG688 has no variants, no code of a subsidiary chapter and prints no code that is not assigned.
        assert kinds == ({Kind.VALID, Kind.NEAR_MISS} if id == "IPG688" else set(Kind)), id
        assert len({(one.record.procedures, one.record.diagnoses) for one in found}) == len(found)
        assert all(one.found.verdict is VERDICT_OF[one.kind] for one in found)


def test_what_is_wrong_is_told_with_its_reason_and_its_repair(made: dict[str, list[Made]]) -> None:
    for one in (one for found in made.values() for one in found):
        assert one.reason
        assert (one.kind is Kind.NEAR_MISS) <= bool(one.fault.missing)
        assert (one.kind is Kind.CONTRADICTED) <= bool(one.fault.broken)
        assert bool(one.mended) <= (one.kind is not Kind.VALID)
    repairs = repairs_of(one for found in made.values() for one in found)
    assert len(repairs) > 8


def test_the_same_seed_makes_the_same_episodes_and_another_one_others(kg: Kg, store: Path) -> None:
    first, again, other = (
        kg("episodes", "--for", "IPG553", "--count", 6, "--seed", s, "-s", store).out for s in (1, 1, 2)
    )
    assert first == again != other


def test_the_checker_gives_records_the_verdicts_that_are_told(kg: Kg, store: Path, tmp_path: Path) -> None:
    path = tmp_path / "episodes.jsonl"
    assert kg("episodes", "--for", "IPG369", "--for", "IPG672", "--count", 9, "-o", path, "-s", store).code == 0
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) == 18
    found = kg("check", path, "--format", "jsonl", "-s", store).lines
    for line, verdict in zip(lines, found, strict=True):
        told = verdict["guidances"][0]
        assert told["verdict"] == line["expected"]["verdict"], line
        sides = [told["procedure"], told["diagnosis"]]
        assert [m for side in sides for m in side["missing"]] == line["expected"]["missing"]


def test_episodes_in_columns_of_hes_are_read_back_and_have_the_verdicts_that_are_told(
    kg: Kg, store: Path, tmp_path: Path
) -> None:
    path = tmp_path / "hes.csv"
    assert (
        kg(
            "episodes", "--for", "IP1062/2", "--layout", "hes", "--count", 9, "--date", DATE, "-o", path, "-s", store
        ).code
        == 0
    )
    expected = list(csv.DictReader(path.read_text().splitlines()))
    files = EpisodeFiles([path])
    read = [row for batch in files.batches() for row in batch.to_pylist()]
    assert not files.tally.warnings()
    with open_workspace(store) as workspace:
        r, applied = workspace.recommendation("IP1062/2"), workspace.applied()
        for row, told in zip(read, expected, strict=True):
            assert row["date"].isoformat() == DATE
            record = Record.of(row["procedures"], row["diagnoses"], date=DATE)
            found = check(r, record, workspace.classification, applied)
            assert (row["episode"], found.verdict.value) == (told["EPIKEY"], told["EXPECTED_VERDICT"])


def test_a_guidance_of_which_fewer_can_be_made_says_so(kg: Kg, store: Path) -> None:
    ran = kg("episodes", "--for", "IPG688", "--count", 9, "-s", store)
    assert ran.code == 0
    assert len(ran.lines) == 6
    assert "IPG688: 6 of 9 episodes made (3 valid, 3 near miss, 0 contradicted)" in ran.err


def test_an_unknown_guidance_is_told(kg: Kg, store: Path) -> None:
    assert "KG-E0601" in kg("episodes", "--for", "IPG36", "-s", store).err
