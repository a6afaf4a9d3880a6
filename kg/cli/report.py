"""The report on many documents, to hand on: a page that stands by itself and prints, or a table."""

from __future__ import annotations

import csv
import html
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template
from typing import IO, TYPE_CHECKING, Any, assert_never

from kg.cli.documents import Figures, reasons
from kg.cli.output import clean, destination
from kg.cli.tree import condition_text, in_a_line
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, children

if TYPE_CHECKING:
    from kg.errors import KgError
    from kg.folder.outcome import Excerpt, Outcome

_COLUMNS = (
    "file", "status", "id", "title", "readings", "warnings", "places", "messages", "excerpts", "procedure", "diagnosis",
    "decided_by", "decided_on", "why", "unchanged", "sha256",
)  # fmt: skip
_STATUS = {
    "failed": "cannot be read",
    "flagged": "waits for a person",
    "decided": "decided",
    "read": "read",
}


def write(
    report: Path, outcomes: Sequence[Outcome], figures: Figures, problems: Sequence[tuple[Path, KgError]]
) -> None:
    """Write the report: a page, or by its ending a CSV file; it appears whole or not at all.

    Raises:
        KgError: KG-E0206, KG-E0207.
    """
    with destination(report) as out:
        if report.suffix.lower() == ".csv":
            _table(out, outcomes)
        else:
            _page(out, outcomes, figures, problems)


def _status(outcome: Outcome) -> str:
    r = outcome.recommendation
    if r is None:
        return "failed"
    return "flagged" if r.review else "decided" if r.decision else "read"


# ---- as a table


def _table(out: IO[str], outcomes: Sequence[Outcome]) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for outcome in outcomes:
        writer.writerow([_cell(value) for value in _row(outcome)])


def _cell(value: object) -> str:
    """A value that no spreadsheet takes for a formula: the words are those of documents that others wrote."""
    text = clean("" if value is None else value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def _row(outcome: Outcome) -> Iterator[object]:
    r, told = outcome.recommendation, list(reasons(outcome))
    yield outcome.file
    yield _status(outcome)
    yield from (r.id, r.title, len(r.readings)) if r else ("", "", "")
    yield " ".join(x["id"] for x in told)
    yield "; ".join(x["place"] for x in told if isinstance(x.get("place"), str))
    yield "; ".join(x["message"] for x in told)
    yield " | ".join(x["excerpt"] for x in told if x["excerpt"])
    yield from (in_a_line(r.procedure), in_a_line(r.diagnosis)) if r else ("", "")
    yield from (r.decision.by, r.decision.on, r.decision.why) if r and r.decision else ("", "", "")
    yield outcome.unchanged
    yield outcome.digest


# ---- as a page


def _page(
    out: IO[str], outcomes: Sequence[Outcome], figures: Figures, problems: Sequence[tuple[Path, KgError]]
) -> None:
    from kg.workspace import today

    template = Template(Path(__file__).with_name("report.html").read_text(encoding="utf-8"))
    groups = {status: [o for o in outcomes if _status(o) == status] for status in _STATUS}
    body = [
        _problems(problems),
        *(_documents(status, found) for status, found in groups.items() if found),
    ]
    count = len(outcomes)
    out.write(
        template.substitute(
            title=f"{count} document{'s' if count != 1 else ''} read on {today().isoformat()}",
            sentence=_text(figures.sentence()),
            figures=_figures(figures),
            body="\n".join(filter(None, body)),
        )
    )


def _text(value: object) -> str:
    return html.escape(clean(value))


def _figures(figures: Figures) -> str:
    names = figures.names
    rows = [*sorted(figures.rows.items()), ("all", list(figures.total.values()))]
    head = "".join(f"<th scope=col>{name}</th>" for name in names)
    lines = (
        f"<tr><th scope=row>{_text(kind)}</th>{''.join(f'<td>{n:,}</td>' for n in row)}</tr>" for kind, row in rows
    )
    return f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _problems(problems: Sequence[tuple[Path, KgError]]) -> str:
    if not problems:
        return ""
    items = "".join(f"<li><pre>{_text(problem)}</pre></li>" for _, problem in problems)
    return (
        f"<section><h2>Decisions to look at <small>{len(problems)}</small></h2><ul class=plain>{items}</ul></section>"
    )


def _documents(status: str, outcomes: Sequence[Outcome]) -> str:
    title = {"failed": "Cannot be read", "flagged": "Wait for a person", "decided": "Decided", "read": "Read"}[status]
    inner = "\n".join(_document(status, outcome) for outcome in outcomes)
    return f"<section><h2>{title} <small>{len(outcomes):,}</small></h2>{inner}</section>"


def _document(status: str, outcome: Outcome) -> str:
    """One document: what is asked for stands open, the rest is opened by a click."""
    r = outcome.recommendation
    name = f"<b>{_text(r.id)}</b> {_text(r.title)}" if r else f"<b>{_text(outcome.file.name)}</b>"
    head = f"<summary><span class='mark {status}'>{_STATUS[status]}</span> {name}</summary>"
    parts = [f"<p class=file>{_text(outcome.file)}</p>"]
    if r is None:
        parts.append(f"<pre>{_text(outcome.fault)}</pre>")
    else:
        if r.decision is not None:
            by, day, why = _text(r.decision.by), r.decision.on.isoformat(), _text(r.decision.why)
            parts.append(f"<p class=decision>{by}, {day}: {why}</p>")
        told = "".join(_warning(w, x) for w, x in zip(r.warnings, outcome.excerpts, strict=True))
        left = f"<div>{told or '<p class=quiet>nothing to look at</p>'}</div>"
        parts.append(f"<div class=beside>{left}<div>{_readings(r)}</div></div>")
    return f"<details{' open' if status in ('failed', 'flagged') else ''}>{head}{''.join(parts)}</details>"


def _warning(warning: Any, excerpt: Excerpt | None) -> str:
    where = f" <span class=quiet>{_text(excerpt.where)}</span>" if excerpt else ""
    told = f"<p><code>{warning.id}</code>{where}<br>{_text(warning.message)}</p>"
    if excerpt is None:
        return f"<div class=warning>{told}</div>"
    lines = [
        f"<span class=quiet>{_text(excerpt.above)}</span>" if excerpt.above else "",
        f"{_text(excerpt.before)}<mark>{_text(excerpt.words)}</mark>{_text(excerpt.after)}",
        f"<span class=quiet>{_text(excerpt.below)}</span>" if excerpt.below else "",
    ]
    return f"<div class=warning>{told}<blockquote>{'<br>'.join(filter(None, lines))}</blockquote></div>"


def _readings(r: Any) -> str:
    """The expression of both sides; of a document with several readings that waits, of each."""
    from kg.answers.readings import differences, readings

    if not r.review or len(r.readings) == 1:
        return _sides(r.readings[0])
    made: list[str] = []
    for told, reading in zip(readings(r), r.readings, strict=True):
        why = f": {_text(reading.reason)}" if reading.reason else ""
        differs = "".join(f"<li>{_text(line)}</li>" for line in differences(told))
        made.append(f"<h3>Reading {told['reading']}{why}</h3><ul class=quiet>{differs}</ul>{_sides(reading)}")
    return "".join(made)


def _sides(reading: Any) -> str:
    parts: list[str] = []
    for side, system in (("procedure", "OPCS-4"), ("diagnosis", "ICD-10")):
        e = getattr(reading, side)
        inner = f"<ul class=tree><li>{_node(e)}</li></ul>" if e else "<p class=quiet>nothing is said</p>"
        parts.append(f"<div><h4>{side} side, {system}</h4>{inner}</div>")
    return f"<div class=sides>{''.join(parts)}</div>"


def _node(e: Expression) -> str:
    from kg.terminology import OpenCodes

    match e:
        case Pick(selector, title):
            told = title or OpenCodes().title(selector) or ""
            return f"<code>{_text(selector)}</code> {_text(told)}"
        case Unnamed(words):
            return f"codes not named: “{_text(words)}”"
        case AllOf(sequenced=sequenced):
            head = f"all of{', in this order' if sequenced else ''}"
        case OneOf(ranked=ranked):
            head = f"one of{', the first preferred' if ranked else ''}"
        case Optional(content):
            return f"where necessary: {_node(content)}"
        case When(condition, then):
            return f"when {_text(condition_text(condition))}: {_node(then)}"
        case _:
            assert_never(e)
    return f"{head}<ul>{''.join(f'<li>{_node(child)}</li>' for child in children(e))}</ul>"
