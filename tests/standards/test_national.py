"""The national standards as a coder meets them: records that keep or break each, and the file that holds them."""

from __future__ import annotations

import datetime
from itertools import permutations
from pathlib import Path

import pytest

from kg import resources
from kg.errors import KgError
from kg.expression.condition import Context
from kg.expression.recommendation import Side
from kg.facets import load_lexicon
from kg.reason.applying import Standards, broken_here, broken_rules
from kg.reason.record import Record
from kg.reason.standard import Authority, Kind, Level
from kg.reason.verdict import Broken
from kg.standards import load_national, load_standards, read_national
from kg.terminology.in_use import OpenCodes

OPEN = OpenCodes()
READY = Standards.of(load_national(), OPEN.chapters)


def record(procedures: str = "", diagnoses: str = "", day: str = "2024-05-01", **context: str) -> Record:
    known = {facet.replace("_", "-"): value for facet, value in context.items()}
    return Record.of(procedures.split(), diagnoses.split(), context=Context.of(known, load_lexicon().facets), date=day)


def broken(r: Record, standards: Standards = READY) -> list[Broken]:
    return broken_rules(r, standards, OPEN, stated=load_lexicon().stated_in)


def told(r: Record) -> list[tuple[str, str]]:
    return [(b.rule, " ".join(map(str, b.codes))) for b in broken(r)]


USED, FLUOROSCOPIC = {"image_control": "used"}, {"image_control": "fluoroscopic"}
ULTRASOUND, CONTRAST = {"image_control": "ultrasound"}, {"image_control": "contrast-enhanced-ultrasound"}
SIDE = ["laterality-follows-site", "laterality-site-named"]
GONE, THERE = {"primary_tumour": "eradicated"}, {"primary_tumour": "present"}


@pytest.mark.parametrize(
    ("procedures", "diagnoses", "context", "expected", "why"),
    [
        # subsidiary chapters
        ("J12.8 Y13.2 Y53.4", "", {}, [], "operation, method, image control"),
        ("Y53.4 J12.8", "", {}, [("subsidiary-never-primary", "Y53.4")], "a method first"),
        ("Z30.1 J12.8", "", {}, [("subsidiary-never-primary", "Z30.1")], "a site first"),
        ("O11.1 J12.8", "", {}, [("subsidiary-never-primary", "O11.1")], "O11 continues chapter Z"),
        ("O27.1", "", {}, [], "O27 continues chapter W, whose codes may lead"),
        ("", "Z85.0 C78.7", {}, [], "chapter Z of ICD-10 is another one"),
        # laterality
        ("W24.2 Z76.1 Z94.2", "", {}, [], "operation, site, side"),
        ("W24.2 Z94.2 Z76.1", "", {}, [(x, "Z94.2") for x in SIDE], "the side before its site"),
        ("W24.2 Z94.2", "", {}, [("laterality-site-named", "Z94.2")], "a side of what?"),
        ("J12.8 O11.1 Z94.2", "", {}, [], "a site of the overflow"),
        ("T20.2 Z94.2", "", {}, [], "the code says inguinal: no site code is needed"),
        ("W37.1 Z94.2 Z84.3", "", {}, [(x, "Z94.2") for x in SIDE], "if the hip is coded, before its side"),
        ("B27.4 Z94.3", "", {}, [], "a mastectomy is of the breast"),
        ("M02.5 Z94.2", "", {}, [], "a nephrectomy is of a kidney"),
        ("N06.3 Z94.2", "", {}, [], "an orchidectomy is of a testis"),
        ("Q24.3 Z94.2", "", {}, [], "an oophorectomy is of an ovary"),
        ("E54.1 Z94.3", "", {}, [], "a pneumonectomy is of a lung"),
        ("T12.4 Z94.3", "", {}, [], "of the pleural cavity"),
        ("O29.1 Z94.2", "", {}, [], "subacromial is at the shoulder"),
        ("W82.1 Z94.2", "", {}, [], "the knee is in the code"),
        ("C71.2 C75.1 Z94.2", "", {}, [], "a chapter of paired organs"),
        ("W24.2 Z76.1 Y53.4 Z94.2", "", {}, [], "a method may stand between"),
        ("T20.2 Z94.2 W24.2 Z76.1 Z94.3", "", {}, [], "the site of the second operation is not that of the first"),
        ("W24.2 Z76.1 Z94.2 Z94.3", "", {}, [(x, "Z94.3") for x in SIDE], "one side for one site"),
        # levels of the spine
        ("V25.4 V55.1 Z06.3", "", {}, [], "operation, levels, site"),
        ("V25.4 Y53.4 V55.1", "", {}, [], "a method may stand between"),
        ("V25.4 Z06.3 V55.1", "", {}, [("levels-follow-spinal-code", "V55.1")], "the site comes behind the levels"),
        ("V55.1 V25.4", "", {}, [("levels-follow-spinal-code", "V55.1")], "before the operation"),
        ("J12.8 V55.1", "", {}, [("levels-follow-spinal-code", "V55.1")], "the liver has no levels"),
        ("A57.1 V55.1", "", {}, [], "a root of a spinal nerve"),
        ("V21.1 V55.1", "", {}, [("levels-follow-spinal-code", "V55.1")], "the jaw is in chapter V and not the spine"),
        # image control
        ("J12.8 Y13.2", "", USED, [("image-control-required", "J12.8")], "used, and not coded"),
        ("J12.8 Y13.2", "", {}, [], "nobody says that it was used"),
        ("J12.8 Y13.2 Y53.9", "", USED, [], "method not known"),
        ("J12.8 Y13.2 Y68.1", "", USED, [], "of the other category"),
        ("L86.2", "", USED, [], "the title says ultrasound guided"),
        ("T45.1", "", USED, [("image-control-required", "T45.1")], "the title says image controlled, not how"),
        ("J12.8 Y13.2 Y53.4", "", FLUOROSCOPIC, [], "the method that is known"),
        ("J12.8 Y13.2 Y53.2", "", FLUOROSCOPIC, [("image-control-method", "Y53.2")], "another method"),
        ("J12.8 Y13.2 Y53.9", "", FLUOROSCOPIC, [("image-control-method", "Y53.9")], "the method is known"),
        ("J12.8 Y13.2 Y68.1", "", CONTRAST, [], "the method that is known"),
        ("J12.8 Y13.2 Y53.2", "", CONTRAST, [("image-control-method", "Y53.2")], "the code of plain ultrasound"),
        ("J12.8 Y13.2 Y68.1", "", ULTRASOUND, [], "with contrast it may have been"),
        ("L86.2 Y53.2", "", {}, [("image-control-stated", "Y53.2")], "said twice"),
        ("L86.2 Y53.9", "", {}, [("image-control-stated", "Y53.9")], "the title says which"),
        ("L86.2 Y53.4", "", {}, [], "fluoroscopy besides"),
        ("T45.1 Y53.3", "", {}, [], "the title leaves the method open"),
        ("M71.1 Y53.2", "", {}, [], "treatment by ultrasound is not control by it"),
        # single standards
        ("J12.3 X65.3 Y36.4 Y53.4", "", {}, [], "without brachytherapy"),
        ("J12.3 X65.3 Y36.4 Y89.1 Y53.4", "", {}, [], "with it"),
        ("J12.3 X65.3 Y53.4 Y36.4", "", {}, [("PCSJ1-order", "J12.3 X65.3 Y53.4 Y36.4")], "order"),
        ("X65.3 J12.3 Y36.4 Y53.4", "", {}, [("PCSJ1-order", "X65.3 J12.3 Y36.4 Y53.4")], "the fraction first"),
        ("J12.3 X65.3 Y53.4", "", {}, [("PCSJ1-codes", "J12.3")], "the substance is missing"),
        ("X72.1 X70.1 X71.2", "", {}, [("PCSX27-superseded", "X70.1 X71.2")], "no longer assigned"),
        ("J12.8 Y68.9", "", {}, [("principal-category-Y68", "Y68.9")], "Y68 continues Y53: unspecified is Y53.9"),
        # primary and secondary
        ("", "C78.7 Z85.0", GONE, [], "history of the primary"),
        ("", "C78.7", GONE, [("DCS.II.1-eradicated", "C78.7")], "its history is missing"),
        ("", "C78.7 C18.9", THERE, [], "the primary"),
        ("", "C78.7 Z85.0", THERE, [("DCS.II.1-present", "C78.7")], "still there, coded as gone"),
        ("", "C78.7", {}, [], "nobody says what became of it"),
        # dagger and asterisk
        ("", "G30.1D F00.1A", {}, [], "dagger, asterisk"),
        ("", "G30.1 F00.1", {}, [], "marks are often left out"),
        ("", "F00.1 G30.1", {}, [("asterisk-after-dagger", "F00.1")], "asterisk first"),
        ("", "I10 N08.3", {}, [], "what marks do not say is not guessed at"),
        ("", "E11.2D I10 N08.3A", {}, [], "another code between"),
        ("", "I10 N08.3A E11.2D", {}, [("asterisk-after-dagger", "N08.3A")], "the dagger comes too late"),
        ("", "E11.2 N08.3 E11.3D H36.0A", {}, [], "one pair with marks, one without"),
        ("", "E11.3D H36.0A N08.3 E11.2", {}, [], "what is not marked is not held to marks"),
        ("", "N08.3 E11.3D H36.0A", {}, [("asterisk-after-dagger", "N08.3")], "nothing at all before it"),
        ("", "N08.3", {}, [("asterisk-after-dagger", "N08.3")], "alone"),
    ],
)
def test_a_record_breaks_the_standards_that_a_coder_would_name(
    procedures: str, diagnoses: str, context: dict[str, str], expected: list[tuple[str, str]], why: str
) -> None:
    assert told(record(procedures, diagnoses, **context)) == expected, why


def test_a_side_whose_site_no_word_of_the_title_names_is_a_warning_and_no_contradiction() -> None:
    (told,) = broken(record("W24.2 Z94.2"))
    assert (told.rule, told.level, told.contradicts) == ("laterality-site-named", Level.WARN, False)


def test_of_all_orders_of_the_five_codes_one_is_right() -> None:
    members = ["J12.3", "X65.3", "Y36.4", "Y89.1", "Y53.4"]
    for size in range(1, 6):
        for codes in permutations(members, size):
            found = "PCSJ1-order" in [rule for rule, _ in told(record(" ".join(codes)))]
            assert found is ("J12.3" in codes and not _in_order(codes, members)), codes


def _in_order(codes: tuple[str, ...], members: list[str]) -> bool:
    # A Y89 code before the operation may be another's, as long as the rest is in order behind it.
    start = codes.index("J12.3")
    before, behind = codes[:start], codes[start:]
    return not set(before) - {"Y89.1"} and list(behind) == sorted(behind, key=members.index)


def test_a_rule_holds_from_the_day_on_which_it_begins() -> None:
    for day, expected in (("2022-04-30", []), ("2022-05-01", [("PCSX27-superseded", "X70.1")])):
        assert told(record("X72.1 X70.1", day=day)) == expected
    undated = Record.of(["X72.1", "X70.1"])
    assert [b.rule for b in broken_rules(undated, READY, OPEN, day=datetime.date(2021, 1, 1))] == []
    assert [b.rule for b in broken_rules(undated, READY, OPEN)] == ["PCSX27-superseded"]


def test_a_broken_rule_says_what_whose_and_how_much_it_matters() -> None:
    (found,) = broken(record("J12.3 X65.3 Y53.4"))
    assert found.why == "J12.3: J12.3 needs X65.3, Y36.4 and Y53.4 beside it. (PCSJ1)"
    assert (found.standard, found.authority, found.level) == ("PCSJ1", Authority.NATIONAL, Level.WARN)
    assert (found.side, found.entries, [str(s) for s in found.missing]) == (Side.PROCEDURE, (0,), ["Y36.4"])
    assert not found.contradicts


def test_a_rule_is_switched_off_or_softened_by_its_id_or_its_standards() -> None:
    r = record("X72.1 X70.1 Y68.9")
    for levels, expected in (
        ({"PCSX27": Level.OFF}, [("principal-category-Y68", Level.WARN)]),
        (
            {"PCSX27-superseded": Level.NOTE},
            [("PCSX27-superseded", Level.NOTE), ("principal-category-Y68", Level.WARN)],
        ),
        (
            {"PCSX27": Level.OFF, "PCSX27-superseded": Level.WARN, "principal-category": Level.BREAK},
            [("PCSX27-superseded", Level.WARN), ("principal-category-Y68", Level.BREAK)],
        ),
    ):
        found = broken(r, Standards.of(load_national(), OPEN.chapters, levels))
        assert [(b.rule, b.level) for b in found] == expected


def test_codes_of_another_operation_do_not_break_a_rule_for_a_guidance() -> None:
    r = record("J12.8 Y13.2 Y53.4 X72.1 X70.1")
    assert [b.rule for b in broken(r)] == ["PCSX27-superseded"]
    assert broken_here(r, Side.PROCEDURE, [0, 1, 2], READY, OPEN) == []
    assert [b.rule for b in broken_here(r, Side.PROCEDURE, [4], READY, OPEN)] == ["PCSX27-superseded"]


def test_the_national_standards_are_free_of_contradictions_and_none_is_idle() -> None:
    assert load_standards(OPEN).warnings == ()


def test_each_national_rule_has_words_source_and_editions() -> None:
    for s in load_national():
        assert s.label, s.id
        assert s.text.endswith("."), s.id
        assert s.source, s.id
        assert s.editions, s.id
        assert s.authority is Authority.NATIONAL


HEAD = """
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix kg: <https://w3id.org/terminology-kg/ontology#> .
@prefix opcs4: <https://w3id.org/terminology-kg/id/opcs-4/> .
@prefix rule: <https://w3id.org/terminology-kg/id/rule/> .
<https://w3id.org/terminology-kg/id/standard/S1> a kg:Standard ; dcterms:identifier "S1" ;
    dcterms:description "Words." ; dcterms:source "Test" ; kg:edition "OPCS-4.9" .
"""


def test_a_new_standard_of_a_known_kind_is_data_alone() -> None:
    (s,) = read_national(
        HEAD + 'rule:R1 a kg:Rule, kg:NotWith ; dcterms:identifier "R1" ; '
        "kg:ofStandard <https://w3id.org/terminology-kg/id/standard/S1> ; "
        "kg:ruleSubject opcs4:A01.1 ; kg:ruleObject opcs4:A02.- .",
        "new.ttl",
    )
    assert (s.kind, str(s.object[0]), s.text) == (Kind.NOT_WITH, "A02.-", "Words.")
    assert [b.rule for b in broken(record("A02.1 A01.1"), Standards.of([s], OPEN.chapters))] == ["R1"]


@pytest.mark.parametrize(
    ("body", "id", "part"),
    [
        ("kg:Follow ; kg:ruleSubject opcs4:A01.1", "KG-E0901", 'no kind of rule is called "follow"'),
        ("kg:Follows ; kg:ruleSubject opcs4:A01.1", "KG-E0901", "it names no object"),
        ("kg:Follows ; kg:ruleObject opcs4:A01.1", "KG-E0901", "has no ruleSubject"),
        ('kg:NeverPrimary ; kg:ruleSubject opcs4:A01.1 ; kg:level "loud"', "KG-E0901", 'no level is called "loud"'),
        ('kg:NeverPrimary ; kg:ruleSubject opcs4:A01.1 ; kg:validFrom "May"', "KG-E0901", '"May" is not a date'),
        ("kg:NeverPrimary ; kg:ruleSubject opcs4:A01.12", "KG-E0412", "not an OPCS-4 code"),
    ],
)  # fmt: skip
def test_an_ill_formed_standard_is_told(body: str, id: str, part: str) -> None:
    text = (
        HEAD + f'rule:R1 a kg:Rule, {body} ; dcterms:identifier "R1" ; '
        "kg:ofStandard <https://w3id.org/terminology-kg/id/standard/S1> ."
    )
    with pytest.raises(KgError, match="KG-E0901") as caught:
        read_national(text, "new.ttl")
    assert part in str(caught.value)


def test_the_standards_have_the_shapes_of_their_kinds() -> None:
    import pyshacl
    import rdflib

    data = rdflib.Graph().parse(resources.path("ontology/standards.ttl"))
    shapes = rdflib.Graph().parse(resources.path("ontology/shapes/standards.ttl"))
    conforms, _, text = pyshacl.validate(data, shacl_graph=shapes)
    assert conforms, text
    kg = rdflib.Namespace("https://w3id.org/terminology-kg/ontology#")
    targets = set(shapes.objects(None, rdflib.SH.targetClass))
    kinds = {kg["".join(part.capitalize() for part in kind.split("-"))] for kind in Kind}
    assert kinds <= targets
    bad = data + rdflib.Graph().parse(data=HEAD + "rule:R1 a kg:Rule, kg:NotWith ; kg:ruleSubject opcs4:A01.1 .")
    conforms, _, text = pyshacl.validate(bad, shacl_graph=shapes)
    assert not conforms
    assert "A rule of the kind not-with names its object." in str(text)


def test_the_file_has_no_blank_node() -> None:
    text = Path(resources.path("ontology/standards.ttl")).read_text(encoding="utf-8")
    assert "[" not in "".join(line for line in text.splitlines() if not line.startswith("#")).replace('"', "")
