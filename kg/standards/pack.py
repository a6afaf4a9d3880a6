"""A pack of rules: a table in columns, one rule a line (docs/standards.md has the columns and kinds).

Tab-separated, UTF-8, no quoting. Lines that begin with `#` before the header say `title`, `source` and what else is
to be known. Columns are known by name; `rule`, `standard`, `scheme`, `kind` and `subject` have to be there.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from kg.codes import Scheme, Selector, parse_selector
from kg.errors import KgError, Place, nearest
from kg.reason.standard import PACK_KINDS, Authority, Kind, Level, Mode, Standard

NEEDED = ("rule", "standard", "scheme", "kind", "subject")
OPTIONAL = ("subject_mode", "object", "object_mode", "unless", "note", "from", "until")

_NOTES_OF_CLASSIFICATION = "classification-note"
_UNTRUSTED = frozenset({"advisory", "doubtful"})
_Name = TypeVar("_Name", Kind, Mode, Level)


@dataclass(frozen=True, slots=True)
class Pack:
    """The rules of a file with the line of each, and what is wrong with the rows that are none."""

    name: str
    title: str
    standards: tuple[Standard, ...]
    lines: Mapping[str, int]
    faults: tuple[KgError, ...] = ()

    def place(self, s: Standard) -> Place:
        """Where a rule stands."""
        return Place(self.name, self.lines.get(s.id))


def read_pack(text: str, name: str) -> Pack:
    """The rules of a table. Rows that cannot be read are told in `faults` (KG-E0901), all of them.

    Raises:
        KgError: KG-E0904 if there is no header.
    """
    lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
    start = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    said = {
        found[1].lower(): found[2].strip() for line in lines[:start] if (found := re.match(r"#\s*(\w+):\s*(.*)", line))
    }
    columns = lines[start].split("\t") if start < len(lines) else []
    if absent := [column for column in NEEDED if column not in columns]:
        what = f"no column {', '.join(absent)}" if len(absent) < len(NEEDED) else "no header of a pack of rules"
        known = f"The columns are {', '.join((*NEEDED, *OPTIONAL))}, separated by tabs."
        raise KgError("KG-E0904", what, where=Place(name, start + 1), why=known)
    title = said.get("title") or name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    rules: list[Standard] = []
    at: dict[str, int] = {}
    faults: list[KgError] = []
    for number, line in enumerate(lines[start + 1 :], start + 2):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        place = Place(name, number)
        try:
            if len(cells) > len(columns):
                raise KgError("KG-E0901", f"{len(cells)} cells in a row of {len(columns)} columns")
            row = dict.fromkeys((*NEEDED, *OPTIONAL), "") | dict(
                zip(columns, (cell.strip() for cell in cells), strict=False)
            )
            rule = _rule(row, said.get("short") or title)
            if rule.id in at:
                raise KgError("KG-E0901", f"{rule.id} is given twice: in line {at[rule.id]} too")
        except KgError as fault:
            about = "" if cells[0] in fault.what or not cells[0] else f"{cells[0]}: "
            faults.append(KgError("KG-E0901", about + fault.what, where=place, why=fault.why, hint=fault.hint))
            continue
        rules.append(rule)
        at[rule.id] = number
    return Pack(name, title, tuple(rules), at, tuple(faults))


def _rule(row: Mapping[str, str], source: str) -> Standard:
    """The rule of a row."""
    scheme, kind = Scheme.named(row["scheme"]), named(PACK_KINDS, row["kind"], "kind of rule")
    object_ = row["object"]
    figure: int | None = None
    character: tuple[int, str] | None = None
    if kind is Kind.REQUIRES_CHARACTER:
        if not object_.isdecimal():
            raise KgError("KG-E0901", f'"{object_}" is not a number of characters', why="As in 5.")
        figure, object_ = int(object_), ""
    elif kind is Kind.CHARACTER_NOT:
        found = re.fullmatch(r"(\d+)=([A-Z0-9])", object_.upper())
        if not found:
            raise KgError("KG-E0901", f'"{object_}" is not a place and a character', why="As in 5=9.")
        character, object_ = (int(found[1]), found[2]), ""
    return Standard(
        row["rule"],
        row["standard"],
        scheme,
        kind,
        _selectors(row["subject"], scheme),
        _selectors(object_, scheme),
        _selectors(row["unless"], scheme),
        _mode(row["subject_mode"]),
        _mode(row["object_mode"]),
        figure,
        character,
        level=level_of(row["standard"], row["note"]),
        authority=Authority.SECONDARY,
        source=source,
        note=row["note"],
        valid_from=_day(row["from"]),
        valid_to=_day(row["until"]),
    )


def level_of(standard: str, note: str) -> Level:
    """What it means to break a rule of a pack: a warning for notes of the classification (two conditions of one
    patient may need both codes), and for what the pack itself calls advice or doubtful; else a contradiction.
    """
    notes = {word.strip() for word in note.split(";")}
    return Level.WARN if standard == _NOTES_OF_CLASSIFICATION or notes & _UNTRUSTED else Level.BREAK


def named(among: Iterable[_Name], text: str, what: str) -> _Name:
    """The member of that name, of all or some of an enumeration.

    Raises:
        KgError: KG-E0901 with a near name.
    """
    known = {member.value: member for member in among}
    if text in known:
        return known[text]
    near = nearest(text, list(known))
    hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}."
    raise KgError("KG-E0901", f'no {what} is called "{text}"', hint=hint)


def _mode(text: str) -> Mode:
    if text in ("", *(mode.value for mode in Mode)):
        return Mode(text or Mode.ANY)
    raise KgError("KG-E0901", f'"{text}" is not a mode', hint="Modes are any and all.")


def _selectors(text: str, scheme: Scheme) -> tuple[Selector, ...]:
    return tuple(parse_selector(word, scheme) for word in text.split())


def _day(text: str) -> datetime.date | None:
    if not text:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise KgError("KG-E0901", f'"{text}" is not a date', hint="Write dates as 2022-05-01.") from None
