"""Every IRI of ours leads, under the address of a server, to what the store says of it."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import OWL, Graph, Literal, URIRef
from rdflib.namespace import SKOS

from kg.building import build
from kg.graph.manifest import FORMAT
from kg.graph.store import current_id
from tests.graph.test_store import with_other_words
from tests.serve.serving import serving
from tests.serve.test_hostile_requests import send

BASE = "https://w3id.org/terminology-kg/"
FORMATS = {
    "ttl": ("text/turtle", "turtle"),
    "nt": ("application/n-triples", "nt"),
    "jsonld": ("application/ld+json", "json-ld"),
    "rdf": ("application/rdf+xml", "xml"),
}
EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples" / "guidance"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("linked") / "store"
    build(sorted(EXAMPLES.glob("*.*"))[:2], path)
    return path


@pytest.fixture(scope="module")
def address(store: Path) -> Iterator[str]:
    with serving("--store", store) as found:
        yield found


@pytest.fixture(scope="module")
def guidance(address: str) -> str:
    """The path of a guidance of the store."""
    query = "SELECT ?g { ?g a kg:Guidance } ORDER BY ?g LIMIT 1"
    status, _, body = send(address, "POST", "/sparql", {"content-type": "application/sparql-query"}, query.encode())
    assert status == 200
    return json.loads(body)["results"]["bindings"][0]["g"]["value"].removeprefix(f"{BASE}id/")


def test_a_name_leads_to_its_data_for_programs_and_to_its_page_for_people(address: str, guidance: str):
    status, headers, _ = send(address, "GET", f"/id/{guidance}", {"accept": "text/turtle"})
    assert (status, headers["location"]) == (303, f"/data/{guidance}")
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    status, headers, _ = send(address, "GET", f"/id/{guidance}", {"accept": browser})
    assert (status, headers["location"]) == (303, f"/page/{guidance}")
    assert headers["vary"] == "Accept"


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("path", ["opcs-4/A01.1", "opcs-4/A01.-", "icd-10/A00.1", "opcs-4/A01-A03"])
def test_a_code_that_no_guidance_touches_has_data_too(address: str, path: str, ending: str):
    """Its page links to them, and a program that follows its name is led there."""
    media, name = FORMATS[ending]
    status, headers, body = send(address, "GET", f"/data/{path}.{ending}")
    assert (status, headers["content-type"].partition(";")[0]) == (200, media)
    told = Graph().parse(data=body, format=name)
    it = URIRef(f"{BASE}id/{path}")
    assert set(told.subjects()) == {it}
    assert [str(o) for o in told.objects(it, SKOS.notation)] == [path.partition("/")[2]]
    assert list(told.objects(it, SKOS.broader))
    if path == "opcs-4/A01.1":
        assert list(told.objects(it, SKOS.prefLabel)) == [Literal("Hemispherectomy")]


def test_what_is_no_code_that_is_known_has_no_data(address: str):
    for path in ("opcs-4/A99.9", "opcs-4/%C3%A9", "icd-10/I50%20", "opcs-4/a01.1", "opcs-4/"):
        status, _, body = send(address, "GET", f"/data/{path}", {"accept": "text/turtle"})
        assert (status, json.loads(body)["id"]) == (404, "KG-E1113")


@pytest.mark.parametrize("ending", FORMATS)
def test_the_data_of_a_thing_come_in_each_format_and_say_the_same(address: str, guidance: str, ending: str):
    media, form = FORMATS[ending]
    status, headers, body = send(address, "GET", f"/data/{guidance}.{ending}")
    assert status == 200
    assert headers["content-type"].startswith(media)
    found = Graph().parse(data=body, format=form)
    assert (URIRef(f"{BASE}id/{guidance}"), None, None) in found
    by_accept = send(address, "GET", f"/data/{guidance}", {"accept": media})[2]
    assert Graph().parse(data=by_accept, format=form).isomorphic(found)


def test_data_that_have_not_changed_are_not_sent_again(address: str, guidance: str):
    _, headers, _ = send(address, "GET", f"/data/{guidance}")
    status, again, body = send(address, "GET", f"/data/{guidance}", {"if-none-match": headers["etag"]})
    assert (status, body, again["etag"]) == (304, b"", headers["etag"])


def test_the_graph_of_a_guidance_the_ontology_and_the_data_set_can_be_had(address: str, guidance: str):
    for path, least in ((f"/graph/{guidance}", 50), ("/ontology", 100), ("/.well-known/void", 5)):
        status, _, body = send(address, "GET", path, {"accept": "text/turtle"})
        assert status == 200, path
        assert len(Graph().parse(data=body, format="turtle")) >= least


def test_the_version_that_the_ontology_names_can_be_had(address: str):
    body = send(address, "GET", "/ontology", {"accept": "text/turtle"})[2]
    (version,) = Graph().parse(data=body, format="turtle").objects(None, OWL.versionIRI)
    status, _, same = send(address, "GET", "/" + str(version).removeprefix(BASE), {"accept": "text/turtle"})
    assert (status, same) == (200, body)


@pytest.mark.parametrize(
    "path", ["/ontology/99.0.0", "/data/guidance/NONE", "/data/opcs-4/%3E", "/id/x%00", "/nothing"]
)
def test_what_is_not_there_is_404(address: str, path: str):
    status, headers, body = send(address, "GET", path)
    assert status == 404
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["id"] == "KG-E1113"


def test_a_page_names_its_data_and_scripts_of_others_may_read_what_tells_of_an_answer(address: str):
    html = send(address, "GET", "/page/guidance/IPG369", {"accept": "text/html"})[2].decode()
    (path,) = re.findall(r'<link rel="alternate" type="text/turtle" href="([^"]+)">', html)
    status, headers, _ = send(address, "GET", path)
    assert (status, headers["content-type"]) == (200, "text/turtle; charset=utf-8")
    assert "ETag" in headers["access-control-expose-headers"]
    for known in (headers["etag"], f"W/{headers['etag']}", '"other", ' + headers["etag"], "*"):
        assert send(address, "GET", path, {"if-none-match": known})[0] == 304
    assert send(address, "GET", path, {"if-none-match": '"other"'})[0] == 200


def test_a_new_release_takes_the_place_of_the_old_without_a_request_lost(tmp_path: Path):
    sources = sorted(EXAMPLES.glob("*.*"))
    path = tmp_path / "store"
    build(sources[:1], path)
    with serving("--store", path) as address:
        first = json.loads(send(address, "GET", "/ready")[2])["release"]
        build(sources[:2], path)
        released = first
        while released == first:
            assert send(address, "GET", "/sparql?query=ASK%7B%7D")[0] == 200
            released = json.loads(send(address, "GET", "/ready")[2])["release"]
        assert b"kg_release_changes 1" in send(address, "GET", "/metrics")[2]


def test_a_new_release_that_cannot_be_served_is_told_and_the_old_one_goes_on(tmp_path: Path):
    """Of another format: the log and `/ready` tell it, and the next sound release is taken up."""
    sources = sorted(EXAMPLES.glob("*.*"))
    path = tmp_path / "store"
    build(sources[:1], path)
    with serving("--store", path, "--log") as address:
        first = json.loads(send(address, "GET", "/ready")[2])
        assert "refused" not in first
        spoil(path, build(sources[:2], tmp_path / "other").path)
        while "refused" not in (told := json.loads(send(address, "GET", "/ready")[2])):
            assert send(address, "GET", "/sparql?query=ASK%7B%7D")[0] == 200
        assert told["release"] == first["release"]
        assert told["refused"] == {"release": current_id(path), "fault": "KG-E0503"}
        assert b"kg_release_refused 1" in send(address, "GET", "/metrics")[2]
        build(sources[:3], path)
        while "refused" in (told := json.loads(send(address, "GET", "/ready")[2])):
            pass
        assert told["release"] == current_id(path)
    faults = [json.loads(line) for line in address.log if '"message"' in line]
    assert [fault["fault"] for fault in faults] == ["KG-E0503"]  # once, however often it is looked at
    assert str(path) in faults[0]["message"]


def spoil(store: Path, other: Path) -> None:
    """Put the release of another store in place, as another version of the program would have written it."""
    id = current_id(other)
    shutil.copytree(other / "releases" / id, store / "releases" / id)
    with_other_words(store / "releases" / id / "manifest.json", f'"format": {FORMAT}', f'"format": {FORMAT - 1}')
    shutil.copy(other / "current", store / "current.new")
    (store / "current.new").replace(store / "current")


@pytest.mark.parametrize(("host", "status"), [("evil.example", 421), ("localhost", 200), ("127.0.0.1:9", 200)])
def test_a_server_on_this_machine_answers_to_its_own_names_only(address: str, host: str, status: int):
    assert send(address, "GET", "/metrics", {"host": host})[0] == status
