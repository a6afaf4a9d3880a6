"""A record against a recommendation: the verdict of each side, what is missing, and why."""

import pytest

from kg.citation import Citation
from kg.codes import Chapters, Code, Scheme, parse_selector
from kg.errors import KgError
from kg.expression.condition import Condition, Context, Facets
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When
from kg.expression.recommendation import Reading, Recommendation
from kg.reason.check import check, check_all
from kg.reason.explain import lines, record_json
from kg.reason.record import Record
from kg.reason.verdict import Verdict
from tests.laws.titles import TitlesAlone

FACETS = Facets(
    {"approach": {"open": None, "percutaneous": None, "laparoscopic": None}, "primary": {"gone": None, "present": None}}
)


NO_CODES = TitlesAlone(Chapters({"O11": "Z"}))


def pick(text: str, scheme: Scheme = Scheme.OPCS4) -> Pick:
    return Pick(parse_selector(text, scheme), f"title of {text}", Citation("G1", 0, len(text), text))


def every(*parts: Expression | str) -> AllOf:
    return AllOf(tuple(pick(p) if isinstance(p, str) else p for p in parts))


def choice(*branches: Expression | str) -> OneOf:
    return OneOf(tuple(pick(b) if isinstance(b, str) else b for b in branches))


def when(fact: str, then: Expression) -> When:
    facet, value = fact.split("=")
    return When(Condition(facet, value, value, Citation("G1", 5, 9, value)), then)


LIVER = Recommendation(
    "G1",
    "Freezing of liver lesions",
    (
        Reading(
            choice(
                when("approach=open", every("J03.2", "Y13.2")),
                when("approach=percutaneous", every("J12.8", "Y13.2", choice("Y53.-", "Y68.-"))),
            ),
            pick("C78.7", Scheme.ICD10),
        ),
    ),
)


def verdicts(r: Recommendation, procedures: str, diagnoses: str = "", **context: str) -> tuple[str, str, str]:
    record = Record.of(procedures.split(), diagnoses.split(), context=Context.of(context, FACETS))
    found = check(r, record, NO_CODES)
    return found.verdict.value, found.procedure.verdict.value, found.diagnosis.verdict.value


NA, CONTRA, INC = "not applicable", "contradicted", "incomplete"
PERCUTANEOUS = {"approach": "percutaneous"}


@pytest.mark.parametrize(
    ("procedures", "diagnoses", "context", "expected", "why"),
    [
        ("J12.8 Y13.2 Y53.4", "C78.7", {}, ("valid", "valid", "valid"), "complete"),
        ("J12.8 Y13.2 Y53.4 Z30.1", "C78.7 I10", {}, ("valid", "valid", "valid"), "other codes may be present"),
        ("J12.8 Y13.2", "C78.7", {}, (INC, INC, "valid"), "image control not recorded"),
        ("Y13.2 Y53.4", "C78.7", {}, (NA, NA, "valid"), "no main code"),
        ("H01.1", "C78.7", {}, (NA, NA, "valid"), "another operation with this diagnosis"),
        ("J03.2 Y13.2", "", {}, ("valid", "valid", "not given"), "no diagnosis given"),
        ("", "C78.7", {}, ("valid", "not given", "valid"), "no procedure given"),
        ("", "I10", {}, ("not applicable", "not given", "not applicable"), "another disease"),
        ("", "", {}, ("not applicable", "not given", "not given"), "an empty record"),
        ("J03.2 Y13.2 J12.8 Y53.4", "C78.7", {}, (CONTRA, CONTRA, "valid"), "both variants"),
        ("J03.2 Y13.2", "C78.7", PERCUTANEOUS, (CONTRA, CONTRA, "valid"), "the context says otherwise"),
        ("J03.2 Y13.2", "C78.7", {"approach": "laparoscopic"}, (CONTRA, CONTRA, "valid"), "no variant is left"),
        ("J03.2", "C78.7", {"approach": "open"}, (INC, INC, "valid"), "right variant, one code short"),
        ("J03.2 Y13.2", "K76.0", {}, ("valid", "valid", "not applicable"), "another diagnosis undoes nothing"),
    ],
)  # fmt: skip
def test_verdicts(
    procedures: str, diagnoses: str, context: dict[str, str], expected: tuple[str, str, str], why: str
) -> None:
    assert verdicts(LIVER, procedures, diagnoses, **context) == expected, why


def test_a_variant_whose_codes_contain_the_other_variants_is_no_contradiction() -> None:
    e = choice(when("approach=open", pick("J03.2")), when("approach=percutaneous", every("J03.2", "Y53.-")))
    r = Recommendation("G2", "", (Reading(e, None),))
    assert verdicts(r, "J03.2 Y53.4")[0] == "valid"


def test_the_same_code_must_stand_twice_where_two_operations_carry_it() -> None:
    r = Recommendation("G3", "", (Reading(every("W37.1", "Z94.-", "W38.1", "Z94.-"), None),))
    assert verdicts(r, "W37.1 Z94.2 W38.1 Z94.3")[0] == "valid"
    assert verdicts(r, "W37.1 Z94.2 W38.1")[0] == "incomplete"


def test_one_entry_does_not_serve_two_selectors() -> None:
    r = Recommendation("G4", "", (Reading(every("J12.8", "Y53.-", "Y53.4"), None),))
    assert verdicts(r, "J12.8 Y53.4")[0] == "incomplete"
    assert verdicts(r, "J12.8 Y53.4 Y53.1")[0] == "valid"
    assert verdicts(r, "J12.8 Y53.1 Y53.4")[0] == "valid"


def test_the_nearest_combinations_are_told_with_what_each_lacks() -> None:
    found = check(LIVER, Record.of(["J12.8", "Y13.2"]), NO_CODES).procedure
    assert [str(s) for s in found.missing] == ["Y53.-"]
    assert [(m.combination.notation, [str(s) for s in m.missing]) for m in found.nearest] == [
        ("J12.8 + Y13.2 + Y53.-", ["Y53.-"]),
        ("J12.8 + Y13.2 + Y68.-", ["Y68.-"]),
    ]


def test_of_several_combinations_that_are_met_the_widest_is_told() -> None:
    r = Recommendation("G5", "", (Reading(every("J12.3", Optional(pick("Y89.-")), "Y53.4"), None),))
    found = check(r, Record.of(["J12.3", "Y53.4", "Y89.1"]), NO_CODES).procedure
    assert found.met is not None
    assert found.met.combination.notation == "J12.3 + Y89.- + Y53.4"


def test_a_valid_guidance_sets_an_incomplete_one_aside_that_explains_no_more() -> None:
    wider = Recommendation("G6", "", (Reading(every("J03.2", "Y13.2", "Y99.1"), None),))
    record = Record.of(["J03.2", "Y13.2"], ["C78.7"])
    assert [v.guidance for v in check_all([wider, LIVER], record, NO_CODES)] == ["G1"]
    assert [v.guidance for v in check_all([wider, LIVER], record, NO_CODES, everything=True)] == ["G1", "G6"]


def test_a_huge_choice_is_checked_without_expanding() -> None:
    letters = "ABCDEFGHJKLM"
    e = AllOf(tuple(choice(*(f"{x}{i:02d}.{n}" for n in range(10))) for i, x in enumerate(letters)))
    r = Recommendation("G7", "", (Reading(e, None),))
    codes = [f"{x}{i:02d}.3" for i, x in enumerate(letters)]
    assert check(r, Record.of(codes), NO_CODES).verdict is Verdict.VALID
    short = check(r, Record.of(codes[:-1]), NO_CODES)
    assert (short.verdict, str(short.procedure.missing[0])) == (Verdict.INCOMPLETE, "M11.0")


def test_codes_without_a_name_are_told_and_never_demanded() -> None:
    e = every("T41.6", When(Condition.stated("other organs too"), Unnamed("code these as well")))
    found = check(Recommendation("G8", "", (Reading(e, None),)), Record.of(["T41.6"]), NO_CODES)
    assert found.verdict is Verdict.VALID
    assert any("code these as well" in line for line in lines(found))


def test_the_whole_explanation_of_an_incomplete_record() -> None:
    found = check(LIVER, Record.of(["J12.8", "Y13.2", "Y53.4"], ["I10"]), NO_CODES)
    assert lines(found) == [
        "G1 Freezing of liver lesions: VALID",
        "├─ procedure: valid",
        "│  └─ The codes are one of the combinations: J12.8 + Y13.2 + Y53.-.",
        "│     ├─ J12.8 title of J12.8: J12.8 is there.",
        "│     │    ↳ “J12.8”",
        "│     ├─ Y13.2 title of Y13.2: Y13.2 is there.",
        "│     │    ↳ “Y13.2”",
        "│     ├─ Y53.- title of Y53.-: Y53.4 is there.",
        "│     │    ↳ “Y53.-”",
        '│     └─ It rests on "percutaneous" being true.',
        "│          ↳ “percutaneous”",
        "└─ diagnosis: not applicable",
        "   └─ No code of the record is one of C78.7.",
        "        ↳ “C78.7”",
    ]


def test_the_answer_for_a_record_has_the_published_shape() -> None:
    record = Record.of(["J12.8", "Y13.2"], ["C78.7"], id="r1")
    answer = record_json("r1", check_all([LIVER], record, NO_CODES))
    assert (answer["id"], answer["verdict"]) == ("r1", "incomplete")
    guidance = answer["guidances"][0]
    assert guidance["procedure"]["missing"] == ["Y53.-"]
    assert guidance["diagnosis"]["met"] == ["C78.7"]
    assert guidance["why"][0]["steps"][0]["citations"][0]["quote"] == "J12.8"


def test_a_record_of_too_many_codes_or_of_the_wrong_classification_is_refused() -> None:
    with pytest.raises(KgError) as fault:
        Record.of(["J12.8"] * 201)
    assert fault.value.id == "KG-E0306"
    with pytest.raises(KgError) as fault:
        Record(procedures=(Code.parse("C78.7", Scheme.ICD10),))
    assert fault.value.id == "KG-E0305"


def test_a_text_whose_own_conditions_exclude_each_other_contradicts_whatever_is_known() -> None:
    opened = [when("approach=open", pick(code)) for code in ("J12.8", "J12.3")]
    keyhole = [when("approach=laparoscopic", pick(code)) for code in ("J12.8", "J03.2")]
    impossible = Recommendation("G1", "", (Reading(every(choice(*opened), choice(*keyhole)), None),))
    assert verdicts(impossible, "J12.8") == (CONTRA, CONTRA, "not given")
    assert verdicts(impossible, "J12.8", primary="gone") == (CONTRA, CONTRA, "not given")
    found = check(impossible, Record.of(["J12.8"]), NO_CODES).procedure
    assert [b.why for b in found.broken] == [
        'Nothing is valid: the conditions of the text exclude each other ("open"; "laparoscopic").'
    ]
