"""What stands around a guidance, code or concept: a small part of the graph, as networkx has it or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kg.errors import KgError, Place

if TYPE_CHECKING:
    import networkx as nx

    from kg.codes import Selector
    from kg.workspace import Workspace


def around(workspace: Workspace, thing: str, radius: int = 1, most: int = 500) -> nx.MultiDiGraph:
    """What stands around a guidance, code or concept, as `kg.graph.neighbourhood` tells it; around a concept that no
    guidance touches, of the newest edition of SNOMED CT: parents, children and relationships.

    Raises:
        KgError: KG-E0601 for a thing that the store does not know.
    """
    from kg.codes import SctId
    from kg.graph import iris
    from kg.graph.neighbourhood import neighbourhood
    from kg.terminology import frames

    plain = thing.strip()
    quads = workspace.snapshot.quads
    if plain.isdigit():
        concept = SctId.parse(plain)
        if not any(True for _ in quads.quads_for_pattern(iris.concept_iri(concept), None, None, None)):
            return frames.around(workspace.release.snomed(), concept, radius, most)
        return neighbourhood(quads, iris.concept_iri(concept), radius, most)
    if (guidance := workspace.named(plain)) is not None:
        return neighbourhood(quads, iris.guidance_iri(guidance.id), radius, most)
    return neighbourhood(quads, iris.selector_iri(_selector(workspace, plain)), radius, most)


def as_json(found: nx.MultiDiGraph, workspace: Workspace) -> dict[str, Any]:
    """Such a part of the graph: `centre`, `cut` (whether more was met than is told), `nodes` (`iri`, `label`,
    `notation`) in the order in which they were met, `edges` (`from`, `relation`, `to`, `graphs` that say so). A
    relation of SNOMED CT is told by its term.
    """
    edges: dict[tuple[str, str, str], list[str]] = {}
    for one, other, told in found.edges(data=True):
        edges.setdefault((one, told["relation"], other), []).append(told.get("graph", ""))
    return {
        "centre": found.graph["centre"],
        "cut": found.graph["cut"],
        "nodes": [
            {"iri": iri, "label": told.get("label"), "notation": told.get("notation")}
            for iri, told in found.nodes(data=True)
        ],
        "edges": [
            {"from": one, "relation": _term(relation, workspace), "to": other, "graphs": sorted(filter(None, graphs))}
            for (one, relation, other), graphs in edges.items()
        ],
    }


def _term(relation: str, workspace: Workspace) -> str:
    """The name of a relation; of an attribute of SNOMED CT its term."""
    edition = workspace.release.snomed() if relation.isdigit() and workspace.release.snomed_editions else None
    return edition.term(int(relation)) if edition is not None and int(relation) in edition else relation


def _selector(workspace: Workspace, text: str) -> Selector:
    """A selector in print of the system whose graph has it; `ICD-10:C78.7` names the system."""
    from kg.codes import Scheme, parse_selector
    from kg.graph import iris

    named, colon, rest = text.partition(":")
    schemes = [Scheme.named(named)] if colon else list(Scheme)
    found: list[Selector] = []
    for scheme in schemes:
        try:
            found.append(parse_selector(rest if colon else text, scheme))
        except KgError:
            continue
    if not found:
        raise KgError("KG-E0601", f'nothing is called "{text}"', where=Place(str(workspace.snapshot.path)))
    quads = workspace.snapshot.quads
    there = [s for s in found if any(True for _ in quads.quads_for_pattern(iris.selector_iri(s), None, None, None))]
    return (there or found)[0]
