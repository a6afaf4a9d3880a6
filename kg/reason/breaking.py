"""When does a record break a rule? One function for each kind; each tells the places of the codes that break it.

c1, c2 … in the kinds' definitions (docs/standards.md) are places 0, 1 … here. A function yields the occurrences of
which every offending code is `among` the places asked about; what lifts a rule (the code that it requires) is looked
for everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from kg.codes import Chapters, Code
from kg.expression.condition import NOTHING_KNOWN, Context
from kg.reason.places import Slot, assigned, assigned_without, places, runs, slots, stands_at
from kg.reason.standard import Kind, Mode, Standard

Fact = tuple[str, str]
Occurrence = tuple[int, ...]


def states_nothing(title: str) -> Sequence[Fact]:
    """What a title states where no words are known: nothing."""
    del title
    return ()


def has_word(title: str, words: Sequence[str]) -> bool:
    """Whether a title has one of the words, as a whole word, of one or of many."""
    return not _words(title).isdisjoint(words)


@lru_cache(1 << 14)
def _words(title: str) -> frozenset[str]:
    """The words of a title, as they are and without the s of many."""
    found = re.findall(r"[a-z]+", title.lower())
    return frozenset((*found, *(word.removesuffix("s") for word in found)))


@dataclass(frozen=True, slots=True)
class Seen:
    """The codes of one side of a record, and what else a rule may ask.

    `among`: the places whose codes may break a rule. `title` gives a code's title or None, `stated` the facts (facet,
    value) that a title states by its words, narrowest only.
    """

    codes: tuple[Code, ...]
    among: frozenset[int]
    chapters: Chapters
    context: Context = NOTHING_KNOWN
    title: Callable[[Code], str | None] = lambda code: None
    stated: Callable[[str], Sequence[Fact]] = states_nothing

    def values(self, code: Code, rule: Standard) -> tuple[str, ...] | None:
        """The values of a rule's facet that the title of a code states; None if the title is not known."""
        return stated_values(self.title(code), rule, self.stated)


def stated_values(title: str | None, rule: Standard, stated: Callable[[str], Sequence[Fact]]) -> tuple[str, ...] | None:
    """The values of a rule's facet that a title states; nothing if the rule wants one of some words in it besides (an
    examination by ultrasound is not one under ultrasonic control); None if the title is not known.
    """
    if title is None:
        return None
    if rule.words and not has_word(title, rule.words):
        return ()
    return tuple(value for name, value in stated(title) if name == rule.facet)


def may_be_coded(s: Standard, value: str, context: Context) -> bool:
    """Whether the code of a value may be the right one: what is known does not exclude the value, nor is a narrower
    value known that has a code of its own (Y68.1 for contrast enhanced ultrasound, where Y53.2 is ultrasound's).
    """
    if context.holds(s.facet, value) is False:
        return False
    narrower = (v for v, _ in s.codings if v != value and context.facets.implies(s.facet, v, value))
    return not any(context.holds(s.facet, v) for v in narrower)


@dataclass(frozen=True, slots=True)
class Rule:
    """A standard with its selectors made ready to be looked up."""

    standard: Standard
    subject: tuple[Slot, ...]
    object: tuple[Slot, ...]
    unless: tuple[Slot, ...]
    across: tuple[Slot, ...]
    codings: tuple[tuple[str, Slot], ...]
    otherwise: tuple[Slot, ...]

    @classmethod
    def of(cls, s: Standard, chapters: Chapters) -> Rule:
        """The rule of a standard."""
        return cls(
            s,
            slots(s.subject, s.subject_mode, chapters),
            slots(s.object, Mode.ALL if s.kind is Kind.IN_SEQUENCE else s.object_mode, chapters),
            slots(s.unless, Mode.ANY, chapters),
            slots(s.across, Mode.ANY, chapters),
            tuple((value, Slot.of([selector], chapters)) for value, selector in s.codings),
            slots([s.otherwise] if s.otherwise else [], Mode.ANY, chapters),
        )

    def occurrences(self, seen: Seen) -> Iterator[Occurrence]:
        """The places of codes that break the rule; nothing if it is kept, lifted, or waits for a fact that is not known
        to hold.
        """
        s = self.standard
        if s.when is not None and seen.context.holds(*s.when) is not True:
            return
        if any(slot.holds(code) for slot in self.unless for code in seen.codes):
            return
        yield from _KINDS[s.kind](self, seen)


def _runs(rule: Rule, seen: Seen) -> Iterator[tuple[int, Occurrence]]:
    """The runs of subject codes: the place behind each, and its places."""
    for start in runs(rule.subject, seen.codes):
        run = tuple(range(start, start + len(rule.subject)))
        if seen.among.issuperset(run):
            yield run[-1] + 1, run


def _listed(wanted: Sequence[Slot], seen: Seen) -> list[list[int]]:
    return [places(slot, seen.codes) for slot in wanted]


def _offending(wanted: Sequence[Slot], seen: Seen) -> list[list[int]]:
    return [[i for i in places(slot, seen.codes) if i in seen.among] for slot in wanted]


def _never_primary(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    return (run for _, run in _runs(rule, seen) if run[0] == 0)


def _first_or_second(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    return (run for _, run in _runs(rule, seen) if run[0] >= 2)


def _never_assigned(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    wanted = _offending(rule.subject, seen)
    if len(wanted) == 1:
        yield from ((i,) for i in wanted[0])
    elif found := assigned(wanted):
        yield found


def _not_with(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    # A subject and an object at places of their own: one assignment to the slots of both.
    if found := assigned([*_offending(rule.subject, seen), *_offending(rule.object, seen)]):
        yield found


def _requires_with(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    subject, wanted = _offending(rule.subject, seen), _listed(rule.object, seen)
    if len(subject) == 1:
        for i in subject[0]:
            if assigned_without([[i]], wanted) is not None:
                yield (i,)
    elif found := assigned_without(subject, wanted):
        yield found


def _characters(rule: Rule, seen: Seen, breaks: Callable[[str], bool]) -> Iterator[Occurrence]:
    """The subject with a code among it whose characters break the rule."""
    wanted = _offending(rule.subject, seen)
    bad = [[i for i in listed if breaks(rule.subject[n].characters(seen.codes[i]))] for n, listed in enumerate(wanted)]
    if len(wanted) == 1:
        yield from ((i,) for i in bad[0])
        return
    for n, listed in enumerate(bad):
        if found := assigned([listed if m == n else other for m, other in enumerate(wanted)]):
            yield found
            return


def _requires_character(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    least = rule.standard.figure or 0
    return _characters(rule, seen, lambda text: len(text) < least)


def _character_not(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    place, character = rule.standard.character or (0, "")
    return _characters(rule, seen, lambda text: text[place - 1 : place] == character)


def _directly_followed_by(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    return (run for end, run in _runs(rule, seen) if not stands_at(rule.object, seen.codes, end))


def _not_directly_followed_by(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    for end, run in _runs(rule, seen):
        both = (*run, *range(end, end + len(rule.object)))
        if stands_at(rule.object, seen.codes, end) and seen.among.issuperset(both):
            yield both


def _directly_after(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    return (run for _, run in _runs(rule, seen) if not stands_at(rule.object, seen.codes, run[0] - len(rule.object)))


def _not_before(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    wanted = _offending(rule.object, seen)
    for end, run in _runs(rule, seen):
        if found := assigned(wanted, frozenset(range(end, len(seen.codes)))):
            yield (*run, *found)


def _adjacent_to(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    return (
        run
        for end, run in _runs(rule, seen)
        if not stands_at(rule.object, seen.codes, end)
        and not stands_at(rule.object, seen.codes, run[0] - len(rule.object))
    )


def _primary_not_followed_by(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    return (both for both in _not_directly_followed_by(rule, seen) if both[0] == 0)


def _follows(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    """Back from a subject code, over what may stand between, the first code is no object code, or there is none.

    Where that code is an operation that stands for the object itself (it names its site), no object code that
    qualifies it may come later: the subject code would belong behind that.
    """
    for end, run in _runs(rule, seen):
        at = run[0] - 1
        while at >= 0 and any(slot.holds(seen.codes[at]) for slot in rule.across):
            at -= 1
        kept = at >= 0 and is_object(rule, seen, seen.codes[at])
        if kept and not seen.chapters.is_subsidiary(seen.codes[at]):
            kept = not any(_qualifiers(rule, seen, end))
        if not kept:
            yield run


def _qualifiers(rule: Rule, seen: Seen, start: int) -> Iterator[Code]:
    """The object codes of subsidiary chapters from a place up to the next operation."""
    for code in seen.codes[start:]:
        if not seen.chapters.is_subsidiary(code):
            return
        if is_object(rule, seen, code):
            yield code


def is_object(rule: Rule, seen: Seen, code: Code) -> bool:
    """Whether the code may stand before the subject: an object code that is no subject code; or an operation whose
    title has one of the rule's words, or is not known.
    """
    if any(slot.holds(code) for slot in rule.subject):
        return False
    if any(slot.holds(code) for slot in rule.object):
        return True
    if not rule.standard.words or seen.chapters.is_subsidiary(code):
        return False
    title = seen.title(code)
    return title is None or has_word(title, rule.standard.words)


def _in_sequence(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    """From a subject code up to the next: the members that are there are not there in their order; or one that has to
    be there stands before the first subject code only.
    """
    starts = places(rule.subject[0], seen.codes)
    for number, start in enumerate(starts):
        stop = starts[number + 1] if number + 1 < len(starts) else len(seen.codes)
        here = range(start, stop)
        present: list[tuple[int, list[int]]] = []
        early: list[int] = []
        for n, member in enumerate(rule.object):
            if found := [i for i in here if member.holds(seen.codes[i])]:
                present.append((n, found))
            elif number == 0 and rule.standard.object[n] not in rule.standard.optional:
                early += [i for i in range(start) if member.holds(seen.codes[i])]
        at = start - 1
        for _, found in present:
            at = next((i for i in found if i > at), len(seen.codes))
        told = tuple(sorted({*(i for _, found in present for i in found), *early}))
        if (at >= len(seen.codes) or early) and seen.among.issuperset(told):
            yield told


def _required_unless_stated(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    """No object code is there, and every code's title is known and states no value of the facet but the widest."""
    main = next((i for i, c in enumerate(seen.codes) if not seen.chapters.is_subsidiary(c)), None)
    if main is None or main not in seen.among or not rule.subject[0].holds(seen.codes[main]):
        return
    if any(slot.holds(code) for slot in rule.object for code in seen.codes):
        return
    wide = rule.standard.when[1] if rule.standard.when else ""
    for code in seen.codes:
        values = seen.values(code, rule.standard)
        if values is None or any(value != wide for value in values):
            return
    yield (main,)


def _not_when_stated(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    """A subject code that codes what the title of the operation before it states already, or that leaves it open."""
    for i in _offending(rule.subject, seen)[0]:
        main = next((c for c in reversed(seen.codes[:i]) if not seen.chapters.is_subsidiary(c)), None)
        stated = seen.values(main, rule.standard) if main else None
        if not stated:
            continue
        coded = [value for value, slot in rule.codings if slot.holds(seen.codes[i])]
        known = {value for value, _ in rule.codings}
        if any(value in stated for value in coded) or (
            any(slot.holds(seen.codes[i]) for slot in rule.otherwise) and not known.isdisjoint(stated)
        ):
            yield (i,)


def _codes_value(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    """A subject code for a value that cannot be, or for an unknown one where the value is known."""
    s, context = rule.standard, seen.context
    known = any(context.holds(s.facet, value) for value, _ in rule.codings)
    for i in _offending(rule.subject, seen)[0]:
        coded = [value for value, slot in rule.codings if slot.holds(seen.codes[i])]
        excluded = bool(coded) and not any(may_be_coded(s, value, context) for value in coded)
        if excluded or (known and any(slot.holds(seen.codes[i]) for slot in rule.otherwise)):
            yield (i,)


def _after_dagger(rule: Rule, seen: Seen) -> Iterator[Occurrence]:
    """An asterisk code (of the subject, or marked so) before which no dagger code stands.

    Where daggers are marked in the record, a marked asterisk code wants one of those; else any code that is no asterisk
    code may be its dagger code: one pair may be typed with marks and another without.
    """
    aster = [code.mark == "A" or rule.subject[0].holds(code) for code in seen.codes]
    marked = any(code.mark == "D" for code in seen.codes)
    for i, is_aster in enumerate(aster):
        if is_aster and i in seen.among:
            before = seen.codes[:i]
            held = marked and seen.codes[i].mark != ""
            if not any(c.mark == "D" or not (held or aster[j]) for j, c in enumerate(before)):
                yield (i,)


_KINDS: Mapping[Kind, Callable[[Rule, Seen], Iterator[Occurrence]]] = MappingProxyType(
    {
        Kind.NEVER_PRIMARY: _never_primary,
        Kind.FIRST_OR_SECOND: _first_or_second,
        Kind.NEVER_ASSIGNED: _never_assigned,
        Kind.NOT_WITH: _not_with,
        Kind.REQUIRES_WITH: _requires_with,
        Kind.REQUIRES_CHARACTER: _requires_character,
        Kind.CHARACTER_NOT: _character_not,
        Kind.DIRECTLY_FOLLOWED_BY: _directly_followed_by,
        Kind.NOT_DIRECTLY_FOLLOWED_BY: _not_directly_followed_by,
        Kind.DIRECTLY_AFTER: _directly_after,
        Kind.NOT_BEFORE: _not_before,
        Kind.ADJACENT_TO: _adjacent_to,
        Kind.PRIMARY_NOT_FOLLOWED_BY: _primary_not_followed_by,
        Kind.FOLLOWS: _follows,
        Kind.IN_SEQUENCE: _in_sequence,
        Kind.REQUIRED_UNLESS_STATED: _required_unless_stated,
        Kind.NOT_WHEN_STATED: _not_when_stated,
        Kind.CODES_VALUE: _codes_value,
        Kind.AFTER_DAGGER: _after_dagger,
    }
)
