"""Web pages: the main content of a saved page, without the navigation, banners and scripts around it.

The page is parsed as a browser does (lexbor) and walked without recursion, so that nesting costs nothing. Nothing is
fetched, and no style sheet is read: hidden is what the page itself marks as hidden.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kg.guidance.page.document import Document
from kg.guidance.readers.page import Block, Page
from kg.guidance.readers.taken import Taken, names, not_installed, too_much

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_MOST_TAGS = 1_000_000  # some 10 microseconds and 300 bytes each
# A parser of HTML looks through all open elements for each that begins: the square of the depth. Real pages have 100.
_DEEPEST = 5_000
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)")
# Elements that end without being closed, or have no end.
_UNCLOSED = names(
    """p li td th tr dt dd option optgroup tbody thead tfoot colgroup rp rt area base br col embed hr img input link
    meta param source track wbr html head body"""
)
_START = re.compile(
    r"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.{0,4000}?-->\s*)*"
    r"<(?:!doctype\s+html|html|head|body|meta|title|div|main|article|section|header|nav|h[1-6]|p|table|ul|ol|dl|span|font|center)\b",
    re.IGNORECASE | re.DOTALL,
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# A browser reads these labels as Windows-1252 (WHATWG Encoding).
_LATIN = {"iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "ascii", "windows-1252", "cp1252"}
# A picture inside the page's own text can be most of its size.
_DATA_URI = re.compile(r"data:[\w/+.-]{0,60};base64,[A-Za-z0-9+/=\s]{200,}")


def load(name: str) -> None:
    """Import what reading needs.

    Raises:
        KgError: KG-E0104.
    """
    try:
        import selectolax.lexbor  # noqa: F401 (imported once, for the readings that follow)
    except ImportError:
        raise not_installed(name, "web pages") from None


def accepts(data: bytes, name: str) -> bool:
    """Whether the bytes begin as a web page or a part of one does."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _START.match(data[len(mark) : 8000].decode(encoding, errors="replace")) is not None
    return _START.match(data[:8000].decode("latin-1")) is not None


def read(data: bytes, name: str) -> Document:
    """The document of a web page: a line for each block and line break of its main content, and for each row of a
    table.

    A page that says neither UTF-8 nor another encoding that it keeps to is read as Windows-1252, with warning KG-W0207;
    struck words are left out, with KG-W0209.

    Raises:
        KgError: KG-E0104 (not installed), KG-E0214 (more elements than any page has, or nested deeper).
    """
    load(name)
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    text, guessed = decode(data)
    if len(text) > 1_000_000:
        text = _DATA_URI.sub("", text)
    tags = text.count("<")
    if tags > _MOST_TAGS:
        raise too_much(name, f"The page has more than {_MOST_TAGS:,} tags.")
    if tags > _DEEPEST and _depth(text) > _DEEPEST:
        raise too_much(name, f"The page nests more than {_DEEPEST:,} elements.")
    try:
        root = LexborHTMLParser(text.encode("utf-8", errors="replace").decode().replace("\0", " ")).root
    except (SelectolaxError, RuntimeError) as fault:
        raise too_much(name, f"The page cannot be parsed: {fault}.") from None
    taken = Taken()
    if guessed:
        taken.warn("KG-W0207", "the page is not of the encoding that it says: read as windows-1252")
    if root is None:
        return taken.document(data, name)
    page = _extracted(root, by_class=True)
    if page.kept * 4 < page.size:
        # A page that calls everything a menu means something else by it.
        page = _extracted(root, by_class=False)
    for block in page.chosen():
        _take(block, taken)
    for what, block in sorted(page.told.items()):
        at = next((x.start for x in taken.lines if x.paragraph == block), None)
        taken.warn("KG-W0209", f"the page has {what} here, which the text does not have", at)
    return taken.document(data, name)


def decode(data: bytes) -> tuple[str, bool]:
    """The text of a page's bytes, and whether its encoding is a guess: by byte order mark, as UTF-8 if it is that, as
    the page says, as Windows-1252.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace"), False
    said = _CHARSET.search(data[:4096])
    label = said[1].decode("ascii").lower() if said else ""
    # UTF-8 is hardly ever valid by chance, and what a saved page says of itself is often what it was before.
    for encoding in ("utf-8", "cp1252" if label in _LATIN else label):
        try:
            return data.decode(encoding), False
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return data.decode("cp1252", errors="replace"), True


def _depth(text: str) -> int:
    """How deep the elements of a page nest at most, if each is closed that has to be."""
    depth = deepest = 0
    for tag in _TAG.finditer(text):
        if tag[2].lower() not in _UNCLOSED:
            depth = max(0, depth - 1) if tag[1] else depth + 1
            deepest = max(deepest, depth)
    return deepest


def _extracted(root: LexborNode, *, by_class: bool) -> Page:
    page = Page(by_class=by_class)
    for node, begins in _walk(root, page):
        tag = node.tag or ""
        if tag == "-text":
            page.text(node.text_content or "")
        elif begins:
            page.start(tag, node.attributes)
        else:
            page.end(tag)
    page.finish()
    return page


def _walk(root: LexborNode, page: Page) -> Iterator[tuple[LexborNode, bool]]:
    """Each text once, each element when it begins and ends; not what is in elements that are never shown."""
    node: LexborNode | None = root
    while node is not None:
        yield node, True
        below = None if page.is_unread(node.tag or "") else node.child
        if below is not None:
            node = below
            continue
        while node is not None:
            if node.tag != "-text":
                yield node, False
            after = node.next if node.mem_id != root.mem_id else None
            if after is not None:
                node = after
                break
            node = node.parent if node.mem_id != root.mem_id else None


def _take(block: Block, taken: Taken) -> None:
    for i, item in enumerate(block.items):
        if not block.left_out and not (item.close or i):
            taken.space()
        taken.add(item.text, level=item.level, paragraph=block.number, left_out=block.left_out)
