"""Which guidances could apply to a record, found by their main codes: the others are never looked at.

Of a thousand guidances a few share a main code with a record. Selectors are kept by the three-character categories in
which they have codes, and in each category by their span, so that looking a code up takes the time of what covers it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from kg.codes import Chapters, Code, Scheme, Selector
from kg.codes.selector import spans
from kg.expression.nodes import picks
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applying import categories, categories_of
from kg.reason.prepared import principal
from kg.reason.record import Record

Span = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SelectorIndex:
    """Groups of selectors, each found by a code that one of them covers, or by a selector that shares codes with one.

    A group is told by its number, from 0, in the order in which it was given.
    """

    chapters: Chapters
    buckets: Mapping[tuple[Scheme, str], Mapping[Span, tuple[int, ...]]]

    @classmethod
    def of(cls, groups: Iterable[Iterable[Selector]], chapters: Chapters) -> SelectorIndex:
        """The index of some groups. Growth: linear in the categories that the selectors have codes in."""
        found: dict[tuple[Scheme, str], dict[Span, list[int]]] = {}
        for number, group in enumerate(groups):
            for selector in dict.fromkeys(group):
                scheme = selector.scheme
                for span in spans(selector, chapters):
                    for category in categories_of(span):
                        numbers = found.setdefault((scheme, category), {}).setdefault(span, [])
                        if numbers[-1:] != [number]:
                            numbers.append(number)
        told = {
            key: MappingProxyType({span: tuple(ns) for span, ns in bucket.items()}) for key, bucket in found.items()
        }
        return cls(chapters, MappingProxyType(told))

    def covering(self, codes: Iterable[Code]) -> set[int]:
        """The groups with a selector that covers one of the codes."""
        found: set[int] = set()
        for code in codes:
            if bucket := self.buckets.get((code.scheme, code.category)):
                key = code.key
                for (lo, hi), numbers in bucket.items():
                    if lo <= key < hi:
                        found.update(numbers)
        return found

    def overlapping(self, selectors: Iterable[Selector]) -> set[int]:
        """The groups with a selector that shares a code with one of the selectors."""
        found: set[int] = set()
        if not self.buckets:
            return found
        for selector in selectors:
            own = spans(selector, self.chapters)
            for category in categories(selector, self.chapters):
                for (lo, hi), numbers in self.buckets.get((selector.scheme, category), {}).items():
                    if any(lo < other_hi and other_lo < hi for other_lo, other_hi in own):
                        found.update(numbers)
        return found


@dataclass(frozen=True)
class Candidates:
    """Recommendations in the order of their ids, and where to find those that a record's codes could lead.

    `leading` has for each side the selectors that may lead a record (`principal`) of each recommendation; the numbers
    are those of `recommendations`. `undecided` are the numbers of those that say nothing on the procedure side: their
    diagnoses decide whether they apply.
    """

    recommendations: tuple[Recommendation, ...]
    leading: Mapping[Side, SelectorIndex]
    undecided: frozenset[int]

    @classmethod
    def of(cls, recommendations: Iterable[Recommendation], chapters: Chapters) -> Candidates:
        """The index of some recommendations. Growth: linear in them."""
        every = tuple(sorted(recommendations, key=lambda r: r.id))
        return cls(
            every,
            MappingProxyType({side: SelectorIndex.of(_leading(every, side, chapters), chapters) for side in Side}),
            frozenset(n for n, r in enumerate(every) if r.procedure is None),
        )

    @cached_property
    def named(self) -> Mapping[Side, SelectorIndex]:
        """All of the selectors of each recommendation, which few ask for."""
        every = self.recommendations
        return MappingProxyType({s: SelectorIndex.of(_named(every, s), self.leading[s].chapters) for s in Side})

    def about(self, record: Record) -> list[Recommendation]:
        """The recommendations that are not plainly inapplicable: one that is left out, `check` calls not applicable.

        A record that gives procedures is about the guidances of which one is a main code, and about those that speak of
        diagnoses alone; one that gives none, about those of which a diagnosis is.
        """
        found = self.leading[Side.DIAGNOSIS].covering(record.diagnoses) if record.diagnoses else set[int]()
        if record.procedures:
            found = self.leading[Side.PROCEDURE].covering(record.procedures) | (found & self.undecided)
        return [self.recommendations[n] for n in sorted(found)]

    def sharing_main_code(self, number: int, side: Side = Side.PROCEDURE) -> set[int]:
        """The numbers of the other recommendations of which a main code could be one of this one's."""
        e = self.recommendations[number].side(side)
        mine = principal(e, side, self.leading[side].chapters) if e is not None else ()
        return self.leading[side].overlapping(mine) - {number}


def _leading(every: Sequence[Recommendation], side: Side, chapters: Chapters) -> Iterable[Iterable[Selector]]:
    for r in every:
        e = r.side(side)
        yield principal(e, side, chapters) if e is not None else ()


def _named(every: Sequence[Recommendation], side: Side) -> Iterable[Iterable[Selector]]:
    return ([pick.selector for pick in picks(r.side(side))] for r in every)
