"""Lists under headings that no record can be of by itself, so that the headings name parts of a record, not cases."""

from __future__ import annotations

from collections.abc import Sequence

from kg.codes import mark_of
from kg.expression.nodes import Expression, Optional, picks
from kg.expression.recommendation import Side
from kg.guidance.page.source import Source
from kg.guidance.parts.cases import WAYS
from kg.guidance.parts.leads import Head

Under = tuple[Head, Expression]
"""A heading and what stands under it."""


def beside_variants(made: Sequence[Under], side: Side, source: Source) -> tuple[list[Under], list[Expression]]:
    """The variants, and what stands under the other headings and goes with them or is all of the record.

    Codes at will ("Stent", "A1 Title (if used)") are none of a record's own, but for another way of doing it. An
    asterisk code follows a dagger code: a heading over it alone names a part of the record ("Type of diabetes", "Eye
    disease"), as the others then do, which is asked where they are more than these two.
    """
    plain = [(head, content) for head, content in made if not (head.conditional or head.other)]
    if side is Side.DIAGNOSIS and len(plain) == len(made) > 1:
        marks = [_marks(content) for _, content in made]
        if {"A"} in marks and {"D"} in marks[: marks.index({"A"})]:
            if len(made) > len("DA"):
                where = made[-1][0].stretch
                source.warn("KG-W0202", "not said whether one of these lists is always recorded", where)
            return [], [content for _, content in made]
    own: list[Expression] = [x for head, x in plain if isinstance(x, Optional) and not _is_way(head, source)]
    kept = [(head, content) for head, content in made if not any(content is x for x in own)]
    return kept, own


def _is_way(head: Head, source: Source) -> bool:
    """Whether a heading tells one of several ways of doing it, of which a record has one ("Removal")."""
    return any(facet in WAYS for facet, _ in source.lexicon.named_in(head.stretch.text))


def _marks(e: Expression) -> set[str]:
    """The marks of an expression's codes."""
    return {mark_of(pick.selector) for pick in picks(e)}
