"""A question in an address takes a shorter way through the server, to the same answer."""

import asyncio
import http.client
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState

from kg.serve.app import create_app
from kg.serve.connection import connections
from kg.serve.data import of_files
from kg.serve.http import Reply
from kg.serve.quick import written
from kg.serve.settings import Settings
from tests.serve.serving import serving
from tests.serve.test_hostile_requests import send
from tests.serve.test_memory import processes

ORDINARY = {"content-length": "0"}  # a body, if an empty one: that needs the ordinary way
QUERIES = (
    "SELECT * { ?s <urn:p> ?o } ORDER BY ?o LIMIT 3",
    "SELECT ?o { <urn:s1> <urn:p> ?o }",
    "ASK { ?s ?p 'é€' }",
    "CONSTRUCT WHERE { <urn:s2> ?p ?o }",
    "SELECT (<relative> AS ?o) {}",
    "DELETE WHERE { ?s ?p ?o }",
    "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
    "SELCT",
    "SELECT * { ?s ?p '" + "x" * 64_000 + "' }",
    "SELECT ?s { ?s ?p ?o }",  # more rows than may be
    "",
)
FIELDS = (
    "default-graph-uri=urn%3Ag",
    "named-graph-uri=urn%3Ag",
    "default-graph-uri=no+iri",
    "format=csv",
    "x=%FF",
    "y&&",
)
FIELDS += (
    "format=docx",
    "update=CLEAR+ALL",
    "using-graph-uri=urn%3Ag",
    "query=ASK%7B%7D",
    "%zz=%",
    "z=%0d%0aA:b",
    "#q",
)
ACCEPTS = (
    "*/*",
    "text/csv;q=0.5, application/sparql-results+xml",
    "text/turtle",
    "image/png",
    ";;,=/",
    "text/html",
    "application/json",
)
HEADERS = (
    ("if-none-match", "*"),
    ("if-none-match", '"other"'),
    ("origin", "https://example.org"),
    ("connection", "close"),
)
HEADERS += (("host", "elsewhere.example"), ("host", "localhost:80"), ("accept", ""))
HEADERS += (("x-forwarded-proto", "https"), ("x-forwarded-proto", "ftp"), ("x-forwarded-for", "192.0.2.1"))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("quick")
    data, told = folder / "data.nq", folder / "server.toml"
    data.write_text("".join(f'<urn:s{i}> <urn:p> "{i}" {"<urn:g>" if i % 2 else ""} .\n' for i in range(200)))
    told.write_text("[limits]\nrows = 50\nseconds = 60.0\nfast_seconds = 60.0\n")
    with serving("--rdf", data, "--settings", told) as found:
        yield found


Answer = tuple[int, dict[str, str], bytes]


def asked(address: str, target: str, headers: dict[str, str]) -> Answer:
    """An answer without what no two have in common."""
    status, told, body = send(address, "GET", target, headers)
    request = told.pop("x-request-id", "none")
    told.pop("date")
    assert told.pop("content-length", str(len(body))) == str(len(body))
    return status, told, body.replace(request.encode(), b"REQUEST")


REQUESTS = st.tuples(
    st.sampled_from([quote_plus(query) for query in QUERIES]),
    st.lists(st.sampled_from(FIELDS), max_size=2),
    st.dictionaries(st.just("accept"), st.sampled_from(ACCEPTS)),
    st.lists(st.sampled_from(HEADERS), max_size=2),
)


@given(REQUESTS, st.booleans())
@settings(max_examples=150, deadline=None)
def test_both_ways_give_the_same_answer(address: str, request, ordinary_first: bool):
    query, fields, accept, more = request
    target = "/sparql?" + "&".join([*([f"query={query}"] if query else []), *fields])
    headers = accept | dict(more)
    ways = [headers, headers | ORDINARY]
    first, second = (asked(address, target, way) for way in (reversed(ways) if ordinary_first else ways))
    assert first == second
    tag = first[1].get("etag")
    if tag is not None and "if-none-match" not in headers:
        for way in ways:
            assert asked(address, target, way | {"if-none-match": tag})[0] == 304


def counted(address: str) -> dict[str, int]:
    told = send(address, "GET", "/metrics")[2].decode()
    return {
        name: int(n) for name, n in re.findall(r'^(kg_(?:requests|faults)_total\{(?!route="m).*\}) (\d+)$', told, re.M)
    }


def test_both_ways_are_counted_and_numbered_alike(address: str):
    found: list[dict[str, int]] = []
    seen: set[str] = set()
    for way in ({}, ORDINARY):
        before = counted(address)
        for number, query in enumerate(QUERIES):
            target = "/sparql?" + urlencode({"query": f"{query}#{number}{len(way)}"})
            seen.add(send(address, "GET", target, way)[1]["x-request-id"])
        after = counted(address)
        found.append({name: n - before.get(name, 0) for name, n in after.items() if n != before.get(name, 0)})
    assert found[0] == found[1]
    assert sum(n for name, n in found[0].items() if name.startswith("kg_requests")) == len(QUERIES)
    assert len(seen) == 2 * len(QUERIES)


def raw(target: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {target} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def connected(address: str) -> socket.socket:
    place = urlsplit(address)
    return socket.create_connection((place.hostname, place.port), timeout=20)


def told(link: socket.socket) -> tuple[int, bytes]:
    answer = http.client.HTTPResponse(link)
    answer.begin()
    return answer.status, answer.read()


def number(n: int) -> str:
    return "/sparql?" + urlencode({"query": f"SELECT ({n} AS ?n) {{}}", "format": "csv"})


def test_requests_that_come_at_once_are_answered_in_their_order(address: str):
    ways: list[tuple[str, ...]] = [(), (), ("Content-Length: 0",), (), ("Content-Length: 0",), ()]
    with connected(address) as link:
        link.sendall(b"".join(raw(number(n), *way) for n, way in enumerate(ways)) + raw("/health", "Connection: close"))
        text = b"".join(iter(lambda: link.recv(65536), b""))
    assert re.findall(rb"\r\n\r\nn\r\n(\d)\r\n", text) == [b"%d" % n for n in range(len(ways))]
    assert text.endswith(b"}")
    assert text.count(b"HTTP/1.1 200 OK\r\n") == len(ways) + 1


@given(st.lists(st.integers(1, 150), max_size=6))
@settings(max_examples=20, deadline=None)
def test_a_request_may_come_in_pieces(address: str, places: list[int]):
    whole = raw(number(7), "Connection: close")
    with connected(address) as link:
        for start, end in zip([0, *sorted(places)], [*sorted(places), len(whole)], strict=True):
            link.sendall(whole[start:end])
        assert told(link) == (200, b"n\r\n7\r\n")


def test_who_asks_again_and_again_and_takes_nothing_fills_no_memory(address: str):
    asked = 200
    ten = ", ".join(["?{0}"] * 10)
    longer = " ".join(f"BIND(CONCAT({ten.format(short)}) AS ?{long})" for short, long in ("ab", "bc", "cd", "de"))
    query = f"SELECT ?e {{ VALUES ?n {{ 1 2 3 4 5 6 7 8 9 }} BIND('0123456789' AS ?a) {longer} }}"
    large = "/sparql?" + urlencode({"query": query})

    def held() -> int:
        figures = send(address, "GET", "/metrics")[2].decode()
        return int(re.findall(r"^process_resident_memory_bytes (\d+)$", figures, re.M)[0])

    def come() -> int:
        figures = send(address, "GET", "/metrics")[2].decode()
        return int(re.findall(r'^kg_requests_total\{route="sparql",status="200"\} (\d+)$', figures, re.M)[0])

    one = len(send(address, "GET", large, {"host": "localhost"})[2])  # it is remembered from now on
    assert one > 900_000
    before, counted_before = held(), come()
    with connected(address) as link:
        link.sendall(raw(large) * (asked - 1) + raw(large, "Connection: close"))
        while come() == counted_before:
            pass
        assert held() - before < asked * one / 4
        taken = sum(map(len, iter(lambda: link.recv(1 << 20), b"")))
    assert taken > asked * one
    assert come() == counted_before + asked


def test_who_goes_away_frees_the_worker_that_was_at_it(address: str):
    def slow() -> int:
        figures = send(address, "GET", "/metrics")[2].decode()
        return int(re.findall(r"^kg_pool_slow (\d+)$", figures, re.M)[0])

    with connected(address) as link:
        link.sendall(
            raw(
                "/sparql?"
                + urlencode({"query": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"})
            )
        )
        while slow() == 0:
            pass
    while slow() != 0:
        pass
    assert send(address, "GET", number(1))[0] == 200
    figures = send(address, "GET", "/metrics")[2].decode()
    assert 'kg_requests_total{route="sparql",status="499"} 1\n' in figures


def test_who_asks_nothing_more_is_let_go(tmp_path: Path):
    data = tmp_path / "data.nt"
    data.write_text('<urn:s> <urn:p> "1" .\n')

    async def answered() -> bytes:
        app = create_app(of_files([data]), Settings())
        config = uvicorn.Config(app, http=connections(app), timeout_keep_alive=0, log_level="critical")
        config.load()
        state = ServerState()
        make: Any = config.http_protocol_class
        async with processes():
            await app.releases.open()
            server = await asyncio.get_running_loop().create_server(
                lambda: make(config=config, server_state=state, app_state={}), "127.0.0.1", 0
            )
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(raw(number(3)))
            text = await reader.read()
            writer.close()
            server.close()
            await app.releases.close()
        return text

    text = asyncio.run(answered())
    assert text.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"connection: close" not in text
    assert text.endswith(b"n\r\n3\r\n")


@pytest.mark.parametrize("value", [b"a\nb", b"a\rb", b"a\r\nb", b"a\r\n\r\nb"])
def test_no_header_has_more_than_its_line(value: bytes):
    for told in (Reply(200, ((b"etag", value),), b""), Reply(200, (), b"", ((b"etag", value),))):
        with pytest.raises(ValueError, match="more than a line"):
            written(told, [], close=False)
    assert json.loads(written(Reply(200, ((b"etag", b"a"),), b"{}"), [], close=True).partition(b"\r\n\r\n")[2]) == {}


ROWS, GRAPH, WRONG = "SELECT * { ?s ?p ?o } LIMIT 1", "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 1", "SELECT ?x {"


@pytest.mark.parametrize(
    ("query", "accept", "status", "media"),
    [
        (GRAPH, "text/csv", 406, "application/problem+json"),
        (GRAPH, "image/png", 406, "application/problem+json"),
        (GRAPH, "application/json", 200, "application/ld+json"),
        (GRAPH, "application/xml", 200, "application/rdf+xml"),
        (GRAPH, "text/csv, */*;q=0.1", 200, "text/turtle"),
        (GRAPH, "text/html", 406, "text/html"),
        (ROWS, "text/plain", 406, "application/problem+json"),
        (ROWS, "text/turtle", 406, "application/problem+json"),
        (ROWS, "application/json", 200, "application/sparql-results+json"),
        (ROWS, "text/xml", 200, "application/sparql-results+xml"),
        (WRONG, "text/html", 400, "text/html"),
        (WRONG, "text/html,application/xhtml+xml,*/*;q=0.8", 400, "text/html"),
        (WRONG, "image/png", 400, "application/problem+json"),
        (WRONG, "*/*", 400, "application/problem+json"),
    ],
)
def test_what_is_sent_is_of_a_type_that_is_accepted_and_a_fault_is_told_as_the_client_reads_it(
    address: str, query: str, accept: str, status: int, media: str
):
    target = f"/sparql?query={quote_plus(query)}"
    for ordinary in ({}, ORDINARY):
        got, headers, body = asked(address, target, {"accept": accept} | ordinary)
        assert (got, headers["content-type"].partition(";")[0]) == (status, media)
        if status != 200:
            assert (b"KG-E1108" if status == 406 else b"KG-E0605") in body
            assert (b"KG-E1108" in body) is (status == 406)
