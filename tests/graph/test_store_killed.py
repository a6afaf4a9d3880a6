"""A build that is killed at any moment leaves the store as it was before or as it is after, never anything else."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.graph.building import build, quads_writer
from kg.graph.store import open_store, verify

STEPS = ("load", "settle", "digest", "seal", "place", "point", "tidy", "done")
ROOT = Path(__file__).resolve().parents[2]
BUILDER = Path(__file__).with_name("builder_for_kills.py")


def ask(path: Path) -> tuple[str, int]:
    """What the store answers: the title that all its things have, and how many there are."""
    with open_store(path) as snapshot:
        rows = list(snapshot.quads.query("SELECT ?t (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?t } } GROUP BY ?t"))  # type: ignore[reportArgumentType]
    ((title, number),) = rows
    return title.value, int(number.value)


def start(path: Path, title: str, count: int, until: str = "") -> "subprocess.Popen[str]":
    """A process that builds a store, telling each step; with `until` it stops before that step and waits."""
    return subprocess.Popen(
        [sys.executable, str(BUILDER), str(path), title, str(count), until],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def kill(process: "subprocess.Popen[str]") -> str:
    """Kill it; what it had told before."""
    process.send_signal(signal.SIGKILL)
    told, _ = process.communicate()
    return told


def small(title: str) -> list[ox.Quad]:
    return [
        ox.Quad(ox.NamedNode(f"http://s/{n}"), ox.NamedNode("http://p"), ox.Literal(title), ox.NamedNode("http://g"))
        for n in range(100)
    ]


@pytest.mark.parametrize("step", STEPS)
def test_killed_before_each_step(tmp_path: Path, step: str) -> None:
    store = tmp_path / "s"
    build(store, quads_writer(small("oldest")))
    build(store, quads_writer(small("old")))
    with start(store, "new", 500, until=step) as process:
        assert process.stdout
        while (line := process.stdout.readline().strip()) not in {step, ""}:
            pass
        assert line == step
        kill(process)
    assert ask(store) == (("new", 500) if step in {"tidy", "done"} else ("old", 100))
    assert verify(store) == ()
    build(store, quads_writer(small("next")))  # and the next build removes what was left
    assert ask(store) == ("next", 100)
    assert not [path for path in (store / "releases").iterdir() if path.name.startswith(".")]
    assert not (store / "current.new").exists()


def seconds(path: Path, count: int) -> float:
    """How long a whole build takes, from its first step."""
    with start(path, "measured", count) as process:
        assert process.stdout
        assert process.stdout.readline().strip() == "load"
        begun = time.monotonic()
        assert process.wait(120) == 0
        return time.monotonic() - begun


def test_killed_at_30_random_moments(tmp_path: Path) -> None:
    store, count = tmp_path / "s", 12_000
    build(store, quads_writer(small("0")))
    whole = seconds(tmp_path / "other", count)
    chance = random.Random(30)  # noqa: S311  not a secret
    state, unfinished = ("0", 100), 0
    for turn in range(1, 31):
        new = (str(turn), count)
        with start(store, new[0], count) as process:
            assert process.stdout
            assert process.stdout.readline().strip() == "load"
            with suppress(subprocess.TimeoutExpired):
                process.wait(chance.random() * whole)
            told = kill(process).split()
        answer = ask(store)
        assert answer in {state, new}
        if "tidy" in told:
            assert answer == new
        assert verify(store) == ()
        unfinished += "done" not in told
        state = answer
    assert unfinished  # the kills did not all come too late
    build(store, quads_writer(small("last")))
    assert len(list((store / "releases").iterdir())) == 2


def test_the_first_build_killed_leaves_no_store_and_the_next_one_ends(tmp_path: Path) -> None:
    store = tmp_path / "s"
    with start(store, "first", 100, until="place") as process:
        assert process.stdout
        while process.stdout.readline().strip() != "place":
            pass
        kill(process)
    (fault,) = verify(store)
    assert fault.id == "KG-E0501"
    assert "did not end" in fault.why
    build(store, quads_writer(small("next")))
    assert ask(store) == ("next", 100)
