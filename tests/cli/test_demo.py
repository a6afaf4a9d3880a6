"""`kg demo`: the first minute, and three commands that work as printed."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Kg

ROOT = Path(__file__).parent.parent.parent


def test_the_demo_shows_combinations_a_verdict_and_the_why(kg: Kg, tmp_path: Path) -> None:
    ran = kg("demo", "--into", tmp_path / "S")
    assert (ran.code, ran.err) == (0, "")
    for told in (
        "5 recommendations",
        "3 combinations",
        "INCOMPLETE",
        "Missing Y53.-",
        "VALID",
        "J12.8 + Y13.2 + Y53.-",
    ):
        assert told in ran.out


def test_it_ends_with_three_commands_that_work_as_printed_in_any_folder(tmp_path: Path) -> None:
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "a cache"), "PYTHONPATH": str(ROOT)}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def run(words: list[str]) -> str:
        asked = [sys.executable, "-m", *words]
        ran = subprocess.run(asked, cwd=elsewhere, env=env, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    printed = run(["kg", "demo"]).split("Go on with")[1].strip().splitlines()
    assert len(printed) == 3
    for line in printed:
        assert line.strip().startswith("kg ")
        assert run(shlex.split(line))
    assert list(elsewhere.iterdir()) == []


def test_where_no_shell_finds_the_program_its_commands_name_it_by_its_place(
    kg: Kg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "a venv" / "bin" / "kg"
    monkeypatch.setattr(sys, "argv", [str(program), "demo"])
    monkeypatch.setenv("PATH", os.devnull)
    lines = kg("demo", "--into", tmp_path / "S").out.split("Go on with")[1].strip().splitlines()
    assert [shlex.split(line)[0] for line in lines] == [str(program)] * 3


def test_a_cache_that_cannot_be_written_is_no_obstacle(kg: Kg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert kg("demo").code == 0
