"""One recommendation in each format: the same lines, the same expression, and citations that hold in the original."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pdfplumber
import pytest

from kg.citation import Citation
from kg.errors import KgError
from kg.expression.nodes import Expression, walk
from kg.guidance import readers
from kg.guidance.page.document import Document
from kg.guidance.reading import read_bytes
from tests.guidance.readers.made import FORMATS, as_html, as_pdf
from tests.guidance.wordings import Wording, newer, told, wordings

LINES = (
    "IPG900 – Freezing of a lesion of the liver",
    "Procedure and device:",
    "OPCS-4 code(s):",
    "If the lesion is frozen through the skin:",
    "J12.8 Other specified other therapeutic percutaneous operations on liver, on the vessels, and all that goes along",
    "Y13.2 Cryotherapy to lesion of organ NOC",
    "Plus",
    "Y53.- Approach to organ under image control",
    "Diagnosis:",
    "ICD-10 code(s):",
    "C78.7 Secondary malignant neoplasm of liver and intrahepatic bile duct",
)


def shown(document: Document) -> list[str]:
    """Its lines, with those that wrapped joined again."""
    found: list[str] = []
    wraps = False
    for line in document.lines:
        words = document.text[line.start : line.end]
        if words and wraps:
            found[-1] += f" {words}"
        elif words:
            found.append(words)
        wraps = bool(line.wraps) if words else wraps
    return found


@pytest.mark.parametrize("kind", FORMATS)
def test_the_lines_of_a_document_do_not_depend_on_its_format(kind: str) -> None:
    document = readers.read(FORMATS[kind](LINES), f"made.{kind}")
    assert shown(document) == list(LINES)
    assert document.warnings == ()


@pytest.mark.parametrize("kind", FORMATS)
def test_the_content_tells_the_format_and_not_the_name(kind: str) -> None:
    data = FORMATS[kind](LINES)
    assert readers.read(data, "download").text == readers.read(data, f"made.{kind}").text


@pytest.mark.parametrize("kind", FORMATS)
def test_the_meaning_does_not_depend_on_the_format(kind: str) -> None:
    differ: list[tuple[str, object, object]] = []
    for wording in wordings():
        lines = [line for line in newer(wording.lines).split("\n") if line.strip()]
        found = read_bytes(FORMATS[kind](lines), "made")
        if (told(found.procedure), told(found.diagnosis)) != (wording.procedure, wording.diagnosis):
            differ.append((wording.name, told(found.procedure), wording.procedure))
    assert differ == []


def cited(side: Expression | None) -> Iterator[Citation]:
    """The citations of the nodes of a side."""
    for node in walk(side) if side is not None else ():
        citation: Any = getattr(node, "citation", None)
        if isinstance(citation, Citation):
            yield citation


@pytest.mark.parametrize("kind", FORMATS)
def test_each_quote_is_the_text_at_its_place(kind: str) -> None:
    data = FORMATS[kind](LINES)
    document, found = readers.read(data, "made"), read_bytes(data, "made")
    citations = [*cited(found.procedure), *cited(found.diagnosis)]
    assert len(citations) >= 4
    for citation in citations:
        assert document.text[citation.start : citation.end] == citation.quote
        assert (citation.page is not None) == (kind == "pdf")
        assert (citation.paragraph is not None) == (kind in {"html", "docx"})


def test_the_box_of_a_citation_in_a_pdf_holds_its_words() -> None:
    # Read by another program: pdfplumber stands on pdfminer, not on pdfium.
    lines = [*LINES, *(f"A{i:02}.1 Operation number {i} of a list that goes over the page" for i in range(1, 50))]
    data = as_pdf(lines)
    document = readers.read(data, "made.pdf")
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        for line in document.lines:
            if line.box is None or line.page is None:
                continue
            page = pdf.pages[line.page - 1]
            left, bottom, right, top = line.box
            box = (left - 1, page.height - top - 2, right + 1, page.height - bottom + 2)
            inside = page.within_bbox(box).extract_text(x_tolerance=2) or ""
            assert inside.split() == document.text[line.start : line.end].split()


def test_a_citation_over_several_lines_has_the_box_of_all() -> None:
    document = readers.read(as_pdf(LINES), "made.pdf")
    a, b = (document.text.index(word) for word in ("J12.8", "along"))
    whole = document.citation("IPG900", a, b + 5)
    first, last = document.citation("IPG900", a, a + 5), document.citation("IPG900", b, b + 5)
    assert whole.box and first.box and last.box
    assert whole.box[3] == first.box[3]
    assert whole.box[1] == last.box[1]


BAD = {
    b"": "KG-E0202",
    b"\x00" * 5000: "KG-E0202",
    b"\x89PNG\r\n\x1a\n" + bytes(range(256)): "KG-E0208",
    bytes(range(256)) * 40: "KG-E0203",
    b"{\\rtf1\\ansi A09.1}": "KG-E0208",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600: "KG-E0208",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"): "KG-E0211",
    b"PK\x03\x04" + b"\0" * 100: "KG-E0208",
    b"%PDF-1.7\n": "KG-E0213",
    b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n": "KG-E0208",
}


@pytest.mark.parametrize(("data", "id"), BAD.items(), ids=range(len(BAD)))
def test_what_is_no_document_is_an_error_of_that_file(data: bytes, id: str) -> None:
    with pytest.raises(KgError) as fault:
        readers.read(data, "bad")
    assert fault.value.id == id
    assert fault.value.where is not None
    assert fault.value.where.source == "bad"


def test_the_hint_for_an_older_word_document_says_what_to_do() -> None:
    with pytest.raises(KgError, match=r"\.doc") as fault:
        readers.read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old.doc")
    assert fault.value.hint == "Save it as .docx."


def test_markdown_with_a_tag_in_it_is_text() -> None:
    assert readers.read(b"# IPG900\n\n<br>\nA09.1 Implantation\n", "a.md").text.startswith("# IPG900")


def test_a_file_on_disk_is_read_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "IPG900.txt"
    path.write_bytes(as_html(LINES))
    assert readers.read(path.read_bytes(), path.name).lines[0].level == 1


def test_wordings_are_there() -> None:
    assert all(isinstance(w, Wording) for w in wordings())
