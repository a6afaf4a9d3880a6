"""`kg map`: what a concept maps to, as combinations of codes; and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import click

from kg.answers.given import pairs
from kg.cli.options import examples, given_option, store_option
from kg.cli.output import chosen, clean, data_options, destination, heading, write_items, write_table

_COLUMNS = ("concept", "term", "status", "system", "edition", "block", "codes", "default", "conditions", "through")
_LIMIT = 10_000


@click.command(
    epilog=examples("kg map 709020001", "kg map 709020001 --given age=40 --given sex=female", "kg map --reverse J12.8")
)
@click.argument("thing", metavar="CONCEPT|CODE")
@given_option
@click.option("--reverse", is_flag=True, help="Which concepts map to CODE: read against the direction of the maps.")
@click.option("--system", help="OPCS-4 or ICD-10: only these maps.")
@click.option("--edition", metavar="DATE", help="The edition of SNOMED CT, as 20250924. Default: the newest.")
@click.option("--limit", type=click.IntRange(1), default=_LIMIT, show_default=True, help="Combinations of one map.")
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(
    thing: str,
    given: tuple[str, ...],
    reverse: bool,
    system: str | None,
    edition: str | None,
    limit: int,
    store: Path,
    form: str | None,
    output: Path | None,
) -> None:
    """Tell what a concept maps to, as combinations.

    CONCEPT is of SNOMED CT. A combination has one code of each group of a block; the default is marked. What is known
    of the care event (--given age=40, sex=female, or a facet) narrows maps that have rules. An inactive concept is
    answered through its history. Guidances that list the concept are held against its maps. Maps tell what a concept
    is coded as, not what a code means: --reverse lists candidates.
    """
    from kg.answers.map import map_code, map_concept
    from kg.workspace import open_workspace

    wanted = chosen(form, output)
    with open_workspace(store) as workspace:
        if reverse:
            item = map_code(workspace, thing, system, edition)
        else:
            item = map_concept(workspace, thing, pairs(given), system, edition, limit)
        if wanted == "table":
            with destination(output) as out:
                _tell(out, item)
        else:
            write_items([item], wanted, output, _COLUMNS, _rows, single=True)


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    for concept in item.get("concepts", [item]):
        for each in concept["maps"]:
            through = ", ".join(link["link"] for link in each.get("through", ()))
            for c in each["combinations"]:
                head = (concept["concept"], concept["term"], concept["status"], each["system"], each["edition"])
                codes, default = " + ".join(c["codes"]), str(c["default"]).lower()
                yield (*head, c["block"], codes, default, _conditions(c), through)


def _conditions(combination: dict[str, Any]) -> str:
    return "; ".join(f"{'' if c['holds'] else 'not '}{c['facet']} {c['value']}" for c in combination["conditions"])


def _tell(out: IO[str], item: dict[str, Any]) -> None:
    """The maps for the eye."""
    if item.get("reverse"):
        out.write(heading(out, f"{item['code']}  {item['title'] or ''}".rstrip()) + f"\n  {item['note']}\n\n")
        rows = [(c["concept"], c["term"], c["status"], "default" if c["default"] else "") for c in item["concepts"]]
        write_table(out, ("concept", "term", "status", ""), rows)
        return
    out.write(heading(out, f"{item['concept']}  {item['term']}") + f"\n  {item['status']}\n")
    for each in item["replaced_by"]:
        out.write(f"  {each['link']} {each['id']} {clean(each['term'])}\n")
    if not item["maps"]:
        out.write("\n  no map has a row of it\n")
    for each in item["maps"]:
        name = " ".join(filter(None, (each["system"], each["edition"])))
        of = f" of {each['concept']}, {', '.join(k['link'] for k in each['through'])}" if "through" in each else ""
        out.write(f"\n{name}{of}, reference set {each['refset']}\n")
        if each["not_codes"]:
            out.write(f"  no code: {', '.join(map(clean, each['not_codes']))}\n")
        rows = [
            (c["block"], " + ".join(c["codes"]), "default" if c["default"] else "", _conditions(c))
            for c in each["combinations"]
        ]
        if rows:
            write_table(out, ("block", "codes", "", "when"), rows)
    for each in item["guidances"]:
        what = each["relation"] or each["why"]
        what += f" (the {each['narrower']} is)" if each.get("narrower") else ""
        out.write(f"\n  {each['guidance']}, {each['side']} side: {what}\n")
