"""`kg standards`: the rules, with words, source and what is in force."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Kg


def test_every_national_rule_is_listed_with_its_words_and_source(kg: Kg) -> None:
    rules = kg("standards", "--format", "jsonl").lines
    assert len({rule["rule"] for rule in rules}) == len(rules) >= 20
    assert {"PCSX27", "PCSJ1", "DCS.II.1", "image-control", "laterality", "PChSV1"} <= {r["standard"] for r in rules}
    for rule in rules:
        assert rule["words"]
        assert rule["source"]
        assert rule["authority"] == "national"
        assert rule["level"] in ("warn", "break")


def test_a_rule_is_in_force_from_its_first_day(kg: Kg) -> None:
    (before,) = kg("standards", "pcsx27", "--date", "2022-04-30", "--format", "jsonl").lines
    (after,) = kg("standards", "PCSX27-superseded", "--date", "2022-05-01", "--format", "jsonl").lines
    assert (before["in_force"], after["in_force"], after["from"]) == (False, True, "2022-05-01")
    table = kg("standards", "PCSX27", "--date", "2022-04-30", "--format", "table").out
    assert "no, since 2022-05-01" in table


def test_packs_and_switches_are_listed_as_they_apply(kg: Kg, tmp_path: Path) -> None:
    switches = tmp_path / "local.toml"
    switches.write_text('[standards]\nPCSX27 = "off"\n', encoding="utf-8")
    ran = kg("standards", "--pack", "health-board-2022", "--settings", switches, "--format", "jsonl")
    assert sum(rule["authority"] == "secondary" for rule in ran.lines) == 626
    assert {rule["level"] for rule in ran.lines if rule["standard"] == "PCSX27"} == {"off"}


def test_an_id_that_is_none_is_told_with_the_nearest(kg: Kg) -> None:
    ran = kg("standards", "PCSX72")
    assert (ran.code, ran.out) == (2, "")
    assert "Did you mean PCSX27?" in ran.err
