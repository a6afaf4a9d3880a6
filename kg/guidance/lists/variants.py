"""Dagger and asterisk lines as the pairs that they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from kg.codes import mark_of
from kg.expression.nodes import AllOf, Expression, OneOf, Pick, When, picks
from kg.expression.recommendation import Side
from kg.guidance.parts.items import Item
from kg.guidance.parts.leads import Lead
from kg.guidance.sentences.row import Row


def paired(rows: Sequence[Row]) -> list[Row]:
    """The rows of a side with a dagger code and the asterisk code behind it as one item, where there is a choice."""
    chosen = any(row.kind == "or" or (isinstance(row.value, Lead) and row.value.one) for row in rows)
    if not chosen or any(row.side is not Side.DIAGNOSIS for row in rows):
        return list(rows)
    made: list[Row] = []
    for row in rows:
        before = made[-2:] if made and made[-1].kind == "plus" else made[-1:]
        first, second = (_marked(before[0]), _marked(row)) if before else (None, None)
        is_pair = first is not None and second is not None and (first[1], second[1]) == ("D", "A")
        if first is None or second is None or not is_pair or _is_for_each(made):
            made.append(row)
            continue
        own = before[0].value
        if isinstance(own, Item):
            pair: Expression = AllOf((first[0], second[0]))
            if isinstance(own.expression, When):  # "or, if the joint is inflamed," over both
                pair = replace(own.expression, then=pair)
            made[-len(before) :] = [replace(before[0], value=replace(own, expression=pair))]
    return made


_FOR_EACH = re.compile(
    r"\W*(?:plus|(?:each|all|every one|any)(?: of (?:these|them|which|the above))?(?: (?:is|are|being|to be))? "
    r"(?:followed by|accompanied by|together with|along with|with|plus)|(?:followed by|together with|plus|with),? "
    r"in (?:each|every|either|any) case,?)\W*",
    re.IGNORECASE,
)


def _is_for_each(rows: Sequence[Row]) -> bool:
    """Whether a Plus at the end of rows adds to each of several dagger codes, of which no other has an asterisk yet.

    They are joined by Or, or a lead-in asks for one of them.
    """
    if rows[-1].kind != "plus":
        return False
    own = list(takewhile(lambda row: row.kind in {"item", "or"}, reversed(rows[:-1])))
    lines = [marked for row in own if row.kind == "item" for marked in (_marked(row),)]
    if len(lines) < len("AB") or any(marked is None or marked[1] != "D" for marked in lines):
        return False
    if len(own) == 2 * len(lines) - 1:  # an Or between all
        return _FOR_EACH.fullmatch(rows[-1].stretch.text) is not None
    over = rows[len(rows) - len(own) - len("+") - 1] if len(rows) > len(own) + 1 else None
    return len(own) == len(lines) and over is not None and isinstance(over.value, Lead) and over.value.one


def _marked(row: Row) -> tuple[Expression, str] | None:
    """The code of a line that is one code, or a choice of codes, with the mark of each."""
    match row.value:
        case Item(expression=(Pick() | OneOf()) as e) | Item(expression=When(then=(Pick() | OneOf()) as e)):
            marks = {mark_of(p.selector) for p in picks(e)}
            return (e, marks.pop()) if len(marks) == 1 else None
        case _:
            return None
