"""Tables, JSON and CSV: what a pipe, a file and a terminal get."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kg.cli.output import chosen, clean, destination, json_line, write_items, write_table
from kg.errors import KgError
from tests.cli.conftest import Kg

ITEMS = [{"code": "J12.8", "title": "ünï"}, {"code": "Y53.-", "title": None}]


def rows(item: dict[str, Any]) -> list[list[object]]:
    return [[item["code"], item["title"]]]


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("jsonl", '{"code": "J12.8", "title": "ünï"}\n{"code": "Y53.-", "title": null}\n'),
        ("csv", "code,title\nJ12.8,ünï\nY53.-,\n"),
        ("tsv", "code\ttitle\nJ12.8\tünï\nY53.-\t\n"),
        ("table", "code   title\nJ12.8  ünï\nY53.-\n"),
    ],
)
def test_each_format_has_every_result(tmp_path: Path, form: str, written: str) -> None:
    out = tmp_path / "out"
    write_items(ITEMS, form, out, ("code", "title"), rows)
    assert out.read_bytes().decode() == written


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.json", "json"),
        ("a.JSONL", "jsonl"),
        ("a.csv", "csv"),
        ("a.txt", "table"),
        ("a", "jsonl"),
        ("a.tsv", "jsonl"),
    ],
)
def test_a_file_takes_its_format_from_its_name(name: str, form: str) -> None:
    assert chosen(None, Path(name)) == form
    assert chosen("csv", Path(name)) == "csv"


def test_a_file_that_fails_half_way_is_not_left_behind(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("before", encoding="utf-8")
    with pytest.raises(ZeroDivisionError), destination(out) as stream:
        stream.write("half")
        raise ZeroDivisionError
    assert out.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(KgError) as folder, destination(tmp_path):
        pass
    with pytest.raises(KgError) as nowhere, destination(tmp_path / "no" / "out"):
        pass
    assert (folder.value.id, nowhere.value.id) == ("KG-E0206", "KG-E0206")


def test_a_line_of_json_is_one_line_for_every_reader() -> None:
    line = json_line({"text": "a\u2028b\u2029c\x85d\ne"})
    assert len(line.splitlines()) == 1


def test_a_document_cannot_steer_the_terminal() -> None:
    assert clean("a\x1b[31mb\rc\td") == "a\ufffd[31mb\ufffdc\td"


def test_a_plain_table_is_neither_wrapped_nor_cut() -> None:
    out = io.StringIO()
    write_table(out, ("a", "b"), [("x" * 300, "y\nz")])
    assert out.getvalue().splitlines()[1] == "x" * 300 + "  y z"


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What a command writes to a real pseudo-terminal."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color", **environment}
    env = {name: value for name, value in env.items() if name != "NO_COLOR" or "NO_COLOR" in environment}
    with subprocess.Popen([sys.executable, "-m", "kg", *arguments], stdout=theirs, stderr=theirs, env=env) as running:
        os.close(theirs)
        told = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed: Linux says EIO
                break
            if not part:
                break
            told += part
        running.wait(60)
    os.close(ours)
    return told.decode()


def test_a_terminal_gets_a_drawn_table_and_colour_only_without_no_color(store: Path) -> None:
    asked = ("combinations", "IPG369", "--store", str(store))
    drawn = on_a_terminal(*asked, COLUMNS="80")
    plain = on_a_terminal(*asked, COLUMNS="80", NO_COLOR="1")
    assert "\x1b[1m" in drawn
    assert "─" in drawn
    assert "\x1b[1m" not in plain
    assert max(len(line) for line in plain.splitlines()) <= 80


def test_a_pipe_gets_json_lines(kg: Kg, store: Path) -> None:
    assert kg("combinations", "IPG369", "--store", store).json["guidance"] == "IPG369"


def test_a_place_that_is_none_is_told_as_it_was_named(kg: Kg, tmp_path: Path, guidance: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    ran = kg("read", guidance / "IPG369.txt", "-o", tmp_path / "file" / "read.jsonl")
    assert ran.code == 2
    assert f"KG-E0206  {tmp_path / 'file' / 'read.jsonl'}  the file cannot be written" in ran.err
    assert ".part" not in ran.err


def test_help_says_the_format_of_a_pipe_only_where_there_is_one(kg: Kg) -> None:
    assert "jsonl in a pipe" in " ".join(kg("read", "--help").out.split())
    shown = " ".join(kg("audit", "--help").out.split())
    assert ("jsonl in a pipe" in shown) is ("|jsonl" in shown)
