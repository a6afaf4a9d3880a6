"""`kg standards`: the rules that records are held against, with their words and where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from kg.cli.options import date_option, examples, pack_files, standards_options
from kg.cli.output import chosen, data_options, say, write_items

_COLUMNS = ("rule", "standard", "kind", "level", "whose", "in force", "words", "source")


@click.command(epilog=examples("kg standards", "kg standards PCSX27", "kg standards --pack health-board-2022"))
@click.argument("ids", nargs=-1, metavar="[RULE|STANDARD]…")
@date_option("Tell what is in force on this day")
@standards_options
@data_options("table", "json", "jsonl", "csv")
def command(
    ids: tuple[str, ...],
    date: str | None,
    packs: tuple[str, ...],
    settings: Path | None,
    form: str | None,
    output: Path | None,
) -> None:
    """List the rules of the national standards and of packs.

    Each with its kind, its words, its source, when it is in force and what it means to break it: off, note, warn
    (told, the verdict stays) or break (the record is contradicted). All of them, or those of the ids that are named.
    """
    from kg.answers.given import day
    from kg.answers.standards import standards
    from kg.standards import load_standards
    from kg.terminology.in_use import OpenCodes
    from kg.workspace import today

    codes = OpenCodes()
    on = day(date) or today()
    loaded = load_standards(codes, pack_files(packs), settings)
    for warning in loaded.warnings:
        say(f"{warning.id}  {warning.what}")
    write_items(standards(loaded, on, ids), chosen(form, output), output, _COLUMNS, _rows)


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    since = f"since {item['from']}" if item["from"] else "yes"
    ended = f"until {item['until']}" if item["until"] else ""
    told = ended or since
    force = told if item["in_force"] else f"no, {told}"
    yield (
        item["rule"],
        item["standard"],
        item["kind"],
        item["level"],
        item["authority"],
        force,
        item["words"],
        item["source"],
    )
