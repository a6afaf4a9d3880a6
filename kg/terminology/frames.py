"""An edition of SNOMED CT as tables: of all concepts, or of those below one. Columns come straight from the arrays."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from kg.codes import SctId
from kg.table import Table
from kg.terminology.snomed import TERM_KINDS, Id, SnomedEdition

if TYPE_CHECKING:
    import networkx as nx
    import numpy as np
    import polars as pl

IS_A = 116680003


def concepts(edition: SnomedEdition, below: Id | None) -> Table:
    """`concept`, `term`, `fsn`, `active`, `defined`, by identifier."""
    arrays, at = edition.arrays, _ordinals(edition, below)
    texts = arrays.texts("term").series()
    columns = {
        "concept": arrays["concept.id"].array[at],
        "term": _texts(texts, arrays["concept.preferred"].array[at]),
        "fsn": _texts(texts, arrays["concept.fsn"].array[at]),
        "active": arrays["concept.active"].array[at] == 1,
        "defined": arrays["concept.defined"].array[at] == 1,
    }
    return _table(edition, "concepts", below, columns)


def terms(edition: SnomedEdition, below: Id | None) -> Table:
    """`concept`, `id`, `term`, `kind`, `active`, by concept."""
    import polars as pl

    arrays = edition.arrays
    rows, owner = _unrolled(edition, "term.start", below)
    columns = {
        "concept": owner,
        "id": arrays["term.id"].array[rows],
        "term": _texts(arrays.texts("term").series(), rows),
        "kind": pl.Series(list(TERM_KINDS)).gather(arrays["term.kind"].array[rows]),
        "active": arrays["term.active"].array[rows] == 1,
    }
    return _table(edition, "terms", below, columns)


def relationships(edition: SnomedEdition, below: Id | None) -> Table:
    """`concept`, `group`, `type`, `target`: first is-a, then the others, each by concept."""
    import numpy as np

    arrays, ids = edition.arrays, edition.arrays["concept.id"].array
    up, child = _unrolled(edition, "parent.start", below)
    rows, source = _unrolled(edition, "relation.start", below)
    columns = {
        "concept": np.concatenate((child, source)),
        "group": np.concatenate((np.zeros(len(up), np.int32), arrays["relation.group"].array[rows])),
        "type": np.concatenate((np.full(len(up), IS_A), ids[arrays["relation.type"].array[rows]])),
        "target": np.concatenate((ids[arrays["parent.row"].array[up]], ids[arrays["relation.target"].array[rows]])),
    }
    return _table(edition, "relationships", below, columns)


def maps(edition: SnomedEdition, below: Id | None) -> Table:
    """Active rows by set and concept: `concept`, `refset`, `system`, `block`, `group`, `priority`, `target`, words."""
    import numpy as np
    import polars as pl

    arrays = edition.arrays
    wanted = arrays["map.active"].array == 1
    if below is not None:
        inside = np.zeros(len(edition), bool)
        inside[_ordinals(edition, below)] = True
        wanted &= inside[arrays["map.concept"].array]
    rows = np.flatnonzero(wanted)
    sets = arrays["map.set"].array[rows]
    columns: dict[str, Any] = {
        "concept": arrays["concept.id"].array[arrays["map.concept"].array[rows]],
        "refset": np.array([each.id.number for each in edition.map_sets], np.int64)[sets],
        "system": pl.Series([each.system for each in edition.map_sets], dtype=pl.String).gather(sets),
        **{name: arrays[f"map.{name}"].array[rows] for name in ("block", "group", "priority")},
        **{name: arrays.texts(f"map.{name}s").series().gather(arrays[f"map.{name}"].array[rows])
           for name in ("target", "rule", "advice")},
    }  # fmt: skip
    return _table(edition, "map rows", below, columns)


def around(edition: SnomedEdition, centre: SctId, radius: int, most: int) -> nx.MultiDiGraph:
    """What stands at most `radius` parents, children and relationships from a concept; nodes and edges as those of
    `kg.graph.neighbourhood`: addresses with `label`, edges with `relation` (the identifier of a type, or `broader`).

    Raises:
        KgError: KG-E0601 if the edition does not have the concept.
    """
    import networkx as nx

    edition.ordinal(centre)
    found = nx.MultiDiGraph(centre=_address(centre), cut=False)
    found.add_node(_address(centre), label=edition.term(centre))
    rim = [centre]
    for _ in range(radius):
        beyond: list[SctId] = []
        for at in rim:
            links = [(at, "broader", parent) for parent in edition.parents(at)]
            links += [(child, "broader", at) for child in edition.children(at)]
            links += [(at, str(a.type), a.value) for a in edition.attributes(at) if isinstance(a.value, SctId)]
            for one, relation, other in links:
                for node in (one, other):
                    if _address(node) not in found and len(found) < most:
                        found.add_node(_address(node), label=edition.term(node))
                        beyond.append(node)
                if _address(one) in found and _address(other) in found:
                    found.add_edge(_address(one), _address(other), relation, relation=relation)
                else:
                    found.graph["cut"] = True
        rim = beyond
    return found


def _address(id: SctId) -> str:
    return f"http://snomed.info/id/{id}"


def _ordinals(edition: SnomedEdition, below: Id | None) -> np.ndarray:
    import numpy as np

    if below is None:
        return np.arange(len(edition), dtype=np.int32)
    return np.sort(np.append(edition.descendants(below), np.int32(edition.ordinal(below))))


def _unrolled(edition: SnomedEdition, start: str, below: Id | None) -> tuple[np.ndarray, np.ndarray]:
    """The rows of concepts in a table by concept, and the identifier of the concept of each."""
    import numpy as np

    from kg.terminology.hierarchy import unroll

    at, starts = _ordinals(edition, below), edition.arrays[start].array
    every = np.arange(int(starts[-1]))
    rows, of = unroll(starts[at], starts[at + 1], every)
    return rows, edition.arrays["concept.id"].array[at[of]]


def _texts(texts: pl.Series, rows: np.ndarray) -> pl.Series:
    """The texts of rows, none for -1."""
    import polars as pl

    found = texts.gather(rows.clip(0))
    return (
        found
        if not len(rows) or rows.min() >= 0
        else found.zip_with(pl.Series(rows >= 0), pl.Series([None], dtype=pl.String))
    )


def _table(edition: SnomedEdition, what: str, below: Id | None, columns: dict[str, Any]) -> Table:
    import polars as pl

    under = f" below {below}" if below is not None else ""
    made = {name: values if isinstance(values, pl.Series) else pl.Series(values) for name, values in columns.items()}
    return Table(f"{what}{under}, {edition.edition.title}", MappingProxyType(made))
