"""What the commands on documents share: how many at a time, what is told of them, and the figures at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from kg.cli.output import clean, say, write_table

if TYPE_CHECKING:
    from kg.errors import KgError
    from kg.folder.outcome import Excerpt, Outcome

Command = Callable[..., Any]
Progress = Callable[[str, int, int], None]
_MANY = 8


def documents_options(command: Command) -> Command:
    """`--jobs` and `--fresh`: how many documents are read at a time, and whether what was read before counts."""
    command = click.option("--fresh", is_flag=True, help="Read every document, also one that was read before.")(command)
    return click.option(
        "--jobs",
        type=click.IntRange(1, 256),
        metavar="N",
        help="Read N documents at a time. Default: as many as there are processors.",
    )(command)


report_option = click.option(
    "--report",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write a page (.html) or a table (.csv) about each document, to hand on.",
)


def check_report(report: Path | None) -> None:
    """Refuse a report whose name tells no form, before any work.

    Raises:
        KgError: KG-E0102.
    """
    from kg.errors import KgError, Place

    if report is not None and report.suffix.lower() not in (".html", ".htm", ".csv"):
        what = f'the ending "{report.suffix}" names no form of a report'
        raise KgError("KG-E0102", what, where=Place(str(report)), hint="Name it .html or .csv.")


def tell_problems(problems: Iterable[tuple[Path, KgError]]) -> int:
    """Say what is wrong with decisions; how many of it are errors comes back."""
    errors = 0
    for _, problem in problems:
        say(str(problem))
        errors += problem.kind.severity == "error"
    return errors


_KINDS = {".htm": "html", ".markdown": "md", ".yml": "yaml"}


class Figures:
    """Counts of what became of documents, in all and by kind of file."""

    names = ("documents", "read", "flagged", "failed", "decided", "unchanged")

    def __init__(self) -> None:
        self.rows: dict[str, list[int]] = {}

    def add(self, outcome: Outcome) -> None:
        """Count one."""
        suffix = outcome.file.suffix.lower()
        kind = _KINDS.get(suffix) or suffix.removeprefix(".") or "other"
        r = outcome.recommendation
        told = (True, r is not None, r and r.review, r is None, r and r.decision, outcome.unchanged)
        row = self.rows.setdefault(kind, [0] * len(self.names))
        for i, holds in enumerate(told):
            row[i] += bool(holds)

    @property
    def total(self) -> dict[str, int]:
        """The counts of all documents by name."""
        return {name: sum(row[i] for row in self.rows.values()) for i, name in enumerate(self.names)}

    def sentence(self) -> str:
        """All of it in a line; what is nothing special is left out."""
        it = self.total
        more = "".join(f", {it[name]} {name}" for name in ("decided", "unchanged") if it[name])
        return f"{it['read']} read, {it['flagged']} flagged for review, {it['failed']} failed{more}"

    def write(self, out: IO[str]) -> None:
        """The table of many documents: a row for each kind of file, and one for all."""
        if self.total["documents"] <= _MANY:
            return
        rows = [(kind, *row) for kind, row in sorted(self.rows.items())]
        if len(rows) > 1:
            rows.append(("all", *self.total.values()))
        out.write("\n")
        write_table(out, ("", *self.names), rows)


def reasons(outcome: Outcome) -> Iterator[dict[str, Any]]:
    """Why a document waits for a person, as data: its fault, or its warnings with the words that they are about."""
    if outcome.fault is not None:
        yield {**outcome.fault.as_dict(), "excerpt": None}
    if (r := outcome.recommendation) is None:
        return
    for warning, excerpt in zip(r.warnings, outcome.excerpts, strict=True):
        yield {
            "id": warning.id,
            "message": warning.message,
            "start": warning.start,
            "end": warning.end,
            "place": excerpt.where if excerpt else None,
            "excerpt": f"{excerpt.before}{excerpt.words}{excerpt.after}" if excerpt else None,
        }


def tell_excerpt(excerpt: Excerpt) -> list[str]:
    """The line that is meant, with the words marked below it."""
    words = clean(excerpt.words).replace("\t", " ").replace("\n", " ")
    before = clean(excerpt.before).replace("\t", " ")
    return [f"{before}{words}{clean(excerpt.after)}", f"{' ' * len(before)}{'^' * max(1, len(words))}"]


def write_report(report: Path | None, outcomes: Sequence[Outcome], figures: Figures, problems: Sequence[Any]) -> None:
    """Write the report that was asked for, whole or not at all."""
    if report is None:
        return
    from kg.cli.report import write

    write(report, outcomes, figures, problems)
    say(f"the report is in {report}")
