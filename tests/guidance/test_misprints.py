"""Misprints: what is plain is read and told, what is not is pointed at, and what is right is left alone."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.facets import load_lexicon
from kg.guidance.alike import nearly_said
from kg.guidance.page.broken import broken_words, glued_words, lost_joints, lost_words
from kg.guidance.page.misprints import is_misprint_of, mended, odd_codes
from kg.guidance.page.prose import fold
from kg.guidance.page.titles import words_of_titles
from kg.guidance.reading import read_bytes
from kg.terminology import OpenCodes
from tests.guidance.wordings import newer, told


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("K75,8 Malignant growth", "K75.8 Malignant growth"),
        ("CB2.6 Laser", "C82.6 Laser"),
        ("JO3.2 Destruction", "J03.2 Destruction"),
        ("The procedure is coded to 510.1 Lens", "The procedure is coded to S10.1 Lens"),
        ("867.7 Disorder", "B67.7 Disorder"),
        ("Note: 501.- Personal history", "Note: S01.- Personal history"),
        ("W5S-W57 Conversion", "W55-W57 Conversion"),
        ("I28-l31 Rupture", "I28-I31 Rupture"),
        ("O06,- Disorder", "O06.- Disorder"),
        ("A code from chaptcr K", "A code from chapter K"),
        ("Y53.2 Ultrasound plns Z60.-", "Y53.2 Ultrasound plus Z60.-"),
        ("Y53.2 Ultrasound p1us Z60.-", "Y53.2 Ultrasound plus Z60.-"),
        ("Rigld endoscope:", "Rigid endoscope:"),
        ("Whenthe device is left", "When the device is left"),
        ("If the tumour is stil1 present", "If the tumour is still present"),
        ("Note: 1f clips are used", "Note: if clips are used"),
        ("Note: hen clips are used", "Note: when clips are used"),
        ("OPCS4.6 codc(s)", "OPCS4.6 code(s)"),
        ("ICD-I0 codes", "ICD-10 codes"),
        ("OPPCS-4 codes", "Opcs-4 codes"),
        ("Other stenosis (2875091O01)", "Other stenosis (2875091001)"),
    ],
)
def test_a_plain_misprint_is_read_as_what_it_stands_for(printed: str, meant: str) -> None:
    stretch, misprints = mended(fold(printed, 0, len(printed)))
    assert stretch.text == meant
    assert [printed[m.start : m.end] for m in misprints] == [m.printed for m in misprints]
    assert len(misprints) == 1


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("29.2 Intracranial bypass", "29.2"),
        ("L23-L2 Repair", "L23-L2"),
        ("23-L25 Repair", "23-L25"),
        ("L23L25 Repair", "L23L25"),
        ("S42. Disorder with loss", "S42."),
        ("J12 8 Other operations", "J12 8"),
        ("J12;:8 Other", "J12;:8"),
        ("L9.2 Repair", "L9.2"),
        ("Y53-1 Approach", "Y53-1"),
        ("K40-46 Repair", "K40-46"),
        ("GG92.X Disorder", "GG92.X"),
    ],
)
def test_what_may_be_more_than_one_code_is_pointed_at(text: str, odd: str) -> None:
    stretch, misprints = mended(fold(text, 0, len(text)))
    assert (stretch.text, misprints) == (text, ())
    assert [text[a:b] for a, b in odd_codes(text)] == [odd]


@pytest.mark.parametrize(
    "text",
    [
        "codes cn be recorded", "One off the following", "On of the following", "they an be", "a code from chapter CC",
        "Any other procedure must also be code.", "the tumour has been eradicate", "he graft must also be coded.",
        "It clips are used, also add J12.8",
        "I clips are used", "f clips are used", "a code fo the side", "it must bbe coded",
    ],
)  # fmt: skip
def test_a_word_that_decides_and_lost_a_letter_is_pointed_at(text: str) -> None:
    assert len({*lost_words(text), *broken_words(text)}) == 1


@pytest.mark.parametrize(
    "word", ["mayalso", "canbe", "Onlyone", "Whereboth", "codefrom", "NECcan", "Quadricepscan", "classifiedmay"]
)
def test_words_that_lost_the_blank_between_them_are_pointed_at(word: str) -> None:
    text = f"Note: In addition {word} be recorded"
    assert [text[a:b] for a, b in glued_words(text)] == [word]


@pytest.mark.parametrize("joint", ["o A03.1", "of limbor A03.1", "pluss A03.1", "on A03.1", "(i used)", "oor"])
def test_a_word_that_joins_codes_and_lost_a_letter_is_pointed_at(joint: str) -> None:
    assert len(list(lost_joints(f"A02.1 Cutting {joint}"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "A balloon of 12.5 mm, page 3 of 9, in 2019", "vitamin B12", "the L4-L5 disc", "E20.1Total excision",
        "V55. 1 Levels of spine", "The coder decides; note the side", "in Y53.2, 3 of them", "1.5 T scanner",
        "LASEK or LASIK", "a code from chapter XXI", "Chapter IX", "grade1 or type2", "may be needed", "is code J12.8",
    ],
)  # fmt: skip
def test_what_is_printed_rightly_is_left_alone(text: str) -> None:
    stretch, misprints = mended(fold(text, 0, len(text)))
    assert (stretch.text, misprints) == (text, ())
    assert [*odd_codes(text), *lost_words(text), *broken_words(text), *lost_joints(text), *glued_words(text)] == []


# Alone on a line some of them ("on", "end") are a misprint of a connective.
@given(st.lists(st.sampled_from(sorted(words_of_titles())), min_size=2, max_size=12))
def test_words_of_titles_are_no_misprints(words: list[str]) -> None:
    text = " ".join(words)
    assert mended(fold(text, 0, len(text)))[1] == ()


@given(st.sampled_from(sorted(words_of_titles())))
def test_no_word_of_titles_is_taken_for_two(word: str) -> None:
    assert list(glued_words(word)) == list(glued_words(word.capitalize())) == []


@pytest.mark.parametrize(
    "note",
    [
        "Note: If a second surgeon assists. Any other procedure must also be coded.",
        "Note: In addition Z25.- r Z81.7 Inferior radioulnar joint can be recorded.",
        "Note: In addition Z44.3 Vulva an Z37-Z39 Suprarenal artery can be recorded.",
        "Note: In addition Z57.3 Quadricepscan be recorded.",
        "Note: In addition Z57.3 Quadriceps maybe recorded.",
        "Note: In addition Y99.5 Live matched donor. Z65.9 Jaw NEC or Z39.5 Saphenous vein NEC can be recorded.",
        "In addition 'Z62.2 Lymphatic duct' or 'Z86.9 Other joint of foot NEC' on 'Y52.9 Unspecified' are assigned.",
        "AA site code from chapter Z",
        "Z27.3 Pylorus. Z15.1 Upper inner quadrant of breast or Z19.1 Lens",
        "Z27.3 Pylorus Z15.1 Upper inner quadrant of breast or Z19.1 Lens",
        "Z27.3 Pylorus (if use)",
        "Z27.3 Pylorus (iii (where appropriate)",
        "X71.4 Procurement of drugs for regimens in Band 9plus V29.- Primary anterior excision of disc",
        "'WW58-W60 Osteochondroplasty of hip' should also be added.",
        "In addition 504.1 Lens and Q28.9 Other can be recorded.",
        "Note: 'Z82.5 Scapholunate joint', ''Z07.2 Spinal nerve root' or 'Z33.8 Other part' should also be added.",
        "The operation is recorded as Z70.5 Lower end of radius NEC, Z77.1 Condyle of tibia o Z89.- Finger NEC.",
        "The procedure is coded to 'R36.- Routine scan' plus 'Z15.7 Areola' r 'Z75.9 Bone of pelvis NEC'.",
    ],
)
def test_a_sentence_that_lost_a_letter_that_matters_is_asked_about(note: str) -> None:
    assert read_bytes(newer(f"A02.1 Cutting\n\n{note}").encode(), "x.txt").review


def test_a_range_with_two_hyphens_is_a_range() -> None:
    assert (
        told(read_bytes(newer("A02.1 Cutting\n\nV28--V30 Unspecified").encode(), "x.txt").procedure)
        == "(A02.1 + V28-V30)"
    )


def test_a_diagnosis_with_the_title_of_a_procedure_is_asked_about() -> None:
    note = "Note: When a graft is used, 'Y05.44 Ex vivo resection of organ NOC' should also be added."
    found = read_bytes(newer(f"A02.1 Cutting\n\n{note}").encode(), "x.txt", OpenCodes())
    assert "KG-W0204" in [w.id for w in found.warnings]


def test_conditions_that_differ_by_a_misprint_are_told() -> None:
    assert is_misprint_of("if aa second surgeon assists", "if a second surgeon assists")
    assert is_misprint_of("if the hild is under one", "if the child is under one")
    assert is_misprint_of("if a graft is token from it", "if a graft is taken from it")
    assert is_misprint_of("if the childis under one", "if the child is under one")
    assert not is_misprint_of("if the left side", "if the right side")
    assert not is_misprint_of("grade a", "grade b")
    assert not is_misprint_of("LASEK", "LASIK")
    assert not is_misprint_of("stage 1", "stage 2")


def test_a_citation_of_a_misprinted_code_quotes_what_is_printed() -> None:
    document = newer("A02.1 Cutting\n\nK75,8 Other repair")
    found = read_bytes(document.encode(), "x.txt")
    assert told(found.procedure) == "(A02.1 + K75.8)"
    assert [w.id for w in found.warnings] == ["KG-W0215"]
    assert [document[w.start : w.end] for w in found.warnings] == ["K75,8"]
    assert found.review


COMBINATIONS = """One of the following combinations is recorded:

A02.1 Excision of lesion of tissue of frontal lobe of brain NEC plus A12.1 Creation of ventriculovascular shunt

B27.1 Total mastectomy and excision of both pectoral muscles and part of chest wall

W62.1 Primary arthrodesis and internal fixation of joint NEC plus Z81.3 Glenohumeral joint"""


@pytest.mark.parametrize("width", range(40, 90, 3))
def test_a_wrapped_combination_is_one_line(width: int) -> None:
    """Where empty lines part the paragraphs, a full line goes on in the next, whatever stands at the break."""
    lines = "\n".join(textwrap.fill(line, width) for line in newer(COMBINATIONS).split("\n"))
    found = read_bytes(lines.encode(), "x.txt")
    assert told(found.procedure) == "{(A02.1 + A12.1) | B27.1 | (W62.1 + Z81.3)}"


def test_a_break_that_may_be_one_of_wrapping_is_told_where_it_makes_a_difference() -> None:
    long = "T67.3 Primary repair of tendon using permanent prosthesis or\nD01.9 Unspecified excision of external ear"
    assert "KG-W0216" in [w.id for w in read_bytes(newer(f"Z28.8 Part\n\n{long}\n\nP06.-").encode(), "x.txt").warnings]
    assert not read_bytes(newer(f"{long}").encode(), "x.txt").review


def test_what_opens_a_paragraph_is_parted_from_the_code_before_it() -> None:
    glued = newer(
        "A02.1 Cutting (if clips are used) Note: If clips are used, Z22.4 Nose should be recorded in addition."
    )
    parted = newer(
        "A02.1 Cutting (if clips are used)\n\nNote: If clips are used, Z22.4 Nose should be recorded in addition."
    )
    assert told(read_bytes(glued.encode(), "x.txt").procedure) == told(read_bytes(parted.encode(), "x.txt").procedure)


@pytest.mark.parametrize(
    "lines",
    [
        "A02.1 Cutting\n\nNote: If a second surgeon assists. Z25.8 Mouth should also be added.",
        "A02.1 Cutting\n\nIf a second surgeon assists any other procedure must also be coded.",
        "A02.1 Cutting\n\nA03.1 Of body \u2018Z78.5 Fibula\u2019 or \u2018Z15.1 Breast\u2019 may also be added.",
    ],
)
def test_a_sentence_that_lost_its_comma_or_its_line_is_asked_about(lines: str) -> None:
    assert read_bytes(newer(lines).encode(), "x.txt").review


def test_a_heading_behind_a_title_opens_its_section() -> None:
    found = read_bytes(
        newer("A02.1 Excision of lesion of tissue of frontal lobe of brain ICD-10 codes\n\nN74.- Disorder").encode(),
        "x.txt",
    )
    assert (told(found.procedure), told(found.diagnosis)) == ("A02.1", "N74.-")


@pytest.mark.parametrize(
    "words",
    [
        "when fluoroscopy i used", "if ultrasoundguidance is used", "if theprimary tumour is still present",
        "when the tumour i primary", "if the approach ispercutaneous", "if performe laparoscopically",
        "if both sides are teated", "if both side are treated", "where the primary growth as removed",
        "if a rigidendoscope is used", "in th second stage", "if CTguidance is used",
        "if the primary tumour has bcen eradicated",
    ],
)  # fmt: skip
def test_a_condition_that_a_misprint_parts_from_a_facet_is_known_as_near_to_it(words: str) -> None:
    assert load_lexicon().fact(words) is None
    assert load_lexicon().fact(nearly_said(words, load_lexicon())) is not None


@pytest.mark.parametrize(
    "words",
    [
        "if the operation is not open", "if a probe for TOE is used", "for its removal", "if the insertion is staged",
        "if the tumour is benign", "if a laser guides the needle", "when the opening is closed", "if clips are used",
        "when the kidney is removed on one side", "after an open operation", "if the lesion is preserved",
        "unless fluoroscopy is used", "if the primary surgeon assists",
    ],
)  # fmt: skip
def test_a_condition_of_other_words_is_near_to_no_facet(words: str) -> None:
    assert nearly_said(words, load_lexicon()) == ""


def test_one_case_in_two_spellings_is_asked_about_though_only_one_of_them_is_known() -> None:
    text = newer(
        "A01.1 Hemispherectomy\nNote: If fluoroscopy iis used, Z01.1 Tissue of frontal lobe of brain is added.\n"
        "Note: If fluoroscopy is used, Y53.4 Approach to organ under fluoroscopic control is added."
    )
    found = read_bytes(text.encode(), "x.txt", OpenCodes())
    assert found.review
    assert any(w.id == "KG-W0217" for w in found.warnings)
