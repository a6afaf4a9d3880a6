"""The evaluator and the naive one of this folder say the same."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from kg.codes import Scheme, covers, parse_selector
from kg.expression.combination import combinations
from kg.expression.condition import Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Pick, When, conditions
from kg.reason.needs import needs
from tests.laws.strategies import (
    CHAPTERS,
    FACETS,
    NOTHING,
    code_lists,
    contexts,
    examples,
    expressions,
    refinements,
    schemes,
    selectors,
)
from tests.oracle.brute_force import (
    Literal,
    can_be,
    is_met,
    multiset,
    satisfies_hall,
    valid,
)


def events(grounds: set[frozenset[Literal]], e: Expression) -> set[frozenset[Literal]]:
    """The care events, told by every condition of the expression, in which one of the grounds is given."""
    facts = [condition.fact for condition in conditions(e)]
    told = (frozenset(zip(facts, chosen, strict=True)) for chosen in product((True, False), repeat=len(facts)))
    return {event for event in told if can_be(event, FACETS) and any(ground <= event for ground in grounds)}


@settings(max_examples=examples(200), deadline=None)
@given(st.data())
def test_the_combinations_are_those_of_the_design(data):
    e = data.draw(schemes().flatmap(expressions))
    context = data.draw(contexts(e))
    found = combinations(e, context)
    listed = list(found)
    expected = valid(e, context)
    assert {multiset(c.selectors) for c in listed} == expected.keys()
    for combination in listed:
        told = {
            frozenset([(c.fact, True) for c in g.holds] + [(c.fact, False) for c in g.fails])
            for g in combination.grounds
        }
        # Grounds may be told shortly (c or not-c is nothing at all), and have to mean the same.
        assert events(told, e) == events(expected[multiset(combination.selectors)], e)
    assert found.count == len(listed) == len(expected)
    assert [c.rank for c in listed] == list(range(1, len(listed) + 1))


@settings(max_examples=examples(50), deadline=None)
@given(st.data())
def test_knowing_more_never_adds_a_combination(data):
    e = data.draw(schemes().flatmap(expressions))
    context = data.draw(contexts(e))
    for wiser in refinements(context, e):
        assert valid(e, wiser).keys() <= valid(e, context).keys()


@settings(max_examples=examples(200), deadline=None)
@given(st.data())
def test_needs_are_met_exactly_when_the_selectors_can_be_matched(data):
    scheme = data.draw(schemes())
    wanted = data.draw(st.lists(selectors(scheme), max_size=5))
    entries = data.draw(code_lists(scheme))
    by_needs = all(
        sum(any(covers(s, code, CHAPTERS) for s in need.selectors) for code in entries) >= need.at_least
        for need in needs(wanted, CHAPTERS)
    )
    by_hall = satisfies_hall(wanted, entries, CHAPTERS)
    assert by_needs == by_hall == is_met(wanted, entries, CHAPTERS)


def test_a_combination_of_many_grounds_is_told_by_one_that_holds():
    """Ten conditional additions of one code: most ways to choose five of them contradict the choice beside them."""
    a, b, c = (Pick(parse_selector(text, Scheme.OPCS4)) for text in ("J12.8", "Y53.4", "Y53.9"))
    opened = Condition("approach", "open")
    additions = [When(Condition.stated(f"reason {n}"), a) for n in range(9)]
    both = OneOf((When(opened, b), When(opened, c)))
    e = AllOf((AllOf((When(opened, a), *additions)), both))
    found = combinations(e, NOTHING)
    assert {multiset(one.selectors) for one in found} == valid(e, NOTHING).keys()
    assert found.count == 20
