"""Sentences that leave a code out in one case, or add it in all cases but one."""

import pytest

from kg.expression.condition import STATED
from kg.expression.nodes import AllOf, Pick, When, conditions
from kg.guidance.reading import read_bytes

BASE = """IPG9300 Resection

Coding recommendations

H33.5 Rectosigmoidectomy and closure of rectal stump
{}

C20.X Malignant neoplasm of rectum
"""
LISTED = "Y75.2 Laparoscopic approach to abdominal cavity NEC\n"


@pytest.mark.parametrize(
    ("line", "words", "asks"),
    [
        ("Y75.2 Laparoscopic approach, unless the operation is open", "unless the operation is open", False),
        ("Unless the operation is open, Y75.2 Laparoscopic approach is added.", "Unless the operation is open", False),
        ("Y75.2 Laparoscopic approach is added except where it is open.", "except where it is open", False),
        ("Y75.2 Laparoscopic approach is added other than in open operations.", "other than in open", False),
        ("Y75.2 Laparoscopic approach is not added if the operation is open.", "is not added if the operation", True),
        ("Y75.2 Laparoscopic approach should be omitted when it is open.", "omitted when it is open", True),
        ("Do not add Y75.2 Laparoscopic approach if the operation is open.", "Do not add Y75.2", True),
        (f"{LISTED}Note: Y75.2 is not added if the operation is open.", "is not added if the operation", True),
        (f"{LISTED}Note: If the operation is open, Y75.2 is not added.", "If the operation is open, Y75.2", True),
    ],
)
def test_a_code_is_under_the_words_that_say_in_which_case_it_is_left_out(line: str, words: str, *, asks: bool) -> None:
    found = read_bytes(BASE.format(line).encode(), "N.txt")
    assert isinstance(found.procedure, AllOf)
    assert [type(part) for part in found.procedure.parts[1:]] == [When]
    (condition,) = conditions(found.procedure)
    assert condition.facet == STATED
    assert condition.words.startswith(words)
    assert found.review is asks


def test_a_main_code_that_no_list_has_is_left_out_whatever_the_case() -> None:
    line = "If the bladder is taken out too, H33.6 Anterior exenteration of pelvis NEC is not assigned."
    found = read_bytes(BASE.format(line).encode(), "N.txt")
    assert isinstance(found.procedure, Pick)
    assert [warning.id for warning in found.warnings] == ["KG-W0206"]
