"""`kg read`: one answer for each file, whatever the file is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kg.expression.notation import read_recommendation
from tests.cli.conftest import Kg
from tests.folder.builders import decide, doubtful, folder


def test_each_file_is_one_line_in_order_also_one_that_cannot_be_read(kg: Kg, guidance: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.touch()
    files = [guidance / "IPG672.yaml", tmp_path / "none.txt", guidance / "IPG369.txt", empty]
    ran = kg("read", "--format", "jsonl", *files)
    assert ran.code == 1
    assert [line["file"] for line in ran.lines] == [str(file) for file in files]
    assert [line.get("id") for line in ran.lines] == ["IPG672", None, "IPG369", None]
    assert [line["error"]["id"] for line in ran.lines if "error" in line] == ["KG-E0201", "KG-E0202"]
    assert [line["review"] for line in ran.lines if "error" in line] == [True, True]  # a person has to look at them
    assert ran.err.count("KG-E") == 2


def test_a_line_has_what_other_programs_rely_on_and_reads_back(kg: Kg, guidance: Path) -> None:
    file = guidance / "IPG369.txt"
    (line,) = kg("read", "--format", "jsonl", file).lines
    wanted = {
        "file",
        "id",
        "title",
        "opcs_version",
        "snomed",
        "procedure",
        "diagnosis",
        "readings",
        "review",
        "warnings",
    }
    assert wanted <= set(line)
    read_recommendation(line)
    text = file.read_text(encoding="utf-8")

    def check(node: object) -> int:
        if isinstance(node, list):
            return sum(map(check, node))
        if not isinstance(node, dict):
            return 0
        if "start" in node and "quote" in node:
            assert text[node["start"] : node["end"]] == node["quote"]
            return 1
        if "code" in node:
            assert node["code"] in node["citation"]["quote"]
        return sum(map(check, node.values()))

    assert check(line["procedure"]) > 5


def test_a_folder_is_its_documents_by_name(kg: Kg, guidance: Path) -> None:
    ran = kg("read", "--format", "jsonl", guidance)
    assert ran.code == 0
    assert [Path(line["file"]).name for line in ran.lines] == sorted(file.name for file in guidance.iterdir())


def test_a_folder_without_documents_is_told(kg: Kg, tmp_path: Path) -> None:
    ran = kg("read", tmp_path)
    assert ran.code == 2
    assert ran.err.startswith(f"KG-E0201  {tmp_path}  no documents in this folder\n")


def test_the_tree_shows_codes_titles_and_conditions(kg: Kg, guidance: Path) -> None:
    ran = kg("read", "--format", "table", guidance / "IPG672.yaml")
    assert ran.code == 0
    assert "└─ one of\n" in ran.out
    assert 'when "the primary tumour is still present" (primary-tumour=present): one of\n' in ran.out
    assert "where necessary: Y89.-  Brachytherapy\n" in ran.out


def test_every_reading_of_an_ambiguous_document_is_shown_and_asked_about(kg: Kg, guidance: Path) -> None:
    told = kg("read", "--format", "table", guidance / "IP1062-2.txt").out
    assert "reading 1 of " in told
    assert "reading 2 of " in told
    assert "a person should review this document" in told
    assert "KG-W0202" in told


def test_csv_has_a_row_for_each_side(kg: Kg, guidance: Path) -> None:
    ran = kg("read", "--format", "csv", guidance / "IPG688.json")
    header, procedure, diagnosis = ran.out.splitlines()
    assert header == "file,id,title,side,expression,review,warnings"
    assert ",procedure," in procedure
    assert ",diagnosis," in diagnosis


@pytest.mark.parametrize(
    ("name", "content", "id"),
    [
        ("a.txt", b"", "KG-E0202"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x02\x03" * 9, "KG-E0208"),
        ("a.txt", b"Minutes of a meeting. Nobody spoke of codes.", "KG-E0204"),
        ("a.json", b"[1, 2]", "KG-E0301"),
        ("a.json", b'{"id": "A"}', "KG-E0301"),
        ("a.json", b'{"id": "A", "procedure": {"al_of": []}}', "KG-E0302"),
        ("a.json", b'{"id": "A", "procedure": {"code": "J1288"}}', "KG-E0412"),
        ("a.json", b'{"id": "A", "procedure": {"range": ["X72", "X70"]}}', "KG-E0416"),
        ("a.yaml", b"id: A\nprocedure: {code: C78.77}\n", "KG-E0412"),
    ],
)
def test_bad_files_are_told_with_their_id(kg: Kg, tmp_path: Path, name: str, content: bytes, id: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    ran = kg("read", "--format", "jsonl", file)
    assert ran.code == 1
    assert ran.lines[0]["error"]["id"] == id
    assert ran.lines[0]["error"]["text"].startswith(id)
    assert json.dumps(ran.lines[0]).count("Traceback") == 0


def test_aliases_that_multiply_are_refused(kg: Kg, tmp_path: Path) -> None:
    lines = ["id: IPG1", "x0: &x0 {code: J12.8}"]
    lines += [f"x{i}: &x{i} {{all_of: [*x{i - 1}, *x{i - 1}]}}" for i in range(1, 30)]
    (tmp_path / "a.yaml").write_text("\n".join([*lines, "procedure: *x29"]))
    ran = kg("read", "--format", "jsonl", tmp_path / "a.yaml")
    assert ran.lines[0]["error"]["id"] == "KG-E0301"
    assert "aliases" in ran.lines[0]["error"]["message"]


def test_a_decision_beside_the_document_is_shown_and_can_be_left_aside(kg: Kg, tmp_path: Path) -> None:
    document = doubtful(tmp_path / "IPG1.txt", 1)
    decide(document)
    (line,) = kg("read", "--format", "jsonl", document).lines
    assert (line["review"], line["readings"]) == (False, 1)
    assert line["decision"] == {
        "decision": "accept",
        "by": "A. Coder",
        "on": "2026-11-21",
        "why": "it is right",
        "file": "IPG1.txt.decision.yaml",
    }
    assert "accepted as it is read by A. Coder on 2026-11-21" in kg("read", "--format", "table", document).out
    (line,) = kg("read", "--format", "jsonl", "--undecided", document).lines
    assert line["review"]
    assert "decision" not in line


def test_many_documents_end_with_figures_by_kind_of_file(kg: Kg, tmp_path: Path) -> None:
    documents = folder(tmp_path, 10)
    doubtful(documents / "IPG3.md", 30)
    (documents / "IPG5.txt").write_bytes(b"")
    ran = kg("read", "--fresh", "--format", "table", documents)
    assert ran.code == 1
    assert ran.err == "10 read, 1 flagged for review, 1 failed\n"
    rows = [line.split() for line in ran.out.splitlines()[-4:]]
    assert rows == [
        ["documents", "read", "flagged", "failed", "decided", "unchanged"],
        ["md", "1", "1", "1", "0", "0", "0"],
        ["txt", "10", "9", "0", "1", "0", "0"],
        ["all", "11", "10", "1", "1", "0", "0"],
    ]


def test_a_document_is_read_from_a_pipe(guidance: Path) -> None:
    document = (guidance / "IPG369.txt").read_bytes()
    ran = subprocess.run(
        [sys.executable, "-m", "kg", "read", "-"], input=document, capture_output=True, check=True, timeout=60
    )
    told = json.loads(ran.stdout)
    assert (told["id"], told["file"]) == ("IPG369", "-")
