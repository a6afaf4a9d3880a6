"""The verdict on a side, and what is missing, are those that brute force finds."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kg.codes import Code, Scheme, parse_selector
from kg.expression.condition import Condition, Context
from kg.expression.nodes import AllOf, OneOf, Pick, Unnamed, When, picks
from kg.expression.recommendation import Side
from kg.reason.check import check_side
from tests.laws.strategies import CHAPTERS, FACETS, NOTHING, code_lists, contexts, examples, expressions, schemes
from tests.laws.titles import TitlesAlone
from tests.oracle.brute_force import missing, valid, verdict

NOTHING_LOADED = TitlesAlone(CHAPTERS)


@settings(max_examples=examples(120), deadline=None)
@given(st.data())
def test_the_verdict_on_a_side_is_that_of_the_design(data):
    scheme = data.draw(schemes())
    e = data.draw(expressions(scheme))
    context = data.draw(contexts(e))
    entries = data.draw(code_lists(scheme, e))
    side = Side.PROCEDURE if scheme is Scheme.OPCS4 else Side.DIAGNOSIS
    used = {s for selectors in valid(e, NOTHING) for s in selectors}
    # Where nothing can ever be valid, or a selector is in no combination, the design is silent on what makes a guidance
    # apply.
    assume(valid(e, NOTHING) and used == {pick.selector for pick in picks(e)})
    expected = verdict(e, entries, context, CHAPTERS)
    found = check_side(e, entries, side, context, NOTHING_LOADED)
    if expected is not None:
        assert found.verdict == expected
    if found.verdict == "incomplete":
        fewest = min(missing(c, entries, CHAPTERS) for c in valid(e, context))
        assert {len(near.missing) for near in found.nearest} == {fewest}


def test_variants_within_a_variant_that_is_ruled_out_contradict_nothing():
    """Of a keyhole operation both codes are recorded; that stages share them out in an open one does not matter."""
    a, b = (Pick(parse_selector(text, Scheme.OPCS4)) for text in ("J12.8", "J12.3"))
    by_stage = OneOf((When(Condition("stage", "1"), a), When(Condition("stage", "2"), b)))
    opened, keyhole = (Condition("approach", value) for value in ("open", "laparoscopic"))
    e = OneOf((When(opened, by_stage), When(keyhole, AllOf((a, b)))))
    context = Context({keyhole.fact: True}, FACETS)
    entries = [Code.parse(text, Scheme.OPCS4) for text in ("J12.8", "J12.3")]
    assert verdict(e, entries, context, CHAPTERS) == "valid"
    assert check_side(e, entries, Side.PROCEDURE, context, NOTHING_LOADED).verdict == "valid"


def test_a_side_that_names_no_code_applies_to_no_record():
    e = Unnamed("code the operation")
    entries = [Code.parse("J12.8", Scheme.OPCS4)]
    assert verdict(e, entries, NOTHING, CHAPTERS) == "not applicable"
    assert check_side(e, entries, Side.PROCEDURE, NOTHING, NOTHING_LOADED).verdict == "not applicable"
