"""A heading that adds what stands under the headings of cases below it ("In addition, for what else is done:")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kg.guidance.parts.leads import Head
from kg.guidance.sentences.row import Row


def under_adding(rows: Sequence[Row]) -> list[Row]:
    """The rows with each case below such a heading as an addition, and without the heading, which has no codes.

    It reaches over the headings that name a case, to the next lead-in or heading of another kind.
    """
    made: list[Row] = []
    adding = False
    for i, row in enumerate(rows):
        head = row.value
        below = rows[i + 1].value if i + 1 < len(rows) and rows[i + 1].side is row.side else None
        if isinstance(head, Head) and head.adds and isinstance(below, Head) and _is_case(below):
            adding = True
            continue
        if isinstance(head, Head):
            adding = adding and _is_case(head)
            row = replace(row, value=replace(head, adds=True)) if adding else row
        elif row.kind == "lead":
            adding = False
        made.append(row)
    return made


def _is_case(head: Head) -> bool:
    return head.conditional or head.opens
