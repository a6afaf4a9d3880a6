"""The settings file of a server: one TOML file; each value can be given on the command line too, which wins."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from kg.errors import KgError, Place, nearest
from kg.serve.limits import Limits


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a server listens, the names it goes by, and what a question may cost."""

    host: str = "127.0.0.1"
    port: int = 7878
    hosts: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


def read_settings(path: Path) -> Settings:
    """The settings of a file: `host`, `port`, `hosts` (a list of names) and a table `[limits]` as `Limits` has them.

    Raises:
        KgError: KG-E0201, KG-E1115.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise KgError(
            "KG-E0201", "no such file", where=Place(str(path)), hint="Write one, or leave --settings out."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KgError("KG-E1115", f"not TOML: {error}", where=Place(str(path))) from error
    limits = told.pop("limits", {})
    known: dict[str, Any] = {"host": "", "port": 0, "hosts": []}
    values = {key: _value(path, key, value, known) for key, value in told.items()}
    if not isinstance(limits, dict):
        raise KgError(
            "KG-E1115", "limits is no table", where=Place(str(path)), hint="Write [limits] on a line of its own."
        )
    bounds = {one.name: one.default for one in fields(Limits)}
    wanted = {key: _value(path, key, value, bounds) for key, value in limits.items()}
    if "hosts" in values:
        values["hosts"] = tuple(map(str, values["hosts"]))
    return replace(Settings(limits=replace(Limits(), **wanted)), **values)


def _value(path: Path, key: str, value: object, known: dict[str, Any]) -> Any:
    if key not in known:
        near = nearest(key, list(known))
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}"
        raise KgError("KG-E1115", f"no setting is called {key}", where=Place(str(path)), hint=hint)
    kind = type(known[key])
    fits = isinstance(value, int | float) if kind is float else isinstance(value, kind)
    if not fits or isinstance(value, bool):
        raise KgError("KG-E1115", f"{key} is not a {kind.__name__}: {value!r}", where=Place(str(path)))
    if isinstance(value, int | float) and value < (0 if key == "port" else 1e-9):
        raise KgError("KG-E1115", f"{key} must be more than 0", where=Place(str(path)))
    return value
