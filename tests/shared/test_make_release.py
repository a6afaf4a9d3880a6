"""The other generator of releases: its counts are ours, and its planted faults are told where they are."""

from __future__ import annotations

import csv
import datetime
import json
import subprocess
import sys
from pathlib import Path

import pytest

from kg.codes import Code, CodeList, Scheme, covers
from kg.expression.nodes import Expression, picks
from kg.expression.notation import read_expression
from kg.expression.recommendation import Reading, Recommendation, Side
from kg.reason.impact import Became, Editions, impacts
from kg.terminology.building import write_terminology
from kg.terminology.changes import code_changes, concept_changes
from kg.terminology.in_use import OpenCodes
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


def test_changes_between_its_editions_are_those_that_it_seeded(made: Path, tmp_path: Path) -> None:
    write_terminology([made / "sound/edition1"], tmp_path / "1")
    write_terminology([made / "sound/edition2"], tmp_path / "2")
    old, new = Release(tmp_path / "1"), Release(tmp_path / "2")
    for name, scheme in (("opcs", Scheme.OPCS4), ("icd", Scheme.ICD10)):
        with (made / f"sound/truth/{name}_changes.csv").open(encoding="utf-8") as lines:
            seeded = {(str(Code.parse(row["code"], scheme)), row["change"]) for row in csv.DictReader(lines)}
        found = code_changes(old.code_editions(scheme)[-1], new.code_editions(scheme)[-1])
        assert {(c.id, c.kind) for c in found} == seeded
    with (made / "sound/truth/concept_changes.csv").open(encoding="utf-8") as lines:
        named = {"inactivated": "retired", "new": "new"}
        seeded = {(row["concept"], named[row["change"]]) for row in csv.DictReader(lines)}
    found = concept_changes(old.snomed(), new.snomed())
    assert {(c.id, c.kind) for c in found if c.kind not in ("split", "merged")} == seeded


def test_impact_on_the_corpus_is_that_of_the_seeded_codes(made: Path, shared: Path, tmp_path: Path) -> None:
    releases = []
    for number in (1, 2):
        write_terminology([made / f"sound/edition{number}"], tmp_path / str(number))
        releases.append(Release(tmp_path / str(number)))
    chapters = OpenCodes().chapters
    lists = [{s: CodeList.known(release.codes(datetime.date.max), s) for s in Scheme} for release in releases]
    editions = Editions(lists[0], lists[1], chapters, (lambda _: None, lambda _: None))
    seeded: dict[tuple[Scheme, str], list[Code]] = {}
    for name, scheme in (("opcs", Scheme.OPCS4), ("icd", Scheme.ICD10)):
        with (made / f"sound/truth/{name}_changes.csv").open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                seeded.setdefault((scheme, row["change"]), []).append(Code.parse(row["code"], scheme))
    touched = 0
    for path in sorted((shared / "corpus").glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        sides = [read_expression(data.get(side.value), side.scheme) for side in Side]
        found = {(i.side, i.became): set(i.codes) for i in impacts(_recommendation(path.stem, sides), editions)}
        for side, e in zip(Side, sides, strict=True):
            for became in Became:
                pool = seeded[side.scheme, became.value]
                expected = {c for c in pool if any(covers(p.selector, c, chapters) for p in picks(e))}
                assert found.get((side, became), set()) == expected, path.stem
                touched += bool(expected)
    assert touched


def _recommendation(id: str, sides: list[Expression | None]) -> Recommendation:
    return Recommendation(id, "", (Reading(sides[0], sides[1]),))
