"""The same questions, put to any SPARQL 1.1 server through SPARQLWrapper."""

from __future__ import annotations

import json
import math
import time
import urllib.error
import warnings
from collections.abc import Mapping
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pyoxigraph as ox

from kg.errors import KgError
from kg.graph import sparql
from kg.graph.queries import Question
from kg.graph.results import Results, Term, graph

PATIENCE = 60.0
"""Seconds that a server has for its answer."""

_SELECT_LIKE = ("SELECT", "ASK")


def ask_server(
    endpoint: str, question: Question, *, patience: float = PATIENCE, agent: str = "terminology-kg"
) -> Results:
    """Put a question to a server.

    The answer is asked for as SPARQL JSON results, of CONSTRUCT and DESCRIBE as Turtle.

    Raises:
        KgError: KG-E0607 (not to be reached, too slow, or it refuses; with what it said), KG-E0102 (not a web address),
            KG-E0104 (SPARQLWrapper is not installed).
    """
    _check_address(endpoint)
    body = _reply(endpoint, question, patience, agent)
    try:
        if question.form in _SELECT_LIKE:
            return read_json(body)
        # N-Triples are Turtle too; other formats were not asked for.
        quads = ox.parse(body, format=ox.RdfFormat.TURTLE, base_iri=endpoint)
        return graph(ox.Triple(quad.subject, quad.predicate, quad.object) for quad in quads)
    except (ValueError, SyntaxError, KeyError, TypeError, AttributeError) as error:
        what = f"the server at {endpoint} answered something else than SPARQL results"
        raise KgError(
            "KG-E0607", what, why=_beginning(body), hint="Is this the address of its SPARQL endpoint?"
        ) from error


def _check_address(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good:
        hint = "Write it as https://example.org/sparql or http://localhost:7878/query."
        raise KgError("KG-E0102", f'not the address of a SPARQL endpoint: "{endpoint}"', hint=hint)


def _reply(endpoint: str, question: Question, patience: float, agent: str) -> bytes:
    """The body of the server's answer."""
    try:
        import SPARQLWrapper
        from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException
    except ImportError as error:
        raise KgError("KG-E0104", "SPARQLWrapper is not installed", hint="pip install SPARQLWrapper") from error
    client = SPARQLWrapper.SPARQLWrapper(endpoint, agent=agent)
    # Words of a comment ("asks", "adds") must not be taken for the query's form, which the client looks for by a
    # pattern.
    client.setQuery(sparql.without_comments(question.text))
    client.queryType = question.form
    client.setMethod(SPARQLWrapper.POST)
    client.setTimeout(max(1, math.ceil(patience)))  # whole seconds, for each wait of the connection
    client.setReturnFormat(SPARQLWrapper.JSON if question.form in _SELECT_LIKE else SPARQLWrapper.TURTLE)
    client.setOnlyConneg(True)  # the form of the answer by Accept alone, as the protocol has it
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", RuntimeWarning
            )  # the client's remarks on media types; the body is checked here
            since = time.monotonic()
            with client.query().response as response:
                return _whole(response, endpoint, patience, since)
    except SPARQLWrapperException as error:
        raise _refused(endpoint, str(error)) from error
    except urllib.error.HTTPError as error:
        raise _refused(endpoint, f"HTTP {error.code} {error.reason}. {_beginning(error.read())}") from error
    except TimeoutError as error:
        raise _too_slow(endpoint, patience) from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise _too_slow(endpoint, patience) from error
        raise _unreachable(endpoint, error.reason) from error
    except HTTPException as error:
        what = f"the answer of the server at {endpoint} breaks off"
        raise KgError("KG-E0607", what, why=str(error), hint="Try again, or ask for less at once.") from error
    except (OSError, ValueError) as error:
        raise _unreachable(endpoint, error) from error


def _whole(response: HTTPResponse, endpoint: str, patience: float, since: float) -> bytes:
    """The body of an answer, however slowly it drips, if it ends in time."""
    parts: list[bytes] = []
    while part := response.read1(1 << 16):
        parts.append(part)
        if time.monotonic() - since > patience:
            raise _too_slow(endpoint, patience)
    if response.length:
        raise HTTPException(f"{response.length:,} bytes are missing")
    return b"".join(parts)


def _refused(endpoint: str, said: str) -> KgError:
    # The client puts its own sentence, then b'…' or text of the server, after "Response:".
    told = said.partition("Response:")[2].strip() or said
    if told[:2] in ("b'", 'b"') and told[-1:] == told[1]:
        told = told[2:-1].replace("\\n", "\n").replace("\\'", "'").replace('\\"', '"')
    return KgError("KG-E0607", f"the server at {endpoint} refuses the query", why=f"It says: {_beginning(told)}")


def _too_slow(endpoint: str, patience: float) -> KgError:
    hint = "Ask for less at once (a LIMIT, one guidance), or allow more time."
    return KgError("KG-E0607", f"the server at {endpoint} did not answer within {patience:g} s", hint=hint)


def _unreachable(endpoint: str, reason: object) -> KgError:
    return KgError(
        "KG-E0607",
        f"the server at {endpoint} cannot be reached: {reason}",
        hint="Is it running, and is the address right?",
    )


def _beginning(said: str | bytes, most: int = 500) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]} …"


def read_json(body: bytes | str) -> Results:
    """SPARQL 1.1 Query Results JSON.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: for what is none.
    """
    told = json.loads(body)
    if "boolean" in told:
        if not isinstance(told["boolean"], bool):
            raise ValueError("the truth value is none")
        return Results(boolean=told["boolean"])
    columns = tuple(str(name) for name in told["head"]["vars"])
    rows = tuple(
        tuple(_term(binding[name]) if name in binding else None for name in columns)
        for binding in told["results"]["bindings"]
    )
    return Results(columns, rows)


def _term(told: Mapping[str, Any]) -> Term:
    match told["type"]:
        case "uri":
            return ox.NamedNode(told["value"])
        case "bnode":
            return ox.BlankNode(told["value"])
        case "literal" | "typed-literal":
            if language := told.get("xml:lang"):
                return ox.Literal(told["value"], language=language)
            if datatype := told.get("datatype"):
                return ox.Literal(told["value"], datatype=ox.NamedNode(datatype))
            return ox.Literal(told["value"])
        case other:
            raise ValueError(f"no term is of type {other}")
