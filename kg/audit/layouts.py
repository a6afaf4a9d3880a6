"""Layouts of episode files: which columns hold the identifier, the codes, the day. Layouts are data
(`ontology/episode_layouts.toml`); here they are read and found again in the columns of a file.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from kg import resources
from kg.errors import KgError, Place, nearest

ROLES = ("episode", "procedures", "diagnoses", "date", "year", "provider", "position", "code", "system", "unread")
"""What a column can hold; `unread` is what is left out knowingly."""
CARRIED = ("year", "provider")
"""Roles that are read only where they are asked for by name."""
_FILE = "ontology/episode_layouts.toml"
_CODES = ("procedures", "diagnoses")
# HES pads to six characters with blanks or hyphens; a code printed as a category (`J12.-`) is none. The X of C787X says
# that there is no fifth character.
_PADDING = re.compile(r"(?<=[0-9X])-+$", re.IGNORECASE)
_NO_FIFTH = re.compile(r"([A-Z]\s*\d\d\s*\.?\s*\d)\s*X+", re.IGNORECASE)
_EXCEL = re.compile(r"(\d{5})(?:\.\d*)?")
_EXCEL_BEGINS = datetime.date(1899, 12, 30)  # its day 0, as it takes 1900 for a leap year


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout: for each role the names that its columns go by, best first; `by_code` where a row is one code."""

    name: str
    title: str
    by_code: bool
    columns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Layouts:
    """The layouts with what all share: how days are written, days that are none, what stands where no code does."""

    layouts: tuple[Layout, ...]
    date_formats: tuple[str, ...]
    no_dates: frozenset[str]
    fillers: Mapping[str, frozenset[str]]
    no_codes: frozenset[str] = frozenset()
    no_code_words: frozenset[str] = frozenset()
    excel_days: tuple[int, ...] = ()

    def holds_no_codes(self, name: str) -> bool:
        """Whether a column of this name (`kg.audit.finding.plain`) is known to hold no codes of a record, whatever its
        cells look like.
        """
        return name in self.no_codes or not self.no_code_words.isdisjoint(re.split(r"_|\d+", name))

    def code(self, text: str, role: str) -> str:
        """What a cell of `procedures` or `diagnoses` says of a code, without padding; nothing where a filler stands."""
        told = text.strip(" \t\r\n\u00a0'\"")
        told = "" if told.lower() in self.fillers[role] else _PADDING.sub("", told)
        if found := _NO_FIFTH.fullmatch(told):
            told = found[1]
        if role == "diagnoses" and told.endswith("+"):  # a dagger as a keyboard has it
            told = told[:-1] + "\u2020"
        # A filler with padding, a point or blanks in it is one too.
        return "" if re.sub(r"[.\s]", "", told).lower() in self.fillers[role] else told

    def day(self, text: str) -> datetime.date | None:
        """The day that a text says, in the first of the forms that it has, or as the number that Excel has for it; None
        if it has none.
        """
        if self.excel_days and (number := _EXCEL.fullmatch(text)):
            day = int(number[1])
            return _EXCEL_BEGINS + datetime.timedelta(day) if day in range(*self.excel_days) else None
        for form in self.date_formats:
            try:
                return datetime.datetime.strptime(text, form).date()  # noqa: DTZ007  a day has no zone
            except ValueError:
                continue
        return None

    def named(self, name: str) -> Layout:
        """The layout of a name.

        Raises:
            KgError: KG-E1221.
        """
        for layout in self.layouts:
            if layout.name == name:
                return layout
        known = [layout.name for layout in self.layouts]
        near = nearest(name, known)
        hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}, or a TOML file of your own."
        raise KgError("KG-E1221", f'no layout of episodes is called "{name}"', hint=hint)


@cache
def shipped() -> Layouts:
    """The layouts that the program knows.

    Raises:
        KgError: KG-E0703 if the file is broken.
    """
    try:
        return read_layouts(resources.text(_FILE), _FILE)
    except KgError as error:
        raise KgError("KG-E0703", error.what, where=error.where, why=error.why) from error


def load(file: Path) -> Layouts:
    """The layouts of a user's own file; what it does not say is as shipped.

    Raises:
        KgError: KG-E0201, KG-E1221.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise KgError("KG-E0201", "no such file", where=Place(str(file))) from None
    except UnicodeDecodeError:
        raise KgError("KG-E0203", "the file is not UTF-8", where=Place(str(file))) from None
    return read_layouts(text, str(file), shipped())


def read_layouts(text: str, name: str, base: Layouts | None = None) -> Layouts:
    """The layouts of a TOML text. Strict: a word that is not known is a fault, as it would be a wish not fulfilled.

    Raises:
        KgError: KG-E1221.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KgError("KG-E1221", f"not TOML: {error}", where=Place(name)) from None
    _only(data, ("layout", "date_formats", "excel_days", "no_dates", "fillers", "no_codes"), name, "the file")
    layouts = tuple(_layout(each, name) for each in _tables(data.get("layout"), name))
    if not layouts:
        raise KgError("KG-E1221", "the file has no [[layout]]", where=Place(name))
    fillers = data.get("fillers")
    if fillers is None and base is not None:
        kept: Mapping[str, frozenset[str]] = base.fillers
    else:
        found = cast("dict[str, Any]", fillers or {})
        _only(found, ("both", *_CODES), name, "[fillers]")
        both = _texts(found.get("both", []), name)
        kept = MappingProxyType({r: frozenset((*both, *_texts(found.get(r, []), name))) for r in _CODES})
    formats = _texts(data.get("date_formats", base.date_formats if base else []), name)
    no_dates = _texts(data.get("no_dates", sorted(base.no_dates) if base else []), name)
    numbers = cast("list[object]", data.get("excel_days", list(base.excel_days) if base else []))
    if len(numbers) not in (0, 2) or not all(isinstance(number, int) for number in numbers):
        raise KgError("KG-E1221", "excel_days is not the first and the last of the numbers", where=Place(name))
    others = cast("dict[str, Any]", data.get("no_codes") or {})
    _only(others, ("names", "words"), name, "[no_codes]")
    names, words = (_texts(others.get(key, []), name) for key in ("names", "words"))
    return Layouts(
        layouts,
        formats,
        frozenset(no_dates),
        kept,
        frozenset((*names, *(base.no_codes if base else ()))),
        frozenset((*words, *(base.no_code_words if base else ()))),
        tuple(number for number in numbers if isinstance(number, int)),
    )


def _layout(data: dict[str, Any], name: str) -> Layout:
    _only(data, ("name", "title", "rows", "columns"), name, "[[layout]]")
    if not isinstance(data.get("name"), str) or data.get("rows") not in ("episode", "code"):
        raise KgError("KG-E1221", 'a layout has a name and rows = "episode" or "code"', where=Place(name))
    columns = cast("dict[str, Any]", data.get("columns") or {})
    _only(columns, ROLES, name, f"[layout.columns] of {data['name']}")
    by_role = {role: _texts(columns[role], name) for role in ROLES if role in columns}
    if "episode" not in by_role or not ({*_CODES, "code"} & set(by_role)):
        what = f"layout {data['name']} names no column of episodes or none of codes"
        raise KgError("KG-E1221", what, where=Place(name))
    return Layout(data["name"], str(data.get("title") or data["name"]), data["rows"] == "code", by_role)


def _only(data: Mapping[str, Any], known: Sequence[str], name: str, what: str) -> None:
    for key in data:
        if key not in known:
            near = nearest(key, list(known)) or list(known)
            hint = f"Known are {', '.join(near)}."
            raise KgError("KG-E1221", f'{what} has an unknown word "{key}"', where=Place(name), hint=hint)


def _tables(value: object, name: str) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in cast("list[object]", value)):
        raise KgError("KG-E1221", "layout is not a list of tables", where=Place(name), hint="Write [[layout]].")
    return cast("list[dict[str, Any]]", value)


def _texts(value: object, name: str) -> tuple[str, ...]:
    values: list[object] = [value] if isinstance(value, str) else list(cast("Iterable[object]", value))
    if not all(isinstance(each, str) and each for each in values):
        raise KgError("KG-E1221", "a list of names holds something else than texts", where=Place(name))
    return tuple(str(each) for each in values)
