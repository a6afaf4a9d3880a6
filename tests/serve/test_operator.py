"""What an operator relies on: logs without patients, prefixes of proxies, tokens, dumps, no right to write."""

import ctypes
import hashlib
import json
import os
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import VOID, Graph, URIRef

from kg.building import build
from kg.cli.main import run
from kg.errors import KgError
from kg.graph.sparql import DEEPEST
from kg.serve.limits import Limits
from kg.serve.settings import read_settings
from kg.terminology.editions import FORMAT
from tests.serve.conftest import EXAMPLES
from tests.serve.serving import Served, serving
from tests.serve.test_hostile_requests import send

TOKEN = "a long word drawn by chance"  # noqa: S105  of this test alone
RECORD = json.dumps({"id": "Patient 4711", "procedures": ["J12.8"], "diagnoses": ["C78.7"]}).encode()
JSON = {"content-type": "application/json"}
BASE = "https://w3id.org/terminology-kg/"
QUERY = "/sparql?query=SELECT%20*%20%7B%20%3Fs%20%3Fp%20%22C78.7%22%20%7D"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("operator") / "store"
    build(sorted(EXAMPLES.glob("*.*"))[:2], path)
    return path


@pytest.fixture(scope="module")
def guarded(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server behind a proxy's prefix, with a token and a friendly site, and a log."""
    folder = tmp_path_factory.mktemp("guarded")
    settings = folder / "server.toml"
    told = hashlib.sha256(TOKEN.encode()).hexdigest()
    settings.write_text(
        f'root = "/kg"\nlog = true\norigins = ["https://ward.example"]\ndumps = "."\n[tokens]\nward = "sha256:{told}"\n'
    )
    dump = b"<urn:s> <urn:p> <urn:o> .\n"
    (folder / "all.nt").write_bytes(dump)
    (folder / "SHA256SUMS").write_text(
        f"{hashlib.sha256(dump).hexdigest()}  all.nt\n{'0' * 64}  ../server.toml\n{'0' * 64}  gone.nt\n"
    )
    with serving("--store", store, "--settings", settings) as found:
        address = Served(str(found).removesuffix("/kg"))
        address.log, address.process = found.log, found.process
        yield address


def check(address: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return send(address, "POST", "/kg/api/check", {**JSON, **headers}, RECORD)


def test_records_are_answered_to_who_has_a_token_alone(guarded: Served):
    for wrong in ({}, *({"authorization": told} for told in ("Bearer nothing", TOKEN, f"Basic {TOKEN}", "Bearer"))):
        status, headers, body = check(guarded, **wrong)
        assert (status, json.loads(body)["id"]) == (401, "KG-E1119")
        assert headers["www-authenticate"].startswith("Bearer ")
    assert check(guarded, authorization=f"Bearer {TOKEN}")[0] == 200
    assert send(guarded, "GET", "/kg/api/things/J12.8")[0] == 200
    assert b"KG-E1119" in send(guarded, "GET", "/kg/check?procedures=J12.8")[2]
    assert b"KG-E1119" not in send(guarded, "GET", "/kg/check")[2]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": "https://ward.example"}, 200),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "application/json; charset=utf-16"}, 415),
    ],
)
def test_a_page_of_another_site_sends_no_records(guarded: Served, headers: dict[str, str], status: int):
    got, told, _ = check(guarded, **{"authorization": f"Bearer {TOKEN}", **headers})
    assert got == status
    assert told.get("access-control-allow-origin", "*") == headers.get("origin", "*") or status != 200
    asked = {"access-control-request-method": "POST", **{k: v for k, v in headers.items() if k == "origin"}}
    if "origin" in headers:
        assert send(guarded, "OPTIONS", "/kg/api/check", asked)[0] == (204 if status == 200 else 403)


def test_our_own_page_sends_records_under_any_name_that_we_go_by(guarded: Served):
    for host in (guarded.removeprefix("http://"), "localhost"):
        headers = {"origin": f"https://{host}", "host": host, "authorization": f"Bearer {TOKEN}"}
        assert check(guarded, **headers)[0] == 200


def test_addresses_are_told_with_the_prefix_whether_or_not_the_proxy_takes_it_off(guarded: Served):
    for prefix in ("", "/kg"):
        status, headers, _ = send(guarded, "GET", f"{prefix}/id/guidance/IPG369", {"accept": "text/turtle"})
        assert (status, headers["location"]) == (303, "/kg/data/guidance/IPG369")
        assert send(guarded, "GET", f"{prefix}/data/guidance/IPG369")[0] == 200
        assert json.loads(send(guarded, "GET", f"{prefix}/api/openapi.json")[2])["servers"] == [{"url": "/kg"}]
    assert b"/kg/sparql>" in send(guarded, "GET", "/kg/sparql", {"accept": "text/turtle"})[2]
    assert send(guarded, "GET", "/kgb/health")[0] == 404


def test_dumps_have_checksums_and_nothing_else_of_the_folder_is_given(guarded: Served):
    told = json.loads(send(guarded, "GET", "/kg/dumps/")[2])["dumps"]
    assert [each["name"] for each in told] == ["all.nt"]
    status, headers, body = send(guarded, "GET", "/kg/dumps/all.nt")
    assert (status, headers["content-type"]) == (200, "application/n-triples")
    assert hashlib.sha256(body).hexdigest() == told[0]["sha256"]
    assert send(guarded, "GET", "/kg/dumps/all.nt", {"range": "bytes=0-6"})[2] == b"<urn:s>"
    for path in ("server.toml", "../server.toml", "..%2fserver.toml", "%2e%2e/server.toml", "gone.nt", "all.nt/", "."):
        assert send(guarded, "GET", f"/kg/dumps/{path}")[0] == 404, path


def test_the_description_of_the_data_set_leads_to_the_dumps(guarded: Served):
    told = Graph().parse(data=send(guarded, "GET", "/kg/.well-known/void", {"accept": "text/turtle"})[2])
    dumps = list(told.subject_objects(VOID.dataDump))
    assert dumps == [(URIRef(f"{BASE}id/dataset"), URIRef(f"{BASE}dumps/all.nt"))]
    assert len(told) > 20


def test_every_limit_of_a_question_stands_in_the_description_of_the_endpoint(guarded: Served):
    told = Graph().parse(data=send(guarded, "GET", "/kg/sparql", {"accept": "text/turtle"})[2])
    limits = Limits().told()
    del limits["spare"]  # not a limit of a question
    ours = {str(p): str(o) for p, o in told.predicate_objects() if str(p).startswith(f"{BASE}ontology#")}
    assert sorted(map(float, ours.values())) == sorted([DEEPEST, *limits.values()])


def test_machines_that_follow_links_are_asked_to_leave_questions_alone(guarded: Served):
    status, headers, body = send(guarded, "GET", "/kg/robots.txt")
    assert (status, headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert b"Disallow: /kg/sparql\n" in body
    assert b"page" not in body


def test_no_answer_tells_a_path_of_the_server(guarded: Served, store: Path):
    for path in ("/api/guidances/NONE", "/api/things/NONE", "/page/guidance/NONE", "/page/opcs-4/NONE", "/data/x/NONE"):
        accept = "text/html" if path.startswith("/page") else "*/*"
        status, _, body = send(guarded, "GET", f"/kg{path}", {"accept": accept})
        assert status == 404, path
        assert str(store.parent).encode() not in body, path


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
def test_what_an_operator_asks_is_read_alone(guarded: Served, path: str):
    assert [send(guarded, method, f"/kg{path}")[0] for method in ("GET", "HEAD", "DELETE", "POST")] == [
        200,
        200,
        405,
        405,
    ]


def test_the_context_of_our_json_ld_stays_at_its_address(guarded: Served):
    status, headers, body = send(guarded, "GET", "/kg/context.jsonld")
    assert (status, headers["content-type"]) == (200, "application/ld+json")
    assert json.loads(body)["@context"]["kg"] == "https://w3id.org/terminology-kg/ontology#"


def test_the_log_tells_each_request_and_nothing_of_what_was_asked(store: Path):
    with serving("--store", store, "--log") as address:
        ids = [
            send(address, "POST", "/api/check", JSON, RECORD)[1]["x-request-id"],
            send(address, "POST", "/api/check?date=C78.7", JSON, RECORD)[1]["x-request-id"],
            send(address, "GET", QUERY)[1]["x-request-id"],
            send(address, "GET", "/api/things/C78.7")[1]["x-request-id"],
            send(address, "GET", "/page/icd-10/C78.7", {"accept": "text/html"})[1]["x-request-id"],
            send(address, "GET", "/C78.7/%0aC78.7")[1]["x-request-id"],
        ]
    lines = [json.loads(line) for line in address.log if line.startswith("{")]
    assert [line["request"] for line in lines] == ids
    assert [line["route"] for line in lines] == [
        "/api/check",
        "/api/check",
        "/sparql",
        "/api/things/{thing}",
        "/page",
        "/other",
    ]
    assert [line["status"] for line in lines[:4]] == [200, 400, 200, 200]
    assert lines[1]["fault"] == "KG-E0102" or lines[1]["fault"] == "KG-E1117"
    assert all(line["ms"] >= 0 and line["time"].endswith("+00:00") for line in lines)
    for told in ("C78.7", "J12.8", "4711", "SELECT"):
        assert told not in "".join(address.log)


PR_CAPBSET_DROP = 24


def without_rights() -> None:
    """No byte into any file; and of a superuser only the name: even it keeps to the modes of files."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if os.getuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in range(64):
            libc.prctl(PR_CAPBSET_DROP, capability)


def test_it_serves_without_rights_home_or_a_place_to_write(store: Path, tmp_path: Path):
    copy = shutil.copytree(store, tmp_path / "store")
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment = {**kept, "HOME": "/nonexistent", "TMPDIR": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
    with serving("--store", copy, cwd="/", env=environment, preexec_fn=without_rights) as address:
        assert "CapEff:\t0000000000000000" in Path(f"/proc/{address.process}/status").read_text()
        assert send(address, "GET", "/sparql?query=ASK%7B%3Fs%20%3Fp%20%3Fo%7D")[0] == 200
        assert send(address, "GET", "/api/things/J12.8")[0] == 200
        assert send(address, "POST", "/api/check", JSON, RECORD)[0] == 200
        assert send(address, "GET", "/", {"accept": "text/html"})[0] == 200
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755)


@pytest.mark.parametrize(
    "text",
    [
        'root = "kg"',
        'root = "/k g"',
        'origins = ["ward.example"]',
        "origins = [1]",
        "tokens = 1",
        'log = "yes"',
        '[tokens]\na = "plain"',
        "hots = []",
    ],
)
def test_a_setting_that_cannot_be_is_told_with_its_name_and_no_token(tmp_path: Path, text: str):
    file = tmp_path / "server.toml"
    file.write_text(text)
    with pytest.raises(KgError) as told:
        read_settings(file)
    assert told.value.id == "KG-E1115"
    assert "plain" not in str(told.value)


def test_a_store_with_a_terminology_of_another_format_is_refused_before_anything_listens(
    whole_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    old = tmp_path / "old"
    shutil.copytree(whole_store, old)
    (editions,) = old.glob("releases/*/terminology/editions.json")
    told = editions.read_bytes()
    editions.write_bytes(told.replace(b'"format": %d' % FORMAT, b'"format": 1', 1))
    assert run(["serve", "--port", "0", "--store", str(old)]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert said.err.startswith("KG-E0503")
    assert "kg build" in said.err
    assert "Serving" not in said.err


def test_the_settings_that_are_shipped_can_be_read():
    shipped = read_settings(EXAMPLES.parent.parent / "deploy" / "server.toml")
    assert shipped.hosts == ("terminology.example.org",)
