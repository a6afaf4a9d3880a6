"""What the compiled loops look up (`kg.audit.kernels`): codes, sides of guidances and sets of rules as arrays.

The class of a code for one side of one guidance has two parts. One tells which of the side's selectors (`Scope`) it is
at or below: these are runs in the order of codes, so that a side is a few bounds. The other tells what a set of rules
asks of it: it is the same for all guidances, and asked only where a record can break these rules. Codes with both parts
equal cannot be told apart; class 0 are those of which nothing is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from kg.audit.growing import Array, Growing, enlarged
from kg.audit.kernels.arrays import CodeTable, Leads, RuleSets, SideTable
from kg.audit.scope import DayClasses, Scope, alike, offending
from kg.audit.vocabulary import Classes, Vocabulary
from kg.codes import Chapters
from kg.codes.selector import LAST, spans
from kg.reason.breaking import Rule
from kg.reason.candidates import SelectorIndex
from kg.reason.standard import Kind, Standard

_BASE, _PLACES = 36, 6
_LENGTHS = _PLACES + 1
_CATEGORY = _BASE ** (_PLACES - 3) * _LENGTHS
Span = tuple[str, str]
Bounds = tuple[int, int]


@lru_cache(1 << 15)
def packed(key: str) -> int:
    """The key of a code, or an end of a span, as a number that sorts as keys do: its letters and figures, then how many
    these are.
    """
    bare = key.rstrip(LAST)
    number = int(bare.ljust(_PLACES, "0"), _BASE)
    if bare != key:
        return (number + _BASE ** (_PLACES - len(bare))) * _LENGTHS
    return number * _LENGTHS + len(bare)


@lru_cache(1 << 14)
def _mark(category: int) -> int:
    """The bits that stand for a category: one of the lower 32 by one hash, one of the upper by another."""
    return 1 << (category * 0x9E3779B1 >> 16 & 31) | 1 << (32 + (category * 0x85EBCA6B >> 13 & 31))


class Days:
    """Rows that tell for each class of days the set of standards that holds then; equal rows are one."""

    def __init__(self, days: DayClasses) -> None:
        self._days = days.examples
        self._rows: dict[tuple[int, ...], int] = {}
        self._table = Growing(np.int64, len(self._days))

    def row(self, watched: Sequence[Standard]) -> int:
        """The row of some standards."""
        found = alike(watched, self._days)
        if found not in self._rows:
            self._rows[found] = len(self._rows)
            self._table.add([found])
        return self._rows[found]

    @property
    def table(self) -> Array:
        """The rows."""
        return self._table.array


class CodeTables:
    """The table of the codes of a side that have come so far."""

    def __init__(self, vocabulary: Vocabulary, rules: Sequence[Rule], chapters: Chapters, named: Growing) -> None:
        self._vocabulary, self._rules, self._named = vocabulary, rules, named
        self._offending = [
            [span for s in offending(r.standard) if s.scheme is vocabulary.scheme for span in spans(s, chapters)]
            for r in rules
        ]
        self._key, self._categories = Growing(np.int64), Growing(np.uint64)
        self._marks = np.zeros(0, np.uint64)
        self._offends = Growing(np.uint64, words(rules))
        self._lots, self._spans = 0, 0

    @property
    def table(self) -> CodeTable:
        """The table."""
        return CodeTable(self._key.array, self._marks, self._offends.array)

    def update(self) -> None:
        """Take in the codes that have come since, and the spans that guidances name."""
        keys = [packed(code.key) for code in self._vocabulary.codes[len(self._key) :]]
        self._key.add(keys)
        self._categories.add([_mark(key // _CATEGORY) for key in keys])
        if keys or self._spans < len(self._named):
            self._name()
        for number in range(self._lots, len(self._vocabulary.lots)):
            self._offends.add(self._lot(number))
        self._lots = len(self._vocabulary.lots)

    def _name(self) -> None:
        """Mark the codes of the spans that guidances name."""
        spans, keys, self._spans = self._named.array, self._key.array, len(self._named)
        order = np.argsort(keys)
        steps = np.zeros(len(keys) + 1, np.int64)
        for end, step in enumerate((1, -1)):
            np.add.at(steps, np.searchsorted(keys, spans[:, end], sorter=order), step)
        self._marks = np.zeros(len(keys), np.uint64)
        named = order[np.cumsum(steps[:-1]) > 0]
        self._marks[named] = self._categories.array[named]

    def _lot(self, number: int) -> Array:
        """The rules that each code of a lot can break, as bits."""
        lot = self._vocabulary.lots[number]
        keys = self._key.array[lot.start : lot.start + len(lot.codes)]
        bits = np.zeros((len(keys), words(self._rules)), np.uint64)
        for n, rule in enumerate(self._rules):
            bit = np.uint64(1 << n % 64)
            for lo, hi in self._offending[n]:
                bits[(packed(lo) <= keys) & (keys < packed(hi)), n // 64] |= bit
            if rule.standard.kind is Kind.AFTER_DAGGER:
                bits[self._vocabulary.asked(rule, number) > 0, n // 64] |= bit
        return bits


class LeadTables:
    """The guidances that the codes of a side lead that have come so far, or some guidances of these."""

    def __init__(
        self, vocabulary: Vocabulary, leading: SelectorIndex, days: int, among: frozenset[int] | None = None
    ) -> None:
        self._vocabulary, self._leading, self._among = vocabulary, leading, among
        self._start, self._guidances = Growing(np.uint32), Growing(np.uint32)
        self._some = Growing(np.uint8)
        self._lone = np.zeros((0, 2 * days), np.uint32)
        self._start.add([0])

    @property
    def table(self) -> Leads:
        """The table."""
        return Leads(self._some.array, self._start.array, self._guidances.array, self._lone)

    def forget(self) -> None:
        """Forget which pairs of outcomes codes have."""
        self._lone[:] = 0

    def update(self) -> None:
        """Take in the codes that have come since."""
        new = self._vocabulary.codes[len(self._start) - 1 :]
        if not new:
            return
        if self._among:
            found = [sorted(self._among & self._leading.covering([code])) for code in new]
        else:
            found = [sorted(self._leading.covering([code])) if self._among is None else [] for code in new]
        counts = [len(each) for each in found]
        self._start.add(len(self._guidances) + np.cumsum(counts))
        self._guidances.add([guidance for each in found for guidance in each])
        self._some.add(np.array(counts) > 0)
        self._lone = enlarged(self._lone, len(self._guidances))


def words(rules: Sequence[object]) -> int:
    """How many numbers of 64 bits have room for a bit for each rule; at least one."""
    return max(1, -(-len(rules) // 64))


class SideTables:
    """The tables of one side of each guidance, made ready one by one."""

    def __init__(self, guidances: int, rules: Sequence[Rule], chapters: Chapters, days: Days) -> None:
        self._numbers = {rule.standard.id: n for n, rule in enumerate(rules)}
        self._chapters, self._days = chapters, days
        self._bounds, self._classes = Growing(np.int64), Growing(np.int64)
        self.named = Growing(np.int64, 2)
        """The spans of codes that some guidance names: where each begins and ends."""
        self._state = np.zeros(guidances, np.int8)
        self._marks = np.zeros(guidances, np.uint64)
        self._start = np.zeros((guidances, 2), np.uint32)
        self._rules = np.zeros((guidances, words(rules)), np.uint64)
        self._day = np.zeros(guidances, np.uint32)

    @property
    def table(self) -> SideTable:
        """The tables."""
        return SideTable(
            self._state, self._marks, self._start, self._bounds.array, self._classes.array, self._rules, self._day
        )

    def add(self, scopes: Mapping[int, Scope | None]) -> None:
        """Make guidances ready; one without a scope says nothing on this side."""
        every: list[int] = []
        every_class: list[int] = []
        named: list[Bounds] = []
        for guidance, scope in scopes.items():
            self._state[guidance] = 1 if scope is None else 2
            if scope is None:
                continue
            bounds, classes = _runs([spans(s, self._chapters) for s in scope.selectors])
            first = len(self._bounds) + len(every)
            self._start[guidance] = first, first + len(bounds)
            every += bounds
            every_class += classes
            mine = [span for span, number in zip(pairwise(bounds), classes, strict=False) if number]
            named += mine
            self._marks[guidance] = _marks(mine)
            numbers = {self._numbers[rule.standard.id] for rule in scope.rules}
            for word in {n // 64 for n in numbers}:
                self._rules[guidance, word] = sum([1 << n % 64 for n in numbers if n // 64 == word])
            self._day[guidance] = self._days.row(scope.adjusting)
        self._bounds.add(every)
        self._classes.add(every_class)
        self.named.add(named)


def _runs(groups: Iterable[tuple[Span, ...]]) -> tuple[list[int], list[int]]:
    """The bounds at which it changes which of the groups of spans cover a code, and the class from there on."""
    distinct = [[(packed(lo), packed(hi)) for lo, hi in group] for group in dict.fromkeys(groups)]
    bounds = sorted({bound for group in distinct for span in group for bound in span})
    places = {bound: n for n, bound in enumerate(bounds)}
    covered = [0] * len(bounds)
    for n, group in enumerate(distinct):
        for lo, hi in group:
            for i in range(places[lo], places[hi]):
                covered[i] |= 1 << n
    numbers = {0: 0}
    return bounds, [numbers.setdefault(bits, len(numbers)) for bits in covered]


def _marks(named: Iterable[Bounds]) -> int:
    """The marks of the categories that have codes of some spans."""
    found = 0
    for begin, end in named:
        first, last = begin // _CATEGORY, (end - 1) // _CATEGORY
        if last - first >= 64:
            return 2**64 - 1
        for category in range(first, last + 1):
            found |= _mark(category)
    return found


class RuleTables:
    """The tables of the sets of rules of one side that records can break, made ready as they come."""

    def __init__(self, rules: Sequence[Rule], vocabulary: Vocabulary, chapters: Chapters, days: Days) -> None:
        self._rules, self._vocabulary, self._chapters, self._days = rules, vocabulary, chapters, days
        self._sets: list[Classes] = []
        self._bits = Growing(np.uint64, words(rules))
        self._lead, self._between, self._day = Growing(np.int64), Growing(np.int64), Growing(np.uint32)
        self._table = np.zeros((0, 0), np.int32)
        self.add(np.zeros(words(rules), np.uint64))

    def add(self, bits: Array) -> None:
        """Make the set of rules of some bits ready."""
        chosen = [r for n, r in enumerate(self._rules) if int(bits[n // 64]) >> n % 64 & 1]
        scope = Scope((), (), tuple(chosen))
        self._sets.append(Classes(scope, self._vocabulary, self._chapters))
        self._bits.add([bits])
        self._lead.add([scope.lead])
        self._between.add([scope.between])
        self._day.add([self._days.row([r.standard for r in chosen])])

    @property
    def table(self) -> RuleSets:
        """The tables."""
        return RuleSets(self._bits.array, self._table, self._lead.array, self._between.array, self._day.array)

    def update(self) -> None:
        """Take in the codes that have come since, and the sets that were added."""
        codes, (ready, known) = len(self._vocabulary.codes), self._table.shape
        if known < codes:
            self._table, ready = np.zeros((len(self._sets), codes), np.int32), 0
        self._table = enlarged(self._table, len(self._sets))
        for n in range(ready, len(self._sets)):
            self._sets[n].update()
            self._table[n] = self._sets[n].table
