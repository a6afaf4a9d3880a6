"""Records as a coder would argue them, against the five examples with the national standards applied."""

from __future__ import annotations

import datetime
from functools import cache
from types import MappingProxyType

import pytest

from kg import resources
from kg.expression.condition import Context
from kg.expression.recommendation import Recommendation
from kg.facets import load_lexicon
from kg.guidance.reading import read_file
from kg.reason.applied import Applied
from kg.reason.applying import Standards
from kg.reason.check import check
from kg.reason.explain import guidance_json, lines, record_json, standards_lines
from kg.reason.record import Record
from kg.reason.standard import Level
from kg.reason.verdict import GuidanceVerdict
from kg.standards import load_national, load_pack
from kg.terminology.in_use import OpenCodes

OPEN = OpenCodes()
FILES = {
    "IPG369": "IPG369.txt",
    "IPG553": "IPG553.md",
    "IPG672": "IPG672.yaml",
    "IPG688": "IPG688.json",
    "IP1062/2": "IP1062-2.txt",
}
DAY = datetime.date(2026, 11, 1)


@cache
def guidance(id: str) -> Recommendation:
    return read_file(resources.path(f"examples/guidance/{FILES[id]}"))


def applied(**levels: Level) -> Applied:
    ready = Standards.of(load_national(), OPEN.chapters, MappingProxyType(levels))
    return Applied(ready, OPEN, DAY, load_lexicon().stated_in)


NATIONAL = applied()


def record(procedures: str, diagnoses: str, given: str = "", day: str = "2024-05-01") -> Record:
    known = {part.partition("=")[0]: [part.partition("=")[2]] for part in given.split()}
    context = Context.of(known, load_lexicon().facets)
    return Record.of(procedures.split(), diagnoses.split(), context=context, date=day or None)


def judged(id: str, r: Record, by: Applied | None = NATIONAL) -> GuidanceVerdict:
    return check(guidance(id), r, OPEN, by)


OK, INC, CONTRA, NA, NONE = "valid", "incomplete", "contradicted", "not applicable", "not given"
CHEMO, SIRT, CRYO, MICRO, HIPEC = "IP1062/2", "IPG672", "IPG369", "IPG553", "IPG688"
BEFORE, FROM = "2022-04-30", "2022-05-01"


# fmt: off
TABLE = [
    # guidance, procedures, diagnoses, known, day, verdict, sides, the record's, rules broken, why
    (CRYO, "J12.8 Y13.2 Y53.4", "C78.7", "", "", OK, (OK, OK), OK, "", "complete"),
    (CRYO, "J12.8 Y13.2", "C78.7", "", "", INC, (INC, OK), INC, "", "the text asks for image control"),
    (CRYO, "J12.8 Y13.2", "C78.7", "image-control=used", "", INC, (INC, OK), INC, "image-control-required",
     "and so does the standard: it warns"),
    (CRYO, "Y53.4 J12.8 Y13.2", "C78.7", "", "", CONTRA, (CONTRA, OK), CONTRA, "subsidiary-never-primary",
     "a method cannot lead"),
    (CRYO, "Z30.1 J12.8 Y13.2 Y53.4", "C78.7", "", "", OK, (OK, OK), CONTRA, "subsidiary-never-primary",
     "the site is no code of the guidance: the record is wrong, not what it says of it"),
    (CRYO, "J12.8 Y13.2 Y53.4 Z94.2 Z30.1", "C78.7", "", "", OK, (OK, OK), CONTRA, "laterality-follows-site",
     "the side before its site"),
    (CRYO, "J12.8 Y13.2 Y53.4 Z30.1 Z94.2", "C78.7", "", "", OK, (OK, OK), OK, "", "site, then side"),
    (CRYO, "J12.8 Y13.2 Y53.2", "C78.7", "image-control=fluoroscopic", "", CONTRA, (CONTRA, OK), CONTRA,
     "image-control-method", "coded as ultrasound, known to be fluoroscopy"),
    (CRYO, "J12.8 Y13.2 Y53.9", "C78.7", "image-control=fluoroscopic", "", CONTRA, (CONTRA, OK), CONTRA,
     "image-control-method", "not known, where it is known"),
    (CRYO, "J12.8 Y13.2 Y53.4", "C78.7", "image-control=fluoroscopic", "", OK, (OK, OK), OK, "", "the known method"),
    (CRYO, "J12.8 Y13.2 Y68.9", "C78.7", "", "", OK, (OK, OK), OK, "principal-category-Y68",
     "Y68.- is printed, and Y68.9 belongs to Y53: a warning"),
    (CRYO, "J03.2 Y13.2", "C78.7", "image-control=used", "", INC, (INC, OK), INC, "image-control-required",
     "an open operation under image control needs its code too"),
    (CRYO, "J03.2 Y13.2 Y53.2", "C78.7", "image-control=used", "", OK, (OK, OK), OK, "", "with it"),
    (CRYO, "J03.2 Y13.2", "C78.7", "", "", OK, (OK, OK), OK, "", "nobody says that image control was used"),
    (CRYO, "J12.8 Y13.2 Y53.4", "C78.7", "primary-tumour=eradicated", "", INC, (OK, INC), INC, "DCS.II.1-eradicated",
     "Z85 is asked for by the standard, not by the text"),
    (CRYO, "J12.8 Y13.2 Y53.4", "C78.7 Z85.0", "primary-tumour=eradicated", "", OK, (OK, OK), OK, "", "its history"),
    (CRYO, "J12.8 Y13.2 Y53.4", "C78.7 C18.9", "primary-tumour=present", "", OK, (OK, OK), OK, "", "with its primary"),
    (MICRO, "J12.7", "C78.7", "", "", OK, (OK, OK), OK, "", "nothing is said of image control"),
    (MICRO, "J12.7", "C78.7", "image-control=used", "", CONTRA, (CONTRA, OK), CONTRA, "image-control-required",
     "the text has these codes for an operation without"),
    (MICRO, "J12.7 Y53.2", "C78.7", "image-control=ultrasound", "", OK, (OK, OK), OK, "", "and coded"),
    (MICRO, "J12.7 Y68.1", "C78.7", "image-control=ultrasound", "", OK, (OK, OK), OK, "", "ultrasound with contrast"),
    (SIRT, "J12.3 X65.3 Y36.4 Y53.4", "C78.7 Z85.0", "", "", OK, (OK, OK), OK, "", "in order"),
    (SIRT, "J12.3 X65.3 Y36.4 Y89.1 Y53.4", "C78.7 C20", "", "", OK, (OK, OK), OK, "", "with brachytherapy"),
    (SIRT, "J12.3 X65.3 Y53.4 Y36.4", "C78.7 Z85.0", "", "", CONTRA, (CONTRA, OK), CONTRA, "PCSJ1-order", "no order"),
    (SIRT, "X65.3 J12.3 Y36.4 Y53.4", "C78.7 Z85.0", "", "", CONTRA, (CONTRA, OK), CONTRA, "PCSJ1-order",
     "the fraction before the operation"),
    (SIRT, "J12.3 X65.3 Y53.4", "C78.7 Z85.0", "", "", INC, (INC, OK), INC, "PCSJ1-codes", "the substance is missing"),
    (SIRT, "J12.3 X65.3 Y36.4 Y53.4", "C78.7", "primary-tumour=present", "", INC, (OK, INC), INC, "DCS.II.1-present",
     "the primary is missing"),
    (SIRT, "J12.3 X65.3 Y36.4 Y53.4", "C78.7 C20", "primary-tumour=eradicated", "", CONTRA, (OK, CONTRA), CONTRA,
     "DCS.II.1-eradicated", "the codes say present"),
    (SIRT, "J12.3 X65.3 Y36.4 Y53.4", "C78.7 Z85.0", "image-control=ultrasound", "", CONTRA, (CONTRA, OK), CONTRA,
     "image-control-method", "fluoroscopy is the only method of it"),
    (SIRT, "J12.3 X65.3 Y36.4", "C78.7 Z85.0", "image-control=ultrasound", "", CONTRA, (CONTRA, OK), CONTRA,
     "PCSJ1-codes image-control-required", "so that nothing is valid"),
    (HIPEC, "T41.6 T48.2 X72.1", "C78.6", "", "", OK, (OK, OK), OK, "", "delivery is still coded"),
    (HIPEC, "T41.6 T48.2 X72.1 X70.1", "C78.6", "", FROM, OK, (OK, OK), CONTRA, "PCSX27-superseded",
     "procurement is no code of the guidance"),
    (HIPEC, "T41.6 T48.2 X72.1 X70.1", "C78.6", "", BEFORE, OK, (OK, OK), OK, "", "it was assigned then"),
    (HIPEC, "T41.6 T48.2 X72.1", "G30.1D F00.1A C78.6", "", "", OK, (OK, OK), OK, "", "dagger, asterisk"),
    (HIPEC, "T41.6 T48.2 X72.1", "C78.6 N08.3A", "", "", OK, (OK, OK), OK, "", "which dagger is not said"),
    (HIPEC, "T41.6 T48.2 X72.1", "F00.1A C78.6", "", "", OK, (OK, OK), CONTRA, "asterisk-after-dagger",
     "an asterisk with nothing before it"),
    (CHEMO, "J16.1 Y53.4 Y73.2 X70.1", "C22.0", "", BEFORE, OK, (OK, OK), OK, "", "as printed, in its time"),
    (CHEMO, "J16.1 Y53.4 Y73.2", "C22.0", "", BEFORE, INC, (INC, OK), INC, "", "the drug was to be coded then"),
    (CHEMO, "J16.1 Y53.4 Y73.2", "C22.0", "", FROM, OK, (OK, OK), OK, "", "no longer"),
    (CHEMO, "J16.1 Y53.4 Y73.2", "C22.0", "", "", OK, (OK, OK), OK, "", "nor today"),
    (CHEMO, "J16.1 Y53.4 Y73.2 X70.1", "C22.0", "", FROM, CONTRA, (CONTRA, OK), CONTRA, "PCSX27-superseded",
     "it is wrong to code it"),
    (CHEMO, "X71.2", "C22.0", "", FROM, NA, (NA, OK), CONTRA, "PCSX27-superseded", "the drug alone leads nothing now"),
    (CHEMO, "X71.2", "C22.0", "", BEFORE, INC, (INC, OK), INC, "", "it did"),
    (CHEMO, "J16.1 Y53.2 Y73.2", "C22.0", "", "", INC, (INC, OK), INC, "", "its concept says fluoroscopy"),
    (CHEMO, "J16.1 Y79.3 Y73.2", "C78.7", "", "", OK, (OK, OK), OK, "", "through an artery"),
    (CHEMO, "J16.1 Y73.2", "C78.7", "", "", INC, (INC, OK), INC, "", "no approach"),
]
# fmt: on


@pytest.mark.parametrize(
    ("id", "procedures", "diagnoses", "given", "day", "verdict", "sides", "own", "rules", "why"), TABLE
)
def test_the_verdicts(
    id: str, procedures: str, diagnoses: str, given: str, day: str, verdict: str, sides: tuple[str, str], own: str,
    rules: str, why: str,
) -> None:  # fmt: skip
    r = record(procedures, diagnoses, given, day)
    found, broken = judged(id, r), NATIONAL.broken(r)
    answer = record_json("", [found] if verdict != NA else [], broken)
    told = (found.verdict, found.procedure.verdict, found.diagnosis.verdict, answer["verdict"])
    assert told == (verdict, *sides, own), why
    assert " ".join(b.rule for b in broken) == rules, why


def test_as_printed_the_standards_play_no_part() -> None:
    printed = judged(CHEMO, record("J16.1 Y53.2 Y73.2 X70.1", "C22.0"), None)
    assert printed.verdict == OK
    assert not any("PCSX27" in line for line in lines(printed))
    assert judged(CHEMO, record("J16.1 Y53.2 Y73.2", "C22.0"), None).procedure.verdict == INC


def test_a_record_without_a_date_is_judged_by_the_day_of_asking() -> None:
    undated = record("J16.1 Y53.4 Y73.2", "C22.0", day="")
    assert judged(CHEMO, undated).verdict == OK
    earlier = Applied(NATIONAL.standards, OPEN, datetime.date(2021, 1, 1), NATIONAL.stated)
    assert judged(CHEMO, undated, earlier).verdict == INC


def test_a_local_switch_turns_a_standard_off_or_softens_it() -> None:
    r = record("J16.1 Y53.4 Y73.2 X70.1", "C22.0")
    assert judged(CHEMO, r).verdict == CONTRA
    off = applied(PCSX27=Level.OFF)
    assert (judged(CHEMO, r, off).verdict, off.broken(r)) == (OK, [])
    assert judged(CHEMO, record("J16.1 Y53.4 Y73.2", "C22.0"), off).verdict == INC  # then the text asks for them
    warned = applied(PCSX27=Level.WARN)
    found = judged(CHEMO, r, warned)
    assert (found.verdict, [b.rule for b in found.procedure.broken]) == (OK, ["PCSX27-superseded"])
    assert any("Warning: X70.1" in line for line in lines(found))
    assert record_json("", [found], warned.broken(r))["verdict"] == OK


def test_a_verdict_tells_what_was_printed_and_what_holds() -> None:
    told = lines(judged(CHEMO, record("J16.1 Y53.4 Y73.2", "C22.0")))
    assert any("X70-X71 is printed, and no longer assigned since 2022-05 (PCSX27)." in line for line in told)
    assert any("Y53.- is printed, and what is known narrows it to Y53.4 (image-control)." in line for line in told)
    assert sum("PCSX27" in line for line in told) == 2  # the sentence, and what it rests on


def test_the_answer_names_the_rule_its_standard_and_whose_word_it_is() -> None:
    r = record("J16.1 Y53.4 Y73.2 X70.1", "C22.0")
    found, broken = judged(CHEMO, r), NATIONAL.broken(r)
    (own,) = record_json("r", [found], broken)["standards"]
    assert (own["rule"], own["standard"], own["codes"]) == ("PCSX27-superseded", "PCSX27", ["X70.1"])
    assert (own["level"], own["authority"]) == ("break", "national")
    assert guidance_json(found)["procedure"]["broken"] == [own]
    assert standards_lines(broken)[1].startswith("└─ contradicted: X70.1: ")
    assert standards_lines([]) == []


def test_where_the_standards_leave_nothing_it_is_told_why() -> None:
    found = judged(SIRT, record("J12.3 X65.3 Y36.4", "", "image-control=ultrasound")).procedure
    assert found.broken[0].rule == "no-combination-in-force"
    assert "Y53.4 is printed, and ruled out by what is known (image-control)" in found.why[0].text


def test_what_a_standard_asks_for_is_missing_with_its_standard() -> None:
    found = judged(CRYO, record("J12.8 Y13.2 Y53.4", "C78.7", "primary-tumour=eradicated")).diagnosis
    assert [str(s) for s in found.missing] == ["Z85.-"]
    assert any("DCS.II.1" in step.text for step in found.why[0].steps)


def test_a_pack_is_named_as_such_and_contradicts_by_itself() -> None:
    pack = load_pack(resources.path("ontology/packs/health-board-2022.tsv"))
    rules = Standards.of((*load_national(), *pack.standards), OPEN.chapters)
    both = Applied(rules, OPEN, DAY, load_lexicon().stated_in)
    r = record("J12.8 Y13.2 Y53.4", "C78.7 U04.9")
    broken = both.broken(r)
    assert [(b.rule, b.authority, b.contradicts) for b in broken] == [
        ("ICD10-DCS.II.2-1", "secondary", False),
        ("ICD10-DCS.XXII.5-4", "secondary", True),
    ]
    verdict = judged(CRYO, r, both)
    assert (verdict.verdict, record_json("", [verdict], broken)["verdict"]) == (OK, CONTRA)
    assert [b.rule for b in verdict.diagnosis.broken] == ["ICD10-DCS.II.2-1"]
