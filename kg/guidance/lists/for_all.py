"""What stands behind the last of several headings and holds for all of them ("In either case plus a site code")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, takewhile

from kg.expression.nodes import Expression, picks
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import spots
from kg.guidance.parts.items import Item
from kg.guidance.parts.leads import Head, Lead
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
        if not _has_variants(rows, own) or i < own[-1]:
            made.append(row)
            continue
        if isinstance(row.value, Lead) and _is_of_no_heading(row.value, i, rows, own):
            last, said = rows[own[-1]].value, row.stretch.text
            open_end = said.endswith(":") or source.phrases.verb(said) is not None
            if open_end and row.value.condition is None and not (isinstance(last, Head) and last.run_in):
                source.warn("KG-W0202", "not said whether this list is of the last heading only", row.stretch)
            row = replace(row, value=replace(row.value, plus=True))
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


def _has_variants(rows: Sequence[Row], heads: Sequence[int]) -> bool:
    """Whether several headings stand on a side, or one that "or" opens behind a list."""
    head = rows[heads[0]].value if heads else None
    return len(heads) > 1 or (isinstance(head, Head) and head.other)


_ABOVE = re.compile(r"(?:notes?: )?(?:(?:all|each|any|either|both|every one) of )?the above\b", re.IGNORECASE)


def of_all_above(rows: Sequence[Row], source: Source) -> list[Row]:
    """The rows with what a sentence adds to "the above" under each of the labels above it, where another one follows.

    Labels with a main code each; behind headings over lists it may be of the last list only, which is asked.
    """
    shared: dict[int, list[Row]] = {}
    every = {side: [at for at, x in enumerate(rows) if x.kind == "head" and x.side is side] for side in Side}
    for i, row in enumerate(rows):
        if not isinstance(row.value, Effect) or row.value.kind != "add" or not _ABOVE.match(row.value.stretch.text):
            continue
        above = [at for at in every[row.side] if at < i]
        if len(above) < len("AB") or above == every[row.side] or not all(_is_variant(rows, at) for at in above):
            continue
        lists = [[x for x in rows[a + 1 : b] if x.kind != "effect"] for a, b in pairwise([*above, i])]
        if not all(_is_label(rows[at]) for at in above) or not all(len(x) == 1 for x in lists):
            source.warn("KG-W0202", "not said whether this is for what stands above it only", row.stretch)
            continue
        for at in above[1:]:
            shared.setdefault(at, []).append(row)
    return [x for at, row in enumerate(rows) for x in (*shared.get(at, ()), row)]


def _is_of_no_heading(lead: Lead, at: int, rows: Sequence[Row], heads: Sequence[int]) -> bool:
    """Whether a lead-in tells a part of the record, or a case, in a sentence of its own ("The site
    is shown by one of the following:"), behind the main code of the last of several headings, where none but it has
    such a list.
    """
    if lead.plus or not (lead.condition or (lead.part and lead.case is None)):
        return False
    if any(row.kind == "lead" for row in rows[heads[0] : at]) or not all(_is_variant(rows, at) for at in heads):
        return False
    own = takewhile(lambda x: x.kind in {"item", "or", "plus"} and x.side is rows[at].side, rows[at + 1 :])
    listed = [row.value for row in own]
    items = [item for item in listed if isinstance(item, Item)]
    return bool(items) and not any(item.leads for item in items)


def _is_label(row: Row) -> bool:
    """Whether a heading stands before a colon on the line of its code."""
    return isinstance(row.value, Head) and row.value.run_in


def _is_variant(rows: Sequence[Row], at: int) -> bool:
    """Whether a main code stands under a heading at a place, which names no part of the record."""
    head = rows[at].value
    if not isinstance(head, Head) or head.part or head.always or head.adds:
        return False
    below = takewhile(lambda x: x.kind != "head", rows[at + 1 :])
    return any(isinstance(row.value, Item) and row.value.leads for row in below)


def part_of_all(rows: Sequence[Row], side: Side, label: Stretch, item: Stretch, source: Source) -> Lead | None:
    """The opener of a list for all labels above, where a line of its own names a part of the record behind labels with
    a main code each ("Open: A1", "Closed: A2", "Site: Z1"), unless another of them has such a part too. Behind headings
    over lists it may be of the last one only, which is asked. None in all other cases.
    """
    own = [row for row in rows if row.side is side]
    heads = [i for i, row in enumerate(own) if row.kind == "head"]
    if len(heads) < len("AB") or not all(_is_variant(own, at) for at in heads):
        return None
    lists = [own[a + 1 : b] for a, b in pairwise([*heads, len(own)])]
    letters = {spot.printed[0] for spot in spots(item.text)}
    listed = {str(p.selector)[0] for rest in lists[:-1] for x in rest if isinstance(x.value, Item)
              for p in picks(x.value.expression)}  # fmt: skip
    if letters & listed:
        return None  # each has its own
    if not all(_is_label(own[at]) for at in heads) and not any(isinstance(row.value, Lead) for row in lists[-1]):
        source.warn("KG-W0202", "not said whether this list is of the last heading only", label)
    return Lead(label, plus=True, all=True)


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
