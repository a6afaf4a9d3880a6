"""Other ways to an answer at the command line: SPARQL and OWL give the evaluator's, or say what they cannot tell."""

from __future__ import annotations

import json
from pathlib import Path

import owlready2
import pyoxigraph
import pytest

from kg.owl.profile import check_profile
from tests.cli.conftest import Kg

IMPOSSIBLE = {
    "id": "G1",
    "title": "What cannot be",
    "procedure": {
        "all_of": [
            {"code": "J12.8"},
            {"one_of": [{"when": "open", "then": {"code": "Y13.2"}}, {"when": "open", "then": {"code": "Y13.7"}}]},
            {
                "one_of": [
                    {"when": "laparoscopic", "then": {"code": "Y75.2"}},
                    {"when": "laparoscopic", "then": {"code": "Y75.1"}},
                ]
            },
        ]
    },
    "diagnosis": {"code": "C78.7"},
}  # fmt: skip


@pytest.mark.parametrize("way", ["sparql", "owl"])
def test_combinations_are_the_same_in_each_way(kg: Kg, store: Path, way: str) -> None:
    asked = ("combinations", "IPG369", "--as-printed", "--store", store, "--given", "approach=percutaneous")
    plain, other = kg(*asked, "--format", "json").json, kg(*asked, "--by", way, "--format", "json")
    assert other.code == 0
    assert other.json == plain | {"by": way}
    assert "the evaluator derives the same" in other.err


def test_the_other_ways_do_not_know_the_standards(kg: Kg, store: Path) -> None:
    ran = kg("combinations", "IPG369", "--by", "owl", "--store", store)
    assert ran.code == 2
    assert "KG-E0803" in ran.err


def test_hermit_tells_the_classes_of_a_record(kg: Kg, store: Path) -> None:
    ran = kg(
        "check", "J12.8", "Y13.2", "Y53.4", "X71.1", "-d", "C78.7", "--by", "owl", "--store", store, "--format", "json"
    )
    told = ran.json
    assert {(g["guidance"], g["side"]): g["verdict"] for g in told["guidances"]} == {
        ("IPG369", "procedure"): "valid", ("IPG369", "diagnosis"): "valid",
        ("IP1062/2", "procedure"): "incomplete", ("IP1062/2", "diagnosis"): "valid",
    }  # fmt: skip
    assert [iri.rpartition("standard/")[2] for iri in told["broken"]] == ["PCSX27-superseded/broken"]
    assert "records that meet J12.8 + Y13.2 + Y53.-" in {one["label"] for one in told["classes"]}


def test_hermit_is_not_asked_what_its_classes_cannot_tell(kg: Kg, store: Path, tmp_path: Path) -> None:
    assert "KG-E0803" in kg("check", "J12.8", "--by", "owl", "--given", "approach=open", "--store", store).err
    file = tmp_path / "records.jsonl"
    lines = [
        {"id": "1", "procedures": ["K40.1"]},
        {"id": "2", "procedures": ["J12.8"], "context": {"approach": "open"}},
    ]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    told = kg("check", file, "--by", "owl", "--store", store, "--format", "jsonl").lines
    assert [one.get("error", {}).get("id") for one in told] == [None, "KG-E0803"]


@pytest.mark.parametrize(
    ("name", "form"), [("x.owl", pyoxigraph.RdfFormat.RDF_XML), ("x.ttl", pyoxigraph.RdfFormat.TURTLE)]
)
def test_an_owl_export_is_one_ontology_in_owl_2_dl(
    kg: Kg, store: Path, tmp_path: Path, name: str, form: pyoxigraph.RdfFormat
) -> None:
    assert kg("export", "--format", "owl", "--store", store, "-o", tmp_path / name).code == 0
    assert check_profile(q.triple for q in pyoxigraph.parse(path=str(tmp_path / name), format=form)) == []


def test_owlready2_loads_the_export_of_a_guidance(kg: Kg, store: Path, tmp_path: Path) -> None:
    assert kg("export", "--format", "owl", "-g", "IPG369", "--store", store, "-o", tmp_path / "g.owl").code == 0
    world = owlready2.World()
    world.get_ontology((tmp_path / "g.owl").as_uri()).load()
    names = {c.iri for c in world.classes()}
    assert "https://w3id.org/terminology-kg/id/guidance/IPG369/combination/procedure/1/records" in names
    assert "https://w3id.org/terminology-kg/id/standard/PCSX27-superseded/broken" in names


def test_the_doctor_finds_a_recommendation_that_no_record_can_satisfy(kg: Kg, tmp_path: Path) -> None:
    source = tmp_path / "G1.json"
    source.write_text(json.dumps(IMPOSSIBLE), encoding="utf-8")
    assert kg("build", source, "--into", tmp_path / "S").code == 0
    ran = kg("doctor", "--store", tmp_path / "S", "--no-shapes", "--owl", "--format", "json")
    assert ran.code == 1
    (problem,) = ran.json["problems"]
    assert (problem["id"], problem["place"]["source"]) == ("KG-E0805", "G1")
    assert problem["message"].endswith("(approach cannot be both open and laparoscopic)")


def test_records_are_put_beside_the_store_for_a_query(kg: Kg, store: Path, tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text('{"id": "a", "procedures": ["J12.8", "Y13.2"], "diagnoses": ["C78.7"]}\n', encoding="utf-8")
    rows = kg("query", "verdicts", "guidance=IPG369", "--records", file, "--store", store, "--format", "jsonl").lines
    assert [(row["record"], row["side"], row["verdict"]) for row in rows] == [
        ("a", "procedure", "incomplete"), ("a", "diagnosis", "valid"),
    ]  # fmt: skip
    written = kg("export", "--records", file, "--store", store, "--format", "nquads")
    assert "<https://w3id.org/terminology-kg/graph/records>" in written.out
    assert kg("query", "verdicts", "--records", file, "--endpoint", "https://example.org").code == 2
    file.write_text('{"id": "a"}\n{"id": "a"}\n', encoding="utf-8")
    assert 'two records have the id "a"' in kg("query", "verdicts", "--records", file, "--store", store).err
