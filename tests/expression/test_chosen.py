"""Additions that go with a code of a choice beside: the choice decides them."""

from __future__ import annotations

import pytest

from kg.codes import Scheme, parse_selector
from kg.expression.chosen import settled
from kg.expression.combination import combinations
from kg.expression.condition import NOTHING_KNOWN, Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Pick, When, conditions


def code(text: str) -> Pick:
    return Pick(parse_selector(text, Scheme.OPCS4))


def on(words: str, then: Expression) -> When:
    return When(Condition.stated(words), then)


A, B, C, SITE = code("H33.5"), code("H33.6"), code("H33.7"), code("Z29.1")
EXTRA, OTHER = code("Y75.2"), code("Y53.4")


def sets(e: Expression) -> list[str]:
    found = combinations(settled(e), NOTHING_KNOWN)
    return sorted({" ".join(sorted(str(s) for s in each.selectors)) for each in found})


@pytest.mark.parametrize(
    ("e", "expected"),
    [
        (AllOf((OneOf((A, B)), on("H33.6 chosen", EXTRA))), ["H33.5", "H33.6 Y75.2"]),
        (
            AllOf((OneOf((A, B, C)), on("H33.6 or H33.7 chosen", EXTRA), SITE)),
            ["H33.5 Z29.1", "H33.6 Y75.2 Z29.1", "H33.7 Y75.2 Z29.1"],
        ),
        (
            AllOf((OneOf((A, B)), on("H33.5 chosen", EXTRA), on("H33.6 chosen", OTHER))),
            ["H33.5 Y75.2", "H33.6 Y53.4"],
        ),
        (
            AllOf((OneOf((A, AllOf((B, SITE)))), on("H33.6 chosen, if clips are used", EXTRA))),
            ["H33.5", "H33.6 Y75.2 Z29.1", "H33.6 Z29.1"],
        ),
        (
            OneOf((on("open", AllOf((OneOf((A, B)), on("H33.6 chosen", EXTRA)))), on("closed", C))),
            ["H33.5", "H33.6 Y75.2", "H33.7"],
        ),
    ],
)
def test_an_addition_is_with_the_code_that_it_goes_with_and_with_no_other(e: Expression, expected: list[str]) -> None:
    assert sets(e) == expected


@pytest.mark.parametrize(
    "e",
    [
        AllOf((OneOf((A, B)), on("J12.4 chosen", EXTRA))),
        AllOf((OneOf((A, B)), on("H33.5 or H33.6 chosen", EXTRA))),
        AllOf((A, on("H33.5 chosen", EXTRA))),
        AllOf((OneOf((A, B)), on("a lead was chosen", EXTRA))),
        AllOf((OneOf((A, B)), on("H33.6 chosen", EXTRA)), sequenced=True),
    ],
)
def test_what_no_choice_beside_decides_stays_as_it_is(e: Expression) -> None:
    assert settled(e) == e


def test_what_else_the_condition_asks_for_stays_one() -> None:
    e = settled(AllOf((OneOf((A, B)), on("H33.6 chosen and laparoscopic", EXTRA))))
    assert [each.words for each in conditions(e)] == ["laparoscopic"]
