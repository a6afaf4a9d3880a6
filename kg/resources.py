"""Data files of the program: `ontology/`, `queries/`, `examples/`, from a checkout or from inside an installed
package.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kg.errors import KgError, Place

VERSION = "0.1.0"
"""The version of the program; outside it is `kg.__version__` (a test holds both equal)."""

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """The folder that holds `ontology`, `queries` and `examples`: the package's own copy, else the checkout's."""
    own = _PACKAGE / "_data"
    return own if own.is_dir() else _PACKAGE.parent


def path(name: str) -> Path:
    """A data file or folder by its name from the root, as `ontology/kg.ttl`.

    Raises:
        KgError: KG-E0703 if it is missing (a broken installation).
    """
    found = root() / name
    if not found.exists():
        raise KgError("KG-E0703", f"{name} is missing", where=Place(str(found)), hint="Install terminology-kg again.")
    return found


def text(name: str) -> str:
    """The text of a data file."""
    return path(name).read_text(encoding="utf-8")


def lines(name: str) -> list[tuple[int, str]]:
    """The lines of a data file with their numbers, without empty ones and those that begin with `#`."""
    every = enumerate(text(name).splitlines(), 1)
    return [(number, line) for number, line in every if line.strip() and not line.startswith("#")]


def table(name: str, columns: Sequence[str]) -> list[tuple[int, list[str]]]:
    """The rows of a data file of columns between tabs, each with the number of its line; its first row names the
    columns, empty lines and lines that begin with `#` are none.

    Raises:
        KgError: KG-E0703 if the file is missing, or has other columns or a row of fewer or more cells.
    """
    rows = [(number, line.split("\t")) for number, line in lines(name)]
    if not rows or rows[0][1] != list(columns):
        raise KgError("KG-E0703", f"{name} has no header of {', '.join(columns)}", where=Place(name))
    for number, cells in rows[1:]:
        if len(cells) != len(columns):
            what = f"{name} has a row of {len(cells)} cells, not {len(columns)}"
            raise KgError("KG-E0703", what, where=Place(name, number))
    return rows[1:]
