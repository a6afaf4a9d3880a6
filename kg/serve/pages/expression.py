"""An expression for the eye: its nodes with their keys, and the quoted document with each node's words marked in it.

A store holds no documents, only the words that are cited, with their places. Put side by side in their order they are
what the document says of coding; what stands between them is shown as a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from kg.expression.condition import STATED
from kg.serve.pages import links

Json = Mapping[str, Any]
_SYSTEM = {"procedure": "OPCS-4", "diagnosis": "ICD-10"}


@dataclass(slots=True)
class Node:
    """A node of the tree: its `key` names it on the page (`procedure-3`: as its IRI counts), `words` are quoted."""

    key: str
    kind: str
    text: str = ""
    title: str = ""
    system: str = ""
    fact: str = ""
    cited: bool = False
    below: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mark:
    """Quoted words: characters of the document, and the node whose words they are; `alone`: no part of it has its own
    words.
    """

    start: int
    end: int
    quote: str
    key: str
    alone: bool
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of characters with the same marks: the node that it leads to (empty for none), all whose words it is in,
    and those of them that begin here.
    """

    start: int
    text: str
    leads: str
    keys: tuple[str, ...]
    begins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """Quoted words without a gap; `skipped` characters that nothing quotes stand before them."""

    segments: tuple[Segment, ...]
    skipped: int
    page: int | None


def tree(e: Json | None, side: str) -> tuple[Node | None, list[Mark]]:
    """The nodes of one side, and the marks of their words."""
    if e is None:
        return None, []
    marks: list[Mark] = []
    numbers = iter(range(1, 1_000_000))

    def node(e: Json) -> Node:
        found = Node(f"{side}-{next(numbers)}", *_kind(e))
        if found.kind == "code":
            found.system, found.title = _SYSTEM[side], e.get("title", "")
        if found.kind == "when" and e["facet"] != STATED:
            found.fact = f"{e['facet']} = {e['value']}"
        below = [*e.get("all_of", ()), *e.get("one_of", ()), *filter(None, (e.get("optional"), e.get("then")))]
        citation = e.get("condition_citation") or e.get("citation")
        if citation and "quote" in citation:
            found.cited = True
            marks.append(mark(citation, found.key, alone=found.kind in ("code", "when", "unnamed")))
        found.below = [node(part) for part in below]
        return found

    return node(e), marks


def mark(citation: Json, key: str, *, alone: bool) -> Mark:
    """The mark of a citation."""
    start, quote = citation["start"], citation["quote"]
    return Mark(start, start + len(quote), quote, key, alone, citation.get("page"))


def _kind(e: Json) -> tuple[str, str]:
    """What a node is, and its own words: a selector as printed, a condition, what is called for."""
    match e:
        case {"all_of": _}:
            return "all", "in this order" if e.get("sequenced") else ""
        case {"one_of": _}:
            return "one", "the first preferred" if e.get("ranked") else ""
        case {"optional": _}:
            return "optional", ""
        case {"when": words}:
            return "when", words
        case {"unnamed": words}:
            return "unnamed", words
        case {"range": [first, last]}:
            return "code", f"{first}-{last}"
        case {"category": letters}:
            return "code", letters if letters.endswith("-") or "." in letters else f"{letters}.-"
        case {"chapter": letter}:
            return "code", letter
        case _:
            return "code", e["code"]


def conditions(e: Json | None) -> Iterator[tuple[str, str, str]]:
    """The conditions of an expression in print order: facet, value, words."""
    if e is None:
        return
    if "when" in e:
        yield e["facet"], e["value"], e["when"]
    for part in (*e.get("all_of", ()), *e.get("one_of", ()), *filter(None, (e.get("optional"), e.get("then")))):
        yield from conditions(part)


def passages(marks: list[Mark]) -> list[Passage]:
    """The quoted document: passages in order, each cut where a mark begins or ends."""
    found: list[Passage] = []
    before = 0
    for start, end, group in _merged(marks):
        text = _text(start, end, group)
        cuts = sorted({start, end, *(m.start for m in group), *(m.end for m in group)})
        segments: list[Segment] = []
        for low, high in pairwise(cuts):
            over = sorted((m for m in group if m.start <= low and high <= m.end), key=lambda m: m.end - m.start)
            leads = over[0].key if over and over[0].alone else ""
            begins = tuple(m.key for m in over if m.start == low)
            keys = tuple(dict.fromkeys(m.key for m in over))
            segments.append(Segment(low, text[low - start : high - start], leads, keys, begins))
        page = next((m.page for m in group if m.page), None)
        found.append(Passage(tuple(segments), start - before, page))
        before = end
    return found


def _merged(marks: list[Mark]) -> Iterator[tuple[int, int, list[Mark]]]:
    """Marks that touch or overlap, together."""
    group: list[Mark] = []
    end = -1
    for each in sorted(marks, key=lambda m: (m.start, -m.end)):
        if group and each.start > end:
            yield group[0].start, end, group
            group = []
        group.append(each)
        end = max(end, each.end) if len(group) > 1 else each.end
    if group:
        yield group[0].start, end, group


def _text(start: int, end: int, group: list[Mark]) -> str:
    text = [" "] * (end - start)
    for m in group:
        text[m.start - start : m.end - start] = m.quote
    return "".join(text)


def href(node: Node) -> str:
    """The page of a node's selector."""
    return links.page_of(node.system, node.text)
