"""Where in a record the codes of a rule stand: places of selectors, runs of codes, and assignments of a code to each.

A *slot* is what one code has to match. Of a rule with mode `any` all selectors are one slot together, with mode `all`
each is a slot. Places count from 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from kg.codes import Category, Chapters, Code, Scheme, Selector
from kg.codes.selector import spans
from kg.reason.matching import augment
from kg.reason.standard import Mode


@dataclass(frozen=True, slots=True)
class Slot:
    """Selectors of which one code has to match one, as spans of code keys; `divided` are the spans of categories."""

    spans: tuple[tuple[str, str], ...]
    divided: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, selectors: Sequence[Selector], chapters: Chapters) -> Slot:
        """The slot of some selectors."""
        named = [span for s in selectors for span in spans(s, chapters)]
        return cls(
            tuple(named), tuple(span for s in selectors if isinstance(s, Category) for span in spans(s, chapters))
        )

    def holds(self, code: Code) -> bool:
        """Whether the code is at or below one of the selectors."""
        key = code.key
        for lo, hi in self.spans:  # noqa: SIM110  asked for each code of each record: `any` takes twice the time
            if lo <= key < hi:
                return True
        return False

    def touches(self, own: Sequence[tuple[str, str]]) -> bool:
        """Whether the selectors have codes in common with some spans."""
        return any(lo < end and start < hi for lo, hi in self.spans for start, end in own)

    def characters(self, code: Code) -> str:
        """The characters of a code as it is recorded, without the point: `I10X` for the undivided I10.

        `Code` leaves the filler out. A bare ICD-10 category is an undivided one, with its filler, unless the rule names
        it as one with subdivisions (`J96.-`): then three characters are what was recorded, and too few.
        """
        if code.scheme is Scheme.ICD10 and len(code.key) == 3:
            return code.key if any(lo <= code.key < hi for lo, hi in self.divided) else f"{code.key}X"
        return code.key


def slots(selectors: Sequence[Selector], mode: Mode, chapters: Chapters) -> tuple[Slot, ...]:
    """The slots of the selectors of a rule; none for no selectors."""
    if mode is Mode.ALL:
        return tuple(Slot.of([s], chapters) for s in selectors)
    return (Slot.of(selectors, chapters),) if selectors else ()


def places(slot: Slot, codes: Sequence[Code]) -> list[int]:
    """The places of the codes that match."""
    return [i for i, code in enumerate(codes) if slot.holds(code)]


def runs(wanted: Sequence[Slot], codes: Sequence[Code]) -> Iterator[int]:
    """The places at which codes that directly follow each other match the slots, one each, in their order."""
    for start in range(len(codes) - len(wanted) + 1):
        if stands_at(wanted, codes, start):
            yield start


def stands_at(wanted: Sequence[Slot], codes: Sequence[Code], start: int) -> bool:
    """Whether the codes from `start` on match the slots, one each, in their order."""
    if start < 0 or start + len(wanted) > len(codes):
        return False
    return all(slot.holds(codes[start + i]) for i, slot in enumerate(wanted))


def assigned(wanted: Sequence[Sequence[int]], among: frozenset[int] | None = None) -> tuple[int, ...] | None:
    """A place of its own for each of the lists of places (only places of `among`), or None if there is no such
    choice.
    """
    found = _assign(wanted, among)
    return tuple(found[i] for i in range(len(wanted))) if len(found) == len(wanted) else None


def _assign(wanted: Sequence[Sequence[int]], among: frozenset[int] | None) -> dict[int, int]:
    """A largest assignment of places to lists, by augmenting paths (Kuhn 1955)."""
    open_to = [[p for p in listed if among is None or p in among] for listed in wanted]
    holder: dict[int, int] = {}  # place -> list
    for i in range(len(wanted)):
        augment(i, open_to, holder)
    return {i: p for p, i in holder.items()}


def assigned_without(subject: Sequence[Sequence[int]], object_: Sequence[Sequence[int]]) -> tuple[int, ...] | None:
    """An assignment of the subject that leaves no assignment of the object at other places, or None.

    By Hall's theorem the object has none beside an assignment A when some of its lists, T, have fewer places outside A
    than members: |N(T) - A| < |T|. The most places of N(T) that an assignment of the whole subject can take is the
    largest assignment of the subject within N(T), for what is taken stays taken when the rest is added (Mendelsohn and
    Dulmage 1958). So each T is one matching; T are few, for rules name few codes.
    """
    whole = assigned(subject)
    if whole is None:
        return None
    for size in range(1, len(object_) + 1):
        for chosen in combinations(object_, size):
            near = frozenset(p for listed in chosen for p in listed)
            taken = _assign(subject, near)
            if len(near) - len(taken) < size:
                return _completed(subject, taken)
    return None


def _completed(wanted: Sequence[Sequence[int]], begun: dict[int, int]) -> tuple[int, ...]:
    """A whole assignment that keeps every place of one begun (there is one when the lists can all be assigned)."""
    holder = {p: i for i, p in begun.items()}
    for i in range(len(wanted)):
        if i not in begun:
            augment(i, wanted, holder)
    found = {i: p for p, i in holder.items()}
    return tuple(found[i] for i in range(len(wanted)))
