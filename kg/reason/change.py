"""What a standard does to a printed combination, change by change, and the combination that comes of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from kg.citation import StandardCitation
from kg.codes import Classification, Selector
from kg.expression.combination import Combination
from kg.expression.condition import Context
from kg.expression.nodes import Pick
from kg.reason.standard import Standard
from kg.reason.wording import sentence


class Effect(StrEnum):
    """What a standard does to a combination."""

    SUPERSEDED = "superseded"
    NARROWED = "narrowed"
    RULED_OUT = "ruled out"
    STATED = "stated already"
    REQUIRED = "required"
    ORDERED = "ordered"


@dataclass(frozen=True, slots=True)
class Change:
    """One effect of a rule: `was` became `now` (nothing, where it fell away). Of a requirement, `now` is what is added;
    `one_of` says that one of several is wanted, which is left open.
    """

    effect: Effect
    rule: str
    standard: str
    was: tuple[Selector, ...]
    now: tuple[Selector, ...]
    why: str
    one_of: bool = False
    since: datetime.date | None = None

    @property
    def origin(self) -> StandardCitation:
        """The standard as the origin of the change."""
        return StandardCitation(self.standard)

    @property
    def words(self) -> str:
        """The change as one sentence: what is printed, and what holds."""
        was, now = " and ".join(map(str, self.was)), (" or " if self.one_of else " and ").join(map(str, self.now))
        match self.effect:
            case Effect.SUPERSEDED:
                told = f"{was} is printed, and no longer assigned{self._since}{f'; now {now}' if now else ''}"
            case Effect.NARROWED:
                told = f"{was} is printed, and what is known narrows it to {now}"
            case Effect.RULED_OUT:
                told = f"{was} is printed, and ruled out by what is known"
            case Effect.STATED:
                told = f"{was} is printed, and not added: the code of the operation says it already"
            case Effect.REQUIRED:
                told = f"{f'one of {now}' if self.one_of else now} is not printed, and needed"
            case Effect.ORDERED:
                order = ", ".join(map(str, self.now))
                told = f"{', '.join(map(str, self.was))} is printed; the order in force is {order}"
        return f"{told} ({self.standard})"

    @property
    def _since(self) -> str:
        if self.since is None:
            return ""
        return f" since {self.since:%Y-%m}" if self.since.day == 1 else f" since {self.since}"


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A combination as printed, its selectors in force, and what was changed. `choices`: of each, one is needed
    besides. `holds` is False where the standards rule the combination out.
    """

    printed: Combination
    picks: tuple[Pick, ...]
    changes: tuple[Change, ...] = ()
    choices: tuple[tuple[Selector, ...], ...] = ()
    holds: bool = True

    @property
    def selectors(self) -> tuple[Selector, ...]:
        """The selectors in force, in order."""
        return tuple(pick.selector for pick in self.picks)

    @property
    def combination(self) -> Combination:
        """The combination in force, with the grounds and the rank of the printed one. A pick that a standard added
        cites it.
        """
        return Combination(self.selectors, self.printed.grounds, self.printed.rank, self.picks)

    def ways(self) -> list[Combination]:
        """The combinations in force, one for each way to take one selector of each choice; none where it does not hold.

        Of a choice, what a pick comes from is the standard that asks for it.
        """
        if not self.holds:
            return []
        if not self.choices:
            return [self.combination]
        asked = [c for c in self.changes if c.one_of]
        added = [
            [Pick(s, "", change.origin) for s in choice] for choice, change in zip(self.choices, asked, strict=True)
        ]
        found: list[Combination] = []
        for more in product(*added):
            picks = (*self.picks, *more)
            selectors = tuple(p.selector for p in picks)
            found.append(Combination(selectors, self.printed.grounds, self.printed.rank, picks))
        return found

    @property
    def notation(self) -> str:
        """The selectors in force, joined: `J16.1 + Y53.4`; `nothing` for none."""
        return " + ".join(map(str, self.selectors)) or "nothing"


class Work:
    """A combination while it is adjusted."""

    def __init__(self, picks: list[Pick], context: Context, classification: Classification) -> None:
        self.picks, self.context, self._classification = picks, context, classification
        self.changes: list[Change] = []
        self.choices: list[tuple[Selector, ...]] = []
        self.holds = True

    @property
    def selectors(self) -> list[Selector]:
        """The selectors as they are now."""
        return [pick.selector for pick in self.picks]

    def replace(self, i: int, selectors: Iterable[Selector]) -> None:
        """Put other selectors in the place of one; they keep the words that it comes from."""
        origin = self.picks[i].citation
        self.picks[i : i + 1] = [Pick(s, self._classification.title(s) or "", origin) for s in selectors]

    def add(self, selectors: Iterable[Selector], rule: Standard) -> None:
        """Add selectors, which come from a standard."""
        origin = StandardCitation(rule.standard)
        self.picks += [Pick(s, self._classification.title(s) or "", origin) for s in selectors]

    def tell(
        self, effect: Effect, rule: Standard, was: Iterable[Selector], now: Iterable[Selector], *, one_of: bool = False
    ) -> None:
        """Note a change."""
        told = (effect, rule.id, rule.standard, tuple(was), tuple(now), sentence(rule), one_of, rule.valid_from)
        self.changes.append(Change(*told))
