"""Records to check: arguments, JSON lines, CSV; each fault in its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.answers.records import Asked, odd_codes
from kg.cli.records import from_file
from kg.errors import KgError
from kg.expression.condition import Context
from kg.reason.record import Record
from kg.workspace import open_workspace


def context(given: dict[str, list[str]]) -> Context:
    return Context.of(given)


def read(path: Path, text: str | bytes) -> list[Asked]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(from_file(path, context))


def told(asked: Asked) -> tuple[list[str], list[str]]:
    assert asked.record is not None
    return [str(c) for c in asked.record.procedures], [str(c) for c in asked.record.diagnoses]


def test_json_lines_come_in_order_and_a_bad_line_stops_no_other(tmp_path: Path) -> None:
    found = read(
        tmp_path / "r.jsonl",
        '{"id": "a", "procedures": ["j128", "Y53.4"], "diagnoses": ["C78.7"], '
        '"context": {"approach": "open"}, "guidance": "IPG1"}\n'
        "{broken\n\n"
        '{"id": 7, "procedures": ["J1288"]}\n'
        '{"procedures": "J12.8"}\n'
        '{"procedure": ["J12.8"]}\n'
        "[]\n"
        '{"id": "last"}\n',
    )
    assert [one.id for one in found] == ["a", "line 2", "7", "line 5", "line 6", "line 7", "last"]
    assert told(found[0]) == (["J12.8", "Y53.4"], ["C78.7"])
    assert found[0].guidance == "IPG1"
    assert [one.error.id if one.error else None for one in found] == [
        None, "KG-E0305", "KG-E0412", "KG-E0305", "KG-E0305", "KG-E0305", None,
    ]  # fmt: skip
    assert [one.error.where.line for one in found if one.error and one.error.where] == [2, 4, 5, 6, 7]


@pytest.mark.parametrize(
    "text",
    [
        "id,procedures,diagnoses,context,guidance\na,J12.8 Y53.4,C78.7,approach=open,IPG1\n",
        "id,procedures,diagnoses,context,guidance\na,J128;Y534,C787,approach=open,IPG1\n",
        "\ufeffID,opertn_02,diag_01,opertn_01,context,guidance\r\na,Y534,C787,J128,approach=open,IPG1\r\n",
    ],
)
def test_csv_is_read_with_codes_in_one_column_or_in_numbered_ones(tmp_path: Path, text: str) -> None:
    (one,) = read(tmp_path / "r.csv", text)
    assert told(one) == (["J12.8", "Y53.4"], ["C78.7"])
    assert one.id == "a"
    assert one.guidance == "IPG1"
    assert one.record is not None
    assert one.record.context.holds("approach", "open") is True


@pytest.mark.parametrize(
    ("content", "id"),
    [(b"", "KG-E0202"), (b" \n", "KG-E0202"), (b"id\nx\n", "KG-E0305"), (b'{"id": "\xff"}', "KG-E0203")],
)
def test_a_file_that_holds_no_records_is_refused(tmp_path: Path, content: bytes, id: str) -> None:
    with pytest.raises(KgError) as fault:
        read(tmp_path / "r", content)
    assert fault.value.id == id


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(KgError) as fault:
        list(from_file(tmp_path / "none.jsonl", context))
    assert fault.value.id == "KG-E0201"


@pytest.mark.parametrize(
    ("record", "warned"),
    [
        (Record.of(["J12.8"], ["C78.7"]), []),
        (Record.of(["C78.7"]), ["KG-W0401"]),
        (Record.of([], ["J12.8"]), []),  # both have it
        (Record.of([], ["J08.3"]), ["KG-W0401"]),
        (Record.of(["J99.9"]), ["KG-W0205"]),
    ],
)
def test_a_code_of_the_other_classification_is_warned_of(record: Record, warned: list[str], store: Path) -> None:
    with open_workspace(store) as workspace:
        assert [warning["id"] for warning in odd_codes(record, workspace, workspace.classification)] == warned
