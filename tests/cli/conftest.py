"""Run commands in this process, as the shell would: exit code, stdout, stderr."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kg import resources
from kg.cli.main import run


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.split("\n") if line]


Kg = Callable[..., Ran]


@pytest.fixture
def kg(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Kg:
    def call(*arguments: object, stdin: str = "") -> Ran:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    return call


@pytest.fixture(scope="session")
def guidance() -> Path:
    """The folder of the shipped examples."""
    return resources.path("examples/guidance")


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory, guidance: Path) -> Path:
    """A store of the shipped examples."""
    into = tmp_path_factory.mktemp("built") / "store"
    assert run(["build", str(guidance), "--into", str(into), "--format", "json"]) == 0
    return into
