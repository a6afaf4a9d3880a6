"""The words and codes by which facets are recognised."""

import pytest

from kg.codes import Scheme, parse_selector
from kg.facets import load_facets, load_lexicon


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        ("If performed as a laparoscopic procedure", ("approach", "laparoscopic")),
        ("Open freezing of liver metastases", ("approach", "open")),
        ("through the skin", ("approach", "percutaneous")),
        ("percutaneous transluminal", ("approach", "transluminal")),
        ("ultrasound-guided", ("image-control", "ultrasound")),
        ("when the procedure uses image control and the title does not say which", ("image-control", "used")),
        ("for the donor", ("person", "donor")),
        ("Stage 2", ("stage", "2")),
        ("the primary has been eradicated", ("primary-tumour", "eradicated")),
        ("the primary has not been eradicated", ("primary-tumour", "present")),
        ("not laparoscopic", ("stated", "not-laparoscopic")),
        ("laparoscopic or percutaneous", ("stated", "laparoscopic-or-percutaneous")),
        ("if a valve is repaired", ("stated", "if-a-valve-is-repaired")),
        ("the opening of the duct", ("stated", "the-opening-of-the-duct")),
    ],
)
def test_words_of_a_condition_name_its_facet(words: str, fact: tuple[str, str]) -> None:
    assert load_lexicon().condition(words).fact == fact


@pytest.mark.parametrize(
    ("title", "facts"),
    [
        (
            "Fluoroscopy guided percutaneous perfusion of liver",
            (("approach", "percutaneous"), ("image-control", "fluoroscopic")),
        ),
        ("Primary malignant neoplasm of liver", (("tumour", "primary"),)),
        ("Secondary malignant neoplasm of liver", (("tumour", "secondary"),)),
        ("Ultrasonic destruction of organ NOC", ()),
        ("Approach to organ under ultrasonic control", (("image-control", "ultrasound"),)),
    ],
)
def test_titles_state_facts_by_whole_words(title: str, facts: tuple[tuple[str, str], ...]) -> None:
    assert load_lexicon().stated_in(title) == facts


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("Z85.0", (("primary-tumour", "eradicated"),)),
        ("C18.-", (("primary-tumour", "present"),)),
        ("C78.7", (("tumour", "secondary"),)),
        ("K21.9", ()),
    ],
)
def test_codes_state_facts_by_their_use(code: str, facts: tuple[tuple[str, str], ...]) -> None:
    assert load_lexicon().stated_by(parse_selector(code, Scheme.ICD10)) == facts


def test_a_kind_of_image_implies_that_an_image_was_used() -> None:
    facets = load_facets()
    assert facets.implies("image-control", "fluoroscopic", "used")
    assert facets.excludes("image-control", "ct", "mri")
    assert facets.excludes("approach", "laparoscopic", "endoscopic")
