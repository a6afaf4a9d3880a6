"""The maps of a sample: both layouts, with groups, blocks, alternatives whose default is last, and targets that are no
codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kg.terminology.sample.codes import SampleEdition
from kg.terminology.sample.concepts import ACTIVE, CORE, MAPS, NEW, RETIRED, Concepts
from kg.terminology.sample.tables import (
    ICD10_MAP,
    OPCS4_MAPS,
    PROPERLY,
    UNSPECIFIED,
    WORLD_MAP,
    Life,
    taken,
    uuids,
)  # fmt: skip

if TYPE_CHECKING:
    import polars as pl

# (share, rows): each row is block, group, priority, and how far its target is from its own code; None: no code.
_FORMS: tuple[tuple[float, tuple[tuple[int, int, int, int | None], ...]], ...] = (
    (0.55, ((1, 1, 1, 0),)),
    (0.15, ((1, 1, 1, 3), (1, 1, 2, 1), (1, 1, 3, 0))),
    (0.15, ((1, 1, 1, 0), (1, 2, 1, 40))),
    (0.05, ((1, 1, 1, 0), (1, 2, 1, 41), (1, 2, 2, 40))),
    (0.05, ((1, 1, 1, 2), (2, 1, 1, 0), (2, 2, 1, 50), (3, 1, 1, 50), (3, 2, 1, 0))),
    (0.05, ((1, 1, 1, None),)),
)
_NO_CODES = ("#NIS", "#NC", "#HLT")


def map_rows(
    c: Concepts, codes: dict[str, tuple[SampleEdition, SampleEdition]], rng: np.random.Generator, edition: int
) -> dict[str, pl.DataFrame]:
    """The rows of the UK's maps and of the international one. `codes` has both editions by system.

    A target that the second edition retires is mapped to its neighbour there; the set of the older OPCS-4 is retired
    as a whole.
    """
    import polars as pl

    parts = [
        _set(c, "disorder", ICD10_MAP, ICD10_MAP, codes["ICD-10"], 0.7, rng),
        _set(c, "procedure", OPCS4_MAPS["4.10"], OPCS4_MAPS["4.11"], codes["OPCS-4"], 0.8, rng),
    ]
    uk = pl.concat(parts)
    life = Life(
        (uk["t1"].to_numpy(), uk["t2"].to_numpy()),
        (uk["a1"].to_numpy(), uk["a2"].to_numpy()),
    )
    columns = {
        "refsetId": uk["set"], "referencedComponentId": uk["concept"], "mapGroup": uk["group"],
        "mapPriority": uk["priority"], "mapRule": pl.Series([""] * uk.height), "mapAdvice": _advice(uk["target"], rng),
        "mapTarget": uk["target"], "correlationId": np.full(uk.height, UNSPECIFIED), "mapBlock": uk["block"],
    }  # fmt: skip
    made = {"uk-map": taken(edition, life, np.full(uk.height, MAPS), columns, uuids(rng, uk.height))}
    made["map"] = _world(c, codes["ICD-10"][0], rng, edition)
    return made


def _set(
    c: Concepts, tag: str, first: int, second: int, editions: tuple[SampleEdition, SampleEdition], share: float,
    rng: np.random.Generator,
) -> pl.DataFrame:  # fmt: skip
    import polars as pl

    mapped = c.of_kind(tag)
    mapped = mapped[(c.status[mapped] != 1) & (rng.random(len(mapped)) < share)]
    form = rng.choice(len(_FORMS), len(mapped), p=[each for each, _ in _FORMS])
    pool = [key for key in editions[0].leaves() if editions[0].codes[key].title]
    after = _replaced(editions)
    place = (np.arange(len(mapped)) * (len(pool) - 100) // max(1, len(mapped))).astype(int)
    frames = []
    for number, (_, rows) in enumerate(_FORMS):
        mine = np.flatnonzero(form == number)
        for block, group, priority, away in rows:
            target = (
                pl.Series(list(_NO_CODES)).gather(rng.integers(0, 3, len(mine)))
                if away is None
                else pl.Series(pool).gather(place[mine] + away)
            )
            frames.append(
                pl.DataFrame({"n": mapped[mine], "target": target}).with_columns(
                    block=pl.lit(block), group=pl.lit(group), priority=pl.lit(priority)
                )
            )
    rows = pl.concat(frames).sort("n", "block", "group", "priority")
    later = rows["target"].replace(after)
    number = rows["n"].to_numpy()
    base = c.status[number]
    time = np.maximum(c.time[number], 20130131)
    changes = (rows["target"] != later).to_numpy() | (first != second)
    old = Life.of(np.where((base == ACTIVE) & changes, RETIRED, base), time)
    shared = {"concept": c.id[number], "block": rows["block"], "group": rows["group"], "priority": rows["priority"]}
    one = pl.DataFrame({"set": np.full(len(number), first), **shared, "target": rows["target"], **_life(old)})
    one = one.filter(~((pl.Series(base) == NEW) & pl.lit(first != second)))
    new = Life.of(np.full(len(number), NEW), time)
    two = pl.DataFrame({"set": np.full(len(number), second), **shared, "target": later, **_life(new)})
    needed = changes & ((base == ACTIVE) | ((base == NEW) & (first != second)))
    return pl.concat([one, two.filter(pl.Series(needed))])


def _life(life: Life) -> dict[str, np.ndarray]:
    return {"t1": life.times[0], "t2": life.times[1], "a1": life.active[0], "a2": life.active[1]}


def _replaced(editions: tuple[SampleEdition, SampleEdition]) -> dict[str, str]:
    """For each code that the second edition has no more, a neighbour that it has."""
    later = editions[1].leaves()
    last = {key[:3]: key for key in later}
    return {key: last.get(key[:3], later[-1]) for key in editions[0].leaves() if key not in editions[1].codes}


def _advice(target: pl.Series, rng: np.random.Generator) -> pl.Series:
    """`ALWAYS J12.8`, with an additional code possible for half of the rows."""
    import polars as pl

    dotted = target.str.slice(0, 3) + "." + target.str.slice(3)
    more = pl.Series(rng.random(len(target)) < 0.5)
    always = pl.Series(["ALWAYS "]).gather(np.zeros(len(target), int)) + dotted
    told = pl.select(pl.when(more).then(always + " | ADDITIONAL CODE POSSIBLE").otherwise(always).alias("x"))["x"]
    none = target.str.starts_with("#")
    return pl.select(pl.when(none).then(pl.lit("Not in scope of the classification")).otherwise(told).alias("x"))["x"]


def _world(c: Concepts, icd10: SampleEdition, rng: np.random.Generator, edition: int) -> pl.DataFrame:
    """The international map: rules tried in turn, the last of which always holds; targets with a dot."""
    import polars as pl

    mapped = c.of_kind("disorder")
    mapped = mapped[(c.module[mapped] == CORE) & (c.status[mapped] == ACTIVE) & (rng.random(len(mapped)) < 0.3)]
    pool = pl.Series([f"{key[:3]}.{key[3]}" for key in icd10.leaves() if len(key) == 4 and key[3] != "X"])
    ruled = np.flatnonzero(rng.random(len(mapped)) < 0.2)
    others = np.setdiff1d(np.arange(len(mapped)), ruled)
    rows = np.concatenate((ruled, ruled, others))
    order = np.lexsort((np.repeat((0, 1, 0), (len(ruled), len(ruled), len(others))), rows))
    priority = np.repeat((1, 2, 1), (len(ruled), len(ruled), len(others)))[order]
    last = np.repeat((False, True, True), (len(ruled), len(ruled), len(others)))[order]
    lone = np.repeat((False, False, True), (len(ruled), len(ruled), len(others)))[order]
    number = mapped[rows[order]]
    target = pool.gather((number * 7 + priority) % len(pool))
    rule = np.where(
        lone,
        "TRUE",
        np.where(last, "OTHERWISE TRUE", "IFA 445518008 | Age at onset of clinical finding | <= 28.0 days"),
    )
    columns = {
        "refsetId": np.full(len(number), WORLD_MAP), "referencedComponentId": c.id[number],
        "mapGroup": np.ones(len(number), int), "mapPriority": priority, "mapRule": pl.Series(rule.tolist()),
        "mapAdvice": pl.Series(["ALWAYS "]).gather(np.zeros(len(number), int)) + target, "mapTarget": target,
        "correlationId": np.full(len(number), UNSPECIFIED), "mapCategoryId": np.full(len(number), PROPERLY),
    }  # fmt: skip
    life = Life.of(c.status[number], np.maximum(c.time[number], 20130131))
    return taken(edition, life, np.full(len(number), CORE), columns, uuids(rng, len(number)))
