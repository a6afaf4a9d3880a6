"""No count that is held back can be worked out from what is published, even by one who knows the rule and tries it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.audit.disclosure import Cell, Rule
from tests.laws.strategies import examples

RULE = Rule()
RULES = (RULE, Rule(8, 1), Rule(4, 3), Rule(3, 5))
"""The usual one; others, so that no condition is idle: without rounding a single small part would be told."""
Published = tuple[Cell, tuple[Cell, ...] | None, tuple[Cell, ...] | None]


def published(years: tuple[int, ...], providers: tuple[int, ...], rule: Rule = RULE) -> Published:
    """All that is published of one count with two breakdowns."""
    whole = rule.cell(sum(years))
    told = [rule.breakdown(whole, dict(enumerate(parts))) for parts in (years, providers)]
    first, second = (None if cells is None else tuple(cells.values()) for cells in told)
    return whole, first, second


def could_be(cells: tuple[Cell, ...] | None, whole: Cell, size: int) -> Iterator[tuple[int, ...]]:
    """The parts that a reader may suppose; of what is held back as a whole, all that sum to a possible count."""
    if cells is not None:
        yield from product(*(range(cell.low, cell.high + 1) for cell in cells))
        return
    for parts in product(range(whole.high + 1), repeat=size - 1):
        for total in range(whole.low, whole.high + 1):
            if sum(parts) <= total:
                yield (*parts, total - sum(parts))


def pinned(years: tuple[int, ...], providers: tuple[int, ...], rule: Rule = RULE) -> list[str]:
    """The counts held back that have one value only in all data that would be published in the same way."""
    told = published(years, providers, rule)
    whole, *breakdowns = told
    by_sum: list[dict[int, list[tuple[int, ...]]]] = []
    for cells, parts in zip(breakdowns, (years, providers), strict=True):
        found: dict[int, list[tuple[int, ...]]] = {}
        for candidate in could_be(cells, whole, len(parts)):
            found.setdefault(sum(candidate), []).append(candidate)
        by_sum.append(found)
    # The rule is run again on each, so that what it does not do is seen too. A breakdown depends on its parts alone.
    possible: list[tuple[set[tuple[int, ...]], set[tuple[int, ...]]]] = []
    for total in sorted(by_sum[0].keys() & by_sum[1].keys()):
        if rule.cell(total) != whole:
            continue
        kept = [
            {p for p in found[total] if _told(whole, p, rule) == cells}
            for found, cells in zip(by_sum, breakdowns, strict=True)
        ]
        if kept[0] and kept[1]:
            possible.append((kept[0], kept[1]))
    wrong = ["whole"] if whole.is_small and len(possible) < 2 else []
    for which, cells in enumerate(breakdowns):
        for i, cell in enumerate(cells or ()):
            if cell.is_small and len({parts[i] for kept in possible for parts in kept[which]}) < 2:
                wrong.append(f"{which}:{i}")
    return wrong


def _told(whole: Cell, parts: tuple[int, ...], rule: Rule) -> tuple[Cell, ...] | None:
    cells = rule.breakdown(whole, dict(enumerate(parts)))
    return None if cells is None else tuple(cells.values())


@given(st.lists(st.integers(0, 12), min_size=1, max_size=3), st.sampled_from(RULES), st.data())
@settings(max_examples=examples(200), deadline=None)
def test_no_suppressed_count_can_be_worked_out_from_its_breakdowns(
    years: list[int], rule: Rule, data: st.DataObject
) -> None:
    total, providers = sum(years), list[int]()
    for _ in range(data.draw(st.integers(0, 2))):
        providers.append(data.draw(st.integers(0, total - sum(providers))))
    providers.append(total - sum(providers))
    assert not pinned(tuple(years), tuple(providers), rule)


@pytest.mark.parametrize("years", [(6, 7, 7, 7), (3, 10), (2, 7), (1, 1, 1, 9)])
@pytest.mark.parametrize("split", [lambda n: (n,), lambda n: (8, n - 8) if n > 8 else (n, 0)])
def test_nor_where_another_breakdown_tells_the_sum_exactly(years: tuple[int, ...], split: Any) -> None:
    for rule in RULES:
        assert not pinned(years, split(sum(years)), rule)
        assert not pinned(split(sum(years)), years, rule)


@pytest.mark.parametrize("years", [(7, 7, 7, 7), (1,) * 12, (7, 8), (3, 10), (6, 2), (8, 8, 8, 8, 1)])
def test_counts_at_the_ends_of_what_rounding_allows_are_not_told(years: tuple[int, ...]) -> None:
    """Four sevens are published as 30, which is 28 to 32: none of them could be less. Twelve ones are 10, 8 to 12."""
    whole = RULE.cell(sum(years))
    told = RULE.breakdown(whole, dict(enumerate(years)))
    cells = [RULE.cell(n) for n in years]
    assert told is None or (sum(c.low for c in cells) < whole.low and whole.high < sum(c.high for c in cells))
    if years in ((7, 7, 7, 7), (1,) * 12):
        assert told is None


@given(st.integers(0, 10_000))
def test_a_published_count_tells_its_band_alone(count: int) -> None:
    cell = RULE.cell(count)
    assert cell.low <= count <= cell.high
    assert {RULE.cell(n) for n in range(cell.low, cell.high + 1)} == {cell}
    assert cell.is_small == (0 < count < 8)
    if not cell.is_small and count:
        assert cell.value is not None
        assert cell.value % 5 == 0


def test_the_rule_can_be_switched_off() -> None:
    rule = Rule(1, 1)
    assert not rule.is_on
    assert rule.breakdown(rule.cell(3), {"a": 1, "b": 2}) == {"a": Cell(1, 1, 1), "b": Cell(2, 2, 2)}


def test_a_rule_whose_rounding_could_print_a_small_count_is_refused() -> None:
    with pytest.raises(ValueError, match="half of base"):
        Rule(2, 10)
