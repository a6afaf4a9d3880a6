"""The W3C test suite of SPARQL 1.1, read from its manifests."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rdflib import RDF, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
RDFS_LABEL = URIRef("http://www.w3.org/2000/01/rdf-schema#label")


@dataclass(frozen=True)
class Case:
    """One test: its kind, and the manifest that describes it."""

    name: str
    kind: str
    node: Node
    manifest: Graph

    def one(self, *path: URIRef) -> Node | None:
        """The value at the end of a path of properties."""
        at: Node | None = self.node
        for step in path:
            at = self.manifest.value(at, step) if at is not None else None
        return at

    def file(self, *path: URIRef) -> Path | None:
        """The file that a path of properties names."""
        found = self.one(*path)
        return path_of(found) if found is not None else None


def path_of(node: Node) -> Path:
    return Path(str(node).removeprefix("file://"))


def cases(manifest: Path) -> Iterator[Case]:
    """The tests of a manifest, in its order."""
    graph = Graph().parse(manifest, publicID=manifest.as_uri())
    head = graph.value(predicate=RDF.type, object=MF.Manifest)
    entries = graph.value(head, MF.entries)
    assert entries is not None
    for node in Collection(graph, entries):
        kind = str(graph.value(node, RDF.type)).rpartition("#")[2]
        yield Case(f"{manifest.parent.name}/{str(node).rpartition('#')[2]}", kind, node, graph)


@dataclass(frozen=True)
class Request:
    """A request of a protocol test, and what is expected of its answer."""

    method: str
    query: str
    headers: dict[str, str]
    body: bytes
    statuses: set[str]
    boolean: bool | None
    format: str


def requests(case: Case) -> Iterator[Request]:
    """The requests of a protocol test."""
    graph = case.manifest
    told = case.one(MF.action, HT.requests)
    assert told is not None
    for node in Collection(graph, told):
        body = graph.value(node, HT.body)
        text = str(graph.value(body, CNT.chars) or "") if body else ""
        encoding = str(graph.value(body, CNT.characterEncoding) or "UTF-8") if body else "UTF-8"
        headers = graph.value(node, HT.headers)
        given = {
            str(graph.value(header, HT.fieldName)).lower(): str(graph.value(header, HT.fieldValue))
            for header in (Collection(graph, headers) if headers else ())
        }
        answer = graph.value(node, HT.resp)
        boolean = graph.value(answer, MF.expectedBoolean)
        yield Request(
            str(graph.value(node, HT.methodName)),
            str(graph.value(node, HT.absolutePath)).removeprefix("/sparql/"),
            given,
            text.encode(encoding),
            {str(status).rpartition("StatusCode")[2] for status in graph.objects(answer, MF.expectedStatus)},
            None if boolean is None else str(boolean) == "true",
            str(graph.value(answer, MF.expectedFormat) or ""),
        )


def data_of(case: Case) -> Iterator[tuple[Path, str]]:
    """The named graphs of a protocol test: file and name."""
    for node in case.manifest.objects(case.node, UT.graphData):
        file = case.manifest.value(node, UT.graph)
        assert file is not None
        yield path_of(file), str(case.manifest.value(node, RDFS_LABEL))
