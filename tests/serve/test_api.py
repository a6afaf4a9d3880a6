"""The API: what the commands answer, over HTTP, as its OpenAPI document tells."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema_rs
import pytest

from kg.cli.main import run
from tests.serve.test_hostile_requests import send

RECORD = {"procedures": ["J12.8", "Y13.2"], "diagnoses": ["C78.7"]}
JSON = {"content-type": "application/json"}
Kg = Callable[..., Any]


@pytest.fixture
def store(whole_store: Path) -> Path:
    return whole_store


@pytest.fixture(scope="module")
def address(whole: str) -> str:
    return whole


@pytest.fixture
def kg(store: Path, capsys: pytest.CaptureFixture[str]) -> Kg:
    """What a command answers as JSON."""

    def call(*words: str) -> Any:
        capsys.readouterr()
        run([*words, "--format", "json", *(() if words[0] == "standards" else ("--store", str(store)))])
        return json.loads(capsys.readouterr().out)

    return call


@pytest.fixture(scope="module")
def concept(address: str) -> str:
    """A concept of the release that has maps."""
    _, _, body = send(address, "GET", "/api/mapped-from/A?system=OPCS-4")
    return json.loads(body)["concepts"][0]["concept"]


def get(address: str, path: str, **parameters: Any) -> Any:
    status, _, body = send(address, "GET", f"{path}?{urlencode(parameters, doseq=True)}")
    assert status == 200, body
    return json.loads(body)


def post(address: str, path: str, told: object, **headers: str) -> tuple[int, Any]:
    status, _, body = send(address, "POST", path, {**JSON, **headers}, json.dumps(told).encode())
    return status, json.loads(body)


def test_a_question_is_answered_as_the_command_answers_it(address: str, kg: Kg, concept: str):
    assert get(address, "/api/things/j128") == kg("show", "j128")
    assert get(address, "/api/things/IPG369") == get(address, "/api/guidances/ipg369") == kg("show", "IPG369")
    assert get(address, f"/api/things/{concept}") == kg("show", concept)
    assert get(address, "/api/search", q="liver metast", limit=5)["items"] == kg("search", "liver metast", "--limit=5")
    assert get(address, "/api/subsumes", a="Y53.4", b="Y") == kg("subsumes", "Y53.4", "Y")
    assert get(address, f"/api/map/{concept}") == kg("map", concept)
    assert get(address, "/api/mapped-from/A", system="OPCS-4") == kg("map", "--reverse", "A", "--system", "OPCS-4")
    assert get(address, "/api/standards", date="2024-05-01") == kg("standards", "--date", "2024-05-01")
    assert get(address, "/api/changes")["changes"] == kg("diff")
    given = ("primary-tumour=present", "approach=open")
    assert get(address, "/api/guidances/IPG672/combinations", given=given) == kg(
        "combinations", "IPG672", *(word for text in given for word in ("--given", text))
    )
    assert get(
        address, "/api/guidances/IPG369/combinations", **{"as-printed": "true", "side": "procedure", "top": 3}
    ) == (kg("combinations", "IPG369", "--as-printed", "--side=procedure", "--top=3"))


def test_records_are_answered_as_the_commands_answer_them(address: str, kg: Kg, tmp_path: Path):
    file = tmp_path / "records.jsonl"
    records = [{"id": "1", **RECORD}, {"id": "2", "procedures": ["J12.3"]}, {"id": "3", **RECORD, "guidance": "IPG369"}]
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    for command in ("check", "identify"):
        status, told = post(address, f"/api/{command}", records)
        assert (status, told) == (200, kg(command, str(file)))
    status, told = post(address, "/api/check?guidance=IPG369", RECORD)
    codes = (*RECORD["procedures"], "-d", *RECORD["diagnoses"])
    assert (status, told) == (200, kg("check", *codes, "--guidance", "IPG369"))
    assert told["guidances"][0]["repairs"]


def test_of_a_list_what_is_no_record_has_its_error_and_the_others_their_answers(address: str):
    status, told = post(address, "/api/check", [RECORD, {"procedures": ["?"]}, 7, {**RECORD, "guidance": "IPG0"}])
    assert status == 200
    assert [each.get("error", {}).get("id") for each in told] == [None, "KG-E0412", "KG-E0305", "KG-E0601"]
    assert told[1]["error"]["place"]["source"] == "record 2"


@pytest.mark.parametrize(
    ("path", "words", "status"),
    [
        ("/api/things/Z99.Q", ["show", "Z99.Q"], 404),
        ("/api/guidances/IPG36/combinations", ["combinations", "IPG36"], 404),
        (
            "/api/guidances/IPG369/combinations?given=aproach%3Dopen",
            ["combinations", "IPG369", "--given", "aproach=open"],
            400,
        ),
        ("/api/subsumes?a=71388002&b=71388003", ["subsumes", "71388002", "71388003"], 400),
        ("/api/standards?id=PCSX", ["standards", "PCSX"], 400),
    ],
)
def test_a_fault_has_the_id_and_the_words_of_the_command(
    address: str, store: Path, capsys: pytest.CaptureFixture[str], path: str, words: list[str], status: int
):
    got, headers, body = send(address, "GET", path)
    assert (got, headers["content-type"]) == (status, "application/problem+json")
    run([*words, *(() if words[0] == "standards" else ("--store", str(store)))])
    said = capsys.readouterr().err.rstrip("\n").replace(f"  {store}", "")  # where the store lies is nobody's business
    assert json.loads(body)["detail"] == said


def test_every_kind_of_answer_is_as_the_document_says(address: str, concept: str):
    """Schemas are closed: a field that the document does not have is a fault of it."""
    document = get(address, "/api/openapi.json")
    _, _, body = send(address, "GET", "/api/guidances")
    guidances = [quote(each["id"], safe="") for each in json.loads(body)]
    inactive = [e["id"] for e in get(address, "/api/changes", change="retired", system="SNOMED CT")["changes"]][:10]
    asked = {
        "/api/guidances": [""],
        "/api/guidances/{guidance}": guidances,
        "/api/guidances/{guidance}/combinations": [
            f"{id}/combinations?{more}"
            for id in guidances
            for more in ("", "codes=true&top=2", "as-printed=true&sample=2")
        ],
        "/api/things/{thing}": [
            "J12.8",
            "J12",
            "Y53.-",
            "Z",
            "X70-X71",
            "C78.7",
            "Z94",
            concept,
            *guidances,
            *inactive,
        ],
        "/api/search": ["?q=liver", "?q=hepatik", "?q=j128", f"?q={concept}", "?q=IPG"],
        "/api/subsumes": ["?a=J12&b=J12.3", f"?a={concept}&b={concept}", *(f"?a={concept}&b={id}" for id in inactive)],
        "/api/map/{concept}": [concept, f"{concept}?given=age%3D40", *inactive],
        "/api/mapped-from/{code}": ["A?system=OPCS-4", "B?system=ICD-10"],
        "/api/standards": ["", "?id=PCSX27"],
        "/api/changes": ["", "?limit=3", "?system=OPCS-4"],
    }
    assert asked.keys() == {path for path, methods in document["paths"].items() if "get" in methods}
    for path, ends in asked.items():
        answers = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        valid = jsonschema_rs.validator_for({**answers, "components": document["components"]})
        base = path.partition("{")[0]
        for end in ends:
            status, _, body = send(address, "GET", base + end)
            told = json.loads(body)
            if status == 200:
                assert valid.is_valid(told), (end, [str(e)[:300] for e in valid.iter_errors(told)])
            else:
                assert (status, told["id"]) == (404, "KG-E0601"), (end, told)


def test_every_kind_of_verdict_is_as_the_document_says(address: str, store: Path, tmp_path: Path):
    document = get(address, "/api/openapi.json")
    file = tmp_path / "episodes.jsonl"
    guidances = [word for id in ("IPG369", "IPG672", "IPG553") for word in ("--for", id)]
    assert run(["episodes", *guidances, "--store", str(store), "--count", "20", "-o", str(file)]) == 0
    records = [json.loads(line) for line in file.read_text().splitlines()]
    for name in ("check", "identify"):
        answers = document["paths"][f"/api/{name}"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
        valid = jsonschema_rs.validator_for({**answers, "components": document["components"]})
        for more in ("", "?everything=true&infer=true", "?as-printed=true"):
            status, told = post(address, f"/api/{name}{more}", [*records, None])
            assert status == 200
            assert valid.is_valid(told), [str(e)[:300] for e in valid.iter_errors(told)][:3]


def test_records_are_kept_nowhere(address: str):
    status, headers, _ = send(address, "POST", "/api/check", JSON, json.dumps(RECORD).encode())
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert "etag" not in headers
    _, told, _ = send(address, "GET", "/api/things/J12.8")
    assert send(address, "GET", "/api/things/J12.8", {"if-none-match": told["etag"]})[0] == 304
