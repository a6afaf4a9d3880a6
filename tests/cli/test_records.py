"""Records to check: arguments, JSON lines, CSV, Parquet; each fault in its line."""

from __future__ import annotations

import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from kg.answers.records import Asked, odd_codes
from kg.cli.records import from_file
from kg.errors import KgError, Place
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


def test_a_key_that_stands_twice_loses_no_codes(tmp_path: Path) -> None:
    (twice, nested, deep, long) = read(
        tmp_path / "r.jsonl",
        '{"procedures": ["J12.8"], "procedures": ["J03.2"]}\n'
        '{"procedures": ["J12.8"], "context": {"approach": "open", "approach": "percutaneous"}}\n'
        f"{'[' * 100_000}\n"
        f'{{"id": {"9" * 10_000}}}\n',
    )
    assert [one.error and one.error.id for one in (twice, nested, deep, long)] == ["KG-E0305"] * 4
    assert (twice.error and twice.error.where) == Place(str(tmp_path / "r.jsonl"), 1)
    assert twice.error and '"procedures" stands twice' in twice.error.what


def test_a_condition_may_be_unknown(tmp_path: Path) -> None:
    (one,) = read(tmp_path / "r.jsonl", '{"procedures": ["J12.8"], "context": {"approach": null, "stage": "1"}}')
    assert one.record is not None, one.error
    assert one.record.context == Context.of({"stage": ["1"]})


@pytest.mark.parametrize(
    ("id", "given"), [("1", 1), ('"1"', "1"), ("2.5", 2.5), ("NaN", "nan"), ("null", "line 1"), ("0", 0)]
)
def test_an_id_comes_back_as_it_came(tmp_path: Path, id: str, given: object) -> None:
    (one,) = read(tmp_path / "r.jsonl", f'{{"id": {id}, "procedures": ["J12.8"]}}')
    assert (one.given_id, type(one.given_id)) == (given, type(given))
    assert one.id == str(given)


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


@pytest.mark.parametrize("divider", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_is_divided_as_its_header_is(tmp_path: Path, divider: str, end: str) -> None:
    rows = (("id", "note", "procedures", "diagnoses"), ("a", "two\x0cpages\u2028or so", "J12.8 Y53.4", "C78.7"))
    (one,) = read(tmp_path / "r.csv", end.join(divider.join(row) for row in rows) + end)
    assert (one.id, *told(one)) == ("a", ["J12.8", "Y53.4"], ["C78.7"])


def test_codes_that_run_over_into_other_columns_are_no_record(tmp_path: Path) -> None:
    found = read(tmp_path / "r.csv", "id,procedures,diagnoses\na,J12.8,Y13.2,C78.7\nb,J12.8,C78.7,,\n\nc,J12.8\n")
    assert [one.error.id if one.error else told(one) for one in found] == [
        "KG-E0305", (["J12.8"], ["C78.7"]), "KG-E0305",
    ]  # fmt: skip
    assert (found[0].id, found[0].error and found[0].error.where) == ("a", Place(str(tmp_path / "r.csv"), 2))


def test_a_cell_without_end_is_no_defect(tmp_path: Path) -> None:
    with pytest.raises(KgError, match="not CSV") as fault:
        read(tmp_path / "r.csv", f"id,procedures,note\na,J12.8,{'x' * 200_000}\n")
    assert fault.value.id == "KG-E0305"


TABLES: dict[str, dict[str, list[object]]] = {
    "lists": {"procedures": [["J128", "Y534"], None], "diagnoses": [["C78.7", None], []]},
    "texts": {"procedures": ["J12.8 Y53.4", None], "diagnoses": ["C787", ""]},
    "numbered": {"opertn_02": ["Y534", "-"], "opertn_01": ["J128", None], "diag_01": ["C787", ""], "age": [40, 50]},
}


@pytest.mark.parametrize("codes", TABLES.values(), ids=TABLES)
def test_parquet_is_read_as_other_programs_write_it(tmp_path: Path, codes: dict[str, list[object]]) -> None:
    more: dict[str, list[object]] = {
        "id": [7, 8],
        "date": [datetime.date(2024, 5, 1), None],
        "guidance": ["IPG1", None],
        "context": [{"approach": "open", "image-control": None}, None],
    }
    parquet.write_table(pa.table({**more, **codes}), tmp_path / "r.parquet")
    first, second = from_file(tmp_path / "r.parquet", context)
    assert (first.id, first.guidance, *told(first)) == ("7", "IPG1", ["J12.8", "Y53.4"], ["C78.7"])
    assert first.record is not None
    assert first.record.date == datetime.date(2024, 5, 1)
    assert first.record.context.holds("approach", "open") is True
    assert (second.id, second.guidance, *told(second)) == ("8", None, [], [])


def test_damaged_parquet_is_told(tmp_path: Path) -> None:
    with pytest.raises(KgError) as fault:
        read(tmp_path / "r.parquet", b"PAR1 and no more")
    assert fault.value.id == "KG-E0205"


@pytest.mark.parametrize(
    ("content", "id"),
    [
        (b"", "KG-E0202"),
        (b" \n", "KG-E0202"),
        (b"\xef\xbb\xbf\r\n", "KG-E0202"),
        (b"id\nx\n", "KG-E1220"),
        (b'{"id": "\xff"}', "KG-E0203"),
    ],
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
        (Record.of(["J99.9", "J12.8", "J999"]), ["KG-W0205"]),
    ],
)
def test_a_code_of_the_other_classification_is_warned_of(record: Record, warned: list[str], store: Path) -> None:
    with open_workspace(store) as workspace:
        assert [warning["id"] for warning in odd_codes(record, workspace, workspace.classification)] == warned
