"""PDF: reading order, tables, headings, page furniture, places, and files made to harm."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak, Paragraph

from kg.errors import KgError
from kg.guidance import readers
from kg.guidance.page.document import Document
from kg.guidance.readers import pdf
from tests.guidance.readers.made import BODY, HEADING, as_pdf, drawn, flowed, grid

LEFT, RIGHT = (
    [f"{side} column line {i} of words that fill it" for i in range(8)] for side in ("Left hand", "Right hand")
)


def read(data: bytes) -> Document:
    return pdf.read(data, "a.pdf")


def lines(document: Document) -> list[str]:
    return [document.text[line.start : line.end] for line in document.lines if line.end > line.start]


def left_out(document: Document) -> list[str]:
    return [document.text[line.start : line.end] for line in document.left_out]


def written(*texts: str, x: float = 72, y: float = 700) -> Callable[[Canvas], None]:
    """A page with lines one below the other."""

    def page(canvas: Canvas) -> None:
        for i, text in enumerate(texts):
            canvas.drawString(x, y - 14 * i, text)

    return page


def test_columns_are_read_one_after_the_other_and_what_stands_above_and_below_them_in_its_place() -> None:
    def page(canvas: Canvas) -> None:
        written("A heading that goes over both of the columns, from the left edge to the right one", y=740)(canvas)
        written(*LEFT)(canvas)
        written(*RIGHT, x=320)(canvas)
        written("ICD-10 codes", y=500)(canvas)

    found = read(drawn(page))
    assert lines(found)[1:] == [*LEFT, *RIGHT, "ICD-10 codes"]
    assert found.warnings == ()


def test_columns_written_row_by_row_are_a_guess_and_told() -> None:
    def page(canvas: Canvas) -> None:
        for i, (a, b) in enumerate(zip(LEFT, RIGHT, strict=True)):
            canvas.drawString(72, 700 - 14 * i, a)
            canvas.drawString(320, 700 - 14 * i, b)

    found = read(drawn(page))
    assert lines(found) == [*LEFT, *RIGHT]
    assert [w.id for w in found.warnings] == ["KG-W0210"]


@given(
    st.integers(2, 8), st.integers(1, 8), st.integers(-40, 40), st.sampled_from([11, 14, 17]), st.sampled_from([14, 20])
)
def test_columns_are_told_by_the_order_of_writing_however_few_their_lines_and_wherever_they_begin(
    left: int, right: int, lower: int, near: int, far: int
) -> None:
    def page(canvas: Canvas) -> None:
        for i, text in enumerate(LEFT[:left]):
            canvas.drawString(72, 700 - near * i, text)
        for i, text in enumerate(RIGHT[:right]):
            canvas.drawString(320, 700 - lower - far * i, text)

    found = read(drawn(page))
    assert lines(found) == [*LEFT[:left], *RIGHT[:right]]
    assert found.warnings == ()


def test_the_header_and_footer_that_a_browser_prints_are_no_text() -> None:
    def page(canvas: Canvas) -> None:
        written("11/21/26, 10:58 PM", x=24, y=825)(canvas)
        written("Widget surgery", x=280, y=825)(canvas)
        written("OPCS-4 codes", "A09.1 Implantation")(canvas)
        written("https://example.org/guidance/ipg917/coding", x=24, y=12)(canvas)
        written("1/1", x=550, y=12)(canvas)

    found = read(drawn(page))
    assert lines(found) == ["OPCS-4 codes", "A09.1 Implantation"]


def test_flowing_columns_are_read_as_they_flow() -> None:
    texts = [
        f"Paragraph {i} has a number of words and so it goes over a few of the lines of a column." for i in range(40)
    ]
    found = read(flowed([Paragraph(text, BODY) for text in texts], columns=2))
    assert " ".join(lines(found)).split() == " ".join(texts).split()


def test_a_table_without_rules_is_read_row_by_row() -> None:
    def page(canvas: Canvas) -> None:
        for i in range(6):
            canvas.drawString(72, 700 - 14 * i, f"A0{i}.1")
            canvas.drawString(150, 700 - 14 * i, f"Operation number {i}")

    assert lines(read(drawn(page))) == [f"A0{i}.1\tOperation number {i}" for i in range(6)]


def test_a_ruled_table_is_a_line_for_each_row() -> None:
    long = "Implantation of a stimulator into the brain, with words enough to fill more than one line of the cell"
    table = grid([["Code", "Title"], ["A09.1", long], ["Z01.6", "Tissue"]], [60, 200])
    found = read(flowed([Paragraph("Before", BODY), table, Paragraph("After", BODY)]))
    assert lines(found) == ["Before", "Code\tTitle", f"A09.1\t{long}", "Z01.6\tTissue", "After"]


def test_a_cell_over_several_rows_is_a_heading_to_them() -> None:
    table = grid([["Open", "A09.1", "One"], ["", "Z01.6", "Two"]], [80, 60, 100], ("SPAN", (0, 0), (0, 1)))
    assert lines(read(flowed([table], footer=False))) == ["Open", "A09.1\tOne", "Z01.6\tTwo"]


def test_headers_footers_and_page_numbers_are_told_and_not_read() -> None:
    found = read(flowed([Paragraph("One", BODY), PageBreak(), Paragraph("Two", BODY)]))
    assert lines(found) == ["One", "Two"]
    assert left_out(found) == ["Collected recommendations", "Page 1", "Collected recommendations", "Page 2"]


def test_a_heading_that_begins_two_pages_is_no_header() -> None:
    pages = [
        Paragraph("OPCS-4 codes", BODY),
        Paragraph("One", BODY),
        PageBreak(),
        Paragraph("OPCS-4 codes", BODY),
        Paragraph("Two", BODY),
    ]
    assert lines(read(flowed(pages, footer=False))) == ["OPCS-4 codes", "One", "OPCS-4 codes", "Two"]


def test_a_word_that_a_hyphen_parts_at_the_end_of_a_line_is_whole() -> None:
    found = read(
        drawn(written("It is a percuta-", "neous one, and it is non-", "invasive, by balloon-", "expandable stent"))
    )
    assert lines(found) == ["It is a percutaneous", "one, and it is non-invasive,", "by balloon-expandable", "stent"]


def test_lines_that_wrap_are_told_from_lines_that_end() -> None:
    found = read(
        flowed([Paragraph("Words that go on " * 12, BODY), Paragraph("A09.1 One", BODY), Paragraph("Z01.6", BODY)])
    )
    assert [line.wraps for line in found.lines if line.end > line.start] == [True, True, False, False, False]


def test_headings_are_told_by_size_and_weight() -> None:
    story = [Paragraph("Title " * 14, HEADING), Paragraph("<b>Codes:</b>", BODY), Paragraph("A <b>bold</b> word", BODY)]
    found = read(flowed([*story, *[Paragraph("Words of the body", BODY)] * 5]))
    assert [(line.level, found.text[line.start : line.end][:5]) for line in found.lines if line.end > line.start][
        :3
    ] == [
        (1, "Title"),
        (6, "Codes"),
        (0, "A bol"),
    ]


def test_a_turned_page_is_read_as_it_is_shown() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.rotate(90)
        written("A09.1 One", "Z01.6 Two", x=100, y=-100)(canvas)

    found = read(drawn(page))
    assert lines(found) == ["A09.1 One", "Z01.6 Two"]
    (first, second) = (line.box for line in found.lines)
    assert first and second
    assert first[1] > second[1]
    assert first[2] < 842


def test_a_slanted_stamp_is_told_and_not_read() -> None:
    def page(canvas: Canvas) -> None:
        written("A09.1 One")(canvas)
        canvas.rotate(45)
        canvas.drawString(300, 100, "DRAFT")

    found = read(drawn(page))
    assert (lines(found), left_out(found)) == (["A09.1 One"], ["DRAFT"])


def test_letters_printed_twice_to_look_bold_are_read_once() -> None:
    def page(canvas: Canvas) -> None:
        written("A09.1 One")(canvas)
        written("A09.1 One", x=72.2)(canvas)

    assert lines(read(drawn(page))) == ["A09.1 One"]


def picture(canvas: Canvas) -> None:
    canvas.drawImage(ImageReader(Image.new("RGB", (40, 40), "grey")), 72, 500)


def test_a_page_that_is_a_picture_is_warned_of() -> None:
    found = read(drawn(written("A09.1 One"), picture))
    assert [(w.id, w.message) for w in found.warnings] == [("KG-W0209", "page 2 has a picture and no text")]


def fault(data: bytes) -> KgError:
    with pytest.raises(KgError) as found:
        readers.read(data, "a.pdf")
    return found.value


def test_a_scan_and_an_empty_page_have_no_text_layer() -> None:
    assert fault(drawn(picture)).id == "KG-E0212"
    assert fault(drawn(lambda canvas: None)).id == "KG-E0212"


def test_a_document_with_a_password_is_encrypted_and_one_that_opens_without_is_read() -> None:
    assert fault(drawn(written("A09.1"), encrypt=StandardEncryption("user", "owner"))).id == "KG-E0211"
    open_to_all = drawn(written("A09.1 One"), encrypt=StandardEncryption("", "owner"))
    assert lines(readers.read(open_to_all, "a.pdf")) == ["A09.1 One"]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_document_that_was_cut_off_is_damaged(share: float) -> None:
    data = as_pdf(["Title", *["A09.1 One"] * 100])
    assert fault(data[: int(len(data) * share)]).id == "KG-E0213"


def test_an_earlier_end_does_not_hide_that_a_document_was_cut_off() -> None:
    data = as_pdf(["Title", "A09.1 One"])
    assert fault(data + b"1 0 obj\n" + b"<< /Length 9999 >> stream\n" + b"x" * 9000).id == "KG-E0213"
