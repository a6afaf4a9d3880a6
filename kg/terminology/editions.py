"""The editions of a store's terminology: what `editions.json` says of each, and when each is in use."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kg import resources
from kg.errors import KgError, Place

FORMAT = 2
FOLDER = "terminology"
NAME = "editions.json"
SNOMED_CT, OPCS_4, ICD_10 = "SNOMED CT", "OPCS-4", "ICD-10"
_PERIODS = "ontology/editions.tsv"


class Level(IntEnum):
    """What a row is: a category that is divided, a code that is divided by a fifth character, or a code to record."""

    CATEGORY = 0
    DIVIDED = 1
    CODE = 2


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of one system. `name` is a date (`20250924`), for OPCS-4 a number (`4.10`).

    `counts` are the rows of each table as loaded; `about` what the numbers in its arrays stand for (modules, languages,
    maps, associations); `sources` the names of its files; `problems` how many there were of each id, and `told` the
    first of them; `made_of` is a digest of all that it was made of (`kg.terminology.earlier`).
    """

    system: str
    name: str
    folder: str
    since: str
    until: str
    counts: Mapping[str, int]
    sources: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    problems: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    told: tuple[Mapping[str, Any], ...] = ()
    made_of: str = ""

    @property
    def title(self) -> str:
        """The edition as it is told: `OPCS-4.10`, `SNOMED CT 2025-09-24`."""
        if self.system == OPCS_4:
            return f"OPCS-{self.name}"
        return f"{self.system} {_day(self.name) or self.name}"


def folder_of(system: str, name: str) -> str:
    """The folder of an edition within the terminology part."""
    return f"{system.lower().replace(' ', '-')}/{name}"


def period(system: str, name: str) -> tuple[str, str]:
    """The first and the last day of an edition's use as ISO dates, empty where there is none or it is not known."""
    return _periods().get((system, name)) or (_day(name), "")


def _day(name: str) -> str:
    return f"{name[:4]}-{name[4:6]}-{name[6:]}" if len(name) == 8 and name.isdigit() else ""


@cache
def _periods() -> Mapping[tuple[str, str], tuple[str, str]]:
    rows = resources.table(_PERIODS, ("system", "edition", "from", "until"))
    return MappingProxyType({(system, edition): (since, until) for _, (system, edition, since, until) in rows})


def write_editions(folder: Path, editions: Sequence[Edition]) -> None:
    """Write `editions.json`."""
    told = [
        {
            "system": each.system,
            "name": each.name,
            "folder": each.folder,
            "since": each.since,
            "until": each.until,
            "counts": dict(each.counts),
            "sources": list(each.sources),
            "about": dict(each.about),
            "problems": dict(each.problems),
            "told": [dict(one) for one in each.told],
            "made_of": each.made_of,
        }
        for each in editions
    ]
    text = json.dumps({"format": FORMAT, "editions": told}, ensure_ascii=False, indent=1)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def read_editions(folder: Path) -> tuple[Edition, ...]:
    """The editions of a terminology folder, as written; none if there is no such folder.

    Raises:
        KgError: KG-E0502, KG-E0503.
    """
    path = folder / NAME
    if not path.exists():
        return ()
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            hint = "Build it again from its sources: kg build SOURCES… --into STORE"
            raise KgError("KG-E0503", "the terminology is of another format", where=Place(str(path)), hint=hint)
        return tuple(
            Edition(**{**each, "sources": tuple(each["sources"]), "told": tuple(each["told"])})
            for each in told["editions"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise KgError("KG-E0502", "the list of editions cannot be read", where=Place(str(path))) from error
