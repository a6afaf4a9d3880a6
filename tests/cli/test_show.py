"""`kg show`: what is known of a thing, in any printed form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Kg

KEYS = {"kind", "id", "system", "edition", "title", "status", "parents", "children", "replaced_by", "guidances"}


@pytest.mark.parametrize(
    ("thing", "wanted"),
    [
        (
            "j128",
            {
                "kind": "code",
                "id": "J12.8",
                "system": "OPCS-4",
                "status": "in use",
                "parents": ["J12.-", "J"],
                "guidances": ["IPG369"],
            },
        ),
        ("C78.7", {"kind": "code", "system": "ICD-10", "guidances": ["IP1062/2", "IPG369", "IPG553", "IPG672"]}),
        ("C19X", {"kind": "code", "id": "C19", "parents": ["C"], "guidances": ["IPG672"]}),
        ("Y53.-", {"kind": "category", "id": "Y53.-", "children": 9}),
        ("Z", {"kind": "chapter", "id": "Z"}),
        ("X70–X71", {"kind": "range", "id": "X70-X71", "guidances": ["IP1062/2"]}),
        (
            "709020001",
            {
                "kind": "concept",
                "system": "SNOMED CT",
                "title": "Open microwave ablation of lesion of liver",
                "guidances": ["IPG553"],
            },
        ),
        ("ipg369", {"kind": "guidance", "id": "IPG369", "status": "read"}),
        ("IPG 369", {"kind": "guidance", "id": "IPG369"}),
        ("ipg-369", {"kind": "guidance", "id": "IPG369"}),
        ("IP1062-2", {"kind": "guidance", "id": "IP1062/2"}),
        ("IP1062/2", {"kind": "guidance", "status": "review", "edition": "OPCS-4.9"}),
    ],
)
def test_things(kg: Kg, store: Path, thing: str, wanted: dict[str, object]) -> None:
    ran = kg("show", thing, "--store", store, "--format", "json")
    assert ran.code == 0, ran.err
    assert set(ran.json) >= KEYS
    assert {key: ran.json[key] for key in wanted} == wanted
    assert kg("show", thing, "--store", store, "--format", "table").code == 0


def test_one_code_in_two_classifications_is_told_and_can_be_chosen(kg: Kg, store: Path) -> None:
    first = kg("show", "Z94.2", "--store", store).json
    assert (first["system"], first["title"]) == ("OPCS-4", "Right sided operation")
    assert [other["system"] for other in first["also"]] == ["ICD-10"]
    other = kg("show", "Z94.2", "--system", "icd10", "--store", store).json
    assert (other["system"], "also" in other) == ("ICD-10", False)


def test_where_a_code_is_named_is_quoted(kg: Kg, store: Path) -> None:
    told = kg("show", "J12.8", "--store", store, "--format", "table").out
    assert "IPG369, procedure side: J12.8\n" in told
    assert "“J12.8 Other specified other therapeutic percutaneous operations on liver" in told


@pytest.mark.parametrize(
    ("thing", "told"),
    [
        ("J12.88", "J12.88 is not a known code"),
        ("J12.7x", "KG-E0601"),
        ("IPG370", "Did you mean IPG3"),
        ("709020002", "KG-E0415"),
        ("138875005", "no guidance lists it"),
        ("nonsense", "KG-E0601"),
    ],
)
def test_what_is_not_known_is_told(kg: Kg, store: Path, thing: str, told: str) -> None:
    ran = kg("show", thing, "--store", store)
    assert (ran.code, ran.out) == (1, "")
    assert told in ran.err


def test_a_concept_is_named_without_a_system(kg: Kg, store: Path) -> None:
    ran = kg("show", "709020001", "--system", "SNOMED CT", "--store", store)
    assert ran.code == 0
    ran = kg("show", "J12.8", "--system", "SNOMED CT", "--store", store)
    assert ran.code == 2
    assert "name one by its identifier, without a system" in ran.err
