"""What a record says of conditions by itself: told with its ground, below what is given, never from what is chosen."""

from __future__ import annotations

import pytest

from kg.codes import Scheme, parse_selector
from kg.expression.condition import Condition, Context
from kg.expression.nodes import AllOf, Expression, OneOf, Pick, When
from kg.expression.recommendation import ConceptMention, Reading, Recommendation, Side
from kg.facets import load_lexicon
from kg.reason.check import check
from kg.reason.edits import repaired, sentence
from kg.reason.record import Record
from kg.reason.repair import Repairer
from kg.reason.verdict import SideVerdict
from kg.standards.inferences import load_inferring
from kg.terminology.in_use import OpenCodes

OPEN, LEXICON = OpenCodes(), load_lexicon()
CONCEPTS = {"737083005": "Fluoroscopy guided percutaneous chemosaturation of hepatic artery"}
INFERRING = load_inferring(OPEN, LEXICON, lambda id: CONCEPTS.get(str(id), ""))


def pick(text: str, scheme: Scheme = Scheme.OPCS4) -> Pick:
    return Pick(parse_selector(text, scheme))


def when(facet: str, value: str, e: Expression) -> When:
    return When(Condition(facet, value, f"where {value}"), e)


def judged(
    e: Expression, codes: str, *, concepts: tuple[str, ...] = (), listed: tuple[str, ...] = (), **given: str
) -> SideVerdict:
    mentions = tuple(ConceptMention(id, "", Side.PROCEDURE) for id in listed)
    r = Recommendation("G", "", (Reading(e, None),), concepts=mentions)
    known = Context.of({facet.replace("_", "-"): value for facet, value in given.items()}, LEXICON.facets)
    record = Record.of(codes.split(), (), concepts, context=known)
    return check(r, record, OPEN, inferring=INFERRING).procedure


def told(found: SideVerdict) -> list[tuple[str, str, str]]:
    return [(i.value, i.source, i.unused) for i in found.inferred]


# A drain where the approach is laparoscopic; the main code's own title says nothing of the approach.
ADDITION = AllOf((pick("J18.3"), when("approach", "laparoscopic", pick("Z30.4"))))
VARIANTS = OneOf((when("approach", "open", pick("J18.3")), when("approach", "laparoscopic", pick("J18.5"))))


def test_an_approach_code_behind_the_main_code_decides_a_condition() -> None:
    assert judged(ADDITION, "J18.3").verdict == "valid"
    found = judged(ADDITION, "J18.3 Y75.2")
    # Met is the combination without the addition, and that rests on its condition being false.
    assert (found.verdict, [b.rule for b in found.broken]) == ("contradicted", ["condition-false"])
    assert [str(s) for s in found.missing] == ["Z30.4"]
    assert told(found) == [("laparoscopic", "Y75.2", "")]
    assert found.why[-1].text == (
        "Inferred: approach=laparoscopic, from Y75.2 (Laparoscopic approach to abdominal cavity NEC)."
    )
    assert judged(ADDITION, "J18.3 Y75.2 Z30.4").verdict == "valid"


def test_codes_of_the_variant_that_the_approach_rules_out_are_contradicted() -> None:
    assert judged(VARIANTS, "J18.5 Y75.2").verdict == "valid"
    found = judged(VARIANTS, "J18.3 Y75.2")
    assert (found.verdict, [b.rule for b in found.broken]) == ("contradicted", ["condition-false"])
    assert told(found) == [("laparoscopic", "Y75.2", "")]


def test_what_is_given_goes_before_what_is_inferred_and_that_is_told() -> None:
    found = judged(VARIANTS, "J18.3 Y75.2", approach="open")
    assert found.verdict == "valid"
    assert told(found) == [("laparoscopic", "Y75.2", "what is given says otherwise")]
    denied = judged(ADDITION, "J18.3 Y75.2", approach="!laparoscopic")
    assert (denied.verdict, told(denied)[0][2]) == ("valid", "what is given says otherwise")
    # What is given already needs no inference.
    assert told(judged(ADDITION, "J18.3 Y75.2 Z30.4", approach="laparoscopic")) == []


def test_a_missing_code_says_nothing() -> None:
    assert told(judged(VARIANTS, "J18.3")) == []
    assert told(judged(ADDITION, "J18.3 Z30.4")) == []


def test_a_code_chosen_under_a_condition_is_no_proof_of_the_condition() -> None:
    chosen = AllOf((pick("J18.3"), when("approach", "laparoscopic", AllOf((pick("Y75.2"), pick("Z30.4"))))))
    found = judged(chosen, "J18.3 Y75.2")
    assert (found.verdict, told(found)) == ("valid", [])
    # J12.8 says percutaneous by its title; in its own variant that would be a circle.
    variants = OneOf((when("approach", "open", pick("J03.2")), when("approach", "percutaneous", pick("J12.8"))))
    assert told(judged(variants, "J12.8 J03.2")) == []


def test_a_title_says_it_where_the_code_is_not_chosen_under_the_condition() -> None:
    e = AllOf((pick("J12.8"), when("approach", "percutaneous", pick("Y53"))))
    found = judged(e, "J12.8")
    assert told(found) == [("percutaneous", "J12.8", "")]
    assert [str(s) for s in found.missing] == ["Y53.-"]


def test_a_code_of_another_operation_says_nothing_of_this_one() -> None:
    assert told(judged(ADDITION, "J18.3 T43.9 Y75.2")) == []
    assert told(judged(ADDITION, "T43.9 Y75.2 J18.3")) == []
    assert told(judged(ADDITION, "T43.9 Y75.2 J18.3 Y75.2")) == [("laparoscopic", "Y75.2", "")]


def test_codes_that_contradict_each_other_decide_nothing() -> None:
    found = judged(VARIANTS, "J18.3 Y75.2 Y50.2")
    assert (found.verdict, told(found)) == (
        "valid",
        [("laparoscopic", "Y75.2", "Y50.2 says open"), ("open", "Y50.2", "Y75.2 says laparoscopic")],
    )


def test_an_approach_code_goes_before_the_words_of_the_title() -> None:
    # H19.9: "Unspecified other open operations on colon", done through a laparoscope.
    e = AllOf((pick("H19.9"), when("approach", "laparoscopic", pick("Z28.9"))))
    assert told(judged(e, "H19.9")) == [("open", "H19.9", "")]
    assert told(judged(e, "H19.9 Y75.2")) == [
        ("open", "H19.9", "Y75.2 says laparoscopic"),
        ("laparoscopic", "Y75.2", ""),
    ]


def test_an_operation_that_was_converted_is_open() -> None:
    assert told(judged(VARIANTS, "J18.3 Y71.5")) == [("open", "Y71.5", "")]


IMAGE = AllOf((pick("J16.1"), when("image-control", "used", pick("Z36.1"))))


def test_a_concept_of_the_record_says_it_by_its_term() -> None:
    found = judged(IMAGE, "J16.1", concepts=("737083005",))
    assert [str(s) for s in found.missing] == ["Z36.1"]
    assert told(found) == [("fluoroscopic", "737083005", "")]
    # Of two operations it may be the other's, unless the guidance lists it.
    assert told(judged(IMAGE, "J16.1 K40.1", concepts=("737083005",))) == []
    listed = judged(IMAGE, "J16.1 K40.1", concepts=("737083005",), listed=("737083005",))
    assert told(listed) == [("fluoroscopic", "737083005", "")]
    assert told(judged(IMAGE, "J16.1", concepts=("95214007",))) == []


@pytest.mark.parametrize(("code", "value"), [("Y53.4", "fluoroscopic"), ("Y53.9", "used"), ("Y78.3", "ultrasound")])
def test_a_code_of_image_control_says_its_method(code: str, value: str) -> None:
    assert told(judged(IMAGE, f"J16.1 {code}")) == [(value, code, "")]


def test_a_disease_says_nothing_of_the_operation() -> None:
    # Another tumour of the patient is not the primary of this one.
    tumour = OneOf(
        (
            when("primary-tumour", "eradicated", pick("Z85.0", Scheme.ICD10)),
            when("primary-tumour", "present", pick("C18.-", Scheme.ICD10)),
        )
    )
    r = Recommendation("G", "", (Reading(pick("J12.8"), tumour),))
    found = check(r, Record.of(["J12.8"], ["Z85.0", "C50.9"]), OPEN, inferring=INFERRING)
    assert (found.verdict, found.diagnosis.inferred) == ("valid", ())


def repairs(e: Expression, codes: str, **given: str) -> list[str]:
    known = Context.of(given, LEXICON.facets)
    r, record = Recommendation("G", "", (Reading(e, None),)), Record.of(codes.split(), context=known)
    found = Repairer(OPEN, None).repairs(r, record, check(r, record, OPEN, inferring=INFERRING), INFERRING)
    for repair in found.best:  # what it says it does, it does by what the codes say then
        assert check(r, repaired(record, repair), OPEN, inferring=INFERRING).verdict == "valid"
    return [sentence(repair) for repair in found.best]


def test_a_repair_is_valid_by_what_the_codes_say_after_it() -> None:
    told = repairs(ADDITION, "J18.3 Y75.2")
    assert (told[0], told[-1]) == ("add Z30.4 as procedure 2", "remove Y75.2 (procedure 2)")
    # Under what is inferred the open variant is out; without the code that says so it is not.
    told = repairs(VARIANTS, "J18.3 Y75.2")
    assert (told[0], told[-1]) == ("replace J18.3 (procedure 1) by J18.5", "remove Y75.2 (procedure 2)")


def test_what_is_given_stays_when_the_code_that_says_it_too_is_gone() -> None:
    told = repairs(VARIANTS, "J18.3 Y75.2", approach="laparoscopic")
    assert told[0] == "replace J18.3 (procedure 1) by J18.5"
    assert "remove Y75.2 (procedure 2)" not in told


def test_without_inferring_only_what_is_given_counts() -> None:
    r = Recommendation("G", "", (Reading(ADDITION, None),))
    found = check(r, Record.of(["J18.3", "Y75.2"]), OPEN)
    assert (found.verdict, found.procedure.inferred) == ("valid", ())
