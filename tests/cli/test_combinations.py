"""`kg combinations`: the counts and lists that were published."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Kg


@pytest.mark.parametrize(
    ("id", "given", "procedure", "diagnosis"),
    [
        ("IPG369", (), 3, 1),
        ("IPG369", ("approach=open",), 1, 1),
        ("IPG369", ("approach!=open",), 2, 1),
        ("IPG553", (), 9, 1),
        ("IPG672", (), 2, 4),
        ("IPG672", ("primary-tumour=eradicated",), 2, 1),
        ("IPG672", ("primary-tumour=present",), 2, 3),
        ("IPG688", (), 2, 1),
        ("IP1062/2", (), 3, 2),
    ],
)
def test_counts(kg: Kg, store: Path, id: str, given: tuple[str, ...], procedure: int, diagnosis: int) -> None:
    known = [part for fact in given for part in ("--given", fact)]
    ran = kg("combinations", id, "--as-printed", *known, "--store", store, "--format", "json")
    assert ran.code == 0
    assert (ran.json["procedure"]["count"], ran.json["diagnosis"]["count"]) == (procedure, diagnosis)
    for side, count in (("procedure", procedure), ("diagnosis", diagnosis)):
        assert len(ran.json[side]["combinations"]) == count
        assert "truncated" not in ran.json[side]


def test_the_shape(kg: Kg, store: Path) -> None:
    told = kg("combinations", "IPG672", "--given", "primary-tumour=present", "--store", store, "--format", "json").json
    assert set(told) == {"guidance", "context", "procedure", "diagnosis"}
    assert told["guidance"] == "IPG672"
    assert told["context"] == {"primary-tumour": "present"}
    assert set(told["diagnosis"]) == {"count", "codes", "combinations"}
    assert told["diagnosis"]["codes"] is None
    assert told["diagnosis"]["combinations"][1] == {
        "selectors": ["C78.7", "C19"],
        "conditions": [{"facet": "primary-tumour", "value": "present", "holds": True}],
        "citations": [],
        "standards": [],
        "rank": 2,
    }


def test_each_combination_cites_the_words_it_rests_on(kg: Kg, store: Path, guidance: Path) -> None:
    text = (guidance / "IPG369.txt").read_text(encoding="utf-8")
    told = kg("combinations", "IPG369", "--store", store, "--format", "json").json
    for combination in told["procedure"]["combinations"]:
        quotes = [citation["quote"] for citation in combination["citations"]]
        assert all(text[c["start"] : c["end"]] == c["quote"] for c in combination["citations"])
        assert all(any(s.removesuffix(".-") in q for q in quotes) for s in combination["selectors"])


def test_combinations_in_force_say_which_standard_changed_what(kg: Kg, store: Path) -> None:
    told = kg("combinations", "IP1062/2", "--side", "procedure", "--store", store, "--format", "json").json["procedure"]
    assert told["count"] == 3
    assert [one["selectors"] for one in told["combinations"]] == [
        ["J16.1", method, "Y73.2"] for method in ("Y53.4", "Y68.-", "Y79.-")
    ]
    first = told["combinations"][0]["standards"]
    assert [(c["standard"], c["effect"], c["printed"], c["in_force"]) for c in first] == [
        ("PCSX27", "superseded", ["X70-X71"], []),
        ("image-control", "narrowed", ["Y53.-"], ["Y53.4"]),
    ]
    text = kg("combinations", "IP1062/2", "--store", store, "--format", "table").out
    assert "in all: X70-X71 is printed, and no longer assigned since 2022-05 (PCSX27)" in text


def test_on_an_earlier_day_or_by_a_local_switch_the_drug_codes_are_there(kg: Kg, store: Path, tmp_path: Path) -> None:
    asked = ("combinations", "IP1062/2", "--side", "procedure", "--store", store, "--format", "json")
    (tmp_path / "local.toml").write_text('[standards]\nPCSX27 = "off"\n', encoding="utf-8")
    for more in (("--date", "2022-04-30"), ("--settings", tmp_path / "local.toml"), ("--as-printed",)):
        for one in kg(*asked, *more).json["procedure"]["combinations"]:
            assert one["selectors"][-1] == "X70-X71", more


def test_what_the_standards_rule_out_or_ask_for(kg: Kg, store: Path) -> None:
    asked = ("combinations", "IPG672", "--store", store, "--format", "json")
    told = kg(*asked, "--given", "image-control=ultrasound").json["procedure"]
    assert told["count"] == 0
    assert told["ruled_out"][0]["standards"][0]["standard"] == "image-control"
    told = kg("combinations", "IPG369", "--given", "primary-tumour=eradicated", "--store", store).lines[0]["diagnosis"]
    assert [one["selectors"] for one in told["combinations"]] == [["C78.7", "Z85.-"]]
    assert {"standard": "DCS.II.1"} in told["combinations"][0]["citations"]


def test_a_limit_cuts_the_list_and_never_the_count(kg: Kg, store: Path) -> None:
    told = kg(
        "combinations", "IPG553", "--limit", "4", "--side", "procedure", "--store", store, "--format", "json"
    ).json
    assert (told["procedure"]["count"], len(told["procedure"]["combinations"]), told["procedure"]["truncated"]) == (
        9,
        4,
        5,
    )
    assert told["diagnosis"] is None
    table = kg("combinations", "IPG553", "--limit", "4", "--store", store, "--format", "table").out
    assert "procedure side, OPCS-4: 9 combinations, the first 4 listed\n" in table


def test_a_side_of_which_nothing_is_said_has_no_combination(kg: Kg, tmp_path: Path) -> None:
    parts = ", ".join(f"{{one_of: [{{code: A{i:02}.1}}, {{code: A{i:02}.2}}, {{code: A{i:02}.3}}]}}" for i in range(4))
    (tmp_path / "big.yaml").write_text(f"id: BIG\nprocedure: {{all_of: [{parts}]}}\n", encoding="utf-8")
    kg("build", tmp_path / "big.yaml", "--into", tmp_path / "S")
    told = kg("combinations", "BIG", "--store", tmp_path / "S", "--format", "json", "--limit", "2").json
    assert told["procedure"]["count"] == 3**4
    assert told["procedure"]["truncated"] == 3**4 - 2
    assert told["diagnosis"] == {"count": 0, "codes": None, "combinations": []}


def test_csv_has_a_row_for_each_combination(kg: Kg, store: Path) -> None:
    rows = kg("combinations", "IPG672", "--store", store, "--format", "csv").out.splitlines()
    assert rows[0] == "guidance,side,rank,combination,conditions,not named,standards"
    assert rows[3] == "IPG672,diagnosis,1,C78.7 + Z85.0,primary-tumour=eradicated,,"
    assert len(rows) == 7


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["IPG368"], 1, "KG-E0601"),
        (["IPG672", "--given", "primary-tumor=present"], 2, "Did you mean primary-tumour"),
        (["IPG672", "--given", "primary-tumour=presnt"], 2, "Did you mean primary-tumour=present?"),
        (["IPG672", "--given", "present"], 2, "KG-E0102"),
        (["IPG672", "--date", "May 2022"], 2, "KG-E0102"),
        (["IPG672", "--as-printed", "--settings", "x.toml"], 2, "KG-E0102"),
        (["IPG672", "--given", "primary-tumour=present", "--given", "primary-tumour=eradicated"], 2, "KG-E0304"),
    ],
)
def test_bad_use_is_told(kg: Kg, store: Path, arguments: list[str], code: int, told: str) -> None:
    ran = kg("combinations", *arguments, "--store", store)
    assert ran.code == code
    assert told in ran.err
    assert ran.out == ""


def test_a_missing_store_is_told_with_what_to_do(kg: Kg, tmp_path: Path) -> None:
    ran = kg("combinations", "IPG369", "--store", tmp_path / "none")
    assert ran.code == 2
    assert ran.err.startswith("KG-E0501")
    assert "kg build" in ran.err


@pytest.fixture
def opcs4(tmp_path: Path) -> Path:
    """A list of codes: ten of Y53, nine of Y68, and what IPG369 names."""
    path = tmp_path / "codes.tsv"
    found = ["J03.2", "J12.8", "Y13.2", *(f"Y53.{i}" for i in range(10)), *(f"Y68{i}" for i in range(1, 10))]
    path.write_text("code\ttitle\n# a part of an edition\n" + "".join(f"{code}\tx\n" for code in found))
    return path


def test_codes_are_counted_with_a_list_of_codes(kg: Kg, store: Path, opcs4: Path) -> None:
    told = kg(
        "combinations", "IPG369", "--as-printed", "-s", store, "--codes-from", f"opcs4={opcs4}", "--format", "json"
    )
    assert (told.json["procedure"]["codes"], told.json["procedure"]["records"]) == (1 + 10 + 9, 20)
    assert told.json["diagnosis"]["codes"] is None
    assert "listed" not in told.json["procedure"]


def test_codes_are_listed_by_rank_and_drawn_by_seed(kg: Kg, store: Path, opcs4: Path) -> None:
    asked = (
        "combinations",
        "IPG369",
        "--as-printed",
        "-s",
        store,
        "--codes-from",
        f"opcs-4={opcs4}",
        "--side",
        "procedure",
    )
    top = kg(*asked, "--top", 3, "--format", "json").json["procedure"]["listed"]
    assert [(one["codes"], one["rank"]) for one in top] == [
        (["J03.2", "Y13.2"], 1),
        (["J12.8", "Y13.2", "Y53.0"], 2),
        (["J12.8", "Y13.2", "Y53.1"], 2),
    ]
    drawn = [
        kg(*asked, "--sample", 5, "--seed", seed, "--format", "json").json["procedure"]["sample"] for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) == 5
    rows = kg(*asked, "--codes", "--format", "csv").out.splitlines()
    assert rows[0] == "guidance,side,rank,codes,recorded for"
    assert len(rows) == 21
    table = kg(*asked, "--codes", "--sample", 2, "--format", "table").out
    assert "as codes: 20 sets" in table
    assert "a sample, seed 0" in table


def test_in_force_the_codes_are_those_in_force(kg: Kg, store: Path, tmp_path: Path) -> None:
    listed = tmp_path / "codes.txt"
    listed.write_text("J16.1\nY53.4\nY68.1\nY79.1\nY73.2\nX70.1\nX71.1\n")
    asked = ("combinations", "IP1062/2", "-s", store, "--codes-from", f"opcs-4={listed}", "--codes", "--format", "json")
    sides = [kg(*asked, *more).json["procedure"] for more in ((), ("--as-printed",))]
    assert all("X70.1" not in one["codes"] for one in sides[0]["listed"])
    assert any("X70.1" in one["codes"] for one in sides[1]["listed"])
    assert [side["codes"] for side in sides] == [len(side["listed"]) for side in sides]


def test_codes_without_a_list_are_refused(kg: Kg, store: Path, tmp_path: Path) -> None:
    ran = kg("combinations", "IPG369", "--codes", "-s", store)
    assert ran.code == 2
    assert ran.err.startswith("KG-E0320")
    broken = tmp_path / "codes.txt"
    broken.write_text("J12.8\nJ12.l8\n")
    ran = kg("combinations", "IPG369", "-s", store, "--codes-from", f"opcs-4={broken}")
    assert ran.code == 1
    assert f"KG-E0412  {broken}:2" in ran.err


def test_what_goes_with_one_code_of_a_choice_is_asked_of_that_code_only(kg: Kg, tmp_path: Path) -> None:
    (tmp_path / "IPG9101.txt").write_text(
        "IPG9101 Removal of a bowel segment\n\nCoding recommendations\n\n"
        "H33.5 Rectosigmoidectomy and closure of rectal stump and exteriorisation of bowel\nOr\n"
        "H33.6 Anterior resection of rectum and exteriorisation of bowel\n\n"
        "If H33.6 is recorded, Y75.2 Laparoscopic approach to abdominal cavity NEC is added.\n",
        encoding="utf-8",
    )
    store = tmp_path / "store"
    assert kg("build", tmp_path / "IPG9101.txt", "--into", store).code == 0
    told = kg("combinations", "IPG9101", "--as-printed", "--store", store, "--format", "json").json["procedure"]
    assert [each["selectors"] for each in told["combinations"]] == [["H33.5"], ["H33.6", "Y75.2"]]
    assert not any(each["conditions"] for each in told["combinations"])
    (checked,) = kg("check", "H33.6", "-g", "IPG9101", "--as-printed", "--store", store, "--format", "jsonl").lines
    assert checked["guidances"][0]["procedure"]["missing"] == ["Y75.2"]
