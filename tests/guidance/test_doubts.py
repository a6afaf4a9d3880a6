"""Words that could change what is listed, and that no rule takes: the reader asks."""

import pytest

from kg.guidance.reading import read_bytes

HEAD = "IPG999 Repair of the outer ear\n\nOPCS-4 code(s):\n\n"
TAIL = "\n\nICD-10 code(s):\n\nH61.9 Disorder of external ear, unspecified\n"
PLAIN = "D03.1 Reconstruction of external ear using graft\n\nZ94.1 Bilateral operation"


@pytest.mark.parametrize(
    "listed",
    [
        f"{PLAIN} (omit when one side is treated)",
        f"{PLAIN} (leave out when one side is treated)",
        "D03.1 Reconstruction of external ear using graft\n\n"
        "Note: Treatment of both ears is recorded by adding Z94.1 Bilateral operation.",
        f"A code for each ear that is treated:\n\n{PLAIN}",
    ],
)
def test_words_that_may_make_a_listed_code_depend_on_something_are_asked_about(listed):
    assert read_bytes(f"{HEAD}{listed}{TAIL}".encode(), "IPG999.txt").review


def test_the_same_list_without_such_words_is_not():
    assert not read_bytes(f"{HEAD}{PLAIN}{TAIL}".encode(), "IPG999.txt").review
