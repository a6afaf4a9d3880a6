"""The option `--equivalences`: the publisher's tables of what became of retired codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.output import say

if TYPE_CHECKING:
    from kg.answers.editions import TwoEditions
    from kg.codes import Scheme

equivalences_option = click.option(
    "--equivalences",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="The Table of Coding Equivalences between the two editions, as XLSX or text with tabs or commas. Its columns "
    "are found by the codes in them. Repeatable.",
)


def read_tables(files: Sequence[Path], pair: TwoEditions) -> Mapping[Scheme, Mapping[str, Sequence[str]]]:
    """What the tables say of the editions that are compared; which columns were read is told on stderr.

    Raises:
        KgError: KG-E1010 and those of the files.
    """
    from kg.terminology.equivalences import read_equivalences

    found: dict[Scheme, dict[str, Sequence[str]]] = {}
    for file in files:
        table = read_equivalences(file, pair.codes)
        found.setdefault(table.scheme, {}).update(table.now)
        rest = f"; {table.unknown:,} rows name codes of neither edition" if table.unknown else ""
        say(f"{file}: {len(table.now):,} retired codes of {table.scheme}, by {' and '.join(table.columns)}{rest}")
    return found
