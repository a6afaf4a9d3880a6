"""A process that answers questions, one after the other, with bounded memory and no network.

The engine has no time limit and cannot be interrupted; its parser ends the process at deep nesting, and memory that
runs out ends it too. So each worker is a process that may be killed at any time: it holds nothing but a store opened
to read. `kg.serve.process` tells how it runs.
"""

from __future__ import annotations

import csv
import io
import json
from functools import lru_cache
from itertools import chain, islice
from typing import Any, NamedTuple

import pyoxigraph as ox

from kg.errors import KgError, Place
from kg.graph.queries import ad_hoc
from kg.graph.sparql import DEEPEST, LONGEST_CHAIN, UPDATES, check_is_question, tokens, unescaped
from kg.graph.sparql_faults import explain
from kg.serve import messages
from kg.serve.process import Opened, run

_SMALLEST_ROW = 2  # bytes: no row of any format is shorter
_WAYS, _SHORT_ENOUGH = 64, 2_000  # heads that are kept as they were read, and how long such a one may be, in bytes

RESULTS = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
GRAPHS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
    "text/n3": ox.RdfFormat.N3,
}
_LOOKED_AT = (*UPDATES, "SERVICE")


class TooLargeError(Exception):
    """The answer has more bytes than it may have."""


class _Bounded(io.BytesIO):
    """Bytes in memory, `most` and no more."""

    most: int

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > self.most:
            raise TooLargeError
        return super().write(data)


class _Way(NamedTuple):
    """How a question is asked: the data set and base for the engine, the media types for rows and for a graph."""

    how: dict[str, Any]
    results: str
    graph: str


def refuse_service(text: str, source: str) -> None:
    """Refuse a query that would ask another server.

    Raises:
        KgError: KG-E1106.
    """
    for token in tokens(text):
        if token.kind == "word" and token.text.upper() == "SERVICE":
            raise KgError(
                "KG-E1106",
                "SERVICE is switched off on this endpoint",
                where=Place.in_text(source, text, token.start, token.end),
                why="It would let a query reach other machines.",
                hint="Ask each server by itself, or run the query locally on the exported data.",
            )


def check(text: str, size: int, most: int) -> None:
    """What a question of so many bytes must be before the engine sees it.

    Raises:
        KgError: KG-E1105 (too long), KG-E1106 (SERVICE), KG-E0605, KG-E0608.
    """
    if size > most:
        raise KgError(
            "KG-E1105",
            f"the query has {size:,} bytes, more than {most:,}",
            where=Place("query"),
            hint="Put long lists of values into several questions.",
        )
    if _is_plain(text):
        return
    check_is_question(text, "query")
    refuse_service(text, "query")
    if "\\" in text:
        # The engine reads \u escapes first: a word can be written so.
        refuse_service(unescaped(text), "query")


def _is_plain(text: str) -> bool:
    """Whether a question has nothing that a closer look could object to: most have not, and are spared it."""
    if "\\" in text or len(text) > LONGEST_CHAIN or text.count("{") + text.count("(") + text.count("[") > DEEPEST:
        return False
    upper = text.upper()
    return not any(word in upper for word in _LOOKED_AT)


class Answerer:
    """A store and the limits of a question."""

    def __init__(self, store: ox.Store, options: dict[str, Any]) -> None:
        self.store = store
        self.rows: int = options["rows"]
        self.answer: int = options["answer"]
        self.query: int = options["query"]
        self.prefixes: dict[str, str] = options["prefixes"]

        self._way = lru_cache(_WAYS)(self._way_of)

    def reply(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        """Head and body of the answer to a question (`messages.sparql`), or of its fault."""
        try:
            media, answer, empty = self._answered(head, body)
        except KgError as fault:
            return messages.written(messages.refusal(fault)), b""
        return _head(media, empty), answer

    def _answered(self, head: bytes, body: bytes) -> tuple[str, bytes, bool]:
        text = body.decode("utf-8", "surrogatepass")
        check(text, len(body), self.query)
        way = self._way(head) if len(head) <= _SHORT_ENOUGH else self._way_of(head)
        try:
            return self._written(self._found(text, way.how), way)
        except SyntaxError as refused:
            raise explain(text, "query", str(refused)) from None
        except (RuntimeError, ValueError) as refused:
            what = str(refused).rstrip(".") or "the engine cannot answer it"
            raise KgError("KG-E0605", what[:500], where=Place("query")) from refused
        except TooLargeError:
            raise self.too_large(f"{self.answer:,} bytes") from None

    def _way_of(self, head: bytes) -> _Way:
        """How a question with this head is asked: few differ from each other."""
        told = messages.head_of(head)
        default, named = ([_graph(iri) for iri in told.get(name, ())] for name in ("default", "named"))
        how: dict[str, Any] = {"base_iri": told["base"] or None}
        if default or named:
            how |= {"default_graph": default, "named_graphs": named}
        return _Way(how, told["results"], told["graph"])

    def _found(self, text: str, how: dict[str, Any]) -> Any:
        """What the engine finds; known prefixes are declared for the writer, where any is missing."""
        try:
            return self.store.query(text, **how)
        except SyntaxError:
            asked = ad_hoc(text).text if self.prefixes else text
            if asked == text:
                raise
            return self.store.query(asked, **how)

    def _written(self, found: Any, way: _Way) -> tuple[str, bytes, bool]:
        """The answer in the format wanted for its kind, and whether it is a graph without a triple."""
        out = _Bounded()
        out.most = self.answer
        if not (way.graph if isinstance(found, ox.QueryTriples) else way.results):
            raise _not_accepted(isinstance(found, ox.QueryTriples))
        if isinstance(found, ox.QueryTriples):
            first = list(islice(found, 1))
            rest = islice(found, self.rows - 1)
            ox.serialize(chain(first, rest), out, format=GRAPHS[way.graph], prefixes=self.prefixes)
            if next(found, None) is not None:
                raise self.too_large(f"{self.rows:,} triples")
            return way.graph, out.getvalue(), not first
        found.serialize(out, format=RESULTS[way.results])
        body = out.getvalue()
        if len(body) > self.rows * _SMALLEST_ROW and isinstance(found, ox.QuerySolutions):
            self._count(body, way.results)
        return way.results, body, False

    def _count(self, body: bytes, kind: str) -> None:
        if rows_of(body, kind) > self.rows:
            raise self.too_large(f"{self.rows:,} rows")

    def too_large(self, bound: str) -> KgError:
        """The fault of an answer beyond a bound."""
        return KgError(
            "KG-E1103",
            f"the answer has more than {bound}",
            where=Place("query"),
            why="An answer is given whole or not at all.",
            hint="Add a LIMIT and an OFFSET with ORDER BY, ask for less, or take the whole data set: kg export.",
        )


def _not_accepted(is_graph: bool) -> KgError:
    """The fault of an answer that can be given in no media type that the client accepts."""
    return KgError(
        "KG-E1108",
        "none of the media types that are accepted can be given",
        why=f"The answer to this query is {'a graph' if is_graph else 'a table of rows, or true or false'}.",
        hint=f"There are: {', '.join(GRAPHS if is_graph else RESULTS)}",
    )


@lru_cache
def _head(media: str, empty: bool) -> bytes:
    """The head of an answer: there are as many as kinds of answer."""
    return messages.written({"media": media, "empty": empty})


def rows_of(body: bytes, kind: str) -> int:
    """The number of rows of a written result."""
    if kind.endswith("json"):
        return len(json.loads(body)["results"]["bindings"])
    if kind.endswith("xml"):
        return body.count(b"<result>") + body.count(b"<result/>")
    if kind == "text/csv":
        return sum(1 for _ in csv.reader(io.StringIO(body.decode(), newline=""))) - 1
    return body.count(b"\n") - 1


def _graph(iri: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise KgError(
            "KG-E1109", f'the name of a graph is no IRI: "{iri[:200]}"', hint="Write it as http://…"
        ) from error


def opened(options: dict[str, Any]) -> Opened:
    """What answers from the store of the options."""
    answerer = Answerer(ox.Store.read_only(options["store"]), options)
    return Opened(answerer.reply)


if __name__ == "__main__":
    run(opened)
