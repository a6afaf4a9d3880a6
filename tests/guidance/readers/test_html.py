"""Web pages: what is content, what a browser would show, and pages made to harm."""

import pytest

from kg.errors import KgError
from kg.guidance import readers
from kg.guidance.page.document import Document
from kg.guidance.readers import html


def read(body: str) -> Document:
    return html.read(body.encode(), "a.html")


def lines(document: Document) -> list[str]:
    return [document.text[line.start : line.end] for line in document.lines if line.end > line.start]


def left_out(document: Document) -> list[str]:
    return [document.text[line.start : line.end] for line in document.left_out]


SHOWN = {
    "a line break": ("<p>A09.1 One<br>Z01.6 Two<br/>Three</p>", ["A09.1 One", "Z01.6 Two", "Three"]),
    "blanks and source line breaks": ("<p>A09.1   One\n   and\tmore</p>", ["A09.1 One and more"]),
    "entities": ("<p>A &amp; B &lt; C &ndash; D &#8217;</p>", ["A & B < C – D ’"]),
    "inline elements": ("<p>A<b>09</b>.1 <i>One</i><span>,</span> two</p>", ["A09.1 One, two"]),
    "a list": ("<ul><li>A09.1 One<li>Z01.6 Two</ul>", ["• A09.1 One", "• Z01.6 Two"]),
    "a numbered list": ("<ol start=3 type=a><li>One</li><li>Two</li></ol>", ["c. One", "d. Two"]),
    "a list in a list": ("<ul><li>One<ul><li>Two</ul><li>Three</ul>", ["• One", "• Two", "• Three"]),
    "a row": ("<table><tr><td>A09.1</td><td>One</td></tr></table>", ["A09.1\tOne"]),
    "cells of several lines": (
        "<table><tr><td>Open</td><td>A09.1 One<br>Z01.6 Two</td></tr></table>",
        ["Open", "A09.1 One", "Z01.6 Two"],
    ),
    "a cell over several rows": (
        "<table><tr><td rowspan=2>Open<td>A09.1<td>One<tr><td>Z01.6<td>Two</table>",
        ["Open", "A09.1\tOne", "Z01.6\tTwo"],
    ),
    "a table for layout": (
        "<table><tr><td><h2>Codes</h2><p>A09.1 One</p></td></tr></table>",
        ["Codes", "A09.1 One"],
    ),
    "preformatted text": ("<pre>A09.1 One\nZ01.6 Two</pre>", ["A09.1 One", "Z01.6 Two"]),
    "unclosed elements": ("<div><p>One<p>Two<div>Three", ["One", "Two", "Three"]),
    "scripts and styles": ("<p>One</p><script>'<p>Two</p>'</script><style>p{}</style><template>T</template>", ["One"]),
    "details": ("<details><summary>More</summary><p>A09.1</p></details>", ["More", "A09.1"]),
}


@pytest.mark.parametrize("shown", SHOWN)
def test_a_page_is_read_as_a_browser_shows_it(shown: str) -> None:
    body, wanted = SHOWN[shown]
    assert lines(read(f"<html><body>{body}</body></html>")) == wanted


HIDDEN = {
    "the attribute": '<p hidden="">No</p>',
    "a style": '<p style="color: red; DISPLAY : none">No</p>',
    "a class for readers of the screen": '<p class="visually-hidden">No</p>',
    "navigation": "<nav><p>No</p></nav>",
    "a footer": "<footer>No</footer>",
    "a sidebar": '<div class="page-sidebar"><p>No</p></div>',
    "a cookie banner": '<div id="CookieConsent"><p>No</p></div>',
    "a role": '<div role="navigation">No</div>',
    "a dialog": "<dialog><p>No</p></dialog>",
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_what_is_hidden_or_stands_around_is_told_and_not_read(kind: str) -> None:
    found = read(f"<html><body><p>Yes, and this is the content</p>{HIDDEN[kind]}</body></html>")
    assert lines(found) == ["Yes, and this is the content"]
    assert left_out(found) == ["No"]


def test_the_main_part_is_read_with_the_page_heading_outside_it() -> None:
    main = "<main><p>A09.1 One</p><p>Z01.6 Two</p></main>"
    page = f"<body><header><h1>IPG900 Title</h1></header><p>Teaser</p>{main}<p>After</p></body>"
    found = read(page)
    assert lines(found) == ["IPG900 Title", "A09.1 One", "Z01.6 Two"]
    assert left_out(found) == ["Teaser", "After"]


def test_the_largest_article_is_read_where_no_main_part_is_named() -> None:
    page = "<article><h1>T</h1><p>A09.1 Implantation of something</p></article><article>Other</article>"
    assert lines(read(page)) == ["T", "A09.1 Implantation of something"]


def test_menus_at_the_edges_go_and_links_with_figures_stay() -> None:
    page = "<ul><li><a>Home</a><li><a>About</a></ul><p>Codes</p><p><a>A09.1 Implantation</a></p><p><a>Top</a></p>"
    assert lines(read(page)) == ["Codes", "A09.1 Implantation"]


def test_a_page_whose_every_part_has_the_name_of_a_menu_is_read() -> None:
    assert lines(read('<div class="menu-page"><p>A09.1 One</p></div>')) == ["A09.1 One"]


def test_headings_have_their_level_and_bold_paragraphs_the_last() -> None:
    found = read(
        "<h1>One</h1><h3>Two</h3><p><b>Three:</b></p><p>Fo<b>ur</b></p><div role=heading aria-level=2>Five</div>"
    )
    assert [line.level for line in found.lines if line.end > line.start] == [1, 3, 6, 0, 2]


def test_blocks_have_numbers_and_lines_of_one_block_the_same() -> None:
    found = read("<p>One<br>Two</p><p>Three</p>")
    assert [line.paragraph for line in found.lines if line.end > line.start] == [1, 1, 2]


def test_struck_words_are_left_out_with_a_warning() -> None:
    found = read("<p>One</p><p>Add <del>A09.1</del> Z01.6</p>")
    assert lines(found) == ["One", "Add Z01.6"]
    (warning,) = found.warnings
    assert (warning.id, warning.start) == ("KG-W0209", found.text.index("Add"))


@pytest.mark.parametrize(
    ("data", "guessed"),
    [
        ("<p>é – “x”</p>".encode(), False),
        (b"\xef\xbb\xbf" + "<p>é – “x”</p>".encode(), False),
        ("\ufeff<p>é – “x”</p>".encode("utf-16-le"), False),
        ("<meta charset=windows-1252><p>é – “x”</p>".encode("cp1252"), False),
        ("<meta charset=iso-8859-1><p>é – “x”</p>".encode("cp1252"), False),
        ("<meta charset=utf-8><p>é – “x”</p>".encode("cp1252"), True),
        ("<meta charset=klingon><p>é – “x”</p>".encode("cp1252"), True),
        ("<meta charset=iso-8859-1><p>é – “x”</p>".encode(), False),
    ],
)
def test_the_encoding_is_found(data: bytes, guessed: bool) -> None:
    found = readers.read(data, "a.html")
    assert lines(found) == ["é – “x”"]
    assert [w.id for w in found.warnings] == (["KG-W0207"] if guessed else [])


DEEP = {
    "blocks": b"<div>" * 100_000 + b"A09.1",
    "letters": b"<p>" + b"<b><i>" * 50_000 + b"A09.1",
    "tables": b"<table><tr><td>" * 30_000,
    "lists": b"<ul><li>" * 100_000,
    "closed": b"<div>" * 100_000 + b"A09.1" + b"</div>" * 100_000,
    "blocks in paragraphs": b"<font><p>" * 60_000,
}


@pytest.mark.parametrize("shape", DEEP)
def test_a_page_nested_deeper_than_any_is_refused(shape: str) -> None:
    with pytest.raises(KgError) as fault:
        readers.read(b"<html>" + DEEP[shape], "deep.html")
    assert fault.value.id == "KG-E0214"


def test_a_page_of_a_thousand_levels_is_read() -> None:
    assert lines(readers.read(b"<div>" * 1000 + b"A09.1" + b"</div>" * 1000, "a.html")) == ["A09.1"]


def test_a_page_large_by_its_pictures_is_read() -> None:
    page = b"<html><body><p>A09.1 One</p><img src='data:image/png;base64," + b"A" * 10_000_000 + b"'></body></html>"
    assert lines(readers.read(page, "a.html")) == ["A09.1 One"]


def test_a_page_large_by_its_tags_is_refused() -> None:
    with pytest.raises(KgError) as fault:
        readers.read(b"<html><body>" + b"<p>A<b>b</b>" * 1_000_000, "a.html")
    assert fault.value.id == "KG-E0214"
