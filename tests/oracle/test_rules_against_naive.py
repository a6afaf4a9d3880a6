"""Rules of packs held against the oracle of loops (`naive_rules`), on generated rules and on those that are shipped."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import resources
from kg.codes import Chapters, Scheme, Selector, parse_selector
from kg.reason.applying import Standards, broken_rules
from kg.reason.record import Record
from kg.reason.standard import PACK_KINDS, WITH_OBJECT, Authority, Kind, Mode, Standard
from kg.standards.loading import PACK
from tests.laws.strategies import examples
from tests.laws.titles import TitlesAlone
from tests.oracle.naive_rules import Row, naive_breaks

CODES = ["A01.1", "A01.2", "A02.1", "B01.1", "B01.9", "C18.7", "C19.X", "I10.X", "M80.40", "M80.49", "M80.5"]
SELECTORS = ["A01.1", "A01.2", "A01.-", "A02.-", "B01.-", "B01.9", "A01-A02", "A01.2-B01.1", "C19", "C18-C20", "I10"]
SELECTORS += ["M80.4", "M80.-", "M80.40"]


def standard(row: Row, scheme: Scheme = Scheme.ICD10, id: str = "R1") -> Standard:
    def read(texts: Sequence[str]) -> tuple[Selector, ...]:
        return tuple(parse_selector(text, scheme) for text in texts)

    kind = Kind(row.kind)
    figure = int(row.object[0]) if kind is Kind.REQUIRES_CHARACTER else None
    n, x = row.object[0].split("=") if kind is Kind.CHARACTER_NOT else ("0", "")
    return Standard(
        id,
        "S1",
        scheme,
        kind,
        read(row.subject),
        read(row.object) if kind in WITH_OBJECT else (),
        read(row.unless),
        Mode(row.subject_mode),
        Mode(row.object_mode),
        figure,
        (int(n), x) if x else None,
        authority=Authority.SECONDARY,
    )


NO_TITLES = TitlesAlone(Chapters())


@st.composite
def rows(draw: st.DrawFn) -> Row:
    kind = draw(st.sampled_from([kind.value for kind in PACK_KINDS]))
    group = st.lists(st.sampled_from(SELECTORS), min_size=1, max_size=3).map(tuple)
    if kind == "requires-character":
        object_ = (str(draw(st.integers(3, 6))),)
    elif kind == "character-not":
        object_ = (f"{draw(st.integers(1, 5))}={draw(st.sampled_from('AC0149X'))}",)
    else:
        object_ = draw(group) if Kind(kind) in WITH_OBJECT else ()
    mode = st.sampled_from(["any", "all"])
    unless = draw(st.one_of(st.just(()), group))
    return Row(kind, draw(group), draw(mode), object_, draw(mode), unless)


RECORDS = st.lists(st.lists(st.sampled_from(CODES), max_size=6), min_size=20, max_size=20)


@settings(max_examples=examples(600), deadline=None)
@given(rows(), RECORDS)
def test_a_rule_is_broken_exactly_when_a_reading_of_its_definition_in_loops_says_so(
    row: Row, records: list[list[str]]
) -> None:
    ready = Standards.of([standard(row)], Chapters())
    for codes in records:
        found = broken_rules(Record.of((), codes), ready, NO_TITLES)
        assert bool(found) is naive_breaks(row, codes), (row, codes)


@settings(max_examples=examples(300), deadline=None)
@given(rows(), RECORDS)
def test_the_codes_that_are_told_break_the_rule_by_themselves_where_nothing_is_asked_for(
    row: Row, records: list[list[str]]
) -> None:
    # Of the kinds that forbid, the codes that are told are enough: at their places, the other codes do not matter.
    if row.kind not in ("never-assigned", "not-with", "requires-character", "character-not", "not-before"):
        return
    ready = Standards.of([standard(row)], Chapters())
    for codes in records:
        for broken in broken_rules(Record.of((), codes), ready, NO_TITLES):
            assert naive_breaks(row, [codes[i] for i in sorted(broken.entries)])


def shipped() -> list[tuple[str, str, Row]]:
    """Id, scheme and row of each rule of the shipped pack, split by hand."""
    lines = [line for line in resources.text(PACK).splitlines() if not line.startswith("#")]
    names = lines[0].split("\t")
    found: list[tuple[str, str, Row]] = []
    for line in lines[1:]:
        cells = dict.fromkeys(names, "") | dict(zip(names, line.split("\t"), strict=False))
        subject, object_, unless = (tuple(cells[n].split()) for n in ("subject", "object", "unless"))
        row = Row(cells["kind"], subject, cells["subject_mode"], object_, cells["object_mode"], unless)
        found.append((cells["rule"], cells["scheme"], row))
    return found


def samples(selector: str, scheme: str) -> list[str]:
    """Recorded codes at both ends of a selector."""
    if "=" in selector or selector.isdecimal():
        return []
    first, _, last = (selector[:3] if selector.endswith(".-") else selector).partition("-")
    ends = [first, last] if last else [first]
    bare = ".X" if scheme == "ICD-10" and not selector.endswith(".-") else ".1"
    return [end if "." in end else f"{end}{bare}" for end in ends]


@pytest.mark.parametrize("scheme", ["OPCS-4", "ICD-10"])
def test_each_shipped_rule_does_what_its_definition_says_on_all_short_records_of_its_codes(scheme: str) -> None:
    every = shipped()
    assert len(every) == 626
    for id, own, row in every:
        if own != scheme:
            continue
        first, last = row.subject[:1] if row.subject_mode == "any" else row.subject, row.subject[-1:]
        pool = [c for s in (*first, *last, *row.object[:1], *row.object[-1:], *row.unless) for c in samples(s, own)]
        if row.kind == "character-not":
            n, x = row.object[0].split("=")
            pool.append(row.subject[0][:3].ljust(int(n) - 1, "0") + x)
        pool = list(dict.fromkeys([*pool, "K99.2", "L99.2"]))
        most = 4 if row.subject_mode == "all" else 3
        ready = Standards.of([standard(row, Scheme(own), id)], Chapters())
        outcomes: set[bool] = set()
        for size in range(most + 1):
            for codes in permutations(pool, size):
                record = Record.of(codes, ()) if own == "OPCS-4" else Record.of((), codes)
                found = bool(broken_rules(record, ready, NO_TITLES))
                assert found is naive_breaks(row, codes), (id, codes)
                outcomes.add(found)
        assert outcomes == {True, False}, id
