"""Titles, existence and frequency of codes before a user brings a release."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest

from kg import resources
from kg.codes import Category, Chapter, Code, One, Range, Scheme, parse_selector
from kg.terminology import OpenCodes


def opcs(text: str) -> Code:
    return Code.parse(text, Scheme.OPCS4)


def icd(text: str) -> Code:
    return Code.parse(text, Scheme.ICD10)


@pytest.fixture(scope="module")
def known() -> OpenCodes:
    return OpenCodes()


def test_an_opcs_code_has_its_title_and_an_icd_code_has_none(known: OpenCodes) -> None:
    assert known.title(One(opcs("J128"))) == "Other specified other therapeutic percutaneous operations on liver"
    assert known.title(One(icd("C78.7"))) is None


def test_no_title_is_invented_for_a_category_or_a_range(known: OpenCodes) -> None:
    assert known.title(Category(Scheme.OPCS4, "Y53")) is None
    assert known.title(Range(Scheme.OPCS4, "X70", "X71")) is None


def test_every_opcs_chapter_has_a_title_in_our_words(known: OpenCodes) -> None:
    letters = {code.text[0] for code in known.codes_under(Range(Scheme.OPCS4, "A00", "Z99"))} - {"O"}
    assert [letter for letter in sorted(letters) if not known.title(Chapter(Scheme.OPCS4, letter))] == []


@pytest.mark.parametrize(
    ("code", "exists", "why"),
    [
        (opcs("J12.8"), True, "recorded"),
        (opcs("J99.9"), False, "no such category"),
        (icd("C78.7"), True, "recorded"),
        (icd("C19"), True, "an undivided category, printed with the filler X in the counts"),
        (icd("C19X"), True, "the same code"),
        (icd("M80.40"), None, "the counts stop at the fourth character"),
        (icd("U99.9"), False, "never recorded"),
    ],
)
def test_existence_is_told_only_as_far_as_the_counts_go(
    known: OpenCodes, code: Code, exists: bool | None, why: str
) -> None:
    assert known.exists(code) is exists, why


def test_a_chapter_has_the_codes_of_letter_o_that_continue_it(known: OpenCodes) -> None:
    sites = {code.category for code in known.codes_under(Chapter(Scheme.OPCS4, "Z"))}
    assert "Z94" in sites
    assert any(category.startswith("O") for category in sites)
    assert known.chapters.chapter_of(Scheme.OPCS4, "O11") == "Z"


def test_codes_come_in_order_and_each_is_covered(known: OpenCodes) -> None:
    found = list(known.codes_under(parse_selector("X70-X71", Scheme.OPCS4)))
    assert found == sorted(found)
    assert {code.category for code in found} == {"X70", "X71"}


def test_use_is_told_by_year(known: OpenCodes) -> None:
    use = known.use(opcs("J12.8"))
    assert list(use) == sorted(use)
    assert use[2012] == 99
    assert known.use(opcs("J99.9")) == {}


def test_a_list_of_what_was_recorded_is_never_complete(known: OpenCodes) -> None:
    assert not any(known.is_complete(scheme) for scheme in Scheme)


def rows(name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(resources.text(name).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)


@pytest.mark.parametrize(("name", "scheme"), [("opcs4", Scheme.OPCS4), ("icd10", Scheme.ICD10)])
def test_a_plain_reading_of_the_file_says_the_same(known: OpenCodes, name: str, scheme: Scheme) -> None:
    told = list(rows(f"ontology/{name}_in_use.tsv"))
    assert len(told) > 9_000
    everything = list(known.codes_under(Range(scheme, "A00", "Z99")))
    assert sorted(str(code) for code in everything) == sorted(row["code"] for row in told)
    for row in told[::97]:
        code = Code.parse(row["code"], scheme)
        assert dict(known.use(code)) == {int(k): int(v) for k, v in row.items() if k.isdigit() and v}
        assert (known.title(One(code)) or "") == row.get("title", "")
