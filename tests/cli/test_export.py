"""`kg export`: each format is written, and rdflib reads it."""

from __future__ import annotations

from pathlib import Path

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
