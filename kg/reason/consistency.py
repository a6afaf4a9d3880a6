"""What is wrong with a set of rules before any record is seen: rules that can never be broken, that contradict each
other, or that require each other in a circle.

Pairs of rules are looked for among those that speak of one category, of which one asks for something: no loop over
all pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kg.codes import Chapters, Classification, One, Scheme, Selector, overlap, within
from kg.reason.applying import categories
from kg.reason.standard import Kind, Mode, Standard
from kg.reason.wording import listed


class Trouble(StrEnum):
    """What can be wrong with rules that are each well formed."""

    NEVER_BROKEN = "never broken"
    CONTRADICTION = "contradiction"
    CIRCLE = "circle"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, with the rules that it is about, the first of them the one to look at."""

    trouble: Trouble
    rules: tuple[Standard, ...]
    why: str


def problems(
    standards: Sequence[Standard], chapters: Chapters, classification: Classification | None = None
) -> list[Problem]:
    """All that is wrong with the rules, in their order: first those never broken, then contradictions, then circles.

    Without a classification it is not asked whether the codes exist.
    """
    index = _by_category(standards, chapters)
    never = [p for s in standards if (p := _never_broken(s, standards, index, chapters, classification))]
    return [*never, *_contradictions(standards, index, chapters), *_circles(standards, chapters)]


_Index = dict[tuple[Scheme, str], list[int]]


def _by_category(standards: Sequence[Standard], chapters: Chapters) -> _Index:
    """The numbers of the rules that speak of a category, as subject or object."""
    index: _Index = {}
    for number, s in enumerate(standards):
        for category in sorted({c for selector in (*s.subject, *s.object) for c in categories(selector, chapters)}):
            index.setdefault((s.scheme, category), []).append(number)
    return index


def _near(s: Standard, of: Iterable[Selector], index: _Index, chapters: Chapters) -> list[int]:
    """The numbers of the rules that speak of a category of some selectors."""
    keys = {(s.scheme, c) for selector in of for c in categories(selector, chapters)}
    return sorted({n for key in keys for n in index.get(key, ())})


_FORBIDS_OBJECT = frozenset(
    {Kind.NOT_WITH, Kind.NOT_DIRECTLY_FOLLOWED_BY, Kind.NOT_BEFORE, Kind.PRIMARY_NOT_FOLLOWED_BY}
)


def _never_broken(
    s: Standard,
    standards: Sequence[Standard],
    index: _Index,
    chapters: Chapters,
    classification: Classification | None,
) -> Problem | None:
    needed = any if s.subject_mode is Mode.ALL else all
    longest = 4 if s.scheme is Scheme.OPCS4 else 5
    why = ""
    if needed(within(x, s.unless, chapters) for x in s.subject):
        why = "its own subject is among the codes that lift it"
    elif s.kind in _FORBIDS_OBJECT and _all_or_any(s, (within(x, s.unless, chapters) for x in s.object)):
        why = "the codes that it forbids are among those that lift it"
    elif s.figure is not None and s.figure <= (4 if s.scheme is Scheme.OPCS4 else 3):
        why = f"every {s.scheme} code has {s.figure} characters"
    elif s.character is not None and not 1 <= s.character[0] <= longest:
        why = f"no {s.scheme} code has a character {s.character[0]}"
    elif classification is not None and needed(_is_unknown(x, classification) for x in s.subject):
        why = f"no code of {listed(s.subject)} is known"
    elif (
        classification is not None
        and s.kind in _FORBIDS_OBJECT
        and _all_or_any(s, (_is_unknown(x, classification) for x in s.object))
    ):
        why = f"no code of {listed(s.object)} is known"
    elif s.kind is not Kind.NEVER_ASSIGNED and (by := _never_there(s, standards, index, chapters)):
        return Problem(Trouble.NEVER_BROKEN, (s, by), f"{by.id} says already that its codes are not assigned")
    return Problem(Trouble.NEVER_BROKEN, (s,), why) if why else None


def _all_or_any(s: Standard, claims: Iterator[bool]) -> bool:
    """Whether the claim rules out the object: for each of its selectors, or for one where each is needed."""
    return any(claims) if s.object_mode is Mode.ALL else all(claims)


def _is_unknown(s: Selector, classification: Classification) -> bool:
    """Whether no code of it is known; of one code, whether it is known not to be in use."""
    if isinstance(s, One) and classification.exists(s.code) is not False:
        return False
    return next(iter(classification.codes_under(s)), None) is None


def _never_there(s: Standard, standards: Sequence[Standard], index: _Index, chapters: Chapters) -> Standard | None:
    """A rule by which the subject, or the object that is forbidden, is never assigned while `s` holds."""
    for n in _near(s, s.subject, index, chapters) + (
        _near(s, s.object, index, chapters) if s.kind in _FORBIDS_OBJECT else []
    ):
        other = standards[n]
        if other.kind is not Kind.NEVER_ASSIGNED or other.subject_mode is Mode.ALL or other.unless or other.when:
            continue
        if not (_begins_no_later(other, s) and _ends_no_sooner(other, s)):
            continue
        needed = any if s.subject_mode is Mode.ALL else all
        if needed(within(x, other.subject, chapters) for x in s.subject):
            return other
        if s.kind in _FORBIDS_OBJECT and _all_or_any(s, (within(x, other.subject, chapters) for x in s.object)):
            return other
    return None


def _begins_no_later(a: Standard, b: Standard) -> bool:
    return a.valid_from is None or (b.valid_from is not None and a.valid_from <= b.valid_from)


def _ends_no_sooner(a: Standard, b: Standard) -> bool:
    return a.valid_to is None or (b.valid_to is not None and b.valid_to <= a.valid_to)


def _together(a: Standard, b: Standard) -> bool:
    """Whether both hold on some day, for one record, with nothing that lifts either."""
    if a.unless or b.unless or (a.when and b.when and a.when != b.when):
        return False
    starts = [s.valid_from for s in (a, b) if s.valid_from]
    ends = [s.valid_to for s in (a, b) if s.valid_to]
    return not (starts and ends) or max(starts) <= min(ends)


_WANTS = frozenset({Kind.REQUIRES_WITH, Kind.DIRECTLY_FOLLOWED_BY, Kind.DIRECTLY_AFTER, Kind.ADJACENT_TO})


def _contradictions(standards: Sequence[Standard], index: _Index, chapters: Chapters) -> Iterator[Problem]:
    for number, wants in enumerate(standards):
        if wants.kind not in _WANTS or Mode.ALL in (wants.subject_mode, wants.object_mode):
            continue
        near = _near(wants, (*wants.subject, *wants.object), index, chapters)
        for n in near:
            other = standards[n]
            if n == number or not _together(wants, other) or Mode.ALL in (other.subject_mode, other.object_mode):
                continue
            if forbids := _forbids(wants, other, chapters):
                yield Problem(Trouble.CONTRADICTION, (wants, other), forbids)
            elif n > number and other.kind is wants.kind and _same_place(wants, other, chapters):
                why = f"both want the same place, for {listed(wants.object)} and for {listed(other.object)}"
                yield Problem(Trouble.CONTRADICTION, (wants, other), why)


def _forbids(wants: Standard, other: Standard, chapters: Chapters) -> str:
    """Why no record with a code of both subjects keeps both: all that one rule asks for is what the other forbids."""

    def meet(a: Sequence[Selector], b: Sequence[Selector]) -> bool:
        return any(overlap(x, y, chapters) for x in a for y in b)

    def inside(a: Sequence[Selector], b: Sequence[Selector]) -> bool:
        return all(within(x, b, chapters) for x in a)

    after, before = wants.kind is Kind.DIRECTLY_FOLLOWED_BY, wants.kind is Kind.DIRECTLY_AFTER
    match other.kind:
        case Kind.NEVER_ASSIGNED:
            clash = inside(wants.object, other.subject)
        case Kind.NOT_WITH:
            clash = (meet(wants.subject, other.subject) and inside(wants.object, other.object)) or (
                meet(wants.subject, other.object) and inside(wants.object, other.subject)
            )
        case Kind.NOT_DIRECTLY_FOLLOWED_BY | Kind.NOT_BEFORE:
            clash = (after and meet(wants.subject, other.subject) and inside(wants.object, other.object)) or (
                before and meet(wants.subject, other.object) and inside(wants.object, other.subject)
            )
        case _:
            clash = False
    return f"one asks for {listed(wants.object)}, which the other forbids" if clash else ""


def _same_place(a: Standard, b: Standard, chapters: Chapters) -> bool:
    """Whether both want the place before (or behind) one code, each for codes that the other does not name."""
    if a.kind not in (Kind.DIRECTLY_FOLLOWED_BY, Kind.DIRECTLY_AFTER):
        return False
    one_code = any(overlap(x, y, chapters) for x in a.subject for y in b.subject)
    return one_code and not any(overlap(x, y, chapters) for x in a.object for y in b.object)


def _circles(standards: Sequence[Standard], chapters: Chapters) -> Iterator[Problem]:
    for kind in (Kind.DIRECTLY_FOLLOWED_BY, Kind.DIRECTLY_AFTER, Kind.NOT_BEFORE):
        rules = [s for s in standards if s.kind is kind and not s.unless and s.subject_mode is Mode.ANY]
        ends: dict[Standard, list[Standard]] = {}
        for a in rules:
            ends[a] = [b for b in rules if a.scheme is b.scheme and _together(a, b) and _leads(a, b, chapters)]
        for circle in _components(rules, ends):
            told = ", ".join(s.id for s in circle)
            why = "the rule asks for its own code again" if len(circle) == 1 else f"each asks for the next: {told}"
            yield Problem(Trouble.CIRCLE, circle, why)


def _leads(a: Standard, b: Standard, chapters: Chapters) -> bool:
    """Whether what `a` asks for brings `b` in: whatever code is chosen, or, of an order, some code."""
    if a.kind is Kind.NOT_BEFORE:
        return any(overlap(x, y, chapters) for x in a.object for y in b.subject)
    return all(within(x, b.subject, chapters) for x in a.object)


def _components(rules: Sequence[Standard], ends: dict[Standard, list[Standard]]) -> Iterator[tuple[Standard, ...]]:
    """The circles: groups of rules of which each leads to each (and single rules that lead to themselves), in order."""

    def reached(s: Standard) -> set[Standard]:
        seen: set[Standard] = set()
        stack = list(ends[s])
        while stack:
            at = stack.pop()
            if at not in seen:
                seen.add(at)
                stack += ends[at]
        return seen

    reach = {s: reached(s) for s in rules if ends[s]}
    told: set[Standard] = set()
    for s in rules:
        if s not in told and s in reach.get(s, ()):
            circle = tuple(t for t in rules if t is s or (t in reach[s] and s in reach.get(t, ())))
            told.update(circle)
            yield circle
