"""What a new edition does to recommendations, against all combinations of codes written down."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from kg.codes import Code, CodeList, Scheme, Selector, covers, parse_selector
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, picks
from kg.expression.recommendation import Reading, Recommendation, Side
from kg.reason.impact import Became, Editions, Impact, Mend, edited, impacts, removed
from tests.laws.strategies import CHAPTERS, CODES, FACETS, NOTHING, examples, expressions
from tests.oracle.brute_force import ways

Keys = frozenset[str]
TITLES = {"J12.3": "Excision of lesion", "J12.5": "Excision of lesion", "J12.8": "Other specified excision"}


def title(selector: Selector) -> str | None:
    return TITLES.get(str(selector))


def editions(scheme: Scheme, old: Keys, new: Keys) -> Editions:
    lists = [CodeList.of(scheme, (Code.parse(key, scheme) for key in keys)) for keys in (old, new)]
    return Editions({scheme: lists[0]}, {scheme: lists[1]}, CHAPTERS, (title, title), FACETS)


def recommendation(scheme: Scheme, e: Expression) -> Recommendation:
    reading = Reading(e, None) if scheme is Scheme.OPCS4 else Reading(None, e)
    return Recommendation("X1", "", (reading,))


def coded(e: Expression | None, scheme: Scheme, keys: Keys) -> set[tuple[str, ...]]:
    """All combinations of codes, written down."""
    if e is None:
        return set()
    codes = [Code.parse(key, scheme) for key in sorted(keys)]
    found: set[tuple[str, ...]] = set()
    for selectors in {way.selectors for way in ways(e, NOTHING)}:
        under = [[c.key for c in codes if covers(s, c, CHAPTERS)] for s in selectors]
        found |= {tuple(sorted(chosen)) for chosen in product(*under)}
    return found


@st.composite
def cases(draw: st.DrawFn) -> tuple[Scheme, Expression, Keys, Keys]:
    scheme = draw(st.sampled_from(tuple(Scheme)))
    e = draw(expressions(scheme, leaves=4, most=30))
    pool = sorted({code.text for code in CODES[scheme]})
    old = draw(st.lists(st.sampled_from(pool), min_size=4, unique=True))
    changed = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=4, unique=True))
    return scheme, e, frozenset(old), frozenset(old) ^ frozenset(changed)


def told(scheme: Scheme, e: Expression, old: Keys, new: Keys) -> dict[Became, Impact]:
    return {each.became: each for each in impacts(recommendation(scheme, e), editions(scheme, old, new))}


def keys(scheme: Scheme, texts: Keys) -> set[str]:
    return {Code.parse(text, scheme).key for text in texts}


@given(cases())
@settings(max_examples=examples(60))
def test_exactly_what_stands_in_a_combination_is_told(case: tuple[Scheme, Expression, Keys, Keys]) -> None:
    scheme, e, old, new = case
    found = told(scheme, e, old, new)
    before, after = coded(e, scheme, old), coded(e, scheme, new)
    gone, come = keys(scheme, old) - keys(scheme, new), keys(scheme, new) - keys(scheme, old)
    expected = {
        Became.RETIRED: {key for each in before for key in each} & gone,
        Became.NEW: {key for each in after for key in each} & come,
    }
    for became, wanted in expected.items():
        assert {code.key for code in found[became].codes} == wanted if became in found else not wanted
    assert bool(found) is (before != after)


@given(cases())
@settings(max_examples=examples(60))
def test_every_repair_mends_what_it_is_told_for(case: tuple[Scheme, Expression, Keys, Keys]) -> None:
    scheme, e, old, new = case
    for became, impact in told(scheme, e, old, new).items():
        come = keys(scheme, new) - keys(scheme, old)
        for repair in impact.repairs:
            after = edited(e, repair)
            if became is Became.RETIRED:  # no selector is left without a code that it had before
                named = {pick.selector for pick in picks(after)} & set(impact.selectors)
                codes = [Code.parse(text, scheme) for text in new]
                assert all(any(covers(s, c, CHAPTERS) for c in codes) for s in named)
            elif all(edit.mend is Mend.REPLACE for edit in repair):  # the combinations are those without new codes
                was = {each for each in coded(e, scheme, new) if not come & set(each)}
                assert coded(after, scheme, new) == was


def pick(text: str) -> Pick:
    return Pick(parse_selector(text, Scheme.OPCS4))


def test_a_retired_code_is_replaced_by_the_one_with_its_title_first() -> None:
    e = AllOf((pick("J12.3"), pick("Y53")))
    old, new = frozenset({"J12.3", "J12.8", "Y53.4"}), frozenset({"J12.5", "J12.8", "Y53.4"})
    (impact,) = impacts(recommendation(Scheme.OPCS4, e), editions(Scheme.OPCS4, old, new))
    assert (impact.side, [str(c) for c in impact.codes]) == (Side.PROCEDURE, ["J12.3"])
    first, second, last = ((repair[0].mend, [str(s) for s in repair[0].by]) for repair in impact.repairs)
    assert (first, second) == ((Mend.REPLACE, ["J12.5"]), (Mend.REPLACE, ["J12.8"]))
    assert last == (Mend.REMOVE, [])


def test_codes_that_stand_for_a_retired_one_together_are_put_in_together() -> None:
    gone, *come = (Code.parse(text, Scheme.OPCS4) for text in ("J12.3", "J12.5", "Y05.8"))
    stays = Code.parse("Z30.1", Scheme.OPCS4)
    lists = [CodeList.of(Scheme.OPCS4, [*codes, stays]) for codes in ([gone], come)]
    old, new = ({Scheme.OPCS4: each} for each in lists)
    both = Editions(old, new, CHAPTERS, (title, title), FACETS, {gone: [come]})
    e = AllOf((pick("J12.3"), pick("Z30.1")))
    (impact,) = impacts(recommendation(Scheme.OPCS4, e), both)
    (edit,) = impact.repairs[0]
    assert (edit.mend, [str(s) for s in edit.by], edit.together) == (Mend.REPLACE, ["J12.5", "Y05.8"], True)
    assert edited(e, [edit]) == AllOf((AllOf((pick("J12.5"), pick("Y05.8"))), pick("Z30.1")))


def test_a_category_that_still_has_codes_is_kept() -> None:
    old, new = frozenset({"J12.3", "J12.8"}), frozenset({"J12.8", "J12.5"})
    retired, added = impacts(recommendation(Scheme.OPCS4, pick("J12")), editions(Scheme.OPCS4, old, new))
    assert [repair[0].mend for repair in retired.repairs] == [Mend.KEEP]
    assert [str(s) for s in added.repairs[1][0].by] == ["J12.8"]


def test_a_code_that_is_divided_in_the_new_edition_is_not_offered_against_its_own_subdivisions() -> None:
    new = Code.parse("M80.40", Scheme.ICD10)
    whole = Pick(parse_selector("M80.4", Scheme.ICD10))
    editions_of_both = editions(Scheme.ICD10, frozenset({"M80.4"}), frozenset({"M80.4", "M80.40"}))
    (impact,) = impacts(recommendation(Scheme.ICD10, whole), editions_of_both)
    assert impact.codes == (new,)
    assert [repair[0].mend for repair in impact.repairs] == [Mend.KEEP]


def test_without_a_selector_its_branches_and_additions_fall_away() -> None:
    a, b, c = (pick(text) for text in ("J12.3", "J12.8", "Y53.4"))
    assert removed(OneOf((a, b)), a.selector) == b
    assert removed(AllOf((b, Optional(a))), a.selector) == b
    assert removed(AllOf((a, c)), a.selector) is None
