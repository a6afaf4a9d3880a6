"""Codes in running text."""

import pytest

from kg.codes import Scheme
from kg.guidance.page.misprints import odd_codes
from kg.guidance.page.spots import selector_of, spots


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Y53. - Approach", ["Y53.-"]),
        ("V55. 1 Levels", ["V55.1"]),
        ("codeY53.4 Approach", ["Y53.4"]),
        ("E20.1Total excision", ["E20.1"]),
        ("plusZ84.6 Knee", ["Z84.6"]),
        ("X70-X71 Drugs", ["X70-X71"]),
        ("the range K25 to K29", ["K25-K29"]),
        ("J032 Destruction", ["J03.2"]),
        ("L76 and L77.", ["L76.-", "L77.-"]),
        ("Chapter 'Z' code to show the site", ["Z"]),
        ("a code from Chapter K", ["K"]),
        ("Z site code", ["Z"]),
        ("an appropriate Z code", ["Z"]),
        ("Site code(s)", ["Z"]),
        ("Z33.6 is the site code", ["Z33.6"]),
        ("Z94.1 and a site code", ["Z94.1", "Z"]),
        ("IPG369, PCSJ1 and DCS.II.1 of OPCS-4.9", []),
        ("A site code", ["Z"]),
        ("vitamin B12", []),
        ("the fourth character .9", []),
    ],
)
def test_opcs_codes_are_found_in_every_printed_form(text: str, found: list[str]) -> None:
    assert [str(selector_of(spot, Scheme.OPCS4)) for spot in spots(text)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I48.X Fibrillation", ["I48"]),
        ("C19 Neoplasm", ["C19"]),
        ("C67. - Neoplasm", ["C67.-"]),
        ("E10.3\u2020 and H36.0*", ["E10.3D", "H36.0A"]),
        ("H19.8A Keratitis", ["H19.8A"]),
        ("M80.40 Osteoporosis", ["M80.40"]),
        ("C00-C97", ["C00-C97"]),
    ],
)
def test_icd_codes_are_found_in_every_printed_form(text: str, found: list[str]) -> None:
    assert [str(selector_of(spot, Scheme.ICD10)) for spot in spots(text)] == found


@pytest.mark.parametrize("text", ["J03.2l Partial", "JO3.2 Partial", "J12.888", "J1.2", "JJ12.8"])
def test_impossible_codes_are_pointed_at(text: str) -> None:
    assert [text[a:b] for a, b in odd_codes(text)] == [text.split()[0]]
