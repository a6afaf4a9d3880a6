"""Standards held against a record: which rules it breaks, whatever guidance is meant.

Rules are looked up by the categories of the record's codes, so that a record is checked in time that grows with the
rules that speak of its codes, not with all rules.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from kg.citation import Origin, StandardCitation
from kg.codes import Chapters, Classification, Code, One, Scheme, Selector
from kg.codes.selector import spans
from kg.expression.condition import Context
from kg.expression.recommendation import Side
from kg.reason.breaking import Fact, Occurrence, Rule, Seen, states_nothing
from kg.reason.record import Record
from kg.reason.standard import Authority, Kind, Level, Mode, Standard
from kg.reason.verdict import Broken
from kg.reason.wording import missing_codes, why

Levels = Mapping[str, Level]
"""Local switches: the level of a rule, or of all rules of a standard, by id. A rule's own id goes before its
standard's.
"""

_BY_MARK = frozenset({Kind.AFTER_DAGGER})  # a code that is marked as an asterisk code can be of any category


@dataclass(frozen=True, slots=True)
class Standards:
    """Rules ready to be applied: those that are not switched off, in their order, and where to find them.

    `index` maps a scheme and a category to the numbers of the rules whose subject (its first selector, where each is
    needed) has codes there.
    """

    rules: tuple[Rule, ...]
    chapters: Chapters
    index: Mapping[tuple[Scheme, str], tuple[int, ...]]
    marked: tuple[int, ...]

    @classmethod
    def of(cls, standards: Iterable[Standard], chapters: Chapters, levels: Levels = MappingProxyType({})) -> Standards:
        """The rules of standards (of several packs, one after the other), at the levels of the local switches."""
        rules: list[Rule] = []
        for s in standards:
            level = levels.get(s.id, levels.get(s.standard, s.level))
            if level is not Level.OFF:
                rules.append(Rule.of(replace(s, level=level), chapters))
        index: dict[tuple[Scheme, str], list[int]] = {}
        for number, rule in enumerate(rules):
            s = rule.standard
            named = s.subject[:1] if s.subject_mode is Mode.ALL else s.subject
            for category in {c for selector in named for c in categories(selector, chapters)}:
                index.setdefault((s.scheme, category), []).append(number)
        marked = tuple(n for n, rule in enumerate(rules) if rule.standard.kind in _BY_MARK)
        return cls(tuple(rules), chapters, MappingProxyType({key: tuple(ns) for key, ns in index.items()}), marked)

    def about(self, codes: Sequence[Code], day: datetime.date | None) -> list[Rule]:
        """The rules that could be broken by one of the codes (of one side), in order, of those in force on the day."""
        numbers = {n for key in {(c.scheme, c.category) for c in codes} for n in self.index.get(key, ())}
        if any(c.mark for c in codes):
            numbers.update(n for n in self.marked if self.rules[n].standard.scheme is codes[0].scheme)
        return [self.rules[n] for n in sorted(numbers) if self.rules[n].standard.in_force(day)]

    @property
    def standards(self) -> tuple[Standard, ...]:
        """The standards, at their levels, in order."""
        return tuple(rule.standard for rule in self.rules)


def categories(selector: Selector, chapters: Chapters) -> Iterable[str]:
    """The three-character categories in which a selector can have codes."""
    for span in spans(selector, chapters):
        yield from categories_of(span)


def categories_of(span: tuple[str, str]) -> Sequence[str]:
    """The three-character categories in which a span of codes can have some."""
    first, last = span[0][:3], span[1][:3]
    if first == last:
        return (first,)
    begin, end = (100 * ord(category[0]) + int(category[1:]) for category in (first, last))
    return [f"{chr(n // 100)}{n % 100:02}" for n in range(begin, end + 1)]


def broken_rules(
    record: Record,
    standards: Standards,
    classification: Classification,
    *,
    day: datetime.date | None = None,
    context: Context | None = None,
    stated: Callable[[str], Sequence[Fact]] = states_nothing,
    among: Mapping[Side, frozenset[int]] | None = None,
) -> list[Broken]:
    """The rules that a record breaks, whatever guidance is meant: of each the first occurrence, or all codes that are
    each wrong by themselves; procedures first, in the order of the rules.

    `day`: for a record without a date (None: the rules that have not ended). `context`: in place of the record's own,
    with what was inferred. `stated` tells the facts that a title states (`Lexicon.stated_in`). `among`: only these
    places may break a rule.
    """
    when = record.date or day
    found: list[Broken] = []
    titles: dict[Code, str | None] = {}

    def title(code: Code) -> str | None:
        if code not in titles:
            titles[code] = classification.title(One(code.bare))
        return titles[code]

    for side in Side:
        if not (codes := record.side(side)):
            continue
        asked = frozenset(range(len(codes))) if among is None else among.get(side, frozenset[int]())
        seen = Seen(codes, asked, standards.chapters, context or record.context, title, stated)
        found += [
            _broken(rule.standard, codes, told, side, standards.chapters)
            for rule in standards.about(codes, when)
            if (told := _told(rule, seen))
        ]
    return found


def _told(rule: Rule, seen: Seen) -> Occurrence | None:
    """The first occurrence; where each is one code alone, all of them."""
    occurrences = rule.occurrences(seen)
    first = next(occurrences, None)
    if first is None or len(first) > 1 or rule.standard.kind is Kind.IN_SEQUENCE:
        return first
    return (*first, *(i for other in occurrences for i in other))


def _broken(s: Standard, codes: tuple[Code, ...], places: Occurrence, side: Side, chapters: Chapters) -> Broken:
    told = tuple(codes[i] for i in places)
    origins: tuple[Origin, ...] = (StandardCitation(s.standard if s.authority is Authority.NATIONAL else s.id),)
    return Broken(
        s.id,
        told,
        why(s, told),
        origins,
        s.standard,
        s.level,
        s.authority,
        side,
        places,
        missing_codes(s, codes, chapters),
    )


def broken_here(
    record: Record,
    side: Side,
    entries: Iterable[int],
    standards: Standards,
    classification: Classification,
    *,
    day: datetime.date | None = None,
    context: Context | None = None,
    stated: Callable[[str], Sequence[Fact]] = states_nothing,
) -> list[Broken]:
    """The rules broken by the codes that matter to a guidance: those at `entries` of one side, from 0.

    A rule counts when all the codes that break it are among them: another operation's code that clashes with one of
    them is a matter of the record, not of the guidance.
    """
    among = {side: frozenset(entries)}
    return broken_rules(record, standards, classification, day=day, context=context, stated=stated, among=among)
