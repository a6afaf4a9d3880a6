"""`kg diff`: what changed between two stores or editions, by meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from kg.cli.equivalences import equivalences_option, read_tables
from kg.cli.options import examples, store_option
from kg.cli.output import chosen, data_options, say, write_items

_COLUMNS = ("system", "id", "change", "before", "after", "more")
_KINDS = ("new", "retired", "retitled", "moved", "split", "merged", "changed")


@click.command(epilog=examples("kg diff store-2025 store-2026", "kg diff 4.10 4.11 --change retired"))
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--system", help="Only OPCS-4, ICD-10, SNOMED CT, or guidance.")
@click.option("--change", "kinds", multiple=True, type=click.Choice(_KINDS), help="Only such changes. Repeatable.")
@equivalences_option
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(
    old: str | None,
    new: str | None,
    system: str | None,
    kinds: tuple[str, ...],
    equivalences: tuple[Path, ...],
    store: Path,
    form: str | None,
    output: Path | None,
) -> None:
    """Tell what changed between two stores or editions.

    OLD and NEW are two stores (the newest editions of each), or two editions of one store (4.10, 20250924); without
    them, the two newest of each system. new and retired say what may be recorded; retitled and moved (other parents)
    speak of what stays; split, merged, and moved of a retired code say what that has become. Of two stores the
    recommendations are compared too (system guidance): changed is a side that lets other codes be recorded.
    """
    from kg.answers.diff import differences
    from kg.answers.editions import two_editions

    wanted = chosen(form, output)
    with two_editions(old, new, store) as pair:
        known = read_tables(equivalences, pair)
        write_items(differences(pair, system, kinds, known), wanted, output, _COLUMNS, _rows)
        if wanted == "table":
            stores = [] if pair.old is pair.new else [f"the recommendations of {old} and {new or store}"]
            say(f"compared: {'; '.join([*pair.titles, *stores])}")


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    more = "; ".join(f"{name}: {_text(value)}" for name, value in item.items() if name not in _COLUMNS)
    yield item["system"], item["id"], item["change"], item.get("before", ""), item.get("after", ""), more


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(f"{each['link']} {each['id']}" if isinstance(each, dict) else str(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
