"""What an extra of the program installs: asked for before anything is read."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from kg.errors import KgError


def need(what: str, extra: str, libraries: Sequence[str]) -> None:
    """Refuse what needs libraries that are not installed.

    Raises:
        KgError: KG-E0104, with how to install the extra.
    """
    missing = [name for name in libraries if find_spec(name) is None]
    if missing:
        hint = f'Install it with: pip install "terminology-kg[{extra}]"'
        raise KgError("KG-E0104", f"{what} needs {', '.join(missing)}", hint=hint)
