"""A recommendation that no record can satisfy is found, with a smallest set of statements that conflict."""

from __future__ import annotations

import datetime
from itertools import combinations as choose

import pytest
from hypothesis import given, settings

from kg.codes import Scheme, parse_selector
from kg.expression.condition import Condition, Context
from kg.expression.nodes import AllOf, Expression, OneOf, Pick, When
from kg.expression.recommendation import Reading, Recommendation
from kg.facets import load_lexicon
from kg.reason.applied import Applied
from kg.reason.conflicts import Conflict, conflicts, weakened
from kg.standards import Loaded, load_national
from kg.terminology.in_use import OpenCodes
from tests.laws.strategies import CHAPTERS, NOTHING, awkward, examples, expressions
from tests.oracle.brute_force import valid

CODES = OpenCodes()
LEXICON = load_lexicon()
KNOWN = Context(facets=LEXICON.facets)
NATIONAL = Applied(Loaded(load_national()).ready(CODES.chapters), CODES, datetime.date(2026, 1, 1), LEXICON.stated_in)
OPEN, KEYHOLE, CT = (
    Condition("approach", "open", "open"),
    Condition("approach", "laparoscopic", "keyhole"),
    Condition("image-control", "ct", "CT"),
)


def pick(text: str) -> Pick:
    return Pick(parse_selector(text, Scheme.OPCS4))


def found(e: Expression, applied: Applied | None = NATIONAL) -> list[Conflict]:
    return conflicts(Recommendation("G1", "", (Reading(e, None),)), KNOWN, CODES.chapters, applied)


def test_conditions_that_exclude_each_other_are_told_and_nothing_else() -> None:
    one = OneOf((When(OPEN, pick("Y13.2")), When(OPEN, pick("Y13.7"))))
    other = OneOf((When(KEYHOLE, pick("Y75.2")), When(KEYHOLE, pick("Y75.1"))))
    (conflict,) = found(AllOf((pick("J12.8"), one, other)), None)
    assert [s.text for s in conflict.statements] == [
        'only if "open" (approach=open)',
        'only if "open" (approach=open)',
        'only if "keyhole" (approach=laparoscopic)',
        'only if "keyhole" (approach=laparoscopic)',
    ]
    assert conflict.excludes == ("approach cannot be both open and laparoscopic",)
    assert not conflict.by_rules


@pytest.mark.parametrize(
    ("e", "told"),
    [
        (pick("X71.1"), ["X71.1 is recorded", "PCSX27-superseded"]),
        (
            OneOf((When(CT, AllOf((pick("J12.8"), pick("Y53.4")))), When(CT, pick("Y53.4")))),
            ["image-control=ct", "Y53.4 is recorded", "image-control=ct", "Y53.4 is recorded", "image-control-method"],
        ),
        (AllOf((pick("J12.8"), pick("X71.1"))), None),
        (AllOf((pick("J12.3"), pick("Y53.4"))), None),
    ],
)
def test_a_rule_that_leaves_nothing_in_force_is_told_with_what_it_meets(e: Expression, told: list[str] | None) -> None:
    assert found(e, None) == []
    if told is None:
        assert found(e) == []
        return
    (conflict,) = found(e)
    assert all(part in s.text for part, s in zip(told, conflict.statements, strict=True))
    assert conflict.by_rules


def check_smallest(e: Expression) -> None:
    """Brute force has it that nothing is valid; with fewer statements, of any choice of them, something is."""
    r = Recommendation("G1", "", (Reading(e, None),))
    told = conflicts(r, NOTHING, CHAPTERS)
    assert bool(told) == (not valid(e, NOTHING))
    for conflict in told:
        numbers = [s.number for s in conflict.statements if s.number is not None]
        assert not valid(weakened(e, numbers), NOTHING)
        for fewer in choose(numbers, len(numbers) - 1):
            assert valid(weakened(e, fewer), NOTHING)


@settings(max_examples=examples(80), deadline=None)
@given(expressions(Scheme.OPCS4, leaves=5))
def test_the_statements_conflict_and_none_of_them_can_be_left_out(e: Expression) -> None:
    check_smallest(e)


def test_expressions_that_were_hard_before_are_told_rightly() -> None:
    assert any(not valid(e, NOTHING) for e in awkward(Scheme.OPCS4))
    for e in awkward(Scheme.OPCS4):
        check_smallest(e)
