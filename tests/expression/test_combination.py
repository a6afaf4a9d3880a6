"""Combinations are counted exactly before any is written down, and listed lazily in print order."""

import itertools
from collections import Counter

import pytest

from kg.codes import Scheme, Selector, parse_selector
from kg.errors import KgError
from kg.expression.combination import combinations
from kg.expression.condition import Condition, Context, Facets
from kg.expression.counting import Counting
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When
from kg.expression.program import compile_expression
from tests.oracle.cases import case

FACETS = Facets(
    {
        "approach": {"open": None, "percutaneous": None, "laparoscopic": None},
        "image-control": {"used": None, "fluoroscopic": "used", "ultrasound": "used"},
    }
)


def pick(text: str) -> Pick:
    return Pick(parse_selector(text, Scheme.OPCS4))


def every(*parts: Expression | str) -> AllOf:
    return AllOf(tuple(pick(p) if isinstance(p, str) else p for p in parts))


def choice(*branches: Expression | str) -> OneOf:
    return OneOf(tuple(pick(b) if isinstance(b, str) else b for b in branches))


def when(fact: str, then: Expression | str) -> When:
    facet, value = fact.split("=")
    return When(Condition(facet, value, value), pick(then) if isinstance(then, str) else then)


def given(**facts: str) -> Context:
    return Context.of({facet.replace("_", "-"): value for facet, value in facts.items()}, FACETS)


def listed(e: Expression | None, context: Context | None = None) -> list[str]:
    found = combinations(e, context or Context(facets=FACETS))
    told = [one.notation for one in found]
    assert found.count == len(told) == len({tuple(sorted(map(str, one.selectors))) for one in found})
    assert [one.rank for one in found] == list(range(1, len(told) + 1))
    return told


def test_a_side_of_which_nothing_is_said_has_no_combination() -> None:
    assert listed(None) == []


def test_variants_by_approach_with_a_choice_of_image_control() -> None:
    e = choice(
        when("approach=open", every("J03.2", "Y13.2")),
        when("approach=percutaneous", every("J12.8", "Y13.2", choice("Y53.-", "Y68.-"))),
    )
    assert listed(e) == ["J03.2 + Y13.2", "J12.8 + Y13.2 + Y53.-", "J12.8 + Y13.2 + Y68.-"]
    assert listed(e, given(approach="open")) == ["J03.2 + Y13.2"]
    assert listed(e, given(approach="!open")) == ["J12.8 + Y13.2 + Y53.-", "J12.8 + Y13.2 + Y68.-"]
    assert listed(e, given(approach="laparoscopic")) == []


def test_an_addition_comes_without_before_with() -> None:
    e = every("J12.3", Optional(pick("Y89.-")), "Y53.4")
    assert listed(e) == ["J12.3 + Y53.4", "J12.3 + Y89.- + Y53.4"]


def test_two_alternatives_that_are_one_combination_count_once_with_both_grounds() -> None:
    e = choice(when("approach=open", "J03.2"), when("approach=percutaneous", "J03.2"))
    (one,) = combinations(e)
    assert one.notation == "J03.2"
    assert [[str(c) for c in g.holds] for g in one.grounds] == [["approach=open"], ["approach=percutaneous"]]
    assert one.conditions == ()


def test_a_code_that_two_operations_carry_is_needed_twice() -> None:
    assert listed(every("W37.1", "Z94.1", "W38.1", "Z94.1")) == ["W37.1 + Z94.1 + W38.1 + Z94.1"]
    assert listed(every(choice("A01.1", "B01.1"), choice("A01.1", "B01.1"))) == [
        "A01.1 + A01.1",
        "A01.1 + B01.1",
        "B01.1 + B01.1",
    ]


def test_nothing_rests_on_a_condition_and_its_contrary() -> None:
    e = every("A01.1", when("approach=open", "B01.1"), when("approach=open", "C01.1"))
    assert listed(e) == ["A01.1", "A01.1 + B01.1 + C01.1"]


def test_nothing_rests_on_two_values_that_exclude_each_other() -> None:
    e = every("A01.1", when("approach=open", "B01.1"), when("approach=percutaneous", "C01.1"))
    assert listed(e) == ["A01.1", "A01.1 + C01.1", "A01.1 + B01.1"]


def test_a_narrow_value_implies_the_wide_one() -> None:
    e = every("A01.1", when("image-control=used", "Y53.-"), when("image-control=fluoroscopic", "Y97.1"))
    assert set(listed(e)) == {"A01.1", "A01.1 + Y53.-", "A01.1 + Y53.- + Y97.1"}
    assert listed(e, given(image_control="fluoroscopic")) == ["A01.1 + Y53.- + Y97.1"]
    assert listed(e, given(image_control="!used")) == ["A01.1"]


def test_a_condition_inside_its_own_label_is_no_further_choice() -> None:
    e = choice(when("approach=open", every("A01.1", when("approach=open", "B01.1"))), "C01.1")
    assert listed(e) == ["A01.1 + B01.1", "C01.1"]


def test_what_is_called_for_without_a_name_is_kept_and_told() -> None:
    e = every("T41.6", When(Condition.stated("other organs are taken out"), Unnamed("code these too")))
    (one,) = combinations(e)
    assert one.notation == "T41.6"
    assert [u.words for u in one.unnamed] == ["code these too"]
    assert one.conditions == ()


def test_a_combination_carries_the_conditions_it_rests_on() -> None:
    e = every("A01.1", when("image-control=used", "Y53.-"))
    assert [[(str(c), holds) for c, holds in one.conditions] for one in combinations(e)] == [
        [("image-control=used", False)],
        [("image-control=used", True)],
    ]


def test_a_million_million_combinations_are_counted_at_once_and_streamed() -> None:
    letters = "ABCDEFGHJKLM"
    e = AllOf(tuple(choice(*(f"{x}{i:02d}.{n}" for n in range(10))) for i, x in enumerate(letters)))
    found = combinations(e)
    assert found.count == 10**12
    assert [one.notation[-5:] for one in itertools.islice(found, 11)][-2:] == ["M11.9", "M11.0"]


def test_overlapping_choices_are_counted_as_sets_not_as_products() -> None:
    e = AllOf(tuple(choice("A01.1", "A02.1") for _ in range(60)))
    assert combinations(e).count == 61
    # Each part shares a code with the next: nothing factors, and all are distinct.
    chain = AllOf(tuple(choice(f"A{i:02d}.1", f"A{i + 1:02d}.1") for i in range(40)))
    brute = {
        tuple(sorted(Counter(f"A{i + b:02d}" for i, b in enumerate(bits)).items()))
        for bits in itertools.product((0, 1), repeat=12)
    }
    assert combinations(AllOf(chain.parts[:12])).count == len(brute)
    assert combinations(chain).count > 10**9


def test_the_cheapest_combinations_come_first_and_equals_in_print_order() -> None:
    e = every(choice("A01.1", "B01.1"), choice("C01.1", "D01.1"))
    costs = {"A01.1": 1, "B01.1": 0, "C01.1": 1, "D01.1": 1}
    found = [(cost, one.notation) for cost, one in combinations(e).cheapest(lambda s: costs[str(s)])]
    assert found == [(1, "B01.1 + C01.1"), (1, "B01.1 + D01.1"), (2, "A01.1 + C01.1"), (2, "A01.1 + D01.1")]


@pytest.mark.parametrize(
    ("pairs", "what"),
    [
        ({"approach": ["open", "percutaneous"]}, "approach cannot be both"),
        ({"approach": ["open", "!open"]}, "both given and denied"),
        ({"image-control": ["fluoroscopic", "!used"]}, "is given, and image-control=used is denied"),
    ],
)
def test_a_context_that_no_care_event_can_be_is_refused(pairs: dict[str, list[str]], what: str) -> None:
    with pytest.raises(KgError) as fault:
        Context.of(pairs, FACETS)
    assert fault.value.id == "KG-E0304"
    assert what in str(fault.value)


def test_an_unknown_facet_or_value_is_told_with_the_nearest() -> None:
    with pytest.raises(KgError) as fault:
        FACETS.check("aproach", "open")
    assert fault.value.hint == "Did you mean approach?"
    with pytest.raises(KgError) as fault:
        FACETS.check("approach", "opne")
    assert fault.value.hint == "Did you mean approach=open?"


def test_thousands_of_parts_do_not_exhaust_the_stack() -> None:
    parts = [choice(f"A{i // 10 % 100:02d}.{i % 10}", f"B{i // 10 % 100:02d}.{i % 10}") for i in range(900)]
    assert combinations(AllOf(tuple(parts))).count == 2**900


def test_a_selector_that_no_combination_has_is_told_without_expanding() -> None:
    e = every(
        "A01.1", when("approach=open", every("B01.1", when("approach=percutaneous", "C01.1"))), Optional(pick("D01.1"))
    )
    assert sorted(map(str, combinations(e, Context(facets=FACETS)).selectors)) == ["A01.1", "B01.1", "D01.1"]
    assert sorted(map(str, combinations(e, given(approach="percutaneous")).selectors)) == ["A01.1", "D01.1"]


@pytest.mark.parametrize("numbers", [range(first, first + 60) for first in range(0, 240, 60)])
def test_few_combinations_come_as_the_diagram_of_all_has_them(numbers: range) -> None:
    for number in numbers:
        one = case(number)
        for context in (Context(), one.context):
            counting = Counting(compile_expression(one.expression, context), context)
            found = combinations(one.expression, context)
            assert found.count == counting.count

            def cost(s: Selector) -> int:
                return len(str(s)) % 3

            told = [(total, Counter(c.selectors)) for total, c in found.cheapest(cost)]
            assert told == list(counting.cheapest(cost)), number
