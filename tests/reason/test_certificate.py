"""Certificates: the separate checker accepts each, and none with a field changed."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from kg import resources
from kg.errors import KgError
from kg.expression.recommendation import Reading, Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.applying import Standards
from kg.reason.certificate import certificate, seal
from kg.reason.check import check
from kg.reason.record import Record
from kg.standards import load_pack
from tests.laws.strategies import CHAPTERS, code_lists, contexts, examples, expressions, schemes
from tests.oracle.test_check_by_brute_force import NOTHING_LOADED
from tests.oracle.test_repairs_by_brute_force import rules as drawn_rules
from tests.reason.certificates import refusal
from tests.reason.test_check_standards import ARGUED, DAY, NATIONAL, OPEN, guidance, load_lexicon, load_national, record

Json = dict[str, Any]


def of_row(row: dict[str, str], by: Applied = NATIONAL) -> Json:
    r, id = record(row["procedures"], row["diagnoses"], row["context"], row["date"]), row["guidance"]
    return certificate(guidance(id), r, by, check(guidance(id), r, OPEN, by))


@pytest.mark.parametrize("row", ARGUED, ids=lambda row: row["argument"])
def test_the_verdicts_that_coders_argue_are_certified(row: dict[str, str]) -> None:
    told = of_row(row)
    assert told["verdict"] == row["verdict"]
    assert refusal(told) == ""


def test_with_a_pack_of_rules_too() -> None:
    pack = load_pack(resources.path("ontology/packs/health-board-2022.tsv"))
    both = Applied(
        Standards.of((*load_national(), *pack.standards), OPEN.chapters), OPEN, DAY, load_lexicon().stated_in
    )
    assert {refusal(of_row(row, both)) for row in SAMPLE} == {""}


@settings(
    max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(st.data())
def test_every_verdict_is_certified_or_said_to_have_no_certificate(data):
    scheme = data.draw(schemes())
    e = data.draw(expressions(scheme, leaves=6, most=40))
    side = scheme.value == Side.PROCEDURE.scheme.value
    applied = Applied(
        Standards.of(data.draw(st.lists(drawn_rules(scheme), max_size=3, unique_by=lambda s: s.id)), CHAPTERS),
        NOTHING_LOADED,
    )
    codes, context = data.draw(code_lists(scheme, e)), data.draw(contexts(e))
    r = Record(procedures=codes, context=context) if side else Record(diagnoses=codes, context=context)
    g = Recommendation("G1", "", (Reading(e if side else None, None if side else e),))
    found = check(g, r, NOTHING_LOADED, applied)
    try:
        told = certificate(g, r, applied, found)
    except KgError as fault:
        assert fault.id == "KG-E0310"
        event(f"no certificate: {fault.what}")
        assume(False)
        return
    event(told["verdict"])
    assert refusal(told) == ""
    for other in {"valid", "incomplete", "contradicted", "not applicable"} - {told["verdict"]}:
        assert refusal(sealed({**told, "verdict": other}))


def sealed(told: Json) -> Json:
    return {**told, "seal": seal(told)}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all fields, lists and objects included."""
    if path:
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


def changes(value: Any) -> Iterator[Any]:
    """Other values for a field."""
    match value:
        case bool():
            yield not value
        case int():
            yield from (value + 1, value - 1)
        case str():
            yield from ("", value + "x", value[::-1], "J12.8", "valid", "contradicted", "incomplete", "not applicable")
        case None:
            yield from ({}, [], 0)
        case list():
            yield from ([], value[:-1], [*value, *value[:1]], None)
        case dict():
            yield from ({}, None, {**value, "more": 1})


def changed(told: Json, within: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Json]]:
    for path in places(told):
        if path[: len(within)] != within:
            continue
        at: Any = told
        for key in path[:-1]:
            at = at[key]
        for other in changes(at[path[-1]]):
            if other != at[path[-1]]:
                new = copy.deepcopy(told)
                inner: Any = new
                for key in path[:-1]:
                    inner = inner[key]
                inner[path[-1]] = other
                yield path, new


def _more(told: Any, other: Any) -> bool:
    """Whether one has all of the other and something more."""
    if isinstance(told, dict) and isinstance(other, dict):
        return all(k in other and _more(v, other[k]) for k, v in told.items())
    if isinstance(told, list) and isinstance(other, list):
        return len(told) == len(other) and all(map(_more, told, other))
    return told == other


def test_the_checker_is_short_and_shares_no_code_with_the_program() -> None:
    folder = Path(__file__).parents[2] / "tools" / "certificates"
    (checker,) = (file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc")
    text = checker.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 200
    imported = {line.split()[1].partition(".")[0] for line in text.splitlines() if line.startswith(("import", "from"))}
    assert imported <= set(sys.stdlib_module_names)


SAMPLED = (
    "open and percutaneous exclude each other, and both are coded",
    "the text asks for image control",
    "with its primary",
    "the codes say present",
    "delivery is still coded",
)
SAMPLE = [next(row for row in ARGUED if row["argument"] == told) for told in SAMPLED]


@pytest.mark.parametrize("row", SAMPLE, ids=lambda row: row["argument"])
def test_a_certificate_with_any_field_changed_is_refused(row: dict[str, str]) -> None:
    told = of_row(row)
    assert [path for path, other in changed(told) if not refusal(other)] == []


@pytest.mark.parametrize("row", SAMPLE, ids=lambda row: row["argument"])
def test_a_changed_claim_is_refused_by_its_proof_alone_even_if_it_is_sealed_again(row: dict[str, str]) -> None:
    """What is still accepted says the same: another set of entries, choice or place that proves the same verdict, or
    something that no claim is.
    """
    told = of_row(row)
    proofs = {"best", "variants", "entries", "lacks", "places", "choices", "slots", "by"}
    for path, other in changed(told, ("sides",)):
        if not refusal(sealed(other)):
            assert proofs & set(path) or path[-1] == "broken" or _more(told, other), (path, other["sides"])
            assert all(other["sides"][side]["verdict"] == told["sides"][side]["verdict"] for side in told["sides"])
    for path, other in changed({"verdict": told["verdict"]}):
        assert refusal(sealed({**told, **other})), path
