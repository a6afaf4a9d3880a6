"""`kg build`: documents and recommendations to a finished store."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from kg.cli.documents import Figures, check_report, documents_options, report_option, write_report
from kg.cli.options import default_store, examples
from kg.cli.output import chosen, clean, data_options, destination, is_rich, say, write_items, write_table
from kg.errors import CATALOGUE, KgError
from kg.resources import VERSION

if TYPE_CHECKING:
    from kg.building import BuildReport
    from kg.expression.recommendation import Recommendation
    from kg.terminology.editions import Edition

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
@click.option(
    "--quads",
    type=click.Choice(["touched", "all"]),
    default="touched",
    show_default=True,
    help="What of the releases can be asked in SPARQL: what guidances touch, or every concept and code (at a million "
    "concepts 8 million quads, minutes of loading). Look-ups, search and maps need no quads.",
)
@click.option("--strict", is_flag=True, help="Build nothing if a source cannot be read or a release has problems.")
@documents_options
@report_option
@data_options("table", "json", "jsonl", "csv")
def command(
    sources: tuple[Path, ...],
    releases: tuple[Path, ...],
    into: Path,
    quads: str,
    strict: bool,
    jobs: int | None,
    fresh: bool,
    report: Path | None,
    form: str | None,
    output: Path | None,
) -> None:
    """Build a store from documents and your releases.

    SOURCES are what kg read reads: documents, recommendations written by hand, folders; and decisions on documents
    (kg decide), which are also found beside them. The store is finished aside and then put in place of the old one at
    once; until then, and if anything stops the build, the old one answers. A source that cannot be read is told and
    left out; the store holds the others, and the exit code is 1. With --strict nothing is built then.
    """
    from kg.building import build_from, read_sources
    from kg.guidance.decisions import is_decision

    if not sources and not releases:
        hint = "Name documents, or a release with --release."
        raise KgError("KG-E0102", "there is nothing to build from", hint=hint)
    check_report(report)
    with progress() as step:
        read = read_sources(sources, step, jobs=jobs, fresh=fresh)
        figures = Figures()
        for outcome in read.outcomes:
            figures.add(outcome)
        problems = [each for each in read.failed if is_decision(each[0])] + list(read.noted)
        refused = bool(read.failed) and (strict or not read.recommendations)
        made = (
            None
            if refused
            else build_from(
                read,
                into,
                releases=releases,
                strict=strict,
                progress=step,
                version=VERSION,
                jobs=jobs,
                everything=quads == "all",
            )
        )
    for _, error in (*read.failed, *read.noted):
        say(str(error))
    write_report(report, read.outcomes, figures, problems)
    if made is None:
        if len(read.failed) > 1:
            say(f"{len(read.failed)} of {figures.total['documents']} sources cannot be read; nothing was built.")
        raise click.exceptions.Exit(min(error.kind.exit for _, error in read.failed))
    for problem in made.problems:
        say(str(problem.told()))
    for id, count in made.problems.counts().items():
        say(f"{id}  {count:,} in all: {CATALOGUE[id].title}")
    item = _as_json(made, into, figures)
    wanted = chosen(form, output)
    if wanted == "table":
        with destination(output) as out:
            _tell(out, made, figures)
    else:
        write_items([item], wanted, output, _COLUMNS, _rows, single=True)
    if read.failed:
        count = figures.total["documents"]
        say(f"{len(read.failed)} of {count} sources could not be read; the store was built from the others.")
        raise click.exceptions.Exit(1)


_SHOWN = 40


def _tell(out: IO[str], made: BuildReport, figures: Figures) -> None:
    """What was built, for the eye: all guidances, of many those that ask for a person; and the figures."""
    told = made.recommendations
    several = len(told) > _SHOWN
    rows = [
        (r.id, _shape(r), "review" if r.review else "decided" if r.decision else "", clean(r.source))
        for r in told
        if r.review or not several
    ]
    if rows:
        write_table(out, ("guidance", "sides", "", "read from"), rows)
    if made.editions:
        write_table(out, ("edition", "in use", "rows"), [_edition(each) for each in made.editions])
    figures.write(out)
    same = ", as it stood" if made.reused else ""
    out.write(f"\n{figures.sentence()}; {made.quads:,} quads in {clean(made.path)} (release {made.release}{same})\n")


def _as_json(report: BuildReport, into: Path, figures: Figures) -> dict[str, Any]:
    """The report as JSON; `failed` has the error of each source that could not be read."""
    return {
        "store": str(into),
        "release": report.release,
        "read": len(report.recommendations),
        "flagged": sum(1 for r in report.recommendations if r.review),
        "failed": [{"file": str(file), "error": error.as_dict()} for file, error in report.failed],
        "decided": figures.total["decided"],
        "unchanged": figures.total["unchanged"],
        "noted": [{"file": str(file), "warning": told.as_dict()} for file, told in report.read.noted],
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
                "warnings": list(dict.fromkeys(w.id for w in r.warnings)),
            }
            for r in report.recommendations
        ],
    }


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    yield item["store"], item["release"], item["read"], item["flagged"], len(item["failed"]), item["quads"]


def _edition(each: Edition) -> tuple[object, ...]:
    rows = ", ".join(f"{count:,} {name}" for name, count in each.counts.items() if count)
    return each.title, f"{each.since}{f' to {each.until}' if each.until else ''}", rows


def _shape(recommendation: Recommendation) -> str:
    """The sides on which the guidance says something."""
    return ", ".join(side for side in ("procedure", "diagnosis") if getattr(recommendation, side) is not None) or "none"


@contextmanager
def progress(*, shown: bool = True) -> Iterator[Progress | None]:
    """A bar on stderr where that is a terminal and it is to be `shown`, else None: told what is done, how much of it,
    and of how much.
    """
    if not (shown and is_rich(sys.stderr)):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(file=sys.stderr, highlight=False)
    # Data that come meanwhile are for stdout, and no part of the picture.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        tasks: dict[str, Any] = {}

        def step(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield step
