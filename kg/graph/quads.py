"""A bag of quads of one named graph: written with Python values, taken out sorted, each once."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode, Quad

from kg.graph.iris import PREFIXES

_INTEGER = NamedNode(PREFIXES["xsd"] + "integer")
_BOOLEAN = NamedNode(PREFIXES["xsd"] + "boolean")

Value = NamedNode | Literal | str | int | bool | None


def literal(value: str | int | bool) -> Literal:
    """A Python value as a literal: text, `xsd:boolean` or `xsd:integer`, in canonical form."""
    if isinstance(value, bool):
        return Literal("true" if value else "false", datatype=_BOOLEAN)
    if isinstance(value, int):
        return Literal(str(value), datatype=_INTEGER)
    return Literal(value)


class Quads:
    """Quads of one named graph, in the making."""

    def __init__(self, graph: NamedNode) -> None:
        self.graph = graph
        self._found: set[Quad] = set()

    def add(self, subject: NamedNode, predicate: NamedNode, *objects: Value) -> None:
        """Say that `subject` has each of `objects`; None says nothing."""
        for value in objects:
            if value is not None:
                term = value if isinstance(value, NamedNode | Literal) else literal(value)
                self._found.add(Quad(subject, predicate, term, self.graph))

    def sorted(self) -> list[Quad]:
        """The quads, each once, in the order of their N-Quads lines."""
        return sorted(self._found, key=str)
