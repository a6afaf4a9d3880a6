"""The chart of counts by year."""

from __future__ import annotations

import pytest

from kg.serve.pages.chart import chart


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (999, "999"),
        (1_000, "1k"),
        (1_234, "1.23k"),
        (458_674, "459k"),
        (433_517, "434k"),
        (999_499, "999k"),
        (999_600, "1m"),
        (2_500_000, "2.5m"),
    ],
)
def test_figures_over_the_bars_are_rounded_not_cut(count: int, told: str) -> None:
    drawn = chart({2020: count})
    assert drawn is not None
    assert drawn.bars[0].label == told
