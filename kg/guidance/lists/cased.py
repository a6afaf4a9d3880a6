"""An Or that tells the case of the code behind it ("or, in portal hypertension, A1 Title"), on its line or the next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from kg.expression.recommendation import Side
from kg.guidance.page.paragraph import Paragraph
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.items import Item
from kg.guidance.parts.joints import FILLER
from kg.guidance.parts.lines import is_item
from kg.guidance.parts.sides import side_of
from kg.guidance.sentences.row import Row

_CASED = re.compile(
    r"(?:or(?: else)?|alternatively),?\s+"
    r"(?P<case>(?:if|when|where|in|for|after|before|during|following|with|without|under|once|on|at)\s"
    r"(?!addition\b|turn\b|example\b|instance\b|place\b|all\b|both\b|each\b|either\b|any\b|every\b|it\b|them\b)"
    rf"[^,;:()]*),\s*(?:(?:use|assign|record|code|by|with|to)\s+)?{FILLER}(?!\d)",
    re.IGNORECASE,
)


def cased_or(
    line: Paragraph, rest: Sequence[Paragraph], rows: Sequence[Row], side: Side, source: Source
) -> tuple[str, Stretch, Stretch | None] | None:
    """The kind of row that such an Or is, its case, and the item of its line; None for other lines.

    It joins the line below to the one above ("or") where that can play the same part, and no more than these can be
    meant; a combination that ends the list is the list of a heading ("head").
    """
    found, above = _CASED.match(line.text), rows[-1].value if rows else None
    if found is None or not isinstance(above, Item) or rows[-1].side is not side or spots(found["case"]):
        return None
    here = found.end() < len(line.text)
    item = line.stretch.part(found.end(), len(line.text)) if here else rest[0].stretch if rest else None
    if item is None or not is_item(item, source.phrases):
        return None
    below = list(takewhile(lambda x: is_item(x.stretch, source.phrases), rest if here else rest[1:]))
    first = spots(item.text)[0]
    selector = selector_of(first, side.scheme)
    if selector is None or side_of(first, item, side, source) is not side:
        return None
    one = here or re.search(r"\b(?:code|from)\s*$", found[0]) is not None or not below
    case, own = line.stretch.part(*found.span("case")), item if here else None
    if side is Side.DIAGNOSIS or not source.leads(selector):
        near = one if side is Side.DIAGNOSIS else not above.leads
        return ("or", case, own) if near else None
    more = any(_leads(x, side, source) for x in below)
    if above.leads and (len(rows) == 1 or rows[-2].kind in {"head", "lead"} or rows[-2].side is not side) and not more:
        return "or", case, own
    return ("head", case, own) if here and not rest and len(spots(item.text)) > 1 else None


def _leads(line: Paragraph, side: Side, source: Source) -> bool:
    selector = selector_of(spots(line.text)[0], side.scheme)
    return selector is not None and source.leads(selector)
