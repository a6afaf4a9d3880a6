"""A small made-up release, written and loaded once for all tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from kg.terminology.building import Written, write_terminology
from kg.terminology.release import Release
from kg.terminology.sample.writing import Sample, sample_release
from tests.terminology import slow_reading
from tests.terminology.slow_reading import Slow

CONCEPTS, SEED = 3000, 7


@dataclass(frozen=True)
class Loaded:
    """A sample, the slow reading of it, and what was loaded."""

    sample: Sample
    slow: Slow
    written: Written
    release: Release


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Edition 1, as packages on each other."""
    return sample_release(tmp_path_factory.mktemp("release") / "one", CONCEPTS, SEED)


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Edition 2 of the same seed."""
    return sample_release(tmp_path_factory.mktemp("release") / "two", CONCEPTS, SEED, edition=2)


@pytest.fixture(scope="session")
def loaded(first: Sample, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Edition 1, loaded."""
    return load(first, tmp_path_factory.mktemp("loaded"))


def load(sample: Sample, into: Path) -> Loaded:
    """A sample, loaded."""
    written = write_terminology([sample.folder], into / "terminology")
    return Loaded(sample, slow_reading.read(sample.folder), written, Release(into / "terminology"))
