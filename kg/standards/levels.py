"""Local switches: a settings file that turns rules off, or makes them notes, warnings or contradictions."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from kg.errors import KgError, Place, nearest
from kg.reason.standard import Level, Standard


def read_levels(text: str, name: str, standards: Iterable[Standard]) -> Mapping[str, Level]:
    """The levels of a settings file: TOML, a table `standards` of rule or standard id to `off`, `note`, `warn` or
    `break`.

    Raises:
        KgError: KG-E0905, for a file of another form, an id that is not loaded, or another level; all of them at once.
    """
    place = Place(name)
    try:
        read: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise KgError("KG-E0905", "the settings are not TOML", where=place, why=str(fault)) from fault
    table = read.get("standards")
    if not isinstance(table, dict) or any(key != "standards" for key in read):
        why = 'The settings are one table: [standards], then a line for each rule or standard, as PCSX27 = "off".'
        raise KgError("KG-E0905", "the settings have no table of standards, or another one", where=place, why=why)
    known = {id for s in standards for id in (s.id, s.standard)}
    levels: dict[str, Level] = {}
    problems: list[str] = []
    for id, level in table.items():
        if isinstance(level, dict):
            problems.append(f'no rule or standard "{id}" is loaded: an id with points stands in quotes, as "DCS.II.1"')
        elif id not in known:
            near = nearest(id, sorted(known))
            problems.append(f'no rule or standard "{id}" is loaded{f": did you mean {near[0]}?" if near else ""}')
        elif level not in tuple(Level):
            problems.append(f'{id}: "{level}" is not a level: off, note, warn or break')
        else:
            levels[id] = Level(level)
    if problems:
        line = next((n for n, row in enumerate(text.splitlines(), 1) if _named(problems[0]) in row), None)
        raise KgError("KG-E0905", problems[0], where=Place(name, line), why="\n  ".join(problems[1:]))
    return MappingProxyType(levels)


def _named(problem: str) -> str:
    """The id that a problem is about."""
    return problem.split('"')[1] if problem.startswith("no rule") else problem.split(":")[0]
