"""`kg standards`: the rules that records are held against, with their words and where they come from."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli.options import day, examples, pack_files, standards_options
from kg.cli.output import chosen, data_options, say, write_items
from kg.errors import KgError, nearest

if TYPE_CHECKING:
    from kg.reason.standard import Level, Standard

_COLUMNS = ("rule", "standard", "kind", "level", "whose", "in force", "words", "source")


@click.command(epilog=examples("kg standards", "kg standards PCSX27", "kg standards --pack health-board-2022"))
@click.argument("ids", nargs=-1, metavar="[RULE|STANDARD]…")
@click.option("--date", help="Tell what is in force on this day, as 2024-05-01. Default: today.")
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
    from kg.standards import load_standards
    from kg.terminology.in_use import OpenCodes
    from kg.workspace import today

    codes = OpenCodes()
    on = day(date) or today()
    loaded = load_standards(codes, pack_files(packs), settings)
    for warning in loaded.warnings:
        say(f"{warning.id}  {warning.what}")
    wanted = [_known(id, loaded.standards) for id in ids]
    shown = [s for s in loaded.standards if not wanted or s.id in wanted or s.standard in wanted]
    items = (_as_json(s, loaded.levels.get(s.id, loaded.levels.get(s.standard, s.level)), on) for s in shown)
    write_items(items, chosen(form, output), output, _COLUMNS, _rows)


def _known(id: str, standards: Sequence[Standard]) -> str:
    """The id as it is written (capitals do not matter).

    Raises:
        KgError: KG-E0102 with the nearest id.
    """
    names = {name.lower(): name for s in standards for name in (s.id, s.standard)}
    if id.lower() in names:
        return names[id.lower()]
    near = nearest(id, sorted(names.values()))
    hint = f"Did you mean {near[0]}?" if near else "kg standards lists all of them."
    raise KgError("KG-E0102", f'no rule or standard is called "{id}"', hint=hint)


def _as_json(s: Standard, level: Level, on: datetime.date) -> dict[str, Any]:
    from kg.reason.wording import sentence

    return {
        "rule": s.id,
        "standard": s.standard,
        "title": s.label,
        "system": s.scheme.value,
        "kind": s.kind.value,
        "level": level.value,
        "authority": s.authority.value,
        "words": sentence(s),
        "source": s.source,
        "editions": list(s.editions),
        "from": s.valid_from.isoformat() if s.valid_from else None,
        "until": s.valid_to.isoformat() if s.valid_to else None,
        "in_force": s.in_force(on),
        "subject": [str(x) for x in s.subject],
        "object": [str(x) for x in s.object],
        "unless": [str(x) for x in s.unless],
    }


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
