"""*Is A below B* by identifiers is what a walk over the parents says, whichever slots the identifiers fall into."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.codes import SctId
from kg.terminology.hierarchy import close
from kg.terminology.snomed_writing import slots
from kg.terminology.subsumption import asker, nodes


@st.composite
def hierarchies(draw: st.DrawFn) -> tuple[list[int], list[tuple[int, int]]]:
    """Identifiers that crowd in few slots, and links from later to earlier ones."""
    n = draw(st.integers(1, 12))
    size = 2 * n + 1
    starts = draw(st.lists(st.sampled_from((0, 1, size - 2, size - 1)), min_size=n, max_size=n))
    ids = sorted({start + size * (at + 1) for at, start in enumerate(starts)})
    pairs = [(c, p) for c in range(len(ids)) for p in range(c)]
    links = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return ids, links


@given(hierarchies())
def test_answers_are_those_of_a_walk(drawn: tuple[list[int], list[tuple[int, int]]]) -> None:
    numbers, links = drawn
    ids, table = np.array(numbers, np.int64), slots(np.array(numbers, np.int64))
    child, parent = (np.array([link[side] for link in links], np.int64) for side in (0, 1))
    closure = close(len(ids), child, parent)

    def fault(id: SctId | int) -> Exception:
        return LookupError(id)

    ask = asker(nodes(ids, table, closure).data, len(table), closure.extra.data, closure.last.data, fault)
    above = {c: {c} for c in range(len(ids))}
    for c in range(len(ids)):
        for lower, upper in links:
            if lower == c:
                above[c] |= above[upper]
    for a, lower in enumerate(numbers):
        for b, upper in enumerate(numbers):
            assert ask(upper, lower) is (b in above[a])
    for slot in range(len(table)):
        absent = slot + len(table) * 1000
        for pair in ((absent, numbers[0]), (numbers[0], absent)):
            with pytest.raises(LookupError, match=str(absent)):
                ask(*pair)


def test_identifiers_are_taken_as_values_and_as_numbers() -> None:
    ids = np.array([138875005, 404684003], np.int64)
    closure = close(2, np.array([1]), np.array([0]))
    table = slots(ids)
    ask = asker(nodes(ids, table, closure).data, len(table), closure.extra.data, closure.last.data, KeyError)
    assert ask(SctId(138875005), 404684003) is ask(138875005, SctId(404684003)) is True
    assert ask(404684003, 138875005) is False
