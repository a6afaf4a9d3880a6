"""The six kinds of rules that need titles, facts or marks, read a second time, apart: texts and loops.

The definitions are those of docs/standards.md; a rule of these kinds names its groups with mode `any`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from tests.oracle.naive_rules import any_of


@dataclass(frozen=True)
class NationalRow:
    """A rule as data has it. `codings`: which code codes which value of the facet; `otherwise` an unknown one."""

    kind: str
    subject: tuple[str, ...]
    object: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    across: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    when: tuple[str, str] | None = None
    facet: str = ""
    codings: tuple[tuple[str, str], ...] = ()
    otherwise: str = ""


@dataclass(frozen=True)
class Told:
    """A side of a record: its codes as texts, their marks, titles (None: not known), which are subsidiary, and what is
    known of the event. A title says `guided by` the value of a facet.
    """

    texts: Sequence[str]
    marks: Sequence[str]
    titles: Sequence[str | None]
    subsidiary: Sequence[bool]
    holds: Callable[[str, str], bool | None]
    implies: Callable[[str, str, str], bool]

    def values(self, i: int, row: NationalRow) -> list[str] | None:
        title = self.titles[i]
        if title is None:
            return None
        words = title.split()
        if row.words and not any(word in words for word in row.words):
            return []
        return [b for a, b in pairwise(words) if a == "by"]


def national_occurrences(row: NationalRow, told: Told) -> Iterator[tuple[int, ...]]:
    """The places of the codes that break the rule, in each way in which it is broken."""
    texts, every = told.texts, range(len(told.texts))
    if row.when and told.holds(*row.when) is not True:
        return
    if any(any_of(row.unless, text) for text in texts):
        return
    subject = [i for i in every if any_of(row.subject, texts[i])]
    main = [i for i in every if not told.subsidiary[i]]
    match row.kind:
        case "follows":
            yield from ((i,) for i in subject if _is_astray(i, row, told))
        case "in-sequence":
            for n, (start, stop) in enumerate(pairwise([*subject, len(texts)])):
                yield from _out_of_order(start, stop, n == 0, row, told)
        case "required-unless-stated":
            stated = [told.values(i, row) for i in every]
            quiet = all(v is not None and all(x == (row.when or ("", ""))[1] for x in v) for v in stated)
            if main and main[0] in subject and quiet and not any(any_of(row.object, text) for text in texts):
                yield (main[0],)
        case "not-when-stated":
            for i in subject:
                before = [j for j in main if j < i]
                said = (told.values(before[-1], row) or []) if before else []
                for value, selector in row.codings:
                    codes_it = any_of([selector], texts[i]) or (row.otherwise and any_of([row.otherwise], texts[i]))
                    if value in said and codes_it:
                        yield (i,)
        case "codes-value":
            for i in subject:
                coded = [value for value, selector in row.codings if any_of([selector], texts[i])]
                right = [v for v in coded if told.holds(row.facet, v) is not False]
                for value in {value for value, _ in row.codings if told.holds(row.facet, value)}:
                    right = [v for v in right if v == value or not told.implies(row.facet, value, v)]
                excluded = coded and not right
                known = any(told.holds(row.facet, value) for value, _ in row.codings)
                if excluded or (known and row.otherwise and any_of([row.otherwise], texts[i])):
                    yield (i,)
        case "after-dagger":
            asterisks = [i for i in every if told.marks[i] == "A" or i in subject]
            daggers = [i for i in every if told.marks[i] == "D"]
            unmarked = [i for i in every if i not in asterisks]
            for i in asterisks:
                wanted = daggers if daggers and told.marks[i] else [*daggers, *unmarked]
                if not any(j < i for j in wanted):
                    yield (i,)
        case _:
            raise AssertionError(row.kind)


def _is_astray(i: int, row: NationalRow, told: Told) -> bool:
    def is_object(j: int) -> bool:
        if any_of(row.subject, told.texts[j]):
            return False
        if any_of(row.object, told.texts[j]):
            return True
        title = told.titles[j]
        return bool(row.words) and not told.subsidiary[j] and (title is None or bool({*title.split()} & {*row.words}))

    before = [j for j in range(i) if not all(any_of(row.across, told.texts[k]) for k in range(j, i))]
    if not before or not is_object(before[-1]):
        return True
    if told.subsidiary[before[-1]]:
        return False
    later = range(i + 1, len(told.texts))
    return any(is_object(k) and all(told.subsidiary[m] for m in range(i + 1, k + 1)) for k in later)


def _out_of_order(start: int, stop: int, is_first: bool, row: NationalRow, told: Told) -> Iterator[tuple[int, ...]]:
    steps = [[i for i in range(start, stop) if any_of([s], told.texts[i])] for s in row.object]
    early = [
        i
        for s, here in zip(row.object, steps, strict=True)
        for i in range(start)
        if is_first and not here and s not in row.optional and any_of([s], told.texts[i])
    ]
    there = [here for here in steps if here]
    in_order = any(all(a < b for a, b in pairwise(chosen)) for chosen in product(*there))
    if early or not in_order:
        yield tuple(sorted({*early, *(i for here in there for i in here)}))
