"""Edits of a record: what a repair consists of, told exactly enough to be carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from kg.codes import Code, One, Selector
from kg.expression.recommendation import Side
from kg.reason.record import Record


class Action(StrEnum):
    """What an edit does, the less drastic first."""

    ADD = "add"
    REPLACE = "replace"
    MOVE = "move"
    REMOVE = "remove"


DRASTIC = {action: n for n, action in enumerate(Action)}
"""The order of actions, the less drastic first."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of one side of a record.

    `at` is the place, from 1: of an added code and of one that is moved in the record as repaired, of one that is
    replaced or removed in the record as it was. `code` is the code that was there (none for an addition), `origin` the
    place that a moved one comes from. `selector` is what is put in: a code itself, or any one code of a
    wider selector but those of `excluded`; `example` is one that does.
    """

    action: Action
    side: Side
    at: int
    code: Code | None = None
    selector: Selector | None = None
    excluded: tuple[Selector, ...] = ()
    origin: int = 0
    example: Code | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    """Edits that together make a verdict valid; no smaller number does. `rank` is that of the combination that is then
    met, among those in force, `kept` how many codes of the record as it was are in it, `left` how many codes that the
    guidance names are in none (all summed over sides).
    """

    edits: tuple[Edit, ...]
    rank: int = 0
    kept: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Repairs:
    """The smallest repairs, best first; or none and why. `found` counts all of the smallest, also those not told."""

    best: tuple[Repair, ...] = ()
    found: int = 0
    reason: str = ""


NO_REPAIRS = Repairs()
"""What a record that needs no repair has."""


def repaired(record: Record, repair: Repair, chosen: Mapping[int, Code] | None = None) -> Record:
    """The record after a repair. `chosen` gives the codes put in by the edits (by number); what is not chosen is the
    example.
    """
    codes = {side: list(_edited(record.side(side), side, repair.edits, chosen or {})) for side in Side}
    return replace(record, procedures=tuple(codes[Side.PROCEDURE]), diagnoses=tuple(codes[Side.DIAGNOSIS]))


def _edited(codes: Sequence[Code], side: Side, edits: Sequence[Edit], chosen: Mapping[int, Code]) -> list[Code]:
    kept: dict[int, Code] = dict(enumerate(codes, 1))
    placed: list[tuple[int, Code]] = []
    for n, edit in enumerate(edits):
        if edit.side is not side:
            continue
        put = chosen.get(n, edit.example)
        if edit.action is Action.ADD and put:
            placed.append((edit.at, put))
        elif edit.action is Action.REPLACE and put:
            kept[edit.at] = put
        elif edit.action is Action.MOVE:
            placed.append((edit.at, kept.pop(edit.origin)))
        elif edit.action is Action.REMOVE:
            del kept[edit.at]
    found = list(kept.values())
    for at, code in sorted(placed, key=lambda each: each[0]):
        found.insert(at - 1, code)
    return found


def words(edit: Edit) -> str:
    """An edit as a coder would say it: `add one code of Y53.- as procedure 3`."""
    place = f"{edit.side} {edit.at}"
    match edit.action:
        case Action.ADD:
            return f"add {_put(edit)} as {place}"
        case Action.REPLACE:
            return f"replace {edit.code} ({place}) by {_put(edit)}"
        case Action.MOVE:
            return f"move {edit.code} from {edit.side} {edit.origin} to {edit.at}"
        case Action.REMOVE:
            return f"remove {edit.code} ({place})"


def _put(edit: Edit) -> str:
    if isinstance(edit.selector, One):
        return str(edit.selector)
    but = f" (not {', '.join(map(str, edit.excluded))})" if edit.excluded else ""
    return f"one code of {edit.selector}{but}"


def sentence(repair: Repair) -> str:
    """A repair as one line."""
    return "; ".join(words(edit) for edit in repair.edits)
