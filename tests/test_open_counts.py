"""What users rely on in the tables of codes in use (`ontology/ATTRIBUTION.md`)."""

import csv
import re
from pathlib import Path

import pytest

ONTOLOGY = Path(__file__).resolve().parent.parent / "ontology"
YEARS = [str(year) for year in range(2012, 2024)]


def table(name: str) -> list[list[str]]:
    """The lines of a table, header first."""
    text = (ONTOLOGY / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.removesuffix("\n").split("\n")]


OPCS4 = table("opcs4_in_use.tsv")
ICD10 = table("icd10_in_use.tsv")


def test_every_code_of_the_counts_is_there() -> None:
    assert len(OPCS4) - 1 == 9_857
    assert len(ICD10) - 1 == 12_379  # of 12,380 values, one is "NULL"


def test_columns_are_told_by_the_header() -> None:
    assert OPCS4[0] == ["code", "title", "other_titles", *YEARS]
    assert ICD10[0] == ["code", *YEARS]


@pytest.mark.parametrize(
    ("rows", "shape"),
    [(OPCS4[1:], r"[A-Z]\d\d\.\d"), (ICD10[1:], r"[A-Z]\d\d(\.\d)?")],
    ids=["OPCS-4", "ICD-10"],
)
def test_rows_are_codes_in_order_each_once(rows: list[list[str]], shape: str) -> None:
    codes = [row[0] for row in rows]
    assert [code for code in codes if not re.fullmatch(shape, code)] == []
    assert codes == sorted(set(codes))


@pytest.mark.parametrize(("rows", "first"), [(OPCS4[1:], 3), (ICD10[1:], 1)], ids=["OPCS-4", "ICD-10"])
def test_each_code_was_used_in_some_year(rows: list[list[str]], first: int) -> None:
    odd = [
        row
        for row in rows
        if len(row) != first + len(YEARS)
        or not any(row[first:])
        or not all(re.fullmatch(r"([1-9]\d*)?", count) for count in row[first:])
    ]
    assert odd == []


def test_titles_are_the_latest_and_keep_the_former() -> None:
    titles = {row[0]: row[1:3] for row in OPCS4[1:]}
    assert titles["J12.3"] == [
        "Selective internal radiotherapy with microspheres to lesion of liver",
        "",
    ]
    assert titles["A09.1"] == [
        "Implantation of brain neurostimulator",
        "Implantation of neurostimulator into brain",
    ]
    assert [code for code, (title, _) in titles.items() if not title or " | " in title] == []
    assert sum(bool(others) for _, others in titles.values()) == 99


def test_a_category_without_subdivision_has_three_characters() -> None:
    codes = {row[0] for row in ICD10}
    assert {"C19", "C78.7", "A09", "A09.0"} <= codes
    assert "C19.X" not in codes


def test_no_title_of_icd10_is_shipped() -> None:
    words = [cell for row in ICD10[1:] for cell in row[1:] if cell and not cell.isdigit()]
    assert words == []


def test_overflow_categories_lead_to_another_chapter() -> None:
    with (ONTOLOGY / "opcs4_overflow.csv").open(encoding="utf-8", newline="") as lines:
        chapters = {row["category"]: row["chapter"] for row in csv.DictReader(lines)}
    used = {row[0][:3] for row in OPCS4[1:] if row[0].startswith("O")}
    assert used <= chapters.keys()
    assert set(chapters.values()) == {"L", "W", "Y", "Z"}


def test_the_source_and_its_licence_are_named() -> None:
    words = (ONTOLOGY / "ATTRIBUTION.md").read_text(encoding="utf-8")
    for needed in (
        "Contains public sector information licensed under the",
        "Open Government Licence v3.0",
        "NHS England",
        "bennettoxford/opencodecounts",
        "opcs4_in_use.tsv",
        "icd10_in_use.tsv",
        "opcs4_overflow.csv",
    ):
        assert needed in words


@pytest.mark.parametrize("name", ["opcs4_in_use.tsv", "icd10_in_use.tsv", "opcs4_overflow.csv"])
def test_tables_stay_small(name: str) -> None:
    assert (ONTOLOGY / name).stat().st_size < 1 << 20
