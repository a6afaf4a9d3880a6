"""Rules of packs read a second time, apart: texts and permutations, no slots, no matching.

`naive_breaks` is the definitions of docs/standards.md put into loops; it tries every choice of codes. An oracle for
small records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

SPEAKS_OF_OBJECT = (
    "not-with",
    "requires-with",
    "directly-followed-by",
    "not-directly-followed-by",
    "directly-after",
    "not-before",
    "adjacent-to",
    "primary-not-followed-by",
)


@dataclass(frozen=True)
class Row:
    """A rule as its row has it."""

    kind: str
    subject: tuple[str, ...]
    subject_mode: str
    object: tuple[str, ...]
    object_mode: str
    unless: tuple[str, ...]


def bare(text: str) -> str:
    """`M80.40` as `M8040`, the undivided `I10.X` as `I10`."""
    plain = text.replace(".", "")
    return plain[:3] if plain[3:] == "X" else plain


def matches(selector: str, text: str) -> bool:
    if selector.endswith(".-"):
        return bare(text)[:3] == selector[:3]
    if "-" in selector:
        first, last = (part.replace(".", "") for part in selector.split("-"))
        return first <= bare(text)[: len(first)] and bare(text)[: len(last)] <= last
    return bare(text).startswith(selector.replace(".", ""))


def any_of(selectors: Sequence[str], text: str) -> bool:
    return any(matches(s, text) for s in selectors)


def choices(
    selectors: Sequence[str], mode: str, codes: Sequence[str], among: Sequence[int]
) -> Iterator[tuple[int, ...]]:
    """Every choice of places that makes the group there: one place, or one for each selector."""
    if mode == "any":
        yield from ((i,) for i in among if any_of(selectors, codes[i]))
        return
    for chosen in permutations(among, len(selectors)):
        if all(matches(s, codes[i]) for s, i in zip(selectors, chosen, strict=True)):
            yield chosen


def runs(selectors: Sequence[str], mode: str, codes: Sequence[str]) -> list[tuple[int, ...]]:
    """The choices whose codes directly follow each other, in the order of the selectors."""
    found = choices(selectors, mode, codes, range(len(codes)))
    return [c for c in found if all(b == a + 1 for a, b in pairwise(c))]


def recorded(text: str) -> str:
    return text.replace(".", "")


def naive_breaks(row: Row, codes: Sequence[str]) -> bool:
    return any(True for _ in naive_occurrences(row, codes))


def naive_occurrences(row: Row, codes: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """The places of the codes that break the rule, in each way in which it is broken."""
    if any(any_of(row.unless, code) for code in codes):
        return
    places = range(len(codes))
    subjects = list(choices(row.subject, row.subject_mode, codes, places))
    together = runs(row.subject, row.subject_mode, codes)
    objects = runs(row.object, row.object_mode, codes) if row.kind in SPEAKS_OF_OBJECT else []

    def there(places: Sequence[int]) -> list[tuple[int, ...]]:
        return list(choices(row.object, row.object_mode, codes, places))

    match row.kind:
        case "never-primary":
            yield from (run for run in together if run[0] == 0)
        case "first-or-second":
            yield from (run for run in together if run[0] >= 2)
        case "never-assigned":
            yield from subjects
        case "not-with":
            yield from (s + o for s in subjects for o in there([i for i in places if i not in s]))
        case "requires-with":
            yield from (s for s in subjects if not there([i for i in places if i not in s]))
        case "requires-character":
            yield from (s for s in subjects if any(len(recorded(codes[i])) < int(row.object[0]) for i in s))
        case "character-not":
            n, x = row.object[0].split("=")
            yield from (s for s in subjects if any(recorded(codes[i])[int(n) - 1 : int(n)] == x for i in s))
        case "directly-followed-by":
            yield from (run for run in together if all(o[0] != run[-1] + 1 for o in objects))
        case "not-directly-followed-by":
            yield from (run + o for run in together for o in objects if o[0] == run[-1] + 1)
        case "directly-after":
            yield from (run for run in together if all(o[-1] != run[0] - 1 for o in objects))
        case "not-before":
            yield from (run + o for run in together for o in there(range(run[-1] + 1, len(codes))))
        case "adjacent-to":
            yield from (run for run in together if all(o[0] != run[-1] + 1 and o[-1] != run[0] - 1 for o in objects))
        case "primary-not-followed-by":
            yield from (run + o for run in together for o in objects if run[0] == 0 and o[0] == run[-1] + 1)
        case _:
            raise AssertionError(row.kind)
