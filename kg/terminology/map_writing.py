"""Maps and history of an edition of SNOMED CT, from their tables to arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kg.codes import Code, Scheme
from kg.errors import KgError
from kg.terminology.arrays import Arrays, save, save_texts
from kg.terminology.layouts import Layouts
from kg.terminology.problems import Problems
from kg.terminology.rf2 import Rows, Tables
from kg.terminology.snomed_writing import Ids, dangling, tell

if TYPE_CHECKING:
    import polars as pl

_INACTIVATION = 900000000000489007
_TABLES = ("uk-map", "map", "complex-map")
Codes = Mapping[tuple[str, str], frozenset[str]]
"""The keys of the codes of each classification's edition that is at hand, by system and edition."""


def write_maps(
    tables: Tables,
    layouts: Layouts,
    folder: Path,
    problems: Problems,
    codes: Codes,
    in_use: Sequence[tuple[str, str]],
) -> list[dict[str, object]]:
    """Write the rows of all maps by reference set, concept, block, group and priority; the reference sets come back.

    `codes` are those of all classifications at hand; targets are held against the edition that a set names, else
    against those `in_use` at the time of the release.

    Which classification a set maps to is told by the term of its own concept, else by where its targets exist; never by
    the shape of a code (`Z94` is of both), nor by an identifier.
    """
    import polars as pl

    concepts = Ids(Arrays(folder)["concept.id"].array)
    read = [tables.take(name) for name in _TABLES]
    parts = [_part(rows, concepts, problems) for rows in read if len(rows)]
    empty = {"set": pl.Int64, "concept": pl.Int32, "block": pl.Int32, "group": pl.Int32, "priority": pl.Int32}
    texts = {"target": pl.String, "rule": pl.String, "advice": pl.String}
    frame = (
        pl.concat(parts) if parts else pl.DataFrame(schema={**empty, "active": pl.UInt8, "category": pl.Int64, **texts})
    )
    frame = frame.sort("set", "concept", "block", "group", "priority", "active", "target")
    sets = frame["set"].unique().sort()
    numbers = sets.to_numpy()
    save(folder, "map.set", np.searchsorted(numbers, frame["set"].to_numpy()).astype(np.uint8))
    for name in ("concept", "block", "group", "priority"):
        save(folder, f"map.{name}", frame[name].to_numpy().astype(np.int32))
    save(folder, "map.active", frame["active"].to_numpy())
    save(folder, "map.category", frame["category"].to_numpy())
    for name in texts:
        values = frame[name].unique().sort()
        number = frame[name].cast(pl.Enum(values)).to_physical().to_numpy().astype(np.int32)
        save(folder, f"map.{name}", number)
        save_texts(folder, f"map.{name}s", values)
    found = [_set(id, frame, concepts, folder, layouts, problems, (codes, in_use)) for id in numbers.tolist()]
    # The map of an edition before stays in the files with all rows inactive; that none is left is another thing.
    live = {each["system"] for each in found if each["active"]}
    for each in found:
        if not each["active"] and each["system"] not in live:
            what = f"a map without active rows: {each['term'] or 'no term'}"
            problems.add("KG-W1012", what, "maps", field=str(each["id"]))
    if not found and (files := [part.file for rows in read for part in rows.parts]):
        problems.add("KG-W1012", "the files of maps have no rows", files[0])
    return found


def _part(rows: Rows, concepts: Ids, problems: Problems) -> pl.DataFrame:
    import polars as pl

    at = concepts.ordinals(rows.column("referencedComponentId"))
    sound = dangling(rows, at, "referencedComponentId", problems)
    has = rows.frame.columns
    frame = rows.frame.select(
        pl.col("refsetId").alias("set"),
        pl.Series("concept", at),
        (pl.col("mapBlock") if "mapBlock" in has else pl.lit(1)).cast(pl.Int32).alias("block"),
        pl.col("mapGroup").alias("group"),
        pl.col("mapPriority").alias("priority"),
        "active",
        (pl.col("mapCategoryId") if "mapCategoryId" in has else pl.lit(0)).cast(pl.Int64).alias("category"),
        pl.col("mapTarget").alias("target"),
        pl.col("mapRule").alias("rule"),
        pl.col("mapAdvice").alias("advice"),
    )
    return frame if sound.all() else frame.filter(pl.Series(sound))


def _set(
    id: int,
    frame: pl.DataFrame,
    concepts: Ids,
    folder: Path,
    layouts: Layouts,
    problems: Problems,
    at_hand: tuple[Codes, Sequence[tuple[str, str]]],
) -> dict[str, object]:
    """What a reference set of maps is: its term, classification, edition, rows."""
    import polars as pl

    codes, usual = at_hand[0], {key: at_hand[0][key] for key in at_hand[1]}
    mine = frame.filter(pl.col("set") == id)
    live = mine.filter(pl.col("active") == 1)
    term = _term(id, concepts, folder)
    targets = live.filter(pl.col("target").str.contains("^[A-Z][0-9]"))["target"].unique().sort().to_list()
    system, edition, how = _known(term, layouts)
    if not system:
        system, how = _by_targets(targets, usual)
    unknown = _unknown(targets, system, codes.get((system, edition)), usual)
    if unknown:
        places = live.filter(pl.col("target").is_in(unknown))
        for concept, target in places.select("concept", "target").sort("target", "concept").iter_rows():
            what = f"{system} has no such code; mapped from {concepts.ids[concept]}"
            problems.add("KG-W1017", what, "maps", field=str(id), value=target)
    return {
        "id": id, "term": term, "system": system, "edition": edition, "known_by": how,
        "rows": mine.height, "active": live.height, "concepts": live["concept"].n_unique(),
    }  # fmt: skip


def _term(id: int, concepts: Ids, folder: Path) -> str:
    at = int(concepts.ordinals(np.array([id]))[0])
    arrays = Arrays(folder)
    row = arrays["concept.fsn"].view[at] if at >= 0 else -1
    return arrays.texts("term")[row] if row >= 0 else ""


def _known(term: str, layouts: Layouts) -> tuple[str, str, str]:
    for known in layouts.map_sets:
        if found := known.term.search(term):
            return known.system, found.groupdict().get("edition") or "", "term"
    return "", "", ""


def _by_targets(targets: list[str], codes: Codes) -> tuple[str, str]:
    """The classification that has most of the targets, where one has four of five of them."""
    share: dict[str, float] = {}
    for (system, _), known in codes.items():
        hit = sum(_key(target, system) in known for target in targets)
        share[system] = max(share.get(system, 0), hit / len(targets) if targets else 0)
    best = max(share, key=lambda system: (share[system], system), default="")
    return (best, "targets") if best and share[best] >= 0.8 else ("", "")


def _unknown(targets: list[str], system: str, own: frozenset[str] | None, codes: Codes) -> list[str]:
    """Targets that the map's own edition of the classification, or else the edition in use, does not have."""
    pools = [own] if own is not None else [known for (of, _), known in codes.items() if of == system]
    if not pools:
        return []
    return [target for target in targets if not any(_key(target, system) in known for known in pools)]


def _key(target: str, system: str) -> str:
    """The key of a target as a code of the system, or "" for one that is none."""
    try:
        return Code.parse(target, Scheme(system)).key
    except KgError:
        return ""


def write_history(tables: Tables, folder: Path, problems: Problems) -> list[int]:
    """Write associations and reasons of inactivation by concept; the kinds of association come back."""
    concepts = Ids(Arrays(folder)["concept.id"].array)
    rows = tables.take("association")
    # Associations of descriptions are history too, but not of concepts: they are passed over, not told.
    at = concepts.ordinals(rows.column("referencedComponentId"))
    target = concepts.ordinals(rows.column("targetComponentId"))
    used = (at >= 0) & (rows.column("active") == 1)
    tell(
        rows, np.flatnonzero(used & (target < 0)), "targetComponentId", "KG-W1007",
        "a reference to a component that is not there", problems,
    )  # fmt: skip
    used &= target >= 0
    kinds, kind = np.unique(rows.column("refsetId")[used], return_inverse=True)
    order = np.lexsort((target[used], kind, at[used]))
    save(folder, "history.concept", at[used][order])
    save(folder, "history.kind", kind[order].astype(np.int32))
    save(folder, "history.target", target[used][order])
    rows = tables.take("attribute")
    at = concepts.ordinals(rows.column("referencedComponentId"))
    used = (rows.column("refsetId") == _INACTIVATION) & (rows.column("active") == 1) & (at >= 0)
    order = np.argsort(at[used], kind="stable")
    save(folder, "reason.concept", at[used][order])
    save(folder, "reason.id", rows.column("valueId")[used][order])
    return kinds.tolist()
