"""Layouts of episode files: which columns hold the identifier, the codes, the day. Layouts are data
(`ontology/episode_layouts.toml`); here they are read and found again in the columns of a file.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from kg import resources
from kg.errors import KgError, Place, nearest

ROLES = ("episode", "procedures", "diagnoses", "date", "year", "provider", "position", "code", "system")
"""What a column can hold."""
_ALIKE = 3  # letters with which both names begin
CARRIED = ("year", "provider")
"""Roles that are read only where they are asked for by name."""
_FILE = "ontology/episode_layouts.toml"
_CODES = ("procedures", "diagnoses")
_TELLING = re.compile(r"(op|proc|oper|diag|icd|opcs|code)", re.IGNORECASE)
_NUMBER = re.compile(r"0?\d{1,2}$")
# HES pads to six characters with blanks or hyphens; a code printed as a category (`J12.-`) is none.
_PADDING = re.compile(r"(?<=[0-9X])-+$")


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

    def code(self, text: str, role: str) -> str:
        """What a cell of `procedures` or `diagnoses` says of a code, without padding; nothing where a filler stands."""
        plain = text.strip(" \t\r\n\u00a0'\"")
        return "" if plain.lower() in self.fillers[role] else _PADDING.sub("", plain)

    def day(self, text: str) -> datetime.date | None:
        """The day that a text says, in the first of the forms that it has; None if it has none."""
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


@dataclass(frozen=True, slots=True)
class Found:
    """A layout found in a file: the columns of each role as the file names them, in the order in which they are read.

    `notes` is what was odd: columns of codes that look misnamed, numbers that are missing.
    """

    layout: Layout
    columns: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()

    def of(self, role: str) -> tuple[str, ...]:
        """The columns of a role; none if the file has none."""
        return self.columns.get(role, ())


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
    _only(data, ("layout", "date_formats", "no_dates", "fillers"), name, "the file")
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
    return Layouts(layouts, formats, frozenset(no_dates), kept)


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


# ---- found in a file


def find(
    names: Sequence[str],
    layouts: Layouts | None = None,
    wanted: str | None = None,
    mapping: Mapping[str, Sequence[str]] | None = None,
    source: str = "",
) -> Found:
    """The layout of a file with these columns: the one wanted, else the one of which most columns are there.

    `mapping` names columns for roles (with `#` for numbers) and goes before what the layout says; a role without any
    name has no column, and none is looked for.

    Raises:
        KgError: KG-E1220 where a column that is needed is not there, with the names that are near, or where one that is
            not known has nearly the name of one of codes that is not there; KG-E1221.
    """
    known, given = layouts or shipped(), mapping or {}
    best = matching(names, [known.named(wanted)] if wanted else known.layouts, given, source)
    notes: list[str] = []
    for role, what, near, surely in (*gaps(best, names), *_absent(best, names)):
        if surely and role not in given:
            why = f"What stands in {near} would be left out, and told as missing."
            said = as_option(role, (*best.of(role), near), names)
            hint = f"Is {near} meant? Name it so, or say what there is: {said}; --column {role}= is none."
            raise KgError("KG-E1220", what, where=Place(source) if source else None, why=why, hint=hint)
        if given.get(role) or role not in given:
            notes.append(what + (f"; is {near} meant?" if near else ""))
    return replace(best, notes=tuple(notes))


def matching(
    names: Sequence[str],
    layouts: Sequence[Layout],
    mapping: Mapping[str, Sequence[str]],
    source: str,
    roles: Sequence[str] = ROLES,
    *,
    identified: bool = True,
) -> Found:
    """Of these layouts that of which most columns are there, as `find` has it, whatever else there may be; `identified`
    where episodes need an identifier.

    Raises:
        KgError: KG-E1220 where a column that is needed is not there, KG-E1221 for a role that there is not.
    """
    given = {role: tuple(columns) for role, columns in mapping.items()}
    for role in given:
        if role not in roles:
            hint = f"{_meant(role, roles)}Known are {', '.join(roles)}."
            raise KgError("KG-E1221", f'nothing that a column can hold: "{role}"', hint=hint)
    tried = [_in(replace(layout, columns={**layout.columns, **given}), names, given) for layout in layouts]
    whole = [found for found in tried if _is_whole(found, identified)]
    for role, patterns in given.items():
        if patterns and not any(found.of(role) for found in tried):
            raise _missing(names, f'the column "{patterns[0]}" for {role} is not there', list(patterns), source)
    if not whole:
        raise _nothing(names, layouts, tried, source, identified)
    return max(whole, key=lambda found: sum(len(c) for role, c in found.columns.items() if role != "date"))


def _meant(role: str, roles: Sequence[str]) -> str:
    """The question whether another role is meant: one that begins alike, else one with nearly that name."""
    word = role.lower()
    shared = {known: sum(word.startswith(known[:n]) for n in range(1, len(known) + 1)) for known in roles}
    alike = max(roles, key=lambda known: shared[known])
    near = [alike] if shared[alike] >= _ALIKE else nearest(word, list(roles), 1)
    return f"Did you mean {near[0]}? " if near else ""


def _in(layout: Layout, names: Sequence[str], given: Mapping[str, tuple[str, ...]]) -> Found:
    columns: dict[str, tuple[str, ...]] = {}
    for role, patterns in layout.columns.items():
        there = [found for pattern in patterns if (found := _matched(pattern, names, strict=role in given))]
        if there:
            # Of the names of a layout the best is taken; of codes, all columns that the user names.
            # Days stand in for each other, row by row: the end of an episode, else its beginning.
            every = there if role == "date" or (role in given and role in _CODES) else there[:1]
            columns[role] = tuple(dict.fromkeys(column for found in every for column in found))
    return Found(layout, columns)


def as_option(role: str, columns: Sequence[str], names: Sequence[str]) -> str:
    """How `--column` says that these columns, of all `names`, are those of a role; numbered ones are said by `#`."""
    stems = [_NUMBER.sub("", name) for name in names]
    said = (stem + "#" if stems.count(stem := _NUMBER.sub("", name)) > 1 else name for name in columns)
    told = f"{role}={'+'.join(dict.fromkeys(said))}"
    return f"--column '{told}'" if " " in told else f"--column {told}"


def plain(name: str) -> str:
    """A column's name as names are compared: small letters, and `_` for all that is neither letter nor figure."""
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")


def _matched(pattern: str, names: Sequence[str], *, strict: bool = False) -> tuple[str, ...]:
    """The columns that a pattern names, numbered ones by number; `strict` prefers the name as it is written."""
    if strict and pattern in names:
        return (pattern,)
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(plain(name), name)
    found: list[str] = []
    for part in pattern.split("+"):
        if "#" not in part:
            if plain(part) in by_plain:
                found.append(by_plain[plain(part)])
            elif "#" not in pattern:
                return ()
            continue
        shape = _numbered(part)
        hits = sorted((int(m[1]), name) for key, name in by_plain.items() if (m := shape.fullmatch(key)))
        found += [name for _, name in hits]
    return tuple(found)


def _numbered(pattern: str) -> re.Pattern[str]:
    before, _, after = pattern.partition("#")
    head, tail = plain(before), plain(after)
    return re.compile(rf"{re.escape(head)}_?0?(\d{{1,2}}){('_?' + re.escape(tail)) if tail else ''}")


def _is_whole(found: Found, identified: bool) -> bool:
    """Whether there is all that a layout needs: an identifier and codes, and the system of codes of both."""
    if identified and not found.of("episode"):
        return False
    if "code" in found.layout.columns and not (found.of("procedures") or found.of("diagnoses")):
        return bool(found.of("code") and found.of("system"))
    return bool(found.of("procedures") or found.of("diagnoses"))


def gaps(found: Found, names: Sequence[str]) -> Iterator[tuple[str, str, str, bool]]:
    """Numbers that are missing between others or behind them, of which a column has nearly the name. Told are the role,
    what is not there, the column that may be meant, and whether it has nearly that name.
    """
    for role in _CODES:
        columns = found.of(role)
        numbers = [int(m[0]) for column in columns if (m := re.search(r"\d{1,2}$", plain(column)))]
        if columns and len(numbers) == len(columns):
            stem = _NUMBER.sub("", columns[0])
            width = len(columns[0]) - len(stem)
            for number in sorted(set(range(1, max(numbers) + 2)) - set(numbers)):
                expected = f"{stem}{number:0{width}d}"
                near = "".join(nearest(expected, unread(found, names), 1))
                if number < max(numbers) or re.search(rf"\D0?{number}$", near):
                    yield role, f"{expected} is not there", near, bool(near)


def _absent(found: Found, names: Sequence[str]) -> Iterator[tuple[str, str, str, bool]]:
    """Sides of which there is no column, told as `gaps` tells."""
    for role in _CODES:
        if not found.of(role) and role in found.layout.columns and not found.layout.by_code:
            patterns, rest = found.layout.columns[role], unread(found, names)
            yield role, f"no column of {role}", next(iter(_near(patterns, rest)), ""), bool(nearly(patterns, rest))


def unread(found: Found, names: Sequence[str]) -> list[str]:
    """The columns that hold nothing that is read."""
    used = {column for columns in found.columns.values() for column in columns}
    return [name for name in names if name not in used]


def _nothing(
    names: Sequence[str], candidates: Sequence[Layout], tried: Sequence[Found], source: str, identified: bool
) -> KgError:
    best = max(tried, key=lambda found: len(found.columns))
    unnamed = identified and not best.of("episode")
    lacks = "an identifier of episodes" if unnamed else "codes of procedures or diagnoses"
    roles = ("episode",) if unnamed else (*_CODES, "code", "system")
    patterns = [p for layout in candidates for role in roles for p in layout.columns.get(role, ())]
    return _missing(names, f"no column of {lacks}", patterns, source)


def _missing(names: Sequence[str], what: str, patterns: Sequence[str], source: str) -> KgError:
    near = _near(patterns, names)
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    hint = f"Is {near[0]} meant? " if near else ""
    hint += (
        "Say which with --column ROLE=NAME, as --column procedures=op_#, or a layout of your own (docs/episodes.md)."
    )
    return KgError(
        "KG-E1220", what, where=Place(source) if source else None, why=f"The columns are {shown}.", hint=hint
    )


def _near(patterns: Sequence[str], names: Sequence[str]) -> list[str]:
    """Columns whose names are near to one of the patterns, nearest first; else those that speak of codes."""
    if found := nearly(patterns, names):
        return found
    telling = any(_TELLING.search(pattern) for pattern in patterns)
    return [name for name in names if telling and _TELLING.search(name)]


def nearly(patterns: Sequence[str], names: Sequence[str]) -> list[str]:
    """Columns whose names are near to one of the patterns, nearest first."""
    found: dict[str, None] = {}
    plains = {plain(name): name for name in names}
    for pattern in patterns:
        for part in pattern.split("+"):
            for sample in dict.fromkeys((part.replace("#", "01"), part.replace("#", "1"))):
                found.update(dict.fromkeys(plains[n] for n in nearest(plain(sample), list(plains), 1)))
    return list(found)
