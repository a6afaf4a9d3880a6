"""The direct relations between codes, derived from the nodes of a guidance by the SPARQL rules of `queries/derive`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from pyoxigraph import DefaultGraph, NamedNode, Quad, QueryTriples, Store

from kg import resources
from kg.errors import KgError
from kg.graph import iris
from kg.graph.vocabulary import Other

_RULES = "queries/derive/rules.tsv"


@dataclass(frozen=True, slots=True)
class Rule:
    """A CONSTRUCT query over one guidance's graph, and the term that it adds."""

    name: str
    adds: str
    query: str


@cache
def rules() -> tuple[Rule, ...]:
    """The rules in the order of `queries/derive/rules.tsv`.

    Raises:
        KgError: KG-E0703 if the table or a rule is missing.
    """
    rows = resources.table(_RULES, ("rule", "adds"))
    return tuple(Rule(name, adds, resources.text(f"queries/derive/{name}.rq")) for _, (name, adds) in rows)


def derived(quads: Iterable[Quad], facets: Iterable[Quad] = ()) -> list[Quad]:
    """What the rules add to the quads of one guidance's graph, sorted; `facets` are the quads of the facets' graph.

    All quads of `quads` must be of one graph. Each rule sees what those before it added.
    """
    given = list(quads)
    if not given:
        return []
    graph, plain = given[0].graph_name, DefaultGraph()
    store = Store()
    # Of the facets the rules ask only what is wider than what; their words would make most of what is loaded.
    wider = (q for q in facets if q.predicate in {Other.BROADER, Other.IN_SCHEME})
    store.extend(Quad(q.subject, q.predicate, q.object, plain) for q in (*given, *wider))
    known = {q.triple for q in given}
    added: set[Quad] = set()
    for rule in rules():
        try:
            found = store.query(rule.query)
        except SyntaxError as fault:
            raise KgError("KG-E0703", f"queries/derive/{rule.name}.rq is not SPARQL: {fault}") from fault
        if not isinstance(found, QueryTriples):
            raise KgError("KG-E0703", f"queries/derive/{rule.name}.rq is not a CONSTRUCT query")
        new = {t for t in found if t not in known}
        known |= new
        store.extend(Quad(t.subject, t.predicate, t.object, plain) for t in new)
        added |= {Quad(t.subject, t.predicate, t.object, graph) for t in new}
    return sorted(added, key=str)


def derive(store: Store) -> int:
    """Add the derived relations to the graph of every guidance in a store; how many quads were added comes back.

    The facets must be in the store (`kg.graph.iris.FACETS_GRAPH`). Running it again adds nothing. Growth: linear in
    guidances.
    """
    facets = list(store.quads_for_pattern(None, None, None, iris.FACETS_GRAPH))
    count = 0
    for graph in sorted(g.value for g in store.named_graphs() if isinstance(g, NamedNode)):
        if iris.guidance_of_graph(NamedNode(graph)) is None:
            continue
        new = derived(store.quads_for_pattern(None, None, None, NamedNode(graph)), facets)
        store.extend(new)
        count += len(new)
    return count
