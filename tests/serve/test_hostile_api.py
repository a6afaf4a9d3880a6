"""The API in the open: whatever is sent, it gets the right status and a short answer, and service goes on."""

import contextlib
import json
import os
import select
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests.serve.serving import Served, serving
from tests.serve.test_hostile_requests import send, workers

JSON = {"content-type": "application/json"}
GOOD = "/api/subsumes?a=Y53.4&b=Y"
PATIENCE = 1.0
POST = b"POST /api/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def address(whole_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = tmp_path_factory.mktemp("hostile") / "server.toml"
    settings.write_text(f"[limits]\nseconds = 3.0\npatience = {PATIENCE}\nbody = 200_000\n")
    with serving("--store", whole_store, "--settings", settings) as found:
        yield found


BODIES = {
    "nothing": (b"", 400, "KG-E1121"),
    "not JSON": (b"J12.8", 400, "KG-E1121"),
    "half of it": (b'{"procedures": ["J12.8"', 400, "KG-E1121"),
    "not UTF-8": (b'{"id": "\xff\xfe"}', 400, "KG-E1121"),
    "UTF-16": ('{"id": "1"}'.encode("utf-16"), 0, ""),
    "a deep list": (b"[" * 100_000, 400, "KG-E1121"),
    "a deep object": (b'{"a":' * 30_000 + b"1" + b"}" * 30_000, 400, "KG-E1121"),
    "a number of many digits": (b'{"id": ' + b"9" * 100_000 + b"}", 400, "KG-E1121"),
    "no number": (b'{"id": NaN, "procedures": [Infinity]}', 400, "KG-E0305"),
    "half a character": (b'{"id": "\\ud800", "guidance": "\\udfff"}', 404, "KG-E0601"),
    "half a character in a list": (b'[{"id": "\\ud800", "guidance": "\\udfff"}]', 200, ""),
    "no character": (b'{"procedures": ["\\u0000\\r\\nSet-Cookie: a"]}', 400, "KG-E0412"),
    "a script": (b'{"<script>alert(1)</script>": 1}', 400, "KG-E0305"),
    "too many codes": (json.dumps({"procedures": ["J12.8"] * 20_000}).encode(), 400, "KG-E0306"),
    "many contexts": (json.dumps({"context": {f"f{i}": "x" for i in range(5_000)}}).encode(), 400, "KG-E0303"),
    "too long": (b'{"id": "' + b"x" * 300_000 + b'"}', 413, "KG-E1105"),
    "the same field often": (b"{" + b'"id": "1",' * 10_000 + b'"id": "2"}', 400, "KG-E1121"),
}


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("path", ["/api/check", "/api/identify"])
def test_a_hostile_record_is_refused_and_service_goes_on(address: str, path: str, kind: str):
    sent, status, id = BODIES[kind]
    got, headers, body = send(address, "POST", path, JSON, sent)
    if path == "/api/identify" and kind.startswith("half a character"):
        status = 200  # a guidance is not looked at
    assert got == status or (status == 0 and got in (200, 400)), body[:300]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-type"] == ("application/json" if got == 200 else "application/problem+json")
    told = json.loads(body)
    assert got == 200 or told["id"] == id or not id
    assert len(body) < 50_000
    assert send(address, "GET", GOOD)[0] == 200


@pytest.mark.parametrize(
    ("method", "target", "headers", "status"),
    [
        ("GET", "/api/../../etc/passwd", {}, 404),
        ("GET", "/api/things/..%2f..%2fetc%2fpasswd", {}, 404),
        ("GET", "/api/guidances/%2e%2e/combinations", {}, 404),
        ("GET", "/api/things/%ff", {}, 400),
        ("GET", "/api/things/J12.8%0d%0aSet-Cookie:%20a", {}, 404),
        ("GET", "/api/things/%00", {}, 404),
        ("GET", "/api/things/" + "x" * 300, {}, 400),
        ("GET", "/api/things/%3Cscript%3E", {}, 404),
        ("GET", "/api/search?q=" + "a" * 60_000, {}, 400),
        ("GET", "/api/search?q=" + quote("(a+)+$" * 60), {}, 200),
        ("GET", "/api/search?q=%ff", {}, 400),
        ("GET", "/api/search?q=liver&q=liver", {}, 400),
        ("GET", "/api/search?q=liver&limit=99999999999999999999999", {}, 400),
        ("GET", "/api/search?q=liver&limit=%D9%A1", {}, 400),
        ("GET", "/api/search?" + "&".join(["q=b"] * 2_000), {}, 400),
        ("GET", "/api/search?q=liver", {"accept": "image/png"}, 406),
        ("GET", "/api/search?q=liver", {"accept": ";;;,,,=/" * 500}, 406),
        ("GET", "/api/search?q=liver", {"accept": "text/html, */*;q=0.1"}, 200),
        ("GET", "/api/search?q=liver", {"host": "evil.example"}, 421),
        ("GET", "/api/check", {}, 405),
        ("PUT", "/api/search?q=liver", {}, 405),
        ("TRACE", "/api/search?q=liver", {}, 405),
        ("POST", "/api/search?q=liver", {}, 405),
        ("GET", "/api/guidances/IPG369/combinations?sample=200&seed=1", {}, 200),
        ("GET", "/api", {}, 303),
    ],
)
def test_a_request_that_is_none_gets_the_right_status(address: str, method: str, target: str, headers, status: int):
    got, told, body = send(address, method, target, headers)
    assert got == status, body[:300]
    assert "set-cookie" not in told
    assert b"Traceback" not in body
    if got == 405:
        assert "OPTIONS" in told["allow"]


def test_many_records_with_repairs_hold_nobody_up(address: str):
    """As many as a body may hold: each is worked out, in time or not, while others are answered."""
    codes = [("J12.3", "Y13.2"), ("J03.2",), ("J12.8", "X65.3", "Y36.4"), ("J12.8", "Y53.4", "Z94.2", "Y80.1")]
    records = [
        {"id": str(i), "procedures": codes[i % 4], "diagnoses": ["C78.7", "C18.9"][: i % 3]} for i in range(1_500)
    ]
    body = json.dumps(records).encode()
    with ThreadPoolExecutor(4) as pool:
        heavy = [pool.submit(send, address, "POST", "/api/check?everything=true", JSON, body) for _ in range(4)]
        answered = 0
        while not all(each.done() for each in heavy):
            assert send(address, "GET", GOOD)[0] == 200
            answered += 1
    statuses = [each.result()[0] for each in heavy]
    assert set(statuses) <= {200, 429, 503}
    assert answered > 10
    assert send(address, "POST", "/api/check", JSON, b'{"procedures": ["J12.8"]}')[0] == 200


def open_socket(address: str) -> socket.socket:
    place = urlsplit(address)
    return socket.create_connection((place.hostname, place.port), timeout=20)


def read_all(link: socket.socket) -> bytes:
    """What comes until the other side closes."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while part := link.recv(65_536):
            found += part
    return found


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (b"GET /api/guidances HTTP/1.1\r\nHost: localhost\r\nX-A", b""),
        (POST + b"Content-Length: 90\r\n\r\n{", b"HTTP/1.1 408"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b"HTTP/1.1 408"),
        (POST + b"Content-Length: 900000\r\n\r\n{", b"HTTP/1.1 413"),
        (b"GET /" + b"a" * 200_000, b"HTTP/1.1 431"),
        (b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 30_000, b"HTTP/1.1 431"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"HTTP/1.1 400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", b"HTTP/1.1 400"),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"HTTP/1.1 400",
        ),
    ],
)
def test_who_sends_half_a_request_is_let_go(address: str, sent: bytes, answer: bytes):
    """However many come so, each is gone when its time is up; others are answered meanwhile."""
    links = [open_socket(address) for _ in range(30)]
    for link in links:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            link.sendall(sent)
    assert send(address, "GET", GOOD)[0] == 200
    for link in links:
        assert read_all(link).startswith(answer)
        link.close()


def test_who_does_not_take_his_answer_is_let_go(address: str):
    """His connection is closed when he has taken nothing for long enough, and the answer is not kept for him."""
    link = open_socket(address)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    link.sendall(b"GET /api/standards HTTP/1.1\r\nHost: localhost\r\n\r\n" * 400)
    poller = select.poll()
    poller.register(link, select.POLLHUP | select.POLLERR)
    assert poller.poll(20_000), "the server has not let go"
    link.close()
    assert send(address, "GET", GOOD)[0] == 200


def test_workers_of_the_api_that_are_killed_are_replaced_and_no_request_is_lost(address: Served):
    assert send(address, "GET", GOOD)[0] == 200
    for i in range(2):
        for worker in workers(address.process):
            if b"api_worker" in Path(f"/proc/{worker}/cmdline").read_bytes():
                os.kill(worker, signal.SIGKILL)
        statuses = [send(address, "GET", f"/api/search?q=liver&limit={i * 5 + n + 1}")[0] for n in range(3)]
        assert statuses == [200] * 3
