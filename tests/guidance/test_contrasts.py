"""Cases that exclude each other by their words."""

import pytest

from kg.guidance.parts.contrasts import all_exclude, exclude


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("for a primary tumour", "for a metastasis", True),
        ("if it is acute", "if it is chronic", True),
        ("ruptured", "if not ruptured", True),
        ("with obstruction", "without obstruction", True),
        ("if united", "if ununited", True),
        ("for a cyst", "for a stone", False),
        ("for a primary tumour", "for a primary or secondary tumour", False),
        ("if not ruptured", "if not infected", False),
        ("if no stone was found", "if no stone was removed", False),
        ("", "not", False),
    ],
)
def test_two_cases_exclude_each_other_where_their_words_do(one: str, other: str, wanted: bool) -> None:
    assert exclude(one, other) is exclude(other, one) is wanted


def test_of_several_cases_each_two_have_to() -> None:
    assert all_exclude(["open", "laparoscopic"])
    assert not all_exclude(["left", "right", "open"])
