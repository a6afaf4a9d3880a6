"""`kg diff`: what changed between two stores or editions, by meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli.options import examples, store_option
from kg.cli.output import chosen, data_options, say, write_items
from kg.errors import KgError

if TYPE_CHECKING:
    from kg.cli.two_editions import TwoEditions
    from kg.terminology.changes import Change

_COLUMNS = ("system", "id", "change", "before", "after", "more")
_KINDS = ("new", "retired", "retitled", "moved", "split", "merged")


@click.command(epilog=examples("kg diff store-2025 store-2026", "kg diff 4.10 4.11 --change retired"))
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--system", help="Only OPCS-4, ICD-10 or SNOMED CT.")
@click.option("--change", "kinds", multiple=True, type=click.Choice(_KINDS), help="Only such changes. Repeatable.")
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(
    old: str | None,
    new: str | None,
    system: str | None,
    kinds: tuple[str, ...],
    store: Path,
    form: str | None,
    output: Path | None,
) -> None:
    """Tell what changed between two stores or editions.

    OLD and NEW are two stores (the newest editions of each), or two editions of one store (4.10, 20250924); without
    them, the two newest of each system. new and retired say what may be recorded; retitled and moved (other parents)
    speak of what stays; split, merged, and moved of a retired code say what that has become.
    """
    from kg.cli.two_editions import two_editions

    wanted = chosen(form, output)
    with two_editions(old, new, store) as pair:
        found = _changes(pair, system)
        items = (_as_json(each) for each in found if not kinds or each.kind in kinds)
        write_items(items, wanted, output, _COLUMNS, _rows)
        if wanted == "table":
            say(f"compared: {'; '.join(pair.titles)}")


def _changes(pair: TwoEditions, system: str | None) -> Iterator[Change]:
    from kg.codes import Scheme
    from kg.terminology.changes import code_changes, concept_changes

    plain = "".join(c for c in (system or "").lower() if c.isalnum())
    concepts = plain in ("", "snomed", "snomedct")
    schemes = [Scheme.named(system)] if system and not concepts else [] if system else list(Scheme)
    for scheme in schemes:
        if scheme in pair.codes:
            yield from code_changes(*pair.codes[scheme])
    if concepts and pair.snomed is not None:
        yield from concept_changes(*pair.snomed)
    elif system and not any(scheme in pair.codes for scheme in schemes):
        raise KgError("KG-E1050", f"there are no two editions of {system}", hint=f"Compared: {'; '.join(pair.titles)}.")


def _as_json(change: Change) -> dict[str, Any]:
    told: dict[str, Any] = {"system": change.system, "id": change.id, "change": change.kind}
    told |= {"before": change.before} if change.before else {}
    told |= {"after": change.after} if change.after else {}
    return told | dict(change.more)


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    more = "; ".join(f"{name}: {_text(value)}" for name, value in item.items() if name not in _COLUMNS)
    yield item["system"], item["id"], item["change"], item.get("before", ""), item.get("after", ""), more


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(f"{each['link']} {each['id']}" if isinstance(each, dict) else str(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
