"""The report of an audit as one page that stands by itself: no script, no request, made of published figures alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from kg.audit.disclosure import Cell
from kg.audit.plots import Bar, bars, line, table, text
from kg.audit.summary import VERDICTS, FaultRow, GuidanceRow, Published, share, total

_SHOWN = 25  # bars of a plot; the table twin has all
_TRENDS = 4  # guidances whose years are drawn
_ERRORS = 25
_HEAD = ("", *VERDICTS, "as recommended")


def write_report(published: Published, title: str, about: str) -> str:
    """The page. `about` says in a line what was audited, with which standards and when."""
    template = Template(Path(__file__).with_name("report.html").read_text(encoding="utf-8"))
    ranked = published.worst_first
    told = [row for row in ranked if row.share is not None]
    parts = [
        _worst(told),
        _guidances(told, ranked),
        _errors(ranked),
        _years(published, told),
        _providers(published),
        _each(ranked),
        _small_numbers(published),
        _notes(published),
    ]
    return template.substitute(title=text(title), about=text(about), body="\n".join(filter(None, parts)))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _wrong(cells: Mapping[str, Cell]) -> str:
    """The share that is not valid: `≈` where a part is held back, which is then left out of it."""
    about = "≈ " if any(cell.is_small for cell in cells.values()) else ""
    return f"{about}{_percent(1 - (share(cells) or 0))} of {total(cells):,} wrong"


def _worst(told: Sequence[GuidanceRow]) -> str:
    """What a reader has come for, in three lines."""
    wrong = [row for row in told if row.share is not None and row.share < 1]
    if not wrong:
        return "<section class='worst'><p>No guidance with errors that may be told.</p></section>"
    row = wrong[0]
    most = max(wrong, key=lambda each: each.episodes - (each.cells["valid"].value or 0))
    lines = [
        f"<p>Worst coded: <b><a href='#{_anchor(row)}'>{text(row.guidance)}</a></b> {text(row.title)}</p>",
        f"<p><b>{_percent(1 - (row.share or 0))}</b> of about {row.episodes:,} episodes "
        "are not coded as recommended.</p>",
    ]
    if row.faults:
        fault = row.faults[0]
        mended = f" Repair: {text(fault.repair)}." if fault.repair else ""
        lines.append(f"<p>Most often ({_counted(fault)}): {_words(fault)}.{mended}</p>")
    if most is not row:
        count = most.episodes - (most.cells["valid"].value or 0)
        lines.append(
            f"<p>Most episodes with errors: <a href='#{_anchor(most)}'>{text(most.guidance)}</a>, about {count:,}.</p>"
        )
    return f"<section class='worst'>{''.join(lines)}</section>"


def _counted(row: FaultRow) -> str:
    return f"{row.episodes.value:,} episodes" if row.episodes.value is not None else f"{row.episodes} episodes"


def _anchor(row: GuidanceRow) -> str:
    return "g-" + "".join(c if c.isalnum() else "-" for c in row.guidance)


def _guidances(told: Sequence[GuidanceRow], ranked: Sequence[GuidanceRow]) -> str:
    rows = [
        Bar(
            row.guidance,
            _parts(row.cells),
            _wrong(row.cells),
            _anchor(row),
            row.title,
        )
        for row in told[:_SHOWN]
    ]
    key = "".join(f"<li><i class='{v}'></i>{v}</li>" for v in reversed(VERDICTS))
    more = f" The {_SHOWN} worst of {len(told):,}." if len(told) > _SHOWN else ""
    caption = f"Share of episodes, worst first as far as the number of episodes lets it be sure.{more}"
    twin = table("As a table, all guidances", _HEAD, [_row(row.guidance, row.cells) for row in ranked])
    return f"<section><h2>By guidance</h2><ul class='key'>{key}</ul>{bars(caption, rows)}{twin}</section>"


def _parts(cells: Mapping[str, Cell]) -> list[tuple[str, float]]:
    """The parts of a bar, what is wrong first, so that bars of wrong ones begin on one line."""
    every = total(cells) or 1
    return [(verdict, (cells[verdict].value or 0) / every) for verdict in reversed(VERDICTS) if verdict in cells]


def _row(name: str, cells: Mapping[str, Cell]) -> list[str]:
    counts = [f"{cells[v].value:,}" if v in cells and cells[v].value is not None else "*" for v in VERDICTS]
    return [name, *counts, _percent(share(cells))]


def _words(row: FaultRow) -> str:
    missing, broken = row.fault.missing, row.fault.broken
    told = [f"{_codes(missing)} missing"] if missing else []
    told += [f"{'rules' if len(broken) > 1 else 'rule'} {_codes(broken)} broken"] if broken else []
    return "; ".join(told)


def _codes(texts: Sequence[str]) -> str:
    return ", ".join(f"<code>{text(each)}</code>" for each in texts)


def _errors(ranked: Sequence[GuidanceRow]) -> str:
    every = [(row, fault) for row in ranked for fault in row.faults]
    every.sort(key=lambda each: (-(each[1].episodes.value or 0), each[0].guidance, each[1].fault))
    if not every:
        return ""
    head = "".join(
        f"<th scope='col'{' class=words' if name != 'episodes' else ''}>{name}</th>"
        for name in ("guidance", "episodes", "verdict", "what is wrong", "repair")
    )
    body = "".join(
        f"<tr><th scope='row'><a href='#{_anchor(row)}'>{text(row.guidance)}</a></th>"
        f"<td data-name='episodes'>{fault.episodes.value:,}</td>"
        f"<td class='words' data-name='verdict'>{fault.verdict}</td>"
        f"<td class='words' data-name='wrong'>{_words(fault)}</td>"
        f"<td class='words' data-name='repair'>{text(fault.repair)}</td></tr>"
        for row, fault in every[:_ERRORS]
    )
    more = (
        f" The {_ERRORS} commonest of {len(every):,}; the rest stands with each guidance."
        if len(every) > _ERRORS
        else ""
    )
    return (
        f"<section class='errors'><h2>Commonest errors, and what repairs them</h2><p class='quiet'>{more}</p>"
        "<div class='scroll'>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></section>"
    )


def _years(published: Published, told: Sequence[GuidanceRow]) -> str:
    every = published.across("year")
    if len(every) < 2:
        return ""
    labels = list(every)
    drawn = [line("All guidances: share coded as recommended", labels, [share(cells) for cells in every.values()])]
    for row in told[:_TRENDS]:
        years = row.by.get("year", {})
        values = [share(years[label]) if label in years else None for label in labels]
        if sum(value is not None for value in values) > 1:
            drawn.append(line(f"{row.guidance} {row.title}", labels, values))
    twin = table("All guidances by year, as a table", _HEAD, [_row(key, cells) for key, cells in every.items()])
    return f"<section><h2>By year</h2><div class='lines'>{''.join(drawn)}</div>{twin}</section>"


def _providers(published: Published) -> str:
    every = {key: cells for key, cells in published.across("provider").items() if total(cells)}
    if len(every) < 2:
        return ""
    ranked = sorted(every.items(), key=lambda each: (share(each[1]) or 0, each[0]))
    rows = [Bar(key, _parts(cells), _wrong(cells)) for key, cells in ranked]
    more = f" The {_SHOWN} worst of {len(rows):,}." if len(rows) > _SHOWN else ""
    twin = table("As a table, all providers", _HEAD, [_row(key, cells) for key, cells in ranked])
    drawn = bars(f"All guidances together, worst first.{more}", rows[:_SHOWN])
    return f"<section><h2>By provider</h2>{drawn}{twin}</section>"


def _each(ranked: Sequence[GuidanceRow]) -> str:
    """Each guidance with all that is published of it, folded."""
    made: list[str] = []
    for row in sorted(ranked, key=lambda each: each.guidance):
        inner = [table("Episodes", _HEAD, [_row("all", row.cells)], is_open=True)]
        for name, keys in row.by.items():
            if keys:
                inner.append(table(f"By {name}", _HEAD, [_row(k, c) for k, c in keys.items()], is_open=len(keys) <= 12))
        if row.faults:
            listed = "".join(
                f"<li>{fault.episodes.value:,} {fault.verdict}: {_words(fault)}"
                f"{f'. Repair: {text(fault.repair)}' if fault.repair else ''}</li>"
                for fault in row.faults
            )
            inner.append(f"<h3>Errors</h3><ul>{listed}</ul>")
        about = f"{_percent(row.share)} valid of {row.episodes:,}"
        name = f"<b>{text(row.guidance)}</b> {text(row.title)} <small>{about}</small>"
        made.append(
            f"<details class='guidance' id='{_anchor(row)}'><summary>{name}</summary>{''.join(inner)}</details>"
        )
    return f"<section class='folded'><h2>Each guidance</h2>{''.join(made)}</section>"


def _small_numbers(published: Published) -> str:
    rule = published.rule
    words = (
        f"Counts below {rule.least} are held back and printed as *, others are rounded to the nearest {rule.base}. A "
        "breakdown from which a count that is held back could be worked out is held back as a whole. Shares and sums "
        "are made of the printed figures (≈ where some are held back) and need not add up."
        if rule.is_on
        else "Figures are exact: small numbers are NOT held back. This page is not for publication."
    )
    ranking = (
        "Worst coded is the guidance whose share of wrong episodes is surely highest (lower bound at 95 %), so that a "
        "few episodes do not stand before thousands."
    )
    verdicts = (
        "Valid: the codes are those of a combination that the guidance recommends. Incomplete: codes of the nearest "
        "combination are missing. Contradicted: codes exclude each other, or break a rule of the national standards "
        "(kg standards tells each by its name). An episode counts once for each guidance that it is about."
    )
    return f"<section><h2>Reading this page</h2><p>{verdicts}</p><p>{words}</p><p>{ranking}</p></section>"


def _notes(published: Published) -> str:
    if not published.notes:
        return ""
    items = "".join(f"<li><code>{text(id)}</code> {text(words)}</li>" for id, words in published.notes)
    return f"<section><h2>What was odd in the data</h2><ul class='notes'>{items}</ul></section>"
