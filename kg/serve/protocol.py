"""SPARQL 1.1 Protocol: a request to a question, a question to an answer. Read-only: updates are refused."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from kg.errors import KgError, Place
from kg.serve.http import fields_of
from kg.serve.messages import Question, sparql
from kg.serve.negotiate import best

RESULTS = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
)
GRAPHS = (
    "text/turtle",
    "application/n-triples",
    "application/ld+json",
    "application/rdf+xml",
    "application/trig",
    "application/n-quads",
    "text/n3",
)
_OF_RESULTS = {"application/json": RESULTS[0], "application/xml": RESULTS[1], "text/xml": RESULTS[1]}
_OF_GRAPHS = {
    "application/json": "application/ld+json",
    "application/xml": "application/rdf+xml",
    "text/xml": "application/rdf+xml",
    "application/x-turtle": "text/turtle",
    "text/plain": "application/n-triples",
}
_LONGEST_NAME = 100
_SHORT = {
    "json": ("application/sparql-results+json", "application/ld+json"),
    "xml": ("application/sparql-results+xml", "application/rdf+xml"),
    "csv": ("text/csv", "text/turtle"),
    "tsv": ("text/tab-separated-values", "text/turtle"),
    "turtle": (RESULTS[0], "text/turtle"),
    "ntriples": (RESULTS[0], "application/n-triples"),
    "jsonld": (RESULTS[0], "application/ld+json"),
    "rdfxml": (RESULTS[0], "application/rdf+xml"),
    "trig": (RESULTS[0], "application/trig"),
}
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
UPDATE = "application/sparql-update"
_MOST_FIELDS = 1_000
_SHORT_ENOUGH = 2_000  # bytes of what is kept as it was read: some hundreds of them take little memory


class Asked(NamedTuple):
    """A question as the protocol has it: the query, the data set it names, and the media types for either kind of
    answer; empty for a kind that the client does not accept in any.
    """

    query: str
    default: tuple[str, ...]
    named: tuple[str, ...]
    results: str
    graph: str

    def question(self, base: str) -> Question:
        """What a worker is asked; `base` is the address that the request came to."""
        return sparql(self.query, self.results, self.graph, base, self.default, self.named)


def read(method: str, query_string: bytes, content_type: str, accept: str | None, body: bytes) -> Asked | None:
    """The question of a request; None for a GET that asks nothing (the service description is meant).

    Raises:
        KgError: KG-E0608 (an update), KG-E1108 (format), KG-E1109 (no question, two, or not UTF-8), KG-E1110 (method),
        KG-E1111 (media type).
    """
    if method == "GET" and len(query_string) + len(accept or "") <= _SHORT_ENOUGH:
        return _read_again(query_string, accept)
    return _read(method, query_string, content_type, accept, body)


@lru_cache(256)
def _read_again(query_string: bytes, accept: str | None) -> Asked | None:
    """A question in an address, read once: most are asked again and again."""
    return _read("GET", query_string, "", accept, b"")


def _read(method: str, query_string: bytes, content_type: str, accept: str | None, body: bytes) -> Asked | None:
    pairs = _pairs(query_string, "the address")
    media = content_type.partition(";")[0].strip().lower()
    if method == "POST":
        if media == FORM:
            pairs += _pairs(body, "the form")
        elif media == DIRECT:
            pairs.append(("query", _utf8(body, "the query")))
        elif media == UPDATE:
            raise _update()
        else:
            raise KgError(
                "KG-E1111",
                f"a query is not sent as {media or 'nothing'}",
                hint=f"Send it as Content-Type: {DIRECT}, or in a form ({FORM}).",
            )
    elif method not in {"GET", "HEAD"}:
        raise KgError("KG-E1110", f"{method} is not a way to ask", hint="Use GET or POST.")
    values: dict[str, list[str]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    for key in values:
        if key == "update" or key.startswith("using-"):
            raise _update()
    queries = values.get("query", [])
    if not queries and method != "POST":
        return None
    if len(queries) != 1:
        what = "two queries in one request" if queries else "the request holds no query"
        raise KgError("KG-E1109", what, hint="Give the parameter query once.")
    read_media = _media_again if len(accept or "") <= _SHORT_ENOUGH else _media
    results, graph = read_media(accept, values.get("format", [""])[-1][:_LONGEST_NAME])
    return Asked(
        queries[0],
        tuple(values.get("default-graph-uri", ())),
        tuple(values.get("named-graph-uri", ())),
        results,
        graph,
    )


def _media(accept: str | None, short: str) -> tuple[str, str]:
    """The media types for rows and for graphs. Which of the two the answer is, only the engine knows: it refuses the
    kind for which there is none (KG-E1108), when it has found no fault in the query.
    """
    if short:
        if short not in _SHORT:
            raise KgError("KG-E1108", f'no format is called "{short[:50]}"', hint=f"There are: {', '.join(_SHORT)}")
        return _SHORT[short]
    found: list[str] = []
    for offered, synonyms in ((RESULTS, _OF_RESULTS), (GRAPHS, _OF_GRAPHS)):
        try:
            found.append(best(accept, offered, synonyms))
        except KgError:
            found.append("")
    return found[0], found[1]


@lru_cache(256)
def _media_again(accept: str | None, short: str) -> tuple[str, str]:
    """The media types of a wish that is short enough to be kept: clients have one, and say it each time."""
    return _media(accept, short)


def _pairs(data: bytes, where: str) -> list[tuple[str, str]]:
    try:
        return fields_of(data, _MOST_FIELDS)
    except UnicodeDecodeError as error:
        raise KgError("KG-E1109", f"{where} is not UTF-8", hint="Encode the query in UTF-8.") from error
    except ValueError as error:
        raise KgError("KG-E1109", f"{where} cannot be read: {error}", hint="Encode each value (%26 for &).") from error


def _utf8(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise KgError(
            "KG-E1109", f"{where} is not UTF-8 (byte {error.start})", hint="Encode the query in UTF-8."
        ) from error


def _update() -> KgError:
    return KgError(
        "KG-E0608",
        "updates are refused: this endpoint is read-only",
        where=Place("request"),
        why="A store is finished when it is built; it answers questions and is never changed.",
    )
