"""Two readings differ in what the one lets be recorded and the other does not."""

from hypothesis import given

from kg.codes import Scheme, parse_selector
from kg.expression.combination import combinations
from kg.expression.condition import Condition
from kg.expression.difference import difference
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, When
from kg.expression.sameness import same_meaning
from tests.laws.strategies import NOTHING, expressions


def pick(text: str) -> Pick:
    return Pick(parse_selector(text, Scheme.OPCS4))


A, B, C = pick("J12.8"), pick("Y53"), pick("Y68")


def test_the_first_combination_that_only_one_has() -> None:
    d = difference(AllOf((A, OneOf((B, C)))), OneOf((AllOf((A, B)), C)))
    assert d.counts == (2, 2)
    assert d.only_first is not None
    assert d.only_second is not None
    assert (d.only_first.notation, d.only_second.notation, d.same) == ("J12.8 + Y68.-", "Y68.-", False)


def test_the_same_codes_on_other_conditions() -> None:
    d = difference(AllOf((A, Optional(B))), AllOf((A, When(Condition.stated("if used"), B))))
    assert (d.only_first, d.only_second, d.same) == (None, None, False)


def test_a_side_that_only_one_reading_has() -> None:
    d = difference(None, A)
    assert (d.counts, d.only_first, d.same) == ((0, 1), None, False)
    assert difference(None, None).same


@given(expressions(Scheme.OPCS4), expressions(Scheme.OPCS4))
def test_what_is_told_is_in_the_one_and_not_in_the_other(a: Expression, b: Expression) -> None:
    d = difference(a, b, NOTHING)
    sets = [{tuple(sorted(map(str, c.selectors))) for c in combinations(e, NOTHING)} for e in (a, b)]
    for found, own, other in ((d.only_first, *sets), (d.only_second, *sets[::-1])):
        assert (found is None) == (own <= other)
        if found is not None:
            assert tuple(sorted(map(str, found.selectors))) in own - other
    assert difference(a, a, NOTHING).same


def test_an_addition_in_the_case_of_a_variant_means_the_same_beside_it_and_in_it() -> None:
    """That the other variant's case then fails follows from that its own holds."""
    a, b, c = map(pick, ("J12.3", "J12.4", "Y53.4"))
    opened, closed = Condition("approach", "open"), Condition("approach", "percutaneous")
    beside = AllOf((OneOf((When(opened, a), When(closed, b))), When(opened, c)))
    within = OneOf((When(opened, AllOf((a, c))), When(closed, b)))
    assert same_meaning(beside, within)
    assert not same_meaning(beside, OneOf((When(opened, a), When(closed, AllOf((b, c))))))
