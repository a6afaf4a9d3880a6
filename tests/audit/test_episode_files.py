"""Files of episodes as extracts have them: every layout gives the codes of the record, and what is odd is told."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from kg.audit.disclosure import Rule
from kg.audit.episodes import EpisodeFiles
from kg.audit.finding import find
from kg.audit.layouts import load, read_layouts, shipped
from kg.audit.read_tally import Doubles
from kg.audit.shapes import EPISODES
from kg.codes import Code, Scheme
from kg.errors import KgError
from kg.reason.record import MOST_CODES
from kg.terminology import OpenCodes
from tests.laws.strategies import examples

Row = dict[str, Any]
DAY = datetime.date(2023, 5, 1)


def read(*paths: Path, **options: Any) -> tuple[list[Row], EpisodeFiles]:
    files = EpisodeFiles(list(paths), classification=OpenCodes(), **options)
    rows: list[Row] = []
    for batch in files.batches():
        assert batch.schema == files.schema
        batch.validate(full=True)
        rows += batch.to_pylist()
    return rows, files


def told(files: EpisodeFiles) -> dict[str, int]:
    """What was odd but for columns: many files here have no diagnoses."""
    return {str(w["id"]): int(w["count"]) for w in files.tally.warnings() if w["id"] != "KG-W1220"}


def written(path: Path, head: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t" if path.suffix == ".txt" else ",")
    writer.writerows([head, *rows])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def chance_of(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  no secret rests on it


# ---- one record in every layout

CODES = {
    Scheme.OPCS4: ["J12.8", "Y13.2", "Y53.4", "Z94.2", "X70.1", "O11.1"],
    Scheme.ICD10: ["C78.7", "I10", "C19", "M45.X9", "H19.8A", "A18.0D", "Z85.0", "X99.8"],
}


def spelt(code: str, scheme: Scheme, chance: random.Random) -> str:
    """One of the ways in which extracts write a code."""
    plain = code.replace(".", "")
    if scheme is Scheme.ICD10:
        ways = [code, plain, plain.lower(), f" {plain} ", f"{plain}X" if len(plain) == 3 else plain]
        ways += [
            plain.replace("A", "*") if plain.endswith("A") else plain,
            f"{plain}-" if plain[-1].isdigit() else plain,
        ]
        return chance.choice(ways)
    return chance.choice([code, plain, plain.lower(), f"{plain} "])


Episode = tuple[list[str], list[str]]


@st.composite
def episodes(draw: st.DrawFn) -> list[Episode]:
    lists = [st.lists(st.sampled_from(CODES[scheme]), max_size=4) for scheme in Scheme]
    return draw(st.lists(st.tuples(*lists), min_size=1, max_size=5))


def hes(folder: Path, found: list[Episode], chance: random.Random) -> list[Path]:
    """Columns with gaps and fillers between the codes."""
    rows: list[list[str]] = []
    for n, (procedures, diagnoses) in enumerate(found):
        cells: list[str] = []
        for codes, scheme, width in ((procedures, Scheme.OPCS4, 24), (diagnoses, Scheme.ICD10, 20)):
            fillers = ["", "-", "&", "X998"] if scheme is Scheme.OPCS4 else ["", "-", "   "]
            places = sorted(chance.sample(range(width), len(codes)))
            side = [chance.choice(fillers) for _ in range(width)]
            for place, code in zip(places, codes, strict=True):
                side[place] = spelt(code, scheme, chance)
            cells += side
        rows.append([f"e{n}", "01/05/2023", *cells])
    numbered = [f"OPERTN_{i:02d}" for i in range(1, 25)] + [f"DIAG_{i:02d}" for i in range(1, 21)]
    return [written(folder / "hes.csv", ["EPIKEY", "EPIEND", *numbered], rows)]


def concatenated(folder: Path, found: list[Episode], chance: random.Random) -> list[Path]:
    def packed(codes: list[str], scheme: Scheme) -> str:
        return ",".join(["-   ", *(spelt(code, scheme, chance).strip() for code in codes)])

    rows = [[f"e{n}", "2023-05-01", *map(packed, e, Scheme)] for n, e in enumerate(found)]
    return [written(folder / "all.csv", ["epikey", "epistart", "OPERTN_4_CONCAT", "DIAG_4_CONCAT"], rows)]


def in_lists(folder: Path, found: list[Episode], chance: random.Random) -> list[Path]:
    columns = [[[spelt(c, s, chance) for c in e[i]] for e in found] for i, s in enumerate(Scheme)]
    table = pa.table(
        {
            "id": [f"e{n}" for n in range(len(found))],
            "procedures": pa.array(columns[0], pa.list_(pa.string())),
            "diagnoses": pa.array(columns[1], pa.list_(pa.string())),
            "date": pa.array([DAY] * len(found), pa.date32()),
        }
    )
    parquet.write_table(table, folder / "lists.parquet")
    return [folder / "lists.parquet"]


def as_records(folder: Path, found: list[Episode], chance: random.Random) -> list[Path]:
    lines: list[Row] = []
    for n, e in enumerate(found):
        procedures, diagnoses = ([spelt(c, scheme, chance) for c in e[i]] for i, scheme in enumerate(Scheme))
        lines.append({"id": f"e{n}", "procedures": procedures, "diagnoses": diagnoses, "date": "2023-05-01"})
    path = folder / "records.jsonl.gz"
    path.write_bytes(gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))
    return [path]


def in_a_database(folder: Path, found: list[Episode], chance: random.Random) -> list[Path]:
    (source,) = hes(folder, found, chance)
    with duckdb.connect(str(folder / "data.duckdb")) as engine:
        engine.execute(f"CREATE TABLE apc AS SELECT * FROM read_csv('{source}', all_varchar = true, nullstr = '')")  # noqa: S608
    source.unlink()
    return [folder / "data.duckdb"]


def by_code(folder: Path, found: list[Episode], chance: random.Random) -> list[Path]:
    """UK Biobank: two tables, their rows in any order; an episode without codes has none."""
    opers = [
        [n, 7, i, spelt(c, Scheme.OPCS4, chance), "01/05/2023"] for n, e in enumerate(found) for i, c in enumerate(e[0])
    ]
    diags = [[n, 7, i, spelt(c, Scheme.ICD10, chance)] for n, e in enumerate(found) for i, c in enumerate(e[1])]
    chance.shuffle(opers)
    chance.shuffle(diags)
    written(folder / "ukb" / "hesin_oper.txt", ["eid", "ins_index", "arr_index", "oper4", "opdate"], opers)
    written(folder / "ukb" / "hesin_diag.txt", ["eid", "ins_index", "arr_index", "diag_icd10"], diags)
    return [folder / "ukb"]


WRITERS: list[Callable[[Path, list[Episode], random.Random], list[Path]]] = [
    hes, concatenated, in_lists, as_records, in_a_database,
]  # fmt: skip


def canonical(found: list[Episode]) -> list[Episode]:
    return [tuple([str(Code.parse(c, s)) for c in e[i]] for i, s in enumerate(Scheme)) for e in found]  # type: ignore[misc]


@pytest.mark.parametrize("writer", WRITERS)
@given(episodes(), st.integers(0, 10**6))
@settings(max_examples=examples(12), deadline=None)
def test_every_layout_gives_the_codes_of_the_record_in_their_order(
    tmp_path_factory: pytest.TempPathFactory, writer: Any, found: list[Episode], seed: int
) -> None:
    paths = writer(tmp_path_factory.mktemp("files"), found, chance_of(seed))
    rows, files = read(*paths, batch=2)
    assert [(row["procedures"], row["diagnoses"]) for row in rows] == canonical(found)
    assert [row["episode"] for row in rows] == [f"e{n}" for n in range(len(found))]
    assert {row["date"] for row in rows} == {DAY}
    assert set(told(files)) <= {"KG-W1222"}  # X99.8 among diagnoses is a code, and so are the others


@given(episodes(), st.integers(0, 10**6))
@settings(max_examples=examples(12), deadline=None)
def test_tables_with_a_row_for_each_code_are_gathered_by_episode(
    tmp_path_factory: pytest.TempPathFactory, found: list[Episode], seed: int
) -> None:
    rows, _ = read(*by_code(tmp_path_factory.mktemp("files"), found, chance_of(seed)))
    there = {f"{n}:7": e for n, e in enumerate(canonical(found)) if e[0] or e[1]}
    assert {row["episode"]: (row["procedures"], row["diagnoses"]) for row in rows} == there
    assert all((row["date"] == DAY) == bool(row["procedures"]) for row in rows)


def test_an_episode_that_goes_on_from_batch_to_batch_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.audit.long_tables._ROWS", 2)
    rows = [
        ["b", "ICD-10", "C787", 1],
        ["a", "opcs4", "Y534", 10],
        ["a", "OPCS-4", "J128", 9],
        ["a", "icd10", "C19X", 2],
    ]
    found, _ = read(written(tmp_path / "long.csv", ["episode", "system", "code", "position"], rows * 1))
    assert [(r["episode"], r["procedures"], r["diagnoses"]) for r in found] == [
        ("a", ["J12.8", "Y53.4"], ["C19"]),
        ("b", [], ["C78.7"]),
    ]


# ---- what is odd


def test_outpatient_defaults_are_fillers_among_procedures_and_codes_among_diagnoses(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", ["id", "opertn_01", "diag_01"], [["1", "X998", "X998"], ["2", "X99.9", "X99.9"]])
    rows, _ = read(path)
    assert [(row["procedures"], row["diagnoses"]) for row in rows] == [([], ["X99.8"]), ([], ["X99.9"])]


def test_codes_of_impossible_shape_are_left_out_counted_and_listed(tmp_path: Path) -> None:
    cells = [["1", "J128", "J12"], ["2", "J12", "JX2.8"], ["3", "Y534", ""]]
    rows, files = read(written(tmp_path / "a.csv", ["id", "opertn_01", "opertn_02"], cells))
    assert [row["procedures"] for row in rows] == [["J12.8"], ["Y53.4"]]
    (warning,) = [w for w in files.tally.warnings() if w["id"] == "KG-W1221"]
    assert warning["codes"] == {"J12": 2, "JX2.8": 1}
    assert files.tally.touched == 2
    odd = dict(files.tally.publishable(Rule()))
    assert odd["KG-W1221"] == "codes of impossible shape in episodes: fewer than 8"  # as the report has it


@given(st.integers(0, 10**9))
@settings(max_examples=examples(20), deadline=None)
def test_an_episode_of_which_a_side_cannot_be_read_is_left_out_and_counted(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    chance, folder = chance_of(seed), tmp_path_factory.mktemp("unreadable")
    kinds = {"": [""], "-": ["-"], "code": ["J128"], "odd": ["J12"], "both": ["J12", "J128"], "filler": ["X998", "Q"]}
    drawn = [(chance.choice([*kinds]), chance.choice(["", "code", "odd"])) for _ in range(chance.randint(1, 30))]
    said = {"": "", "code": "C19", "odd": "12345"}
    cells = [[n, f"2024-0{1 + n % 9}-01", *[*kinds[p], ""][:2], said[d], n] for n, (p, d) in enumerate(drawn)]
    head = ["id", "date", "opertn_01", "opertn_02", "diag_01", "ward"]
    batch = chance.choice([1, 3, 100])
    wide, files = read(written(folder / "a.csv", head, cells), carry=["ward"], batch=batch)
    procedures = [p in ("odd", "filler") for p, _ in drawn]
    diagnoses = [d == "odd" for _, d in drawn]
    kept = [n for n in range(len(drawn)) if not (procedures[n] or diagnoses[n])]
    assert [(row["episode"], row["ward"], row["date"].month) for row in wide] == [
        (str(n), str(n), 1 + n % 9) for n in kept
    ]
    assert [row["procedures"] for row in wide] == [["J12.8"] if drawn[n][0] in ("code", "both") else [] for n in kept]
    assert [row["diagnoses"] for row in wide] == [["C19"] if drawn[n][1] == "code" else [] for n in kept]
    assert files.tally.episodes == len(drawn)
    assert told(files).get("KG-W1260", 0) == (sum(diagnoses) or sum(procedures))
    rows = [[n, text, "OPCS-4"] for n, (p, _) in enumerate(drawn) for text in kinds[p]]
    rows += [[n, said[d], "ICD-10"] for n, (_, d) in enumerate(drawn)]
    long, again = read(written(folder / "b.csv", ["episode", "code", "system"], rows), batch=batch)
    assert sorted(int(row["episode"]) for row in long) == kept
    assert again.tally.unreadable == files.tally.unreadable


@pytest.mark.parametrize(
    ("copies", "words"),
    [
        (1, ["1 procedure code ", "1 date ", "1 row is ", "1 episode has "]),
        (2, ["2 procedure codes ", "2 dates ", "2 rows are ", "2 episodes have "]),
    ],
)
def test_what_is_odd_is_told_in_the_number_that_it_has(copies: int, words: list[str], tmp_path: Path) -> None:
    odd = [["1", "J1", "99|99|x*"], ["", "J128", "2023-05-01"], ["3", "J128"]] * copies
    _, files = read(written(tmp_path / "a.csv", ["id", "opertn_01", "date"], odd))
    messages = [str(w["message"]) for w in files.tally.warnings()]
    assert all(any(message.startswith(word) for message in messages) for word in words), messages
    assert any(message.endswith(": like 99|99|a*") for message in messages), messages


@pytest.mark.parametrize(
    ("word", "meant"),
    [("procs", "procedures"), ("Diag", "diagnoses"), ("prov", "provider"), ("epsiode", "episode"), ("foo", "")],
)
def test_a_column_of_what_is_not_known_is_refused_with_what_is_meant(word: str, meant: str) -> None:
    with pytest.raises(KgError) as fault:
        find(["id", "Procs"], shipped(), None, {word: ["Procs"]})
    assert fault.value.hint is not None
    assert fault.value.hint.startswith(f"Did you mean {meant}? Known are" if meant else "Known are episode,")


def test_codes_that_only_the_other_system_has_are_kept_and_listed(tmp_path: Path) -> None:
    rows, files = read(written(tmp_path / "a.csv", ["id", "opertn_01", "diag_01"], [["1", "C787", "J128"]]))
    assert rows[0]["procedures"] == ["C78.7"]  # kg check keeps it too, with KG-W0401
    assert told(files)["KG-W1222"] == 1


def test_identifiers_taken_for_codes_are_not_copied_out(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", ["id", "opertn_01"], [["1", "9434765919"], ["2", "Jane Smith 1950"]])
    _, files = read(path)
    words = json.dumps(files.tally.warnings())
    assert "9434765919" not in words
    assert "Jane" not in words
    assert "like 9999999999" in words


def test_identifiers_that_stand_twice_are_counted_and_each_episode_kept(tmp_path: Path) -> None:
    rows, files = read(
        written(tmp_path / "a.csv", ["id", "opertn_01"], [["1", "J128"], ["1", "J128"], ["", "J128"], ["", "-"]])
    )
    assert [row["episode"] for row in rows] == ["1", "1", "#3", "#4"]
    assert told(files) == {"KG-W1223": 1, "KG-W1227": 2}


@given(st.lists(st.integers(0, 30)), st.integers(1, 10))
def test_doubles_are_counted_alike_in_memory_and_in_parts_of_a_file(ids: list[int], size: int) -> None:
    doubles = Doubles(5, most=7)
    for at in range(0, len(ids), size):
        doubles.add(pa.array([str(i) for i in ids[at : at + size]]))
    assert doubles.count() == len(ids) - len(set(ids))


def test_dates_that_cannot_be_read_are_counted_and_those_that_stand_for_none_are_not(tmp_path: Path) -> None:
    days = ["1801-01-01", "31/12/2023", "2023-02-30", "20230401", "", "01MAY2023"]
    path = written(tmp_path / "a.csv", ["id", "opertn_01", "epiend"], [[i, "J128", day] for i, day in enumerate(days)])
    rows, files = read(path, carry=["year"])
    day = datetime.date
    assert [row["date"] for row in rows] == [None, day(2023, 12, 31), None, day(2023, 4, 1), None, day(2023, 5, 1)]
    assert [row["year"] for row in rows] == [None, "2023-24", None, "2023-24", None, "2023-24"]
    assert told(files) == {"KG-W1224": 1}


def test_more_codes_than_a_record_may_have_are_cut_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"id": "1", "procedures": ["J128"] * (MOST_CODES + 5), "diagnoses": ["C787"]}) + "\n")
    rows, files = read(path)
    assert (len(rows[0]["procedures"]), rows[0]["diagnoses"]) == (MOST_CODES, ["C78.7"])
    assert told(files) == {"KG-W1225": 1}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"id": "2", "procedure": ["J128"]}', 'line 2 has the field "procedure"'),
        ('{"id": "2", "procedures": ["J128"], "procedures": []}', 'the key "procedures" stands twice'),
        ('{"id": "2", "procedures": "J128"}', "line 2 is no record"),
    ],
)
def test_a_json_line_whose_codes_would_be_left_out_breaks_its_file(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "1", "procedures": ["J128"]}\n' + line + "\n")
    _, files = read(path)
    (fault,) = files.tally.faults
    assert fault.id == "KG-E1222"
    assert words in fault.what


def test_facts_of_single_episodes_are_told_as_not_taken(tmp_path: Path) -> None:
    lines, table = tmp_path / "a.jsonl", tmp_path / "a.csv"
    open_, none = {"approach": "open"}, {}
    records = [{"id": str(n), "procedures": ["J128"], "context": facts} for n, facts in enumerate((open_, none, open_))]
    lines.write_text("".join(json.dumps(record) + "\n" for record in records))
    table.write_text("id,opertn_01,context\n1,J128,approach=open\n")
    assert told(read(lines)[1]) == {"KG-W1261": 2}
    assert told(read(table)[1]) == {"KG-W1261": 1}


def test_rows_that_are_not_as_wide_as_the_header_are_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,opertn_01\n1,J128\n2,J128,too,many\n3\n4,Y534\n")
    rows, files = read(path)
    assert [row["episode"] for row in rows] == ["1", "4"]
    assert told(files) == {"KG-W1228": 2}


def test_one_broken_file_of_many_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    for year in ("2022", "2023"):
        written(tmp_path / f"year={year}" / "a.csv", ["id", "opertn_01"], [[year, "J128"]])
    (tmp_path / "year=2023" / "b.parquet").write_bytes(b"PAR1 this is no parquet file PAR1")
    (tmp_path / "year=2023" / "c.csv.gz").write_bytes(gzip.compress(b"id,opertn_01\n9,J128\n" * 50_000)[:-300])
    (tmp_path / "year=2023" / "d.csv").write_bytes(b"id,opertn_01\n5,J128\n6,\x81\x8d\n")
    (tmp_path / "year=2023" / "e.csv").write_text("id,opertn_01\n")
    rows, files = read(tmp_path, carry=["year"])
    assert [(row["episode"], row["year"]) for row in rows if row["episode"] != "9"] == [
        ("2022", "2022"),
        ("2023", "2023"),
    ]
    places = [(str(f.where.source).rsplit("/", 1)[-1], f.id) for f in files.tally.faults if f.where]
    assert sorted(places) == [("b.parquet", "KG-E1222"), ("c.csv.gz", "KG-E1222"), ("d.csv", "KG-E0203")]
    assert told(files)["KG-W1226"] == 1


def test_zipped_and_packed_files_are_read_in_place(tmp_path: Path) -> None:
    text = "id;opertn_01\n1;J128\n"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("inner/a.csv", text)
        archive.writestr("readme.pdf", "x")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(("\ufeff" + text.replace("1;", "2;")).encode()))
    rows, _ = read(tmp_path)
    assert [(row["episode"], row["procedures"]) for row in rows] == [("1", ["J12.8"]), ("2", ["J12.8"])]


# ---- identifiers and what is carried along


def test_identifiers_of_19_figures_are_kept_and_floating_ones_refused(tmp_path: Path) -> None:
    key = 1234567890123456789
    for name, column in (("whole", pa.array([key])), ("float", pa.array([float(key)]))):
        parquet.write_table(pa.table({"EPIKEY": column, "OPERTN_01": ["J128"]}), tmp_path / f"{name}.parquet")
    assert read(tmp_path / "whole.parquet")[0][0]["episode"] == str(key)
    with pytest.raises(KgError, match="KG-E1225"):
        read(tmp_path / "float.parquet")


def test_codes_of_another_type_are_refused_but_a_column_without_values_is_not(tmp_path: Path) -> None:
    good = pa.table({"id": ["1"], "opertn_01": ["J128"], "opertn_02": pa.array([None], pa.float64())})
    parquet.write_table(good, tmp_path / "good.parquet")
    parquet.write_table(pa.table({"id": ["1"], "opertn_01": [128]}), tmp_path / "bad.parquet")
    assert read(tmp_path / "good.parquet")[0][0]["procedures"] == ["J12.8"]
    with pytest.raises(KgError, match="KG-E1225"):
        read(tmp_path / "bad.parquet")


def test_nothing_is_carried_along_unless_it_is_asked_for_by_name(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.csv", ["id", "nhsno", "procode3", "fyear", "opertn_01"], [["1", "943", "RAA", "2324", "J128"]]
    )
    rows, files = read(path)
    assert set(rows[0]) == {"episode", "procedures", "diagnoses", "date"}
    assert files.schema == EPISODES
    rows, _ = read(path, carry=["year", "provider", "nhsno"])
    assert (rows[0]["year"], rows[0]["provider"], rows[0]["nhsno"]) == ("2023-24", "RAA", "943")
    with pytest.raises(KgError) as caught:
        read(path, carry=["procode"])
    assert "procode3" in str(caught.value)


# ---- layouts


def test_of_four_and_three_characters_the_four_are_read() -> None:
    names = [
        "EPIKEY",
        *(f"{stem}_{w}_{i:02d}" for stem in ("DIAG", "OPERTN") for w in (3, 4) for i in (1, 2)),
        "DIAG_4_CONCAT",
    ]
    found = find(names)
    assert found.layout.name == "hes"
    assert found.of("procedures") == ("OPERTN_4_01", "OPERTN_4_02")
    assert found.of("diagnoses") == ("DIAG_4_01", "DIAG_4_02")


def test_thirty_procedure_columns_are_read_in_the_order_of_their_numbers() -> None:
    names = ["id", *(f"opertn_{i:02d}" for i in range(30, 0, -1))]
    assert find(names).of("procedures") == tuple(f"opertn_{i:02d}" for i in range(1, 31))


@pytest.mark.parametrize(
    ("names", "near"),
    [
        (["epikey", "opertm_01", "opertm_02"], "opertm_01"),
        (["epikay", "opertn_01"], "epikay"),
        (["id", "daig_01"], "daig_01"),
        (["epikey", "main_op_code"], "main_op_code"),
    ],
)
def test_misnamed_columns_are_suggested(names: list[str], near: str) -> None:
    with pytest.raises(KgError, match="KG-E1220") as caught:
        find(names)
    assert f"Is {near} meant?" in str(caught.value)


def test_a_number_that_is_missing_between_others_is_told() -> None:
    notes = find(["epikey", "opertn_01", "opertn_02", "opertn_04"]).notes
    assert notes[0] == "opertn_03 is not there"


@pytest.mark.parametrize(
    ("names", "role", "near"),
    [
        (["epikey", "oprtn_01", "oprtn_02", "diag_01"], "procedures", "oprtn_01"),
        (["epikey", "opertn_01", "daig_01", "daig_02"], "diagnoses", "daig_01"),
        (["epikey", "opertn_01", "opertm_02", "opertn_03", "diag_01"], "procedures", "opertm_02"),
        (["epikey", "opertn_01", "opertn_02", "oprtn_03", "diag_01"], "procedures", "oprtn_03"),
        (["epikey", "opertn_01", "diag_01", "daig_02"], "diagnoses", "daig_02"),
        (["id", "procedurs", "diagnoses"], "procedures", "procedurs"),
    ],
)
def test_codes_are_not_left_out_because_their_column_is_misnamed(names: list[str], role: str, near: str) -> None:
    with pytest.raises(KgError, match="KG-E1220") as caught:
        find(names)
    assert f"Is {near} meant?" in str(caught.value)
    assert find(names, mapping={role: [near]}).of(role) == (near,)


def test_a_file_without_procedures_is_read_with_a_warning() -> None:
    found = find(["epikey", "diag_01", "diag_02", "op_code_of_the_trust", "opdate_01", "procode3"])
    assert found.of("diagnoses") == ("diag_01", "diag_02")
    assert [note.partition(";")[0] for note in found.notes] == ["no column of procedures"]
    assert not find(["epikey", "diag_01", "diag_02"], mapping={"procedures": ()}).notes


def test_columns_can_be_mapped_by_name() -> None:
    found = find(
        ["key", "op 1", "op 2", "dx"], mapping={"episode": ["key"], "procedures": ["op #"], "diagnoses": ["dx"]}
    )
    assert (found.of("procedures"), found.of("diagnoses")) == (("op 1", "op 2"), ("dx",))
    with pytest.raises(KgError, match="KG-E1220"):
        find(["key", "op 1"], mapping={"episode": ["kee"], "procedures": ["op #"]})
    with pytest.raises(KgError, match="KG-E1221"):
        find(["key"], mapping={"procedure": ["op"]})


def test_a_layout_of_ones_own_has_the_form_of_the_shipped_ones(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[layout]]\nname = "mine"\nrows = "episode"\n[layout.columns]\nepisode = "k"\nprocedures = "p#"\n')
    layouts = load(path)
    assert find(["k", "p1", "p02"], layouts).of("procedures") == ("p1", "p02")
    assert layouts.fillers == shipped().fillers


@pytest.mark.parametrize(
    "text",
    [
        "",
        "layout = 3",
        '[[layout]]\nname = "a"\nrows = "cell"',
        '[[layout]]\nname = "a"\nrows = "code"\n[layout.columns]\nepisode = "k"',
        '[[layout]]\nname = "a"\nrows = "code"\n[layout.columns]\nepisodes = "k"',
        "[[layout",
        "[[layouts]]",
    ],
)
def test_a_layout_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(KgError, match="KG-E1221"):
        read_layouts(text, "mine.toml")


def test_a_database_with_several_tables_asks_which(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as engine:
        engine.execute("CREATE TABLE apc AS SELECT '1' AS id, 'J128' AS opertn_01; CREATE TABLE other AS SELECT 1 AS x")
    assert read(path, table="apc")[0][0]["procedures"] == ["J12.8"]
    for wrong in (None, "acp"):
        with pytest.raises(KgError, match="KG-E1224") as caught:
            read(path, table=wrong)
        assert "apc" in str(caught.value)


def test_files_that_hold_no_episodes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    (tmp_path / "a.docx").write_text("x")
    (tmp_path / "none").mkdir()
    for path, id in (("a.csv", "KG-E0202"), ("none", "KG-E1223"), ("a.docx", "KG-E0208"), ("gone.csv", "KG-E0201")):
        with pytest.raises(KgError, match=id):
            read(tmp_path / path)
