"""A typed line, and what words behind a list do to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from kg.expression.recommendation import Side
from kg.guidance.effects import Effect
from kg.guidance.items import Item
from kg.guidance.leads import Head, Lead
from kg.guidance.prose import Stretch
from kg.guidance.source import Source


@dataclass(slots=True)
class Row:
    """A typed line: item, or, plus, lead, head, effect. `inline`: it stands in a section of the other side."""

    kind: str
    side: Side
    stretch: Stretch
    value: Item | Lead | Head | Effect | None = None
    inline: bool = False


def choose(rows: list[Row], stretch: Stretch, side: Side, *, inline: bool) -> bool:
    """Put the lead-in of a choice over the list that ends the rows; False where fewer than two lines are listed."""
    at = len(rows)
    while at and rows[at - 1].kind == "item" and rows[at - 1].side is side:
        at -= 1
    if len(rows) - at < 2:
        return False
    lead = Lead(stretch, one=True)
    above = rows[at - 1].value if at and rows[at - 1].kind == "lead" else None
    if isinstance(above, Lead):
        lead = replace(above, one=True, all=False)
        at -= 1
        rows.pop(at)
    rows.insert(at, Row("lead", side, stretch, lead, inline))
    return True


def mark_addition(rows: list[Row], text: str, source: Source) -> None:
    """Let the heading right over a line add its list where the line ends with "as an additional code"."""
    head = rows[-1].value if rows else None
    plain = re.sub(r"\([^()]*\)", " ", text).rstrip(" .;")
    if isinstance(head, Head) and any(hit.end() == len(plain) for hit in source.phrases.all("tail.adds", plain)):
        rows[-1].value = replace(head, adds=True)
