"""Headings of the coding part, in the words of many authors: each tells which side the codes below it are of."""

import pytest

from kg.guidance.reading import read_bytes
from tests.guidance.wordings import told

HEADINGS = [
    ("OPCS-4 code(s):", "ICD-10 code(s):"),
    ("OPCS-4 code (s) :", "ICD-10 code (s) :"),
    ("Procedure codes", "Health condition codes"),
    ("Operation codes:", "Disease codes:"),
    ("Intervention code(s)", "Diagnosis code(s)"),
    ("Coding for the procedure (OPCS-4)", "Coding for the diagnosis (ICD-10)"),
    ("Coding of the procedure", "Coding of the diagnosis"),
    ("Codes for the operation", "Codes for the disease"),
    ("Classification of the procedure", "Classification of the diagnosis"),
    ("1  Procedure and device\n\n1.1  OPCS-4 code(s)", "2  Diagnosis or health condition\n\n2.1  ICD-10 code(s)"),
    ("1. OPCS-4 codes", "2. ICD-10 codes"),
    ("A. Procedure", "B. Diagnosis"),
    ("Part 1: Procedure (OPCS-4)", "Part 2: Diagnosis (ICD-10)"),
    ("OPCS-4 codes to be recorded:", "ICD-10 codes to be recorded:"),
    ("Recommended OPCS-4 codes", "Recommended ICD-10 codes"),
    ("Procedure coding", "Diagnosis coding"),
    ("Procedures \u2013 OPCS-4", "Diagnoses \u2013 ICD-10"),
    ("OPCS-4 classification", "ICD-10 classification"),
    ("OPCS-4.9 (procedures)", "ICD-10 (diagnoses)"),
    ("OPCS-4:", "International Classification of Diseases, tenth revision:"),
    (
        "Office of Population Censuses and Surveys Classification of Interventions and Procedures",
        "International Statistical Classification of Diseases and Related Health Problems",
    ),
    ("The procedure in OPCS-4:", "The diagnosis in ICD-10:"),
    ("Codes from OPCS-4", "Codes from ICD-10"),
    ("OPCS-4 (version 4.9)", "ICD-10 (5th edition)"),
]


@pytest.mark.parametrize(("procedure", "diagnosis"), HEADINGS)
@pytest.mark.parametrize("gap", ["\n\n", "\n"])
def test_a_heading_says_of_which_side_the_codes_below_it_are(procedure: str, diagnosis: str, gap: str) -> None:
    lines = [procedure, "G44.3 Fibreoptic endoscopic dilation of upper gastrointestinal tract NEC"]
    lines += ["Y40.3 Balloon dilation of organ NOC", diagnosis, "K22.2 Oesophageal obstruction"]
    end = "\n\nClinical coding recommendations for NICE guidance\n\nA closing sentence.\n"
    text = "IPG900 \u2013 Operation made up for a test\n\n" + gap.join(lines) + end
    found = read_bytes(text.encode(), "made-up.txt")
    assert (told(found.procedure), told(found.diagnosis)) == ("(G44.3 + Y40.3)", "K22.2")
    assert not found.review, [w.message for w in found.warnings]


@pytest.mark.parametrize("asks", ["(select one)", "(one of)", "(one only)", "(one of these)", "(choose one)"])
def test_a_heading_may_ask_for_one_of_the_codes_below_it(asks: str) -> None:
    text = (
        "IPG900 \u2013 Operation made up for a test\n\nOPCS-4 code(s):\n\n"
        "V44.5 Balloon kyphoplasty of fracture of spine\n\n"
        f"ICD-10 code(s) {asks}:\n\nM80.0 Postmenopausal osteoporosis with pathological fracture\n\n"
        "M48.5 Collapsed vertebra, not elsewhere classified\n"
    )
    found = read_bytes(text.encode(), "made-up.txt")
    assert (told(found.procedure), told(found.diagnosis)) == ("V44.5", "{M80.0 | M48.5}")
    assert not found.review, [w.message for w in found.warnings]


@pytest.mark.parametrize(
    "text",
    [
        "IPG999 Transplantation of a lobe\n\nLiving donor:\n\nOPCS-4.4\n\nX45.3 Donation of lobe of lung\n\nICD-10\n\n"
        "Z52.8 Donor of other organs and tissues\n\nRecipient:\n\nOPCS-4.4\n\n"
        "E53.3 Single lobe lung transplant\n\nICD-10\n\n"
        "J84.1 Other interstitial pulmonary diseases with fibrosis\n",
        "IPG999 Transplantation of a lobe\n\nOPCS-4.4 codes\n\nLiving donor:\n\n"
        "X45.3 Donation of lobe of lung\n\nICD-10 codes\n\n"
        "Z52.8 Donor of other organs and tissues\n\nRecipient:\n\nE53.3 Single lobe lung transplant\n\nICD-10 codes\n\n"
        "J84.1 Other interstitial pulmonary diseases with fibrosis\n",
    ],
    ids=["over each pair of sections", "in the sections"],
)
def test_cases_that_have_procedures_and_diagnoses_each_under_headings_of_their_own(text: str) -> None:
    found = read_bytes(text.encode(), "IPG999.txt")
    assert told(found.procedure) == "{when[X45.3] | when[E53.3]}"
    assert told(found.diagnosis) == "{when[Z52.8] | when[J84.1]}"
    assert not found.review


PERSONS = [
    "Donor\n\nOPCS-4 code\nJ02.3 Segmental resection\n\nICD-10 code\nZ52.6 Liver donor\n\n"
    "Recipient\n\nOPCS-4 codes\nJ01.1 Transplantation\n\nICD-10 code\n@\n",
    "**Donor**\n\nOPCS-4 codes:\nJ02.3 Segmental resection\nICD-10 codes:\nZ52.6 Liver donor\n\n"
    "**Recipient**\n\nOPCS-4 codes:\nJ01.1 Transplantation\nICD-10 codes:\n@\n",
]


@pytest.mark.parametrize("page", PERSONS)
@pytest.mark.parametrize(
    "words",
    [
        "The code for the disease of the liver that led to it.",
        "the code of the liver disease",
        "The underlying disease",
        "The reason for the transplant",
    ],
)
def test_a_diagnosis_that_is_only_described_belongs_to_its_person(page: str, words: str) -> None:
    found = read_bytes(f"IPG900 Made up for a test\n\n{page.replace('@', words)}".encode(), "made-up.txt")
    assert told(found.procedure) == "{when[J02.3] | when[J01.1]}"
    assert told(found.diagnosis) == "{when[Z52.6] | when[UNNAMED]}"
    assert not found.review, [w.message for w in found.warnings]


CASES = [
    "Insertion\n\nM64.2 Open implantation\nZ42.3 Bladder\n\nICD-10 code\nN39.4 Incontinence\n\n"
    "Removal\n\nM64.3 Removal\n\nICD-10 code\nT83.1 Complication\nor\nT83.5 Infection\n",
    "Insertion\n\nM64.2 Open implantation\nZ42.3 Bladder\n\nICD-10 code N39.4 Incontinence\n\n"
    "Removal\n\nM64.3 Removal\n\nICD-10 codes T83.1 Complication or T83.5 Infection\n",
    "Insertion:\nM64.2 Open implantation\nZ42.3 Bladder\nICD-10: N39.4 Incontinence\n\n"
    "Removal:\nM64.3 Removal\nICD-10: T83.1 Complication or T83.5 Infection\n",
]


@pytest.mark.parametrize("page", CASES)
def test_each_case_has_its_codes_and_its_diagnosis_below_its_heading(page: str) -> None:
    found = read_bytes(f"IPG900 Made up for a test\n\n{page}".encode(), "made-up.txt")
    assert told(found.procedure) == "{when[(M64.2 + Z42.3)] | when[M64.3]}"
    assert told(found.diagnosis) == "{when[N39.4] | when[{T83.1 | T83.5}]}"
    assert not found.review, [w.message for w in found.warnings]


def test_a_document_may_begin_its_coding_with_a_sentence_about_a_category() -> None:
    text = "Nerve block\n\nA code from category A52 Therapeutic lumbar epidural injection is recorded.\n"
    assert told(read_bytes(text.encode(), "made-up.txt").procedure) == "A52.-"


@pytest.mark.parametrize(
    ("page", "procedure", "diagnosis"),
    [
        ("\nOPCS-4: A70.1 Implantation\nand a code from Z12.-\n\nICD-10:\nI10.X Hypertension\n",
         "(A70.1 + Z12.-)", "I10"),
        ("\nOPCS-4: category W37, W38 or W39 depending on the prosthesis.\nICD-10: M16 - Coxarthrosis.\n",
         "{W37.- | W38.- | W39.-}", "M16.-"),
        ("\nCodes: A70.1 and Y53.4\n\nI10.X Hypertension\nor\nI15.- Secondary hypertension\n",
         "(A70.1 + Y53.4)", "{I10 | I15.-}"),
        ("The following codes from category H51 Excision can be used:\nH51.3 Stapled haemorrhoidectomy\nH51.8 Other\n",
         "{H51.3 | H51.8}", "null"),
        ("\n| System | Code | Title |\n|---|---|---|\n| OPCS-4 | W90.8 | Other specified puncture of joint |\n"
         "| OPCS-4 | Z84.1 | Sacroiliac joint |\n| ICD-10 | M53.3 | Sacrococcygeal disorders |\n",
         "(W90.8 + Z84.1)", "M53.3"),
        ("\nValve        OPCS-4\nMitral       K35.1\nAortic       K35.2\n\nY53.4 is added.\n",
         "({when[K35.1] | when[K35.2]} + Y53.4)", "null"),
    ],
)  # fmt: skip
def test_a_heading_may_stand_on_the_line_of_its_codes(page: str, procedure: str, diagnosis: str) -> None:
    found = read_bytes(f"IPG900 Made up for a test\n{page}".encode(), "made-up.txt")
    assert (told(found.procedure), told(found.diagnosis)) == (procedure, diagnosis)
    assert not found.review, [w.message for w in found.warnings]


@pytest.mark.parametrize("both", ["OPCS-4.6 codes and ICD-10 codes", "OPCS-4 code(s) and ICD-10 code(s):"])
def test_a_title_takes_in_no_line_of_codes_below_it(both: str) -> None:
    """Without an empty line below the title, and with one heading for both sides."""
    page = (
        f"IPG999 Biopsy of the breast\n{both}\nNeedle biopsy:\nB32.2 Core biopsy\nOpen biopsy:\nB28.3 Excision\n"
        "The ICD-10 code is D24.X Benign neoplasm of breast\n"
    )
    found = read_bytes(page.encode(), "x.txt")
    assert found.title == "Biopsy of the breast"
    assert told(found.procedure) == "{when[B32.2] | when[B28.3]}"
