"""Which guidances a record could mean: as sure as can be counted, best first, with the codes that would tell."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kg.codes import Scheme, overlap, parse_selector
from kg.expression.condition import Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, When
from kg.expression.recommendation import ConceptMention, Reading, Recommendation, Side
from kg.reason.candidates import Candidates
from kg.reason.check import check
from kg.reason.identify import Certainty, Identified, Identifier
from kg.reason.prepared import Kept
from kg.reason.record import Record
from tests.laws.strategies import CHAPTERS, NOTHING, code_lists, examples, expressions
from tests.oracle.brute_force import valid
from tests.reason.known_codes import KnownCodes

KNOWN = KnownCodes()


def pick(text: str, scheme: Scheme = Scheme.OPCS4) -> Pick:
    return Pick(parse_selector(text, scheme))


def guidance(
    id: str, procedure: Expression | None, diagnosis: str = "", concepts: tuple[str, ...] = ()
) -> Recommendation:
    e = pick(diagnosis, Scheme.ICD10) if diagnosis else None
    mentions = tuple(ConceptMention(concept, "", Side.PROCEDURE) for concept in concepts)
    return Recommendation(id, "", (Reading(procedure, e),), concepts=mentions)


def identified(
    several: list[Recommendation], codes: str, diagnoses: str = "", concepts: str = "", *, everything: bool = False
) -> Identified:
    identifier = Identifier(Candidates.of(several, CHAPTERS), Kept(KNOWN))
    record = Record.of(codes.split(), diagnoses.split(), concepts.split(), context=NOTHING)
    return identifier.identify(record, everything=everything)


def told(found: Identified) -> list[tuple[str, str]]:
    return [(c.guidance, c.certainty.value) for c in found.candidates]


CRYOTHERAPY = guidance("A", AllOf((pick("J12.8"), pick("Y13.2"))), "C78.7")
OTHER = guidance("B", AllOf((pick("J12.8"), pick("Y53"))), "C78.7")
WIDE = guidance("C", pick("J12"))


@settings(max_examples=examples(100), deadline=None)
@given(st.data())
def test_certainty_is_what_checking_each_guidance_says(data: st.DataObject) -> None:
    small = expressions(Scheme.OPCS4, leaves=4)
    sides = data.draw(st.lists(small, min_size=1, max_size=4))
    several = [guidance(f"G{i}", e) for i, e in enumerate(sides)]
    record = Record(data.draw(code_lists(Scheme.OPCS4, AllOf((*sides, *sides)))), context=NOTHING)
    found = Identifier(Candidates.of(several, CHAPTERS), Kept(KNOWN)).identify(record, everything=True)
    verdicts = {r.id: check(r, record, KNOWN).verdict.value for r in several}
    fits = sum(v == "valid" for v in verdicts.values())
    assert found.valid == fits
    if any(c.certainty is not Certainty.NAMED for c in found.candidates):
        assert {c.guidance for c in found.candidates} == {id for id, v in verdicts.items() if v != "not applicable"}
    for c in found.candidates:
        verdict = verdicts[c.guidance]
        assert (verdict == "valid") is (c.certainty in (Certainty.ONLY, Certainty.ONE_OF_SEVERAL))
        assert (c.certainty is Certainty.ONLY) is (verdict == "valid" and fits == 1)
        assert (verdict == "incomplete") is (c.certainty is Certainty.POSSIBLE)
        assert sorted(c.explained + c.unexplained) == sorted(record.procedures)
    for t in found.tells:
        own, others = (
            [{str(s): s for s in each} for each in valid(sides[int(id[1:])], NOTHING)]
            for id in (t.guidance, t.against[0])
        )
        assert any(str(t.selector) in each for each in own)
        assert t.always is all(str(t.selector) in each for each in own)
        assert not any(overlap(t.selector, s, CHAPTERS) for each in others for s in each.values())


def test_a_record_that_only_one_guidance_has_is_that_one() -> None:
    found = identified([CRYOTHERAPY, OTHER], "J12.8 Y13.2", "C78.7")
    assert told(found) == [("A", "only")]
    (one,) = found.candidates
    assert ([str(c) for c in one.explained], one.unexplained, one.missing) == (["J12.8", "Y13.2", "C78.7"], (), ())
    assert (one.met, one.of) == (1, 1)


def test_a_record_that_several_have_is_one_of_several_most_explained_first() -> None:
    found = identified([WIDE, CRYOTHERAPY], "J12.8 Y13.2")
    assert told(found) == [("A", "one of several"), ("C", "one of several")]
    assert found.valid == 2
    assert [[str(c) for c in one.unexplained] for one in found.candidates] == [[], ["Y13.2"]]
    assert [(t.guidance, str(t.selector), t.against, t.always, t.present) for t in found.tells] == [
        ("A", "Y13.2", ("C",), True, True)
    ]


def test_a_part_of_a_record_is_possible_and_the_codes_that_would_tell_are_told() -> None:
    found = identified([CRYOTHERAPY, OTHER], "J12.8")
    assert told(found) == [("A", "possible"), ("B", "possible")]
    assert [c.alike for c in found.candidates] == [("B",), ("A",)]
    assert [(t.guidance, str(t.selector), t.present) for t in found.tells] == [
        ("A", "Y13.2", False),
        ("B", "Y53.-", False),
    ]


def test_a_guidance_with_codes_missing_is_set_aside_for_one_that_explains_as_much() -> None:
    assert told(identified([WIDE, CRYOTHERAPY], "J12.8")) == [("C", "only")]
    assert told(identified([WIDE, CRYOTHERAPY], "J12.8", everything=True)) == [("C", "only"), ("A", "possible")]


def test_contradicted_guidances_come_last() -> None:
    variants = OneOf(
        (
            When(Condition("approach", "open"), AllOf((pick("J12.8"), pick("Y53.4")))),
            When(Condition("approach", "laparoscopic"), AllOf((pick("J12.8"), pick("Y50.2")))),
        )
    )
    found = identified(
        [guidance("A", variants), guidance("B", AllOf((pick("J12.8"), pick("X70"))))], "J12.8 Y53.4 Y50.2"
    )
    assert told(found) == [("B", "possible"), ("A", "contradicted")]


def test_concepts_order_what_codes_leave_open() -> None:
    several = [guidance(id, pick("J12.8"), concepts=c) for id, c in (("A", ()), ("B", ("737083005",)))]
    found = identified(several, "J12.8", concepts="737083005")
    assert told(found) == [("B", "one of several"), ("A", "one of several")]
    assert [str(c) for c in found.candidates[0].concepts] == ["737083005"]


def test_where_no_main_code_is_there_what_is_named_is_told() -> None:
    several = [CRYOTHERAPY, OTHER, guidance("D", pick("L12.1"), concepts=("737083005",))]
    assert told(identified(several, "Y13.2")) == [("A", "named")]
    assert told(identified(several, "", concepts="737083005")) == [("D", "named")]
    assert told(identified(several, "K40.1")) == []


def test_an_addition_tells_without_being_in_every_combination() -> None:
    found = identified(
        [guidance("A", AllOf((pick("J12.8"), Optional(pick("X70.1"))))), guidance("B", pick("J12.8"))], "J12.8"
    )
    assert [(t.guidance, str(t.selector), t.always) for t in found.tells] == [("A", "X70.1", False)]
