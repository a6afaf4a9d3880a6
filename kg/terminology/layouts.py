"""The files of releases as data: which file a name tells, and the columns of each table.

Read from `ontology/release_files.toml`, strictly: reading, checking and writing releases follow from the same rows.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from kg import resources
from kg.errors import KgError, Place

FILE = "ontology/release_files.toml"


class Type(StrEnum):
    """What a column holds."""

    SCTID = "sctid"
    TIME = "time"
    FLAG = "flag"
    INTEGER = "integer"
    TEXT = "text"
    UUID = "uuid"
    CODE = "code"

    @property
    def is_number(self) -> bool:
        """Whether the column is digits alone."""
        return self in (Type.SCTID, Type.TIME, Type.FLAG, Type.INTEGER)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Layout:
    """One table of a release: its columns in order, and how its file is written down.

    `content` and `summary` are the parts of an RF2 name (`cRefset`, `Language`); `widths` those of fixed columns, the
    last of which (0) takes the rest. `write` is the name under which a sample is written.
    """

    table: str
    columns: tuple[Column, ...]
    form: str = "delimited"
    system: str = "SNOMED CT"
    content: str = ""
    summary: str = ""
    folder: str = ""
    language: str = ""
    write: str = ""
    required: bool = False
    header: bool = True
    encoding: tuple[str, ...] = ("utf-8",)
    line_end: str = "\r\n"
    widths: tuple[int, ...] = ()
    name: re.Pattern[str] = field(default=re.compile(""), compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, as a header has them."""
        return tuple(column.name for column in self.columns)

    def place(self, column: str) -> int:
        """The place of a column from 0."""
        return self.names.index(column)


class Kind(StrEnum):
    """The kinds of an RF2 file: all versions, the newest of each component, what changed."""

    FULL = "Full"
    SNAPSHOT = "Snapshot"
    DELTA = "Delta"


@dataclass(frozen=True, slots=True)
class Rf2Name:
    """What the name of an RF2 file tells. `tag` is that of the package (`MONO`, `UKCL`, empty: international)."""

    content: str
    summary: str
    tag: str
    kind: Kind
    language: str
    place: str
    date: str
    beta: bool


@dataclass(frozen=True, slots=True)
class ClassificationName:
    """What the name of a file of OPCS-4 or ICD-10 tells: `edition` as `4.10`, or the date of an ICD-10 file."""

    layout: Layout
    edition: str


@dataclass(frozen=True, slots=True)
class Package:
    """A package of the UK: the tag in its files' names, the folder it is delivered in, and the place in the names."""

    tag: str
    folder: str
    place: str


@dataclass(frozen=True, slots=True)
class MapSet:
    """How a reference set of maps is known by its term: the classification, and the edition where the term tells it."""

    system: str
    term: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Layouts:
    """All descriptions of files. `languages` are reference sets of language, those that count most first."""

    rf2_name: re.Pattern[str]
    rf2: tuple[Layout, ...]
    packages: tuple[Package, ...]
    classifications: tuple[Layout, ...]
    map_sets: tuple[MapSet, ...] = ()
    languages: tuple[int, ...] = ()

    def named(self, table: str) -> Layout:
        """The layout of a table by its name in the description."""
        return next(layout for layout in (*self.rf2, *self.classifications) if layout.table == table)

    def rf2_file(self, name: str) -> Rf2Name | None:
        """What the name of a file tells, or None if it is none of RF2."""
        found = self.rf2_name.fullmatch(name)
        if found is None:
            return None
        summary = found["summary"]
        tag = next((p.tag for p in self.packages if p.tag and summary.endswith(p.tag)), "")
        return Rf2Name(
            found["content"],
            summary.removesuffix(tag),
            tag,
            Kind(found["kind"]),
            found["language"] or "",
            found["place"],
            found["date"],
            beta=bool(found["state"]),
        )

    def of_content(self, content: str) -> tuple[Layout, ...]:
        """The tables that a content type (`Concept`, `cRefset`) can hold; the header tells which."""
        return tuple(layout for layout in self.rf2 if layout.content == content)

    def classification_file(self, name: str) -> ClassificationName | None:
        """The layout and edition that the name of a file tells, or None if it is none of OPCS-4 or ICD-10."""
        for layout in self.classifications:
            if found := layout.name.fullmatch(name):
                return ClassificationName(layout, _edition(layout, found))
        return None


def _edition(layout: Layout, found: re.Match[str]) -> str:
    """`4.10` of `OPCS410`, `20160401` of a dated file; else empty: the file itself tells."""
    parts = found.groupdict()
    if layout.system == "OPCS-4":
        return f"4.{parts['number']}"
    return parts.get("date") or ""


@cache
def load_layouts() -> Layouts:
    """The descriptions, read once in a process.

    Raises:
        KgError: KG-E0703 with what is missing, unknown or of a wrong form.
    """
    return read_layouts(resources.text(FILE))


def read_layouts(text: str) -> Layouts:
    """The descriptions of a text in the form of `ontology/release_files.toml`.

    Raises:
        KgError: KG-E0703.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _broken(f"not TOML: {error}") from error
    _keys("the file", told, {"rf2", "classification", "map_set", "language_set"})
    rf2 = told["rf2"]
    _keys(
        "[rf2]",
        rf2,
        {
            "name",
            "encoding",
            "delimiter",
            "quoting",
            "line_end",
            "header",
            "component",
            "member",
            "table",
            "package",
        },
    )
    if (rf2["delimiter"], rf2["quoting"], rf2["header"]) != ("\t", "none", True):
        raise _broken("[rf2] is delimited by tabs, without quoting, with a header")
    common = {"component": _columns(rf2["component"]), "member": _columns(rf2["member"])}
    tables = tuple(_rf2_table(each, rf2, common) for each in rf2["table"])
    classifications = tuple(_classification(each) for each in told["classification"])
    names = [layout.table for layout in (*tables, *classifications)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise _broken(f"described twice: {', '.join(twice)}")
    packages = []
    for each in rf2["package"]:
        _keys("[[rf2.package]]", each, {"tag", "folder", "place"})
        packages.append(Package(each["tag"], each["folder"], each["place"]))
    map_sets = []
    for each in told["map_set"]:
        _keys("[[map_set]]", each, {"system", "term"})
        map_sets.append(MapSet(each["system"], _pattern(each["term"])))
    languages = []
    for each in told["language_set"]:
        _keys("[[language_set]]", each, {"id", "name"})
        languages.append(int(each["id"]))
    return Layouts(_pattern(rf2["name"]), tables, tuple(packages), classifications, tuple(map_sets), tuple(languages))


def _rf2_table(each: dict[str, Any], rf2: dict[str, Any], common: dict[str, tuple[Column, ...]]) -> Layout:
    _keys(
        f"table {each.get('table')}",
        each,
        {"table", "content", "folder", "columns"},
        {"summary", "language", "required"},
    )
    own = common["member" if each["content"].endswith("Refset") else "component"]
    columns = own + _columns(each["columns"])
    pattern = each["content"].removesuffix("Refset") if each["content"].endswith("Refset") else None
    if pattern is not None and len(pattern) != len(each["columns"]):
        raise _broken(f"table {each['table']}: the pattern {pattern!r} has not as many letters as columns")
    return Layout(
        each["table"],
        columns,
        content=each["content"],
        summary=each.get("summary", ""),
        folder=each["folder"],
        language=each.get("language", ""),
        required=each.get("required", False),
        encoding=tuple(rf2["encoding"]),
        line_end=rf2["line_end"],
    )


def _classification(each: dict[str, Any]) -> Layout:
    what = f"table {each.get('table')}"
    _keys(
        what,
        each,
        {"table", "system", "name", "write", "form", "encoding", "columns"},
        {"delimiter", "quoting", "line_end", "header", "widths"},
    )
    if each["form"] not in ("delimited", "fixed", "opcs-xml", "claml"):
        raise _broken(f'{what}: unknown form "{each["form"]}"')
    if each["form"] == "delimited" and (each.get("delimiter"), each.get("quoting")) != ("\t", "none"):
        raise _broken(f"{what}: delimited files have tabs and no quoting")
    widths = tuple(each.get("widths", ()))
    if (each["form"] == "fixed") != bool(widths) or (widths and len(widths) != len(each["columns"])):
        raise _broken(f"{what}: a width for each column, of fixed files only")
    return Layout(
        each["table"],
        _columns(each["columns"]),
        form=each["form"],
        system=each["system"],
        write=each["write"],
        header=each.get("header", False),
        encoding=tuple(each["encoding"]),
        line_end=each.get("line_end", "\r\n"),
        widths=widths,
        name=_pattern(each["name"]),
    )


def _columns(told: list[str]) -> tuple[Column, ...]:
    columns = []
    for each in told:
        name, _, type = each.partition(" ")
        if type not in [known.value for known in Type]:
            raise _broken(f'column {name}: unknown type "{type}"')
        columns.append(Column(name, Type(type)))
    return tuple(columns)


def _keys(what: str, told: dict[str, Any], needed: set[str], allowed: set[str] | None = None) -> None:
    if missing := sorted(needed - told.keys()):
        raise _broken(f"{what} lacks {', '.join(missing)}")
    if unknown := sorted(told.keys() - needed - (allowed or set())):
        raise _broken(f"{what} has unknown {', '.join(unknown)}")


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE if "claml" in text else 0)
    except re.error as error:
        raise _broken(f"{text} is no pattern: {error}") from error


def _broken(what: str) -> KgError:
    return KgError("KG-E0703", what, where=Place(FILE))
