"""The group: help, misuse, errors and exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kg.cli.main import COMMANDS, cli
from tests.cli.conftest import Kg

KG = [sys.executable, "-m", "kg"]


def test_help_shows_the_commands_in_the_order_in_which_a_person_meets_them(kg: Kg) -> None:
    shown = kg("--help")
    listed = [line.split()[0] for line in shown.out.split("Commands:")[1].splitlines() if line.startswith("  ")]
    assert shown.code == 0
    assert listed[: len(COMMANDS)] == list(COMMANDS)
    assert kg().out == shown.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_tells_an_example_and_says_what_the_group_says_of_it(kg: Kg, name: str) -> None:
    shown = kg(name, "--help")
    assert shown.code == 0
    assert "Example" in shown.out
    assert f"  kg {name}" in shown.out
    command = cli.commands.get(name) or cli.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    assert (command.help or "").split("\n")[0] == COMMANDS[name]


def test_help_imports_no_command_and_nothing_heavy() -> None:
    code = "import sys; from kg.cli.main import run; run(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ran.stderr
    for module in ("rich", "rdflib", "pyoxigraph", "yaml", "lark", "kg.codes", "kg.workspace", "kg.cli.read"):
        assert f"'{module}'" not in loaded


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["raed"], 'KG-E0101  no command is called "raed"\n  Did you mean kg read?\n'),
        (["zzz"], 'KG-E0101  no command is called "zzz"\n  kg --help lists the commands.\n'),
        (["read", "--formt", "x"], 'KG-E0101  kg read has no option "--formt"\n  Did you mean --format?\n'),
        (
            ["read", "--format", "jsn", "x"],
            "KG-E0102  invalid value for '--format': 'jsn' is not one of 'table', 'json', 'jsonl', 'csv'\n"
            "  Did you mean json?\n",
        ),
        (["read"], "KG-E0102  missing argument 'FILES...'\n  kg read --help shows how it is used.\n"),
        (["check"], "KG-E0102  nothing to check\n  Give codes (kg check J12.8 Y13.2 --diagnosis C78.7) or a file.\n"),
    ],
)
def test_misuse_is_told_with_what_was_probably_meant(kg: Kg, arguments: list[str], told: str) -> None:
    ran = kg(*arguments)
    assert (ran.code, ran.out, ran.err) == (2, "", told)


def test_a_traceback_is_shown_with_debug_only(kg: Kg, tmp_path: Path) -> None:
    missing = tmp_path / "none"
    assert "Traceback" not in kg("show", "J12.8", "--store", missing).err
    for arguments in (["--debug", "show", "J12.8"], ["show", "--debug", "J12.8"]):
        ran = kg(*arguments, "--store", missing)
        assert ran.code == 2
        assert "Traceback" in ran.err
        assert ran.err.count("KG-E0501") >= 1


def test_a_defect_is_one_line_and_asks_for_debug(tmp_path: Path) -> None:
    (tmp_path / "yaml.py").write_text("raise RuntimeError('broken installation')", encoding="utf-8")
    (tmp_path / "a.yaml").write_text("id: A", encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    asked = [*KG, "read", "--format", "jsonl", str(tmp_path / "a.yaml")]
    ran = subprocess.run(asked, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 70
    assert ran.stderr.startswith("KG-E0105  RuntimeError: broken installation\n")
    assert "Traceback" not in ran.stderr
    assert "Run again with --debug" in ran.stderr


def test_an_interrupt_is_told_and_ends_with_130(tmp_path: Path, store: Path) -> None:
    pipe = tmp_path / "records.jsonl"
    os.mkfifo(pipe)
    running = subprocess.Popen([*KG, "check", str(pipe), "--store", str(store)], stderr=subprocess.PIPE, text=True)
    with pipe.open("w"):  # opens when the command has opened it to read: it is at work
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=60)
    assert running.returncode == 130
    assert told.lstrip() == "KG-E0103  interrupted\n  What was there before is untouched.\n"


def test_a_reader_that_goes_away_ends_the_command_quietly(guidance: Path) -> None:
    files = [str(guidance)] * 60
    with subprocess.Popen(
        [*KG, "read", "--format", "jsonl", *files], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""


def test_a_full_disk_is_told(guidance: Path) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [*KG, "read", "--format", "jsonl", str(guidance)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ran.returncode == 2
    assert ran.stderr.startswith("KG-E0207  no space left on the device")
