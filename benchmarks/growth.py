"""A picture of growth: seconds against guidances and against episodes, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

Figures = Mapping[tuple[int, int], tuple[float, float]]
"""Seconds of the audit and of the scan, by episodes and guidances."""

_WIDE, _HIGH, _LEFT, _TOP, _PLOT, _TALL = 760, 330, 62, 48, 270, 220
_GROUND, _INK, _SOFT, _AUDIT, _SCAN = "#ffffff", "#1f2430", "#d5d9e0", "#1d5fa8", "#8a6d1f"


def picture(told: Figures) -> str:
    """Two plots beside each other: the most episodes against all numbers of guidances, and the other way about."""
    episodes, guidances = max(e for e, _ in told), max(g for _, g in told)
    by_size = [(g, *told[e, g]) for e, g in sorted(told) if e == episodes]
    by_episodes = [(e, *told[e, g]) for e, g in sorted(told) if g == guidances]
    plots = [
        _plot(_LEFT, f"{episodes:,} episodes", "guidances", by_size, logarithmic=True),
        _plot(_LEFT + _PLOT + 100, f"{guidances:,} guidances", "episodes, in millions", by_episodes, logarithmic=False),
    ]
    words = "Processor seconds of the audit and of a bare scan of the same columns, by guidances and by episodes."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="{words}" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{_INK}">'
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="{_GROUND}"/>{"".join(plots)}</svg>\n'
    )


def _plot(left: int, title: str, axis: str, rows: Sequence[tuple[int, float, float]], *, logarithmic: bool) -> str:
    top = max(max(row[1:]) for row in rows)
    step = 10 ** math.floor(math.log10(top)) / 2
    step = next(s for s in (step, 2 * step, 4 * step) if top / s <= 6)
    limit = math.ceil(top / step) * step

    def x(value: float) -> float:
        least, most = (math.log(rows[0][0]), math.log(rows[-1][0])) if logarithmic else (0, rows[-1][0])
        return left + _PLOT * ((math.log(value) if logarithmic else value) - least) / ((most - least) or 1)

    def y(value: float) -> float:
        return _TOP + _TALL * (1 - value / limit)

    found = [f'<text x="{left}" y="{_TOP - 24}" font-weight="600">{title}</text>']
    for n in range(round(limit / step) + 1):
        at = n * step
        found.append(f'<line x1="{left}" x2="{left + _PLOT}" y1="{y(at):.1f}" y2="{y(at):.1f}" stroke="{_SOFT}"/>')
        found.append(f'<text x="{left - 8}" y="{y(at) + 4:.1f}" text-anchor="end">{at:g} s</text>')
    for value, _, _ in rows:
        written = f"{value / 1e6:g}" if "million" in axis else f"{value:,}"
        found.append(f'<text x="{x(value):.1f}" y="{_TOP + _TALL + 18}" text-anchor="middle">{written}</text>')
    found.append(f'<text x="{left + _PLOT / 2}" y="{_TOP + _TALL + 38}" text-anchor="middle">{axis}</text>')
    for n, (name, colour) in enumerate((("audit", _AUDIT), ("scan", _SCAN)), 1):
        points = [(x(row[0]), y(row[n])) for row in rows]
        joined = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        found.append(f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>')
        found += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{colour}"/>' for a, b in points]
        a, b = points[-1]
        found.append(f'<text x="{a - 4:.1f}" y="{b - 10:.1f}" text-anchor="end" fill="{colour}">{name}</text>')
    return "".join(found)
