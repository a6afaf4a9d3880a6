"""Made-up releases: the same numbers give the same bytes, and the files are what the descriptions say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.codes.sctid import verhoeff_is_right
from kg.errors import KgError
from kg.terminology.check_digits import with_check_digits, wrong_check_digits
from kg.terminology.claml import read_claml
from kg.terminology.code_files import read_codes
from kg.terminology.delivery import Delivery
from kg.terminology.editions import Level
from kg.terminology.layouts import load_layouts
from kg.terminology.problems import Problems
from kg.terminology.sample.writing import Sample, sample_release


def test_the_same_numbers_give_the_same_bytes(tmp_path: Path) -> None:
    one, two, other = (sample_release(tmp_path / name, 500, seed) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    names = sorted(path.relative_to(one.folder) for path in one.folder.rglob("*") if path.is_file())
    assert all((one.folder / name).read_bytes() == (two.folder / name).read_bytes() for name in names)
    assert one.changes == two.changes != other.changes


def test_every_file_is_a_described_one(first: Sample) -> None:
    layouts = load_layouts()
    for path in first.folder.rglob("*"):
        if path.is_file() and path.parent != first.folder:
            assert layouts.rf2_file(path.name) or layouts.classification_file(path.name), path.name


def test_all_forms_of_a_classification_have_the_same_codes(second: Sample) -> None:
    problems = Problems()
    with Delivery([second.folder]) as delivery:
        told = {each.layout.table: each for each in delivery.tables}
        for files in delivery.editions(problems):
            if not files.tables:
                continue
            rows = {row.key: row for row in read_codes(files, problems).rows}
            codes = {key for key, row in rows.items() if row.level is Level.CODE}
            if files.system == "ICD-10":
                source = told["claml"].source
                claml = {row.key: row for row in read_claml(source.read(), source.path).rows}
                assert {key for key, row in claml.items() if row.leaf} == codes
                assert {key: claml[key].title for key in codes} == {key: rows[key].title for key in codes}
                assert {key: claml[key].mark for key in codes} == {key: rows[key].mark for key in codes}
    assert not problems


def test_entities_in_claml_are_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE ClaML [<!ENTITY a "aaaa">]><ClaML version="2.0.0">&a;</ClaML>'
    for data in (bomb, b"<ClaML>", b"no xml"):
        with pytest.raises(KgError) as caught:
            read_claml(data, "x.xml")
        assert caught.value.id == "KG-E0213"


def test_a_folder_with_files_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(KgError, match="not empty"):
        sample_release(tmp_path, 500, 1)
    with pytest.raises(KgError, match="at least 500"):
        sample_release(tmp_path / "new", 10, 1)


@given(st.lists(st.integers(1, 10**17 - 1), min_size=1, max_size=30))
def test_check_digits_of_many_are_those_of_one(numbers: list[int]) -> None:
    made = with_check_digits(np.array(numbers)).tolist()
    assert all(verhoeff_is_right(str(id)) for id in made)
    wrong = [id - id % 10 + (id + 1) % 10 for id in made]
    assert wrong_check_digits(np.array(made)).tolist() == []
    assert wrong_check_digits(np.array(wrong)).tolist() == list(range(len(wrong)))
