"""A recommendation that no record can satisfy: found, and shown by the smallest set of its statements that conflict.

The statements of a side are its leaves ("this code is recorded"), its conditions ("only if open") and the rules of the
standards that matter to it. Taken away, a statement asks for less: a leaf for nothing, a condition for its content at
will (under a choice, for the branch without its label), a rule for what is printed. So fewer statements never have
fewer records that satisfy them, and a smallest conflicting set (a justification) is found by trying sets, small ones
first; where that would take too long, by leaving out one statement after another while the rest conflicts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations as choose
from itertools import count, islice
from typing import assert_never

from kg.citation import Origin, StandardCitation
from kg.codes import Chapters, Selector, within
from kg.expression.combination import combinations
from kg.expression.condition import STATED, Condition, Context
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.applying import Standards
from kg.reason.standard import Kind, Level, Mode, Standard

_SMALL = 4  # statements in a set that is looked for by trying all sets of its size
_TRIES = 3_000  # sets that are tried; then statements are left out one by one
_LOOKED_AT = 200  # combinations in force among which one that no rule forbids is looked for

_Number = int


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a side says, or a rule on it: in words, with its place."""

    text: str
    origin: Origin | None
    number: _Number | None = None
    rule: Standard | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """That no record can satisfy a side. With one of `statements` less some record can, unless the others conflict for
    another reason too. `excludes` are the pairs of conditions among them that no care event has together; `left` is the
    side without the other statements.
    """

    guidance: str
    side: Side
    statements: tuple[Statement, ...]
    excludes: tuple[str, ...]
    left: Expression

    @property
    def by_rules(self) -> bool:
        """Whether rules of the standards take part."""
        return any(s.rule is not None for s in self.statements)

    def told(self) -> str:
        """The conflict as sentences."""
        said = "; ".join(dict.fromkeys(s.text for s in self.statements))
        because = f" ({'; '.join(self.excludes)})" if self.excludes else ""
        return f"the {self.side} side of {self.guidance} can be recorded by no record: {said}{because}"


def conflicts(
    recommendation: Recommendation, context: Context, chapters: Chapters, applied: Applied | None = None
) -> list[Conflict]:
    """The sides of a recommendation that no record can satisfy, each with a smallest set of statements that conflict;
    as printed, or with the standards in force on their usual day.
    """
    found: list[Conflict] = []
    for side in Side:
        e = recommendation.side(side)
        if e is None:
            continue
        judge = _Judge(recommendation, side, e, context, chapters, applied)
        if judge.possible(judge.statements):
            continue
        core = _smallest(judge.statements, judge.possible)
        left = weakened(e, {s.number for s in core if s.number is not None})
        found.append(Conflict(recommendation.id, side, core, tuple(_excluding(core, e, context)), left))
    return found


def weakened(e: Expression, kept: Collection[_Number]) -> Expression:
    """The expression without the statements whose numbers (of leaves and conditions, in print order) are not kept."""
    return _weakened(e, kept, count(), labelled=False)


def _weakened(e: Expression, kept: Collection[_Number], numbers: Iterator[_Number], *, labelled: bool) -> Expression:
    match e:
        case Pick():
            return e if next(numbers) in kept else Unnamed("")
        case Unnamed():
            return e
        case AllOf(parts=parts):
            return replace(e, parts=tuple(_weakened(part, kept, numbers, labelled=False) for part in parts))
        case OneOf(branches=branches):
            return replace(e, branches=tuple(_weakened(b, kept, numbers, labelled=True) for b in branches))
        case Optional(content=content):
            return replace(e, content=_weakened(content, kept, numbers, labelled=False))
        case When(then=then):
            stays = next(numbers) in kept
            inner = _weakened(then, kept, numbers, labelled=False)
            return replace(e, then=inner) if stays else inner if labelled else Optional(inner)
        case _:
            assert_never(e)


def _numbered(e: Expression) -> Iterator[Pick | When]:
    """Leaves and conditions in the order in which `weakened` numbers them."""
    if isinstance(e, Pick | When):
        yield e
    match e:
        case AllOf(parts=inner) | OneOf(branches=inner):
            for part in inner:
                yield from _numbered(part)
        case Optional(content=inner) | When(then=inner):
            yield from _numbered(inner)
        case Pick() | Unnamed():
            pass


class _Judge:
    """Whether some record can satisfy a side, of which some statements are left."""

    def __init__(
        self,
        recommendation: Recommendation,
        side: Side,
        e: Expression,
        context: Context,
        chapters: Chapters,
        applied: Applied | None,
    ) -> None:
        self._r, self._side, self._e = recommendation, side, e
        self._context, self._chapters, self._applied = context, chapters, applied
        said = [_said(node, number) for number, node in enumerate(_numbered(e))]
        rules = list(self._rules(applied, e, context)) if applied else []
        self.statements = (*said, *rules)

    def _rules(self, applied: Applied, e: Expression, context: Context) -> Iterator[Statement]:
        force = applied.force(self._r, self._side, context)
        matter = {rule.id: rule for rule in force.matters(e)}
        day = applied.day
        for rule in applied.standards.standards:
            forbids = rule.kind in (Kind.NOT_WITH, Kind.NEVER_ASSIGNED) and rule.level is Level.BREAK
            near = forbids and rule.scheme is self._side.scheme and rule.in_force(day)
            if rule.id in matter or (near and self._speaks_of(rule, e)):
                yield Statement(f"{rule.id}: {rule.text or rule.label}", StandardCitation(rule.standard), None, rule)

    def _speaks_of(self, rule: Standard, e: Expression) -> bool:
        named = [node.selector for node in _numbered(e) if isinstance(node, Pick)]
        return any(within(s, rule.subject, self._chapters) for s in named)

    def possible(self, left: Collection[Statement]) -> bool:
        """Whether a record satisfies what is left: a combination is, and none of the rules left forbids it."""
        e = weakened(self._e, {s.number for s in left if s.number is not None})
        rules = [s.rule for s in left if s.rule is not None]
        printed = combinations(e, self._context)
        if not rules or self._applied is None:
            return printed.count > 0
        applied = self._applied.but(standards=Standards.of(rules, self._chapters))
        r = replace(self._r, readings=(replace(self._r.readings[0], **{self._side.value: e}),))
        in_force = applied.combinations(r, self._side, self._context)
        return any(not self._forbidden(s.combination.selectors, rules) for s in islice(in_force, _LOOKED_AT))

    def _forbidden(self, selectors: Sequence[Selector], rules: Sequence[Standard]) -> bool:
        return any(forbids(rule, selectors, self._chapters) for rule in rules)


def forbids(rule: Standard, selectors: Sequence[Selector], chapters: Chapters) -> bool:
    """Whether every record of these codes breaks a rule on what may not stand at all, or not together. Rules on order,
    on characters and on codes that are asked for forbid nothing: some record keeps them.
    """
    if rule.level is not Level.BREAK or rule.when is not None or Mode.ALL in (rule.subject_mode, rule.object_mode):
        return False
    if any(within(s, rule.unless, chapters) for s in selectors):
        return False
    subject = [i for i, s in enumerate(selectors) if within(s, rule.subject, chapters)]
    if rule.kind is Kind.NEVER_ASSIGNED:
        return bool(subject)
    if rule.kind is not Kind.NOT_WITH:
        return False
    return any(i != j and within(s, rule.object, chapters) for i in subject for j, s in enumerate(selectors))


def _smallest(
    statements: Sequence[Statement], possible: Callable[[Collection[Statement]], bool]
) -> tuple[Statement, ...]:
    """A smallest set of statements that conflict; one of which none can be left out, where there are too many sets."""
    tries = 0
    for size in range(1, _SMALL + 1):
        for chosen in choose(statements, size):
            tries += 1
            if tries > _TRIES:
                break
            if not possible(chosen):
                return chosen
    left = list(statements)
    for statement in statements:
        others = [s for s in left if s is not statement]
        if not possible(others):
            left = others
    return tuple(left)


def _said(node: Pick | When, number: _Number) -> Statement:
    if isinstance(node, Pick):
        return Statement(f"{node.selector} is recorded", node.citation, number)
    words = f'"{node.condition.words}"' if node.condition.words else str(node.condition)
    return Statement(f"only if {words} ({node.condition})", node.condition.citation or node.citation, number)


def _excluding(core: Sequence[Statement], e: Expression, context: Context) -> Iterator[str]:
    """The pairs of conditions in a conflict that no care event has together."""
    nodes = list(_numbered(e))
    inside = (nodes[s.number] for s in core if s.number is not None)
    held: dict[tuple[str, str], Condition] = {n.condition.fact: n.condition for n in inside if isinstance(n, When)}
    for one, other in choose(held.values(), 2):
        if one.facet == other.facet != STATED and context.facets.excludes(one.facet, one.value, other.value):
            yield f"{one.facet} cannot be both {one.value} and {other.value}"


__all__ = ["Conflict", "Statement", "conflicts", "forbids", "weakened"]
