"""What changed between two editions, by meaning: which codes and concepts may be used, and what became of the others.

`new` and `retired` say what may be recorded; `retitled` and `moved` speak of what stays (another title, other parents).
`split` and `merged`, and `moved` of a code that is gone, say besides what a retired one has become.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from types import MappingProxyType
from typing import TYPE_CHECKING

from kg.codes import SctId
from kg.terminology.code_edition import CodeEdition, code_of
from kg.terminology.editions import SNOMED_CT, Level
from kg.terminology.history import SAME_AS, lineages
from kg.terminology.snomed import SnomedEdition

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

_NONE: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `kind` is new, retired, retitled, moved, split or merged; titles before and after (of what is new or
    retired only one); `more` has what the kind of change adds (`to`, `from`, `into`, `replaced_by`).
    """

    system: str
    id: str
    kind: str
    before: str = ""
    after: str = ""
    more: Mapping[str, object] = field(default_factory=lambda: _NONE)


def code_changes(
    old: CodeEdition, new: CodeEdition, equivalences: Mapping[str, Sequence[Sequence[str]]] = MappingProxyType({})
) -> Iterator[Change]:
    """The changes of codes and categories between two editions of one classification, in order of keys.

    `equivalences` has alternatives of keys of the newer edition for those that it retired
    (`kg.terminology.equivalences`); where it says what a code became, neither titles nor divisions are asked: `merged`
    into one that was there before, `moved` to one that is new, `split` into several, either of them (two items) or
    together (`G05.5 + Y05.8`).

    A code that is divided is retired, for it is no longer recorded; a divided code that is recorded again is new.
    """
    one, two = _Rows(old), _Rows(new)
    gone = {key for key in one.titles if one.is_code(key) and not two.is_code(key)}
    come = {key for key in two.titles if two.is_code(key) and not one.is_code(key)}
    moved = _moved({key: one.titles[key] for key in gone}, {key: two.titles[key] for key in come})
    system = str(old.scheme)
    for key in sorted(one.titles.keys() | two.titles.keys()):
        was, now = one.titles.get(key, ""), two.titles.get(key, "")
        if key in gone:
            id = one.printed(key)
            if instead := [keys for keys in equivalences.get(key, ()) if all(map(two.is_code, keys))]:
                first, *further = instead[0]
                kind = "split" if len(instead) > 1 or further else "merged" if one.is_code(first) else "moved"
                told = [" + ".join(map(two.printed, keys)) for keys in instead]
                more = {"to" if kind == "moved" else "into": told, "told_by": "equivalences"}
                yield Change(system, id, kind, was, " + ".join(two.titles.get(k, "") for k in instead[0]), more)
                yield Change(system, id, "retired", before=was)
                continue
            if key in moved:
                yield Change(system, id, "moved", was, was, {"to": [two.printed(moved[key])]})
            if into := two.below(key):
                yield Change(system, id, "split", was, now, {"into": [two.printed(k) for k in into]})
            yield Change(system, id, "retired", before=was)
        elif key in come:
            id = two.printed(key)
            if (of := one.below(key)) and not two.below(key):
                yield Change(system, id, "merged", was, now, {"from": [one.printed(k) for k in of]})
            yield Change(system, id, "new", after=now)
        elif key not in one.titles or key not in two.titles:
            rows, kind = (two, "new") if key in two.titles else (one, "retired")
            if rows.levels[key] == Level.CATEGORY:
                yield Change(system, rows.printed(key), kind, was, now)
        elif was != now and not _told_below(key, one, two):
            yield Change(system, two.printed(key), "retitled", was, now)


class _Rows:
    """Titles and levels of an edition by key."""

    def __init__(self, edition: CodeEdition) -> None:
        self.scheme, self.keys = edition.scheme, edition.keys
        levels, titles = edition.arrays["code.level"].view, edition.arrays.texts("code.title")
        self.titles = {key: titles[i] for i, key in enumerate(self.keys)}
        self.levels = {key: Level(levels[i]) for i, key in enumerate(self.keys)}

    def is_code(self, key: str) -> bool:
        return self.levels.get(key) == Level.CODE

    def below(self, key: str) -> list[str]:
        """The keys of the codes that divide one."""
        first = bisect_right(self.keys, key)
        found = takewhile(lambda k: k.startswith(key), (self.keys[i] for i in range(first, len(self.keys))))
        return [k for k in found if self.is_code(k)]

    def printed(self, key: str) -> str:
        return f"{key}.-" if self.levels[key] == Level.CATEGORY else str(code_of(self.scheme, key))


def _told_below(key: str, one: _Rows, two: _Rows) -> bool:
    """Whether the new title of a divided code is told with the codes below it: files give it in their rows only."""
    if one.levels[key] != Level.DIVIDED:
        return False
    was, now = one.titles[key], two.titles[key]
    return any(
        one.titles[k] != two.titles[k] and one.titles[k].startswith(was) and two.titles[k].startswith(now)
        for k in one.below(key)
        if k in two.titles
    )


def _moved(gone: Mapping[str, str], come: Mapping[str, str]) -> dict[str, str]:
    """Codes that stand under another key with the title they had, where one alone has it before and after."""

    def by_title(rows: Mapping[str, str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for key, title in rows.items():
            if title:
                found.setdefault(" ".join(title.lower().split()), []).append(key)
        return found

    before, after = by_title(gone), by_title(come)
    return {keys[0]: after[t][0] for t, keys in before.items() if len(keys) == 1 == len(after.get(t, ()))}


def concept_changes(old: SnomedEdition, new: SnomedEdition) -> Iterator[Change]:
    """The changes of concepts between two editions, in order of identifiers; set work, linear in the editions."""
    import numpy as np

    one, two = _Concepts(old), _Concepts(new)
    found: list[tuple[int, str, Change]] = []

    def add(id: int, kind: str, before: str = "", after: str = "", **more: object) -> None:
        found.append((id, kind, Change(SNOMED_CT, str(id), kind, before, after, more)))

    live, later = one.ids[one.active], two.ids[two.active]
    for id in np.setdiff1d(later, live).tolist():
        # One that was inactive before is in use again.
        add(id, "new", "", new.term(id), **({"again": True} if id in old else {}))
    for id in np.setdiff1d(live, later).tolist():
        title = old.term(id)
        ways = lineages(new, id) if id in new else ()
        meant = [way for way in ways if not way.is_wider]
        told = [{"id": str(way.id), "link": way.link} for way in ways]
        add(id, "retired", before=title, replaced_by=told)
        if len(meant) > 1:
            add(id, "split", before=title, into=[str(way.id) for way in meant])
        elif meant and meant[0].links[-1].link_id.number == SAME_AS and meant[0].id in old:
            add(id, "merged", before=title, into=[str(meant[0].id)])
    both = np.intersect1d(live, later)
    for id, before, after in _retitled(one, two, both):
        add(id, "retitled", before, after)
    for id, lost, gained in _reparented(one, two, both):
        add(id, "moved", new.term(id), new.term(id), **{"from": lost, "to": gained})
    for *_, change in sorted(found, key=lambda each: each[:2]):
        yield change


class _Concepts:
    """The columns of an edition that are compared."""

    def __init__(self, edition: SnomedEdition) -> None:
        import numpy as np

        self.edition, self.arrays = edition, edition.arrays
        self.ids = self.arrays["concept.id"].array
        self.active = self.arrays["concept.active"].array.astype(np.bool_)

    def texts(self, column: str, ids: np.ndarray) -> pl.Series:
        """The terms in a column of rows, of some concepts of the edition."""
        import numpy as np
        import polars as pl

        rows = self.arrays[f"concept.{column}"].array[np.searchsorted(self.ids, ids)]
        known = pl.Series(np.where(rows < 0, 0, rows))
        texts = self.arrays.texts("term").series()
        return pl.select(pl.when(pl.Series(rows >= 0)).then(texts.gather(known)).otherwise(pl.lit(""))).to_series()

    def parents(self, ids: np.ndarray) -> pl.DataFrame:
        """The is-a links of some concepts, by identifiers."""
        import numpy as np
        import polars as pl

        start, row = self.arrays["parent.start"].array, self.arrays["parent.row"].array
        child = np.repeat(self.ids, np.diff(start))
        frame = pl.DataFrame({"child": child, "parent": self.ids[row]})
        return frame.filter(pl.Series(np.isin(child, ids)))


def _retitled(old: _Concepts, new: _Concepts, both: np.ndarray) -> Iterator[tuple[int, str, str]]:
    """The concepts whose fully specified name changed, else whose preferred term did; with the texts."""
    names = [(old.texts(column, both), new.texts(column, both)) for column in ("fsn", "preferred")]
    changed = [(before != after).to_numpy() for before, after in names]
    for at in (changed[0] | changed[1]).nonzero()[0].tolist():
        before, after = names[0] if changed[0][at] else names[1]
        yield int(both[at]), before[at], after[at]


def _reparented(old: _Concepts, new: _Concepts, both: np.ndarray) -> Iterator[tuple[int, list[str], list[str]]]:
    """The concepts with other parents, with those lost and those gained."""
    before, after = old.parents(both), new.parents(both)
    lost = before.join(after, on=["child", "parent"], how="anti")
    gained = after.join(before, on=["child", "parent"], how="anti")
    table: dict[int, tuple[list[SctId], list[SctId]]] = {}
    for place, frame in enumerate((lost, gained)):
        for child, parent in frame.sort("child", "parent").iter_rows():
            table.setdefault(child, ([], []))[place].append(SctId(parent))
    for child in sorted(table):
        yield child, [str(p) for p in table[child][0]], [str(p) for p in table[child][1]]
