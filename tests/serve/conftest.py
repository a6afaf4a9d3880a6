"""A store with everything that the server answers of, served once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.cli.main import run
from kg.terminology.sample.writing import sample_release
from tests.serve.serving import serving

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples" / "guidance"


@pytest.fixture(scope="session")
def whole_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the examples and two editions of a made-up release."""
    folder = tmp_path_factory.mktemp("whole")
    for edition in (1, 2):
        sample_release(folder / f"release-{edition}", 500, 1, edition=edition)
    releases = [word for edition in (1, 2) for word in ("--release", str(folder / f"release-{edition}"))]
    into = folder / "store"
    assert run(["build", str(EXAMPLES), *releases, "--into", str(into), "-o", str(folder / "told.json")]) == 0
    return into


@pytest.fixture(scope="session")
def whole(whole_store: Path) -> Iterator[str]:
    """The address of a server of that store."""
    with serving("--store", whole_store) as found:
        yield found
