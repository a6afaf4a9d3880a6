"""Printed codes and titles against a classification, where the caller gives one."""

from collections.abc import Iterator

import pytest

from kg.codes import Chapters, Code, Scheme, Selector
from kg.guidance.reading import read_bytes
from kg.terminology import OpenCodes
from tests.guidance.wordings import newer


class TwoCodes:
    """A classification of two codes, complete."""

    titles = {"J03.2": "Destruction of lesion of liver NEC", "Y13.2": "Cryotherapy to lesion of organ NOC"}  # noqa: RUF012
    chapters = Chapters()

    def title(self, selector: Selector) -> str | None:
        return self.titles.get(str(selector))

    def exists(self, code: Code) -> bool | None:
        return str(code) in self.titles

    def codes_under(self, selector: Selector) -> Iterator[Code]:
        return iter(())

    def is_complete(self, scheme: Scheme) -> bool:
        return True


@pytest.mark.parametrize(
    ("lines", "ids"),
    [
        ("J03.2 Destruction of lesion of liver NEC\nY13.2 Cryotherapy", []),
        ("J03.2 Excision of gall bladder\nY13.2 Cryotherapy to lesion of organ", ["KG-W0204"]),
        ("J03.2 Destruction of lesion of liver\nY13.9 Unspecified", ["KG-W0205"]),
    ],
)
def test_a_title_of_another_code_and_a_code_not_in_use_are_reported(lines: str, ids: list[str]) -> None:
    found = read_bytes(newer(lines).encode(), "x.txt", TwoCodes())
    assert [w.id for w in found.warnings] == ids
    assert found.review is bool(ids)


@pytest.mark.parametrize(
    ("printed", "ids"),
    [
        ("J12.8 Other specified other therapeutic percutaneous operations on liver", []),
        ("J12.9 Other specified other therapeutic percutaneous operations on liver", ["KG-W0204"]),
        ("J12.9 Other percutaneous operations on liver", []),
        ("Y53.3 Approach to organ under ultrasonic control", ["KG-W0204"]),
        ("R05.- Partial excision of vulva", ["KG-W0204"]),
    ],
)
def test_a_title_that_is_word_for_word_that_of_a_neighbour_is_reported(printed: str, ids: list[str]) -> None:
    """Half of the words of a title make it the code's own, but not if all of them are those of the next code's."""
    found = read_bytes(newer(f"K52.1\n\n{printed}").encode(), "x.txt", OpenCodes())
    assert [w.id for w in found.warnings if w.id == "KG-W0204"] == ids


def test_three_characters_of_icd_10_with_codes_below_them_are_in_use() -> None:
    lines = "K52.1 A\n\nICD-10 codes\n\nF32 Depressive episode\n\nor\n\nF33 Recurrent depressive disorder"
    assert "KG-W0205" not in [w.id for w in read_bytes(newer(lines).encode(), "x.txt", OpenCodes()).warnings]


def test_without_a_classification_nothing_is_compared() -> None:
    assert not read_bytes(newer("J03.2 Excision of gall bladder\nY13.9 Unspecified").encode(), "x.txt").warnings
