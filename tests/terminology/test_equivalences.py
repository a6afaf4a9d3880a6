"""The table of coding equivalences is read by what stands in it, from text and XLSX, and tells what codes became."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from kg.codes import Scheme
from kg.errors import KgError
from kg.terminology.changes import code_changes
from kg.terminology.code_edition import CodeEdition
from kg.terminology.equivalences import read_equivalences
from kg.terminology.sheet import read_rows
from tests.terminology.test_changes import edition

OLD = {"A01": "Head", "A011": "Whole", "A012": "Left", "A013": "Right", "A014": "Stays", "A018": "Rest"}
NEW = {"A01": "Head", "A014": "Stays", "A015": "Front", "A016": "Back", "A017": "Side", "A018": "Rest"}
ROWS = [
    ["4.10 code", "4.10 title", "4.11 code", "4.11 title", "Changed?"],
    ["A01.1", "Whole", "A01.5", "Front", "Y"],
    ["A01.1", "Whole", "A01.6", "Back", "Y"],
    ["A01.2", "Left", "A01.7", "Side", "Y"],
    ["A01.3", "Right, said \"so\" & <so>", "A01.8", "Rest", "Y"],
    ["A01.4", "Stays", "A01.4", "Stays", "N"],
    ["", "", "", "", ""],
    ["A01.8", "Rest", "A01.8", "Rest", "N"],
]  # fmt: skip


@pytest.fixture
def pair(tmp_path: Path) -> tuple[CodeEdition, CodeEdition]:
    return edition(tmp_path / "old", OLD, Scheme.OPCS4), edition(tmp_path / "new", NEW, Scheme.OPCS4)


def as_text(path: Path, sign: str) -> Path:
    def cell(text: str) -> str:
        return text if sign == "\t" else '"' + text.replace('"', '""') + '"'

    path.write_text("".join(sign.join(map(cell, row)) + "\r\n" for row in ROWS), encoding="utf-8", newline="")
    return path


def as_workbook(path: Path, *, shared: bool) -> Path:
    """An XLSX as spreadsheets write it: texts shared, or in their cells; empty cells left out."""
    texts = sorted({cell for row in ROWS for cell in row if cell})
    rows: list[str] = []
    for number, row in enumerate(ROWS, 1):
        cells = ""
        for column, text in zip("ABCDE", row, strict=True):
            if text and shared:
                cells += f'<c r="{column}{number}" t="s"><v>{texts.index(text)}</v></c>'
            elif text:
                cells += f'<c r="{column}{number}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
        rows.append(f'<row r="{number}">{cells}</row>')
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(path, "w") as book:
        book.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet {space}><sheetData>{''.join(rows)}</sheetData></worksheet>"
        )
        if shared:
            found = "".join(f"<si><r><t>{escape(t[:1])}</t></r><r><t>{escape(t[1:])}</t></r></si>" for t in texts)
            book.writestr("xl/sharedStrings.xml", f"<sst {space}>{found}</sst>")
    return path


def test_every_form_gives_the_same_rows(tmp_path: Path) -> None:
    told = [
        read_rows(as_text(tmp_path / "t.txt", "\t")),
        read_rows(as_text(tmp_path / "t.csv", ",")),
        read_rows(as_text(tmp_path / "t2.csv", ";")),
        read_rows(as_workbook(tmp_path / "a.xlsx", shared=True)),
        read_rows(as_workbook(tmp_path / "b.xlsx", shared=False)),
    ]
    plain = [[(number, [cell for cell in cells if cell]) for number, cells in rows] for rows in told]
    assert all(rows == [(n, [cell for cell in row if cell]) for n, row in enumerate(ROWS, 1)] for rows in plain)


@pytest.mark.parametrize("shared", [True, False])
def test_what_became_of_retired_codes_is_told(
    pair: tuple[CodeEdition, CodeEdition], tmp_path: Path, *, shared: bool
) -> None:
    table = read_equivalences(as_workbook(tmp_path / "t.xlsx", shared=shared), {Scheme.OPCS4: pair})
    assert dict(table.now) == {"A011": (("A015",), ("A016",)), "A012": (("A017",),), "A013": (("A018",),)}
    assert table.columns == ("4.10 code", "4.11 code")
    found = [(c.id, c.kind, c.more.get("into") or c.more.get("to")) for c in code_changes(*pair, table.now)]
    assert [each for each in found if each[1] not in ("new", "retired")] == [
        ("A01.1", "split", ["A01.5", "A01.6"]),
        ("A01.2", "moved", ["A01.7"]),
        ("A01.3", "merged", ["A01.8"]),
    ]
    assert [each[0] for each in found if each[1] == "retired"] == ["A01.1", "A01.2", "A01.3"]


def test_the_order_of_columns_and_their_names_do_not_matter(
    pair: tuple[CodeEdition, CodeEdition], tmp_path: Path
) -> None:
    path = tmp_path / "turned.txt"
    path.write_text("".join("\t".join([row[3], row[2], row[1], row[0]]) + "\n" for row in ROWS[1:]), encoding="utf-8")
    assert dict(read_equivalences(path, {Scheme.OPCS4: pair}).now)["A011"] == (("A015",), ("A016",))


@pytest.mark.parametrize(
    "cell", ["A01.5 & A01.7", "A015 A017", "A01.5+A01.7", "A01.5, A01.7", "A015 and A017", "A01. 5 plus A01. 7"]
)
def test_several_codes_in_a_cell_stand_for_the_retired_one_together(
    pair: tuple[CodeEdition, CodeEdition], tmp_path: Path, cell: str
) -> None:
    path = tmp_path / "t.txt"
    path.write_text(f"old\tnew\nA01.1\tA01.6\nA01.1\t{cell}\nA01.2\t{cell}\n", encoding="utf-8")
    table = read_equivalences(path, {Scheme.OPCS4: pair})
    assert dict(table.now) == {"A011": (("A016",), ("A015", "A017")), "A012": (("A015", "A017"),)}
    assert table.unread == ()
    found = {c.id: (c.kind, c.after, c.more["into"]) for c in code_changes(*pair, table.now) if "into" in c.more}
    assert found == {
        "A01.1": ("split", "Back", ["A01.6", "A01.5 + A01.7"]),
        "A01.2": ("split", "Front + Side", ["A01.5 + A01.7"]),
    }


def test_a_row_of_a_retired_code_that_is_not_understood_is_told(
    pair: tuple[CodeEdition, CodeEdition], tmp_path: Path
) -> None:
    path = tmp_path / "t.txt"
    rows = ["old\tnew", "A01.1\tA01.6", "A01.2\tA01.5 or A01.7", "A01.3\tA99.9", "A01.3\t", "A01.4\tA01.4"]
    rows += ["A01.1 A01.2\tA01.5", "A01.1\tA01.5", "A01.2\tA01.6", "A01.3\tA01.6 & A99.9", "A01.1\tA01.7"]
    path.write_text("\n".join(rows), encoding="utf-8")
    assert read_equivalences(path, {Scheme.OPCS4: pair}).unread == (3, 4, 7, 10)


def test_a_file_without_such_columns_is_told(pair: tuple[CodeEdition, CodeEdition], tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("code,title\nA01.1,Whole\n", encoding="utf-8")
    for file, id in ((path, "KG-E1010"), (tmp_path / "none.csv", "KG-E0201")):
        with pytest.raises(KgError) as caught:
            read_equivalences(file, {Scheme.OPCS4: pair})
        assert caught.value.id == id
    torn = as_workbook(tmp_path / "t.xlsx", shared=True)
    torn.write_bytes(torn.read_bytes()[:200])
    with pytest.raises(KgError) as caught:
        read_equivalences(torn, {Scheme.OPCS4: pair})
    assert caught.value.id == "KG-E0213"
