"""Every rule of the pack against the records that come with it, and the pack of the program against the shared one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg import resources
from kg.reason.applying import Standards, broken_rules
from kg.reason.record import Record
from kg.standards import load_pack, load_standards
from kg.standards.loading import PACK
from kg.terminology.in_use import OpenCodes

OPEN = OpenCodes()


def pairs(shared: Path) -> Iterator[tuple[str, Record, set[str]]]:
    """What is held against what: a record, and the rules that it breaks."""
    for line in (shared / "standards" / "records.jsonl").read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        for name, expected in (
            ("breaks", {told["rule"], *told.get("also", [])}),
            ("keeps", set(told.get("keeps_also", []))),
        ):
            record = Record.of(told[name]["procedures"], told[name]["diagnoses"], date="2022-06-01")
            yield f"{told['rule']} {name}", record, expected


@pytest.mark.parametrize("name", ["shared", "own"])
def test_each_rule_is_broken_by_its_record_alone_and_kept_by_the_one_near_it(shared: Path, name: str) -> None:
    path = shared / "standards" / "rules.tsv" if name == "shared" else resources.path(PACK)
    ready = Standards.of(load_pack(path).standards, OPEN.chapters)
    wrong = [
        (what, sorted(found ^ expected))
        for what, record, expected in pairs(shared)
        if (found := {b.rule for b in broken_rules(record, ready, OPEN)}) != expected
    ]
    assert wrong == []


def test_national_standards_beside_the_pack_do_not_change_what_it_says(shared: Path) -> None:
    loaded = load_standards(OPEN, [shared / "standards" / "rules.tsv"])
    ready = loaded.ready(OPEN.chapters)
    own = {s.id for s in loaded.packs[0].standards}
    for what, record, expected in pairs(shared):
        found = {b.rule for b in broken_rules(record, ready, OPEN)}
        assert found & own == expected, what


def test_the_pack_of_the_program_holds_the_shared_rules(shared: Path) -> None:
    rows = (shared / "standards" / "rules.tsv").read_text(encoding="utf-8").splitlines()
    own = [line for line in resources.text(PACK).splitlines() if not line.startswith("#")]
    assert own[0] == f"{rows[0]}\tfrom"
    stripped = [line.removesuffix("\t2022-05-01").rstrip("\t") for line in own[1:]]
    assert stripped == [row.rstrip("\t") for row in rows[1:]]
