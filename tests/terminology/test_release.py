"""A release as delivered and as loaded are the same, told by a slow reading that shares no code."""

from __future__ import annotations

import datetime
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from kg.codes import Category, Code, One, Scheme, SctId
from kg.errors import KgError
from kg.terminology.arrays import Arrays
from kg.terminology.building import memory_needed, write_terminology
from kg.terminology.release import Release
from kg.terminology.sample.writing import Sample
from tests.terminology.conftest import Loaded


def test_every_count_is_that_of_the_generator(loaded: Loaded) -> None:
    (snomed,) = [each for each in loaded.written.editions if each.system == "SNOMED CT"]
    told = {name: count for name, count in loaded.sample.counts.items() if not name.endswith("_codes")}
    assert dict(snomed.counts) == told
    assert loaded.written.counts()["opcs4_codes"] == loaded.sample.counts["opcs4_codes"]
    assert loaded.written.counts()["icd10_codes"] == loaded.sample.counts["icd10_codes"]
    assert loaded.written.problems.counts() == {}


def test_every_concept_is_that_of_the_files(loaded: Loaded) -> None:
    edition, slow = loaded.release.snomed(), loaded.slow
    assert [str(id) for id in edition.ids] == sorted(slow.active, key=int)
    order = [str(each) for each in edition.languages]
    assert order[0] == "999001261000000100"
    for id, active in slow.active.items():
        concept = edition.concept(int(id))
        assert concept.active is active
        assert sorted((str(t.id), t.text, t.active) for t in edition.terms(int(id))) == sorted(slow.terms[id])
        wanted = next(slow.preferred[each][id] for each in order if id in slow.preferred.get(each, {}))
        assert edition.term(int(id)) == concept.term == wanted
        assert {str(each) for each in edition.parents(int(id))} == slow.parents.get(id, set())
        told = {(str(a.group), str(a.type), str(a.value)) for a in edition.attributes(int(id))}
        assert told == slow.attributes.get(id, set())
        links = {(str(s.link_id), str(s.id)) for s in edition.successors(int(id))}
        assert links == slow.history.get(id, set())


def test_hierarchy_answers_are_those_of_a_walk(loaded: Loaded) -> None:
    edition, slow = loaded.release.snomed(), loaded.slow
    chosen = sorted(slow.active)[::10]
    below: dict[str, int] = {}
    for id in slow.active:
        for each in slow.above(id):
            below[each] = below.get(each, 0) + 1
    for id in chosen:
        over = slow.above(id)
        assert {str(each) for each in edition.ancestors(int(id))} == over
        for other in (*chosen[:40], *sorted(over)):
            assert edition.subsumes(int(other), int(id)) is (other == id or other in over)
        assert edition.count_below(int(id)) == len(edition.descendants(int(id))) == below.get(id, 0)
    root = edition.descendants(138875005)
    assert {int(edition.ids[i]) for i in root.tolist()} == {
        int(id) for id in slow.active if "138875005" in slow.above(id)
    }


def test_maps_are_those_of_the_files_in_order(loaded: Loaded) -> None:
    edition, slow = loaded.release.snomed(), loaded.slow
    for id in slow.active:
        told = [
            (str(r.set.id), str(r.block), str(r.group), str(r.priority), r.target, r.rule, r.advice)
            for r in edition.maps(int(id))
        ]
        assert sorted(told) == sorted(slow.maps.get(id, []))
        keys = [(r.set.id, r.block, r.group, r.priority) for r in edition.maps(int(id))]
        assert keys == sorted(keys)
    sets = {(each.system, each.edition, each.known_by) for each in edition.map_sets if each.active}
    assert sets == {("OPCS-4", "4.10", "term"), ("ICD-10", "", "term")}


def test_titles_and_codes_are_those_of_the_files(loaded: Loaded) -> None:
    codes = loaded.release.codes(datetime.date(2025, 6, 1))
    (path,) = loaded.sample.folder.rglob("OPCS410 CodesAndTitles*.txt")
    for line in path.read_bytes().decode().split("\r\n")[:-1]:
        printed, title = line.split("\t")
        if len(printed) == 3:
            assert codes.title(Category(Scheme.OPCS4, printed)) == title
        else:
            code = Code.parse(printed, Scheme.OPCS4)
            assert (codes.title(One(code)), codes.exists(code)) == (title, True)
    assert codes.exists(Code.parse("J12.0", Scheme.OPCS4)) is False
    assert codes.is_complete(Scheme.OPCS4)
    assert codes.is_complete(Scheme.ICD10)
    assert list(codes.codes_under(Category(Scheme.OPCS4, "J12")))


def test_a_category_without_subdivision_and_fifth_characters_are_codes(loaded: Loaded) -> None:
    codes = loaded.release.codes(datetime.date(2025, 6, 1))
    assert codes.exists(Code.parse("A38X", Scheme.ICD10)) is True
    assert codes.exists(Code.parse("A00", Scheme.ICD10)) is False  # divided
    (edition,) = loaded.release.code_editions(Scheme.ICD10)
    five = next(key for key in edition.keys if len(key) == 5)
    assert codes.exists(Code.parse(five, Scheme.ICD10)) is True
    assert codes.exists(Code.parse(five[:4], Scheme.ICD10)) is False
    under = list(codes.codes_under(One(Code.parse(five[:4], Scheme.ICD10))))
    assert [code.key for code in under] == [key for key in edition.keys if key.startswith(five[:4]) and len(key) == 5]
    dagger = next(key for key in edition.keys if (b := edition.beside(key)) and b.pairs)
    assert edition.beside(dagger).mark == "D"  # type: ignore[union-attr]


def test_a_zip_and_a_zip_in_a_zip_give_the_same_arrays(loaded: Loaded, tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner.zip", tmp_path / "outer.zip"
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(loaded.sample.folder.rglob("*.txt")):
            archive.write(path, path.relative_to(loaded.sample.folder))
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "delivered/inner.zip")
    write_terminology([outer], tmp_path / "terminology")
    for path in loaded.release.folder.rglob("*"):
        if path.is_file() and path.name != "editions.json" and "icd-10" not in path.parts:
            other = tmp_path / "terminology" / path.relative_to(loaded.release.folder)
            assert other.read_bytes() == path.read_bytes(), path.name


def test_two_editions_stand_side_by_side_and_answer_by_date(first: Sample, second: Sample, tmp_path: Path) -> None:
    write_terminology([second.folder, first.folder], tmp_path / "terminology")
    release = Release(tmp_path / "terminology")
    assert [(e.system, e.name, e.until) for e in release.editions] == [
        ("ICD-10", "20160401", "2026-03-31"),
        ("ICD-10", "20260401", ""),
        ("OPCS-4", "4.10", "2026-03-31"),
        ("OPCS-4", "4.11", ""),
        ("SNOMED CT", "20250924", "2026-03-10"),
        ("SNOMED CT", "20260311", ""),
    ]
    retired = next(id for system, id, change, *_ in first.changes if (system, change) == ("OPCS-4", "retired"))
    code = Code.parse(retired, Scheme.OPCS4)
    before, after = (release.codes(datetime.date(2026, month, 1)) for month in (3, 4))
    assert (before.exists(code), after.exists(code)) == (True, False)
    old, new = release.snomed("20250924"), release.snomed()
    for system, id, change, was, now in first.changes:
        if system != "SNOMED CT":
            continue
        concept = SctId.parse(id)
        match change:
            case "retired":
                assert (old.is_active(concept), new.is_active(concept)) == (True, False)
            case "new":
                assert (concept in old, concept in new) == (False, True)
            case "retitled":
                assert (old.concept(concept).fsn, new.concept(concept).fsn) == (was, now)
            case _:
                assert SctId.parse(was) in old.parents(concept)
                assert SctId.parse(now) in new.parents(concept)


def test_opening_reads_no_array_and_missing_ones_are_damage(loaded: Loaded, tmp_path: Path) -> None:
    copy = tmp_path / "terminology"
    shutil.copytree(loaded.release.folder, copy)
    (copy / loaded.release.snomed().edition.folder / "concept.fsn.npy").unlink()
    edition = Release(copy).snomed()
    assert edition.subsumes(138875005, 404684003)
    with pytest.raises(KgError, match=r"a file of the store is missing") as caught:
        edition.concept(138875005)
    assert caught.value.id == "KG-E0502"


def test_what_is_not_there_is_told(loaded: Loaded, tmp_path: Path) -> None:
    for ask, id in (
        (lambda: loaded.release.snomed().concept(22298006), "KG-E0601"),
        (lambda: loaded.release.snomed("20200101"), "KG-E1009"),
        (lambda: Release(tmp_path).snomed(), "KG-E1009"),
    ):
        with pytest.raises(KgError) as caught:
            ask()
        assert caught.value.id == id


def test_columns_are_read_alike_one_by_one_and_all_at_once(loaded: Loaded) -> None:
    folder = loaded.release.folder / loaded.release.snomed().edition.folder
    for path in sorted(folder.glob("*.npy")):
        column = Arrays(folder)[path.stem]
        assert np.array_equal(column.array, np.load(path))
        assert column.view.tolist() == np.load(path).tolist()


def test_too_little_memory_is_told_before_anything_is_read(first: Sample, tmp_path: Path) -> None:
    with pytest.raises(KgError, match=r"the release needs 0\.50 GB of memory, 0\.10 GB are free") as caught:
        write_terminology([first.folder], tmp_path / "terminology", free=lambda: 10**8)
    assert caught.value.id == "KG-E1007"
    assert not (tmp_path / "terminology").exists()
    assert memory_needed([]) == 500_000_000
