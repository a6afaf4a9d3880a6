"""Words that could change what is listed, and that no rule takes: the reader asks."""

import pytest

from kg.expression.nodes import conditions
from kg.guidance.reading import read_bytes
from tests.guidance.wordings import told

HEAD = "IPG999 Repair of the outer ear\n\nOPCS-4 code(s):\n\n"
TAIL = "\n\nICD-10 code(s):\n\nH61.9 Disorder of external ear, unspecified\n"
PLAIN = "D03.1 Reconstruction of external ear using graft\n\nZ94.1 Bilateral operation"


@pytest.mark.parametrize(
    "listed",
    [
        "D03.1 Reconstruction of external ear using graft\n\n"
        "Note: Treatment of both ears is recorded by adding Z94.1 Bilateral operation.",
        f"A code for each ear that is treated:\n\n{PLAIN}",
    ],
)
def test_words_that_may_make_a_listed_code_depend_on_something_are_asked_about(listed):
    assert read_bytes(f"{HEAD}{listed}{TAIL}".encode(), "IPG999.txt").review


def test_the_same_list_without_such_words_is_not():
    assert not read_bytes(f"{HEAD}{PLAIN}{TAIL}".encode(), "IPG999.txt").review


def test_a_condition_ends_where_a_sentence_goes_on_to_say_what_is_coded():
    words = "If grafts are taken they should be coded in addition.\n\nE08.1 Polypectomy of internal nose"
    read = read_bytes(f"{HEAD}{PLAIN}\n\n{words.replace('.', ':', 1)}{TAIL}".encode(), "IPG999.txt")
    assert [c.words for c in conditions(read.procedure)] == ["If grafts are taken"]
    assert not any("where the condition ends" in warning.message for warning in read.warnings)


def test_the_figures_of_an_edition_count_no_lines():
    text = f"{HEAD}{PLAIN}{TAIL}".replace("OPCS-4 code(s):", "The OPCS-4.5 codes recommended for this procedure are:")
    assert not read_bytes(text.encode(), "IPG999.txt").review


@pytest.mark.parametrize("words", ["omit when one side is treated", "left out if one side is treated"])
def test_a_code_that_is_left_out_in_one_case_is_conditional(words):
    found = read_bytes(f"{HEAD}{PLAIN} ({words}){TAIL}".encode(), "IPG999.txt")
    assert told(found.procedure) == "(D03.1 + when[Z94.1])"
    assert not found.review


ASKED = (
    (
        "the label of a line that goes on as a sentence",
        f"{PLAIN}\n\nICD-10 code(s):\n\nInfected: H60.9 Otitis externa or H60.3 Other infective otitis externa;"
        " H61.1 is coded in addition where the perichondrium is inflamed.",
    ),
    (
        "a list that takes the place of a code",
        f"{PLAIN}\n\nIf performed to revise an earlier repair then D03.1 is replaced by:\n\nD03.3 Reconstruction NEC",
    ),
    (
        "a heading behind what stands in brackets",
        f"{PLAIN}\n\nICD-10 code(s):\n\nStage 1:\n\nH60.9 Otitis externa (if the primary tumour has been eradicated)"
        " Stage 2:",
    ),
    (
        "a diagnosis told as an example",
        f"{PLAIN}\n\nCode the disease of the ear, for example H61.1 Noninfective disorders.",
    ),
    (
        "codes of another list told by their kind",
        f"{PLAIN}\n\nFor removal of the graft:\n\nD06.1 Drainage of external ear\n\nwith the same laterality code.",
    ),
    (
        "two codes of one category, each added in a case",
        f"{PLAIN}\n\nIf the ear is cleaned D07.2 Removal of foreign body from external ear should be recorded in"
        " addition; for a simple wash use D07.1 Clearance of external auditory canal NEC.",
    ),
    ("words over a code that may ask for another", f"{PLAIN}\n\nAdditional codes for the concomitant scan\nU20.2 Scan"),
    (
        "a sentence that parts the list above by place, in words that no rule has",
        f"Y53.2 A\n\n{PLAIN}\n\nExactly one of the first two codes is used, as tides allow.",
    ),
    ("a word that no sentence of recording has", f"{PLAIN}\n\nNote: Z30.1 Liver is bartered for the others."),
    ("what is done, which may be or not", f"{PLAIN}\n\nNote: Careful suture is recorded with Y53.2 A method."),
    ("a lead-in with a word for each of several", f"A code per treated ear:\n\n{PLAIN}"),
    ("words behind a whole title that may be its case", "Z94.1 Bilateral operation (children)\n\nD03.1 A"),
    (
        "words behind a whole title that are all of a recommendation's own",
        "D03.1 A\n\nZ94.1 Bilateral operation (needed beside a second site)",
    ),
    ("what a listed code shows, said to be there at times", f"{PLAIN}\n\nNote: The operation is often bilateral."),
    (
        "what a listed code shows, said to be undone at times",
        f"{PLAIN}\n\nNote: Some do without a bilateral operation.",
    ),
    ("a code that hangs on something", f"{PLAIN}\n\nNote: Z94.1 presupposes two ears."),
    ("a code that is enough in some case", f"{PLAIN}\n\nNote: D03.1 is enough where there is no second ear."),
    ("a code denied by what is not there", f"{PLAIN}\n\nNote: No second ear, no Z94.1."),
    (
        "what happens at times, and then a code for it or for all",
        f"{PLAIN}\n\nNote: Surgeons often mark the skin. Y39.8 Other specified injection of substance is added.",
    ),
    (
        "something that is done, and then a code for it or for all",
        f"{PLAIN}\n\nNote: A dye marks the skin. Y39.8 Other specified injection of substance is added.",
    ),
    ("words in brackets that offer something in place", f"{PLAIN} (a new one takes the place of the old)"),
    ("a heading that names no way and no operation", f"{PLAIN}\n\nMiscellany:\n\nD03.9 Reconstruction NEC"),
    ("Or before a lead-in", f"{PLAIN}\n\nOr\n\nOne of the following:\n\nD02.1 A\n\nD04.1 B"),
    ("a lead-in that counts other than its list", f"These three codes are recorded:\n\n{PLAIN}"),
    ("codes of one line with words that join nothing", "D03.1 (A title) or, so to say, Z94.1 (Another)"),
    ("a bracket that closes what none has opened", f"{PLAIN} if both are treated)"),
    ("a bracket that stays open before a code", "D03.1 Reconstruction (partial of ear plus Z94.1 Bilateral operation"),
    ("a range from one chapter into another", "D03-E05 Operations\n\nZ94.1 Bilateral operation"),
    (
        "a heading glued to the title before it",
        "D03.1 Reconstruction of external ear using graft Laparoscopic approach",
    ),
    ("the heading of a list glued to the line before", f"{PLAIN} nd one of the following combinations:\n\nD02.1 A"),
    ("a word that lost its blank", f"{PLAIN}\n\nNote: D02.1 Excision of earcan be recorded."),
    ("a chapter that lost its letter", f"{PLAIN}\n\nA code from chapter"),
    ("a word that became another where it decides", f"{PLAIN}\n\nThe following codes my also be added:\n\nZ01.1 A"),
    (
        "a heading that stands behind a lead-in",
        "One of the following applies: Open operation:\n\nD03.1 A\n\nShut:\n\nD03.2 B",
    ),
    ("a heading that lost its first letter", f"SNOMED CT concept\n\nA term (116156009)\n\nPCS-4 codes\n\n{PLAIN}"),
    (
        "a code of a chapter that is listed, in a line that is no item",
        f"{PLAIN}\n\nSite code\n\nMore of Z01.1 Cerebrum",
    ),
    ("a heading that lost its shape", f"{PLAIN}\n\nICD-110 codes\n\nK21.9 Reflux"),
    ("a condition that may be for the last code", f"{PLAIN}\n\nIn addition D02.1 A, and D04.1 B if it is torn."),
    ("diagnoses that only a comma joins", f"{PLAIN}\n\nIn addition the ICD-10 code of the ear: H61.9 A, H60.1 B."),
    ("a code denied where something was not done", f"{PLAIN}\n\nWhen no scan was made, Y53.2 A is left out."),
    ("a code by itself in another case", f"{PLAIN}\n\nIf only the lobe is treated, D03.1 is recorded on its own."),
    ("a further code of a listed category", f"Z94.- Laterality\n\n{PLAIN}\n\nZ94.2 is also recorded if both are done."),
)


@pytest.mark.parametrize(("why", "listed"), ASKED, ids=[why for why, _ in ASKED])
def test_what_the_reader_has_no_ground_for_is_asked_about(why, listed):
    assert read_bytes(f"{HEAD}{listed}{TAIL}".encode(), "IPG999.txt").review


READ = (
    (
        "D03.1 A\n\nNote: Choose Z94.2 B or Z94.3 C, according to the ear that was seen first.",
        "(D03.1 + {Z94.2 | Z94.3})",
    ),
    ("D03.1 A\n\nNote: To show which ear was treated, a code from chapter Z is added.", "(D03.1 + Z)"),
    ("Open operation - D03.1 A\n\nEndoscopic operation - D03.2 B", "{when[D03.1] | when[D03.2]}"),
    ("Open          D03.1 A\nEndoscopic    D03.2 B + Y76.3 C", "{when[D03.1] | when[(D03.2 + Y76.3)]}"),
    ("D03.1 A\n/ D03.2 B", "{D03.1 | D03.2}"),
    ("D03.1 A\nPlusZ94.1 B", "(D03.1 + Z94.1)"),
    ("D03.1 A, with Z94.\n1 B", "(D03.1 + Z94.1)"),
    (
        "D03.1 A is recorded unless the lobe is treated, in which case D04.1 B is recorded instead.",
        "{D03.1 | when[D04.1]}",
    ),
    (
        "If the ear is lost, D03.1 A followed by Z94.2 B is assigned. If it is torn, D03.1 is assigned on its own.",
        "{when[(D03.1 + Z94.2)] | when[D03.1]}",
    ),
    ("Open:\nD03.1 A\nEndoscopic:\nD03.2 B\nAll operations:\nZ94.1 C", "({when[D03.1] | when[D03.2]} + Z94.1)"),
)


@pytest.mark.parametrize(("listed", "meant"), READ, ids=[meant for _, meant in READ])
def test_a_wording_is_read(listed, meant):
    assert told(read_bytes(f"{HEAD}{listed}{TAIL}".encode(), "IPG999.txt").procedure) == meant


@pytest.mark.parametrize(
    "heading",
    ["Diagnosis (ICD-10)", "Diagnosis codes (ICD-10)", "ICD-10 diagnosis codes", "Indication (ICD-10)", "Indications"],
)
def test_a_heading_may_name_the_classification_among_other_words(heading):
    text = f"IPG999 Repair of the outer ear\n\nProcedure codes (OPCS-4.6)\n\n{PLAIN}\n\n{heading}\n\nK21.9 Reflux\n"
    found = read_bytes(text.encode(), "IPG999.txt")
    assert (found.opcs_version, told(found.diagnosis), found.review) == ("4.6", "K21.9", False)


@pytest.mark.parametrize("glued", ["ICD-10 code(s):K21.9 Reflux", "ICD-10 codes K21.9 Reflux"])
def test_a_heading_may_have_lost_the_break_behind_it(glued):
    found = read_bytes(f"{HEAD}{PLAIN}\n\n{glued}\n".encode(), "IPG999.txt")
    assert told(found.diagnosis) == "K21.9"


def test_a_heading_may_have_lost_the_break_before_it():
    text = f"{HEAD}{PLAIN} Diagnosis or health condition:\n\nICD-10 code(s):\n\nK21.9 Reflux\n"
    found = read_bytes(text.encode(), "IPG999.txt")
    assert (told(found.procedure), told(found.diagnosis)) == ("(D03.1 + Z94.1)", "K21.9")


def test_diagnoses_of_chapters_y_and_z_are_joined_as_the_others():
    text = f"{HEAD}{PLAIN}\n\nICD-10 code(s):\n\nZ09.- Follow-up, D42.1 Tumour or P03.1 Disorder\n"
    assert told(read_bytes(text.encode(), "IPG999.txt").diagnosis) == "{Z09.- | D42.1 | P03.1}"


def test_a_title_that_speaks_of_diagnosis_keeps_its_side():
    note = "Y96.5 In vitro fertilisation with pre-implantation for genetic diagnosis should also be added."
    found = read_bytes(f"{HEAD}{PLAIN}\n\nNote: If the child is young, {note}{TAIL}".encode(), "IPG999.txt")
    assert told(found.procedure) == "(D03.1 + Z94.1 + when[Y96.5])"


@pytest.mark.parametrize("label", ["SNOMED CT:", "SNOMED CT concept of the procedure:", "SCT:"])
def test_a_label_before_a_concept_is_no_part_of_its_term(label):
    text = f"{HEAD}{PLAIN}\n\n{label} 719582007 Water jet ablation of prostate\n"
    found = read_bytes(text.encode(), "IPG999.txt")
    assert [(c.id, c.term) for c in found.concepts] == [("719582007", "Water jet ablation of prostate")]


def test_a_lead_in_right_over_the_first_code_belongs_to_the_coding_part():
    text = "IPG999 Ablation of veins\n\nChoose one code for the source of heat:\nL88.1 Laser\nL86.2 Foam\n"
    assert told(read_bytes(text.encode(), "IPG999.txt").procedure) == "{L88.1 | L86.2}"


WIDE = "J12.- Other therapeutic percutaneous operations on liver{}\nY13.2 Cryotherapy{}"


@pytest.mark.parametrize(
    ("behind", "note"),
    [
        (" (excluding J12.4)", ""),
        (" (excl. J12.4)", ""),
        (" (all codes but J12.4)", ""),
        (" (J12.4 is not to be used)", ""),
        (" (J12.9 excepted)", ""),
        ("", "\n\nNote: J12.9 is unacceptable."),
        ("", "\n\nAvoid J12.9."),
        ("", "\n\nNote: J12.4 and J12.5 are never used here."),
        ("", "\n\nNote: J12.9 is not recorded unless the method is unknown."),
        ("", "\n\nNote: Unspecified codes are not permitted."),
    ],
)
def test_a_code_of_a_listed_category_that_is_said_not_to_be_used_is_asked_about(behind: str, note: str) -> None:
    assert read_bytes(f"{HEAD}{WIDE.format(behind, note)}{TAIL}".encode(), "IPG999.txt").review


@pytest.mark.parametrize(
    ("behind", "note"),
    [
        ("", ""),
        (" (for example J12.4)", ""),
        (" (J12.9 if the method is not known)", ""),
        ("", "\n\nNote: Where the method is not stated J12.9 is used."),
        ("", "\n\nNote: J13.2 Open biopsy of lesion of liver is not used here."),
    ],
)
def test_a_code_for_an_unknown_detail_or_of_another_category_is_not(behind: str, note: str) -> None:
    assert not read_bytes(f"{HEAD}{WIDE.format(behind, note)}{TAIL}".encode(), "IPG999.txt").review


LISTED = "D03.1 Reconstruction of external ear using graft\n\nY53.4 Under fluoroscopic control{}"


@pytest.mark.parametrize(
    "behind",
    [
        "\n\nThe second of these is required at the first session alone.",
        "\n\nIn children the main code is recorded by itself.",
        "\n\nThe second is left off where no imaging was needed.",
        "\n\nor, if no imaging is used, no further code.",
        "\n\nY53.9 Unspecified approach to organ under image control",
        "\n\nEither\n\nY68.- Other approach to organ under image control\n\nOr\n\nZ30.1 Liver",
        "\n\nZ20.1 Ear is omitted for children but is required for adults.",
    ],
)
def test_what_limits_a_listed_code_or_cannot_be_in_one_record_is_asked_about(behind: str) -> None:
    assert read_bytes(f"{HEAD}{LISTED.format(behind)}{TAIL}".encode(), "IPG999.txt").review


def test_the_diagnosis_above_headings_of_cases_is_asked_about() -> None:
    cases = "C78.7 Secondary\n\nPrimary still there:\n\nC18.- Colon\n\nPrimary gone:\n\nZ85.0 History\n"
    found = read_bytes(f"{HEAD}{LISTED.format('')}\n\nICD-10 codes:\n\n{cases}".encode(), "IPG999.txt")
    assert found.review
