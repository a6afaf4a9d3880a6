"""What the exports ask the graph: the queries of `queries/export`, over all of a store or over one guidance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Store

from kg import resources
from kg.graph import iris
from kg.graph.export import named_by
from kg.graph.queries import fill, read_query
from kg.graph.results import Results, ask
from kg.graph.vocabulary import Other, Property

FOLDER = "queries/export"
MAPS_TO, REQUIRES = "maps to", "requires additional"
"""Relations of `queries/export/relations.rq`."""

_SHOWN = 6  # combinations in a comment


@dataclass(frozen=True, slots=True)
class Related:
    """A row of `queries/export/relations.rq`; the cells without a value are empty."""

    guidance: str
    subject_system: str
    subject: str
    subject_label: str
    relation: str
    object_system: str
    object: str
    object_label: str
    choice: str
    branch: str
    condition: str
    addition: str


@dataclass(frozen=True, slots=True)
class Named:
    """A row of `queries/export/guidances.rq`: a code that one side of a guidance names."""

    guidance: str
    title: str
    review: str
    side: str
    system: str
    selector: str
    label: str
    member: str


@dataclass(frozen=True, slots=True)
class Known:
    """A row of `queries/export/codes.rq`: a code, category, range or chapter, and what it is directly below."""

    system: str
    notation: str
    label: str
    broader: str


def answer(store: Store, name: str) -> Results:
    """What a query of `queries/export` answers.

    Raises:
        KgError: KG-E0703 (no such query), KG-E0606 (its header is none), KG-E0502 (the store is damaged).
    """
    return ask(store, fill(read_query(resources.path(f"{FOLDER}/{name}.rq")), {}))


def relations(store: Store) -> list[Related]:
    """All relations, in order."""
    return [Related(*row) for row in _texts(store, "relations")]


def named(store: Store) -> list[Named]:
    """The codes of each side of each guidance, in order."""
    return [Named(*row) for row in _texts(store, "guidances")]


def known(store: Store) -> list[Known]:
    """The codes of the classifications that the graph has, in order."""
    return [Known(*row) for row in _texts(store, "codes")]


def recorded_as(store: Store) -> dict[tuple[str, str, str], str]:
    """The combinations of each code that a guidance maps to, in words, by guidance, system and code: what is joined by
    `+` stands together, and only one of several combinations is meant.
    """
    found: dict[tuple[str, str, str], list[str]] = {}
    left: dict[tuple[str, str, str], bool] = {}
    for guidance, system, code, _, combination, listed, every in _texts(store, "combinations"):
        found.setdefault((guidance, system, code), []).append(combination)
        left[guidance, system, code] = listed != every
    told: dict[tuple[str, str, str], str] = {}
    for about, each in found.items():
        more = len(each) - _SHOWN
        tail = f", or {more}{' or more' if left[about] else ''} others" if more > 0 else ""
        told[about] = f"recorded as {', or '.join(each[:_SHOWN])}{tail}"
    return told


def rights(store: Store) -> str:
    """What the data set says of whose it is."""
    quads = store.quads_for_pattern(iris.DATASET, Other.RIGHTS, None, iris.DATASET_GRAPH)
    return next((quad.object.value for quad in quads if isinstance(quad.object, Literal)), "")


def part_of(store: Store, guidance: NamedNode) -> Store:
    """A store of one guidance: its graph, the codes it names with what is above and below them, and what the data set
    says of itself.

    Raises:
        KgError: KG-E0601 for a guidance that is not in the store.
    """
    part = Store()
    own = iris.guidance_graph(guidance)
    selectors = named_by(store, guidance)
    part.extend(store.quads_for_pattern(None, None, None, own))
    part.extend(store.quads_for_pattern(iris.DATASET, None, None, iris.DATASET_GRAPH))
    for scheme in iris.SCHEMES.values():
        part.extend(store.quads_for_pattern(scheme, None, None, iris.CLASSIFICATIONS_GRAPH))
    for each in {*_reached(store, selectors, above=True), *_reached(store, selectors, above=False)}:
        part.extend(store.quads_for_pattern(each, None, None, iris.CLASSIFICATIONS_GRAPH))
    return part


def _reached(store: Store, selectors: Iterable[NamedNode], *, above: bool) -> set[NamedNode]:
    """The selectors, with all that is above or below them."""
    graph = iris.CLASSIFICATIONS_GRAPH
    found: set[NamedNode] = set()
    pending = list(selectors)
    while pending:
        at = pending.pop()
        if at in found:
            continue
        found.add(at)
        if above:
            near = [q.object for q in store.quads_for_pattern(at, Other.BROADER, None, graph)]
        else:
            near = [q.subject for q in store.quads_for_pattern(None, Other.BROADER, at, graph)]
            near += [q.object for q in store.quads_for_pattern(at, Property.MEMBER, None, graph)]
        pending += [each for each in near if isinstance(each, NamedNode)]
    return found


def _texts(store: Store, name: str) -> list[list[str]]:
    # Labels stand on one line: neither a cell of a table nor a string of FHIR gains by a line break.
    return [
        [" ".join(term.value.split()) if isinstance(term, Literal) else "" for term in row]
        for row in answer(store, name).rows
    ]
