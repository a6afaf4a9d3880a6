"""What of an expression is told by which construct of a document: lines, choices, variants, offers, sentences.

A plan holds the parts of one side in the order in which they are told. What no construct can tell so that it is read in
one way only is refused with KG-E0307.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import assert_never

from kg.errors import KgError
from kg.expression.condition import Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When
from kg.expression.normal_form import normal

MOST_ROWS = 12
"""Alternatives that a list may have; a longer one is no document that a person reads."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One code of these."""

    picks: tuple[Pick, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A code of each cell: what one line or one sentence says."""

    cells: tuple[Cell, ...]

    @property
    def picks(self) -> tuple[Pick, ...]:
        """All its codes, in print order."""
        return tuple(pick for cell in self.cells for pick in cell.picks)


@dataclass(frozen=True, slots=True)
class Line:
    """A cell that is required, may be added (`optional`), or is added under a condition."""

    cell: Cell
    optional: bool = False
    condition: Condition | None = None

    @property
    def plain(self) -> bool:
        """Whether it is required."""
        return not self.optional and self.condition is None


@dataclass(frozen=True, slots=True)
class Choice:
    """Exactly one of the rows."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """One of the rows may be added."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """Codes that are called for without being named, may be, or are under a condition."""

    words: str
    optional: bool = False
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """The parts of an alternative; without a condition it is the one that stands first, under no heading."""

    condition: Condition | None
    parts: tuple[Line | Choice, ...]


@dataclass(frozen=True, slots=True)
class Variants:
    """Exactly one of the variants."""

    variants: tuple[Variant, ...]


Part = Line | Choice | Variants | Offer | Open


def unsayable(what: str, hint: str = "") -> KgError:
    """The fault of what a document cannot say in one way only."""
    why = "A document that could be read in another way is not written."
    return KgError("KG-E0307", what, why=why, hint=hint or "Exchange it as JSON or YAML (docs/notation.md).")


def plan(e: Expression) -> tuple[Part, ...]:
    """The parts of a side, required ones first and in print order, then what may be added, then sentences.

    Raises:
        KgError: KG-E0307 for what no construct can tell.
    """
    e = normal(e)
    if isinstance(e, Optional | When):
        raise unsayable("a whole side that is only an addition", "Say what it is added to.")
    found = [part for node in _conjuncts(e) for part in _parts(node)]
    required = [p for p in found if not isinstance(p, Offer | Open)]
    offers = [p for p in found if isinstance(p, Offer)]
    sentences = [p for p in found if isinstance(p, Open)]
    plain = any(not isinstance(p, Line) or p.plain for p in required)
    if not plain and (required or offers or any(p.optional or p.condition for p in sentences)):
        raise unsayable("a whole side that is only an addition", "Say what it is added to.")
    return (*required, *offers, *sentences)


def _conjuncts(e: Expression) -> Sequence[Expression]:
    return e.parts if isinstance(e, AllOf) else (e,)


def _parts(e: Expression) -> list[Part]:
    match e:
        case Pick():
            return [Line(Cell((e,)))]
        case Unnamed(words):
            return [Open(words)]
        case AllOf():  # inside another only where it keeps an order of its own
            return [part for node in e.parts for part in _parts(node)]
        case OneOf():
            return [_choice(e)]
        case Optional(content):
            return [_offer(content)]
        case When(condition, then):
            return [_under(condition, part) for node in _conjuncts(then) for part in _parts(node)]
        case _:
            assert_never(e)


def _choice(e: OneOf) -> Part:
    if (cell := _cell(e)) is not None:
        return Line(cell)
    if not any(isinstance(branch, When) for branch in e.branches):
        rows = _rows(e)
        if rows is not None:
            return Choice(tuple(rows))
    plain = [b for b in e.branches if not isinstance(b, When)]
    labelled = [b for b in e.branches if isinstance(b, When)]
    if not labelled:
        raise unsayable("additions of their own inside alternatives without a heading")
    variants = [Variant(branch.condition, _body(branch.then)) for branch in labelled]
    if len(plain) == 1:
        variants.insert(0, Variant(None, _body(plain[0])))
    elif plain:
        rows = _rows(OneOf(tuple(plain)))
        if rows is None:
            raise unsayable("additions of their own inside alternatives without a heading")
        simple = all(len(row.cells) == 1 for row in rows)
        joined = Line(Cell(tuple(p for row in rows for p in row.picks))) if simple else Choice(tuple(rows))
        variants.insert(0, Variant(None, (joined,)))
    return Variants(tuple(variants))


def _body(e: Expression) -> tuple[Line | Choice, ...]:
    parts = [part for node in _conjuncts(e) for part in _parts(node)]
    lines = [p for p in parts if isinstance(p, Line)]
    choices = [p for p in parts if isinstance(p, Choice)]
    if len(lines) + len(choices) < len(parts):
        raise unsayable("variants, offers or sentences inside a variant")
    if len(choices) > 1:
        raise unsayable("two choices of combinations inside one variant")
    if not choices and all(not line.plain for line in lines):
        raise unsayable("a variant that may be empty")
    return (*lines, *choices)


def _offer(content: Expression) -> Part:
    if (cell := _cell(content)) is not None:
        return Line(cell, optional=True)
    if isinstance(content, Unnamed):
        return Open(content.words, optional=True)
    rows = _rows(content)
    if rows is None:
        raise unsayable("a condition or a further offer inside what may be added")
    return Offer(tuple(rows))


def _under(condition: Condition, part: Part) -> Part:
    match part:
        case Line(cell, False, None):
            return Line(cell, condition=condition)
        case Open(words, False, None):
            return Open(words, condition=condition)
        case Line(_, _, inner) | Open(_, _, inner) if inner is not None and inner.fact == condition.fact:
            return part
        case _:
            raise unsayable(f'a choice, an offer or a second condition under the condition "{condition}"')


def _cell(e: Expression) -> Cell | None:
    """The cell of a code or of a choice of codes."""
    if isinstance(e, Pick):
        return Cell((e,))
    if isinstance(e, OneOf) and all(isinstance(branch, Pick) for branch in e.branches):
        return Cell(tuple(branch for branch in e.branches if isinstance(branch, Pick)))
    return None


def _rows(e: Expression) -> list[Row] | None:
    """The alternatives of an expression without conditions as rows; None if there are more than a list may have."""
    if (cell := _cell(e)) is not None:
        return [Row((cell,))]
    match e:
        case OneOf(branches):
            found: list[Row] = []
            for branch in branches:
                rows = _rows(branch)
                if rows is None:
                    return None
                found += rows
        case AllOf(parts):
            below: list[list[Row]] = []
            for part in parts:
                rows = _rows_with_or_without(part)
                if rows is None:
                    return None
                below.append(rows)
            size = 1
            for rows in below:
                size *= len(rows)
            if size > MOST_ROWS:
                return None
            found = [Row(tuple(cell for row in chosen for cell in row.cells)) for chosen in product(*below)]
            if any(not row.cells for row in found):
                return None
        case Pick() | Unnamed() | Optional() | When():
            return None
        case _:
            assert_never(e)
    return found if len(found) <= MOST_ROWS else None


def _rows_with_or_without(e: Expression) -> list[Row] | None:
    if isinstance(e, Optional):
        rows = _rows(e.content)
        return None if rows is None else [Row(()), *rows]
    return _rows(e)
