"""Combinations held against the codes of one side of a record: which are met, and which are nearest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from kg.codes import Chapters, Code, Selector, covers
from kg.expression.combination import Combination, Combinations
from kg.expression.condition import Context
from kg.reason.in_force import InForce
from kg.reason.matching import match
from kg.reason.verdict import Match

_NEAREST = 10  # combinations told as nearest; more alternatives of the same distance help nobody
_MET = 1000  # combinations met, among which the widest is looked for
_TRIED = 20_000  # combinations of one distance that are tried where selectors compete for entries


@dataclass(frozen=True, slots=True)
class Holding:
    """The codes of one side, and the standards that make combinations in force of printed ones; none, where the
    printed ones count.
    """

    codes: tuple[Code, ...]
    chapters: Chapters
    force: InForce | None = None

    def under(self, context: Context) -> Holding:
        """The same where something else is known."""
        return replace(self, force=self.force.under(context)) if self.force else self

    def covers(self, s: Selector) -> bool:
        """Whether some code of the side is one of the selector's."""
        return any(covers(s, code, self.chapters) for code in self.codes)

    def widest(self, known: Combinations) -> Match | None:
        """Of the combinations that are met the one with most selectors, the first in rank of these; None if none is."""
        return max(islice(self.met(known), _MET), key=lambda m: len(m.pairs), default=None)

    def met(self, known: Combinations) -> Iterator[Match]:
        """The combinations that are met, in rank order."""
        for tried, (bound, combination) in enumerate(self._cheapest(known)):
            if bound or (self.force is not None and tried > _TRIED):
                return
            yield from (held for held in self._held(combination) if not held.missing)

    def nearest(self, known: Combinations) -> tuple[Match, ...]:
        """The combinations with fewest missing selectors, of these those that leave fewest codes unmatched, by rank; at
        most `_NEAREST`.
        """
        found: list[Match] = []
        told: set[tuple[Selector, ...]] = set()  # two printed combinations may be one in force
        least: int | None = None
        for tried, (bound, combination) in enumerate(self._cheapest(known)):
            if least is not None and (bound > least or tried > _TRIED):
                break
            for held in self._held(combination):
                if least is None or len(held.missing) < least:
                    least, found = len(held.missing), []
                if len(held.missing) == least and held.combination.selectors not in told:
                    told.add(held.combination.selectors)
                    found.append(held)
        most = max((len(m.pairs) for m in found), default=0)
        return tuple([m for m in found if len(m.pairs) == most][:_NEAREST])

    def _cheapest(self, known: Combinations) -> Iterator[tuple[int, Combination]]:
        """The combinations by how many of their selectors surely have no code, in rank order among equals.

        That number is never more than the selectors missing from the best assignment: a lower bound that needs no
        assignment.
        """
        if self.force is not None:
            force = self.force
            return known.cheapest(lambda s: force.least(s, self.codes))
        return known.cheapest(lambda s: 0 if self.covers(s) else 1)

    def _held(self, printed: Combination) -> Iterator[Match]:
        """A combination, in each way in which it is in force, against the codes; nothing where it is ruled out."""
        adjusted = self.force.of(printed) if self.force else None
        for combination in adjusted.ways() if adjusted else (printed,):
            found = match(combination.selectors, self.codes, self.chapters)
            missing = tuple(combination.selectors[i] for i in found.missing)
            yield Match(combination, found.pairs, missing, adjusted.changes if adjusted else ())
