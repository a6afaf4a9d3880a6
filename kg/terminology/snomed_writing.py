"""An edition of SNOMED CT from its tables to arrays: concepts, terms, relationships and the closure.

Concepts are told by *ordinal*, their rank among the sorted identifiers. Maps and history are written by
`kg.terminology.map_writing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kg.errors import KgError, Place
from kg.terminology.arrays import Arrays, save, save_texts
from kg.terminology.check_digits import wrong_check_digits
from kg.terminology.hierarchy import Links, circles, close
from kg.terminology.layouts import Layouts
from kg.terminology.problems import KEPT, Problems
from kg.terminology.rf2 import Rows, Tables
from kg.terminology.subsumption import nodes

if TYPE_CHECKING:
    import polars as pl

ROOT = 138875005
IS_A = 116680003
DEFINED = 900000000000073002
FSN, SYNONYM, DEFINITION = 0, 1, 2
"""Kinds of terms, as stored."""
_KINDS = {900000000000003001: FSN, 900000000000013009: SYNONYM, 900000000000550004: DEFINITION}
_STATED = 900000000000010007
_PREFERRED = 900000000000548007
LANGUAGES_MOST = 16  # of each language reference set two bits are kept


@dataclass(frozen=True, slots=True)
class Ids:
    """Sorted identifiers."""

    ids: np.ndarray

    def ordinals(self, values: np.ndarray) -> np.ndarray:
        """The ordinal of each identifier, -1 for one that is not there."""
        at = np.searchsorted(self.ids, values).astype(np.int32)
        at[at == len(self.ids)] = 0
        if len(self.ids):
            at[self.ids[at] != values] = -1
        else:
            at[:] = -1
        return at


def dangling(rows: Rows, found: np.ndarray, field: str, problems: Problems) -> np.ndarray:
    """Tell references of a table that were not found (-1); which rows have found theirs comes back."""
    missing = np.flatnonzero(found < 0)
    tell(rows, missing, field, "KG-W1007", "a reference to a component that is not there", problems)
    return found >= 0


def tell(rows: Rows, wrong: np.ndarray, field: str, id: str, what: str, problems: Problems) -> None:
    """Tell the first of some rows with their values, and count the others file by file."""
    for row in wrong[:KEPT].tolist():
        file, line = rows.place(row)
        problems.add(id, what, file, line, field, rows.frame[field][row])
    if len(wrong) > KEPT:
        file, _ = rows.place(int(wrong[KEPT]))
        problems.more(id, file, field, len(wrong) - KEPT)


def _check_digits(rows: Rows, problems: Problems) -> None:
    wrong = wrong_check_digits(rows.column("id"))
    tell(rows, wrong, "id", "KG-W1004", "wrong check digit", problems)


def write_concepts(rows: Rows, folder: Path, problems: Problems, *, has_base: bool = False) -> tuple[Ids, list[int]]:
    """Write the concepts; they come back, and what the numbers of their modules stand for.

    Without the root concept a package stands on nothing, unless the International Edition is among the packages
    (`has_base`): then it is a part of one, which is loaded and told (KG-W1007).

    Raises:
        KgError: KG-E1004 if the root concept is not there, nor a base.
    """
    _check_digits(rows, problems)
    ids = rows.column("id")
    order = np.argsort(ids, kind="stable")
    concepts = Ids(ids[order])
    rooted = concepts.ordinals(np.array([ROOT]))[0] >= 0
    if not rooted and has_base:
        what = "the root concept is not there: this is a part of a release"
        problems.add("KG-W1007", what, rows.parts[0].file if rows.parts else "", field="id", value=str(ROOT))
    elif not rooted:
        raise KgError(
            "KG-E1004",
            f"the root concept {ROOT} is not in the files",
            where=Place(rows.parts[0].file if rows.parts else ""),
            why="The package builds on another that was not given, as UK Clinical on International.",
            hint="Give both: kg build … --release BASE --release EXTENSION",
        )
    modules, module = np.unique(rows.column("moduleId")[order], return_inverse=True)
    save(folder, "concept.id", concepts.ids)
    save(folder, "concept.slot", slots(concepts.ids))
    save(folder, "concept.active", rows.column("active")[order])
    save(folder, "concept.defined", (rows.column("definitionStatusId")[order] == DEFINED).astype(np.uint8))
    save(folder, "concept.time", rows.column("effectiveTime")[order])
    save(folder, "concept.module", module.astype(np.uint8 if len(modules) < 256 else np.int32))
    return concepts, modules.tolist()


def slots(ids: np.ndarray) -> np.ndarray:
    """A table of ordinals in which an identifier is found at its remainder by the table's length, or soon after it.

    A bisection of a million identifiers takes 1.2 µs from Python, a look into this table 0.3.
    """
    size = 2 * len(ids) + 1
    table = np.full(size, -1, np.int32)
    waiting, at = np.arange(len(ids), dtype=np.int32), ids % size
    while len(waiting):
        free = table[at] < 0
        table[at[free]] = waiting[free]  # of several that come to one place one stays
        left = table[at] != waiting
        waiting, at = waiting[left], (at[left] + 1) % size
    return table


def write_terms(tables: Tables, concepts: Ids, layouts: Layouts, folder: Path, problems: Problems) -> list[int]:
    """Write all descriptions and definitions by concept: fully specified names, synonyms, definitions, each by
    identifier. The language sets come back.
    """
    import polars as pl

    parts: list[pl.DataFrame] = []
    for rows in (tables.take("description"), tables.take("definition")):
        if not len(rows):
            continue
        _check_digits(rows, problems)
        owner = concepts.ordinals(rows.column("conceptId"))
        sound = dangling(rows, owner, "conceptId", problems)
        kind = np.full(len(rows), SYNONYM, np.uint8)
        for id, value in _KINDS.items():
            kind[rows.column("typeId") == id] = value
        part = rows.frame.select("id", "active", "term").with_columns(
            pl.Series("owner", owner), pl.Series("kind", kind)
        )
        parts.append(part if sound.all() else part.filter(pl.Series(sound)))
    frame = pl.concat(parts)
    key = (frame["owner"].to_numpy().astype(np.int64) << 2) | frame["kind"].to_numpy()
    if not (key[1:] >= key[:-1]).all() or not (np.diff(frame["id"].to_numpy())[key[1:] == key[:-1]] > 0).all():
        frame = frame.sort("owner", "kind", "id")
    owner, kind = frame["owner"].to_numpy(), frame["kind"].to_numpy()
    active = frame["active"].to_numpy() == 1
    n = len(concepts.ids)
    start = np.zeros(n + 1, np.int32)
    np.cumsum(np.bincount(owner, minlength=n), out=start[1:])
    save(folder, "term.start", start)
    save(folder, "term.id", frame["id"].to_numpy())
    save(folder, "term.kind", kind)
    save(folder, "term.active", active.astype(np.uint8))
    save_texts(folder, "term", frame["term"])
    save(folder, "term.owner", owner)
    language, sets = _languages(tables.take("language"), frame["id"].to_numpy(), layouts, problems)
    save(folder, "term.language", language)
    save(folder, "concept.fsn", _first(n, owner, np.flatnonzero(active & (kind == FSN))))
    save(folder, "concept.preferred", _preferred(n, owner, kind, active, language, len(sets)))
    return sets


def _languages(
    rows: Rows, descriptions: np.ndarray, layouts: Layouts, problems: Problems
) -> tuple[np.ndarray, list[int]]:
    """For each description two bits of each language reference set (2 preferred, 1 acceptable); the sets in order."""
    order = np.argsort(descriptions)
    at = Ids(descriptions[order]).ordinals(rows.column("referencedComponentId"))
    sound = dangling(rows, at, "referencedComponentId", problems)
    used = sound & (rows.column("active") == 1)
    refsets = rows.column("refsetId")
    present = np.unique(refsets).tolist()
    wanted = [id for id in layouts.languages if id in present]
    sets = [*wanted, *(id for id in present if id not in wanted)][:LANGUAGES_MOST]
    found = np.zeros(len(descriptions), np.uint32)
    code = np.where(rows.column("acceptabilityId") == _PREFERRED, 2, 1).astype(np.uint32)
    for i, id in enumerate(sets):
        mine = np.flatnonzero(used & (refsets == id))
        bits = np.zeros(len(descriptions), np.uint32)
        bits[order[at[mine]]] = code[mine]
        found |= bits << np.uint32(2 * i)
    return found, sets


def _first(n: int, owner: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """For each concept the first of some rows of terms, -1 if it has none."""
    found = np.full(n, -1, np.int32)
    found[owner[rows[::-1]]] = rows[::-1]
    return found


def _preferred(
    n: int, owner: np.ndarray, kind: np.ndarray, active: np.ndarray, language: np.ndarray, sets: int
) -> np.ndarray:
    """The preferred synonym of each concept in the first language set that has one; else a synonym, else any term."""
    found = _first(n, owner, np.arange(len(owner)))
    synonym = active & (kind == SYNONYM)
    for rows in (
        np.flatnonzero(active),
        np.flatnonzero(synonym),
        *(np.flatnonzero(synonym & ((language >> np.uint32(2 * i)) & 3 == 2)) for i in reversed(range(sets))),
    ):
        better = _first(n, owner, rows)
        found = np.where(better >= 0, better, found)
    return found


def write_relations(tables: Tables, concepts: Ids, folder: Path, problems: Problems) -> None:
    """Write active inferred relationships: is-a as parents, children and closure, the others by source, group and
    type; and the values of attributes.
    """
    _concrete(tables.take("concrete"), concepts, folder, problems)
    _relations(tables.take("relationship"), concepts, folder, problems)


def _relations(rows: Rows, concepts: Ids, folder: Path, problems: Problems) -> None:
    import polars as pl

    _check_digits(rows, problems)
    ends = {name: concepts.ordinals(rows.column(name)) for name in ("sourceId", "destinationId", "typeId")}
    sound = np.ones(len(rows), bool)
    for name, found in ends.items():
        sound &= dangling(rows, found, name, problems)
    used = sound & (rows.column("active") == 1) & (rows.column("characteristicTypeId") != _STATED)
    is_a = rows.column("typeId") == IS_A
    n = len(concepts.ids)
    _hierarchy(concepts.ids, rows, np.flatnonzero(used & is_a), ends, folder, problems)
    others = np.flatnonzero(used & ~is_a)
    frame = pl.DataFrame(
        {
            "source": ends["sourceId"][others],
            "group": rows.column("relationshipGroup")[others],
            "type": ends["typeId"][others],
            "target": ends["destinationId"][others],
        }
    ).sort("source", "group", "type", "target")
    start = np.zeros(n + 1, np.int32)
    np.cumsum(np.bincount(frame["source"].to_numpy(), minlength=n), out=start[1:])
    save(folder, "relation.start", start)
    for name in ("group", "type", "target"):
        save(folder, f"relation.{name}", frame[name].to_numpy().astype(np.int32))


def _hierarchy(
    ids: np.ndarray, rows: Rows, used: np.ndarray, ends: dict[str, np.ndarray], folder: Path, problems: Problems
) -> None:
    n, child, parent = len(ids), ends["sourceId"][used], ends["destinationId"][used]
    if len(gone := circles(n, child, parent)):
        tell(rows, used[gone], "id", "KG-W1008", "a circle of is-a; this link is left out", problems)
        child, parent = np.delete(child, gone), np.delete(parent, gone)
    for name, links in (("parent", Links.of(n, child, parent)), ("child", Links.of(n, parent, child))):
        save(folder, f"{name}.start", links.start)
        save(folder, f"{name}.row", links.rows)
    closure = close(n, child, parent)
    slots = Arrays(folder)["concept.slot"].array
    save(folder, "tree.node", nodes(ids, slots, closure))
    for name in ("place", "at", "last", "start", "end", "extra"):
        save(folder, f"tree.{name}", getattr(closure, name))


def _concrete(rows: Rows, concepts: Ids, folder: Path, problems: Problems) -> None:
    """Active values of attributes by concept."""
    import polars as pl

    if len(rows):
        _check_digits(rows, problems)
    source, type = (concepts.ordinals(rows.column(name)) for name in ("sourceId", "typeId"))
    used = dangling(rows, source, "sourceId", problems) & dangling(rows, type, "typeId", problems)
    used &= rows.column("active") == 1
    frame = (
        rows.frame.select(pl.col("relationshipGroup").alias("group"), "value")
        .with_columns(pl.Series("source", source), pl.Series("type", type))
        .filter(pl.Series(used))
        .sort("source", "group", "type", "value")
    )
    for name in ("source", "group", "type"):
        save(folder, f"concrete.{name}", frame[name].to_numpy().astype(np.int32))
    save_texts(folder, "concrete", frame["value"])
