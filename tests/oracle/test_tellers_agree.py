"""Every teller of what a record is gives the same answer: a slice of the campaign (tools/campaign_reasoner.py)."""

from __future__ import annotations

from collections import Counter

from kg.reason.standard import Kind
from tests.oracle.cases import case
from tests.oracle.tellers import differences, differences_by_hermit, differences_by_sparql


def test_evaluator_brute_force_and_an_answer_set_program_agree() -> None:
    seen: Counter[str] = Counter()
    assert [line for number in range(400) for line in differences(case(number), seen)] == []
    assert min(seen[f"verdict {v}"] for v in ("valid", "incomplete", "contradicted", "not applicable")) > 20
    assert seen["rules broken"] > 50
    assert seen["contradicted by a rule"] > 30
    assert seen["certificates"] > 300
    assert {kind for kind in Kind if seen[f"broken of the kind {kind}"]} >= set(Kind) - RARE


RARE = {Kind.CHARACTER_NOT, Kind.CODES_VALUE, Kind.NOT_WHEN_STATED, Kind.REQUIRED_UNLESS_STATED}
"""Kinds that few of the first cases break; the campaign has many."""


def test_the_query_on_records_gives_the_verdicts_of_brute_force() -> None:
    seen: Counter[str] = Counter()
    assert list(differences_by_sparql([case(number) for number in range(14)], seen)) == []
    assert seen["verdict by SPARQL"] > 50


def test_hermit_classifies_records_and_derives_combinations_as_brute_force_does() -> None:
    seen: Counter[str] = Counter()
    assert list(differences_by_hermit([case(number) for number in range(40, 52)], seen)) == []
    assert seen["record and class by HermiT"] > 100
    assert seen["combinations by HermiT"] > 0
