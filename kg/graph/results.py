"""What a query answers, whichever engine answered (rows of terms, yes or no, a graph), and how it is written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyoxigraph as ox

from kg.errors import KgError, Place, nearest
from kg.graph import iris
from kg.graph.queries import Question, terms_of
from kg.graph.sparql import PREFIXES
from kg.graph.sparql_faults import explain
from kg.graph.store import Snapshot

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Row = tuple[Term | None, ...]
Value = str | int | bool | float | Decimal | None

_XSD = iris.PREFIXES["xsd"]
_INTEGERS = {
    _XSD + name
    for name in (
        "integer",
        "int",
        "long",
        "short",
        "byte",
        "nonNegativeInteger",
        "positiveInteger",
        "unsignedInt",
        "unsignedLong",
    )
}


@dataclass(frozen=True, slots=True)
class Results:
    """The answer to a question.

    SELECT: `columns` and `rows`, a term or None in each cell. ASK: `boolean`. CONSTRUCT and DESCRIBE: `triples`,
    sorted, each once.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    boolean: bool | None = None
    triples: tuple[ox.Triple, ...] | None = None

    def values(self) -> list[tuple[Value, ...]]:
        """The rows for people: numbers as numbers, IRIs short (`value_of`). An ASK is one row of one truth value."""
        if self.boolean is not None:
            return [(self.boolean,)]
        if self.triples is not None:
            return [(value_of(t.subject), value_of(t.predicate), value_of(t.object)) for t in self.triples]
        return [tuple(value_of(term) for term in row) for row in self.rows]

    def names(self) -> tuple[str, ...]:
        """The columns of `values`."""
        if self.boolean is not None:
            return ("answer",)
        return ("subject", "predicate", "object") if self.triples is not None else self.columns

    def records(self) -> list[dict[str, Value]]:
        """The rows as JSON objects of values; a cell without a value is left out."""
        return [{k: v for k, v in zip(self.names(), row, strict=True) if v is not None} for row in self.values()]

    def to_json(self) -> str:
        """SPARQL 1.1 Query Results JSON; of a graph, its N-Triples are no such results.

        Raises:
            ValueError: for a graph: write that with `to_turtle`.
        """
        if self.triples is not None:
            raise ValueError("a graph has no rows")
        if self.boolean is not None:
            return json.dumps({"head": {}, "boolean": self.boolean})
        bindings = [
            {k: _json(term) for k, term in zip(self.columns, row, strict=True) if term is not None} for row in self.rows
        ]
        return json.dumps({"head": {"vars": list(self.columns)}, "results": {"bindings": bindings}}, ensure_ascii=False)

    def to_csv(self) -> str:
        """SPARQL 1.1 Query Results CSV: plain IRIs and texts."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(self.names())
        if self.boolean is not None:
            writer.writerow(["true" if self.boolean else "false"])
        else:
            writer.writerows([["" if term is None else _bare(term) for term in row] for row in self._terms()])
        return out.getvalue()

    def to_tsv(self) -> str:
        """SPARQL 1.1 Query Results TSV: terms as Turtle writes them."""
        lines = ["\t".join(f"?{name}" for name in self.names())]
        if self.boolean is not None:
            lines.append("true" if self.boolean else "false")
        lines += [
            "\t".join("" if term is None else str(term).replace("\t", "\\t") for term in row) for row in self._terms()
        ]
        return "\n".join(lines) + "\n"

    def to_turtle(self) -> str:
        """A graph as Turtle with our prefixes.

        Raises:
            ValueError: for rows or a truth value.
        """
        if self.triples is None:
            raise ValueError("rows are no graph")
        written = ox.serialize(self.triples, format=ox.RdfFormat.TURTLE, prefixes=dict(iris.PREFIXES))
        return written.decode() if written else ""

    def _terms(self) -> Iterable[Row]:
        if self.triples is not None:
            return [(t.subject, t.predicate, t.object) for t in self.triples]
        return self.rows


def value_of(term: Term | None) -> Value:
    """A term as a person reads it.

    Literals of numbers and truth values as such, other literals as their text; codes and concepts by what is printed,
    other IRIs of known prefixes short, the rest whole.
    """
    if isinstance(term, ox.Literal):
        return _literal(term)
    if isinstance(term, ox.NamedNode):
        return _short(term)
    return None if term is None else str(term)


def _literal(term: ox.Literal) -> Value:
    kind = term.datatype.value
    try:
        if kind in _INTEGERS:
            return int(term.value)
        if kind == _XSD + "decimal":
            return Decimal(term.value)
        if kind in (_XSD + "double", _XSD + "float"):
            return float(term.value)
    except (ValueError, ArithmeticError):
        return term.value
    if kind == _XSD + "boolean" and term.value in ("true", "false", "1", "0"):
        return term.value in ("true", "1")
    return term.value


_PLAIN = tuple(iris.PREFIXES[prefix] for prefix in ("opcs4", "icd10", "sct"))


def _short(term: ox.NamedNode) -> str:
    for space in _PLAIN:
        if term.value.startswith(space) and len(term.value) > len(space):
            return term.value[len(space) :]
    near = [(len(space), prefix) for prefix, space in iris.PREFIXES.items() if term.value.startswith(space)]
    if not near:
        return term.value
    length, prefix = max(near)
    return f"{prefix}:{term.value[length:]}"


def _bare(term: Term) -> str:
    return str(term) if isinstance(term, ox.BlankNode | ox.Triple) else term.value


def _json(term: Term) -> dict[str, Any]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = {"subject": _json(term.subject), "predicate": _json(term.predicate), "object": _json(term.object)}
        return {"type": "triple", "value": parts}
    told: dict[str, Any] = {"type": "literal", "value": term.value}
    if term.language:
        told["xml:lang"] = term.language
    elif term.datatype.value != _XSD + "string":
        told["datatype"] = term.datatype.value
    return told


def run(snapshot: Snapshot, question: Question) -> Results:
    """Put a question to a store.

    Raises:
        KgError: KG-E0605 (not SPARQL), KG-E0601 (nothing was found, and the guidance that was asked for is not in the
        store),
            KG-E0502 (the store turns out to be damaged).
    """
    results = ask(snapshot.quads, question, str(snapshot.release))
    if not results.rows and results.boolean is None and not results.triples:
        for text, terms in terms_of(question, "guidance"):
            _must_be_known(snapshot, text, terms)
    return results


def ask(store: ox.Store, question: Question, place: str = "the store") -> Results:
    """Put a question to a quad store.

    Raises:
        KgError: KG-E0605, KG-E0502.
    """
    try:
        found = store.query(question.original, prefixes={prefix: PREFIXES[prefix] for prefix in question.added})
        if isinstance(found, ox.QuerySolutions):
            columns = tuple(variable.value for variable in found.variables)
            return Results(columns, tuple(tuple(row[i] for i in range(len(columns))) for row in found))
        if isinstance(found, ox.QueryBoolean):
            return Results(boolean=bool(found))
        return graph(found)
    except SyntaxError as fault:
        raise explain(question.original, question.source, str(fault)) from fault
    except RuntimeError as fault:
        raise KgError("KG-E0605", f"the query cannot be answered: {fault}", where=Place(question.source)) from fault
    except OSError as fault:
        why = str(fault).splitlines()[0]
        raise KgError(
            "KG-E0502", "the store cannot be read", where=Place(place), why=why, hint="kg doctor tells what is damaged."
        ) from fault


def graph(triples: Iterable[ox.Triple]) -> Results:
    """Triples as results: each once, sorted."""
    return Results(triples=tuple(sorted(set(triples), key=str)))


def _must_be_known(snapshot: Snapshot, text: str, terms: Sequence[ox.NamedNode | ox.Literal]) -> None:
    kind, identifier = ox.NamedNode(iris.KG + "Guidance"), ox.NamedNode(iris.PREFIXES["dcterms"] + "identifier")
    rdf_type = ox.NamedNode(iris.PREFIXES["rdf"] + "type")
    store = snapshot.quads
    if any(isinstance(t, ox.NamedNode) and any(store.quads_for_pattern(t, rdf_type, kind, None)) for t in terms):
        return
    known = sorted(
        id.object.value
        for quad in store.quads_for_pattern(None, rdf_type, kind, ox.DefaultGraph())
        for id in store.quads_for_pattern(quad.subject, identifier, None, ox.DefaultGraph())
        if isinstance(id.object, ox.Literal)
    )
    near = nearest(text, known)
    shown = ", ".join(known[:8]) + (" …" if len(known) > 8 else "")
    hint = f"Did you mean {' or '.join(near)}?" if near else f"The store has {shown or 'none'}."
    raise KgError("KG-E0601", f'the store has no guidance "{text}"', hint=hint)
