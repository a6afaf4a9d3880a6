"""Records as a coder would argue them, against the five examples with the national standards applied."""

from __future__ import annotations

import csv
import datetime
from functools import cache
from pathlib import Path
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


OK, INC, CONTRA, NA = "valid", "incomplete", "contradicted", "not applicable"
CHEMO, SIRT, CRYO, MICRO, HIPEC = "IP1062/2", "IPG672", "IPG369", "IPG553", "IPG688"


ARGUED = list(csv.DictReader((Path(__file__).parent / "argued_records.csv").read_text(encoding="utf-8").splitlines()))
"""Records as a coder would argue them from the guidance's text and the standards; `of the record` is the verdict on the
record as a whole, `rules` are those that it breaks, `missing` what is told as missing.
"""


def test_the_table_is_large_enough_to_argue_from_and_says_no_record_twice() -> None:
    assert len(ARGUED) >= 60
    told = {tuple(row[name] for name in ("procedures", "diagnoses", "guidance", "context", "date")) for row in ARGUED}
    assert len(told) == len(ARGUED)
    assert {row["guidance"] for row in ARGUED} == set(FILES)
    assert all(row["argument"] for row in ARGUED)


@pytest.mark.parametrize("row", ARGUED, ids=lambda row: f"{row['record']} {row['argument']}")
def test_the_verdict_that_a_coder_argues(row: dict[str, str]) -> None:
    r = record(row["procedures"], row["diagnoses"], row["context"], row["date"])
    found, broken = judged(row["guidance"], r), NATIONAL.broken(r)
    answer = record_json("", [found] if found.verdict != NA else [], broken)
    told = (found.verdict, found.procedure.verdict, found.diagnosis.verdict, answer["verdict"])
    assert told == (row["verdict"], row["procedure"], row["diagnosis"], row["of the record"])
    assert " ".join(b.rule for b in broken) == row["rules"]
    if row["verdict"] == INC:
        assert " ".join(map(str, (*found.procedure.missing, *found.diagnosis.missing))) == row["missing"]
    assert found.procedure.why


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
