"""The standards that change combinations, as they are for all guidances: kept from one guidance to the next."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from kg.codes import Selector
from kg.reason.applying import Standards
from kg.reason.breaking import Rule
from kg.reason.standard import Authority, Kind, Level, Standard

ADJUSTING = (
    Kind.NEVER_ASSIGNED,
    Kind.REQUIRES_WITH,
    Kind.REQUIRED_UNLESS_STATED,
    Kind.CODES_VALUE,
    Kind.NOT_WHEN_STATED,
    Kind.IN_SEQUENCE,
)
"""The kinds that change combinations, in the order in which they do."""


@dataclass(slots=True)
class Adjusting:
    """What `InForce` has of a set of standards whatever the guidance: the rules that change combinations, those in
    force on each day that was asked for, and which of them speak of a selector (of any day).
    """

    rules: list[Rule] | None = None
    days: dict[datetime.date | None, list[Standard]] = field(default_factory=dict[datetime.date | None, list[Standard]])
    near: dict[Selector, frozenset[str]] = field(default_factory=dict[Selector, frozenset[str]])

    def on(self, day: datetime.date | None, standards: Standards) -> tuple[list[Rule], list[Standard]]:
        """The rules of a set of standards, always the same one; and the standards of those that are in force on a
        day.
        """
        if self.rules is None:
            found = [r for r in standards.rules if r.standard.authority is Authority.NATIONAL]
            found = [r for r in found if r.standard.kind in ADJUSTING and r.standard.level in (Level.WARN, Level.BREAK)]
            self.rules = sorted(found, key=lambda r: ADJUSTING.index(r.standard.kind))
        if day not in self.days:
            self.days[day] = [r.standard for r in self.rules if r.standard.in_force(day)]
        return self.rules, self.days[day]
