"""The codes that occur in episodes, numbered as they come; and what a side can tell of them apart, as small numbers.

Codes that a side's scope (`kg.audit.scope`) cannot tell apart are of one class; class 0 are those of which it asks
nothing. Classes are found for a thousand codes at once: selectors are runs in the sorted codes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kg.audit.scope import Scope
from kg.codes import Chapters, Classification, Code, One, Scheme
from kg.codes.selector import spans
from kg.reason.breaking import Fact, Rule, has_word, stated_values
from kg.reason.standard import Kind

Numbers = NDArray[np.int64]
Spans = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Lot:
    """Codes that came together: from number `start` on; `keys` sorted, `order` their places among the lot."""

    start: int
    codes: tuple[Code, ...]
    keys: tuple[str, ...]
    order: Numbers


class Vocabulary:
    """The codes of one scheme, each with a number from 0."""

    def __init__(self, scheme: Scheme, classification: Classification, stated: Callable[[str], Sequence[Fact]]) -> None:
        self.scheme, self.codes, self.lots = scheme, list[Code](), list[Lot]()
        self._classification, self._stated = classification, cache(stated)
        self._numbers: dict[str, int] = {}
        self._asked: dict[tuple[int, str], Numbers] = {}
        self._answers: dict[tuple[str, Hashable], int] = {}

    def numbers(self, texts: Sequence[str]) -> Numbers:
        """The numbers of codes as printed; new ones are added.

        Raises:
            KgError: KG-E0412 or KG-E0413 for a text that is no code.
        """
        new = [text for text in texts if text not in self._numbers]
        if new:
            found = tuple(Code.parse(text, self.scheme) for text in dict.fromkeys(new))
            start = len(self.codes)
            self._numbers.update((text, start + i) for i, text in enumerate(dict.fromkeys(new)))
            self.codes.extend(found)
            order = sorted(range(len(found)), key=lambda i: found[i].key)
            self.lots.append(Lot(start, found, tuple(found[i].key for i in order), np.array(order, np.int64)))
        return np.fromiter((self._numbers[text] for text in texts), np.int64, len(texts))

    def asked(self, rule: Rule, number: int) -> Numbers:
        """What a rule asks of each code of a lot besides its selectors: 0 where the answer is nothing, else a number
        for the answer that is the same in all lots.
        """
        key = number, rule.standard.id
        found = self._asked.get(key)
        if found is None:
            lot, chapters = self.lots[number], self._classification.chapters
            answers = [self._answer(rule, code, chapters) for code in lot.codes]
            numbers = [
                0 if a is None else self._answers.setdefault((rule.standard.id, a), len(self._answers) + 1)
                for a in answers
            ]
            found = self._asked[key] = np.array(numbers, np.int64)
        return found

    def _answer(self, rule: Rule, code: Code, chapters: Chapters) -> Hashable | None:
        s = rule.standard
        match s.kind:
            case Kind.REQUIRES_CHARACTER:
                least = s.figure or 0
                short = tuple(slot.holds(code) and len(slot.characters(code)) < least for slot in rule.subject)
                return short if any(short) else None
            case Kind.CHARACTER_NOT:
                place, character = s.character or (0, "")
                wrong = tuple(
                    slot.holds(code) and slot.characters(code)[place - 1 : place] == character for slot in rule.subject
                )
                return wrong if any(wrong) else None
            case Kind.FOLLOWS:
                if chapters.is_subsidiary(code):
                    return "subsidiary"
                title = self._title(code)
                return "may be its object" if s.words and (title is None or has_word(title, s.words)) else None
            case Kind.REQUIRED_UNLESS_STATED:
                wide = s.when[1] if s.when else ""
                values = stated_values(self._title(code), s, self._stated)
                told = chapters.is_subsidiary(code), values is None or any(v != wide for v in values)
                return told if any(told) else None
            case Kind.NOT_WHEN_STATED:
                values = stated_values(self._title(code), s, self._stated) or ()
                known = tuple(sorted({v for v, _ in s.codings}.intersection(values)))
                subsidiary = chapters.is_subsidiary(code)
                return (subsidiary, known) if subsidiary or known else None
            case Kind.AFTER_DAGGER:
                return code.mark or None
            case _:
                return None

    def _title(self, code: Code) -> str | None:
        return self._classification.title(One(code.bare))


_ASKING = frozenset(
    {
        Kind.REQUIRES_CHARACTER,
        Kind.CHARACTER_NOT,
        Kind.FOLLOWS,
        Kind.REQUIRED_UNLESS_STATED,
        Kind.NOT_WHEN_STATED,
        Kind.AFTER_DAGGER,
    }
)
"""The kinds of rules that ask more of a code than which selectors it is at or below."""


class Classes:
    """The class of each code for one scope, for the codes that have come so far."""

    def __init__(self, scope: Scope, vocabulary: Vocabulary, chapters: Chapters) -> None:
        self.scope, self._vocabulary = scope, vocabulary
        covered = dict.fromkeys(spans(s, chapters) for s in scope.selectors)
        for rule in scope.rules:
            slots = (*rule.subject, *rule.object, *rule.unless, *rule.across, *rule.otherwise)
            covered.update(dict.fromkeys((*(s.spans for s in slots), *(s.spans for _, s in rule.codings))))
        self._covered: tuple[Spans, ...] = tuple(covered)
        self._asking = tuple(r for r in scope.rules if r.standard.kind in _ASKING)
        self._bits: dict[tuple[str, int], int] = {}
        self._known: dict[bytes, int] = {b"": 0}
        self._lots = 0
        self.table: NDArray[np.int64] = np.zeros(0, np.int64)

    @property
    def count(self) -> int:
        """How many classes there are, class 0 included."""
        return len(self._known)

    def update(self) -> None:
        """Take in the codes that have come since."""
        if self._lots == len(self._vocabulary.lots):
            return
        table = np.zeros(len(self._vocabulary.codes), np.int64)
        table[: len(self.table)] = self.table
        for number in range(self._lots, len(self._vocabulary.lots)):
            self._add(number, table)
        self.table, self._lots = table, len(self._vocabulary.lots)

    def _add(self, number: int, table: Numbers) -> None:
        """Classes for one lot: a bit for each group of spans and each answer, and codes with equal bits are alike."""
        lot = self._vocabulary.lots[number]
        asked = [(r.standard.id, self._vocabulary.asked(r, number)[lot.order]) for r in self._asking]
        for id, answers in asked:
            for answer in np.unique(answers[answers > 0]).tolist():
                self._bits.setdefault((id, answer), len(self._covered) + len(self._bits))
        words = (len(self._covered) + len(self._bits)) // 64 + 1
        bits = np.zeros((len(lot.keys), words), np.uint64)
        for i, covered in enumerate(self._covered):
            for lo, hi in covered:
                bits[bisect_left(lot.keys, lo) : bisect_left(lot.keys, hi), i // 64] |= np.uint64(1 << i % 64)
        for id, answers in asked:
            for answer in np.unique(answers[answers > 0]).tolist():
                bit = self._bits[id, answer]
                bits[answers == answer, bit // 64] |= np.uint64(1 << bit % 64)
        some = np.flatnonzero(bits.any(axis=1))
        if not len(some):
            return
        rows = np.ascontiguousarray(bits[some]).view(f"V{8 * words}").ravel()
        distinct, inverse = np.unique(rows, return_inverse=True)
        classes = [self._known.setdefault(row.tobytes().rstrip(b"\0"), len(self._known)) for row in distinct]
        table[lot.start + lot.order[some]] = np.array(classes, np.int64)[inverse]
