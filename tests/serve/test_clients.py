"""The clients that people bring: each gets the same answer to the same question, told no more than the address."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import Graph, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, POST, TURTLE, XML, SPARQLWrapper

from kg.building import build
from tests.programs import comunica
from tests.serve.serving import serving

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples" / "guidance"
KG = "https://w3id.org/terminology-kg/ontology#"
ASKED = f"""PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT ?id WHERE {{ GRAPH ?g {{ ?it a <{KG}Guidance> ; dcterms:identifier ?id }} }} ORDER BY ?id"""
MADE = f"CONSTRUCT {{ ?it a <{KG}Guidance> }} WHERE {{ GRAPH ?g {{ ?it a <{KG}Guidance> }} }}"
IDS = ["IP1062/2", "IPG369"]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("clients") / "store"
    build(sorted(EXAMPLES.glob("*.*"))[:2], path)
    with serving("--store", path) as address:
        yield f"{address}/sparql"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_sparqlwrapper_reads_each_format(endpoint: str, method: str):
    client = SPARQLWrapper(endpoint)
    client.setMethod(POST if method == "POST" else "GET")
    client.setQuery(ASKED)
    client.setReturnFormat(JSON)
    told = client.query().convert()
    assert [row["id"]["value"] for row in told["results"]["bindings"]] == IDS  # type: ignore[reportIndexIssue, reportArgumentType, reportCallIssue]
    client.setReturnFormat(XML)
    assert IDS[0] in client.query().convert().toxml()  # type: ignore[reportAttributeAccessIssue]
    client.setReturnFormat(CSV)
    assert client.query().convert().decode().split() == ["id", *IDS]  # type: ignore[reportAttributeAccessIssue]
    client.setQuery(MADE)
    client.setReturnFormat(TURTLE)
    assert len(Graph().parse(data=client.query().convert(), format="turtle")) == len(IDS)  # type: ignore[reportArgumentType]


def test_rdflib_asks_the_endpoint_as_if_it_were_a_graph(endpoint: str):
    graph = Graph(SPARQLStore(endpoint, method="POST"))
    assert [str(row[0]) for row in graph.query(ASKED)] == IDS  # type: ignore[reportIndexIssue]
    kind = URIRef("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    found = sorted(str(one) for one in graph.subjects(kind, URIRef(KG + "Guidance")))
    assert [iri.rpartition("/")[2] for iri in found] == ["IP1062-2", "IPG369"]
    assert graph.query("ASK { ?s ?p ?o }").askAnswer


@pytest.mark.needs("curl")
@pytest.mark.parametrize(
    ("options", "first"),
    [
        (["--data-urlencode", f"query={ASKED}", "-H", "Accept: text/csv"], "id"),
        (["-G", "--data-urlencode", f"query={ASKED}", "-H", "Accept: text/tab-separated-values"], "?id"),
        (["--data-binary", ASKED, "-H", "Content-Type: application/sparql-query", "-H", "Accept: text/csv"], "id"),
        (["-G", "--data-urlencode", f"query={ASKED}", "-d", "format=csv", "--compressed", "--http1.0"], "id"),
    ],
)
def test_curl_in_each_way_of_the_protocol(endpoint: str, options: list[str], first: str):
    curl = shutil.which("curl") or "curl"
    ran = subprocess.run([curl, "--silent", "--fail", endpoint, *options], capture_output=True, text=True, check=True)
    assert [line.strip('"') for line in ran.stdout.split()] == [first, *IDS]


@pytest.mark.needs("comunica")
def test_comunica_finds_the_endpoint_by_itself_and_joins_within_it(endpoint: str):
    ran = subprocess.run([str(comunica()), endpoint, ASKED], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    assert [json.loads(row["id"]) for row in json.loads(ran.stdout)] == IDS
