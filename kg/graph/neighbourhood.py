"""A small part of the graph as a networkx graph: for pictures, and for Python users who think in nodes and edges.

Never the whole: a neighbourhood has a radius and a most, and says when it was cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Store

from kg.errors import KgError
from kg.graph.vocabulary import Other, Property

if TYPE_CHECKING:
    import networkx as nx

RELATIONS = (Property.MAPS_TO, Property.REQUIRES_ADDITIONAL, Property.ALTERNATIVE_TO, Other.BROADER)
"""The relations that lead from neighbour to neighbour."""


def neighbourhood(store: Store, centre: NamedNode, radius: int = 1, most: int = 500) -> nx.MultiDiGraph:
    """What stands at most `radius` relations from a code, concept or guidance, in either direction.

    Nodes are IRIs with `label` and, of codes, `notation`; edges have `relation` (the term's local name) and `graph`
    (the IRI of the guidance's graph that says so). `graph.graph["cut"]` is True where more than `most` nodes were met.
    Growth: linear in the edges of the nodes that are kept.

    Raises:
        KgError: KG-E0601 if the store says nothing of the centre.
    """
    import networkx as nx

    found = nx.MultiDiGraph(centre=centre.value, cut=False)
    if not any(True for _ in store.quads_for_pattern(centre, None, None, None)):
        raise KgError("KG-E0601", f"the store says nothing of <{centre.value}>")
    found.add_node(centre.value, **_labels(store, centre))
    rim = [centre]
    for _ in range(radius):
        beyond: list[NamedNode] = []
        for at in rim:
            for one, relation, other, graph in _edges(store, at):
                for node in (one, other):
                    if node.value not in found and len(found) < most:
                        found.add_node(node.value, **_labels(store, node))
                        beyond.append(node)
                if one.value in found and other.value in found:
                    key = f"{relation} {graph}"
                    found.add_edge(one.value, other.value, key, relation=relation, graph=graph)
                else:
                    found.graph["cut"] = True
        rim = beyond
    return found


def _edges(store: Store, at: NamedNode) -> list[tuple[NamedNode, str, NamedNode, str]]:
    """The relations that a node stands in, in order."""
    told: set[tuple[str, str, str, str]] = set()
    for relation in RELATIONS:
        name = relation.value.rpartition("#")[2]
        quads = [*store.quads_for_pattern(at, relation, None, None), *store.quads_for_pattern(None, relation, at, None)]
        for q in quads:
            # What the default graph has, a named one has too.
            if (
                isinstance(q.graph_name, NamedNode)
                and isinstance(q.subject, NamedNode)
                and isinstance(q.object, NamedNode)
            ):
                told.add((q.subject.value, name, q.object.value, q.graph_name.value))
    return [(NamedNode(s), name, NamedNode(o), graph) for s, name, o, graph in sorted(told)]


def _labels(store: Store, node: NamedNode) -> dict[str, str]:
    labels: dict[str, str] = {}
    for key, terms in (("label", (Other.PREF_LABEL, Other.TITLE)), ("notation", (Other.NOTATION, Other.IDENTIFIER))):
        values = sorted(
            q.object.value
            for term in terms
            for q in store.quads_for_pattern(node, term, None, None)
            if isinstance(q.object, Literal)
        )
        if values:
            labels[key] = values[0]
    return labels
