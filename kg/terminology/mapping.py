"""The maps of concepts as targets with conditions, forwards and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kg.codes import Chapters, Code, Scheme, SctId, Selector, covers
from kg.errors import KgError
from kg.reason.map_combinations import Target
from kg.terminology.map_rules import Recognise, read_rule
from kg.terminology.snomed import Id, MapRow, MapSet, SnomedEdition


@dataclass(frozen=True, slots=True)
class ConceptMap:
    """What one set of maps has for a concept."""

    concept: SctId
    set: MapSet
    targets: tuple[Target, ...]


def concept_maps(edition: SnomedEdition, id: Id, recognise: Recognise) -> tuple[ConceptMap, ...]:
    """The maps of a concept, one for each set that has active rows of it; a retired set has none.

    Raises:
        KgError: KG-E0601 if the edition does not have the concept.
    """
    rows: dict[MapSet, list[MapRow]] = {}
    for row in edition.maps(id):
        rows.setdefault(row.set, []).append(row)
    number = id if isinstance(id, SctId) else SctId(id)
    return tuple(ConceptMap(number, of, _targets(of_set, recognise)) for of, of_set in rows.items())


def _targets(rows: list[MapRow], recognise: Recognise) -> tuple[Target, ...]:
    ruled = {(row.block, row.group) for row in rows if row.rule.strip()}
    return tuple(
        Target(
            row.block,
            row.group,
            row.priority,
            row.target or _why_none(row),
            code_of_target(row.target, row.set.system),
            read_rule(row.rule, row.advice, recognise),
            (row.block, row.group) in ruled,
        )
        for row in rows
    )


def _why_none(row: MapRow) -> str:
    """What a row without a target says instead."""
    return next((part.strip() for part in row.advice.split("|") if part.strip()), "no target")


def code_of_target(text: str, system: str) -> Code | None:
    """The code that a target names in the classification of its set; None for `#NIS`, `NEW`, nothing.

    The set decides the classification, never the shape of the code (`Z94` is of both).
    """
    try:
        return Code.parse(text, Scheme(system))
    except (KgError, ValueError):
        return None


def mapped_from(edition: SnomedEdition, selector: Selector, chapters: Chapters) -> Iterator[SctId]:
    """The concepts with an active row that maps to a code of a selector, in order of identifiers.

    Maps are made in one direction: that a code comes from a concept is not said by them.
    """
    import numpy as np

    texts = edition.arrays.texts("map.targets")
    system = str(selector.scheme)
    codes = ((i, code_of_target(texts[i], system)) for i in range(len(texts)))
    wanted = [i for i, code in codes if code is not None and covers(selector, code, chapters)]
    sets = [i for i, each in enumerate(edition.map_sets) if each.system == system]
    column = {name: edition.arrays[f"map.{name}"].array for name in ("set", "target", "active", "concept")}
    hit = np.isin(column["target"], wanted) & np.isin(column["set"], sets) & (column["active"] == 1)
    for at in np.unique(column["concept"][hit]).tolist():
        yield edition.id_of(at)
