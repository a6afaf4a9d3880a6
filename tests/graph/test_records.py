"""Records as triples beside a store, and the verdicts that one query tells of them."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
import rdflib

from kg import resources
from kg.expression.condition import Context
from kg.expression.nodes import picks
from kg.expression.recommendation import Side
from kg.facets import load_facets
from kg.graph.iris import RECORDS_GRAPH, guidance_iri
from kg.graph.queries import fill, named
from kg.graph.records import beside, record_quads
from kg.graph.results import ask
from kg.graph.store import Snapshot
from kg.guidance.reading import read_file
from kg.reason.check import check
from kg.reason.record import Record
from kg.terminology.in_use import OpenCodes

CODES, FACETS = OpenCodes(), load_facets()
EXAMPLES = [read_file(path) for path in sorted(resources.path("examples/guidance").iterdir())]
SELECTORS = {pick.selector for r in EXAMPLES for side in Side for pick in picks(r.side(side))}
CASES = [
    ("J12.8 Y13.2 Y53.4", "C78.7", {}),
    ("J12.8 Y13.2", "C78.7", {}),
    ("J12.8 Y13.2 Y53.4 J03.2", "C78.7 C18.2", {}),
    ("J03.2 Y13.2", "C78.7", {"approach": "percutaneous"}),
    ("J03.2 Y13.2", "C78.7", {"approach": "laparoscopic"}),
    ("J03.2 Y13.2", "C78.7", {"approach": "!open"}),
    ("J12.7 Y53.2", "C78.7 Z85.0", {"primary-tumour": "present", "image-control": "ultrasound"}),
    ("J12.3 X65.3 Y36.4 Y53.4", "C78.7 C19 Z85.0", {}),
    ("K40.1", "I25.1", {}),
]
RECORDS = [
    Record.of(p.split(), d.split(), context=Context.of(given, FACETS), id=f"record/{n} ä")
    for n, (p, d, given) in enumerate(CASES)
]


@pytest.fixture(scope="module")
def store(snapshot: Snapshot) -> ox.Store:
    return beside(snapshot.quads, record_quads(RECORDS, SELECTORS, CODES.chapters))


def expected() -> set[tuple[str, str, str, str]]:
    return {
        (record.id, guidance_iri(r.id).value, found.side.value, found.verdict.value)
        for record in RECORDS
        for r in EXAMPLES
        for found in check(r, record, CODES).sides
        if found.verdict.value not in ("not applicable", "not given")
    }


def verdicts(store: ox.Store, guidances: list[str]) -> set[tuple[str, str, str, str]]:
    rows = ask(store, fill(named("verdicts"), {"guidance": guidances})).rows
    return {tuple(term.value for term in row) for row in rows}  # type: ignore[misc,union-attr]


def test_one_query_tells_the_verdicts_as_printed(store: ox.Store) -> None:
    assert verdicts(store, [r.id for r in EXAMPLES]) == expected()
    assert {row[3] for row in expected()} == {"valid", "incomplete", "contradicted"}


def test_one_guidance_can_be_asked_about(store: ox.Store) -> None:
    mine = guidance_iri("IPG369").value
    assert verdicts(store, ["IPG369"]) == {row for row in expected() if row[1] == mine}


def test_another_engine_gives_the_same_verdicts(store: ox.Store) -> None:
    data = rdflib.Dataset()
    data.parse(data=(ox.serialize(store, format=ox.RdfFormat.N_QUADS) or b"").decode(), format="nquads")
    rows = data.query(fill(named("verdicts"), {"guidance": "IPG369"}).text)
    mine = guidance_iri("IPG369").value
    assert {tuple(map(str, row)) for row in rows} == {row for row in expected() if row[1] == mine}  # type: ignore[arg-type]


def test_records_are_written_without_blank_nodes_and_in_one_order() -> None:
    once, again = (list(record_quads(RECORDS, SELECTORS, CODES.chapters)) for _ in range(2))
    assert once == again
    assert {quad.graph_name for quad in once} == {RECORDS_GRAPH}
    assert not any(isinstance(term, ox.BlankNode) for quad in once for term in (quad.subject, quad.object))


def test_the_store_itself_is_not_changed(snapshot: Snapshot, store: ox.Store) -> None:
    assert not list(snapshot.quads.quads_for_pattern(None, None, None, RECORDS_GRAPH))
    assert list(store.quads_for_pattern(None, None, None, RECORDS_GRAPH))


def test_classes_of_entries_are_told_from_the_classifications(snapshot: Snapshot) -> None:
    codes_alone = beside(snapshot.quads, record_quads(RECORDS[:1], (), CODES.chapters))
    rows = ask(codes_alone, fill(named("entry-classes"), {})).rows
    told = {str(selector).rpartition("/")[2].rstrip(">") for _, selector in rows}
    assert {"Y53.-", "Y13.-", "J12.-", "C78.-", "J", "Y"} <= told
