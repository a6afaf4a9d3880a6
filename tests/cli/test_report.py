"""`--report`: a page that stands by itself, and a table for spreadsheets; nothing of a document acts in either."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.cli.conftest import Kg
from tests.folder.builders import TEXT, decide, doubtful, folder


class Page(HTMLParser):
    """The elements of a page, its text, and whether they are closed as they are opened."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """One of each fate, and words that would like to act."""
    made = folder(tmp_path / "in", 1)
    doubtful(made / "IPG2.txt", 2)
    decide(doubtful(made / "IPG3.txt", 3))
    (made / "IPG4.txt").touch()
    hostile = TEXT.format(n=5, digit=1).replace("A title", "=HYPERLINK() <script>alert(1)</script>")
    (made / "IPG5.txt").write_text(hostile.replace("\nICD", "Thing J03.2l <img src=x onerror=alert(1)>\n\nICD"))
    return made


def test_the_page_tells_each_document_and_asks_nobody_outside(kg: Kg, documents: Path, tmp_path: Path) -> None:
    ran = kg("read", documents, "--report", tmp_path / "r.html", "--format", "jsonl")
    assert ran.code == 1
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.words.count("waits for a person") == 2
    assert page.words.count("cannot be read") == 1
    assert "A. Coder, 2026-11-21: it is right" in page.words
    assert "J03.2l" in page.words
    assert "<mark>" in text
    assert "4 read, 2 flagged for review, 1 failed, 1 decided" in page.words
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "img", "link", "iframe", "object", "base", "form"}
    assert not re.findall(r"\b(?:src|href|action|url)\b\s*[=(]", re.sub(r"&lt;.*?&gt;", "", text))
    assert not [attributes for _, attributes in page.tags if any(name.startswith("on") for name in attributes)]


def test_the_page_shows_every_reading(kg: Kg, guidance: Path, tmp_path: Path) -> None:
    kg("build", guidance, "--into", tmp_path / "S", "--report", tmp_path / "r.html")
    page = Page((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert "Reading 2: the line before Or is a choice itself" in page.words
    assert "procedure side, only here: J16.1 + Y53.- + Y79.- + Y73.2 + X70-X71" in page.words
    assert "when \u201copen" not in page.words
    assert 'when "Open operation" (approach=open): all of' in page.words


def test_the_table_has_a_row_for_each_document_and_no_formula(kg: Kg, documents: Path, tmp_path: Path) -> None:
    kg("read", documents, "--report", tmp_path / "r.csv", "--format", "jsonl")
    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["read", "flagged", "decided", "failed", "flagged"]
    assert rows[0]["procedure"] == "J12.8 + Y53.2"
    assert rows[2]["why"] == "it is right"
    assert rows[3]["warnings"] == "KG-E0202"
    assert not [cell for row in rows for cell in row.values() if cell[:1] in ("=", "+", "-", "@")]


def test_a_report_of_no_form_is_refused_before_any_work(kg: Kg, documents: Path, tmp_path: Path) -> None:
    ran = kg("build", documents, "--into", tmp_path / "S", "--report", tmp_path / "r.pdf")
    assert (ran.code, ran.err[:8]) == (2, "KG-E0102")
    assert not (tmp_path / "S").exists()


def test_the_report_is_written_also_where_nothing_is_built(kg: Kg, documents: Path, tmp_path: Path) -> None:
    ran = kg("build", documents, "--into", tmp_path / "S", "--strict", "--report", tmp_path / "r.csv")
    assert ran.code == 1
    assert (tmp_path / "r.csv").exists()
    assert not (tmp_path / "S").exists()
