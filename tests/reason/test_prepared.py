"""What is kept from record to record changes no answer: not the verdict, not what is missing, not the words."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.codes import Code, Scheme, parse_selector
from kg.expression.nodes import AllOf, Pick
from kg.expression.recommendation import Reading, Recommendation
from kg.reason.applied import Applied
from kg.reason.check import check
from kg.reason.prepared import Kept
from kg.reason.record import Record
from kg.standards import Loaded, load_national
from kg.terminology.in_use import OpenCodes
from tests.laws.strategies import code_lists, contexts, examples, expressions

CODES = OpenCodes()
NATIONAL = Applied(Loaded(load_national()).ready(CODES.chapters), CODES, datetime.date(2024, 5, 1))
DAYS = (None, datetime.date(2021, 3, 1), datetime.date(2024, 5, 1))


@pytest.mark.parametrize("applied", [None, NATIONAL], ids=["as printed", "in force"])
@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_a_record_gets_the_verdict_that_it_would_get_alone(applied: Applied | None, data: st.DataObject) -> None:
    opcs4, icd10 = data.draw(expressions(Scheme.OPCS4)), data.draw(st.none() | expressions(Scheme.ICD10, leaves=3))
    r = Recommendation("G1", "", (Reading(opcs4, icd10),))
    kept = Kept(CODES, applied)
    for _ in range(4):
        record = Record(
            data.draw(code_lists(Scheme.OPCS4, opcs4)),
            data.draw(code_lists(Scheme.ICD10, icd10)),
            context=data.draw(contexts(opcs4)),
            date=data.draw(st.sampled_from(DAYS)),
        )
        assert check(r, record, CODES, applied, kept) == check(r, record, CODES, applied)


def test_many_codes_of_one_selector_are_told_as_missing_as_they_would_be_alone() -> None:
    one = Pick(parse_selector("J12.8", Scheme.OPCS4))
    r = Recommendation("G1", "", (Reading(AllOf((one, one, one, one)), None),))
    record = Record((Code.parse("J12.8", Scheme.OPCS4),))
    found = check(r, record, CODES, None, Kept(CODES))
    assert found == check(r, record, CODES)
    assert found.procedure.missing == (one.selector,) * 3
