"""`kg export`: each format is written, and rdflib reads it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import rdflib

from tests.cli.conftest import Kg

PARSERS = {
    "turtle": "turtle",
    "trig": "trig",
    "ntriples": "nt",
    "nquads": "nquads",
    "jsonld": "json-ld",
    "rdfxml": "xml",
}


@pytest.mark.parametrize("form", PARSERS)
def test_one_guidance_in_each_format(kg: Kg, store: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / "out"
    ran = kg("export", "--format", form, "--guidance", "ipg688", "-o", out, "--store", store)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    graph = rdflib.Dataset(default_union=True)
    graph.parse(str(out), format=PARSERS[form])
    named = set(graph.objects(None, rdflib.DCTERMS.identifier))
    assert rdflib.Literal("IPG688") in named
    assert rdflib.Literal("IPG369") not in named


def test_the_file_s_name_says_the_format_and_stdout_is_trig(kg: Kg, store: Path, tmp_path: Path) -> None:
    kg("export", "-g", "IPG688", "-o", tmp_path / "a.ttl", "--store", store)
    kg("export", "-g", "IPG688", "-o", tmp_path / "b", "--format", "Turtle", "--store", store)
    assert (tmp_path / "a.ttl").read_bytes() == (tmp_path / "b").read_bytes()
    assert (
        kg("export", "-g", "IPG688", "--store", store).out
        == kg("export", "-g", "IPG688", "--format", "trig", "--store", store).out
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--format", "turtel"], "Did you mean turtle?"),
        (["--guidance", "IPG37"], "KG-E0601"),
        (["-o", "/proc/none"], "KG-E0206"),
        (["-o", "/dev/full"], "KG-E0207"),
    ],
)
def test_bad_use_is_told(kg: Kg, store: Path, arguments: list[str], told: str) -> None:
    ran = kg("export", *arguments, "--store", store)
    assert ran.code in (1, 2)
    assert told in ran.err


def test_queries_are_written_for_all_guidances_or_one_and_stand_on_their_companion(kg: Kg, store: Path) -> None:
    every = kg("export", "--format", "sql", "--store", store)
    one = kg("export", "--format", "sql", "--guidance", "IPG369", "--store", store)
    printed = kg("export", "--format", "sql", "--guidance", "IPG369", "--as-printed", "--store", store)
    tables = kg("export", "--format", "sql", "--companion", "--store", store)
    assert [ran.code for ran in (every, one, printed, tables)] == [0, 0, 0, 0]
    with duckdb.connect() as base:
        cells = [*(f"opertn_{n:02} VARCHAR" for n in range(1, 25)), *(f"diag_{n:02} VARCHAR" for n in range(1, 21))]
        base.execute(f"CREATE TABLE apc (epikey VARCHAR, epistart DATE, epiend DATE, {', '.join(cells)})")
        base.execute(tables.out)
        names = "epikey, epistart, opertn_01, opertn_02, opertn_03, diag_01"
        base.execute(f"INSERT INTO apc ({names}) VALUES ('1', '2024-05-01', 'Y534', 'J12.8', 'y132', 'C787')")  # noqa: S608
        assert base.execute(one.out).fetchall() == [("1", "IPG369", "contradicted", "")]
        assert base.execute(printed.out).fetchall() == [("1", "IPG369", "valid", "J12.8 + Y13.2 + Y53.- / C78.7")]
        base.execute(every.out)


@pytest.mark.parametrize(
    ("form", "holds"),
    [
        ("skos", "skos:relatedMatch"),
        ("SSSOM", "#mapping_set_id: "),
        ("FHIR ConceptMap", '"resourceType": "ConceptMap"'),
        ("valueset", '"resourceType": "ValueSet"'),
        ("code-system", '"content": "fragment"'),
        ("csv", "IPG369,OPCS-4,J12.8,"),
    ],
)
def test_the_formats_of_neighbouring_fields_by_the_names_that_people_write(
    kg: Kg, store: Path, form: str, holds: str
) -> None:
    ran = kg("export", "--format", form, "-g", "ipg369", "--store", store)
    assert (ran.code, ran.err) == (0, "")
    assert holds in ran.out
    assert "IPG688" not in ran.out


def test_a_file_s_name_says_the_formats_that_are_not_of_rdf_and_how_skos_is_written(
    kg: Kg, store: Path, tmp_path: Path
) -> None:
    for name, begins in (
        ("a.csv", "guidance,subject_system"),
        ("a.sssom.tsv", "#curie_map:"),
        ("a.json", '{\n  "@context"'),
        ("a.xml", "<?xml"),
        ("a.sql", "/* "),
    ):
        kg("export", "-o", tmp_path / name, "--store", store)
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)
    kg("export", "--format", "skos", "-o", tmp_path / "a.nt", "--store", store)
    kg("export", "--format", "skos", "-o", tmp_path / "a.ttl", "--store", store)
    assert set(rdflib.Graph().parse(tmp_path / "a.nt")) == set(rdflib.Graph().parse(tmp_path / "a.ttl"))


@pytest.mark.parametrize("option", ["--companion", "--as-printed"])
def test_what_is_said_of_queries_is_refused_elsewhere(kg: Kg, store: Path, option: str) -> None:
    ran = kg("export", option, "--store", store)
    assert ran.code == 2
    assert "KG-E0102" in ran.err


@pytest.mark.parametrize(
    ("form", "told"),
    [("trtle", "Did you mean turtle?"), ("xlsx", "conceptmap, owl, sql."), ("sksos", "Did you mean skos?")],
)
def test_a_format_that_there_is_not_is_told_with_those_that_there_are(
    kg: Kg, store: Path, form: str, told: str
) -> None:
    ran = kg("export", "--format", form, "--store", store)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
