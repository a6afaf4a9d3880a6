"""How documents say things (`ontology/wordings.tsv`): the words of headings, lead-ins, brackets and sentences."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from kg import resources
from kg.errors import KgError, Place

_FILE = "ontology/wordings.tsv"


class Style(StrEnum):
    """The two generations of documents: until about 2017, and since."""

    OLD = "old"
    NEW = "new"


@cache
def load_wordings() -> Mapping[tuple[str, Style], tuple[str, ...]]:
    """The wordings of each kind and layout, in the order of the table, read once in a process.

    Raises:
        KgError: KG-E0703 for a row that is no kind, layout and words.
    """
    found: dict[tuple[str, Style], list[str]] = {}
    for number, line in resources.lines(_FILE):
        cells = line.split("\t")
        if len(cells) != 3 or cells[1] not in (*Style, "both") or not cells[2].strip():
            raise KgError("KG-E0703", f"{_FILE} has a row without kind, layout and words", where=Place(_FILE, number))
        for style in Style:
            if cells[1] in (style, "both"):
                found.setdefault((cells[0], style), []).append(cells[2])
    return MappingProxyType({key: tuple(rows) for key, rows in found.items()})


@dataclass(frozen=True, slots=True)
class Wordings:
    """The wordings of one layout; with `chance` one of several is drawn, without it the first is taken."""

    style: Style
    chance: random.Random | None = None

    def all(self, kind: str) -> tuple[str, ...]:
        """Every wording of a kind."""
        return load_wordings().get((kind, self.style), ())

    def say(self, kind: str, /, **fields: str) -> str:
        """The words of a kind, filled in; a sentence that begins with what is filled in gets its capital."""
        rows = self.all(kind)
        words = self.chance.choice(rows) if self.chance else rows[0]
        return capital(words.format(**fields)) if words.startswith("{") else words.format(**fields)

    def chosen(self, *, usual: bool = False) -> bool:
        """Whether to take another of two ways of saying the same; without chance as is usual."""
        return self.chance.random() < 0.5 if self.chance else usual


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]
