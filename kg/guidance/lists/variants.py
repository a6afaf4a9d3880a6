"""Dagger and asterisk lines as the pairs that they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from kg.codes import One
from kg.expression.nodes import AllOf, Expression, OneOf, Pick, picks
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
        pair = AllOf((first[0], second[0]))
        own = before[0].value
        if isinstance(own, Item):
            made[-len(before) :] = [replace(before[0], value=replace(own, expression=pair))]
    return made


def _is_for_each(rows: Sequence[Row]) -> bool:
    """Whether a Plus at the end of rows adds to each of several dagger codes, of which no other has an asterisk yet:
    those that an Or joins, or one of which a lead-in asks for.
    """
    if rows[-1].kind != "plus" or len(rows) < len("OED+"):
        return False
    plain = rows[-1].stretch.text.strip(" :").lower() in {"plus", "each is followed by"}
    match rows[-4:-1]:
        case [other, either, _] if either.kind == "or":
            return plain and _is_lone(other)
        case _:
            daggers = list(takewhile(_is_lone, reversed(rows[:-1])))
            above = rows[-2 - len(daggers)].value if len(daggers) < len(rows) - 1 else None
            return len(daggers) > 1 and isinstance(above, Lead) and above.one


def _is_lone(row: Row) -> bool:
    """Whether a line is a dagger code by itself."""
    alone = _marked(row)
    return alone is not None and alone[1] == "D"


def _marked(row: Row) -> tuple[Expression, str] | None:
    """The code of a line that is one code, or a choice of codes, with the mark of each."""
    match row.value:
        case Item(expression=(Pick() | OneOf()) as e):
            marks = {p.selector.code.mark if isinstance(p.selector, One) else "" for p in picks(e)}
            return (e, marks.pop()) if len(marks) == 1 else None
        case _:
            return None
