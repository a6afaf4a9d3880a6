"""The shapes of `ontology/shapes` run over a graph: what breaks them, with shape, node and a sentence that says why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

from pyoxigraph import NamedNode, Quad, Store

from kg import resources
from kg.errors import KgError
from kg.graph import iris
from kg.graph.decode import guidances_in
from kg.graph.vocabulary import Property

if TYPE_CHECKING:
    import rdflib
    from rdflib.term import Node

_SHAPES = "ontology/shapes/data.ttl"
_ONTOLOGY = "ontology/kg.ttl"
_SH = "http://www.w3.org/ns/shacl#"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What breaks a shape (`Pick-selector`): `node` it was asked of, and the `value` that is wrong, if one is."""

    graph: str
    node: str
    shape: str
    message: str
    path: str = ""
    value: str = ""

    def as_error(self) -> KgError:
        """The finding as an error that a person sees (KG-E0701)."""
        told = f"{self.node} breaks the shape {self.shape}" + (f" with {self.value}" if self.value else "")
        return KgError("KG-E0701", told, why=self.message, hint=f"The graph is <{self.graph}>.")


def check_store(store: Store, guidances: Iterable[NamedNode] | None = None) -> list[Finding]:
    """What breaks a shape in a store, sorted; empty for a sound one.

    The graphs of the given guidances (else of all) are checked one by one, each with what the shared graph says of its
    selectors; then the shared graph. Growth: linear; about a second for a guidance of usual size.
    """
    findings: list[Finding] = []
    for guidance in guidances_in(store) if guidances is None else guidances:
        graph = iris.guidance_graph(guidance)
        own = list(store.quads_for_pattern(None, None, None, graph))
        links = {Property.SELECTOR, Property.OF_SELECTOR}
        named = sorted({q.object for q in own if q.predicate in links and isinstance(q.object, NamedNode)}, key=str)
        wider = [q for s in named for q in _with_all_above(store, s)]
        findings += check_quads([*own, *wider], graph)
    shared = store.quads_for_pattern(None, None, None, iris.CLASSIFICATIONS_GRAPH)
    return sorted({*findings, *check_quads(shared, iris.CLASSIFICATIONS_GRAPH)})


def _with_all_above(store: Store, selector: NamedNode) -> list[Quad]:
    """What the shared graph says of a selector and of what is wider."""
    found: list[Quad] = []
    seen: set[NamedNode] = set()
    pending = [selector]
    while pending:
        at = pending.pop()
        if at in seen:
            continue
        seen.add(at)
        said = list(store.quads_for_pattern(at, None, None, iris.CLASSIFICATIONS_GRAPH))
        found += [q for q in said if q.predicate != Property.MEMBER]
        pending += [
            q.object for q in said if q.predicate.value.endswith("#broader") and isinstance(q.object, NamedNode)
        ]
    return found


def check_quads(quads: Iterable[Quad], graph: NamedNode) -> list[Finding]:
    """What of some quads breaks a shape, sorted; `graph` is told as the place."""
    # Imported here: pyshacl takes longer to load than most commands take to run.
    import pyshacl
    import rdflib

    data = rdflib.Graph()
    lines = "".join(sorted({f"{quad.triple} .\n" for quad in quads}))
    data.parse(data=lines, format="nt")
    shapes, ontology = _shipped()
    _, report, _ = pyshacl.validate(
        data, shacl_graph=shapes, ont_graph=ontology, inference="none", advanced=False, js=False, meta_shacl=False
    )
    results = cast("rdflib.Graph", report).subjects(rdflib.RDF.type, rdflib.URIRef(f"{_SH}ValidationResult"))
    return sorted({_finding(cast("rdflib.Graph", report), shapes, result, graph) for result in results})


@cache
def _shipped() -> tuple[rdflib.Graph, rdflib.Graph]:
    """The shapes and the ontology, read once in a process."""
    import rdflib

    shapes, ontology = rdflib.Graph(), rdflib.Graph()
    shapes.parse(data=resources.text(_SHAPES), format="turtle")
    ontology.parse(data=resources.text(_ONTOLOGY), format="turtle")
    return shapes, ontology


def _finding(report: rdflib.Graph, shapes: rdflib.Graph, result: Node, graph: NamedNode) -> Finding:
    import rdflib

    def told(name: str) -> str:
        value = report.value(result, rdflib.URIRef(_SH + name))
        return "" if value is None or isinstance(value, rdflib.BNode) else str(value)

    source = report.value(result, rdflib.URIRef(f"{_SH}sourceShape"))
    message = shapes.value(source, rdflib.URIRef(f"{_SH}message")) if source is not None else None
    return Finding(
        graph.value,
        told("focusNode"),
        str(source).removeprefix(iris.SHAPES),
        str(message) if message is not None else told("resultMessage"),
        told("resultPath"),
        told("value"),
    )
