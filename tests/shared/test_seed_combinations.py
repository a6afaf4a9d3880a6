"""The five documents that the program is for first, from their text files to their combinations."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kg.building import build
from kg.expression.recommendation import Side
from kg.workspace import Workspace, open_workspace

SHARED = Path(__file__).parents[2].parent / "shared"


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    store = tmp_path_factory.mktemp("seeds") / "store"
    build(sorted((SHARED / "seeds").glob("*.txt")), store)
    return open_workspace(store)


@pytest.mark.parametrize(
    ("guidance", "side", "given", "count"),
    [
        ("IPG369", "procedure", {}, 3),
        ("IPG369", "diagnosis", {}, 1),
        ("IPG553", "procedure", {}, 9),
        ("IPG672", "procedure", {}, 2),
        ("IPG672", "diagnosis", {}, 4),
        ("IPG672", "diagnosis", {"primary-tumour": ["eradicated"]}, 1),
        ("IPG672", "diagnosis", {"primary-tumour": ["present"]}, 3),
        ("IPG688", "procedure", {}, 2),
        ("IP1062/2", "procedure", {}, 3),
        ("IP1062/2", "diagnosis", {}, 2),
    ],
)
def test_counts_of_combinations(
    seeds: Workspace, guidance: str, side: str, given: dict[str, list[str]], count: int
) -> None:
    found = seeds.combinations(guidance, seeds.context(given), side)
    assert found.count == count == len(list(found))


def test_image_control_is_an_addition_to_each_of_the_three_approaches(seeds: Workspace) -> None:
    found = {one.notation for one in seeds.combinations("IPG553", side=Side.PROCEDURE)}
    main = ("J03.2 + Y13.7", "J08.3", "J12.7")
    assert found == {codes + control for codes in main for control in ("", " + Y53.-", " + Y68.-")}


def test_the_seeds_are_read_exactly_on_all_ten_sides(tmp_path: Path) -> None:
    for file in (SHARED / "corpus").glob("seed_*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    command = f"{sys.executable} -m kg read --format jsonl"
    score = [sys.executable, str(SHARED / "tools" / "score_reading.py"), str(tmp_path), "--command", command]
    told = subprocess.run(score, capture_output=True, text=True, check=True)
    figures = json.loads(told.stdout.splitlines()[-1])
    assert (figures["exact_sides"], figures["silent_errors"], figures["flagged"]) == (10, 0, 1)
