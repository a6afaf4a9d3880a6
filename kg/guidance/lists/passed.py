"""Sentences without an effect that may yet list codes: of another heading, or without a verb."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from kg.codes import Selector
from kg.expression.nodes import picks
from kg.expression.recommendation import Side
from kg.guidance.page.paragraph import is_note
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.items import Item
from kg.guidance.sentences.effects import Meaning, names
from kg.guidance.sentences.row import Row

_ADDS = re.compile(r"\b(?:add(?:ed|s)?|append(?:ed)?|too|as well|also|in addition|additionally|plus)\b", re.IGNORECASE)
_LEADS_ON = re.compile(r"(?:and|or|but|while|whereas)\b", re.IGNORECASE)


def report_passed_over(meaning: Meaning, stretch: Stretch, rows: Sequence[Row], side: Side, source: Source) -> None:
    """Ask where a sentence that adds nothing may list its codes once more: it leads on to them without a verb ("and the
    operation of children to A1"), or adds under its heading what is listed under another one only; and where a case
    stands alone behind a list.
    """
    text = stretch.text
    if meaning.effects or meaning.status not in {"read", "remark"} or is_note(text) or text.startswith("("):
        return
    named = [x for spot in spots(text) if (x := selector_of(spot, side.scheme)) is not None]
    if not named:
        if source.phrases.opens("head.only-if", text) and text[-1] not in ".?!;" and rows and rows[-1].kind == "item":
            source.warn("KG-W0202", "not said which codes this case is of", stretch)
        return
    if source.phrases.verb(text) is None and _LEADS_ON.match(text):
        source.warn("KG-W0202", "not said whether these words list the code once more", stretch)
        return
    heads = [i for i, row in enumerate(rows) if row.kind == "head" and row.side is side]
    if len(heads) < len("AB") or not _ADDS.search(text):
        return
    own = [p.selector for row in rows[heads[-1] :] if isinstance(row.value, Item) for p in picks(row.value.expression)]
    if own and not any(source.same_codes(x, k) for x in named for k in own):
        source.warn("KG-W0202", "not said whether the code of another heading is added here too", stretch)


def report_left_behind(
    meaning: Meaning, stretch: Stretch, listed: Sequence[Selector], side: Side, source: Source
) -> None:
    """Ask where a sentence gives codes for a case and lists others behind them, which were not read with them."""
    own = [x for e in meaning.effects if e.kind in {"other", "add"} for x in names(e.expression)]
    for a, b in pairwise(spots(stretch.text) if own else ()):
        before, after = (selector_of(spot, side.scheme) for spot in (a, b))
        joined = _JOINED.search(stretch.text[a.end : b.start]) is not None
        if joined and before in own and after is not None and after not in own and after in listed:
            source.warn("KG-W0202", f"not said whether {after} is recorded with it", stretch, b.start, b.end)


_JOINED = re.compile(r"(?:,|\b(?:and|plus)\b)\s*(?:and |an? |the )*$", re.IGNORECASE)


def report_of_one(stretch: Stretch, rows: Sequence[Row], side: Side, source: Source) -> None:
    """Ask where a diagnosis listed beside a choice is said to go with one of its codes ("Y83.6 is used with J95.8")."""
    found = spots(stretch.text)
    if side is not Side.DIAGNOSIS or len(found) < len("AB"):
        return
    own = [(i, row) for i, row in enumerate(rows) if row.side is side]
    ors = {near for i, row in own if row.kind == "or" for near in (i - 1, i + 1)}
    listed: dict[Selector | None, int] = {
        x: i for i, row in own if isinstance(row.value, Item) for x in names(row.value.expression)
    }
    for a, b in pairwise(found if ors else ()):
        added, main = (selector_of(spot, side.scheme) for spot in (a, b))
        joined = _WITH.search(stretch.text[a.end : b.start]) is not None
        if joined and listed.get(main) in ors and added in listed and listed[added] not in ors:
            source.warn("KG-W0202", f"not said whether {added} goes with {main} alone", stretch)


_WITH = re.compile(r"\b(?:with|to|behind|after)\s+(?:the )?(?:code )?$", re.IGNORECASE)
