"""The normal form: the same meaning, and nothing nested that need not be."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kg.codes import Scheme
from kg.expression.combination import Combinations, combinations
from kg.expression.condition import Context
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, When, walk
from kg.expression.normal_form import normal, shape
from kg.expression.sameness import same_meaning
from tests.laws.strategies import NOTHING, contexts, examples, expressions

schemes = st.sampled_from(tuple(Scheme))


def told(found: Combinations) -> object:
    """Each multiset with all its grounds, by facts."""
    return {
        tuple(sorted(map(str, c.selectors))): {
            (tuple(sorted(x.fact for x in g.holds)), tuple(sorted(x.fact for x in g.fails)), bool(g.unnamed))
            for g in c.grounds
        }
        for c in found
    }


@given(schemes.flatmap(expressions), st.data())
@settings(max_examples=examples(150))
def test_the_normal_form_has_the_same_combinations_on_the_same_grounds(e: Expression, data: st.DataObject) -> None:
    context: Context = data.draw(contexts(e))
    one, other = combinations(e, context), combinations(normal(e), context)
    assert one.count == other.count
    assert told(one) == told(other)
    assert same_meaning(e, normal(e), context)


@given(schemes.flatmap(expressions))
@settings(max_examples=examples(150))
def test_the_normal_form_is_its_own_and_nests_nothing_that_need_not_be(e: Expression) -> None:
    made = normal(e)
    assert normal(made) == made
    for node in walk(made):
        match node:
            case AllOf(parts, sequenced):
                assert not any(isinstance(p, AllOf) and (sequenced or not p.sequenced) for p in parts)
            case Optional(content):
                assert not isinstance(content, Optional)
            case When(condition, When(inner)):
                assert inner.fact != condition.fact
            case _:
                pass


@given(expressions(Scheme.OPCS4), expressions(Scheme.OPCS4))
@settings(max_examples=examples(100))
def test_the_same_meaning_is_that_of_equal_combinations(a: Expression, b: Expression) -> None:
    equal = told(combinations(a, NOTHING)) == told(combinations(b, NOTHING))
    if shape(a) == shape(b):
        assert equal
    if equal:
        assert same_meaning(a, b, NOTHING)
    if {tuple(sorted(map(str, c.selectors))) for c in combinations(a, NOTHING)} != {
        tuple(sorted(map(str, c.selectors))) for c in combinations(b, NOTHING)
    }:
        assert not same_meaning(a, b, NOTHING)


def test_a_choice_that_offers_nothing_is_a_choice_at_will() -> None:
    a, b = (Pick(p.selector) for p in _two())
    assert normal(OneOf((a, Optional(b)))) == Optional(OneOf((a, b)))
    assert normal(OneOf((a, OneOf((a, b))))) == OneOf((a, b))


def _two() -> tuple[Pick, Pick]:
    from kg.codes import parse_selector

    return Pick(parse_selector("J12.8", Scheme.OPCS4)), Pick(parse_selector("Y53", Scheme.OPCS4))
