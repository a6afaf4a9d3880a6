"""What the standards make of printed combinations: what falls away, is narrowed, asked for or put in order, and why."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import pytest

from kg.citation import Citation, StandardCitation
from kg.codes import Category, Chapters, Code, One, Range, Scheme, Selector, parse_selector
from kg.expression.combination import Combination, Ground, combinations
from kg.expression.condition import Condition, Context, Facets
from kg.expression.nodes import AllOf, OneOf, Optional, Pick
from kg.expression.recommendation import ConceptMention, Reading, Recommendation, Side
from kg.reason.applying import Standards
from kg.reason.in_force import Adjusted, InForce, in_force, stated_by_concepts
from kg.reason.standard import Authority, Kind, Level, Mode, Standard
from tests.laws.titles import TitlesAlone

FACETS = Facets(
    {
        "image-control": {"used": None, "fluoroscopic": "used", "ultrasound": "used", "contrast": "ultrasound"},
        "primary": {"gone": None, "present": None},
    }
)
TITLES = {"L86.2": "Ultrasound guided sclerotherapy", "J12.8": "Other operations on liver", "J12.3": "Radiotherapy"}


def selectors(text: str, scheme: Scheme = Scheme.OPCS4) -> tuple[Selector, ...]:
    return tuple(parse_selector(word, scheme) for word in text.split())


TITLED = TitlesAlone(Chapters(), TITLES)


def stated(title: str) -> Sequence[tuple[str, str]]:
    words = {"ultrasound": ("image-control", "ultrasound"), "fluoroscopy": ("image-control", "fluoroscopic")}
    return [fact for word, fact in words.items() if word in title.lower()]


CODINGS = (
    ("fluoroscopic", selectors("Y53.4")[0]),
    ("ultrasound", selectors("Y53.2")[0]),
    ("contrast", selectors("Y68.1")[0]),
)
IMAGE = {"facet": "image-control", "codings": CODINGS, "otherwise": selectors("Y53.9")[0]}
RULES = [
    Standard("gone", "PCSX27", Scheme.OPCS4, Kind.NEVER_ASSIGNED, selectors("X70-X71"), text="X70 and X71 are gone.",
             valid_from=datetime.date(2022, 5, 1)),
    Standard("extended", "P", Scheme.OPCS4, Kind.NEVER_ASSIGNED, selectors("Y68.8 Y68.9"), level=Level.WARN,
             instead=selectors("Y53.8 Y53.9")),
    Standard("method", "IC", Scheme.OPCS4, Kind.CODES_VALUE, selectors("Y53.- Y68.-"), **IMAGE),
    Standard("stated", "IC", Scheme.OPCS4, Kind.NOT_WHEN_STATED, selectors("Y53.- Y68.-"), **IMAGE),
    Standard("required", "IC", Scheme.OPCS4, Kind.REQUIRED_UNLESS_STATED, selectors("A00-X99"),
             selectors("Y53.- Y68.-"), when=("image-control", "used"), facet="image-control", level=Level.WARN),
    Standard("order", "PCSJ1", Scheme.OPCS4, Kind.IN_SEQUENCE, selectors("J12.3"),
             selectors("J12.3 X65.3 Y36.4 Y89.- Y53.4"), optional=selectors("Y89.-")),
    Standard("codes", "PCSJ1", Scheme.OPCS4, Kind.REQUIRES_WITH, selectors("J12.3"), selectors("X65.3 Y36.4 Y53.4"),
             object_mode=Mode.ALL, level=Level.WARN),
    Standard("history", "II.1", Scheme.ICD10, Kind.REQUIRES_WITH, selectors("C77-C79", Scheme.ICD10),
             selectors("Z85.-", Scheme.ICD10), when=("primary", "gone"), level=Level.WARN),
    Standard("primary", "II.1", Scheme.ICD10, Kind.REQUIRES_WITH, selectors("C77-C79", Scheme.ICD10),
             selectors("C00-C76 C80-C97", Scheme.ICD10), when=("primary", "present"), level=Level.WARN),
    Standard("of-a-pack", "X", Scheme.OPCS4, Kind.NEVER_ASSIGNED, selectors("J12.8"), authority=Authority.SECONDARY),
]  # fmt: skip
READY = Standards.of(RULES, TITLED.chapters)
DAY = datetime.date(2024, 5, 1)


def printed(text: str, scheme: Scheme = Scheme.OPCS4, *conditions: tuple[str, str]) -> Combination:
    ground = Ground(holds=tuple(Condition(*fact) for fact in conditions))
    return Combination(selectors(text, scheme), (ground,), 1)


def adjust(text: str, scheme: Scheme = Scheme.OPCS4, *facts: tuple[str, str], **context: str) -> Adjusted:
    known = Context.of({k.replace("_", "-"): v for k, v in context.items()}, FACETS)
    c = printed(text, scheme)
    return in_force(c, READY, TITLED, day=DAY, context=known, facts=facts, stated=stated)


FLUORO, USED = {"image_control": "fluoroscopic"}, {"image_control": "used"}


@pytest.mark.parametrize(
    ("text", "context", "now", "effects", "why"),
    [
        ("J12.8 X70-X71", {}, "J12.8", ["superseded gone"], "no longer assigned"),
        ("J12.8 X70-X72", {}, "J12.8 + X72.-", ["superseded gone"], "one category of the range is left"),
        ("J12.8 X68-X74", {}, "J12.8 + X68-X74", [], "what is left is no one range: as printed, and told by checks"),
        ("J12.8 X69-X71", {}, "J12.8 + X69.-", ["superseded gone"], "from the front"),
        ("J12.8 X71.2 X70.-", {}, "J12.8", ["superseded gone", "superseded gone"], "a code and a category"),
        ("J12.8 Y68.9", {}, "J12.8 + Y53.9", ["superseded extended"], "unspecified of the principal category"),
        ("J12.8 Y53.-", {}, "J12.8 + Y53.-", [], "nothing is known"),
        ("J12.8 Y53.-", FLUORO, "J12.8 + Y53.4", ["narrowed method"], "the method is known"),
        ("J12.8 Y53.9", FLUORO, "J12.8 + Y53.4", ["narrowed method"], "unspecified no more"),
        ("J12.8 Y53.-", {"image_control": "contrast"}, "J12.8 + Y53.-", ["ruled out method"], "it has a code in Y68"),
        ("J12.8 Y53.2", {"image_control": "contrast"}, "J12.8 + Y53.2", ["ruled out method"], "the wider of two"),
        ("J12.8 Y53.-", {"image_control": "ultrasound"}, "J12.8 + Y53.2", ["narrowed method"], "the method is known"),
        ("J12.8 Y68.-", {"image_control": "ultrasound"}, "J12.8 + Y68.1", ["narrowed method"], "no other code may be"),
        ("J12.8 Y68.1", {"image_control": "ultrasound"}, "J12.8 + Y68.1", [], "with contrast it may have been"),
        ("J12.8 Y68.-", {"image_control": "contrast"}, "J12.8 + Y68.1", ["narrowed method"], "the narrower of two"),
        ("J12.8 Y68.-", FLUORO, "J12.8 + Y68.-", ["ruled out method"], "no such method in Y68"),
        ("J12.8 Y53.2", FLUORO, "J12.8 + Y53.2", ["ruled out method"], "printed for another method"),
        ("J12.8 Y53.-", USED, "J12.8 + Y53.-", [], "which is not known"),
        ("J12.8", FLUORO, "J12.8 + Y53.4", ["required required"], "used, and the title does not say which"),
        ("J12.8", USED, "J12.8", ["required required"], "one of two categories: left open"),
        ("L86.2", USED, "L86.2", [], "the title says which"),
        ("H99.1", USED, "H99.1", [], "the title is not known"),
        ("L86.2 Y53.-", {}, "L86.2", ["stated already stated"], "said twice"),
        ("L86.2 Y53.-", FLUORO, "L86.2 + Y53.4", ["narrowed method"], "another method besides"),
        ("J12.3 Y53.4 X65.3 Y36.4", {}, "J12.3 + X65.3 + Y36.4 + Y53.4", ["ordered order"], "the fixed order"),
        ("J12.3 X65.3 Y36.4 Y89.- Y53.4", {}, "J12.3 + X65.3 + Y36.4 + Y89.- + Y53.4", [], "as printed"),
        ("J12.3 Y53.4", {}, "J12.3 + X65.3 + Y36.4 + Y53.4", ["required codes", "ordered order"], "what it needs"),
    ],
)
def test_a_printed_combination_becomes_what_is_in_force(
    text: str, context: dict[str, str], now: str, effects: list[str], why: str
) -> None:
    found = adjust(text, Scheme.OPCS4, **context)
    assert (found.notation, [f"{c.effect} {c.rule}" for c in found.changes]) == (now, effects), why
    assert found.holds is not any(c.effect == "ruled out" for c in found.changes)
    assert found.printed.selectors == selectors(text), "what was printed stays"


def test_each_change_cites_its_standard_in_words() -> None:
    (change,) = adjust("J12.8 X70-X71").changes
    assert (change.origin, change.why) == (StandardCitation("PCSX27"), "X70 and X71 are gone.")
    assert (list(map(str, change.was)), change.now) == (["X70-X71"], ())


def test_the_combination_in_force_cites_the_words_or_the_standard_for_each_code() -> None:
    words = Citation("G1", 0, 5, "Y53.-")
    picks = (Pick(selectors("J12.3")[0], "Radiotherapy", words), Pick(selectors("Y53.-")[0], "Approach", words))
    c = Combination(tuple(p.selector for p in picks), (Ground(),), 7, picks)
    known = Context.of({"image-control": "fluoroscopic"}, FACETS)
    found = in_force(c, READY, TITLED, day=DAY, context=known, stated=stated).combination
    assert found.rank == 7
    assert [(str(p.selector), p.title, p.citation) for p in found.picks] == [
        ("J12.3", "Radiotherapy", words),
        ("X65.3", "", StandardCitation("PCSJ1")),
        ("Y36.4", "", StandardCitation("PCSJ1")),
        ("Y53.4", "", words),
    ]


def test_a_standard_changes_nothing_before_it_holds_nor_as_a_note() -> None:
    c = printed("J12.8 X70-X71")
    assert in_force(c, READY, TITLED, day=datetime.date(2022, 4, 30)).changes == ()
    note = Standards.of(RULES, TITLED.chapters, {"PCSX27": Level.NOTE})
    assert in_force(c, note, TITLED, day=DAY).changes == ()


def test_what_became_of_the_primary_is_asked_for() -> None:
    found = adjust("C78.7", Scheme.ICD10, primary="gone")
    assert found.notation == "C78.7 + Z85.-"
    found = adjust("C78.7", Scheme.ICD10, primary="present")
    assert found.notation == "C78.7"
    assert [list(map(str, choice)) for choice in found.choices] == [["C00-C76", "C80-C97"]]
    assert adjust("C78.7 Z85.0", Scheme.ICD10, primary="gone").changes == ()
    assert adjust("C78.7", Scheme.ICD10).changes == ()


def test_the_conditions_of_a_combination_count_as_known() -> None:
    c = printed("J12.8 Y53.-", Scheme.OPCS4, ("image-control", "fluoroscopic"))
    assert in_force(c, READY, TITLED, day=DAY, context=Context(facets=FACETS)).notation == "J12.8 + Y53.4"


def test_a_concept_that_the_guidance_lists_narrows_and_neither_asks_for_codes_nor_rules_any_out() -> None:
    fluoroscopy = ("image-control", "fluoroscopic")
    for text, now in (("J12.8 Y53.-", "J12.8 + Y53.4"), ("J12.8 Y68.-", "J12.8 + Y68.-"), ("J12.8", "J12.8")):
        found = adjust(text, Scheme.OPCS4, fluoroscopy)
        assert (found.notation, found.holds) == (now, True)
    assert adjust("J12.8 Y53.-", Scheme.OPCS4, fluoroscopy, image_control="ultrasound").notation == "J12.8 + Y53.2"


def test_what_all_concepts_of_a_side_state_is_known_of_the_guidance() -> None:
    def listing(*terms: str) -> Recommendation:
        mentions = tuple(ConceptMention("0", term, Side.PROCEDURE) for term in terms)
        return Recommendation("G", "", (Reading(None, None),), concepts=mentions)

    assert stated_by_concepts(listing("Fluoroscopy guided this"), Side.PROCEDURE, stated) == (
        ("image-control", "fluoroscopic"),
    )
    assert stated_by_concepts(listing("Fluoroscopy guided this", "Open that"), Side.PROCEDURE, stated) == ()
    assert stated_by_concepts(listing("Fluoroscopy guided this"), Side.DIAGNOSIS, stated) == ()


def test_the_combinations_in_force_are_told_once_each_in_rank_order_and_lazily() -> None:
    def pick(text: str) -> Pick:
        return Pick(selectors(text)[0])

    e = AllOf((pick("J12.8"), OneOf((pick("Y53.-"), pick("Y68.-"), pick("Y53.4"))), Optional(pick("X70-X71"))))
    context = Context.of({"image-control": "fluoroscopic"}, FACETS)
    ready = InForce(READY, TITLED, day=DAY, context=context, stated=stated)
    every = list(ready.all(combinations(e)))
    assert [(a.printed.rank, a.notation) for a in every] == [(1, "J12.8 + Y53.4")]
    wide = AllOf(tuple(OneOf((pick(f"A{n:02}.1"), pick(f"A{n:02}.2"))) for n in range(60)))
    assert next(ready.all(combinations(wide))).printed.rank == 1


def test_the_bound_for_a_selector_is_never_more_than_what_is_missing() -> None:
    ready = InForce(READY, TITLED, day=DAY)
    codes = (Code.parse("J12.8", Scheme.OPCS4),)
    expected = {"J12.8": 0, "J12.9": 1, "X70.1": 0, "Y53.-": 0, "X70-X72": 0, "Z01.1": 1}
    assert {text: ready.least(selectors(text)[0], codes) for text in expected} == expected


def test_the_selectors_of_what_is_left_are_of_their_kind() -> None:
    assert adjust("J12.8 X70-X72").selectors[1] == Category(Scheme.OPCS4, "X72")
    assert adjust("J12.8 X70-X73").selectors[1] == Range(Scheme.OPCS4, "X72", "X73")
    assert isinstance(adjust("J12.8 Y68.8").selectors[1], One)
