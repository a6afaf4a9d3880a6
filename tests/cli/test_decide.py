"""`kg decide`: what was decided lies beside the document, is applied from then on, and what does not fit is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from kg.guidance.decisions import load_decided
from tests.cli.conftest import Kg
from tests.folder.builders import doubtful

WHO = ("--by", "A. Coder", "--why", "both are needed", "--on", "2026-11-21")


@pytest.fixture
def document(guidance: Path, tmp_path: Path) -> Path:
    """The shipped document that has three readings."""
    return Path(shutil.copy(guidance / "IP1062-2.txt", tmp_path))


def test_a_chosen_reading_is_built_and_its_decision_is_in_the_graph(kg: Kg, document: Path, tmp_path: Path) -> None:
    own = kg("read", document).lines[0]["readings_detail"]
    ran = kg("decide", document, "--reading", 2, *WHO)
    assert ran.code == 0
    decision = document.with_name("IP1062-2.txt.decision.yaml")
    assert ran.err == f"{decision} holds from now on; kg build applies it.\n"
    built = kg("build", document, "--into", tmp_path / "S", "--format", "json").json
    assert (built["flagged"], built["decided"]) == (0, 1)
    told = kg("show", "IP1062/2", "--store", tmp_path / "S").json
    assert told["procedure"] == own[1]["procedure"]
    assert (told["status"], told["review"]) == ("decided", False)
    assert told["decision"]["by"] == "A. Coder"
    asked = (
        "SELECT ?by ?why ?day ?sha WHERE { GRAPH ?g { ?it kg:decision ?d . ?d kg:why ?why ; prov:endedAtTime ?day ;"
        " prov:wasAssociatedWith/rdfs:label ?by ; prov:used/kg:sha256 ?sha . ?r prov:wasGeneratedBy ?d ;"
        " prov:wasAttributedTo ?a } }"
    )
    (row,) = kg("query", "-", "--store", tmp_path / "S", stdin=asked).lines
    assert row["by"] == "A. Coder"
    assert row["why"] == "both are needed"
    assert row["sha"] == hashlib.sha256(document.read_bytes()).hexdigest()
    assert row["day"].startswith("2026-11-21")
    assert kg("doctor", "--store", tmp_path / "S").json["problems"] == []
    manifest = next((tmp_path / "S" / "releases").glob("*/manifest.json")).read_text()
    assert sorted(each["kind"] for each in json.loads(manifest)["inputs"]) == ["decision", "guidance"]


def test_a_correction_replaces_what_it_says_and_keeps_the_rest(kg: Kg, document: Path, tmp_path: Path) -> None:
    before = kg("read", document).lines[0]
    (tmp_path / "fix.yaml").write_text("id: IP1062/2\nprocedure: {code: J16.1}\ndiagnosis: {code: C78.7}\n")
    assert kg("decide", document, "--correction", tmp_path / "fix.yaml", *WHO).code == 0
    (line,) = kg("read", document).lines
    assert line["procedure"]["code"] == "J16.1"
    assert line["procedure"]["citation"]["quote"].startswith("J16.1")
    assert (line["title"], line["snomed"]) == (before["title"], before["snomed"])
    assert line["readings"] == 4
    (tmp_path / "fix.yaml").write_text("id: IP1062/2\nprocedure: {code: J16.1}\nsnomed: []\n")
    assert kg("decide", document, "--correction", tmp_path / "fix.yaml", "--replace", *WHO).code == 0
    assert kg("read", document).lines[0]["snomed"] == []


def test_a_document_that_no_reader_reads_is_told_by_its_correction(kg: Kg, tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.7 cut off")
    assert kg("decide", scan, "--accept", *WHO).err.startswith("KG-E0213")
    (tmp_path / "fix").mkdir()
    fix = tmp_path / "fix" / "scan.yaml"
    fix.write_text("id: IPG7\ntitle: Typed\nprocedure: {code: J16.1}\n")
    assert kg("decide", scan, "--correction", fix, *WHO).code == 0
    (line,) = kg("read", scan).lines
    assert (line["id"], line["title"], line["review"]) == ("IPG7", "Typed", False)
    assert [w["id"] for w in line["warnings"]] == ["KG-W0223"]
    assert kg("build", scan, "--into", tmp_path / "S", "--strict").code == 0


def test_a_slip_of_the_pen_is_told(kg: Kg, document: Path, tmp_path: Path) -> None:
    fix = tmp_path / "fix.yaml"
    fix.write_text("id: IP1062/2\nprocedure: {code: A99.9}\nsnomed: [{id: '737083006', term: x, section: procedure}]\n")
    ran = kg("decide", document, "--correction", fix, *WHO)
    assert ran.code == 0
    assert "KG-W0205" in ran.err
    assert "KG-W0203" in ran.err


def test_accepting_holds_whatever_the_reader_says_later(kg: Kg, tmp_path: Path) -> None:
    document = doubtful(tmp_path / "IPG1.txt", 1)
    assert kg("decide", document, "--accept", *WHO).code == 0
    decided = load_decided(tmp_path / "IPG1.txt.decision.yaml")
    assert decided.reading.procedure is not None
    assert (decided.rank, decided.among) == (1, 1)


@pytest.mark.parametrize(
    ("options", "id", "code"),
    [
        (["--reading", "4", *WHO], "KG-E0218", 2),
        (["--accept", "--reading", "1", *WHO], "KG-E0102", 2),
        (WHO, "KG-E0102", 2),
        (["--accept", "--by", "A. Coder"], "KG-E0102", 2),
        (["--accept", "--by", "A. Coder", "--why", " "], "KG-E0102", 2),
        (["--accept", *WHO[:4], "--on", "yesterday"], "KG-E0102", 2),
        (["--accept", *WHO[:4], "--on", "2301-01-01"], "KG-E0102", 2),
        (["--correction", "fix.txt", *WHO], "KG-E0218", 2),
        (["--correction", "other.yaml", *WHO], "KG-E0218", 2),
        (["--correction", "several.yaml", *WHO], "KG-E0218", 2),
        (["--correction", "bad.yaml", *WHO], "KG-E0412", 1),
        (["--correction", "none.yaml", *WHO], "KG-E0201", 2),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    kg: Kg, document: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], id: str, code: int
) -> None:
    monkeypatch.chdir(document.parent)
    Path("fix.txt").write_text("IP1062/2\nJ16.1")
    Path("other.yaml").write_text("id: IPG1\nprocedure: {code: J16.1}\n")
    Path("several.yaml").write_text(
        "id: IP1062/2\nprocedure: {code: J16.1}\nalso_accepted_procedure: [{code: J16.2}]\n"
    )
    Path("bad.yaml").write_text("id: IP1062/2\nprocedure: {code: J16.11}\n")
    ran = kg("decide", document, *options)
    assert (ran.code, ran.err[:8]) == (code, id), ran.err
    assert not list(document.parent.glob("*.decision.yaml"))


def test_a_decision_is_not_overwritten_unasked(kg: Kg, document: Path) -> None:
    assert kg("decide", document, "--reading", 2, *WHO).code == 0
    ran = kg("decide", document, "--reading", 3, *WHO)
    assert (ran.code, ran.err[:8]) == (2, "KG-E0217")
    # Ranks stay those of the document itself.
    assert kg("decide", document, "--reading", 3, "--replace", *WHO).code == 0
    assert load_decided(document.with_name("IP1062-2.txt.decision.yaml")).rank == 3
