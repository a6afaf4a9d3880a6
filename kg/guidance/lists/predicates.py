"""What is said of a whole list behind its last line: "B1 Title should be recorded in addition to the codes above"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import Stretch
from kg.guidance.page.spots import spots
from kg.guidance.parts.leads import Head
from kg.guidance.parts.lines import is_item
from kg.guidance.sentences.row import Row

_DONE = r"(?:recorded|assigned|added|used|coded|reported|given|included|entered|required|needed|allocated|applied)"
_ABOVE = (
    r"(?:this|these|those|them|it|(?:the |all )?(?:of the )?(?:above|(?:(?:above|preceding|main) )?"
    r"(?:codes?|lines?|list|combination|procedure|operation)(?: (?:listed |given |shown |named )?(?:above|already))?))"
)
_BESIDES = rf"(?:(?:in addition|additionally|as well|too|also|on top)(?: (?:to|as|of) {_ABOVE})?|to {_ABOVE})"
# The predicate of a list, whose subject its last line is.
_SAID = re.compile(
    r"[\s,]+(?:(?:should|must|shall|will|needs?|has|have|ought|may|can)(?: to)?(?: then| also| both| all)* be|is|are"
    r"|to be)"
    rf"(?: then| also| both| all| each)* {_DONE}(?:,? {_BESIDES})?\W*$|[\s,]+{_BESIDES}\W*$",
    re.IGNORECASE,
)
_ADDS = re.compile(rf"\b(?:also|added|{_BESIDES})\b", re.IGNORECASE)
_THEY = re.compile(
    r"(?:these|they|those|both|all|this|the (?:two|three|four)|this code|it)(?: of (?:these|them|the))?"
    r"(?: (?:two|three|four))?(?: codes?| lines?)?(?=\s)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Predicate:
    """The last line of a list, if it is a part of the sentence; and whether the sentence adds the list."""

    item: Stretch | None
    adds: bool


def predicate_of(stretch: Stretch, rows: Sequence[Row], phrases: Phrases) -> Predicate | None:
    """What a line under a heading says of the heading's list; None where it says something else or of something else.

    The line ends the list itself ("B1 Title is also recorded"), or speaks of it ("These are added to the codes above").
    """
    at, text = _head_over(rows), stretch.text
    if at is None:
        return None
    said = _SAID.search(text)
    if said is None:
        return None
    adds = _ADDS.search(said[0]) is not None
    variant = sum(row.kind == "head" for row in rows) > 1 and not _is_case(rows[at])
    if variant and re.search(r"\b(?:above|list|combination)\b", said[0]) is None:
        adds = False  # beside the codes of its own variant
    listed = sum(row.kind == "item" for row in rows[at:])
    if (they := _THEY.match(text)) is not None and they.end() == said.start():
        one = re.match(r"(?:this|it)\b", text, re.IGNORECASE) is not None
        return Predicate(None, adds) if listed and (listed == 1 or not one) else None
    if rows[-1].kind == "item" and re.match(r"\W*are\b", said[0]) is None:
        return None  # it may speak of its own code alone
    found = spots(text)
    item = stretch.part(0, said.start())
    if not found or found[0].start or found[-1].end > said.start() or not is_item(item, phrases):
        return None
    return Predicate(item, adds)


def mark_added(rows: list[Row], said: Predicate) -> None:
    """Let the heading over the list that ends the rows add it to the codes above, if that was said."""
    at = _head_over(rows) if said.adds else None
    head = rows[at].value if at is not None else None
    if at is not None and isinstance(head, Head):
        rows[at].value = replace(head, adds=True)


def _is_case(row: Row) -> bool:
    return isinstance(row.value, Head) and row.value.conditional


def _head_over(rows: Sequence[Row]) -> int | None:
    """Where the heading stands whose list ends the rows."""
    at = len(rows) - 1
    while at >= 0 and rows[at].kind in {"item", "or", "plus"}:
        at -= 1
    return at if at >= 0 and rows[at].kind == "head" else None
