"""Whether coded data can tell two guidances apart, against writing down every record of both."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kg.codes import Code, Scheme, covers, parse_selector
from kg.expression.condition import Condition, Context
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, When, picks
from kg.expression.recommendation import Reading, Recommendation, Side
from kg.reason.check import check
from kg.reason.compare import Comparison, Pair, Relation
from kg.reason.prepared import principal
from kg.reason.record import Record
from tests.laws.strategies import CHAPTERS, CODES, NOTHING, derivations_at_most, examples, expressions
from tests.oracle.brute_force import is_met, valid
from tests.reason.known_codes import KnownCodes

KNOWN = KnownCodes()


def pick(text: str, scheme: Scheme = Scheme.OPCS4) -> Pick:
    return Pick(parse_selector(text, scheme))


def diagnosis(text: str) -> Pick:
    return pick(text, Scheme.ICD10)


def guidance(id: str, procedure: Expression, diagnosis: Expression | None = None) -> Recommendation:
    return Recommendation(id, "", (Reading(procedure, diagnosis),))


def compared(*several: Recommendation, context: Context = NOTHING) -> Comparison:
    return Comparison(several, KNOWN, context=context)


def one_pair(*two: Recommendation) -> Pair:
    (pair,) = compared(*two).pairs()
    return pair


# The oracle: records as sorted codes, every one written down.


def exact(e: Expression, scheme: Scheme, side: Side, context: Context) -> set[tuple[Code, ...]]:
    """The records that are exactly a combination, with a main code."""
    codes = CODES[scheme]
    found = {
        tuple(sorted(chosen))
        for c in valid(e, context)
        for chosen in product(*([code for code in codes if covers(s, code, CHAPTERS)] for s in c))
    }
    return {record for record in found if record and applies(e, record, side)}


def applies(e: Expression, record: tuple[Code, ...], side: Side) -> bool:
    return any(covers(s, code, CHAPTERS) for s in principal(e, side, CHAPTERS) for code in record)


def is_valid(e: Expression, record: tuple[Code, ...], side: Side, context: Context) -> bool:
    return applies(e, record, side) and any(is_met(c, record, CHAPTERS) for c in valid(e, context))


def relation(there: set[bool], back: set[bool]) -> Relation:
    if there == {True}:
        return Relation.SAME if back == {True} else Relation.SUBSET
    if back == {True}:
        return Relation.SUPERSET
    return Relation.OVERLAP if True in there | back else Relation.DISJOINT


def by_hand(one: Expression, other: Expression, scheme: Scheme, side: Side) -> tuple[set[bool], set[bool]]:
    """Which of the exact records of each are valid for the other."""
    return (
        {is_valid(other, record, side, NOTHING) for record in exact(one, scheme, side, NOTHING)},
        {is_valid(one, record, side, NOTHING) for record in exact(other, scheme, side, NOTHING)},
    )


def in_pool(e: Expression) -> bool:
    """Whether each selector has a code in the pool, and the records can be written down."""
    scheme = picks(e)[0].selector.scheme if picks(e) else Scheme.OPCS4
    total = 0
    for c in valid(e, NOTHING):
        ways = 1
        for s in c:
            ways *= sum(covers(s, code, CHAPTERS) for code in CODES[scheme])
        total += ways
    each = all(any(covers(p.selector, code, CHAPTERS) for code in CODES[scheme]) for p in picks(e))
    return each and 0 < total <= 2000


def sides(scheme: Scheme) -> st.SearchStrategy[Expression]:
    small = expressions(scheme, leaves=4).filter(lambda e: derivations_at_most(e) <= 30)
    return small.filter(in_pool)


@settings(max_examples=examples(150), deadline=None)
@given(sides(Scheme.OPCS4), sides(Scheme.OPCS4))
def test_pairs_are_related_as_their_records_are(one: Expression, other: Expression) -> None:
    mine, theirs = (exact(e, Scheme.OPCS4, Side.PROCEDURE, NOTHING) for e in (one, other))
    assume(mine and theirs)
    wanted = relation(*by_hand(one, other, Scheme.OPCS4, Side.PROCEDURE))
    found = compared(guidance("A", one), guidance("B", other))
    pairs = list(found.pairs())
    assert found.possible == 1
    if not pairs:
        assert wanted is Relation.DISJOINT
        return
    assert pairs[0].procedure is wanted
    for tell in found.tells(pairs[0]):
        own, others = (mine, theirs) if tell.guidance == "A" else (theirs, mine)
        assert any(covers(tell.selector, code, CHAPTERS) for record in own for code in record)
        assert not any(covers(tell.selector, code, CHAPTERS) for record in others for code in record)
        if tell.always:
            assert all(any(covers(tell.selector, code, CHAPTERS) for code in record) for record in own)
    for witness in found.witnesses(pairs[0]):
        record = tuple(sorted(witness.record.procedures))
        assert record in mine | theirs
        judged = (is_valid(one, record, Side.PROCEDURE, NOTHING), is_valid(other, record, Side.PROCEDURE, NOTHING))
        assert judged == (witness.claim.first, witness.claim.second)


@settings(max_examples=examples(60), deadline=None)
@given(sides(Scheme.OPCS4), sides(Scheme.ICD10), sides(Scheme.OPCS4), sides(Scheme.ICD10))
def test_both_sides_are_related_as_their_records_are(
    one: Expression, one_diagnosis: Expression, other: Expression, other_diagnosis: Expression
) -> None:
    procedures = by_hand(one, other, Scheme.OPCS4, Side.PROCEDURE)
    diagnoses = by_hand(one_diagnosis, other_diagnosis, Scheme.ICD10, Side.DIAGNOSIS)
    assume(all(procedures) and all(diagnoses))
    both = [{p and d for p in ps for d in ds} for ps, ds in zip(procedures, diagnoses, strict=True)]
    pairs = list(compared(guidance("A", one, one_diagnosis), guidance("B", other, other_diagnosis)).pairs())
    assert [pair.both for pair in pairs] in ([], [relation(*both)])


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        (AllOf((pick("J12.8"), pick("Y53.4"))), AllOf((pick("Y53.4"), pick("J12.8"))), Relation.SAME),
        (AllOf((pick("J12.8"), pick("Y53.4"))), AllOf((pick("J12.8"), pick("Y53"))), Relation.SUBSET),
        # A record of the first has a code more; what is valid for it is valid for the other.
        (AllOf((pick("J12.8"), pick("Y53.4"))), pick("J12.8"), Relation.SUBSET),
        (pick("J12"), pick("J12.8"), Relation.SUPERSET),
        (AllOf((pick("J12.8"), pick("X70"))), AllOf((pick("J12.8"), pick("X70.9-X71.1"))), Relation.OVERLAP),
        (AllOf((pick("J12.8"), pick("Y53.4"))), AllOf((pick("J12.8"), pick("Y50.2"))), Relation.DISJOINT),
        # The same code twice is no code once.
        (AllOf((pick("J12.8"), pick("J12.8"))), AllOf((pick("J12.8"), pick("J12.3"))), Relation.DISJOINT),
        (AllOf((pick("J12.8"), Optional(pick("Y53.4")))), pick("J12.8"), Relation.SAME),
    ],
)
def test_relations(one: Expression, other: Expression, wanted: Relation) -> None:
    assert one_pair(guidance("A", one), guidance("B", other)).procedure is wanted


def test_witnesses_are_valid_as_claimed() -> None:
    one = guidance("A", AllOf((pick("J12.8"), pick("X70"))), diagnosis("C78.7"))
    other = guidance("B", AllOf((pick("J12.8"), pick("X70.9-X71.1"))), diagnosis("C78.-"))
    found = compared(one, other)
    (pair,) = found.pairs()
    told = {(w.claim.first, w.claim.second): " ".join(map(str, w.record.procedures)) for w in found.witnesses(pair)}
    assert told == {(True, True): "J12.8 X70.9", (True, False): "J12.8 X70.1", (False, True): "J12.8 X71.1"}
    for w in found.witnesses(pair):
        assert w.agrees
        for claimed, r in ((w.claim.first, one), (w.claim.second, other)):
            assert (check(r, w.record, KNOWN).verdict == "valid") is claimed


def test_where_procedures_are_the_same_diagnoses_may_tell_apart() -> None:
    found = compared(guidance("A", pick("J12.8"), diagnosis("C78.7")), guidance("B", pick("J12.8"), diagnosis("C22.0")))
    (pair,) = found.pairs()
    assert (pair.procedure, pair.both) == (Relation.SAME, Relation.DISJOINT)
    assert [(t.guidance, str(t.selector), t.always) for t in found.tells(pair)] == [
        ("A", "C78.7", True),
        ("B", "C22.0", True),
    ]
    assert [(w.claim.first, w.claim.second, len(w.record.diagnoses), w.agrees) for w in found.witnesses(pair)] == [
        (True, True, 0, True),
        (True, False, 1, True),
        (False, True, 1, True),
    ]


def test_the_code_that_tells_apart_is_one_that_every_record_has_and_none_of_the_other() -> None:
    found = compared(
        guidance("A", AllOf((pick("J12.8"), pick("Y53"), Optional(pick("X70.1"))))),
        guidance("B", AllOf((pick("J12.8"), pick("Y50.2")))),
    )
    (pair,) = found.pairs()
    told = [(t.guidance, str(t.selector), t.always) for t in found.tells(pair)]
    assert told == [("A", "Y53.-", True), ("A", "X70.1", False), ("B", "Y50.2", True)]


def test_only_pairs_that_share_a_main_code_are_looked_at() -> None:
    many = [guidance(f"G{i}", AllOf((pick(f"K{i:02}.1"), pick("Y53"), pick("Z94")))) for i in range(40)]
    found = compared(*many, guidance("H", pick("K07.1")))
    assert [(p.first, p.second) for p in found.pairs()] == [("G7", "H")]
    assert found.possible == 41 * 40 // 2


def test_what_a_context_rules_out_is_not_compared() -> None:
    opened, keyhole = (Condition("approach", value) for value in ("open", "laparoscopic"))
    one = guidance("A", OneOf((When(opened, pick("J12.8")), When(keyhole, pick("J12.3")))))
    other = guidance("B", pick("J12.8"))
    assert [p.procedure for p in compared(one, other).pairs()] == [Relation.SUPERSET]
    known = Context({("approach", "open"): True}, NOTHING.facets)
    assert [p.procedure for p in compared(one, other, context=known).pairs()] == [Relation.SAME]


def test_a_selector_without_known_codes_has_one_all_the_same() -> None:
    assert one_pair(guidance("A", pick("Q12")), guidance("B", pick("Q12"))).procedure is Relation.SAME
    assert one_pair(guidance("A", pick("Q12")), guidance("B", pick("Q12.3"))).procedure is not Relation.DISJOINT


def test_a_guidance_without_procedures_is_left_out_and_told() -> None:
    said = Recommendation("A", "", (Reading(None, diagnosis("C78.7")),))
    found = compared(said, guidance("B", pick("J12.8")))
    assert (found.left_out, found.possible, list(found.pairs())) == (("A",), 0, [])


def test_an_empty_record_is_no_witness() -> None:
    found = compared(guidance("A", Optional(pick("J12.8"))), guidance("B", pick("J12.8")))
    (pair,) = found.pairs()
    assert pair.procedure is Relation.SAME
    assert all(w.record != Record(context=NOTHING) for w in found.witnesses(pair))
