"""A process that answers questions, one after the other, with bounded memory and no network.

The engine has no time limit and cannot be interrupted; its parser ends the process at deep nesting, and memory that
runs out ends it too. So each worker is a process that may be killed at any time: it holds nothing but a store opened
to read. `kg.serve.process` tells how it runs.
"""

from __future__ import annotations

import csv
import io
import json
import time
from itertools import chain, islice
from typing import Any

import pyoxigraph as ox

from kg.errors import KgError, Place
from kg.graph.queries import ad_hoc
from kg.graph.sparql import DEEPEST, LONGEST_CHAIN, UPDATES, check_is_question, tokens, unescaped
from kg.graph.sparql_faults import explain
from kg.serve import messages
from kg.serve.process import Opened, run

_SMALLEST_ROW = 2  # bytes: no row of any format is shorter

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


class TooLargeError(Exception):
    """The answer has more bytes than it may have."""


class _Bounded(io.BytesIO):
    """Bytes in memory, so many and no more."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > self.most:
            raise TooLargeError
        return super().write(data)


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


def check(text: str, most: int) -> None:
    """What a question must be before the engine sees it.

    Raises:
        KgError: KG-E1105 (too long), KG-E1106 (SERVICE), KG-E0605, KG-E0608.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
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
    upper = text.upper()
    return (
        "\\" not in text
        and sum(map(text.count, "{([")) <= DEEPEST
        and len(text) <= LONGEST_CHAIN
        and not any(word in upper for word in (*UPDATES, "SERVICE"))
    )


class Answerer:
    """A store and the limits of a question."""

    def __init__(self, store: ox.Store, options: dict[str, Any]) -> None:
        self.store = store
        self.rows: int = options["rows"]
        self.answer: int = options["answer"]
        self.query: int = options["query"]
        self.union: bool = options["union"]
        self.prefixes: dict[str, str] = options["prefixes"]

    def reply(self, head: dict[str, Any]) -> bytes:
        """The message that answers a message: the answer, or the fault as JSON."""
        try:
            media, body, empty = self._answered(head)
        except KgError as fault:
            return messages.pack(messages.refusal(fault))
        return messages.pack({"media": media, "empty": empty, "spent": time.process_time()}, body)

    def _answered(self, head: dict[str, Any]) -> tuple[str, bytes, bool]:
        text: str = head["query"]
        check(text, self.query)
        default = [_graph(iri) for iri in head.get("default", ())]
        named = [_graph(iri) for iri in head.get("named", ())]
        dataset: dict[str, Any] = {}
        if default or named:
            dataset = {"default_graph": default, "named_graphs": named}
        elif self.union and not _has_dataset(text):
            dataset = {"use_default_graph_as_union": True}
        try:
            return self._written(self._found(text, head.get("base"), dataset), head["media"])
        except SyntaxError as refused:
            raise explain(text, "query", str(refused)) from None
        except (RuntimeError, ValueError) as refused:
            what = str(refused).rstrip(".") or "the engine cannot answer it"
            raise KgError("KG-E0605", what[:500], where=Place("query")) from refused
        except TooLargeError:
            raise self.too_large(f"{self.answer:,} bytes") from None

    def _found(self, text: str, base: str | None, dataset: dict[str, Any]) -> Any:
        """What the engine finds; known prefixes are declared for the writer, where any is missing."""
        try:
            return self.store.query(text, base_iri=base, **dataset)
        except SyntaxError:
            asked = ad_hoc(text).text if self.prefixes else text
            if asked == text:
                raise
            return self.store.query(asked, base_iri=base, **dataset)

    def _written(self, found: Any, media: dict[str, str]) -> tuple[str, bytes, bool]:
        """The answer in the format wanted for its kind (`media` has one for `results`, one for `graph`), and whether it
        is a graph without a triple.
        """
        out = _Bounded(self.answer)
        if isinstance(found, ox.QueryTriples):
            kind = media["graph"]
            first = list(islice(found, 1))
            ox.serialize(chain(first, islice(found, self.rows - 1)), out, format=GRAPHS[kind], prefixes=self.prefixes)
            if next(found, None) is not None:
                raise self.too_large(f"{self.rows:,} triples")
            return kind, out.getvalue(), not first
        kind = media["results"]
        found.serialize(out, format=RESULTS[kind])
        if isinstance(found, ox.QuerySolutions) and out.tell() > self.rows * _SMALLEST_ROW:
            self._count(out.getvalue(), kind)
        return kind, out.getvalue(), False

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


def _has_dataset(text: str) -> bool:
    return "FROM" in text.upper() and any(
        token.kind == "word" and token.text.upper() == "FROM" for token in tokens(text)
    )


def opened(options: dict[str, Any]) -> Opened:
    """What answers from the store of the options."""
    answerer = Answerer(ox.Store.read_only(options["store"]), options)
    return Opened(lambda head, _: answerer.reply(head))


if __name__ == "__main__":
    run(opened)
