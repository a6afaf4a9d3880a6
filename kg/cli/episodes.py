"""`kg episodes`: episodes made for a guidance, with the verdicts to expect."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from kg.answers.given import day
from kg.cli.options import date_option, examples, pack_files, standards_options, store_option
from kg.cli.output import destination, json_line, say
from kg.errors import KgError

if TYPE_CHECKING:
    from kg.audit.making import Made

_EXPECTED = ("guidance", "kind", "verdict", "missing", "broken", "reason", "repair", "made")


@click.command(
    epilog=examples("kg episodes --for IPG369", "kg episodes --for IPG369 --count 300 --layout hes -o episodes.csv")
)
@click.option("--for", "guidances", multiple=True, required=True, metavar="GUIDANCE", help="The guidance. Repeatable.")
@click.option(
    "--count", type=click.IntRange(1, 100_000), default=30, show_default=True, help="Episodes for each guidance."
)
@click.option("--seed", type=int, default=0, show_default=True, help="The same number makes the same episodes.")
@click.option(
    "--layout",
    type=click.Choice(["records", "hes"]),
    default="records",
    show_default=True,
    help="JSON lines as kg check reads them, or CSV with the columns of HES.",
)
@date_option("The day of the episodes, and of the standards")
@standards_options
@click.option(
    "-o", "--output", "output", metavar="FILE", type=click.Path(path_type=Path), help="Write into a file; - is stdout."
)
@store_option
def command(
    guidances: tuple[str, ...],
    count: int,
    seed: int,
    layout: str,
    date: str | None,
    packs: tuple[str, ...],
    settings: Path | None,
    output: Path | None,
    store: Path,
) -> None:
    """Make episodes with the verdicts to expect.

    They are for testing encoders. A third is valid, a third misses something, a third is contradicted, as far as the
    guidance allows. Each has the verdict of the checker, what is missing or broken, why, and the smallest repair. The
    episodes are made of codes alone; combinations of them mean nothing about patients.
    """
    from kg.audit.making import Maker
    from kg.expression.condition import Context
    from kg.workspace import open_workspace, today

    with open_workspace(store) as workspace:
        on = day(date) or today()
        applied = workspace.applied(on, pack_files(packs), settings)
        made: list[Made] = []
        for id in dict.fromkeys(guidances):
            recommendation = workspace.recommendation(id)
            found = Maker(recommendation, applied, Context(facets=workspace.facets), seed).make(count)
            _tell(recommendation.id, found, count)
            made += found
    with destination(output) as out:
        _hes(out, made) if layout == "hes" else _records(out, made)


def _tell(guidance: str, made: Sequence[Made], count: int) -> None:
    """Say what could not be made.

    Raises:
        KgError: KG-E1230 if there is no episode at all.
    """
    from kg.audit.making import Kind

    if not made:
        why = "No combination of it has a known code for each of its parts, or every record of it breaks a rule."
        hint = f"kg combinations {guidance} shows what is in force."
        raise KgError("KG-E1230", f"no episode can be made for {guidance}", why=why, hint=hint)
    kinds = Counter(one.kind for one in made)
    if len(made) < count:
        told = ", ".join(f"{kinds[kind]} {kind.value}" for kind in Kind)
        say(f"{guidance}: {len(made)} of {count} episodes made ({told}); there are no more, or they were not found.")


def _expected(one: Made) -> dict[str, Any]:
    return {
        "guidance": one.found.guidance,
        "kind": one.kind.value,
        "verdict": one.found.verdict.value,
        "missing": list(one.fault.missing),
        "broken": list(one.fault.broken),
        "reason": one.reason,
        "repair": one.mended,
        "made": one.made,
    }


def _records(out: IO[str], made: Sequence[Made]) -> None:
    for one in made:
        r = one.record
        told = {
            "id": r.id,
            "procedures": [str(c) for c in r.procedures],
            "diagnoses": [str(c) for c in r.diagnoses],
            "date": r.date.isoformat() if r.date else None,
            "guidance": one.found.guidance,
            "expected": _expected(one),
        }
        out.write(json_line(told))


def _hes(out: IO[str], made: Sequence[Made]) -> None:
    """The columns of HES: codes without a dot, undivided categories with the filler X, `-` for no operation."""
    from kg.audit.making import PLACES
    from kg.expression.recommendation import Side

    numbered = [f"{name}_{n:02d}" for side, name in _NAMES.items() for n in range(1, PLACES[Side(side)] + 1)]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["EPIKEY", "EPIEND", *numbered, *(f"EXPECTED_{name.upper()}" for name in _EXPECTED)])
    for one in made:
        cells: list[str] = []
        for side in Side:
            codes = [_padded(c.key) + c.mark for c in one.record.side(side)]
            codes = codes or (["-"] if side is Side.PROCEDURE else [])
            cells += [*codes, *[""] * (PLACES[side] - len(codes))]
        date = one.record.date.isoformat() if one.record.date else ""
        expected = [" ".join(v) if isinstance(v, list) else v for v in _expected(one).values()]
        writer.writerow([one.record.id, date, *cells, *expected])


_NAMES = {"procedure": "OPERTN", "diagnosis": "DIAG"}


def _padded(key: str) -> str:
    return f"{key}X" if len(key) == 3 else key
