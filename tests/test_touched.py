"""What guidances touch of a release stands in the graph of its edition, as the release has it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import kg
from kg.building import Read, build_from
from kg.codes import SctId
from kg.expression.notation import read_recommendation
from kg.terminology.sample.writing import sample_release
from kg.terminology.snomed import SnomedEdition
from kg.touched import edition_quads, touched


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.OpenedStore]:
    """A store of a release and a guidance that lists an inactive concept with a history, one with maps, one unknown."""
    place = tmp_path_factory.mktemp("touched")
    sample_release(place / "release", 500, 3, monolith=True)
    gone, mapped = (first(place / "release", name) for name in ("Association", "ExtendedMap"))
    listed = [{"id": id, "term": "as printed"} for id in (gone, mapped, "22298006")]
    r = read_recommendation({"id": "IPG1", "procedure": {"code": "J12.8"}, "snomed": listed})
    build_from(Read((), (r,), (), (), ()), place / "store", releases=[*(place / "release").glob("SnomedCT*")])
    with kg.open(place / "store") as store:
        yield store


def first(release: Path, table: str) -> str:
    """The concept of the first active row of a reference set that names a component."""
    file = min(release.rglob(f"*Refset_{table}*Snapshot*"))
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    return next(row[5] for row in rows if row[2] == "1" and row[5][-3:-1] == "00" and "#" not in "".join(row))


def listed(store: kg.OpenedStore) -> set[str]:
    return {mention.id for mention in store.recommendation("IPG1").concepts}


def above_and_after(edition: SnomedEdition, start: set[int]) -> set[int]:
    """Everything above and after some concepts and what their attributes name, by steps."""
    start = start | {
        each.number
        for id in start
        for a in edition.attributes(id)
        for each in (a.type, a.value)
        if isinstance(each, SctId)
    }
    while True:
        more = {p.number for id in start for p in edition.parents(id)}
        more |= {s.id.number for id in start for s in edition.successors(id)}
        if more <= start:
            return start
        start |= more


def test_the_edition_has_a_graph_of_what_guidances_touch(store: kg.OpenedStore) -> None:
    edition = store.release.snomed()
    ids = {int(id) for id in listed(store) if int(id) in edition}
    assert len(ids) == 2
    found = store.query(
        "SELECT ?id ?term ?parent { GRAPH <https://w3id.org/terminology-kg/graph/edition/snomed-ct/"
        + edition.edition.name
        + "> { ?c skos:notation ?id ; skos:prefLabel ?term . OPTIONAL { ?c skos:broader/skos:notation ?parent } } }"
    )
    rows = {(row["id"], row["term"], row["parent"]) for row in found}
    wanted = {id.number for id in touched(edition, listed(store))}
    assert wanted <= above_and_after(edition, set(ids))
    assert {int(id) for id, _, _ in rows} == wanted
    up: dict[int, tuple[str | None, ...]] = {id: tuple(map(str, edition.parents(id))) or (None,) for id in wanted}
    assert rows == {(str(id), edition.term(id), parent) for id in wanted for parent in up[id]}


def test_history_and_mapped_codes_of_listed_concepts_are_told(store: kg.OpenedStore) -> None:
    edition = store.release.snomed()
    told = store.query(
        "SELECT ?id ?next { GRAPH ?g { ?c skos:notation ?id ; owl:deprecated true ; dcterms:isReplacedBy ?next } }"
    )
    gone = {int(id) for id in listed(store) if int(id) in edition and edition.successors(int(id))}
    pairs = {(int(row["id"]), row["next"]) for row in told}
    assert {pair for pair in pairs if pair[0] in gone} == {
        (id, str(s.id)) for id in gone for s in edition.successors(id)
    }
    mapped = store.query(
        "SELECT ?id ?code { GRAPH ?g { ?c skos:inScheme <http://snomed.info/sct> ; skos:notation ?id ;"
        " skos:relatedMatch ?code } }"
    )
    wanted = {
        (id, row.target)
        for id in listed(store)
        if int(id) in edition
        for row in edition.maps(int(id))
        if row.target[0].isalpha()
    }
    assert wanted
    assert {(row["id"], row["code"]) for row in mapped} == wanted


def test_the_order_of_guidances_makes_no_difference(store: kg.OpenedStore) -> None:
    r = store.recommendation("IPG1")
    other = replace(r, id="IPG2", concepts=r.concepts[::-1])
    assert [*edition_quads([r, other], store.release)] == [*edition_quads([other, r], store.release)]


def test_attributes_of_listed_concepts_are_properties(store: kg.OpenedStore) -> None:
    edition = store.release.snomed()
    told = store.query(
        "SELECT ?id ?kind ?value { GRAPH ?g { ?c skos:notation ?id ; ?kind ?value } "
        'FILTER STRSTARTS(STR(?kind), "http://snomed.info/id/") }'
    )
    ids = sorted(int(id) for id in listed(store) if int(id) in edition)
    wanted = {(str(id), str(a.type), str(a.value).removeprefix("#")) for id in ids for a in edition.attributes(id)}
    assert wanted
    assert {(row["id"], str(row["kind"]), str(row["value"])) for row in told} == wanted
    named = store.query(
        "SELECT ?value ?term { GRAPH ?g { ?c ?kind ?value . ?value skos:prefLabel ?term } "
        'FILTER STRSTARTS(STR(?kind), "http://snomed.info/id/") }'
    )
    assert {str(row["value"]) for row in named} == {value for _, _, value in wanted if int(value) in edition}


def test_a_named_query_tells_the_attributes(store: kg.OpenedStore) -> None:
    edition = store.release.snomed()
    told = {(row["concept"], row["attribute"], row["value"]) for row in store.query("attributes", guidance="IPG1")}
    ids = [int(id) for id in listed(store) if int(id) in edition]
    assert told == {
        (
            str(id),
            edition.term(a.type),
            edition.term(a.value) if isinstance(a.value, SctId) else a.value.removeprefix("#"),
        )
        for id in ids
        for a in edition.attributes(id)
    }
