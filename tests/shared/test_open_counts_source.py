"""The open tables are what the tool makes of the shared data."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The tables made anew, and what the tool told."""
    out = tmp_path_factory.mktemp("ontology")
    tool = REPOSITORY / "tools" / "make_open_counts.py"
    told = subprocess.run(
        [sys.executable, str(tool), str(shared / "data"), "--out", str(out)],
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return out, told.stdout


@pytest.mark.parametrize("name", ["opcs4_in_use.tsv", "icd10_in_use.tsv", "opcs4_overflow.csv"])
def test_the_tables_are_made_from_the_counts(made: tuple[Path, str], name: str) -> None:
    assert (made[0] / name).read_bytes() == (REPOSITORY / "ontology" / name).read_bytes()


def test_what_is_left_out_is_told(made: tuple[Path, str]) -> None:
    left_out = [line for line in made[1].splitlines() if "left out" in line]
    assert left_out == ['icd10: left out, not a code: "NULL" (107 in 2023)']
