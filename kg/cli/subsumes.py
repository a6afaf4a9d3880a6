"""`kg subsumes`: whether one concept, code or category is at or below another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.options import examples, store_option
from kg.cli.output import chosen, data_options, destination, write_items
from kg.errors import KgError

if TYPE_CHECKING:
    from kg.workspace import Workspace


@click.command(epilog=examples("kg subsumes 71388002 709020001", "kg subsumes J12.- J12.3", "kg subsumes Y Y53.4"))
@click.argument("upper", metavar="A")
@click.argument("lower", metavar="B")
@click.option("--system", help="OPCS-4 or ICD-10, for codes that both have. Default: the one that knows them.")
@click.option("--edition", metavar="DATE", help="The edition of SNOMED CT, as 20250924. Default: the newest.")
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(
    upper: str, lower: str, system: str | None, edition: str | None, store: Path, form: str | None, output: Path | None
) -> None:
    """Tell whether B is a kind of A: true or false.

    A and B are SNOMED CT concepts, or codes, categories and chapters of OPCS-4 or ICD-10. Everything is a kind of
    itself.
    """
    from kg.workspace import open_workspace

    with open_workspace(store) as workspace:
        if upper.strip().isdigit() or lower.strip().isdigit():
            found, known = _concepts(workspace, upper, lower, edition), "SNOMED CT"
        else:
            found, known = _codes(workspace, upper, lower, system)
    if (form is None and output is None) or form == "table":
        with destination(output) as out:
            out.write(f"{str(found).lower()}\n")
        return
    wanted = chosen(form, output)
    item = {"a": upper, "b": lower, "system": known, "subsumes": found}
    write_items([item], wanted, output, tuple(item), lambda each: [list(each.values())], single=True)


def _concepts(workspace: Workspace, upper: str, lower: str, edition: str | None) -> bool:
    """Whether a concept is below another.

    Raises:
        KgError: KG-E0414, KG-E0415, KG-E0601, KG-E1009.
    """
    from kg.codes import Component, SctId

    a, b = (SctId.parse(text, Component.CONCEPT) for text in (upper, lower))
    return workspace.release.snomed(edition).subsumes(a, b)


def _codes(workspace: Workspace, upper: str, lower: str, system: str | None) -> tuple[bool, str]:
    """Whether what one text names is covered by the other, and in which classification.

    Raises:
        KgError: KG-E0601 if no classification knows both; those of what is no code.
    """
    from kg.codes import Scheme, parse_selector, within

    schemes = [Scheme.named(system)] if system else list(Scheme)
    known = workspace.classification
    faults: list[KgError] = []
    for scheme in schemes:
        try:
            a, b = (parse_selector(text, scheme) for text in (upper, lower))
        except KgError as fault:
            faults.append(fault)
            continue
        if all(next(iter(known.codes_under(each)), None) is not None for each in (a, b)):
            return within(b, [a], known.chapters), str(scheme)
    if len(faults) == len(schemes):
        raise faults[0]
    names = " or ".join(str(scheme) for scheme in schemes)
    raise KgError("KG-E0601", f"{upper} and {lower} are not both known in {names}", hint="kg show tells what is known.")
