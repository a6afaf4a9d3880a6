"""Repairs as a coder would read them, for the records whose verdicts are argued in test_check_standards."""

from __future__ import annotations

import pytest

from kg import resources
from kg.codes import One, Scheme, Selector, covers, parse_selector
from kg.expression.nodes import AllOf, OneOf, Optional, Pick
from kg.expression.recommendation import Reading, Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.applying import Standards
from kg.reason.check import check
from kg.reason.edits import Action, Edit, Repair, Repairs, repaired, sentence
from kg.reason.explain import repair_lines, repairs_json
from kg.reason.prepared import Kept
from kg.reason.record import Record
from kg.reason.repair import Repairer
from kg.reason.standard import Kind, Level, Standard
from kg.standards import load_pack
from tests.laws.strategies import CHAPTERS
from tests.oracle.test_check_by_brute_force import NOTHING_LOADED
from tests.reason.test_check_standards import (
    ARGUED,
    CHEMO,
    CRYO,
    DAY,
    NATIONAL,
    OPEN,
    SIRT,
    guidance,
    load_lexicon,
    load_national,
    record,
)

MICRO, HIPEC = "IPG553", "IPG688"
NAMED = {"laterality-site-named": Level.BREAK}  # a department where a side without its site is wrong
STRICT = Applied(Standards.of(load_national(), OPEN.chapters, NAMED), OPEN, DAY, load_lexicon().stated_in)
REPAIRER, KEPT = Repairer(OPEN, NATIONAL), Kept(OPEN, NATIONAL)


def mended(id: str, r: Record, by: Repairer = REPAIRER, applied: Applied | None = NATIONAL) -> Repairs:
    return by.repairs(guidance(id), r, check(guidance(id), r, OPEN, applied))


# fmt: off
CASES = [
    (CRYO, "J12.8 Y13.2", "C78.7", "", "add one code of Y53.- as procedure 3"),
    (CRYO, "J12.8 Y13.2 Y53.2", "C78.7", "image-control=fluoroscopic", "replace Y53.2 (procedure 3) by Y53.4"),
    (CRYO, "Y53.4 J12.8 Y13.2", "C78.7", "", "move Y53.4 from procedure 1 to 2"),
    (CRYO, "J12.8 Y13.2 Y53.4 Z94.2 Z30.1", "C78.7", "", "move Z94.2 from procedure 4 to 5"),
    (CRYO, "J12.8 Y13.2 Y53.4", "C78.7", "primary-tumour=eradicated", "add one code of Z85.- as diagnosis 2"),
    (MICRO, "J12.7", "C78.7", "image-control=used", "add one code of Y53.- as procedure 2"),
    (SIRT, "J12.3 X65.3 Y53.4", "C78.7 Z85.0", "", "add Y36.4 as procedure 3"),
    (SIRT, "X65.3 J12.3 Y36.4 Y53.4", "C78.7 Z85.0", "", "move X65.3 from procedure 1 to 2"),
    (SIRT, "J12.3 X65.3 Y36.4 Y53.4", "C78.7 C20", "primary-tumour=eradicated", "replace C20 (diagnosis 2) by Z85.0"),
    (HIPEC, "T41.6 T48.2 X72.1 X70.1", "C78.6", "", "remove X70.1 (procedure 4)"),
    (HIPEC, "T41.6 T48.2 X72.1", "F00.1A C78.6", "", "move F00.1A from diagnosis 1 to 2"),
    (CHEMO, "J16.1 Y53.2 Y73.2", "C22.0", "", "replace Y53.2 (procedure 2) by Y53.4"),
    (SIRT, "Y53.4 J12.3 X65.3", "C78.7", "primary-tumour=eradicated",
     "add Y36.4 as procedure 3; move Y53.4 from procedure 1 to 4; add Z85.0 as diagnosis 2"),
]
# fmt: on


@pytest.mark.parametrize(("id", "procedures", "diagnoses", "known", "words"), CASES)
def test_the_best_repair_is_what_a_coder_would_do(
    id: str, procedures: str, diagnoses: str, known: str, words: str
) -> None:
    assert sentence(mended(id, record(procedures, diagnoses, known)).best[0]) == words


def test_an_operation_that_nobody_recorded_is_not_put_in_to_please_a_rule() -> None:
    found = mended(CRYO, record("J12.8 Y13.2 Y53.4 Z94.2", "C78.7"), Repairer(OPEN, STRICT), STRICT)
    assert sentence(found.best[0]) == "add one code of Z (not Z94.-) as procedure 4"
    assert [sentence(repair) for repair in found.best if "one code of C" in sentence(repair)] == []


def test_a_site_is_added_rather_than_the_operation_changed() -> None:
    nodes = parse_selector("T85-T87", Scheme.OPCS4), parse_selector("Z", Scheme.OPCS4)
    e = AllOf(tuple(Pick(s) for s in nodes))
    made = Recommendation("X", "Range and chapter", (Reading(e, None),))
    r = record("T86.1 Z94.1", "")
    found = Repairer(OPEN, STRICT).repairs(made, r, check(made, r, OPEN, STRICT))
    assert sentence(found.best[0]) == "add one code of Z (not Z94.-) as procedure 2"


def test_every_repair_told_mends_the_record_whatever_known_code_is_chosen() -> None:
    for row in ARGUED:
        r, id = record(row["procedures"], row["diagnoses"], row["context"], row["date"]), row["guidance"]
        for repair in mended(id, r).best:
            for n, edit in enumerate(repair.edits):
                for code in OPEN.codes_under(edit.selector) if edit.selector else ():
                    if not any(covers(x, code, OPEN.chapters) for x in edit.excluded):
                        after = repaired(r, repair, {n: code})
                        assert check(guidance(id), after, OPEN, NATIONAL, KEPT).verdict == "valid", (row, code)
                        assert not any(b.contradicts for b in NATIONAL.broken(after))


def test_what_is_valid_needs_no_repair_and_what_does_not_apply_has_none() -> None:
    assert mended(CRYO, record("J12.8 Y13.2 Y53.4", "C78.7")) == Repairs()
    assert mended(CRYO, record("K40.1", "C78.7")).reason == "the guidance does not apply"


def test_where_nothing_is_valid_it_is_said_that_no_edit_helps() -> None:
    found = mended(SIRT, record("J12.3 X65.3 Y36.4 Y53.4", "C78.7 Z85.0", "image-control=ultrasound"))
    assert repair_lines(found) == ["no repair is told: procedure: no combination is valid under what is known"]
    assert repairs_json(found) == []


def test_a_pack_of_rules_is_kept_by_the_repair_too() -> None:
    pack = load_pack(resources.path("ontology/packs/health-board-2022.tsv"))
    rules = Standards.of((*load_national(), *pack.standards), OPEN.chapters)
    both = Applied(rules, OPEN, DAY, load_lexicon().stated_in)
    r = record("J12.8 Y13.2 Y53.4", "C78.7 U04.9")
    found = mended(CRYO, r, Repairer(OPEN, both), both)
    assert [e.action for e in found.best[0].edits] in ([Action.REMOVE], [Action.ADD], [Action.REPLACE], [Action.MOVE])
    assert not any(b.contradicts for repair in found.best for b in both.broken(repaired(r, repair)))


def test_more_combinations_than_are_looked_at_are_not_guessed_about() -> None:
    choice = OneOf(tuple(Pick(parse_selector(f"J{n}.1", Scheme.OPCS4)) for n in range(10, 30)))
    wide = Recommendation("G", "", (Reading(AllOf((choice,) * 4), None),))
    r = Record.of(["J10.1"])
    found = Repairer(OPEN, NATIONAL).repairs(wide, r, check(wide, r, OPEN, NATIONAL))
    assert found == Repairs(reason="procedure: the guidance has more than 2000 combinations")


def test_edits_are_carried_out_by_their_places() -> None:
    r = Record.of(["J12.8", "Y13.2", "Y53.4", "Z30.1"])
    one = parse_selector("Z94.2", Scheme.OPCS4)
    edits = (
        Edit(Action.REMOVE, Side.PROCEDURE, 3, r.procedures[2]),
        Edit(Action.MOVE, Side.PROCEDURE, 3, r.procedures[1], origin=2),
        Edit(Action.ADD, Side.PROCEDURE, 4, selector=one, example=Record.of(["Z94.2"]).procedures[0]),
    )
    assert [str(c) for c in repaired(r, Repair(edits)).procedures] == ["J12.8", "Z30.1", "Y13.2", "Z94.2"]


def test_a_category_is_told_with_those_of_its_codes_that_do_not_mend() -> None:
    """A rule that only some codes of the category lift: the others are excluded, looked at or not."""

    def read(text: str) -> Selector:
        return parse_selector(text, Scheme.ICD10)

    lifted = Standard(
        "R1", "S1", Scheme.ICD10, Kind.NEVER_ASSIGNED, (read("C"),), unless=(read("C18.5-C19"),)
    )  # fmt: skip
    loaded = NOTHING_LOADED
    by = Applied(Standards.of([lifted], loaded.chapters), loaded)
    g = Recommendation("G", "", (Reading(None, OneOf((Optional(Pick(read("M80.40"))), Pick(read("C"))))),))
    r = Record.of([], ["C78.0"])
    found = Repairer(loaded, by).repairs(g, r, check(g, r, loaded, by))
    for repair in found.best:
        for n, edit in enumerate(repair.edits):
            for code in Record.of([], [f"C18.{i}" for i in range(10)]).diagnoses:
                chosen = edit.selector and not isinstance(edit.selector, One) and covers(edit.selector, code, CHAPTERS)
                if chosen and not any(covers(x, code, CHAPTERS) for x in edit.excluded):
                    assert not by.broken(repaired(r, repair, {n: code})), (repair, code)
    assert [sentence(r).rpartition(" ")[2] for r in found.best] == ["M80.40", "C18.5"]
