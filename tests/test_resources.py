"""Data files of the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg import resources
from kg.errors import KgError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(resources, "root", lambda: tmp_path)
    return tmp_path


def test_the_rows_of_a_table_have_the_numbers_of_their_lines(folder: Path) -> None:
    (folder / "t.tsv").write_text("# why\n\nkind\twords\na\tone two\n# aside\nb\t\n", encoding="utf-8")
    assert resources.table("t.tsv", ("kind", "words")) == [(4, ["a", "one two"]), (6, ["b", ""])]


@pytest.mark.parametrize(
    ("text", "line"),
    [("", None), ("kind\tword\na\tone\n", None), ("kind\twords\na\tone\nb\n", 3), ("kind\twords\na\tone\tmore\n", 2)],
)
def test_a_broken_table_is_told_with_its_line(folder: Path, text: str, line: int | None) -> None:
    (folder / "t.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(KgError) as told:
        resources.table("t.tsv", ("kind", "words"))
    assert told.value.id == "KG-E0703"
    assert told.value.where is not None and told.value.where.line == line


def test_lines_of_a_file_have_their_numbers_without_empty_ones_and_remarks(folder: Path) -> None:
    (folder / "t.tsv").write_text("# why\n\na\tb\n  \nc\n", encoding="utf-8")
    assert resources.lines("t.tsv") == [(3, "a\tb"), (5, "c")]
