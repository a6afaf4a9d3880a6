"""What a web page shows, block by block, and which of the blocks are its content."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kg.guidance.readers.numbering import BULLET, label
from kg.guidance.readers.taken import Cell, Item, names, plain, row

_BOLD_LEVEL = 6
# Never shown as text, or no text of the page's author.
_UNREAD = names(
    """script style template head svg math iframe object embed video audio canvas map select datalist button input
    textarea frameset meta link base noframes"""
)
_SPACED = names(
    "p h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre hr main article section address figure fieldset details"
)
_CLOSE = names("div li dt dd tr caption thead tbody tfoot header footer nav aside form summary legend center")
_BLOCKS = _SPACED | _CLOSE | {"figcaption", "td", "th", "body", "html", "label"}
_AROUND = frozenset({"nav", "footer", "aside", "noscript", "dialog"})
_ROLES_AROUND = names(
    "navigation banner contentinfo complementary search dialog alertdialog menu menubar toolbar tooltip status"
)
_WORDS_AROUND = names(
    """nav navbar navigation menu sidebar breadcrumb breadcrumbs cookie cookies consent footer share sharing social
    newsletter advert advertisement ads pagination pager skip skiplink toolbar masthead modal popup toast"""
)
_HIDDEN_WORDS = re.compile(
    r"(?:^|\s)(?:sr-only|visually-?hidden|screen-reader-text|(?:govuk|nhsuk)-[\w-]*visually-hidden)(?:\s|$)"
)
_NOT_SHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_ABOUT = frozenset({"has", "with", "no", "without", "show", "hide", "is"})  # has-sidebar is not a sidebar
_BOLD = frozenset({"b", "strong"})
_STRUCK = frozenset({"del", "s", "strike"})
_SHARE_OF_MAIN = 5  # what holds less than a fifth of the page's words is not its main part


@dataclass(slots=True)
class Block:
    """Lines that belong together, and the landmarks that they stand in."""

    number: int
    items: list[Item]
    main: bool
    article: int
    left_out: bool

    @property
    def size(self) -> int:
        """Characters."""
        return sum(len(item.text) for item in self.items)


@dataclass(slots=True)
class _Open:
    """An element that has begun."""

    tag: str
    left_out: bool
    main: bool
    article: int
    bold: bool
    struck: bool
    linked: bool
    pre: bool


@dataclass(slots=True)
class _List:
    ordered: bool
    form: str
    number: int


@dataclass(slots=True)
class _Table:
    cells: list[Cell] = field(default_factory=list)
    spans: list[bool] = field(default_factory=list)
    spanning: bool = False


class Page:
    """Hears of elements and texts in the order of the page and makes blocks of them."""

    def __init__(self, *, by_class: bool) -> None:
        self.by_class = by_class
        self.blocks: list[Block] = []
        self.told: dict[str, int] = {}  # what was left out, and the number of the block before which it stood
        self.open = [_Open("", False, False, 0, False, False, False, False)]
        self.lists: list[_List] = []
        self.tables: list[_Table] = []
        self.into: list[list[Item]] = []
        self.lines: list[list[str]] = [[]]
        self.label = ""
        self.level = 0
        self.thin = self.unlinked = False
        self.gap = True
        self.articles = 0
        self.size = self.kept = 0

    @staticmethod
    def is_unread(tag: str) -> bool:
        """Whether nothing in an element is shown."""
        return tag in _UNREAD

    def start(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        """An element begins."""
        if tag == "br":
            self.lines.append([])
            return
        around = self.open[-1]
        if tag in _BLOCKS:
            self._flush()
            self.gap = self.gap or tag in _SPACED
        main = around.main or tag == "main" or attributes.get("role") == "main"
        article = around.article
        if tag == "article" and not article:
            self.articles += 1
            article = self.articles
        self.open.append(
            _Open(
                tag,
                around.left_out or self._is_around(tag, attributes, main=main, article=article),
                main,
                article,
                around.bold or tag in _BOLD,
                around.struck or tag in _STRUCK,
                around.linked or tag == "a",
                around.pre or tag == "pre",
            )
        )
        match tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                self.level = int(tag[1])
            case "ul" | "ol" | "menu":
                start = attributes.get("start") or ""
                first = int(start) if re.fullmatch(r"\d{1,6}", start) else 1
                self.lists.append(_List(tag == "ol", attributes.get("type") or "", first))
            case "li":
                self._item(attributes.get("value") or "")
            case "table":
                self.tables.append(_Table())
            case "tr" if self.tables:
                self.tables[-1] = _Table()
            case "td" | "th" if self.tables:
                self.into.append([])
                self.tables[-1].spanning = (attributes.get("rowspan") or "1").strip() not in {"1", ""}
            case _ if attributes.get("role") == "heading":
                depth = attributes.get("aria-level") or "2"
                self.level = min(int(depth), 6) if re.fullmatch(r"[1-9]", depth) else 2
            case _:
                pass

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag == "br":
            return
        if tag in _BLOCKS:
            self._flush()
        match tag:
            case "td" | "th" if self.tables and self.into:
                table = self.tables[-1]
                table.cells.append(self.into.pop())
                table.spans.append(table.spanning)
            case "tr" if self.tables:
                self._put(row(self.tables[-1].cells, self.tables[-1].spans))
                self.tables[-1] = _Table()
            case "table" if self.tables:
                self.tables.pop()
            case "ul" | "ol" | "menu" if self.lists:
                self.lists.pop()
            case _:
                pass
        self.gap = self.gap or tag in _SPACED
        self.open.pop()

    def text(self, text: str) -> None:
        """A text."""
        at = self.open[-1]
        if not text.strip():
            self.lines[-1].append(" " if text else "")
            return
        if at.struck:
            self.told.setdefault("struck words", len(self.blocks) + 1)
            return
        self.thin = self.thin or not at.bold
        self.unlinked = self.unlinked or not at.linked
        if at.pre:
            first, *others = text.split("\n")
            self.lines[-1].append(first)
            self.lines.extend([other] for other in others)
        else:
            self.lines[-1].append(text.replace("\t", " "))

    def finish(self) -> None:
        """The page ends."""
        self._flush()

    def chosen(self) -> Iterator[Block]:
        """All blocks, with those left out that are not the content: outside the main part, or menus at its edges.

        The main part is what the page says it is (`main`), else its largest article, else all that is no navigation;
        the heading of the page belongs to it wherever it stands.
        """
        shown = [block for block in self.blocks if not block.left_out]
        whole = sum(block.size for block in shown)
        inside = [block for block in shown if block.main]
        if sum(block.size for block in inside) * _SHARE_OF_MAIN < whole or not inside:
            sizes: dict[int, int] = {}
            for block in shown:
                sizes[block.article] = sizes.get(block.article, 0) + block.size
            largest = max((n for n in sizes if n), key=lambda n: (sizes[n], -n), default=0)
            inside = [b for b in shown if b.article == largest] if largest and sizes[largest] * 2 >= whole else shown
        if inside is shown:
            inside = _without_menus(shown)
        kept = {block.number for block in inside}
        if inside and not any(item.level == 1 for block in inside for item in block.items):
            before = [b for b in self.blocks if b.number < inside[0].number and any(i.level == 1 for i in b.items)]
            kept |= {block.number for block in before[-1:]}
        for block in self.blocks:
            block.left_out = block.number not in kept
            yield block

    def _is_around(self, tag: str, attributes: Mapping[str, str | None], *, main: bool, article: int) -> bool:
        """Whether an element is hidden, or stands around the content."""
        if tag in _AROUND and not (tag == "dialog" and "open" in attributes):
            return True
        if tag == "header" and not (main or article):
            return True
        if not attributes:
            return False
        if "hidden" in attributes or _NOT_SHOWN.search(attributes.get("style") or ""):
            return True
        if (attributes.get("role") or "") in _ROLES_AROUND:
            return True
        named = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
        if _HIDDEN_WORDS.search(named):
            return True
        if not self.by_class or tag in {"html", "body", "main", "article"} or tag not in _BLOCKS:
            return False
        return any(_names_furniture(name) for name in named.split())

    def _item(self, value: str) -> None:
        if not self.lists:
            self.label = BULLET
            return
        at = self.lists[-1]
        if re.fullmatch(r"\d{1,6}", value):
            at.number = int(value)
        self.label = f"{label(at.number, at.form)}." if at.ordered else BULLET
        at.number += 1

    def _flush(self) -> None:
        """The lines since the last block began are a block."""
        texts = [text for line in self.lines if (text := plain("".join(line)).strip())]
        if texts:
            level = self.level or (_BOLD_LEVEL if not (self.thin or self.label) else 0)
            if self.label:
                texts[0] = f"{self.label} {texts[0]}"
                self.label = ""
            self._put([Item(text, level, linked=not self.unlinked) for text in texts])
        self.lines = [[]]
        self.level = 0
        self.thin = self.unlinked = False

    def _put(self, items: list[Item]) -> None:
        if not items:
            return
        if self.into:
            self.into[-1].extend(items)
            return
        at = self.open[-1]
        first, *others = items
        size = sum(len(item.text) for item in items)
        self.size += size
        self.kept += 0 if at.left_out else size
        items = [first._replace(close=not self.gap), *(item._replace(close=True) for item in others)]
        self.blocks.append(Block(len(self.blocks) + 1, items, at.main, at.article, at.left_out))
        self.gap = False


def _names_furniture(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    return any(w in _WORDS_AROUND and not (i and words[i - 1] in _ABOUT) for i, w in enumerate(words))


def _without_menus(blocks: list[Block]) -> list[Block]:
    """The blocks without those at both ends that are links alone: menus. A link with a figure is none of them."""

    def is_menu(block: Block) -> bool:
        return all(item.linked and not item.level and not re.search(r"\d", item.text) for item in block.items)

    start, end = 0, len(blocks)
    while start < end and is_menu(blocks[start]):
        start += 1
    while end > start and is_menu(blocks[end - 1]):
        end -= 1
    return blocks[start:end]
