"""The settings file of a server: one TOML file; what can be given on the command line too is taken from there first."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from kg.errors import KgError, Place, nearest
from kg.serve.guard import Guard
from kg.serve.limits import Limits

_TOKEN = re.compile(r"sha256:([0-9a-f]{64})")
_ORIGIN = re.compile(r"https?://[^/\s]+")
_ROOT = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_PLAIN: Mapping[str, Any] = {"host": "", "port": 0, "hosts": [], "root": "", "origins": [], "log": False, "dumps": ""}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a server listens, the names it goes by, and what a question may cost.

    `root` is the prefix of all its addresses where a proxy gives it one, `guard` who may send records; with `log` each
    request is told on stderr; `dumps` is the folder of the files that `/dumps/` offers.
    """

    host: str = "127.0.0.1"
    port: int = 7878
    hosts: tuple[str, ...] = ()
    root: str = ""
    guard: Guard = field(default_factory=Guard)
    log: bool = False
    dumps: Path | None = None
    limits: Limits = field(default_factory=Limits)


def read_settings(path: Path) -> Settings:
    """The settings of a file: `host`, `port`, `hosts` (a list of names), `root`, `origins` (a list of sites), `log`,
    `dumps`, a table `[limits]` as `Limits` has them, and a table `[tokens]` of `name = "sha256:…"`.

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
    limits, tokens = (_table(path, told.pop(name, {}), name) for name in ("limits", "tokens"))
    values = {key: _value(path, key, value, _PLAIN) for key, value in told.items()}
    bounds = {one.name: one.default for one in fields(Limits)}
    wanted = {key: _value(path, key, value, bounds) for key, value in limits.items()}
    origins = [_matching(path, "origins", _ORIGIN, each, "https://…") for each in values.pop("origins", [])]
    guard = Guard(frozenset(each[0].lower() for each in origins), _tokens(path, tokens))
    if "hosts" in values:
        values["hosts"] = tuple(map(str, values["hosts"]))
    if "root" in values:
        values["root"] = root_of(values["root"], Place(str(path)))
    if "dumps" in values:
        values["dumps"] = path.parent / values["dumps"]
    return replace(Settings(guard=guard, limits=replace(Limits(), **wanted)), **values)


def root_of(text: str, place: Place | None = None) -> str:
    """The prefix of a server behind a proxy, without a slash at its end.

    Raises:
        KgError: KG-E1115 for one that cannot be part of an address.
    """
    if _ROOT.fullmatch(text.rstrip("/")) is None:
        raise KgError(
            "KG-E1115", f'not the beginning of a path: "{text[:100]}"', where=place, hint="Write it as /name."
        )
    return text.rstrip("/")


def _tokens(path: Path, told: Mapping[str, Any]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name, value in told.items():
        # The value is not shown: it may be the token itself, by mistake.
        matched = _TOKEN.fullmatch(value) if isinstance(value, str) else None
        if matched is None:
            hint = f'Write {name} = "sha256:…": printf %s TOKEN | sha256sum tells the digits.'
            raise KgError("KG-E1115", f"the token of {name} is no hash", where=Place(str(path)), hint=hint)
        found[name] = bytes.fromhex(matched[1])
    return found


def _table(path: Path, told: Any, name: str) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise KgError(
            "KG-E1115", f"{name} is no table", where=Place(str(path)), hint=f"Write [{name}] on a line of its own."
        )
    return told


def _matching(path: Path, key: str, form: re.Pattern[str], value: Any, hint: str) -> re.Match[str]:
    matched = form.fullmatch(value) if isinstance(value, str) else None
    if matched is None:
        raise KgError(
            "KG-E1115", f"{key} has what it cannot have: {value!r}", where=Place(str(path)), hint=f"Write {hint}"
        )
    return matched


def _value(path: Path, key: str, value: object, known: Mapping[str, Any]) -> Any:
    if key not in known:
        near = nearest(key, list(known))
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}"
        raise KgError("KG-E1115", f"no setting is called {key}", where=Place(str(path)), hint=hint)
    kind = type(known[key])
    fits = isinstance(value, int | float) if kind is float else isinstance(value, kind)
    if not fits or (isinstance(value, bool) and kind is not bool):
        raise KgError("KG-E1115", f"{key} is not a {kind.__name__}: {value!r}", where=Place(str(path)))
    if isinstance(value, int | float) and kind is not bool and value < (0 if key == "port" else 1e-9):
        raise KgError("KG-E1115", f"{key} must be more than 0", where=Place(str(path)))
    return value
