"""What a user is told when a SPARQL server cannot be reached, refuses, is slow, or is no SPARQL server."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from kg.errors import KgError
from kg.graph.queries import ad_hoc
from kg.graph.remote import ask_server

ALL = ad_hoc("SELECT ?s { ?s ?p ?o } LIMIT 1")
Answer = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """A web server that answers as it is told, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer: Answer = lambda handler: reply(handler, 200, "application/sparql-results+json", "{}")
        self.asked: list[tuple[str, dict[str, str], dict[str, list[str]]]] = []
        self.released = threading.Event()
        self.address = f"http://127.0.0.1:{self.server_port}/sparql"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        assert isinstance(self.server, Server)
        self.server.asked.append((self.path, dict(self.headers), parse_qs(body)))
        self.server.answer(self)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def reply(handler: BaseHTTPRequestHandler, status: int, kind: str, body: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body.encode())))
    handler.end_headers()
    handler.wfile.write(body.encode())


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.released.set()
        running.shutdown()
        thread.join()


def refusal(endpoint: str, patience: float = 60.0) -> KgError:
    with pytest.raises(KgError) as fault:
        ask_server(endpoint, ALL, patience=patience)
    return fault.value


def test_the_question_is_sent_whole_and_as_the_protocol_has_it(server: Server) -> None:
    server.answer = lambda handler: reply(
        handler, 200, "application/sparql-results+json", '{"head": {}, "boolean": true}'
    )
    question = ad_hoc('# asks and adds\nASK { ?s kg:words "é # no comment", <http://x/#a> } # end')
    assert ask_server(server.address, question, agent="terminology-kg/0.1").boolean is True
    ((path, headers, form),) = server.asked
    assert path == "/sparql"
    assert headers["User-Agent"] == "terminology-kg/0.1"
    assert "application/sparql-results+json" in headers["Accept"]
    asked = 'ASK { ?s kg:words "é # no comment", <http://x/#a> }'
    assert form == {"query": [f"PREFIX kg: <https://w3id.org/terminology-kg/ontology#>  \n{asked}"]}


def test_nobody_listens() -> None:
    fault = refusal("http://127.0.0.1:9/sparql")
    assert fault.id == "KG-E0607"
    assert "cannot be reached" in fault.what
    assert "refused" in fault.what
    assert fault.hint == "Is it running, and is the address right?"


def test_no_such_host() -> None:
    assert "cannot be reached" in refusal("http://no-such-host.invalid/sparql").what


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.org/sparql",
        "file:///etc/passwd",
        "example.org/sparql",
        "http://",
        "",
        "http://[::1/",
        "http://h:99999/",
    ],
)
def test_what_is_no_web_address_is_not_asked(address: str) -> None:
    assert refusal(address).id == "KG-E0102"


@pytest.mark.parametrize(
    ("status", "said"),
    [(400, "Line 1: what is a FOO?"), (404, "no such data set"), (500, "out of memory"), (503, "later")],
)
def test_the_server_refuses_and_its_words_are_told(server: Server, status: int, said: str) -> None:
    server.answer = lambda handler: reply(handler, status, "text/plain", f"{said}\nmore  'of' it")
    fault = refusal(server.address)
    assert fault.id == "KG-E0607"
    assert "refuses the query" in fault.what
    assert f"{said} more 'of' it" in fault.why


def test_long_words_of_a_server_are_cut(server: Server) -> None:
    server.answer = lambda handler: reply(handler, 403, "text/html", "<p>no</p>" * 10_000)
    assert len(refusal(server.address).why) < 600


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html", "<html>Welcome</html>"),
        ("application/json", "[1, 2]"),
        ("application/sparql-results+json", '{"head": {"vars": ["s"]}, "results": {"bindings": [{"s": {"type": "uri"'),
        (
            "application/sparql-results+json",
            '{"head": {"vars": ["s"]}, "results": {"bindings": [{"s": {"type": "uri", "value": "no iri"}}]}}',
        ),
        ("application/sparql-results+json", ""),
        ("application/sparql-results+json", "{}"),
    ],
)
def test_an_answer_that_is_none(server: Server, kind: str, body: str) -> None:
    server.answer = lambda handler: reply(handler, 200, kind, body)
    fault = refusal(server.address)
    assert fault.id == "KG-E0607"
    assert "something else than SPARQL results" in fault.what


def test_an_answer_that_breaks_off(server: Server) -> None:
    def half(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"head": {"vars": ["s"]}, "resu')
        handler.close_connection = True

    server.answer = half
    assert refusal(server.address).id == "KG-E0607"


def test_a_server_that_does_not_answer_is_left(server: Server) -> None:
    def wait(_: BaseHTTPRequestHandler) -> None:
        server.released.wait(60)

    server.answer = wait
    fault = refusal(server.address, patience=1)
    assert fault.id == "KG-E0607"
    assert fault.what == f"the server at {server.address} did not answer within 1 s"


def test_a_real_server_says_what_is_wrong_with_a_query(endpoint: str) -> None:
    with pytest.raises(KgError) as fault:
        ask_server(endpoint, ad_hoc("SELECT * { ?s ?p ?o } LIMIT many"))
    assert fault.value.id == "KG-E0607"
    assert "refuses the query" in fault.value.what
    assert fault.value.why


def test_a_server_that_drips_is_left_in_time(server: Server) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not server.released.wait(0.05):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return

    server.answer = drip
    assert "within 0.3 s" in refusal(server.address, patience=0.3).what
