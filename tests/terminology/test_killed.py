"""A slice of the campaign of builds that are killed (tools/campaign_builds.py)."""

from __future__ import annotations

from pathlib import Path
from random import Random

from kg.terminology.sample.writing import sample_release
from tools.campaign_builds import killed


def test_a_build_with_a_release_that_is_killed_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    for edition in (1, 2):
        sample_release(tmp_path / f"{edition}", 500, 1, edition=edition, monolith=True)
    first, second = (min((tmp_path / f"{edition}").glob("SnomedCT*")) for edition in (1, 2))
    assert killed((first, second), tmp_path, 1, Random(1)) == []  # noqa: S311  no secret
