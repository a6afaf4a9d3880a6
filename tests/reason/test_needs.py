"""The needs of a combination say the same as the matching of its selectors to entries (Hall's theorem)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kg.codes import Chapters, Code, Scheme, Selector, covers, parse_selector
from kg.reason.matching import match
from kg.reason.needs import needs

CHAPTERS = Chapters({"O11": "Z", "O12": "Z"})
SELECTORS = ["J12.8", "Y53.-", "Y53.4", "Y50-Y55", "Y", "Z", "O11.-", "O11-O12", "Z94.2", "Z94.-", "X70-X71", "X71.-"]
CODES = ["J12.8", "Y53.4", "Y53.1", "Y50.1", "Y99.9", "Z94.2", "Z01.1", "O11.1", "O12.2", "X70.1", "X71.2"]


def read(text: str) -> Selector:
    return parse_selector(text, Scheme.OPCS4)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(SELECTORS), max_size=6), st.lists(st.sampled_from(CODES), max_size=7))
def test_needs_are_met_exactly_when_every_selector_has_an_entry_of_its_own(
    selectors: list[str], codes: list[str]
) -> None:
    wanted = [read(s) for s in selectors]
    entries = [Code.parse(c, Scheme.OPCS4) for c in codes]
    by_needs = all(
        sum(any(covers(s, e, CHAPTERS) for s in need.selectors) for e in entries) >= need.at_least
        for need in needs(wanted, CHAPTERS)
    )
    assert by_needs is match(wanted, entries, CHAPTERS).is_whole


def test_needs_are_mostly_one_for_each_selector() -> None:
    found = needs([read(s) for s in ("J12.8", "Y13.2", "Y53")], CHAPTERS)
    assert [str(n) for n in found] == ["at least 1 of J12.8", "at least 1 of Y13.2", "at least 1 of Y53.-"]


def test_what_another_need_implies_is_left_out() -> None:
    found = needs([read(s) for s in ("Y53.-", "Y53.4", "Y53.-")], CHAPTERS)
    assert [str(n) for n in found] == ["at least 3 of Y53.-", "at least 1 of Y53.4"]
