"""How far an Or on a line of its own reaches, decided from the lines about it.

And the tokens of a side for the grammar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kg.codes import Code, One, Selector
from kg.expression.nodes import Pick, When, picks
from kg.expression.recommendation import Side
from kg.guidance.parts.grammar import Typed
from kg.guidance.parts.items import Item
from kg.guidance.parts.leads import Head, Lead
from kg.guidance.sentences.row import Row

NEAR, WHOLE, PLUS = "NEAR_OR", "WHOLE_OR", "PLUS"


@dataclass(frozen=True, slots=True)
class Doubt:
    """An Or that can be read in more than one way: its place among the rows.

    And the readings in order with their reasons.
    """

    at: int
    scopes: tuple[tuple[str, str], ...]


def ordered(rows: Sequence[Row]) -> list[Row]:
    """The rows with sentences that stand between a line and its Or put behind the list."""
    made = list(rows)
    i = 0
    while i < len(made) - 1:
        if made[i].kind == "effect" and made[i + 1].kind in {"or", "plus"} and i and made[i - 1].kind == "item":
            end = i + 1
            while end < len(made) and made[end].kind in {"or", "plus", "item"}:
                end += 1
            made.insert(end - 1, made.pop(i))
        i += 1
    return made


def doubts(rows: Sequence[Row], tied: Sequence[frozenset[Selector]] = ()) -> list[Doubt]:
    """The lone Ors of a procedure list that an expert could read in more than one way.

    Between a line with a choice in it and a line of another kind, with more lines to follow: neighbours, "both are
    needed" and "two
    lists". Behind "A Plus B" and before a last line that can lead: whole combinations, or B and that line. Between main
    codes of which a sentence (`tied`) puts only the second under one condition with what follows it.
    """
    found: list[Doubt] = []
    for start, end in _runs(rows):
        run = rows[start:end]
        ors = [i for i, row in enumerate(run) if row.kind == "or"]
        if len(ors) != 1 or not 0 < ors[0] < len(run) - 1 or run[0].side is not Side.PROCEDURE:
            continue
        at = ors[0]
        left, right = run[at - 1].value, run[at + 1].value
        if not (isinstance(left, Item) and isinstance(right, Item)):
            continue
        if (
            left.leads
            and right.leads
            and at > 2
            and run[at - 2].kind == "plus"
            and at + 2 == len(run)
            and _scope(run, at) == WHOLE
        ):
            reasons = (
                "the line after Or can lead a record: Or parts whole combinations",
                "Or joins the two lines next to it",
            )
            found.append(Doubt(start + at, ((WHOLE, reasons[0]), (NEAR, reasons[1]))))
            continue
        if left.leads and right.leads and _scope(run, at) == NEAR and _is_tied(run, at, tied):
            own = "a sentence names the codes behind Or together: they are one alternative"
            found.append(Doubt(start + at, ((WHOLE, own), (NEAR, "Or joins the two lines next to it"))))
        if left.leads or right.leads:
            continue
        if left.choice and not right.choice and at > 1 and at + 2 < len(run):
            found.append(
                Doubt(
                    start + at,
                    (
                        (NEAR, "Or joins the two lines next to it, as its words say"),
                        (
                            PLUS,
                            "the line before Or is a choice itself, the line after it of another kind: both are needed",
                        ),
                        (WHOLE, "Or parts the whole list in two"),
                    ),
                )
            )
    return found


def _is_tied(run: Sequence[Row], at: int, tied: Sequence[frozenset[Selector]]) -> bool:
    """Whether sentences name the code behind an Or with a later line, and never so the code before it."""
    left, right, *later = [
        frozenset(pick.selector for pick in picks(row.value.expression))
        for row in run[at - 1 :]
        if isinstance(row.value, Item)
    ]
    behind = frozenset(x for own in later for x in own)
    apart = not any(said & left and said & behind for said in tied)
    return apart and any(said & right and said & behind for said in tied)


def _runs(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Where the lists stand: rows of items and connectives with nothing else between."""
    runs: list[tuple[int, int]] = []
    start: int | None = None
    for i, row in enumerate([*rows, None]):
        inside = row is not None and row.kind in {"item", "or", "plus"}
        if inside and start is None:
            start = i
        elif not inside and start is not None:
            runs.append((start, i))
            start = None
    return runs


def _scope(run: Sequence[Row], at: int) -> str:
    """The scope of the Or at a place of a list."""
    left = next((i for i in range(at - 1, -1, -1) if run[i].kind == "item"), None)
    right = next((i for i in range(at + 1, len(run)) if run[i].kind == "item"), None)
    if left is None or right is None:
        return NEAR
    item = run[right].value
    again = any(set(_selectors(run[right])) & set(_selectors(row)) for row in run[: left + 1])
    if run[at].side is Side.DIAGNOSIS and again and right + 1 < len(run):
        return WHOLE  # a diagnosis that is named again begins another combination
    if run[at].side is Side.DIAGNOSIS:
        return WHOLE if _mark(run[left]) == "A" and _mark(run[right]) == "D" else NEAR
    if not isinstance(item, Item) or not item.leads:
        return NEAR
    if _are_two_choices(run):
        return NEAR
    begin, end = _chain(run, at)
    if begin > 0 and isinstance(run[begin - 1].value, Lead):
        return NEAR  # "plus either"
    if begin > 0 and run[begin - 1].kind == "plus" and end < len(run) and run[end].kind == "plus":
        return NEAR if _leads(run[left]) else WHOLE  # between two Plus; "A plus site or B plus site"
    if begin > 0:
        return WHOLE  # more than one line before it
    after = run[end:]
    if not after or after[0].kind == "plus":
        later = [i for i, row in enumerate(after) if row.kind == "or" and _leads_after(after, i)]
        return WHOLE if later else NEAR
    return NEAR if all(row.kind != "item" or not _leads(row) for row in after) else WHOLE


def _are_two_choices(run: Sequence[Row]) -> bool:
    """Whether a list is two choices with Plus between them, and no more, and none of its codes is of a chapter that
    only follows a main code: the second choice goes with each code of the first.
    """
    kinds = [row.kind for row in run]
    named = [pick.selector for row in run if isinstance(row.value, Item) for pick in picks(row.value.expression)]
    if kinds.count("plus") != 1 or any(str(selector)[0] in "YZO" for selector in named):
        return False
    at = kinds.index("plus")
    return all(
        len(part) > 2 and part[::2] == ["item"] * len(part[::2]) and part[1::2] == ["or"] * len(part[1::2])
        for part in (kinds[:at], kinds[at + 1 :])
    )


def _selectors(row: Row) -> list[Selector]:
    return [pick.selector for pick in picks(row.value.expression)] if isinstance(row.value, Item) else []


def _mark(row: Row) -> str:
    """The mark of a line that is one code: of a pair written on two lines the dagger comes first."""
    match row.value:
        case Item(expression=Pick(One(Code(mark=mark)))):
            return mark
        case _:
            return ""


def _leads(row: Row) -> bool:
    return isinstance(row.value, Item) and row.value.leads


def _leads_after(rows: Sequence[Row], at: int) -> bool:
    return at + 1 < len(rows) and _leads(rows[at + 1])


def _chain(run: Sequence[Row], at: int) -> tuple[int, int]:
    """The single lines joined by Or about a place: first, and one past the last."""
    begin = at - 1
    while begin >= 2 and run[begin - 1].kind == "or":
        begin -= 2
    end = at + 2
    while end + 1 < len(run) and run[end].kind == "or":
        end += 2
    return begin, end


def tokens(rows: Sequence[Row], choices: dict[int, str] | None = None) -> list[Typed]:
    """The typed tokens of one side. `choices` gives the scope of an Or by its place, where a reading decides it."""
    made: list[Typed] = []
    scopes: dict[int, str] = dict(choices or {})
    for start, end in _runs(rows):
        for i in range(start, end):
            if rows[i].kind == "or" and i not in scopes:
                scopes[i] = _scope(rows[start:end], i - start)
    common = {at for at, case in added_to_all(rows) if case}
    owned = False
    for i, row in enumerate(rows):
        match row.kind:
            case "plus" if i in common:
                made.append(Typed("OPENER", Lead(row.stretch, plus=True)))
            case "or" | "plus":
                # A connective between anything but two items says nothing that the grammar needs.
                if _is_item(made) and i + 1 < len(rows) and rows[i + 1].kind == "item":
                    made.append(Typed(scopes[i] if row.kind == "or" else PLUS, row))
            case "item":
                made.append(Typed("ITEM", row.value))
            case "lead":
                lead = row.value
                opener = isinstance(lead, Lead) and lead.plus and any(t.type in {"ITEM", "EFFECT"} for t in made)
                if opener and (owned or _is_of_variant(rows, i)):
                    opener, owned = False, True  # where one variant has a list of its own, the last has too
                made.append(Typed("OPENER" if opener else "LEAD", lead))
            case "head":
                made.append(Typed("HEAD", row.value))
            case _:
                made.append(Typed("EFFECT", row.value))
    return made


def added_to_all(rows: Sequence[Row]) -> Iterator[tuple[int, bool]]:
    """Where something is added behind whole combinations of several lines that an Or parts; and whether in a case.

    The only Plus of the list, so that it is no part of the last combination; or, without one, a last line in a case;
    or a line behind three single codes or more.
    """
    for start, end in _runs(rows):
        run = rows[start:end]
        ors = [i for i, row in enumerate(run) if row.kind == "or"]
        pluses = [i for i, row in enumerate(run) if row.kind == "plus"]
        if not ors or run[0].side is not Side.PROCEDURE or len(pluses) > 1 or _scope(run, ors[0]) != WHOLE:
            continue
        at = pluses[0] if pluses else len(run) - 1
        bounds = [-1, *ors, at]
        besides = len(ors) > 1 or str(next(iter(_selectors(run[-1])), ""))[:1] == "X"
        if not pluses and besides and [b - a for a, b in pairwise(bounds)] == [2] * len(bounds[1:]):
            yield start + at, False  # three single codes or more, and one line behind the last; or one of chapter X
        if all(b - a > len("AB") for a, b in pairwise(bounds)) and at + 1 + (not pluses) >= len(run) - 1:
            case = run[-1].value
            in_case = isinstance(case, Item) and isinstance(case.expression, When)
            if pluses or in_case:
                yield start + at, in_case


def _is_of_variant(rows: Sequence[Row], at: int) -> bool:
    """Whether a list that goes with what stands above it is of one variant: its own heading has a main code, and so has
    the next one behind it.
    """
    heads = [i for i, row in enumerate(rows) if row.kind == "head" and isinstance(row.value, Head)]
    own = max((i for i in heads if i < at), default=None)
    other = min((i for i in heads if i > at), default=None)
    said = rows[at].stretch.text
    again = [i for i, row in enumerate(rows) if i != at and row.kind == "lead" and row.stretch.text == said]
    if own is not None and any(i > other if other is not None else i < own for i in again):
        return True  # it is said under another heading again
    if own is None or other is None or other == at + 1:
        return False
    opens = other + 1 if rows[min(other + 1, len(rows) - 1)].kind == "lead" else other  # what it asks of its list
    ends = [i for i, row in enumerate(rows) if i > opens and row.kind in {"head", "lead"}]
    stands_alone = any(map(_leads, rows[own:at])) and any(map(_leads, rows[other : min([*ends, len(rows)])]))
    return stands_alone and not any(_leads(row) for row in rows[at:other]) and not _is_part(rows[own], rows[other])


def _is_part(*heads: Row) -> bool:
    """Whether some of these headings name no variant."""
    return any(isinstance(row.value, Head) and (row.value.part or row.value.always) for row in heads)


def _is_item(made: Sequence[Typed]) -> bool:
    return bool(made) and made[-1].type == "ITEM"
