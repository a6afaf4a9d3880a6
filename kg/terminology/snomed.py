"""An opened edition of SNOMED CT: concepts, terms, hierarchy, relationships, maps and history, by look-up in arrays.

Concepts are asked for by identifier (an `SctId`, or its number) and told the same way; `ordinal` and what takes or
gives ordinals is for work on many at once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kg.codes import SctId
from kg.errors import KgError
from kg.terminology.arrays import Arrays, Texts
from kg.terminology.editions import Edition

if TYPE_CHECKING:
    import numpy as np

    from kg.terminology.hierarchy import Below
    from kg.terminology.search import Search
    from kg.terminology.subsumption import Asked

TERM_KINDS = ("fully specified name", "synonym", "definition")
"""Kinds of terms by their number in the arrays."""
_ACCEPTABILITY = ("", "acceptable", "preferred", "preferred")
Id = SctId | int


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept. `term` is preferred in the language sets that count most, `since` the date of this version."""

    id: SctId
    term: str
    fsn: str
    active: bool
    defined: bool
    module: SctId
    since: str


@dataclass(frozen=True, slots=True)
class Term:
    """One description of a concept; `acceptability` by the identifier of each language set that has it."""

    id: SctId
    text: str
    kind: str
    active: bool
    acceptability: tuple[tuple[SctId, str], ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A relationship other than is-a, in a group (0: none); `value` is a concept or a value as printed (`#5`)."""

    group: int
    type: SctId
    value: SctId | str


@dataclass(frozen=True, slots=True)
class MapSet:
    """A reference set of maps: the classification that it maps to, and the edition where its term tells it."""

    id: SctId
    term: str
    system: str
    edition: str
    known_by: str
    rows: int
    active: int


@dataclass(frozen=True, slots=True)
class MapRow:
    """One row of a map as delivered. `block` is 1 and `category` None where the layout has none."""

    set: MapSet
    block: int
    group: int
    priority: int
    target: str
    rule: str
    advice: str
    category: SctId | None
    active: bool


@dataclass(frozen=True, slots=True)
class Successor:
    """Where the history of an inactive concept leads: `link` is the term of the association (SAME AS …)."""

    link: str
    link_id: SctId
    id: SctId


class SnomedEdition:
    """One edition. Opening it opens no file: each array is mapped when it is first asked for."""

    def __init__(self, folder: Path, edition: Edition) -> None:
        self.edition = edition
        self.arrays = Arrays(folder)
        about = edition.about
        self.modules = tuple(SctId(id) for id in about["modules"])
        self.languages = tuple(SctId(id) for id in about["languages"])
        self.map_sets = tuple(
            MapSet(SctId(m["id"]), m["term"], m["system"], m["edition"], m["known_by"], m["rows"], m["active"])
            for m in about["maps"]
        )

    # -- concepts

    @cached_property
    def ids(self) -> memoryview:
        """The identifiers of all concepts in order: `ids[ordinal]`."""
        return self.arrays["concept.id"].view

    @cached_property
    def _slots(self) -> memoryview:
        return self.arrays["concept.slot"].view

    @cached_property
    def _columns(self) -> tuple[memoryview, ...]:
        names = ("preferred", "fsn", "active", "defined", "module", "time")
        return tuple(self.arrays[f"concept.{name}"].view for name in names)

    @cached_property
    def _words(self) -> Texts:
        return self.arrays.texts("term")

    def __len__(self) -> int:
        return len(self.ids)

    def find(self, id: Id) -> int:
        """The ordinal of a concept, -1 if it is not in the edition. About 0.5 µs."""
        number = id if isinstance(id, int) else id.number
        slots, ids = self._slots, self.ids
        size = len(slots)
        at = number % size
        while (ordinal := slots[at]) >= 0:
            if ids[ordinal] == number:
                return ordinal
            at = at + 1 if at + 1 < size else 0
        return -1

    def ordinal(self, id: Id) -> int:
        """The ordinal of a concept.

        Raises:
            KgError: KG-E0601 if the edition does not have it.
        """
        found = self.find(id)
        if found < 0:
            raise self._unknown(id)
        return found

    def _unknown(self, id: Id) -> KgError:
        return KgError("KG-E0601", f"the concept {id} is not in {self.edition.title}")

    def __contains__(self, id: object) -> bool:
        return isinstance(id, SctId | int) and self.find(id) >= 0

    def id_of(self, ordinal: int) -> SctId:
        """The identifier of an ordinal."""
        return SctId(self.ids[ordinal])

    def is_active(self, id: Id) -> bool:
        """Whether the concept is active."""
        return bool(self.arrays["concept.active"].view[self.ordinal(id)])

    def term(self, id: Id) -> str:
        """The preferred term of a concept."""
        return self._text(self._columns[0][self.ordinal(id)])

    def concept(self, id: Id) -> Concept:
        """A concept.

        Raises:
            KgError: KG-E0601.
        """
        at = self.ordinal(id)
        preferred, fsn, active, defined, module, time = self._columns
        day = str(time[at])
        return Concept(
            self.id_of(at),
            self._text(preferred[at]),
            self._text(fsn[at]),
            active[at] == 1,
            defined[at] == 1,
            self.modules[module[at]],
            f"{day[:4]}-{day[4:6]}-{day[6:]}",
        )

    def _text(self, row: int) -> str:
        return self._words[row] if row >= 0 else ""

    def terms(self, id: Id) -> tuple[Term, ...]:
        """All terms of a concept: fully specified names, synonyms, definitions; active and inactive."""
        at, arrays = self.ordinal(id), self.arrays
        start = arrays["term.start"].view
        return tuple(self._term(row) for row in range(start[at], start[at + 1]))

    def _term(self, row: int) -> Term:
        arrays = self.arrays
        bits = arrays["term.language"].view[row]
        told = tuple(
            (language, _ACCEPTABILITY[bits >> 2 * i & 3])
            for i, language in enumerate(self.languages)
            if bits >> 2 * i & 3
        )
        return Term(
            SctId(arrays["term.id"].view[row]),
            self._text(row),
            TERM_KINDS[arrays["term.kind"].view[row]],
            bool(arrays["term.active"].view[row]),
            told,
        )

    @cached_property
    def search(self) -> Search:
        """Search over all terms; the numbers in its answers are ordinals and rows of terms (`found`)."""
        from kg.terminology.search import Search

        return Search(self.arrays)

    def term_row(self, row: int) -> str:
        """The text of a row of terms."""
        return self._text(row)

    # -- hierarchy

    @cached_property
    def below(self) -> Below:
        """The closure, by ordinals."""
        from kg.terminology.hierarchy import Below

        return Below(*(self.arrays[f"tree.{name}"].view for name in ("place", "at", "last", "start", "end", "extra")))

    @cached_property
    def subsumes(self) -> Asked:
        """A function: whether the second concept is the first or below it (`subsumes(upper, lower)`). About 1 µs.

        It raises KG-E0601 for a concept that the edition does not have.
        """
        from kg.terminology.subsumption import asker

        views = [self.arrays[name].view for name in ("tree.node", "tree.extra", "tree.last")]
        return asker(views[0], len(self._slots), views[1], views[2], self._unknown)

    def parents(self, id: Id) -> tuple[SctId, ...]:
        """The direct parents, by identifier."""
        return self._linked("parent", self.ordinal(id))

    def children(self, id: Id) -> tuple[SctId, ...]:
        """The direct children, by identifier."""
        return self._linked("child", self.ordinal(id))

    def _linked(self, name: str, at: int) -> tuple[SctId, ...]:
        start, rows = self.arrays[f"{name}.start"].view, self.arrays[f"{name}.row"].view
        return tuple(SctId(self.ids[rows[i]]) for i in range(start[at], start[at + 1]))

    def ancestors(self, id: Id) -> tuple[SctId, ...]:
        """All concepts above one, without itself, by identifier. Linear in their links."""
        start, rows = self.arrays["parent.start"].view, self.arrays["parent.row"].view
        seen: set[int] = set()
        todo = [self.ordinal(id)]
        while todo:
            at = todo.pop()
            for parent in rows[start[at] : start[at + 1]].tolist():
                if parent not in seen:
                    seen.add(parent)
                    todo.append(parent)
        return tuple(SctId(self.ids[at]) for at in sorted(seen))

    def descendants(self, id: Id) -> np.ndarray:
        """The ordinals of all concepts below one, without itself, in no useful order; `id_of` names them."""
        return self.below.descendants(self.ordinal(id))

    def count_below(self, id: Id) -> int:
        """How many concepts are below one."""
        return self.below.count(self.ordinal(id))

    # -- relationships

    def attributes(self, id: Id) -> tuple[Attribute, ...]:
        """The active relationships other than is-a, values included, by group and type."""
        at, arrays = self.ordinal(id), self.arrays
        start = arrays["relation.start"].view
        group, type, target = (arrays[f"relation.{name}"].view for name in ("group", "type", "target"))
        found = [
            Attribute(group[i], self.id_of(type[i]), self.id_of(target[i])) for i in range(start[at], start[at + 1])
        ]
        group, type, texts = arrays["concrete.group"].view, arrays["concrete.type"].view, arrays.texts("concrete")
        found += [Attribute(group[i], self.id_of(type[i]), texts[i]) for i in self._rows("concrete.source", at)]
        return tuple(sorted(found, key=lambda each: (each.group, each.type, str(each.value))))

    def _rows(self, column: str, value: int, low: int = 0, high: int | None = None) -> range:
        """The rows with a value in a sorted column."""
        view = self.arrays[column].view
        high = len(view) if high is None else high
        return range(bisect_left(view, value, low, high), bisect_right(view, value, low, high))

    # -- maps and history

    def maps(self, id: Id, *, inactive: bool = False) -> tuple[MapRow, ...]:
        """The map rows of a concept by set, block, group and priority; with `inactive` also retired rows."""
        at = self.ordinal(id)
        found: list[MapRow] = []
        for number in range(len(self.map_sets)):
            of_set = self._rows("map.set", number)
            for row in self._rows("map.concept", at, of_set.start, of_set.stop):
                each = self.map_row(row)
                if each.active or inactive:
                    found.append(each)
        return tuple(found)

    def map_row(self, row: int) -> MapRow:
        """One row of the maps by its number."""
        arrays = self.arrays

        def number(name: str) -> int:
            return arrays[f"map.{name}"].view[row]

        def text(name: str) -> str:
            return arrays.texts(f"map.{name}s")[number(name)]

        category = number("category")
        return MapRow(
            self.map_sets[number("set")],
            number("block"),
            number("group"),
            number("priority"),
            text("target"),
            text("rule"),
            text("advice"),
            SctId(category) if category else None,
            bool(number("active")),
        )

    def successors(self, id: Id) -> tuple[Successor, ...]:
        """Where history leads from an inactive concept, by kind of link."""
        kinds = [SctId(each) for each in self.edition.about["associations"]]
        kind, target = self.arrays["history.kind"].view, self.arrays["history.target"].view
        return tuple(
            Successor(self._link(kinds[kind[i]]), kinds[kind[i]], self.id_of(target[i]))
            for i in self._rows("history.concept", self.ordinal(id))
        )

    def _link(self, id: SctId) -> str:
        """`SAME AS` of "SAME AS association reference set"."""
        return self.term(id).split(" association")[0] if id in self else str(id)

    def reason(self, id: Id) -> SctId | None:
        """Why a concept is inactive, as the concept of the reason; None where it is not told."""
        rows = self._rows("reason.concept", self.ordinal(id))
        return SctId(self.arrays["reason.id"].view[rows[0]]) if rows else None
