"""Combinations of codes: counted, drawn and listed against writing every one of them down."""

from __future__ import annotations

import random
from collections import Counter
from itertools import islice, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.codes import Code, CodeList, Range, Scheme, parse_selector
from kg.expression.combination import Combinations, combinations
from kg.expression.concrete import CodeCombinations, in_rank_order
from kg.expression.condition import NOTHING_KNOWN, Context
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick
from tests.laws import strategies as laws

UNIVERSE = {scheme: CodeList.of(scheme, laws.CODES[scheme]) for scheme in Scheme}
EVERY = CodeList.of(
    Scheme.OPCS4, (Code(Scheme.OPCS4, f"{x}{n:02}.{d}") for x in "ABCDEFGHJKLM" for n in range(100) for d in range(10))
)


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  a sample, no secret


def of(e: Expression, context: Context, codes: CodeList, most: int = 200_000) -> CodeCombinations:
    made = combinations(e, context).program
    assert made is not None
    return CodeCombinations(made[0], context, codes, laws.CHAPTERS, most=most)


def written_down(found: Combinations, codes: CodeList) -> set[tuple[str, ...]]:
    """Every multiset of codes, from every choice of a code for every selector of every combination."""
    return {
        tuple(sorted(code.key for code in chosen))
        for c in found
        for chosen in product(*(codes.under(s, laws.CHAPTERS) for s in c.selectors))
    }


def tuples(found: Combinations, codes: CodeList) -> int:
    total = 0
    for c in found:
        ways = 1
        for s in c.selectors:
            ways *= len(codes.under(s, laws.CHAPTERS))
        total += ways
    return total


@st.composite
def cases(draw: st.DrawFn) -> tuple[Expression, Context, CodeList]:
    scheme = draw(laws.schemes())
    e = draw(laws.expressions(scheme, leaves=6).filter(lambda e: laws.derivations_at_most(e) <= 60))
    context = draw(laws.contexts(e))
    if tuples(combinations(e, context), UNIVERSE[scheme]) > 20_000:
        e = Pick(draw(laws.selectors(scheme)))
    return e, context, UNIVERSE[scheme]


@settings(max_examples=laws.examples(150))
@given(cases())
def test_counts_are_those_of_writing_all_down(case: tuple[Expression, Context, CodeList]) -> None:
    e, context, codes = case
    every = written_down(combinations(e, context), codes)
    found = of(e, context, codes)
    assert found.records == len(every)
    assert found.sets == len({frozenset(keys) for keys in every})


@settings(max_examples=laws.examples(80))
@given(cases())
def test_listing_tells_each_once_in_rank_order_beside_its_selectors(case: tuple[Expression, Context, CodeList]) -> None:
    e, context, codes = case
    listed = list(in_rank_order(combinations(e, context), codes, laws.CHAPTERS))
    keys = [tuple(sorted(code.key for code in one.codes)) for one in listed]
    assert len(keys) == len(set(keys))
    assert set(keys) == written_down(combinations(e, context), codes)
    assert [one.rank for one in listed] == sorted(one.rank for one in listed)
    for one in listed[:20]:
        assert all(code in codes.under(s, laws.CHAPTERS) for s, code in zip(one.selectors, one.codes, strict=True))


@settings(max_examples=laws.examples(80))
@given(cases(), st.integers(0, 100))
def test_what_is_drawn_is_a_combination_beside_its_selectors(
    case: tuple[Expression, Context, CodeList], seed: int
) -> None:
    e, context, codes = case
    every = written_down(combinations(e, context), codes)
    found = of(e, context, codes)
    if not every:
        with pytest.raises(ValueError, match="nothing to draw"):
            found.draw(chance(seed))
        return
    one = found.draw(chance(seed))
    assert tuple(sorted(code.key for code in one.codes)) in every
    assert all(code in codes.under(s, laws.CHAPTERS) for s, code in zip(one.selectors, one.codes, strict=True))
    assert combinations(e, context).of(one.selectors) is not None
    assert found.draw(chance(seed)) == one


def ranges(width: int, step: int, n: int) -> AllOf:
    places = [(i * step, i * step + width - 1) for i in range(n)]
    return AllOf(tuple(Pick(Range(Scheme.OPCS4, EVERY.codes[a].text, EVERY.codes[b].text)) for a, b in places))


def test_four_overlapping_ranges_of_16_are_65536_tuples_and_18191_sets() -> None:
    e = ranges(16, 4, 4)
    found = of(e, NOTHING_KNOWN, EVERY)
    assert tuples(combinations(e), EVERY) == 65_536
    assert (found.sets, found.records) == (18_191, 20_995)


def test_large_counts_are_exact() -> None:
    # Twelve ranges apart multiply; three codes of one category of 100 are a triangle number of the third kind.
    assert of(ranges(10, 100, 12), NOTHING_KNOWN, EVERY).records == 10**12
    category = Pick(Range(Scheme.OPCS4, "A00.0", "A09.9"))
    same = of(AllOf((category,) * 3), NOTHING_KNOWN, EVERY)
    assert (same.records, same.sets) == (100 * 101 * 102 // 6, 100 * 99 * 98 // 6 + 100 * 99 // 2 + 100)


def test_each_is_drawn_as_often_as_any_other() -> None:
    # Two ranges of three codes that share two: 8 multisets of 9 tuples. A tuple drawn at random favours the shared.
    e = OneOf((ranges(3, 1, 2), Pick(parse_selector("A05.0", Scheme.OPCS4))))
    found = of(e, NOTHING_KNOWN, EVERY)
    seeded, drawn = chance(7), 4500
    told = Counter(tuple(sorted(code.key for code in found.draw(seeded).codes)) for _ in range(drawn))
    assert found.records == len(told) == 9
    expected = drawn / 9
    # Chi squared with 8 degrees of freedom: 26.1 is passed once in a thousand; the seed is fixed.
    assert sum((n - expected) ** 2 / expected for n in told.values()) < 26.1


def test_what_is_too_large_is_not_counted() -> None:
    found = of(ranges(16, 4, 12), NOTHING_KNOWN, EVERY, most=100)
    assert (found.records, found.sets) == (None, None)


def test_a_selector_without_codes_is_told() -> None:
    gone = parse_selector("Q10.-", Scheme.OPCS4)
    found = of(AllOf((Pick(gone), ranges(2, 1, 2))), NOTHING_KNOWN, EVERY)
    assert (found.records, found.without_codes) == (0, (gone,))
    assert of(AllOf((Optional(Pick(gone)), ranges(2, 1, 2))), NOTHING_KNOWN, EVERY).records == 4


def test_listing_is_lazy() -> None:
    first = list(islice(in_rank_order(combinations(ranges(10, 100, 12)), EVERY, laws.CHAPTERS), 3))
    assert [str(one.codes[-1]) for one in first] == [str(EVERY.codes[1100 + i]) for i in range(3)]
