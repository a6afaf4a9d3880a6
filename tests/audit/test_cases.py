"""The sample of an audit: cases of each kind, drawn evenly, that say what `kg check` says of them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from random import Random

from kg.audit.cases import Cases
from kg.audit.engine import Auditor
from kg.reason.record import Record
from tests.audit.test_engine import OPEN, audited, batch, episodes, guidances


def drawn(cases: Cases) -> list[dict[str, str]]:
    out = io.StringIO()
    cases.write(out)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def test_each_guidance_and_verdict_has_as_many_cases_as_were_asked_for_or_as_there_are() -> None:
    chance = Random(11)  # noqa: S311  the same case each time
    rs = guidances(chance, 5)
    auditor, cases, kinds = Auditor(rs, OPEN, None), Cases(3), Counter[tuple[str, str]]()
    for _ in range(3):
        records = episodes(chance, rs, 60)
        found = batch(records)
        rows = auditor.verdicts(found)
        cases.add(found, rows)
        kinds.update((row["guidance"], row["verdict"]) for row in rows.to_pylist())
    told = drawn(cases)
    assert len(kinds) > 5
    assert Counter((case["guidance"], case["verdict"]) for case in told) == {k: min(3, n) for k, n in kinds.items()}


def test_a_case_is_a_record_of_which_check_says_what_it_tells() -> None:
    chance = Random(12)  # noqa: S311  the same case each time
    rs = guidances(chance, 3)
    found = batch(episodes(chance, rs, 80))
    cases = Cases(2)
    cases.add(found, Auditor(rs, OPEN, None, everything=True).verdicts(found))
    for case in drawn(cases):
        sides = case["procedures"].split(), case["diagnoses"].split()
        record = Record.of(*sides, date=case["date"] or None, id=case["id"])
        rows = {row[1]: row for row in audited(Auditor(rs, OPEN, None, everything=True), [record])}
        told = (case["id"], case["guidance"], case["verdict"], case["combination"])
        found = rows[case["guidance"]]
        assert found[:4] == told
        assert ("; ".join(found[4]), " ".join(found[5])) == (case["missing"], case["broken"])


def test_an_episode_whose_identifier_stands_twice_is_not_drawn_and_no_row_draws_nothing() -> None:
    chance = Random(13)  # noqa: S311  the same case each time
    rs = guidances(chance, 3)
    found = batch([Record(r.procedures, r.diagnoses, id=f"e{n // 2}") for n, r in enumerate(episodes(chance, rs, 40))])
    cases, auditor = Cases(2), Auditor(rs, OPEN, None)
    rows = auditor.verdicts(found)
    assert rows.num_rows
    cases.add(found, rows)
    cases.add(found.slice(0, 0), auditor.verdicts(found.slice(0, 0)))
    assert drawn(cases) == []


def test_cases_are_drawn_from_all_batches_and_not_from_the_first_alone() -> None:
    chance = Random(14)  # noqa: S311  the same case each time
    rs = guidances(chance, 1)
    records = episodes(chance, rs, 200)
    auditor, cases = Auditor(rs, OPEN, None, everything=True), Cases(10)
    for n in range(4):
        found = batch([Record(r.procedures, r.diagnoses, id=f"{n}/{r.id}") for r in records])
        cases.add(found, auditor.verdicts(found))
    assert {case["id"][0] for case in drawn(cases)} == set("0123")
