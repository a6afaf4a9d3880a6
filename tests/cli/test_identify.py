"""`kg identify` and `kg overlaps`: from codes back to guidances."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.cli.main import run
from tests.cli.conftest import Kg

TWO = """\
id: {id}
title: {id}
procedure: {{all_of: [{{code: J12.8}}, {{{code}}}]}}
diagnosis: {{code: C78.7}}
"""


def test_codes_are_identified(kg: Kg, store: Path) -> None:
    told = kg("identify", "J12.8", "Y13.2", "Y53.4", "-d", "C78.7", "-s", store, "--format", "json").json
    assert told["valid_for"] == 1
    assert [(c["guidance"], c["certainty"]) for c in told["candidates"]] == [("IPG369", "only")]
    assert told["candidates"][0]["combinations"] == {"met": 1, "of": 3}


def test_part_of_the_codes_is_possible(kg: Kg, store: Path) -> None:
    ran = kg("identify", "J12.8", "-s", store, "--format", "table")
    assert ran.code == 0
    assert "IPG369    possible" in ran.out
    assert "Y13.2 Y53.-" in ran.out


def test_a_file_of_records_gives_a_line_for_each_in_order(kg: Kg, store: Path, tmp_path: Path) -> None:
    records = tmp_path / "records.jsonl"
    records.write_text('{"id": "a", "procedures": ["J12.8"]}\n{"id": "b", "procedures": ["Q"]}\n{"id": "c"}\n')
    ran = kg("identify", records, "-s", store, "--format", "jsonl")
    assert ran.code == 1
    assert [line["id"] for line in ran.lines] == ["a", "b", "c"]
    assert ran.lines[1]["error"]["id"] == "KG-E0412"
    assert ran.lines[2]["candidates"] == []
    rows = kg("identify", "-", "-s", store, "--format", "csv", stdin="id,procedures\n1,J12.7 Y53.2\n").out.splitlines()
    assert rows[1].startswith("1,IPG553,only,J12.7 Y53.2,,,1,,")


def test_as_printed_leaves_the_standards_out(kg: Kg, store: Path) -> None:
    # Drug codes of X70-X71 are printed and no longer assigned.
    codes = ("J16.1", "Y53.4", "Y79.1", "Y73.2", "X71.1")
    ways = {
        option: kg("identify", *codes, *option, "-s", store, "--format", "json").json["candidates"][0]["certainty"]
        for option in ((), ("--as-printed",))
    }
    assert ways == {(): "contradicted", ("--as-printed",): "only"}


def test_nothing_to_identify_is_refused(kg: Kg, store: Path) -> None:
    ran = kg("identify", "-s", store)
    assert ran.code == 2
    assert ran.err.startswith("KG-E0102")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two guidances, of which the first narrows the second, and one apart."""
    folder = tmp_path_factory.mktemp("two")
    for id, code in (("G1", "code: Y53.4"), ("G2", "category: Y53")):
        (folder / f"{id}.yaml").write_text(TWO.format(id=id, code=code))
    (folder / "G3.yaml").write_text("id: G3\ntitle: G3\nprocedure: {code: K40.1}\n")
    assert run(["build", str(folder), "--into", str(folder / "store"), "--format", "json"]) == 0
    return folder / "store"


def test_overlaps_are_told_with_a_record_for_each_claim(kg: Kg, two: Path) -> None:
    told = kg("overlaps", "-s", two, "--format", "json").json
    assert (told["guidances"], told["possible_pairs"], told["looked_at"], told["subset"]) == (3, 3, 1, 1)
    (pair,) = told["pairs"]
    assert (pair["guidances"], pair["procedure"], pair["both"]) == (["G1", "G2"], "subset", "subset")
    assert [(w["valid_for"], w["procedures"], w["agrees"]) for w in pair["witnesses"]] == [
        (["G1", "G2"], ["J12.8", "Y53.4"], True),
        (["G2"], ["J12.8", "Y53.1"], True),
    ]
    alone = kg("overlaps", "G3", "-s", two, "--format", "json").json
    assert (alone["pairs"], alone["possible_pairs"], alone["looked_at"]) == ([], 2, 0)


def test_of_named_guidances_their_own_pairs_are_counted(kg: Kg, two: Path) -> None:
    told = kg("overlaps", "G1", "-s", two, "--format", "table").out.splitlines()[-1]
    assert told == "3 guidances; pairs of G1 that share a possible main code: 1 (1 subset); all 1 others are disjoint"
    told = kg("overlaps", "G3", "-s", two, "--format", "table").out
    assert told == "3 guidances; pairs of G3 that share a possible main code: 0 (none); all 2 others are disjoint\n"


def test_overlaps_for_the_eye_and_as_lines(kg: Kg, two: Path) -> None:
    ran = kg("overlaps", "-s", two, "--format", "table")
    assert "G1        G2              subset" in ran.out
    assert "3 guidances; pairs that share a possible main code: 1 (1 subset); all 2 others are disjoint" in ran.out
    lines = kg("overlaps", "-s", two, "--format", "jsonl")
    assert len(lines.lines) == 1
    assert "all 2 others are disjoint" in lines.err
    assert kg("overlaps", "-s", two, "--format", "csv").out.splitlines()[1].startswith("G1,G2,subset,subset,")


def test_disjoint_pairs_are_counted_and_listed_on_request(kg: Kg, store: Path) -> None:
    assert kg("overlaps", "-s", store, "--format", "jsonl").lines == []
    (pair,) = kg("overlaps", "-s", store, "--all", "--format", "jsonl").lines
    assert (pair["procedure"], pair["tells"][0]) == (
        "disjoint",
        {"code": "Y13.2", "guidance": "IPG369", "side": "procedure", "always": True},
    )
