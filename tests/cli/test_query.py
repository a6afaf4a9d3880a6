"""`kg query`: named queries and one's own, in each form of answer."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from kg.graph.queries import library
from tests.cli.conftest import Kg

QUESTION = "SELECT ?id { GRAPH ?g { ?x a kg:Guidance ; dcterms:identifier ?id } } ORDER BY ?id"
IDS = ["IP1062/2", "IPG369", "IPG553", "IPG672", "IPG688"]


def test_the_list_has_every_query_with_an_example(kg: Kg) -> None:
    listed = kg("query", "--list").lines
    assert [one["name"] for one in listed] == [query.name for query in library()]
    assert all(one["example"].startswith(f"kg query {one['name']}") for one in listed)
    assert kg("query").out == kg("query", "--list").out
    told = kg("query", listed[0]["name"], "--list", "--format", "table").out
    assert "  returns  " in told


@pytest.mark.parametrize("name", [query.name for query in library()])
def test_the_example_of_each_query_runs(kg: Kg, store: Path, name: str) -> None:
    query = next(query for query in library() if query.name == name)
    given = [f"{p.name}={p.example}" for p in query.parameters if not p.optional]
    ran = kg("query", name, *given, "--store", store, "--format", "csv")
    assert ran.code == 0, ran.err
    header = next(csv.reader(io.StringIO(ran.out)))
    assert header == list(query.returns)


@pytest.mark.parametrize(
    "question",
    [
        QUESTION,
        QUESTION.replace("SELECT", "# who\nselect"),
        f"PREFIX x: <http://example.org/a/b.rq>\n{QUESTION}",
        QUESTION.replace("SELECT ?id", "SELECT*"),
    ],
)
def test_a_question_can_stand_in_the_command_itself(kg: Kg, store: Path, question: str) -> None:
    assert [row["id"] for row in kg("query", question, "--store", store).lines] == IDS


def test_a_description_can_be_asked_for_in_the_command(kg: Kg, store: Path) -> None:
    ran = kg("query", "DESCRIBE <https://w3id.org/terminology-kg/id/facet/stated>", "--store", store)
    assert "Stated words" in ran.out


def test_a_fault_in_a_question_of_the_command_is_told_with_its_place(kg: Kg, store: Path) -> None:
    ran = kg("query", "SELECT ?x { ?x ?p }", "--store", store)
    assert (ran.code, ran.out) == (2, "")
    assert "KG-E0605  query:1:13" in ran.err


def test_a_file_whose_name_begins_as_a_question_is_a_file(
    kg: Kg, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "select all.rq").write_text(QUESTION, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert kg("query", "select all.rq", "--store", store).lines


def test_a_query_of_ones_own_from_stdin_and_from_a_file(kg: Kg, store: Path, tmp_path: Path) -> None:
    (tmp_path / "q.rq").write_text(QUESTION, encoding="utf-8")
    from_file = kg("query", tmp_path / "q.rq", "--store", store)
    from_stdin = kg("query", "-", "--store", store, stdin=QUESTION)
    assert [row["id"] for row in from_file.lines] == IDS
    assert from_stdin.out == from_file.out


@pytest.mark.parametrize("form", ["table", "json", "csv", "tsv"])
def test_each_form_has_every_row(kg: Kg, store: Path, form: str) -> None:
    ran = kg("query", "-", "--store", store, "--format", form, stdin=QUESTION)
    assert ran.code == 0
    assert all(id in ran.out for id in IDS)
    if form == "json":
        assert ran.json["head"] == {"vars": ["id"]}


def test_a_graph_is_turtle_and_an_ask_is_yes_or_no(kg: Kg, store: Path) -> None:
    graph = "CONSTRUCT { ?x dcterms:identifier ?id } { GRAPH ?g { ?x a kg:Guidance ; dcterms:identifier ?id } }"
    assert "@prefix" in kg("query", "-", "--store", store, stdin=graph).out
    assert len(kg("query", "-", "--store", store, "--format", "csv", stdin=graph).out.splitlines()) == 6
    assert (
        kg("query", "-", "--store", store, "--format", "table", stdin="ASK { GRAPH ?g { ?x a kg:Guidance } }").out
        == "yes\n"
    )


def test_the_text_of_a_named_query_is_printed_with_its_values_and_runs(kg: Kg, store: Path) -> None:
    text = kg("query", "combinations", "guidance=IPG369", "--text").out
    assert "IPG369" in text
    asked = kg("query", "combinations", "--param", "guidance=IPG369", "--store", store, "--format", "csv").out
    assert kg("query", "-", "--store", store, "--format", "csv", stdin=text).out == asked


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "told"),
    [
        (["combination", "guidance=IPG369"], "", 2, "Did you mean combinations"),
        (["combinations"], "", 2, "KG-E0603"),
        (["combinations", "guidanse=IPG369"], "", 2, "Did you mean guidance?"),
        (["combinations", "IPG369"], "", 2, "KG-E0102"),
        (["combinations", "guidance=IPG368"], "", 1, "KG-E0601"),
        (["none.rq"], "", 2, "KG-E0201"),
        (["-"], "SELCT * { }", 2, "KG-E0605"),
        (["-"], "DELETE WHERE { ?s ?p ?o }", 2, "KG-E0608"),
        (["-", "a=b"], QUESTION, 2, "KG-E0603"),
        (["-", "--format", "turtle"], QUESTION, 2, "KG-E0102"),
        (["-", "--endpoint", "http://127.0.0.1:9/none"], QUESTION, 1, "KG-E0607"),
    ],
)
def test_bad_use_is_told(kg: Kg, store: Path, arguments: list[str], stdin: str, code: int, told: str) -> None:
    ran = kg("query", *arguments, "--store", store, stdin=stdin)
    assert (ran.code, ran.out) == (code, ""), ran.err
    assert told in ran.err
