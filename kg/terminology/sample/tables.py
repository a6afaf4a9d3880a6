"""The tables of SNOMED CT in a sample: rows of both editions, of which one is taken.

Every row has a date and a state in each edition; a date of 0 says that the edition does not have the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kg.terminology.sample.concepts import (
    ACTIVE,
    CLINICAL,
    CORE,
    DRUGS,
    HIERARCHIES,
    INACTIVE,
    MAPS,
    MODEL,
    NEW,
    RETIRED,
    SECOND,
    Concepts,
    identifiers,
)  # fmt: skip
from kg.terminology.snomed_writing import DEFINED, IS_A

if TYPE_CHECKING:
    import polars as pl

PRIMITIVE = 900000000000074008
FSN, SYNONYM = 900000000000003001, 900000000000013009
PREFERRED, ACCEPTABLE = 900000000000548007, 900000000000549004
GB, NHS_CLINICAL, NHS_PHARMACY = 900000000000508004, 999001261000000100, 999000691000001104
SAME_AS, REPLACED_BY, POSSIBLY = 900000000000527005, 900000000000526001, 900000000000523009
INACTIVATION = 900000000000489007
INFERRED, SOME = 900000000000011006, 900000000000451002
ICD10_MAP, WORLD_MAP = 999002271000000101, 447562003
OPCS4_MAPS = {"4.9": 1126441000000105, "4.10": 1382401000000109, "4.11": 1891651000000103}
UNSPECIFIED, PROPERLY = 447561005, 447637006
METHOD, SITE, FINDING_SITE, INGREDIENT, FORM, STRENGTH = (
    260686004, 405813007, 363698007, 127489000, 411116001, 1142135004,
)  # fmt: skip

_META, _CORE_META, _FOUNDATION = 900000000000441003, 900000000000442005, 900000000000454005
_MODULE, _SET, _ATTRIBUTE = 900000000000443000, 900000000000455006, 410662002
_SETS = (
    (
        ICD10_MAP,
        "International Classification of Diseases, Tenth Revision, five character code complex map reference set",
    ),
    (WORLD_MAP, "ICD-10 complex map reference set"),
    *(
        (id, f"Classification of Interventions and Procedures Version {name} complex map reference set")
        for name, id in OPCS4_MAPS.items()
    ),
    (GB, "Great Britain English language reference set"),
    (NHS_CLINICAL, "National Health Service realm language reference set (clinical part)"),
    (NHS_PHARMACY, "National Health Service realm language reference set (pharmacy part)"),
    (SAME_AS, "SAME AS association reference set"),
    (REPLACED_BY, "REPLACED BY association reference set"),
    (POSSIBLY, "POSSIBLY EQUIVALENT TO association reference set"),
    (INACTIVATION, "Concept inactivation indicator reference set"),
)
METADATA: list[tuple[int, str, str, int]] = [
    (_META, "SNOMED CT Model Component", "metadata", 138875005),
    (_CORE_META, "Core metadata concept", "core metadata concept", _META),
    (_FOUNDATION, "Foundation metadata concept", "foundation metadata concept", _META),
    (_MODULE, "Module", "core metadata concept", _CORE_META),
    (CORE, "SNOMED CT core module", "core metadata concept", _MODULE),
    (MODEL, "SNOMED CT model component module", "core metadata concept", _MODULE),
    (CLINICAL, "United Kingdom clinical extension module", "core metadata concept", _MODULE),
    (MAPS, "United Kingdom reference set module", "core metadata concept", _MODULE),
    (DRUGS, "United Kingdom drug extension module", "core metadata concept", _MODULE),
    (_SET, "Reference set", "foundation metadata concept", _FOUNDATION),
    *((id, term, "foundation metadata concept", _SET) for id, term in _SETS),
    (_ATTRIBUTE, "Concept model attribute", "attribute", _META),
    (IS_A, "Is a", "attribute", _META),
    *(
        (id, term, "attribute", _ATTRIBUTE)
        for id, term in (
            (METHOD, "Method"), (SITE, "Procedure site"), (FINDING_SITE, "Finding site"),
            (INGREDIENT, "Has active ingredient"), (FORM, "Has dose form"), (STRENGTH, "Has strength"),
        )
    ),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Life:
    """Date and state of rows in both editions."""

    times: tuple[np.ndarray, np.ndarray]
    active: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, status: np.ndarray, time: np.ndarray) -> Life:
        """What a status means, for rows first dated `time`."""
        return cls(
            (np.where(status == NEW, 0, time), np.where((status == RETIRED) | (status == NEW), SECOND, time)),
            ((status != INACTIVE).astype(np.int8), ((status == ACTIVE) | (status == NEW)).astype(np.int8)),
        )


def taken(edition: int, life: Life, module: np.ndarray, columns: Mapping[str, object], ids: object) -> pl.DataFrame:
    """The rows of one edition with the four columns that all tables begin with."""
    import polars as pl

    time, active = life.times[edition - 1], life.active[edition - 1]
    frame = pl.DataFrame({"id": ids, "effectiveTime": time, "active": active, "moduleId": module, **columns})
    return frame.filter(pl.col("effectiveTime") > 0)


def uuids(rng: np.random.Generator, n: int) -> pl.Series:
    """Random UUIDs as texts."""
    import polars as pl
    import pyarrow as pa

    figures = np.frombuffer(rng.bytes(16 * n).hex().encode(), np.uint8).reshape(n, 32)
    text = np.full((n, 36), ord("-"), np.uint8)
    for at, width, source in ((0, 8, 0), (9, 4, 8), (14, 4, 12), (19, 4, 16), (24, 12, 20)):
        text[:, at : at + width] = figures[:, source : source + width]
    text[:, 14], text[:, 19] = ord("5"), ord("a")
    ends = pa.py_buffer((np.arange(n + 1, dtype=np.int64) * 36).tobytes())
    arrow = pa.LargeStringArray.from_buffers(n, ends, pa.py_buffer(text.tobytes()))
    return pl.Series(pl.from_arrow(arrow))


def concept_rows(c: Concepts, rng: np.random.Generator, edition: int) -> pl.DataFrame:
    """The table of concepts."""
    defined = np.where(rng.random(len(c.id)) < 0.3, DEFINED, PRIMITIVE)
    return taken(edition, Life.of(c.status, c.time), c.module, {"definitionStatusId": defined}, c.id)


@dataclass(frozen=True, slots=True)
class Descriptions:
    """All descriptions; `owner` is the number of the concept, `retitled` the concepts that get new terms."""

    id: np.ndarray
    owner: np.ndarray
    is_fsn: np.ndarray
    term: pl.Series
    status: np.ndarray
    retitled: np.ndarray


def make_descriptions(c: Concepts, rng: np.random.Generator) -> Descriptions:
    """A fully specified name and a synonym for each concept, more synonyms for some; a few change in edition 2."""
    import polars as pl

    n = len(c.id)
    base = pl.DataFrame({"n": np.arange(n)})
    terms = [pl.DataFrame({"n": list(c.named), "term": [term for term, _ in c.named.values()]})]
    extra = rng.choice(3, n, p=(0.5, 0.33, 0.17))
    more = np.repeat(np.arange(n), extra)
    synonyms = [pl.DataFrame({"n": [], "term": []}, schema={"n": pl.Int64, "term": pl.String})]
    tags = np.array(["" for _ in range(n)], object)
    for kind, each in enumerate(HIERARCHIES):
        numbers = c.of_kind(each.tag)
        terms.append(pl.DataFrame({"n": numbers, "term": each.pattern.terms(rng, len(numbers))}))
        tags[numbers] = each.tag
        mine = more[c.kind[more] == kind]
        synonyms.append(pl.DataFrame({"n": mine, "term": each.pattern.terms(rng, len(mine))}))
    for number, (_, tag) in c.named.items():
        tags[number] = tag
    base = base.join(pl.concat(terms), on="n", how="left", maintain_order="left")
    plain, tag = base["term"], pl.Series(tags.tolist(), dtype=pl.String)
    others = pl.concat(synonyms)
    changing = np.flatnonzero((c.status == ACTIVE) & (c.kind >= 0) & (rng.random(n) < 0.003))
    renamed = plain.gather(changing) + ", renamed"
    owner = np.concatenate([np.arange(n), np.arange(n), others["n"].to_numpy(), changing, changing])
    suffix = pl.Series([" ("]).gather(np.zeros(n, int)) + tag + ")"
    term = pl.concat([plain + suffix, plain, others["term"], renamed + suffix.gather(changing), renamed])
    is_fsn = np.zeros(len(owner), bool)
    is_fsn[:n] = True
    is_fsn[len(owner) - 2 * len(changing) : len(owner) - len(changing)] = True
    status = np.where(c.status[owner] == NEW, NEW, ACTIVE)
    status[changing] = status[n + changing] = RETIRED
    status[len(owner) - 2 * len(changing) :] = NEW
    withdrawn = (np.arange(len(owner)) >= 2 * n) & (status == ACTIVE) & (rng.random(len(owner)) < 0.01)
    status[withdrawn] = RETIRED
    order = np.lexsort((np.arange(len(owner)), owner))
    owner, term, is_fsn, status = owner[order], term.gather(order), is_fsn[order], status[order]
    return Descriptions(identifiers(c.module[owner], 1), owner, is_fsn, term, status, changing)


def description_rows(c: Concepts, d: Descriptions, edition: int) -> pl.DataFrame:
    """The table of descriptions."""
    life = Life.of(d.status, c.time[d.owner])
    columns = {
        "conceptId": c.id[d.owner],
        "languageCode": ["en"] * len(d.owner),
        "typeId": np.where(d.is_fsn, FSN, SYNONYM),
        "term": d.term,
        "caseSignificanceId": np.full(len(d.owner), 900000000000448009),
    }
    return taken(edition, life, c.module[d.owner], columns, d.id)


def language_rows(c: Concepts, d: Descriptions, rng: np.random.Generator, edition: int) -> pl.DataFrame:
    """The language reference sets: the realm's for all, that of Great Britain for international concepts too."""
    international = np.flatnonzero(c.module[d.owner] == CORE)
    row = np.concatenate((np.arange(len(d.owner)), international))
    realm = np.where(c.module[d.owner] == DRUGS, NHS_PHARMACY, NHS_CLINICAL)
    refset = np.concatenate((realm, np.full(len(international), GB)))
    first = np.concatenate(([True], d.owner[1:] != d.owner[:-1]))
    preferred = d.is_fsn.copy()
    preferred[1:] |= d.is_fsn[:-1] & ~first[1:]  # the term behind the fully specified name
    # A renamed concept has its new synonym behind the new name.
    columns = {
        "refsetId": refset,
        "referencedComponentId": d.id[row],
        "acceptabilityId": np.where(preferred[row], PREFERRED, ACCEPTABLE),
    }
    life = Life.of(d.status[row], c.time[d.owner[row]])
    return taken(edition, life, c.module[d.owner[row]], columns, uuids(rng, len(row)))


@dataclass(frozen=True, slots=True)
class Links:
    """All relationships; `moved` the concepts whose first parent changes, with the parent before and after."""

    frames: dict[str, pl.DataFrame]
    moved: list[tuple[int, int, int]]


def relationship_rows(c: Concepts, rng: np.random.Generator, edition: int) -> Links:
    """Relationships and concrete values of one edition."""
    import polars as pl

    leaf = (c.status == ACTIVE) & ~c.inner & (c.kind >= 0)
    first = np.concatenate(([True], c.child[1:] != c.child[:-1]))
    moving = np.flatnonzero(first & leaf[c.child] & (rng.random(len(c.child)) < 0.004))
    inner = np.flatnonzero(c.inner & (c.kind >= 0))
    target = inner[np.searchsorted(c.kind[inner], c.kind[c.child[moving]]) + rng.integers(0, 12, len(moving))]
    pairs = set(zip(c.child.tolist(), c.parent.tolist(), strict=True))
    sound = np.array(
        [(a, b) not in pairs and c.kind[a] == c.kind[b] for a, b in zip(c.child[moving], target, strict=True)], bool
    )
    moving, target = moving[sound], target[sound]
    status = c.status[c.child].copy()
    status[moving] = RETIRED
    made = [
        (c.child, c.parent, np.zeros(len(c.child), int), np.full(len(c.child), IS_A), status),
        (c.child[moving], target, np.zeros(len(moving), int), np.full(len(moving), IS_A), np.full(len(moving), NEW)),
        *_attributes(c, rng),
    ]
    source, destination, group, type, status = (np.concatenate(each) for each in zip(*made, strict=True))
    order = np.lexsort((np.arange(len(source)), source))
    source, destination, group, type, status = (x[order] for x in (source, destination, group, type, status))
    products = c.of_kind("product")
    products = products[rng.random(len(products)) < 0.8]
    everything = np.concatenate((source, products))
    ids = identifiers(c.module[everything], 2)
    ends = {"characteristicTypeId": INFERRED, "modifierId": SOME}
    columns = {"sourceId": c.id[source], "destinationId": c.id[destination], "relationshipGroup": group, "typeId": type}
    more = {name: np.full(len(source), value) for name, value in ends.items()}
    rows = taken(edition, Life.of(status, c.time[source]), c.module[source], {**columns, **more}, ids[: len(source)])
    value = pl.Series("#", ["#"]).gather(np.zeros(len(products), int)) + pl.Series(
        rng.choice((2, 5, 10, 25, 100), len(products))
    ).cast(pl.String)
    columns = {
        "sourceId": c.id[products], "value": value, "relationshipGroup": np.ones(len(products), int),
        "typeId": np.full(len(products), STRENGTH),
        **{name: np.full(len(products), each) for name, each in ends.items()},
    }  # fmt: skip
    life = Life.of(c.status[products], c.time[products])
    values = taken(edition, life, c.module[products], columns, ids[len(source) :])
    moved = [(int(c.id[c.child[i]]), int(c.id[c.parent[i]]), int(c.id[t])) for i, t in zip(moving, target, strict=True)]
    return Links({"relationship": rows, "concrete": values}, sorted(moved))


Made = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _attributes(c: Concepts, rng: np.random.Generator) -> list[Made]:
    """Attributes in groups: of procedures, disorders and products."""
    number = {int(id): i for i, id in enumerate(c.id[: len(c.named)].tolist())}
    assert IS_A in number  # noqa: S101
    made: list[Made] = []
    for tag, group, type, of, share in (
        ("procedure", 1, METHOD, "qualifier value", 1.0),
        ("procedure", 1, SITE, "body structure", 0.9),
        ("procedure", 2, METHOD, "qualifier value", 0.4),
        ("procedure", 2, SITE, "body structure", 0.4),
        ("disorder", 1, FINDING_SITE, "body structure", 1.0),
        ("disorder", 2, FINDING_SITE, "body structure", 0.5),
        ("product", 0, INGREDIENT, "substance", 1.0),
        ("product", 0, FORM, "qualifier value", 0.9),
        ("product", 1, INGREDIENT, "substance", 0.3),
    ):
        source = c.of_kind(tag)
        source = source[rng.random(len(source)) < share]
        pool = c.of_kind(of)
        pool = pool[c.status[pool] == ACTIVE]
        n = len(source)
        made.append((source, rng.choice(pool, n), np.full(n, group), np.full(n, type), c.status[source].copy()))
    return made


def history_rows(c: Concepts, rng: np.random.Generator, edition: int) -> dict[str, pl.DataFrame]:
    """Associations and reasons of inactive concepts."""
    gone = np.flatnonzero((c.status == INACTIVE) | (c.status == RETIRED))
    target = np.empty(len(gone), np.int64)
    for kind in range(len(HIERARCHIES)):
        mine = c.kind[gone] == kind
        target[mine] = rng.choice(np.flatnonzero((c.kind == kind) & (c.status == ACTIVE)), int(mine.sum()))
    which = rng.choice(3, len(gone), p=(0.6, 0.25, 0.15))
    status = np.where(c.status[gone] == RETIRED, NEW, ACTIVE)
    life = Life.of(status, c.time[gone])
    kinds = np.array((SAME_AS, REPLACED_BY, POSSIBLY))[which]
    reasons = np.array((900000000000482003, 900000000000485001, 900000000000484002))[which]
    shared = {"referencedComponentId": c.id[gone]}
    association = {"refsetId": kinds, **shared, "targetComponentId": c.id[target]}
    attribute = {"refsetId": np.full(len(gone), INACTIVATION), **shared, "valueId": reasons}
    return {
        "association": taken(edition, life, c.module[gone], association, uuids(rng, len(gone))),
        "attribute": taken(edition, life, c.module[gone], attribute, uuids(rng, len(gone))),
    }
