"""Plots as SVG inside HTML, made without a library and without a script: bars and lines stretch to any width, their
labels are text of the page, so that they are legible on a telephone, read out and printed.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

_SVG = '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'


def text(value: object) -> str:
    """Words for the page: escaped, and without characters that steer a terminal or turn the direction of writing."""
    return html.escape("".join(c if c.isprintable() else "\ufffd" for c in str(value)))


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label (and where it leads), parts of 0 to 1 each with its class, the figure behind."""

    label: str
    parts: Sequence[tuple[str, float]]
    figure: str
    href: str = ""
    title: str = ""


def bars(caption: str, rows: Sequence[Bar]) -> str:
    """Bars one below the other, each with its label above or beside and its figure behind."""
    lines: list[str] = []
    for row in rows:
        label = text(row.label)
        name = f'<a href="#{text(row.href)}">{label}</a>' if row.href else label
        small = f" <small>{text(row.title)}</small>" if row.title else ""
        whole = f' title="{text(row.title)}"' if row.title else ""  # where there is no room for all of it
        lines.append(
            f'<li><span class="label"{whole}>{name}{small}</span><span class="bar">{_stacked(row.parts)}</span>'
            f'<span class="figure">{text(row.figure)}</span></li>'
        )
    return f'<figure class="bars"><figcaption>{text(caption)}</figcaption><ol>{"".join(lines)}</ol></figure>'


def _stacked(parts: Sequence[tuple[str, float]]) -> str:
    drawn: list[str] = []
    at = 0.0
    for kind, size in parts:
        if size > 0:
            drawn.append(f'<rect class="{kind}" x="{_n(at * 100)}" y="0" width="{_n(size * 100)}" height="10"/>')
        at += size
    return f'{_SVG}<rect class="ground" x="0" y="0" width="100" height="10"/>{"".join(drawn)}</svg>'


def line(caption: str, labels: Sequence[str], values: Sequence[float | None]) -> str:
    """Shares of 0 to 1 over some years, from 0 to 100 %; years of which nothing is told break the line."""
    step = 100 / max(1, len(values))
    points = [(step * (i + 0.5), 10 * (1 - value)) if value is not None else None for i, value in enumerate(values)]
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    drawn = [f'<line class="grid" x1="0" x2="100" y1="{y}" y2="{y}"/>' for y in (0, 5, 10)]
    for run in runs:
        if len(run) > 1:
            drawn.append(f'<polyline points="{" ".join(f"{_n(x)},{_n(y)}" for x, y in run)}"/>')
        # A dot that is not stretched with the picture: a line of no length with a round end.
        drawn += [f'<line class="dot" x1="{_n(x)}" x2="{_n(x)}" y1="{_n(y)}" y2="{_n(y)}"/>' for x, y in run]
    under = "".join(
        f"<span><b>{'–' if value is None else f'{value:.0%}'}</b>{text(label)}</span>"
        for label, value in zip(labels, values, strict=True)
    )
    return (
        f'<figure class="line"><figcaption>{text(caption)}</figcaption><div class="plot">'
        f'<span class="axis" aria-hidden="true"><i>100%</i><i>50%</i><i>0%</i></span>{_SVG}{"".join(drawn)}</svg></div>'
        f'<div class="under">{under}</div></figure>'
    )


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], *, is_open: bool = False) -> str:
    """The table twin of a plot, folded; cells are texts, the first of a row is its name."""
    top = "".join(f'<th scope="col">{text(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{text(row[0])}</th>{"".join(f"<td>{text(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return (
        f'<details class="twin"{" open" if is_open else ""}><summary>{text(caption)}</summary>'
        '<div class="scroll">'
        f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
