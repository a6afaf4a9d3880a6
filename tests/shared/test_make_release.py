"""The other generator of releases: its counts are ours, and its planted faults are told where they are."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from kg.terminology.building import write_terminology
from kg.terminology.release import Release
from tests.terminology import slow_reading

TABLES = {"ukmap": "uk-map"} | {
    name: name
    for name in ("concept", "description", "relationship", "concrete", "language", "association", "attribute")
}


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made")
    program = [sys.executable, str(shared / "tools/make_release.py"), "--concepts", "3000", "--episodes", "5"]
    for name, options in (("sound", []), ("faulty", ["--layout", "clinical", "--full", "--defects"])):
        subprocess.run([*program, "--out", str(out / name), *options], check=True, capture_output=True)
    return out


def test_counts_are_those_of_the_generator_and_answers_those_of_a_slow_reading(made: Path, tmp_path: Path) -> None:
    written = write_terminology([made / "sound/edition1", made / "sound/edition2"], tmp_path / "terminology")
    counts = json.loads((made / "sound/MANIFEST.json").read_text())["rows [edition 1, edition 2]"]
    editions = [each for each in written.editions if each.system == "SNOMED CT"]
    for table, ours in TABLES.items():
        assert [each.counts[ours] for each in editions] == counts[f"all:{table}"], table
    assert set(written.problems.counts()) <= {"KG-W1012"}
    release = Release(tmp_path / "terminology")
    for folder, edition in zip(("edition1", "edition2"), release.snomed_editions, strict=True):
        slow = slow_reading.read(made / "sound" / folder)
        for id in sorted(slow.active)[::7]:
            assert {str(each) for each in edition.ancestors(int(id))} == slow.above(id)
            told = [
                (str(r.set.id), str(r.block), str(r.group), str(r.priority), r.target) for r in edition.maps(int(id))
            ]
            assert sorted(told) == sorted(row[:5] for row in slow.maps.get(id, []))


def test_planted_faults_are_told_where_they_are(made: Path, tmp_path: Path) -> None:
    written = write_terminology([made / "faulty/edition1"], tmp_path / "terminology")
    told = {(p.file.rsplit("/", 1)[-1], p.line) for p in written.problems}
    with (made / "faulty/truth/defects.csv").open(encoding="utf-8") as lines:
        planted = [((row["file"].rsplit("/", 1)[-1], int(row["line"])), row["kind"]) for row in csv.DictReader(lines)]
    missed = [kind for place, kind in planted if place not in told]
    # Of two equal rows the first is told, a circle at the last of its links, a target that is no code with the map.
    assert set(missed) <= {"same member twice, same date", "cycle of is-a", "map to a code that does not exist"}
    assert {"KG-W1005", "KG-W1008"} <= set(written.problems.counts())
