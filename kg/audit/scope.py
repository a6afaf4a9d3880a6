"""What the verdict of one side of a guidance can depend on: selectors, rules, and dates. Nothing else is looked at.

This is the argument on which the audit's speed rests, so it is kept apart and small; tests/audit holds it against the
checker. A verdict asks of a code only

- which selectors it is at or below: those that the text names, and those that the standards may put in their place
  (`selectors`);
- what a rule asks that can be broken by codes of these selectors (`rules`): which of the rule's selectors the code is
  at or below, and for some kinds its title, its characters or its mark (`kg.audit.vocabulary`);

Of the record it asks for the order of such codes, where a rule is one of order (`Scope.lead`, `Scope.between`), and
which of the rules were in force on its date.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kg.codes import Category, Chapters, Range, Scheme, Selector, overlap
from kg.expression.condition import Context
from kg.expression.nodes import Expression, picks
from kg.expression.recommendation import Recommendation, Side
from kg.reason.adjusting import ADJUSTING
from kg.reason.applied import Applied
from kg.reason.applying import categories
from kg.reason.breaking import Rule
from kg.reason.candidates import SelectorIndex
from kg.reason.standard import Authority, Kind, Mode, Standard

_APART = frozenset(
    {
        Kind.FIRST_OR_SECOND,
        Kind.DIRECTLY_FOLLOWED_BY,
        Kind.NOT_DIRECTLY_FOLLOWED_BY,
        Kind.DIRECTLY_AFTER,
        Kind.ADJACENT_TO,
        Kind.PRIMARY_NOT_FOLLOWED_BY,
        Kind.FOLLOWS,
        Kind.REQUIRED_UNLESS_STATED,
        Kind.NOT_WHEN_STATED,
        Kind.AFTER_DAGGER,
    }
)
"""The kinds that ask what stands directly before or behind a code, or whether anything stands between two."""

_LEAD = {
    Kind.NEVER_PRIMARY: 1,
    Kind.FIRST_OR_SECOND: 2,
    Kind.PRIMARY_NOT_FOLLOWED_BY: 1,
    Kind.REQUIRED_UNLESS_STATED: 1,
    Kind.AFTER_DAGGER: 1,
}
"""How many codes before the first in scope a kind asks for: whether one is first, or second."""

_RUNS = frozenset({Kind.NEVER_PRIMARY, Kind.NOT_BEFORE})
"""The kinds that ask for what stands directly behind only where the subject is a run of codes."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a side looks at: selectors, the standards that change its combinations, rules that its codes can break."""

    selectors: tuple[Selector, ...]
    adjusting: tuple[Standard, ...]
    rules: tuple[Rule, ...]

    @property
    def lead(self) -> int:
        """How many codes out of scope that stand before all in scope are to be told."""
        return max((_LEAD.get(r.standard.kind, 0) for r in self.rules), default=0)

    @property
    def between(self) -> int:
        """How many of those that stand between codes in scope are to be told."""
        return int(any(_asks_between(r.standard) for r in self.rules))


def _asks_between(s: Standard) -> bool:
    return s.kind in _APART or (s.kind in _RUNS and len(s.subject) > 1)


def alike(watched: Sequence[Standard], days: Sequence[datetime.date]) -> tuple[int, ...]:
    """For each day the number of the set of those of some standards that hold then."""
    sets: dict[tuple[bool, ...], int] = {}
    return tuple([sets.setdefault(tuple([s.in_force(day) for s in watched]), len(sets)) for day in days])


class DayClasses:
    """Days between two changes of the standards are alike: class 0 before the first change, and so on."""

    def __init__(self, standards: Iterable[Standard]) -> None:
        one = datetime.timedelta(days=1)
        every = tuple(standards)
        changes = {s.valid_from for s in every if s.valid_from}
        changes |= {s.valid_to + one for s in every if s.valid_to and s.valid_to < datetime.date.max}
        self.changes = tuple(sorted(changes))
        first = self.changes[0] - one if self.changes else datetime.date(2000, 1, 1)
        self.examples = (first, *self.changes)
        """A day of each class."""


class Scopes:
    """Finds the scope of sides; holds what is shared between guidances. With `applied` None nothing is applied."""

    def __init__(self, applied: Applied | None, chapters: Chapters, context: Context) -> None:
        self.applied, self.chapters, self.context = applied, chapters, context
        rules = applied.standards.rules if applied else ()
        self.rules = tuple(r for r in rules if not r.standard.when or context.holds(*r.standard.when) is True)
        self.adjusting = tuple(
            r.standard for r in rules if r.standard.authority is Authority.NATIONAL and r.standard.kind in ADJUSTING
        )
        self.days = DayClasses(r.standard for r in rules)
        self._numbers = {s.id: n for n, s in enumerate(self.adjusting)}
        # Where more standards hold, more may matter: of days on which others hold besides, one stands for both.
        held = {frozenset(s.id for s in self.adjusting if s.in_force(day)): day for day in self.days.examples}
        self._adjusting_days = tuple(day for ids, day in held.items() if not any(ids < more for more in held))
        self._breaking = SelectorIndex.of((offending(r.standard) for r in self.rules), chapters)
        self._adjusting = SelectorIndex.of((s.subject for s in self.adjusting), chapters)

    def of(self, recommendation: Recommendation, side: Side) -> Scope | None:
        """The scope of one side; None where the guidance says nothing on it."""
        e = recommendation.side(side)
        if e is None:
            return None
        mattering = self._mattering(recommendation, side, e)
        selectors, touched = self._selectors([pick.selector for pick in picks(e)], mattering)
        near = self._breaking.overlapping(selectors)
        # A code that is marked as an asterisk code breaks such a rule whatever its category is.
        rules = [r for n, r in enumerate(self.rules) if n in near or _by_mark(r, side.scheme)]
        rules = [r for r in rules if self._can_break(r.standard, selectors)]
        return Scope(tuple(selectors), tuple(touched), tuple(rules))

    def _mattering(self, recommendation: Recommendation, side: Side, e: Expression) -> frozenset[int]:
        """The numbers of the standards that may change a combination on any day (`InForce.matters`); mostly none."""
        applied, context = self.applied, self.context
        if applied is None:
            return frozenset()
        forces = (applied.force(recommendation, side, context, day) for day in self._adjusting_days)
        return frozenset(self._numbers[s.id] for force in forces for s in force.matters(e))

    def _selectors(self, named: Iterable[Selector], mattering: frozenset[int]) -> tuple[list[Selector], list[Standard]]:
        """The selectors that combinations of these can have in force on any day and under any condition, and the
        standards that make them so, of those that matter.
        """
        found, touched = dict.fromkeys(named), dict[int, Standard]()
        if not mattering:
            return list(found), []
        new = list(found)
        while new:
            numbers = (self._adjusting.overlapping(new) & mattering) - touched.keys()
            added = dict[Selector, None]()
            for number in sorted(numbers):
                for other in self._with(number):
                    s = touched[other] = self.adjusting[other]
                    made = (*s.instead, *s.object, *(x for _, x in s.codings), *([s.otherwise] if s.otherwise else ()))
                    added.update(dict.fromkeys(made))
            for s in new:
                if isinstance(s, Range) and self._adjusting.overlapping([s]) & mattering:
                    # What is left of it where some of its categories are no longer assigned.
                    added.update(dict.fromkeys(Category(s.scheme, c) for c in categories(s, self.chapters)))
            new = [s for s in added if s not in found]
            found.update(added)
        return list(found), [touched[n] for n in sorted(touched)]

    def _with(self, number: int) -> Iterable[int]:
        """A standard, and those that tell the code of a method that it asks for."""
        yield number
        s = self.adjusting[number]
        if s.kind is Kind.REQUIRED_UNLESS_STATED:
            for n, other in enumerate(self.adjusting):
                if other.kind is Kind.CODES_VALUE and other.facet == s.facet:
                    yield n

    def _can_break(self, s: Standard, selectors: Sequence[Selector]) -> bool:
        """Whether codes of the selectors can be all that breaks a rule."""
        if s.kind in _BY_ONE_CODE or s.subject_mode is Mode.ANY:
            return True
        return all(any(overlap(x, y, self.chapters) for y in selectors) for x in s.subject)


_BY_ONE_CODE = frozenset(
    {
        Kind.IN_SEQUENCE,
        Kind.REQUIRED_UNLESS_STATED,
        Kind.NOT_WHEN_STATED,
        Kind.CODES_VALUE,
        Kind.AFTER_DAGGER,
    }
)
"""The kinds that one code of the subject can break whatever the rule's mode is."""


def offending(s: Standard) -> tuple[Selector, ...]:
    """The selectors of the codes that are told as breaking a rule, one of which has to be the guidance's."""
    return s.object if s.kind is Kind.IN_SEQUENCE else s.subject


def _by_mark(rule: Rule, scheme: Scheme) -> bool:
    return rule.standard.kind is Kind.AFTER_DAGGER and rule.standard.scheme is scheme
