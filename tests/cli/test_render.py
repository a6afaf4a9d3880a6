"""`kg render`: recommendations as documents; what would be read as something else is not written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kg.expression.notation import read_recommendation
from kg.expression.recommendation import Side
from kg.expression.sameness import same_meaning
from kg.guidance.reading import read_bytes, read_file
from tests.cli.conftest import Kg


@pytest.mark.parametrize("layout", ["old", "new"])
@pytest.mark.parametrize("ending", [".txt", ".md", ".html", ".docx", ".pdf"])
def test_each_example_is_written_in_the_format_of_the_files_name_and_reads_as_itself(
    kg: Kg, guidance: Path, tmp_path: Path, layout: str, ending: str
) -> None:
    for file in sorted(guidance.iterdir()):
        made = tmp_path / f"{file.stem}{ending}"
        ran = kg("render", file, "--layout", layout, "-o", made)
        assert (ran.code, ran.out, ran.err) == (0, "", "")
        wanted, back = read_file(file), read_bytes(made.read_bytes(), made.name)
        assert back.id == wanted.id
        assert [c.id for c in back.concepts] == [c.id for c in wanted.concepts]
        assert all(same_meaning(wanted.side(side), back.side(side)) for side in Side)


def test_a_guidance_of_the_store_is_text_on_stdout(kg: Kg, store: Path) -> None:
    ran = kg("render", "ipg369", "--store", store)
    assert ran.code == 0
    assert ran.out.startswith("IPG369 \u2013 Cryotherapy for the treatment of liver metastases\n\nProcedure:\n\nOPCS-4")
    assert "\n\nY13.2 Cryotherapy to lesion of organ NOC\n\n" in ran.out


def test_a_seed_draws_other_words_and_the_same_ones_again(kg: Kg, guidance: Path) -> None:
    drawn = [kg("render", guidance / "IPG369.txt", "--seed", seed).out for seed in (1, 2, 3, 4, 1)]
    assert len(set(drawn)) > 1
    assert drawn[0] == drawn[4]


def test_what_cannot_be_said_in_one_way_only_is_refused(kg: Kg, tmp_path: Path) -> None:
    nested = {"when": "if a stent is left", "then": {"when": "if it is coated", "then": {"code": "Y53.4"}}}
    given = {"id": "IPG900", "title": "A test", "procedure": {"all_of": [{"code": "J12.8"}, nested]}, "diagnosis": None}
    file, made = tmp_path / "IPG900.json", tmp_path / "IPG900.html"
    file.write_text(json.dumps(given), encoding="utf-8")
    ran = kg("render", file, "-o", made)
    assert (ran.code, ran.out) == (1, "")
    assert "KG-E0307" in ran.err
    assert "if it is coated" not in ran.out
    assert not made.exists()
    assert read_recommendation(given).procedure is not None


def test_an_ending_that_names_no_format_is_refused(kg: Kg, guidance: Path, tmp_path: Path) -> None:
    ran = kg("render", guidance / "IPG369.txt", "-o", tmp_path / "IPG369.odt")
    assert ran.code == 2
    assert 'the ending ".odt" names no format' in ran.err
