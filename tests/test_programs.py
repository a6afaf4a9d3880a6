"""Tests whose program is not on the machine are named at the end of a run, and fail in CI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEST = """
import pytest
from tests import programs


programs.PROGRAMS["abacus"] = programs.Program("An abacus", lambda: None, "make one")

@pytest.mark.needs("abacus")
def test_counts_on_an_abacus():
    raise AssertionError("it is not here")

def test_counts_on_fingers():
    pass
"""


def run(folder: Path, *options: str, **environment: str) -> tuple[int, str]:
    """pytest on two tests, of which one needs a program that nobody has."""
    (folder / "test_counting.py").write_text(TEST, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "-c",
        os.devnull,
        f"--rootdir={folder}",
        str(folder),
        *options,
    ]
    about = {**os.environ, "CI": "", "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(command, capture_output=True, text=True, env=about, cwd=folder)
    return done.returncode, done.stdout


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["here", "in a process beside"])
def test_a_test_whose_program_is_absent_is_named_with_the_reason(tmp_path: Path, options: tuple[str, ...]) -> None:
    status, said = run(tmp_path, *options)
    assert status == 0
    assert said.count("NOT RUN") == 1
    assert "An abacus was not found: make one" in said
    assert "NOT RUN test_counting.py::test_counts_on_an_abacus" in said
    assert "1 passed" in said


def test_in_ci_an_absent_program_is_a_failure(tmp_path: Path) -> None:
    status, said = run(tmp_path, CI="true")
    assert status == 1
    assert "An abacus was not found: make one" in said
    assert "1 passed, 1 error" in said
