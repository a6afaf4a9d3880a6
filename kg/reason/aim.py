"""What a repair of one side aims at, asked of many sequences of codes: whether a combination in force is met, and which
rules that contradict are broken. The answers are those of `check`, found faster; `check` has the last word.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from kg.codes import Classification, Code, One, Selector, covers
from kg.expression.combination import combinations
from kg.expression.condition import Context
from kg.expression.nodes import AllOf, Expression, OneOf, Pick, When, picks, walk
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.applying import Standards, categories
from kg.reason.breaking import Fact, Occurrence, Rule, Seen, states_nothing
from kg.reason.check import check_side
from kg.reason.in_force import InForce
from kg.reason.matching import augment
from kg.reason.prepared import principal
from kg.reason.standard import Level, Standard
from kg.reason.verdict import Verdict

MOST_WAYS = 2000
"""Combinations in force of one side that are looked at one by one."""

_MOST_KEPT = 100_000  # answers kept from record to record

Codes = tuple[Code, ...]


class Aim:
    """One side of a guidance as a repair has to make it: valid, if it was judged; and no rule that contradicts broken.

    A side that was not judged (nothing of the guidance, or no code) has only its rules mended and stays so or becomes
    valid.
    """

    def __init__(
        self,
        recommendation: Recommendation,
        side: Side,
        context: Context,
        date: datetime.date | None,
        classification: Classification,
        applied: Applied | None,
        *,
        judged: bool,
    ) -> None:
        self.e: Expression | None = recommendation.side(side)
        self.side, self.judged, self.context, self.applied = side, judged, context, applied
        self.chapters, self._classification = classification.chapters, classification
        self.day: datetime.date | None = date or (applied.day if applied else None)
        self.standards: Standards | None = applied.standards if applied else None
        self._force: InForce | None = None
        if applied:
            self._force = applied.force(recommendation, side, context, date)
        self._covers: dict[tuple[Selector, Code], bool] = {}
        self._near: dict[Selector, list[Rule]] = {}
        self._about: dict[Code, tuple[int, ...]] = {}
        self._broken: dict[Codes, tuple[Rule, Occurrence] | None] = {}
        self._short: dict[Codes, int] = {}
        self._stands: dict[Codes, bool] = {}
        self._titles: dict[Code, str | None] = {}
        self._last: Rule | None = None
        self.ways, self.is_whole = self._ways() if self.judged else ([], True)
        variants = [n for n in walk(self.e) if isinstance(n, OneOf) and n.has_variants] if self.e else []
        self._variants = [[list(_always(b.then)) for b in n.branches if isinstance(b, When)] for n in variants]
        self._named = list(dict.fromkeys(pick.selector for pick in picks(self.e)))
        # Those of no combination too: a main code among them is what makes a guidance apply.
        self.selectors = list(dict.fromkeys([*(s for way in self.ways for s in way), *self._named]))
        number = {s: n for n, s in enumerate(self.selectors)}
        self._numbered_ways = [[number[s] for s in way] for way in self.ways]
        self._masks: dict[str, int] = {}  # by key of a code
        self._leading = principal(self.e, side, self.chapters) if self.e is not None else ()
        if self._force:
            self._leading = tuple(s for s in self._leading if self._force.alone(s) != ())

    def _ways(self) -> tuple[list[tuple[Selector, ...]], bool]:
        """The combinations in force in rank order, each once, and whether these are all."""
        if self.e is None:
            return [], True
        known = combinations(self.e, self.context)
        if known.count > MOST_WAYS:
            return [], False
        force = self._force if self._force and self._force.matters(self.e) else None
        told: dict[tuple[Selector, ...], None] = {}
        for printed in known:
            told |= dict.fromkeys(c.selectors for c in (force.of(printed).ways() if force else [printed]))
            if len(told) > MOST_WAYS:
                return [], False
        return list(told), True

    def forget(self) -> None:
        """Let go of what was found out on sequences of codes, which are another record's."""
        self._broken.clear()
        self._short.clear()
        self._stands.clear()
        for kept in (self._covers, self._masks, self._about, self._titles):
            if len(kept) > _MOST_KEPT:
                kept.clear()

    def known(self, selectors: Iterable[Selector], most: int) -> list[Code]:
        """The codes that are known below selectors, of each at most so many."""
        return [code for s in selectors for code in islice(self._classification.codes_under(s), most)]

    def title(self, code: Code) -> str | None:
        """The title of a code, or None."""
        if code not in self._titles:
            self._titles[code] = self._classification.title(One(code.bare))
        return self._titles[code]

    @property
    def stated(self) -> Callable[[str], Sequence[Fact]]:
        """What a title states."""
        return self.applied.stated if self.applied else states_nothing

    def covers(self, s: Selector, code: Code) -> bool:
        """Whether a code is one of a selector's."""
        key = (s, code)
        found = self._covers.get(key)
        if found is None:
            found = self._covers[key] = covers(s, code, self.chapters)
        return found

    def names(self, code: Code) -> bool:
        """Whether the guidance names a code on this side."""
        return any(self.covers(s, code) for s in self._named)

    def is_wanted(self, code: Code) -> bool:
        """Whether a code is one of the combinations' or the guidance names it."""
        return self._below(code) != 0

    def about(self, code: Code) -> list[Rule]:
        """The rules that contradict, are in force, and could be broken by a code."""
        if self.standards is None:
            return []
        return [self.standards.rules[n] for n in self._numbers(code)]

    def _numbers(self, code: Code) -> tuple[int, ...]:
        found = self._about.get(code)
        if found is None and self.standards is not None:
            near = {*self.standards.index.get((code.scheme, code.category), ())}
            near.update(self.standards.marked if code.mark else ())
            rules = self.standards.rules
            found = self._about[code] = tuple(n for n in sorted(near) if self._contradicts(rules[n].standard))
        return found or ()

    def near(self, selector: Selector) -> list[Rule]:
        """The rules that contradict, are in force, and could be broken by some code of a selector."""
        if self.standards is None:
            return []
        if selector not in self._near:
            index, rules = self.standards.index, self.standards.rules
            named = {n for c in categories(selector, self.chapters) for n in index.get((selector.scheme, c), ())}
            self._near[selector] = [rules[n] for n in sorted(named) if self._contradicts(rules[n].standard)]
        return self._near[selector]

    def _contradicts(self, s: Standard) -> bool:
        return s.level is Level.BREAK and s.scheme is self.side.scheme and s.in_force(self.day)

    def broken(self, codes: Codes) -> tuple[Rule, Occurrence] | None:
        """A rule that contradicts and that the codes break, with the places; None if they keep all."""
        if self.standards is None or not codes:
            return None
        if codes in self._broken:
            return self._broken[codes]
        numbers = sorted({n for code in codes for n in self._numbers(code)})
        seen = Seen(codes, frozenset(range(len(codes))), self.chapters, self.context, self.title, self.stated)
        rules = [self.standards.rules[n] for n in numbers]
        if self._last in rules:  # what was broken last is likely to be broken again
            rules.insert(0, self._last)
        found = next(((r, o) for r in rules if (o := next(r.occurrences(seen), None)) is not None), None)
        if found:
            self._last = found[0]
        self._broken[codes] = found
        return found

    def short(self, codes: Codes) -> int:
        """How many codes the nearest combination lacks; 0 for a side that was not judged."""
        if not self.judged:
            return 0
        key = tuple(sorted(codes))
        if key not in self._short:
            self._short[key] = self._fewest(key)
        return self._short[key]

    def _fewest(self, codes: Codes) -> int:
        least = 1000
        below = [self._below(code) for code in codes]
        for way in self._numbered_ways:
            fits = [[j for j, mask in enumerate(below) if mask >> n & 1] for n in way]
            if sum(not f for f in fits) < least:
                least = min(least, len(way) - len(_assigned(fits)))
        return least

    def _below(self, code: Code) -> int:
        """The selectors of combinations that cover a code, as bits."""
        found = self._masks.get(code.key)
        if found is None:
            found = sum(1 << n for n, s in enumerate(self.selectors) if covers(s, code, self.chapters))
            self._masks[code.key] = found
        return found

    def met(self, codes: Codes, kept: Sequence[int]) -> tuple[int, int, dict[int, Selector]]:
        """Of the combinations met the one that matches most of the entries `kept`, the widest of these, the first in
        rank: how many it matches, its rank, and the selector that each matched entry has. (0, 0, {}) if none is met.
        """
        best: tuple[int, int, dict[int, Selector]] = (0, 0, {})
        order = [*kept, *(j for j in range(len(codes)) if j not in kept)]
        for rank, way in enumerate(self.ways, 1):
            holder: dict[int, int] = {}  # selector -> place in `order`; those taken first stay taken
            wants = [[i for i, s in enumerate(way) if self.covers(s, codes[j])] for j in order]
            for n in range(len(order)):
                augment(n, wants, holder)
            count = sum(n < len(kept) for n in holder.values())
            if len(holder) == len(way) and (best[1] == 0 or (count, len(way)) > (best[0], len(best[2]))):
                best = (count, rank, {order[n]: way[i] for i, n in holder.items()})
        return best

    def stands(self, codes: Codes) -> bool:
        """Whether `check` finds the side as it should be, its rules aside."""
        key = tuple(sorted(codes))
        if key not in self._stands:
            rules = self._force
            force = (lambda: rules) if rules else None
            found = check_side(self.e, codes, self.side, self.context, self._classification, force).verdict
            wanted = (Verdict.VALID,) if self.judged else (Verdict.VALID, Verdict.NOT_APPLICABLE, Verdict.NOT_GIVEN)
            self._stands[key] = found in wanted
        return self._stands[key]

    def reached(self, codes: Codes) -> bool:
        """Whether the codes are what a repair aims at."""
        return self.short(codes) == 0 and self.broken(codes) is None and self.settled(codes)

    def settled(self, codes: Codes) -> bool:
        """Whether nothing but a missing code or a broken rule could stand against the codes: variants that exclude
        each other, or no main code.
        """
        if not self.judged or not any(self.covers(s, c) for s in self._leading for c in codes):
            return self.stands(codes)
        return not any(sum(self._may_be_met(b, codes) for b in node) > 1 for node in self._variants) or self.stands(
            codes
        )

    def _may_be_met(self, always: Sequence[Selector], codes: Codes) -> bool:
        """Whether each selector that a variant has in any case may have a code, or fall away."""
        if self._force:
            return not any(self._force.least(s, codes) for s in always)
        return all(any(self.covers(s, code) for code in codes) for s in always)


def _always(e: Expression) -> Iterator[Selector]:
    """The selectors of every combination of an expression: those that no choice and no condition is above of."""
    match e:
        case Pick(selector=selector):
            yield selector
        case AllOf(parts=parts):
            for part in parts:
                yield from _always(part)
        case _:
            return


def _assigned(fits: Sequence[Sequence[int]]) -> dict[int, int]:
    """A largest assignment of entries to selectors: entry -> selector."""
    holder: dict[int, int] = {}
    for i in range(len(fits)):
        augment(i, fits, holder)
    return holder
