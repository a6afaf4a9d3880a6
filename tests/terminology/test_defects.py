"""Guidances held to loaded editions: each kind of difference, and none where there is none."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.citation import Citation
from kg.codes import Scheme, parse_selector
from kg.expression.nodes import Pick
from kg.expression.recommendation import ConceptMention, Reading, Recommendation, Side
from kg.terminology.building import write_terminology
from kg.terminology.defects import Defect, code_defects, concept_defects
from kg.terminology.release import Release
from tests.terminology.conftest import Loaded

DAY = datetime.date(2025, 1, 1)


def title(loaded: Loaded, text: str, scheme: Scheme) -> str:
    return loaded.release.codes(DAY).title(parse_selector(text, scheme)) or ""


def held(loaded: Loaded, text: str, printed: str, side: Side = Side.PROCEDURE) -> list[Defect]:
    pick = Pick(parse_selector(text, side.scheme), printed, Citation("X1", 3, 8, text))
    reading = Reading(pick, None) if side is Side.PROCEDURE else Reading(None, pick)
    editions = [each for scheme in Scheme for each in loaded.release.code_editions(scheme)]
    return list(code_defects(Recommendation("X1", "", (reading,)), loaded.release.codes(DAY), editions))


def test_a_title_in_other_letters_is_the_same(loaded: Loaded) -> None:
    known = title(loaded, "J12.1", Scheme.OPCS4)
    assert held(loaded, "J12.1", known.upper() + " .") == held(loaded, "J12.1", "") == held(loaded, "J12.-", "") == []


@pytest.mark.parametrize(
    ("printed", "alike"), [(lambda t: t + " of neck", True), (lambda _: "Something else entirely", False)]
)
def test_another_title_is_told_with_its_place(loaded: Loaded, printed: Callable[[str], str], alike: bool) -> None:
    known = title(loaded, "J12.1", Scheme.OPCS4)
    (found,) = held(loaded, "J12.1", printed(known))
    assert (found.id, found.known, found.alike) == ("KG-W0204", known, alike)
    assert found.citation == Citation("X1", 3, 8, "J12.1")


def test_a_code_with_the_title_of_the_other_classification_is_of_the_wrong_system(loaded: Loaded) -> None:
    (found,) = held(loaded, "Z94.0", title(loaded, "Z94.0", Scheme.ICD10))
    assert found.id == "KG-W0401"
    assert held(loaded, "Z94.0", title(loaded, "Z94.0", Scheme.ICD10), Side.DIAGNOSIS) == []


def test_codes_that_the_edition_does_not_have(loaded: Loaded) -> None:
    known = loaded.release.codes(DAY)

    def missing(text: str, other: bool) -> bool:
        here, there = (next(iter(known.codes_under(parse_selector(text, s))), None) for s in Scheme)
        return here is None and (there is not None) is other

    every = [f"{letter}{n:02d}.{d}" for letter in "ABCDEFGHJKLM" for n in range(100) for d in range(10)]
    assert held(loaded, next(t for t in every if missing(t, other=True)), "")[0].id == "KG-W0401"
    nowhere = next(t for t in every if missing(t, other=False))
    assert held(loaded, nowhere, "")[0].id == "KG-W0205"
    assert held(loaded, "E99-E99", "")[0].id in ("KG-W1051", "KG-W0401")


def listed(loaded: Loaded, id: str, term: str) -> list[str]:
    mention = ConceptMention(id, term, Side.PROCEDURE)
    recommendation = Recommendation("X1", "", (Reading(None, None),), concepts=(mention,))
    return [each.id for each in concept_defects(recommendation, loaded.release.snomed())]


def test_a_retired_code_is_none_of_the_other_classification_that_has_one_of_its_letters(
    loaded: Loaded, tmp_path: Path
) -> None:
    known = loaded.release.codes(DAY)
    every = [f"{letter}{n:02d}.{d}" for letter in "ABCDEFGHJKLM" for n in range(100) for d in range(10)]

    def covers(text: str, scheme: Scheme) -> bool:
        return next(iter(known.codes_under(parse_selector(text, scheme))), None) is not None

    code = next(text for text in every if not covers(text, Scheme.OPCS4) and covers(text, Scheme.ICD10))
    older = tmp_path / "OPCS402 CodesAndTitles Apr 2002 V1.0.txt"
    older.write_bytes(f"{code[:3]}\tOperations\r\n{code}\tAn operation\r\n".encode())
    write_terminology([older], tmp_path / "terminology")
    (before,) = Release(tmp_path / "terminology").code_editions(Scheme.OPCS4)

    def told(printed: str) -> str:
        pick = Pick(parse_selector(code, Scheme.OPCS4), printed, Citation("X1", 3, 8, code))
        (found,) = code_defects(Recommendation("X1", "", (Reading(pick, None),)), known, [before])
        return found.id

    assert told("") == told("An operation") == "KG-W1050"
    assert told(title(loaded, code, Scheme.ICD10)) == "KG-W0401"


def test_concepts_and_terms(loaded: Loaded) -> None:
    slow, edition = loaded.slow, loaded.release.snomed()
    active = next(id for id in sorted(slow.terms) if slow.active[id] and len(slow.terms[id]) > 2)
    for _, term, lives in slow.terms[active]:
        assert listed(loaded, active, term) == ([] if lives else ["KG-W1054"])
    assert listed(loaded, active, edition.term(int(active)).upper()) == []
    assert listed(loaded, active, "Something else entirely") == ["KG-W1054"]
    inactive = next(id for id, lives in sorted(slow.active.items()) if not lives and id in slow.history)
    assert listed(loaded, inactive, edition.term(int(inactive))) == ["KG-W1053"]
    assert listed(loaded, "22298006", "Myocardial infarction") == ["KG-W1052"]
    assert listed(loaded, "22298007", "Myocardial infarction") == ["KG-W0203"]
