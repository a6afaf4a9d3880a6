"""What changes between two editions: exactly what the generator changed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from kg.codes import Code, Scheme
from kg.terminology.arrays import save, save_texts
from kg.terminology.changes import Change, code_changes, concept_changes
from kg.terminology.code_edition import CodeEdition
from kg.terminology.editions import Edition, Level
from kg.terminology.fate import became
from kg.terminology.release import Release
from kg.terminology.sample.writing import Sample
from tests.terminology.conftest import Loaded, load

BESIDES = {"split", "merged"}


@pytest.fixture(scope="module")
def later(second: Sample, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load(second, tmp_path_factory.mktemp("later"))


def changes(old: Release, new: Release) -> Iterator[Change]:
    for scheme in Scheme:
        yield from code_changes(old.code_editions(scheme)[-1], new.code_editions(scheme)[-1])
    yield from concept_changes(old.snomed(), new.snomed())


def seeded(folder: Path) -> set[tuple[str, str, str]]:
    found: set[tuple[str, str, str]] = set()
    with (folder / "changes.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            system, id = row["system"], row["id"]
            code = id if system == "SNOMED CT" else str(Code.parse(id, Scheme(system)))
            found.add((system, code, row["change"]))
    return found


def test_all_seeded_changes_and_no_other(first: Sample, loaded: Loaded, later: Loaded) -> None:
    found = list(changes(loaded.release, later.release))
    assert {(c.system, c.id, c.kind) for c in found if c.kind not in BESIDES} == seeded(first.folder)
    assert list(changes(loaded.release, loaded.release)) == []
    back = {(c.system, c.id, c.kind) for c in changes(later.release, loaded.release) if c.kind not in BESIDES}
    turned = {"new": "retired", "retired": "new"}
    assert {(s, i, turned.get(kind, kind)) for s, i, kind in back} == seeded(first.folder)


def test_titles_and_parents_of_before_and_after_are_told(first: Sample, loaded: Loaded, later: Loaded) -> None:
    told = {(c.system, c.id, c.kind): c for c in changes(loaded.release, later.release)}
    with (first.folder / "changes.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["system"] == "SNOMED CT"]
    assert {row["change"] for row in rows} == {"new", "retired", "retitled", "moved"}
    for row in rows:
        change = told["SNOMED CT", row["id"], row["change"]]
        if row["change"] == "moved":
            assert (change.more["from"], change.more["to"]) == ([row["before"]], [row["after"]])
        elif row["change"] == "retitled":
            assert (change.before, change.after) == (row["before"], row["after"])


def test_what_is_the_same_as_one_that_stays_is_merged_into_it(loaded: Loaded, later: Loaded) -> None:
    merged = {c.id: c.more["into"] for c in changes(loaded.release, later.release) if c.kind == "merged"}
    expected = {
        id: [target]
        for id, links in later.slow.history.items()
        for link, target in links
        if link == "900000000000527005" and loaded.slow.active.get(id) and not later.slow.active[id]
    }
    assert merged == expected
    assert merged


def edition(folder: Path, rows: dict[str, str], scheme: Scheme = Scheme.ICD10) -> CodeEdition:
    """An edition of few codes; what stands above others is no code."""
    folder.mkdir()
    keys = sorted(rows)
    above = [len([k for k in keys if k.startswith(key)]) > 1 for key in keys]
    levels = [
        int(Level.CODE if not has else Level.CATEGORY if len(key) == 3 else Level.DIVIDED)
        for key, has in zip(keys, above, strict=True)
    ]
    save(folder, "code.level", pl.Series(levels, dtype=pl.UInt8).to_numpy())
    save_texts(folder, "code.key", pl.Series(keys))
    save_texts(folder, "code.title", pl.Series([rows[key] for key in keys]))
    return CodeEdition(folder, Edition(scheme.value, "x", "x", "", "", {}))


def test_a_code_that_is_divided_is_split_and_back_again_merged(tmp_path: Path) -> None:
    whole = edition(tmp_path / "a", {"M80": "Osteoporosis", "M800": "Postmenopausal"})
    parts = edition(tmp_path / "b", {"M80": "Osteoporosis", "M800": "Postmenopausal", "M8000": "Sites", "M8001": "Arm"})
    there = [(c.id, c.kind, dict(c.more)) for c in code_changes(whole, parts)]
    assert there == [
        ("M80.0", "split", {"into": ["M80.00", "M80.01"]}), ("M80.0", "retired", {}), ("M80.00", "new", {}),
        ("M80.01", "new", {}),
    ]  # fmt: skip
    back = [(c.id, c.kind, dict(c.more)) for c in code_changes(parts, whole)]
    assert back[:2] == [("M80.0", "merged", {"from": ["M80.00", "M80.01"]}), ("M80.0", "new", {})]


def test_a_code_that_keeps_its_title_under_another_number_is_moved(tmp_path: Path) -> None:
    old = edition(tmp_path / "a", {"J12": "Liver", "J121": "Biopsy of liver", "J122": "Other"}, Scheme.OPCS4)
    new = edition(tmp_path / "b", {"J12": "Liver", "J122": "Other", "J137": "biopsy  of liver"}, Scheme.OPCS4)
    moved = [(c.id, dict(c.more)) for c in code_changes(old, new) if c.kind == "moved"]
    assert moved == [("J12.1", {"to": ["J13.7"]})]


def test_what_became_of_a_code_is_what_the_changes_tell(tmp_path: Path) -> None:
    rows = {"J12": "Liver", "J121": "Biopsy of liver", "J122": "Other", "J123": "Twice", "J124": "Twice"}
    old = edition(tmp_path / "a", rows, Scheme.OPCS4)
    new = edition(tmp_path / "b", {"J12": "Liver", "J137": "biopsy of liver", "J138": "Twice"}, Scheme.OPCS4)
    assert [became(Code.parse(code, Scheme.OPCS4), old, new) for code in ("J12.1", "J12.2", "J12.3")] == [
        (Code.parse("J13.7", Scheme.OPCS4),),
        (),
        (),
    ]
    whole = edition(tmp_path / "c", {"M80": "Osteoporosis", "M800": "Postmenopausal"})
    parts = edition(tmp_path / "d", {"M80": "Osteoporosis", "M800": "Postmenopausal", "M8000": "Sites", "M8001": "Arm"})
    divided = became(Code.parse("M80.0", Scheme.ICD10), whole, parts)
    assert [str(code) for code in divided] == ["M80.00", "M80.01"]
