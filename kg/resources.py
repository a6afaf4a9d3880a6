"""Data files of the program: `ontology/`, `queries/`, `examples/`, from a checkout or from inside an installed
package.
"""

from __future__ import annotations

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
