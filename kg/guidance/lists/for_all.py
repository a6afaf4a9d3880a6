"""What stands behind the last of several headings and holds for all of them ("In either case plus a site code")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kg.expression.nodes import Expression, picks
from kg.expression.recommendation import Side
from kg.guidance.page.source import Source
from kg.guidance.parts.items import Item
from kg.guidance.parts.leads import Lead
from kg.guidance.sentences.effects import Effect
from kg.guidance.sentences.row import Row


def for_all(rows: Sequence[Row], source: Source) -> list[Row]:
    """The rows with an opener of such a list: over a line that says so itself, and over the lines that follow a
    sentence which does. Where no Plus joins these to the sentence, a person is asked.
    """
    made: list[Row] = []
    heads = {side: [i for i, row in enumerate(rows) if row.kind == "head" and row.side is side] for side in Side}
    for i, row in enumerate(rows):
        own, before = heads[row.side], made[-1] if made else None
        after = rows[i + 1] if i + 1 < len(rows) and rows[i + 1].side is row.side else None
        if len(own) < len("AB") or i < own[-1]:
            made.append(row)
            continue
        opener = Row("lead", row.side, row.stretch, Lead(row.stretch, plus=True))
        if isinstance(row.value, Item) and _says_so(row.stretch.text, row.value.expression, source):
            if before is not None and before.kind == "plus":
                made.pop()
            made += [opener, row]
        elif after is not None and after.kind in {"plus", "item"} and (e := _added_to_all(row, source)) is not None:
            if after.kind == "item":
                source.warn("KG-W0202", "not said whether these lines are of the last heading only", after.stretch)
            made += [opener, replace(row, kind="item", value=Item(e, row.stretch, leads=False, choice=False))]
        else:
            made.append(row)
    return made


def _added_to_all(row: Row, source: Source) -> Expression | None:
    """What a sentence adds to all lists above it."""
    match row.value:
        case Effect(kind="add", mentions=(), stretch=stretch, expression=e):
            return e if source.phrases.find("lead.refers-back", stretch.text) is not None else None
        case _:
            return None


def _says_so(text: str, e: Expression, source: Source) -> bool:
    """Whether a line says, outside of the titles of its codes, that it goes with all lists above it."""
    for pick in picks(e):
        text = text.replace(pick.title, " ") if pick.title else text
    return source.phrases.find("lead.refers-back", text) is not None
