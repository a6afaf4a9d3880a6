"""The quads of a store as an rdflib store: read where they lie, never copied, never changed."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any, NoReturn

import pyoxigraph as ox
from rdflib import BNode, Dataset, Graph, Literal, Node, URIRef, Variable
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.query import Result
from rdflib.store import Store

from kg.errors import KgError
from kg.graph import iris, queries
from kg.graph.sparql_faults import explain

_STRING = ox.NamedNode(iris.PREFIXES["xsd"] + "string")
_TOGETHER = ox.DefaultGraph()
"""The graph of a store that has what all named ones have."""
_EMPTY = ox.NamedNode(f"{iris.GRAPH}nothing")
"""A graph that no store has."""
_Pattern = tuple[Node | None, Node | None, Node | None]
_Found = tuple[tuple[Any, Any, Any], Iterator[Graph]]


def dataset_of(store: ox.Store, *, union: bool = True) -> Dataset:
    """A read-only rdflib data set over the quads of a store; with `union` its default graph is all named graphs
    together, as the store has it, else it is empty.

    Patterns are looked up in the store, and SPARQL is answered by its engine (texts without initial bindings; the
    rest by rdflib's own).
    """
    found = Dataset(store=ReadOnly(store), default_union=union)
    for prefix, space in iris.PREFIXES.items():
        found.bind(prefix, space, replace=True)
    return found


class ReadOnly(Store):
    """An rdflib store that answers from a quad store. What would change it raises KG-E0608."""

    context_aware = True
    graph_aware = True
    formula_aware = False
    transaction_aware = False

    def __init__(self, store: ox.Store) -> None:
        super().__init__()
        self._quads = store
        self._spaces: dict[str, URIRef] = {}

    def triples(self, triple_pattern: _Pattern, context: Graph | None = None) -> Iterator[_Found]:  # type: ignore[reportIncompatibleMethodOverride]  rdflib types it wider than it calls it
        """The triples of a pattern, each once, with the graphs that have it."""
        pattern = [None if term is None else _to_ox(term) for term in triple_pattern]
        if isinstance(pattern[0], ox.Literal) or (pattern[1] is not None and not isinstance(pattern[1], ox.NamedNode)):
            return  # no triple of RDF has such a subject or predicate
        graph = _graph_of(context)
        if isinstance(graph, ox.DefaultGraph):
            return
        for q in self._quads.quads_for_pattern(*pattern, _TOGETHER if graph is None else graph):  # type: ignore[reportArgumentType]
            told = (_to_rdflib(q.subject), _to_rdflib(q.predicate), _to_rdflib(q.object))
            yield told, self._graphs((q.subject, q.predicate, q.object), graph)

    def _graphs(self, triple: tuple[Any, Any, Any], only: Any) -> Iterator[Graph]:
        names = [only] if only is not None else [q.graph_name for q in self._quads.quads_for_pattern(*triple, None)]
        for name in sorted((name for name in names if name != _TOGETHER), key=str):
            yield Graph(self, _to_rdflib(name))

    def __len__(self, context: Graph | None = None) -> int:
        graph = _graph_of(context)
        if isinstance(graph, ox.DefaultGraph):
            return 0
        return sum(1 for _ in self._quads.quads_for_pattern(None, None, None, _TOGETHER if graph is None else graph))

    def contexts(self, triple: Any = None) -> Generator[Graph, None, None]:
        """The named graphs in order; of those that have a triple where one is given."""
        if triple is not None and any(triple):
            for _, graphs in self.triples(triple):
                yield from graphs
            return
        for name in sorted(self._quads.named_graphs(), key=str):
            yield Graph(self, _to_rdflib(name))

    # -- prefixes are the reader's own

    def bind(self, prefix: str, namespace: URIRef, override: bool = True) -> None:
        """Know a prefix."""
        if override or prefix not in self._spaces:
            self._spaces[prefix] = URIRef(namespace)

    def namespace(self, prefix: str) -> URIRef | None:
        """The address that a prefix stands for."""
        return self._spaces.get(prefix)

    def prefix(self, namespace: URIRef) -> str | None:
        """The prefix of an address."""
        return next((prefix for prefix, known in self._spaces.items() if known == namespace), None)

    def namespaces(self) -> Iterator[tuple[str, URIRef]]:
        """All prefixes."""
        yield from list(self._spaces.items())

    def query(  # type: ignore[reportIncompatibleMethodOverride]
        self,
        query: Any,
        initNs: Mapping[str, Any],  # noqa: N803  rdflib's names
        initBindings: Mapping[str, Any],  # noqa: N803
        queryGraph: Any,  # noqa: N803
        **_: Any,
    ) -> Result:
        """The answer of the store's own engine.

        Raises:
            KgError: KG-E0605 for what is not SPARQL, KG-E0608 for an update.
            NotImplementedError: rdflib takes this as word to use its own engine.
        """
        if not isinstance(query, str) or initBindings:
            raise NotImplementedError
        question = queries.ad_hoc(query)
        asked: list[Any] | None = None
        if queryGraph != "__UNION__":
            asked = [_EMPTY if queryGraph == DATASET_DEFAULT_GRAPH_ID else ox.NamedNode(str(queryGraph))]
        prefixes = {**{p: iris.PREFIXES[p] for p in question.added if p in iris.PREFIXES}, **_texts(initNs)}
        try:
            found = self._quads.query(query, prefixes=prefixes, default_graph=asked)
        except SyntaxError as fault:
            raise explain(query, "query", str(fault)) from fault
        return _result(found)

    # -- and nothing is changed

    def add(self, *_: Any, **__: Any) -> NoReturn:
        """Refused (KG-E0608)."""
        raise _refused()

    def addN(self, quads: Any) -> NoReturn:  # noqa: N802  rdflib's name
        """Refused (KG-E0608)."""
        raise _refused()

    def remove(self, *_: Any, **__: Any) -> NoReturn:
        """Refused (KG-E0608)."""
        raise _refused()

    def update(self, *_: Any, **__: Any) -> NoReturn:  # type: ignore[reportIncompatibleMethodOverride]
        """Refused (KG-E0608)."""
        raise _refused()

    def remove_graph(self, graph: Graph) -> NoReturn:
        """Refused (KG-E0608)."""
        raise _refused()

    def add_graph(self, graph: Graph) -> None:
        """Nothing: rdflib says so of each graph that a reader names."""


def _refused() -> KgError:
    why = "A store is finished when it is built; it answers questions and is never changed."
    hint = "Copy what you want to change: rdflib.Dataset().addN(dataset.quads())"
    return KgError("KG-E0608", "the data set of a store cannot be changed", why=why, hint=hint)


def _texts(spaces: Mapping[str, Any]) -> dict[str, str]:
    return {prefix: str(space) for prefix, space in spaces.items() if prefix}


def _result(found: Any) -> Result:
    if isinstance(found, ox.QuerySolutions):
        names = [variable.value for variable in found.variables]
        result = Result("SELECT")
        result.vars = [Variable(name) for name in names]
        result.bindings = [
            {v: _to_rdflib(row[i]) for i, v in enumerate(result.vars) if row[i] is not None} for row in found
        ]
        return result
    if isinstance(found, ox.QueryBoolean):
        result = Result("ASK")
        result.askAnswer = bool(found)
        return result
    result = Result("CONSTRUCT")
    result.graph = Graph()
    for t in found:
        result.graph.add((_to_rdflib(t.subject), _to_rdflib(t.predicate), _to_rdflib(t.object)))
    return result


def _graph_of(context: Graph | None) -> ox.NamedNode | ox.BlankNode | ox.DefaultGraph | None:
    if context is None:
        return None
    name = context.identifier
    if name == DATASET_DEFAULT_GRAPH_ID:
        return ox.DefaultGraph()
    return ox.BlankNode(str(name)) if isinstance(name, BNode) else ox.NamedNode(str(name))


def _to_ox(term: Any) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    if isinstance(term, Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)) if term.datatype else _STRING)
    return ox.BlankNode(str(term)) if isinstance(term, BNode) else ox.NamedNode(str(term))


def _to_rdflib(term: Any) -> Any:
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if term.language:
        return Literal(term.value, lang=term.language)
    plain = term.datatype == _STRING
    return Literal(term.value, datatype=None if plain else URIRef(term.datatype.value), normalize=False)
