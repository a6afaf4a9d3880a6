"""The guidances that a record could mean are found by main codes, and none that applies is missed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kg.codes import Scheme, covers, overlap, parse_selector
from kg.expression.nodes import Pick
from kg.expression.recommendation import Reading, Recommendation
from kg.reason.candidates import Candidates, SelectorIndex
from kg.reason.check import check, check_all
from kg.reason.record import Record
from tests.laws.strategies import CHAPTERS, NOTHING, code_lists, codes, examples, expressions, schemes, selectors
from tests.laws.titles import TitlesAlone

POOL = TitlesAlone(CHAPTERS)


@st.composite
def recommendations(draw: st.DrawFn) -> list[Recommendation]:
    found: list[Recommendation] = []
    for number in range(draw(st.integers(1, 6))):
        sides = [draw(st.none() | expressions(scheme, leaves=4, most=30)) for scheme in Scheme]
        found.append(Recommendation(f"G{number}", "", (Reading(sides[0], sides[1]),)))
    return found


@settings(max_examples=examples(150), deadline=None)
@given(st.data(), recommendations())
def test_what_is_left_out_does_not_apply(data: st.DataObject, known: list[Recommendation]) -> None:
    record = Record(
        data.draw(code_lists(Scheme.OPCS4, data.draw(st.sampled_from(known)).procedure)),
        data.draw(code_lists(Scheme.ICD10, data.draw(st.sampled_from(known)).diagnosis)),
        context=NOTHING,
    )
    near = Candidates.of(known, CHAPTERS).about(record)
    assert check_all(near, record, POOL) == check_all(known, record, POOL)
    for r in near:
        assert check(r, record, POOL).verdict.value != "not applicable"


@settings(max_examples=examples(150), deadline=None)
@given(st.data(), schemes())
def test_groups_of_selectors_are_found_by_their_codes_and_by_selectors_that_share_some(
    data: st.DataObject, scheme: Scheme
) -> None:
    groups = data.draw(st.lists(st.lists(selectors(scheme), max_size=4), max_size=6))
    index = SelectorIndex.of(groups, CHAPTERS)
    code, selector = data.draw(codes(scheme)), data.draw(selectors(scheme))
    assert index.covering([code]) == {n for n, g in enumerate(groups) if any(covers(s, code, CHAPTERS) for s in g)}
    assert index.overlapping([selector]) == {
        n for n, g in enumerate(groups) if any(overlap(s, selector, CHAPTERS) for s in g)
    }


def test_ranges_that_end_within_a_category_and_chapters_that_overflow_are_found() -> None:
    texts = ("X70.5-X71.2", "Z", "O11-O15", "J12")
    groups = [[parse_selector(text, Scheme.OPCS4)] for text in texts]
    index = SelectorIndex.of(groups, CHAPTERS)
    told = {
        text: index.covering([Record.of([text]).procedures[0]])
        for text in ("X70.4", "X70.5", "X71.2", "X71.3", "O11.1", "O15.1", "Z94.1", "J12.9")
    }
    assert told == {
        "X70.4": set(), "X70.5": {0}, "X71.2": {0}, "X71.3": set(),
        "O11.1": {1, 2}, "O15.1": {2}, "Z94.1": {1}, "J12.9": {3},
    }  # fmt: skip


def test_guidances_that_share_a_main_code_are_told_without_pairs() -> None:
    sides = ("J12.8", "J12", "K40.1", "J12.3")
    known = [Recommendation(f"G{n}", "", (Reading(_one(text), None),)) for n, text in enumerate(sides)]
    found = Candidates.of(known, CHAPTERS)
    assert [sorted(found.sharing_main_code(n)) for n in range(4)] == [[1], [0, 3], [], [1]]


def _one(text: str) -> Pick:
    return Pick(parse_selector(text, Scheme.OPCS4))
