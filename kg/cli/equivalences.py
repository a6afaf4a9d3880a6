"""The option `--equivalences`: the publisher's tables of what became of retired codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.output import say
from kg.errors import KgError, Place

if TYPE_CHECKING:
    from kg.answers.editions import TwoEditions
    from kg.codes import Scheme

_TOLD = 10  # rows

equivalences_option = click.option(
    "--equivalences",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="The Table of Coding Equivalences between the two editions, as XLSX or text with tabs or commas. Its columns "
    "are found by the codes in them. Repeatable.",
)


def read_tables(files: Sequence[Path], pair: TwoEditions) -> Mapping[Scheme, Mapping[str, Sequence[Sequence[str]]]]:
    """What the tables say of the editions that are compared; which columns and rows were read is told on stderr.

    Raises:
        KgError: KG-E1010 and those of the files.
    """
    from kg.terminology.equivalences import read_equivalences

    found: dict[Scheme, dict[str, Sequence[Sequence[str]]]] = {}
    for file in files:
        table = read_equivalences(file, pair.codes)
        found.setdefault(table.scheme, {}).update(table.now)
        rest = f"; {table.unknown:,} rows name codes of neither edition" if table.unknown else ""
        if table.unread:
            first, more = table.unread[:_TOLD], len(table.unread) - _TOLD
            lines = ", ".join(map(str, first)) + (f" and {more:,} more" if more > 0 else "")
            what = f"rows of retired codes that are not read: {lines}"
            why = f"What stands under {table.columns[1]} is no code, or no combination of codes, of the newer edition."
            say(str(KgError("KG-W1022", what, where=Place(str(file), first[0]), why=why)))
        say(f"{file}: {len(table.now):,} retired codes of {table.scheme}, by {' and '.join(table.columns)}{rest}")
    return found
