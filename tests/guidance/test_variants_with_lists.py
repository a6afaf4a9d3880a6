"""Lists and cases that stand under the heading of one variant, and cases behind the last of joined codes."""

import pytest

from kg.guidance.reading import read_bytes
from tests.guidance.wordings import meaning, told

HEAD = "IPG999 Ablation of a lesion of the liver\n\nOPCS-4 codes\n\n"
TAIL = "\n\nICD-10 codes\n\nC78.7 Secondary malignant neoplasm of liver and intrahepatic bile duct\n"
NEEDLE = "J12.7 Percutaneous microwave ablation of lesion of liver"
SCOPE = "J08.3 Endoscopic microwave ablation of lesion of liver using laparoscope"
IMAGES = "Y53.- Approach to organ under image control\n\nY68.- Other approach to organ under image control"
ONE_OF = "{Y53.- | Y68.-}"
LEADS = (
    "plus one of:",
    "Also one of:",
    "In addition, one of the following:",
    "Followed by one of:",
    "One of the following is added:",
    "Plus one code for the method:",
)
HEADS = (("Percutaneous operation:", "Laparoscopic operation:"), ("In outpatients:", "In theatre:"))


def read(*lines: str):
    return read_bytes((HEAD + "\n\n".join(lines) + TAIL).encode(), "IPG999.txt")


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize(("first", "second"), HEADS)
def test_a_list_that_goes_with_the_code_of_one_variant_stays_in_it(first: str, second: str, lead: str) -> None:
    found = read(first, NEEDLE, lead, IMAGES, second, SCOPE)
    assert told(found.procedure) == f"{{when[(J12.7 + {ONE_OF})] | when[J08.3]}}"
    assert not found.review


@pytest.mark.parametrize("lead", LEADS)
def test_so_does_a_list_in_each_variant(lead: str) -> None:
    first, second = HEADS[0]
    found = read(first, NEEDLE, lead, IMAGES, second, SCOPE, lead, IMAGES)
    assert told(found.procedure) == f"{{when[(J12.7 + {ONE_OF})] | when[(J08.3 + {ONE_OF})]}}"


@pytest.mark.parametrize("lead", LEADS[:3])
def test_a_list_behind_the_last_variant_goes_with_all(lead: str) -> None:
    first, second = HEADS[0]
    found = read(first, NEEDLE, second, SCOPE, lead, IMAGES)
    assert told(found.procedure) == f"({{when[J12.7] | when[J08.3]}} + {ONE_OF})"


def test_a_case_under_each_heading_is_asked_for_once_in_each_variant() -> None:
    first, second = HEADS[0]
    case = ("If a biopsy is taken:", "Y20.2 Biopsy of organ NOC")
    found = read(first, NEEDLE, *case, second, SCOPE, *case)
    assert told(found.procedure) == "{when[(J12.7 + when[Y20.2])] | when[(J08.3 + when[Y20.2])]}"
    assert read(first, NEEDLE, *case, second, SCOPE).review


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Y53.4 or Y53.2 if ultrasound is used.", "{Y53.4 | when[Y53.2]}"),
        ("Either Y53.4 Approach to organ under fluoroscopic control or Y53.2 Approach to organ under ultrasonic control"
         " when ultrasound is used.", "{Y53.4 | when[Y53.2]}"),
        ("Y53.4 Approach to organ under fluoroscopic control, or Y53.2 Approach to organ under ultrasonic control if"
         " ultrasound is used", "{Y53.4 | when[Y53.2]}"),
        ("Y53.- or Y68.- if image control is used.", "when[{Y53.- | Y68.-}]"),
        ("C87.9 Evaluation of retina or W22.8 Other primary open reduction (if the primary tumour has been eradicated)",
         "when[{C87.9 | W22.8}]"),
        ("Note: If a second surgeon assists, Z20.1 Ear or Z81.2 Shoulder joint should also be added.",
         "when[{Z20.1 | Z81.2}]"),
    ],
)  # fmt: skip
def test_a_case_behind_a_choice_is_of_the_code_that_says_it_else_of_all(line: str, expected: str) -> None:
    assert told(read(NEEDLE, line).procedure) == f"(J12.7 + {expected})"


@pytest.mark.parametrize(
    "listed",
    [
        f"{NEEDLE}\n\nY53.4 Under fluoroscopic control\n\nY53.2 Under ultrasonic control",
        f"If the lesion is small {NEEDLE} is recorded.",
    ],
)
def test_methods_that_exclude_each_other_and_a_main_code_in_one_case_only_are_asked_about(listed: str) -> None:
    assert read(listed).review


@pytest.mark.parametrize("printed", ["W80-L82", "Y99-Y10"])
def test_a_sentence_whose_only_range_cannot_be_is_asked_about_and_never_an_error(printed: str) -> None:
    assert read(NEEDLE, f"'{printed} Repair of pulmonary vein stenosis' is assigned.").review


@pytest.mark.parametrize(
    ("over", "procedure"),
    [
        ("One of:", "(K26.2 + {Y79.3 | Y79.4} + Y53.4 + Z33.1)"),
        ("If reached through an artery:", "(K26.2 + when[(Y79.3 + Y79.4)] + Y53.4 + Z33.1)"),
        ("Optionally:", "(K26.2 + opt[(Y79.3 + Y79.4)] + Y53.4 + Z33.1)"),
    ],
)
def test_a_bullet_of_an_outer_list_ends_the_inner_one(over: str, procedure: str) -> None:
    lines = [
        "- K26.2 Valve",
        f"- {over}",
        "    - Y79.3 Artery",
        "    - Y79.4 Other",
        "- Y53.4 Control",
        "- Z33.1 Septum",
    ]
    found = read_bytes((HEAD + "\n".join(lines) + "\n").encode(), "IPG999.txt")
    assert meaning(told(found.procedure)) == meaning(procedure)


def test_a_heading_within_a_line_of_codes_is_asked_about() -> None:
    line = "Open: J03.2 Destruction of lesion of liver NEC Percutaneous: J12.8 Other specified operations on liver"
    assert read_bytes((HEAD + line + "\n").encode(), "IPG999.txt").review
