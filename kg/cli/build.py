"""`kg build`: documents and recommendations to a finished store."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from kg.cli.options import default_store, examples
from kg.cli.output import chosen, clean, data_options, destination, is_rich, say, write_items, write_table
from kg.errors import CATALOGUE, KgError
from kg.resources import VERSION

Progress = Callable[[str, int, int], None]
_MAP = ("id", "term", "system", "edition", "known_by", "rows", "active")
_COLUMNS = ("store", "release", "read", "flagged", "failed", "quads")


@click.command(
    epilog=examples(
        "kg build guidance/*.txt --into kg-store",
        "kg build guidance/ --strict",
        "kg build guidance/ --release uk_sct2mo_41.0.0.zip --release OPCS411/",
    )
)
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--release",
    "releases",
    metavar="PATH",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A release of SNOMED CT, OPCS-4 or ICD-10: a folder or zip as delivered. Repeatable, in any order.",
)
@click.option(
    "--into",
    "into",
    metavar="STORE",
    type=click.Path(path_type=Path),
    default=default_store,
    show_default="$KG_STORE or ./kg-store",
    help="The store to write.",
)
@click.option("--strict", is_flag=True, help="Build nothing if a source cannot be read or a release has problems.")
@data_options("table", "json", "jsonl", "csv")
def command(
    sources: tuple[Path, ...],
    releases: tuple[Path, ...],
    into: Path,
    strict: bool,
    form: str | None,
    output: Path | None,
) -> None:
    """Build a store from documents and your releases.

    SOURCES are what kg read reads: documents, recommendations written by hand, folders. The store is finished aside
    and then put in place of the old one at once; until then, and if anything stops the build, the old one answers.
    A source that cannot be read is told and left out; the store holds the others, and the exit code is 1. With
    --strict nothing is built then.
    """
    from kg.cli.read import sources as files_of
    from kg.workspace import build

    if not sources and not releases:
        hint = "Name documents, or a release with --release."
        raise KgError("KG-E0102", "there is nothing to build from", hint=hint)
    files = list(files_of(sources)) if sources else []
    with progress() as step:
        report = build(files, into, releases=releases, strict=strict, progress=step, version=VERSION)
    for problem in report.problems:
        say(str(problem.told()))
    for id, count in report.problems.counts().items():
        say(f"{id}  {count:,} in all: {CATALOGUE[id].title}")
    for _, error in report.failed:
        say(str(error))
    item = _as_json(report, into)
    wanted = chosen(form, output)
    if wanted == "table":
        with destination(output) as out:
            rows = [(r.id, _shape(r), "review" if r.review else "", clean(r.source)) for r in report.recommendations]
            write_table(out, ("guidance", "sides", "", "read from"), rows)
            if report.editions:
                out.write("\n")
                write_table(out, ("edition", "in use", "rows"), [_edition(each) for each in report.editions])
            out.write(
                f"\n{len(rows)} read, {item['flagged']} flagged for review, {len(report.failed)} failed; "
                f"{report.quads:,} quads in {clean(into)} (release {report.release})\n"
            )
    else:
        write_items([item], wanted, output, _COLUMNS, _rows, single=True)
    if report.failed:
        say(f"{len(report.failed)} of {len(files)} sources could not be read; the store was built from the others.")
        raise click.exceptions.Exit(1)


def _as_json(report: Any, into: Path) -> dict[str, Any]:
    """The report as JSON; `failed` has the error of each source that could not be read."""
    return {
        "store": str(into),
        "release": report.release,
        "read": len(report.recommendations),
        "flagged": sum(1 for r in report.recommendations if r.review),
        "failed": [{"file": str(file), "error": error.as_dict()} for file, error in report.failed],
        "quads": report.quads,
        "editions": [
            {
                "system": each.system,
                "edition": each.name,
                "from": each.since or None,
                "until": each.until or None,
                "counts": dict(each.counts),
                "problems": dict(each.problems),
                "maps": [{key: one[key] for key in _MAP} for one in each.about.get("maps", ())],
            }
            for each in report.editions
        ],
        "problems": report.problems.as_json(),
        "guidances": [
            {
                "guidance": r.id,
                "title": r.title,
                "file": r.source,
                "review": r.review,
                "warnings": [w.id for w in r.warnings],
            }
            for r in report.recommendations
        ],
    }


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    yield item["store"], item["release"], item["read"], item["flagged"], len(item["failed"]), item["quads"]


def _edition(each: Any) -> tuple[object, ...]:
    rows = ", ".join(f"{count:,} {name}" for name, count in each.counts.items() if count)
    return each.title, f"{each.since}{f' to {each.until}' if each.until else ''}", rows


def _shape(recommendation: Any) -> str:
    """The sides on which the guidance says something."""
    return ", ".join(side for side in ("procedure", "diagnosis") if getattr(recommendation, side) is not None) or "none"


@contextmanager
def progress() -> Iterator[Progress | None]:
    """A bar on stderr where that is a terminal, else None: told what is done, how much of it, and of how much."""
    if not is_rich(sys.stderr):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr, highlight=False), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def step(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield step
