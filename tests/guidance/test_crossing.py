"""Documents made by crossing wordings: what is read wrongly is asked about."""

from collections.abc import Callable, Iterator
from itertools import islice

import pytest

from kg.guidance.reading import read_bytes
from tests.guidance.crossing import Sets, documents, more
from tests.guidance.wordings import meaning, told


def side(notation: str) -> Sets:
    return frozenset(tuple(sorted(one)) for one in meaning(notation))


@pytest.mark.parametrize(("made", "step"), [(documents, 97), (more, 41)])
def test_what_is_not_read_rightly_is_asked_about(
    made: Callable[[], Iterator[tuple[str, str, Sets, Sets]]], step: int
) -> None:
    silent = []
    for name, text, procedure, diagnosis in islice(made(), 0, None, step):
        found = read_bytes(text.encode(), "made-up.txt")
        right = side(told(found.procedure)) == procedure and side(told(found.diagnosis)) == diagnosis
        if not right and not found.review:
            silent.append((name, told(found.procedure), told(found.diagnosis)))
    assert silent == []


def test_most_crossings_are_read_rightly_and_without_a_question() -> None:
    plain = [case for case in islice(documents(), 0, None, 53) if "one of" not in case[0] and "all 3" not in case[0]]
    right = 0
    for _, text, procedure, _ in plain:
        found = read_bytes(text.encode(), "made-up.txt")
        right += side(told(found.procedure)) == procedure and not found.review
    assert right >= len(plain) * 0.7
