"""`kg subsumes`: whether one concept, code or category is at or below another."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli.options import examples, store_option
from kg.cli.output import chosen, data_options, destination, say, write_items

_COLUMNS = ("a", "b", "system", "subsumes")


@click.command(epilog=examples("kg subsumes 709020001 71388002", "kg subsumes J12.3 J12.-", "kg subsumes Y53.4 Y"))
@click.argument("lower", metavar="A")
@click.argument("upper", metavar="B")
@click.option("--system", help="OPCS-4 or ICD-10, for codes that both have. Default: the one that knows them.")
@click.option("--edition", metavar="DATE", help="The edition of SNOMED CT, as 20250924. Default: the newest.")
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(
    lower: str, upper: str, system: str | None, edition: str | None, store: Path, form: str | None, output: Path | None
) -> None:
    """Tell whether A is at or below B: true or false.

    A and B are SNOMED CT concepts, or codes, categories and chapters of OPCS-4 or ICD-10. Everything is at or below
    itself. An inactive concept is answered through its history, and the kind of link is told.
    """
    from kg.answers.subsumes import subsumes
    from kg.workspace import open_workspace

    with open_workspace(store) as workspace:
        item = subsumes(workspace, lower, upper, system, edition)
    if (form is None and output is None) or form == "table":
        with destination(output) as out:
            out.write(f"{str(item['subsumes']).lower()}\n")
        for each in item.get("through", ()):
            told = "certain" if each["certain"] else "possible"
            answer = str(each["subsumes"]).lower()
            say(f"{each['inactive']} is inactive: {each['link']} {each['id']} ({told}): {answer}")
        return
    write_items(
        [item], chosen(form, output), output, _COLUMNS, lambda each: [[each[name] for name in _COLUMNS]], single=True
    )
