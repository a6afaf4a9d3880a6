"""All of a release in the graph is what stands there of concepts that guidances list, of every concept."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest

import kg
from kg.building import Read, build_from
from kg.graph import iris
from kg.graph.edition import encode_edition
from kg.release_quads import write_triples
from kg.terminology.sample.writing import sample_release
from kg.touched import described


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("all")
    sample_release(place / "release", 500, 5)
    for large in (*place.glob("release/ICD10*"), *place.glob("release/*xml")):
        shutil.rmtree(large)
    for path in place.rglob("OPCS410*.txt"):
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:500]))
    build_from(Read((), (), (), (), ()), place / "store", releases=[place / "release"], everything=True)
    return place


def test_every_concept_is_said_as_a_listed_one(place: Path) -> None:
    with kg.open(place / "store") as store:
        edition = store.release.snomed()
        every = [edition.id_of(ordinal) for ordinal in range(len(edition))]
        listed = frozenset(map(str, every))
        wanted = encode_edition(
            edition.edition.name, edition.edition.title, (described(edition, id, listed) for id in every)
        )
        out = io.BytesIO()
        write_triples(edition, out)
        lines = out.getvalue().decode().splitlines()
        assert len(lines) == len(set(lines))
        assert sorted(lines) == sorted(f"{q.subject} {q.predicate} {q.object} ." for q in wanted)
        graph = iris.edition_graph("snomed-ct", edition.edition.name)
        assert set(store.snapshot.quads.quads_for_pattern(None, None, None, graph)) == set(wanted)


def test_all_concepts_and_codes_can_be_asked_in_sparql(place: Path) -> None:
    with kg.open(place / "store") as store:
        found = store.query(
            "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?c skos:inScheme <http://snomed.info/sct> ; skos:prefLabel ?t } }"
        )
        assert [row["n"] for row in found] == [len(store.release.snomed())]
        codes = {row["code"] for row in store.codes("opcs-4")}
        told = store.query(
            "SELECT ?code { GRAPH graph:classifications { ?c a kg:Code ; skos:notation ?code ; skos:prefLabel ?t ; "
            "skos:inScheme <https://fhir.hl7.org.uk/Id/opcs-4> } }"
        )
        assert {row["code"] for row in told} == codes


def test_a_term_is_written_with_its_quotes_and_slashes(place: Path, tmp_path: Path) -> None:
    """What a literal may not hold as it stands comes out again."""
    with kg.open(place / "store") as store:
        edition = store.release.snomed()
        terms = {t.text for n in range(len(edition)) for t in edition.terms(edition.id_of(n)) if t.active}
        odd = [text for text in terms if '"' in text or "\\" in text]
        quads = store.snapshot.quads
        assert all(any(quads.quads_for_pattern(None, None, ox.Literal(text), None)) for text in odd)
