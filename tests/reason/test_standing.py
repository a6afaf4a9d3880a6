"""Combinations in force: counted exactly without expanding, listed once each, never wrong."""

from __future__ import annotations

import datetime
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.codes import Scheme, parse_selector
from kg.expression.combination import combinations
from kg.expression.condition import NOTHING_KNOWN, Condition, Context
from kg.expression.counting import Counting
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, When
from kg.facets import load_lexicon
from kg.reason.applying import Standards
from kg.reason.in_force import InForce
from kg.reason.standing import CombinationsInForce
from kg.standards import load_national
from kg.terminology.in_use import OpenCodes

OPEN = OpenCodes()
READY = Standards.of(load_national(), OPEN.chapters)
DAY = datetime.date(2024, 5, 1)
FACETS = load_lexicon().facets


def pick(text: str, scheme: Scheme = Scheme.OPCS4) -> Pick:
    return Pick(parse_selector(text, scheme))


def known(**facts: str) -> Context:
    return Context.of({facet.replace("_", "-"): value for facet, value in facts.items()}, FACETS)


def found(
    e: Expression, context: Context = NOTHING_KNOWN, facts: tuple[tuple[str, str], ...] = (), most: int = 10_000
) -> CombinationsInForce:
    force = InForce(READY, OPEN, day=DAY, facts=facts, stated=load_lexicon().stated_in)
    return CombinationsInForce(e, context or Context(facets=FACETS), force, most)


def one_by_one(e: Expression, context: Context, facts: tuple[tuple[str, str], ...] = ()) -> set[tuple[str, ...]]:
    """What is in force, from every printed combination by itself."""
    force = InForce(READY, OPEN, day=DAY, context=context, facts=facts, stated=load_lexicon().stated_in)
    return {tuple(sorted(map(str, way.selectors))) for c in combinations(e, context) for way in force.of(c).ways()}


leaves = st.sampled_from(
    [
        "J12.8",
        "J12.3",
        "L86.2",
        "X65.3",
        "Y36.4",
        "Y53.-",
        "Y53.4",
        "Y53.9",
        "Y68.-",
        "Y68.9",
        "X70.1",
        "X70-X71",
        "X72.-",
    ]
).map(pick)
facts = st.sampled_from(
    [
        ("image-control", "used"),
        ("image-control", "fluoroscopic"),
        ("image-control", "ultrasound"),
        ("image-control", "contrast-enhanced-ultrasound"),
        ("approach", "open"),
    ]
)


def grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.map(AllOf), several.map(OneOf), inner.map(Optional),
        st.tuples(facts, inner).map(lambda x: When(Condition(*x[0]), x[1])),
    )  # fmt: skip


expressions = st.recursive(leaves, grown, max_leaves=7)
contexts = st.sampled_from(
    [
        known(),
        known(image_control="fluoroscopic"),
        known(image_control="ultrasound"),
        known(image_control="contrast-enhanced-ultrasound"),
        known(image_control="used"),
    ]
)


@given(expressions, contexts, st.sampled_from([(), (("image-control", "fluoroscopic"),)]))
def test_the_count_and_the_list_are_those_of_looking_at_each(
    e: Expression, context: Context, facts: tuple[tuple[str, str], ...]
) -> None:
    wanted = one_by_one(e, context, facts)
    told = found(e, context, facts)
    listed = list(told)
    assert told.count == len(listed) == len(wanted)
    assert {tuple(sorted(map(str, s.combination.selectors))) for s in listed} == wanted
    assert [s.combination.rank for s in listed] == list(range(1, len(listed) + 1))


parts = st.lists(st.one_of(expressions, st.sampled_from(["K40.1", "K40.-", "Z30.1", "Y13.2"]).map(pick)), min_size=2)


@given(parts, contexts, st.integers(0, 8))
def test_a_count_without_looking_at_each_is_exact_or_not_given(
    several: list[Expression], context: Context, most: int
) -> None:
    e = AllOf(tuple(several[:4]))
    told = found(e, context, most=most)
    wanted = one_by_one(e, context)
    assert told.count in (None, len(wanted))
    listed = [tuple(sorted(map(str, s.combination.selectors))) for s in told]
    assert len(listed) == len(wanted)
    assert set(listed) == wanted


@given(
    st.one_of(expressions, parts.map(lambda several: AllOf(tuple(several[:4])))), contexts, st.sampled_from([5, 10_000])
)
def test_the_program_in_force_has_the_combinations_in_force(e: Expression, context: Context, most: int) -> None:
    program = found(e, context, most=most).program
    assert program is not None or most == 5
    if program is not None:
        made = {tuple(sorted(map(str, m.elements()))) for m in Counting(program[0], context).multisets()}
        assert made - (set() if program[1] else {()}) == one_by_one(e, context)


def test_superseded_codes_leave_an_exact_count_of_any_size() -> None:
    wide = [OneOf(tuple(pick(f"{letter}{i:02}.1") for i in range(1, 11))) for letter in "ABCDEFGHJKLM"]
    drugs = OneOf((pick("X70.1"), pick("X70.2"), pick("X72.1")))
    told = found(AllOf((*wide, drugs)))
    assert (told.printed.count, told.count) == (3 * 10**12, 2 * 10**12)
    first = next(iter(told))
    assert [c.standard for c in first.changes] == ["PCSX27"]
    assert "X70.1" not in first.combination.notation


def test_what_no_rule_speaks_of_is_as_printed_of_any_size() -> None:
    wide = [OneOf(tuple(pick(f"{letter}{i:02}.1") for i in range(1, 11))) for letter in "ABCDEFGHJKLM"]
    told = found(AllOf(tuple(wide)))
    assert told.count == 10**12
    assert [s.changes for s in islice(told, 3)] == [(), (), ()]


def test_a_rule_on_whole_combinations_beside_a_wide_choice_is_counted_exactly() -> None:
    wide = [OneOf(tuple(pick(f"{letter}{i:02}.1", Scheme.ICD10) for i in range(1, 30))) for letter in "ABDE"]
    e = AllOf((OneOf((pick("C78.7", Scheme.ICD10), pick("C22.0", Scheme.ICD10))), *wide))
    told = found(e, known(primary_tumour="present"))
    assert told.count == 29**4 * 3  # C78.7 with either of the two kinds of C codes, and C22.0


def test_a_count_that_would_take_too_much_is_not_guessed() -> None:
    wide = [OneOf(tuple(pick(f"{letter}{i:02}.1") for i in range(1, 30))) for letter in "ABCD"]
    told = found(AllOf(tuple(wide)), known(image_control="used"))
    assert told.count is None
    assert [s.combination.notation for s in told.first(2)] == [
        "A01.1 + B01.1 + C01.1 + D01.1 + Y53.-",
        "A01.1 + B01.1 + C01.1 + D01.1 + Y68.-",
    ]


def test_combinations_that_have_become_one_carry_the_grounds_of_each() -> None:
    e = AllOf((pick("J12.8"), When(Condition("approach", "open"), pick("X70.1"))))
    (one,) = found(e)
    assert one.combination.notation == "J12.8"
    assert one.combination.conditions == ()
    assert len(one.combination.grounds) == 2


def test_what_the_standards_rule_out_is_told() -> None:
    told = found(AllOf((pick("J12.8"), OneOf((pick("Y53.4"), pick("Y53.2"))))), known(image_control="fluoroscopic"))
    assert [s.combination.notation for s in told] == ["J12.8 + Y53.4"]
    (out,) = told.ruled_out
    assert (out.printed.notation, out.changes[0].effect) == ("J12.8 + Y53.2", "ruled out")


@pytest.mark.parametrize("codes", ["X70.1", "X70-X71"])
def test_nothing_is_left_where_all_that_is_printed_is_no_longer_assigned(codes: str) -> None:
    told = found(pick(codes))
    assert (told.count, list(told)) == (0, [])
