"""A build by several processes that is stopped half-way leaves the store as it was, and no process behind."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kg.building import build
from kg.cli.main import run
from kg.graph.store import open_store, verify
from tests.folder.builders import folder

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def started(cache: Path, *words: object) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A command of two processes whose talk goes to a terminal; the terminal's other end comes with it."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "kg", *map(str, words), "--jobs", "2"]
    env = os.environ | {"PYTHONPATH": str(ROOT), "KG_CACHE": str(cache), "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=env) as process:
        os.close(theirs)
        try:
            yield process, ours
        finally:
            process.kill()
            os.close(ours)


def shown(terminal: int, until: str = "") -> str:
    """What the terminal shows until a word comes, or to the end."""
    told = ""
    while not until or until not in told:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the other end was closed
            break
        if not part:
            break
        told += part.decode()
    return told


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """Enough of them that a build takes seconds."""
    return folder(tmp_path / "in", 100)


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store."""
    within = tmp_path_factory.mktemp("earlier")
    build([folder(within / "in", 1, first=900)], within / "store")
    return within / "store"


@pytest.fixture
def store(tmp_path: Path, earlier: Path) -> Path:
    """A store of an earlier build, of a test's own."""
    return Path(shutil.copytree(earlier, tmp_path / "store"))


def release(store: Path) -> str:
    with open_store(store) as snapshot:
        return snapshot.manifest.id


@pytest.mark.parametrize("stage", ["reading", "deriving"])
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_the_earlier_store_answers(documents: Path, store: Path, tmp_path: Path, stage: str, sign: int) -> None:
    before = release(store)
    with started(tmp_path / "cache", "build", documents, "--into", store) as (process, terminal):
        assert stage in shown(terminal, stage)
        process.send_signal(sign)
        told = shown(terminal)
        assert process.wait(60) == (130 if sign == signal.SIGINT else -signal.SIGKILL)
    if sign == signal.SIGINT:
        assert "KG-E0103" in told
        assert "Traceback" not in told
    assert release(store) == before
    assert verify(store) == ()
    # What a killed build leaves aside, the next one removes.
    assert len([p for p in (store / "releases").iterdir() if not p.name.startswith(".")]) == 1


def test_after_a_kill_the_next_build_is_as_if_nothing_had_been(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = folder(tmp_path / "in", 30)
    with started(tmp_path / "cache", "build", documents, "--into", store) as (process, terminal):
        shown(terminal, "deriving")
        process.kill()
        process.wait(60)
    monkeypatch.setenv("KG_CACHE", str(tmp_path / "cache"))
    again = build([documents], store, jobs=2)
    assert all(outcome.unchanged for outcome in again.read.outcomes)
    monkeypatch.setenv("KG_CACHE", str(tmp_path / "other"))
    assert build([documents], tmp_path / "fresh", jobs=1).release == again.release


def test_a_bar_is_on_a_terminal_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    documents = folder(tmp_path / "in", 12)
    assert run(["read", str(documents), "--jobs", "1"]) == 0
    assert capfd.readouterr().err.startswith("12 read")
    with started(tmp_path / "cache", "read", documents) as (process, terminal):
        assert process.stdout
        assert len(process.stdout.readlines()) == 12
        told = shown(terminal)
        assert process.wait(60) == 0
    assert "reading" in told
    assert "12/12" in told
