"""Word documents: what Word shows, in its order, and archives made to harm."""

import io
import zipfile

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from kg.errors import KgError
from kg.guidance import readers
from kg.guidance.page.document import Document
from kg.guidance.readers.docx import read as read_docx
from tests.guidance.readers.made import as_docx, saved


def lines(document: Document) -> list[str]:
    return [document.text[line.start : line.end] for line in document.lines if line.end > line.start]


def body(xml: str) -> Document:
    """A document whose body is this XML."""
    made = docx.Document()
    made.element.body.insert(0, parse_xml(f"<w:sdt {nsdecls('w')}><w:sdtContent>{xml}</w:sdtContent></w:sdt>"))
    return read_docx(saved(made), "a.docx")


def test_headings_lists_and_tables_come_in_the_order_of_the_document() -> None:
    made = docx.Document()
    made.add_heading("IPG900 Title", 0)
    made.add_heading("OPCS-4 codes", 2)
    made.add_paragraph("A09.1 One", style="List Bullet")
    table = made.add_table(2, 2)
    for cell, text in zip(table._cells, ("A09.1", "One", "Z01.6", "Two"), strict=True):
        cell.text = text
    made.add_paragraph("first", style="List Number")
    made.add_paragraph("second", style="List Number")
    made.add_paragraph().add_run("Bold:").bold = True
    found = read_docx(saved(made), "a.docx")
    assert lines(found) == [
        "IPG900 Title",
        "OPCS-4 codes",
        "• A09.1 One",
        "A09.1\tOne",
        "Z01.6\tTwo",
        "1. first",
        "2. second",
        "Bold:",
    ]
    assert [line.level for line in found.lines if line.end > line.start] == [1, 2, 0, 0, 0, 0, 0, 6]


def test_a_merged_cell_is_a_heading_to_its_rows() -> None:
    made = docx.Document()
    table = made.add_table(2, 3)
    table.cell(0, 0).merge(table.cell(1, 0)).text = "Open"
    for (r, c), text in {(0, 1): "A09.1", (0, 2): "One", (1, 1): "Z01.6", (1, 2): "Two"}.items():
        table.cell(r, c).text = text
    assert lines(read_docx(saved(made), "a.docx")) == ["Open", "A09.1\tOne", "Z01.6\tTwo"]


RUNS = {
    "soft breaks": ("<w:r><w:t>A09.1 One</w:t><w:br/><w:t>Z01.6</w:t></w:r>", ["A09.1 One", "Z01.6"]),
    "runs in a word": ("<w:r><w:t>A0</w:t></w:r><w:r><w:t>9.1 One</w:t></w:r>", ["A09.1 One"]),
    "a tab": ("<w:r><w:t>A09.1</w:t><w:tab/><w:t>One</w:t></w:r>", ["A09.1\tOne"]),
    "hyphens": ("<w:r><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t><w:softHyphen/><w:t>c</w:t></w:r>", ["a‑b\u00adc"]),
    "a hidden run": ("<w:r><w:t>One</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>No</w:t></w:r>", ["One"]),
    "a field": ("<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>One</w:t></w:r>", ["One"]),
    "an inserted run": ("<w:ins><w:r><w:t>One</w:t></w:r></w:ins>", ["One"]),
}


@pytest.mark.parametrize("kind", RUNS)
def test_runs_are_read_as_word_shows_them(kind: str) -> None:
    xml, wanted = RUNS[kind]
    found = body(f"<w:p>{xml}</w:p>")
    assert lines(found) == wanted
    assert found.warnings == ()


GONE = {
    "struck": "<w:r><w:rPr><w:strike/></w:rPr><w:t>A09.1</w:t></w:r>",
    "deleted": "<w:del><w:r><w:delText>A09.1</w:delText></w:r></w:del>",
    "moved": "<w:moveFrom><w:r><w:t>A09.1</w:t></w:r></w:moveFrom>",
}


@pytest.mark.parametrize("kind", GONE)
def test_words_that_are_taken_back_are_left_out_with_a_warning(kind: str) -> None:
    found = body(f"<w:p><w:r><w:t>One</w:t></w:r>{GONE[kind]}</w:p>")
    assert lines(found) == ["One"]
    assert [w.id for w in found.warnings] == ["KG-W0209"]


def test_the_words_of_a_text_box_stand_behind_its_paragraph_once() -> None:
    inner = "<w:txbxContent><w:p><w:r><w:t>Box</w:t></w:r></w:p></w:txbxContent>"
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    xml = (
        f'<w:p><w:r><mc:AlternateContent xmlns:mc="{mc}"><mc:Choice Requires="wps">{inner}</mc:Choice>'
        f"<mc:Fallback>{inner}</mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>Around</w:t></w:r></w:p>"
    )
    assert lines(body(xml)) == ["Around", "Box"]


def test_paragraphs_are_counted_with_empty_ones() -> None:
    found = read_docx(as_docx(["Title", "One", "Two"]), "a.docx")
    assert [line.paragraph for line in found.lines if line.end > line.start] == [1, 2, 3]


def repacked(changes: dict[str, bytes | None], data: bytes | None = None) -> bytes:
    """A document with parts replaced, added or (None) removed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data or as_docx(["Title", "A09.1 One"]))) as old:
        parts = {name: old.read(name) for name in old.namelist()} | changes
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def fault(data: bytes) -> KgError:
    with pytest.raises(KgError) as found:
        readers.read(data, "a.docx")
    return found.value


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = f"<w:document {WORD}><w:body><w:p><w:r><w:t>".encode() + b" " * 150_000_000
    assert fault(repacked({"word/document.xml": bomb})).id == "KG-E0214"


def test_elements_nested_too_deep_are_refused() -> None:
    deep = f"<w:document {WORD}>".encode() + b"<w:p>" * 100_000
    assert fault(repacked({"word/document.xml": deep})).id == "KG-E0214"


ENTITIES = {
    "external": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "laughs": b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY x "&a;&a;&a;&a;&a;">]>',
    "parameter": b'<!DOCTYPE d [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
}


@pytest.mark.parametrize("kind", ENTITIES)
def test_a_part_with_entities_is_refused(kind: str) -> None:
    xml = (
        ENTITIES[kind]
        + f"<w:document {WORD}><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>".encode()
    )
    found = fault(repacked({"word/document.xml": xml}))
    assert (found.id, "document type" in found.why) == ("KG-E0213", True)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_an_archive_that_was_cut_off_is_damaged(share: float) -> None:
    data = as_docx(["Title", "A09.1 One"])
    assert fault(data[: int(len(data) * share)]).id == "KG-E0213"


def test_a_broken_part_is_damaged() -> None:
    data = bytearray(as_docx(["Title", "A09.1 One"]))
    at = data.index(b"word/document.xml") + 200
    data[at : at + 40] = bytes(40)
    assert fault(bytes(data)).id == "KG-E0213"


def test_an_archive_without_its_main_part_is_damaged() -> None:
    assert fault(repacked({"word/document.xml": None})).id == "KG-E0213"


def test_relationships_out_of_the_archive_are_not_followed() -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    away = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="a" Type="{kind}/styles" TargetMode="External" Target="http://127.0.0.1:9/styles.xml"/>'
        f'<Relationship Id="b" Type="{kind}/numbering" Target="../../../etc/passwd"/></Relationships>'
    )
    found = readers.read(repacked({"word/_rels/document.xml.rels": away.encode()}), "a.docx")
    assert lines(found) == ["Title", "A09.1 One"]


def test_the_main_part_is_found_by_its_relationship() -> None:
    data = as_docx(["Title", "A09.1 One"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        main, top = archive.read("word/document.xml"), archive.read("_rels/.rels")
    moved = {
        "word/document.xml": None,
        "word/document2.xml": main,
        "_rels/.rels": top.replace(b"document.xml", b"document2.xml"),
    }
    assert lines(readers.read(repacked(moved), "a.docx")) == ["Title", "A09.1 One"]


@pytest.mark.parametrize(
    "start", ["<?xml version='1.0' encoding='UTF-9'?>", "<?xml version='1.0' encoding='shift_jis'?>", "\ufeff<<", ""]
)
def test_a_part_that_is_not_xml_is_damaged(start: str) -> None:
    assert fault(repacked({"word/document.xml": start.encode()})).id == "KG-E0213"
