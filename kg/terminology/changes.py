"""What changed between two editions, by meaning: which codes and concepts may be used, and what became of the others.

`new` and `retired` say what may be recorded; `retitled` and `moved` speak of what stays (another title, other parents).
`split` and `merged`, and `moved` of a code that is gone, say besides what a retired one has become.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from kg.codes import Code, SctId
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


def code_changes(old: CodeEdition, new: CodeEdition) -> Iterator[Change]:
    """The changes of codes and categories between two editions of one classification, in order of keys."""
    before, after = _codes(old), _codes(new)
    moved = _moved(
        {k: v for k, v in before.items() if k not in after}, {k: v for k, v in after.items() if k not in before}
    )
    system = str(old.scheme)
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was is None and now is not None:
            yield Change(system, _printed(new, key, now[1]), "new", after=now[0])
        elif was is not None and now is None:
            id = _printed(old, key, was[1])
            if key in moved:
                yield Change(
                    system, id, "moved", was[0], was[0], {"to": [_printed(new, moved[key], after[moved[key]][1])]}
                )
            yield Change(system, id, "retired", before=was[0])
        elif was is not None and now is not None:
            id = _printed(new, key, now[1])
            if was[0] != now[0]:
                yield Change(system, id, "retitled", was[0], now[0])
            if was[1] == Level.CODE != now[1]:
                into = [_printed(new, k, after[k][1]) for k in after if k.startswith(key) and after[k][1] == Level.CODE]
                yield Change(system, id, "split", was[0], now[0], {"into": into})
            elif now[1] == Level.CODE != was[1]:
                of = [
                    _printed(old, k, before[k][1]) for k in before if k.startswith(key) and before[k][1] == Level.CODE
                ]
                yield Change(system, id, "merged", was[0], now[0], {"from": of})


_Row = tuple[str, Level]


def _codes(edition: CodeEdition) -> dict[str, _Row]:
    levels = edition.arrays["code.level"].view
    titles = edition.arrays.texts("code.title")
    return {key: (titles[i], Level(levels[i])) for i, key in enumerate(edition.keys)}


def _printed(edition: CodeEdition, key: str, level: Level) -> str:
    return f"{key}.-" if level == Level.CATEGORY else str(code_of(edition.scheme, key))


def _moved(gone: Mapping[str, _Row], come: Mapping[str, _Row]) -> dict[str, str]:
    """Codes that stand under another key with the title they had, where one alone has it before and after."""

    def by_title(rows: Mapping[str, _Row]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for key, (title, level) in rows.items():
            if title and level == Level.CODE:
                found.setdefault(" ".join(title.lower().split()), []).append(key)
        return found

    before, after = by_title(gone), by_title(come)
    return {keys[0]: after[t][0] for t, keys in before.items() if len(keys) == 1 == len(after.get(t, ()))}


def added_and_gone(old: CodeEdition, new: CodeEdition) -> tuple[list[Code], list[Code]]:
    """The codes to record that only the new edition has, and those that only the old one has, in order."""
    before = {key for key, row in _codes(old).items() if row[1] == Level.CODE}
    after = {key for key, row in _codes(new).items() if row[1] == Level.CODE}
    return (
        [code_of(new.scheme, key) for key in sorted(after - before)],
        [code_of(old.scheme, key) for key in sorted(before - after)],
    )


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
        add(id, "new", after=new.term(id), **({"again": True} if id in old else {}))
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
