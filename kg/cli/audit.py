"""`kg audit`: files of episodes against the guidances of a store."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.answers.given import day, pairs
from kg.cli.options import (
    by_role,
    column_option,
    examples,
    given_option,
    pack_files,
    refuse_standards,
    standards_options,
    store_option,
)
from kg.cli.output import chosen, data_options, destination, say, write_items
from kg.errors import KgError
from kg.extras import need

if TYPE_CHECKING:
    from kg.audit.cases import Cases
    from kg.audit.editions import ByEdition
    from kg.audit.episodes import EpisodeFiles
    from kg.audit.results import Results
    from kg.audit.spark import SparkAudit, Work
    from kg.audit.summary import Published, Summary
    from kg.expression.condition import Context
    from kg.expression.recommendation import Recommendation
    from kg.reason.applied import Applied
    from kg.workspace import Workspace

_CARRIED = ("year", "provider")
_COMPILING = "The first audit on this machine: its loops are compiled, which takes about 20 seconds, and kept."
_MENDED = 25  # guidances of which the report tells what mends their commonest errors


@click.command(
    epilog=examples(
        "kg audit episodes.parquet --out audit",
        "kg audit hes/ --guidance IPG369 --by provider --out audit-ipg369",
        "kg audit hes/ --engine spark --master spark://host:7077 --out /shared/audit",
    )
)
@click.argument("episodes", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="EPISODES…")
@click.option("-g", "--guidance", help="Against this guidance only; else against all.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Where results are put.")
@click.option("--layout", metavar="NAME", help="The layout of the files, where it is not found by their columns.")
@column_option
@click.option("--table", metavar="NAME", help="The table of a database.")
@click.option("--by", type=click.Choice(_CARRIED), multiple=True, help="Count by this as well. Repeatable.")
@click.option("--all", "everything", is_flag=True, help="Also guidances that are set aside for a better one.")
@click.option(
    "--engine",
    type=click.Choice(("arrow", "duckdb", "spark")),
    default="arrow",
    help="arrow (or duckdb): in this process, the default. spark: on a cluster, or all processors of this machine.",
)
@click.option("--master", metavar="URL", help="The Spark to ask, as spark://host:7077. Default: local[*].")
@click.option("--spark", "spark_settings", multiple=True, metavar="KEY=VALUE", help="A setting of Spark. Repeatable.")
@click.option("--sample", type=click.IntRange(1, 1000), metavar="N", help="Put N cases of each kind in cases.csv.")
@given_option
@click.option("--date", help="The date of episodes without one, as 2024-05-01. Default: today.")
@click.option("--as-printed", is_flag=True, help="The documents' own words alone, no national standard.")
@standards_options
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(
    episodes: tuple[Path, ...],
    guidance: str | None,
    out: Path | None,
    layout: str | None,
    columns: tuple[str, ...],
    table: str | None,
    by: tuple[str, ...],
    everything: bool,
    engine: str,
    master: str | None,
    spark_settings: tuple[str, ...],
    sample: int | None,
    given: tuple[str, ...],
    date: str | None,
    as_printed: bool,
    packs: tuple[str, ...],
    settings: Path | None,
    store: Path,
    form: str | None,
    output: Path | None,
) -> None:
    """Hold a whole data set of episodes against all guidances.

    EPISODES are files or folders: Parquet, CSV (also zipped), JSON lines, DuckDB. --out DIR writes verdicts.parquet,
    a row for each guidance that applies to an episode, summary.csv and report.html; run again after an interruption,
    it goes on where it was. --sample N also writes cases.csv, N episodes for each guidance and verdict with
    identifiers and codes, which kg check explains. The verdicts are those of kg check. Counts below 8 are not shown,
    the others are rounded to 5.
    """
    need("the audit", "audit", ("numba", "numpy", "polars", "pyarrow"))
    from kg.audit.cases import Cases
    from kg.audit.disclosure import Rule
    from kg.audit.editions import ByEdition, InUse
    from kg.audit.episodes import BATCH, EpisodeFiles
    from kg.audit.kernels.compiling import told_of_compiling
    from kg.audit.making import common_repairs
    from kg.audit.results import Results, fingerprint
    from kg.audit.summary import Summary
    from kg.workspace import open_workspace, today

    refuse_standards(as_printed, packs, settings)
    _refuse_engine(engine, master or spark_settings, table, out)
    _refuse_sample(sample, engine, out)
    files, known, on = pack_files(packs), pairs(given), day(date) or today()
    with open_workspace(store) as workspace:
        applied = None if as_printed else workspace.applied(on, files, settings)
        every = tuple(workspace.recommendations.values())
        asked = (workspace.recommendation(guidance),) if guidance else every
        context = workspace.context(known, every)
        everything = everything or guidance is not None
        run = fingerprint(
            episodes,
            {
                "store": workspace.snapshot.id,
                "guidance": guidance,
                "given": known,
                "standards": (as_printed, on, [_digest(f) for f in (*files, *([settings] if settings else []))]),
                "reading": (layout, columns, table, by, everything),
                "engine": (engine, BATCH),
            },
        )
        summary, roles, cases = Summary(), by_role(columns), Cases(sample) if sample else None
        if engine == "spark":
            assert out is not None  # noqa: S101  refused above
            work = _work(asked, workspace, applied, context, everything, roles, by)
            reading, results = _on_spark(work, episodes, layout, out, run, master, _settings(spark_settings), summary)
        else:
            auditor = ByEdition(asked, InUse.of(workspace), applied, context, everything=everything)
            reading = EpisodeFiles(
                episodes,
                classification=workspace.classification,
                layout=layout,
                columns=roles,
                table=table,
                carry=by,
            )
            results = Results(out, run, auditor.schema(reading.schema)) if out else None
            with told_of_compiling(lambda: say(_COMPILING)):
                _run(auditor, reading, results, summary, cases)
        worst = [workspace.recommendation(id) for id, _ in summary.wrong.most_common(_MENDED)]
        published = summary.published(
            titles={r.id: r.title for r in asked},
            repairs=common_repairs(worst, applied, context) if applied and out else None,
            episodes=reading.tally.episodes,
            notes=reading.tally.publishable(Rule()),
        )
        held = "national standards in force on the day of each episode" if applied else "as printed, no standards"
        against = f"{len(asked):,} guidances" if len(asked) > 1 else asked[0].id if asked else "no guidance"
        about = f"{reading.tally.episodes:,} episodes against {against}; {held}; made {today()}"
        _finish(published, about, results, cases, chosen(form, output), output, out)
        _tell(reading, workspace, out)


def _run(
    auditor: ByEdition, reading: EpisodeFiles, results: Results | None, summary: Summary, cases: Cases | None
) -> None:
    """Check all batches, or take what a run before has finished."""
    from kg.audit.ahead import ahead

    with _progress() as tell:
        done = 0
        for number, batch in enumerate(ahead(reading.batches())):
            rows = results.done(number) if results else None
            if rows is None:
                rows = auditor.verdicts(batch)
                if results:
                    results.keep(number, rows)
            summary.add(rows)
            if cases:
                cases.add(batch, rows)
            done += batch.num_rows
            tell(done, reading.share)


def _work(
    asked: tuple[Recommendation, ...],
    workspace: Workspace,
    applied: Applied | None,
    context: Context,
    everything: bool,
    columns: dict[str, list[str]],
    by: tuple[str, ...],
) -> Work:
    """What the workers of Spark need."""
    from kg.audit.editions import InUse
    from kg.audit.spark import Work, plain

    standards = applied.standards.standards if applied else None
    codes, day = InUse.of(workspace).by_value(), applied.day if applied else None
    return Work(asked, codes, standards, day, plain(context), everything, columns, by)


def _on_spark(
    work: Work,
    episodes: tuple[Path, ...],
    layout: str | None,
    out: Path,
    run: str,
    master: str | None,
    settings: dict[str, str],
    summary: Summary,
) -> tuple[SparkAudit, Results]:
    """All rows, from Spark."""
    from kg.audit.results import Results
    from kg.audit.spark import SparkAudit
    from kg.audit.spark_session import session

    with session(master, settings) as spark:
        reading = SparkAudit(spark, episodes, work, layout)
        results = Results(out, run, reading.schema)
        for number, rows in enumerate(reading.rows(out / f".spark-{run}")):
            results.keep(number, rows)
            summary.add(rows)
    return reading, results


def _refuse_engine(engine: str, spark: object, table: str | None, out: Path | None) -> None:
    """Refuse what an engine cannot do (KG-E0102)."""
    if engine != "spark" and spark:
        raise KgError("KG-E0102", "--master and --spark are for Spark", hint="Add --engine spark.")
    if engine == "spark" and table:
        raise KgError("KG-E0102", "Spark reads no tables of databases", hint="Leave out --table or --engine spark.")
    if engine == "spark" and out is None:
        hint = "Give --out DIR, a folder that the workers and this machine share."
        raise KgError("KG-E0102", "Spark needs a folder for its results", hint=hint)


def _refuse_sample(sample: int | None, engine: str, out: Path | None) -> None:
    """Refuse a sample that has no place, or no episodes to be drawn from (KG-E0102)."""
    if sample and out is None:
        raise KgError("KG-E0102", "--sample needs a folder for the cases", hint="Give --out DIR.")
    if sample and engine == "spark":
        raise KgError("KG-E0102", "no sample is drawn on Spark", hint="Leave out --sample or --engine spark.")


def _settings(texts: tuple[str, ...]) -> dict[str, str]:
    """Settings of Spark by name, of `--spark`."""
    found: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not (sign and name.strip()):
            hint = "Write it as --spark spark.executor.memory=4g."
            raise KgError("KG-E0102", f'not KEY=VALUE: "{text}"', hint=hint)
        found[name.strip()] = value.strip()
    return found


def _finish(
    published: Published,
    about: str,
    results: Results | None,
    cases: Cases | None,
    form: str,
    output: Path | None,
    out: Path | None,
) -> None:
    from kg.audit.report import write_report
    from kg.audit.results import CASES_FILE, REPORT_FILE, SUMMARY_FILE
    from kg.audit.summary import VERDICTS, as_json, write_csv

    if results:
        page = write_report(published, "Audit", about)
        told = {SUMMARY_FILE: lambda f: write_csv(f, published), REPORT_FILE: lambda f: print(page, file=f)}
        results.finish({**told, CASES_FILE: cases.write} if cases else told)
    if out and output is None:
        return
    if form == "csv":
        with destination(output) as told_to:
            write_csv(told_to, published)
        return
    items = [as_json(row) for row in published.guidances]
    shown = {row.guidance: [*(str(row.cells[v]) for v in VERDICTS), row.title] for row in published.guidances}
    columns = ("guidance", *VERDICTS, "title")
    write_items(items, form, output, columns, lambda item: [[item["guidance"], *shown[item["guidance"]]]])


def _tell(reading: EpisodeFiles | SparkAudit, workspace: Workspace, out: Path | None) -> None:
    """What was read, and what was odd; exit code 1 where a file could not be read."""
    for warning in reading.tally.warnings():
        say(f"{warning['id']}  {warning['message']}")
    for fault in reading.tally.faults:
        say(str(fault))
    where = f"; results in {out}" if out else ""
    say(f"{reading.tally.episodes:,} episodes, {len(workspace.recommendations):,} guidances{where}")
    if reading.tally.faults:
        raise click.exceptions.Exit(1)


@contextmanager
def _progress() -> Iterator[Any]:
    """Tells on a terminal how far it is; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda _done, _share: None
        return
    start = time.monotonic()

    def tell(done: int, share: float | None) -> None:
        taken = max(time.monotonic() - start, 1e-9)
        left = f", {share:.0%}, {_duration(taken * (1 - share) / share)} left" if share else ""
        sys.stderr.write(f"\r{done:,} episodes, {done / taken:,.0f} a second{left}\x1b[K")
        sys.stderr.flush()

    try:
        yield tell
    finally:
        sys.stderr.write("\r\x1b[K")


def _duration(seconds: float) -> str:
    """About how long, in the largest unit that has one."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
