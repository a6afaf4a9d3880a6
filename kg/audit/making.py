"""Episodes made for one guidance: valid ones, near misses and contradicted ones, each with the verdict that the checker
gives, so that others can hold their encoders against it. No episode of a person is looked at.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import islice

from kg.audit.faults import Fault
from kg.codes import Category, Code, One, Selector, covers, overlap
from kg.expression.condition import Context
from kg.expression.nodes import picks
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.check import check
from kg.reason.edits import Repairs, sentence
from kg.reason.prepared import Kept
from kg.reason.record import Record
from kg.reason.repair import Repairer
from kg.reason.standard import Kind as Rule
from kg.reason.verdict import GuidanceVerdict, Verdict

_COMBINATIONS = 200  # of each side, among which is drawn
_CODES = 60  # known codes of a selector among which is drawn
_TRIES = 60  # records tried for each that is wanted
_MOST_CHANGES = 3
PLACES = {Side.PROCEDURE: 24, Side.DIAGNOSIS: 20}
"""Columns that HES has: an episode that is made has no more codes."""


class Kind(StrEnum):
    """What an episode is made to be."""

    VALID = "valid"
    NEAR_MISS = "near miss"
    CONTRADICTED = "contradicted"


VERDICT_OF = {
    Kind.VALID: Verdict.VALID,
    Kind.NEAR_MISS: Verdict.INCOMPLETE,
    Kind.CONTRADICTED: Verdict.CONTRADICTED,
}
"""The verdict that an episode of each kind has."""


@dataclass(frozen=True, slots=True)
class Made:
    """An episode with what the checker says of it. `made` tells how it came from a valid one; `mended` the words of the
    best of the smallest repairs.
    """

    kind: Kind
    record: Record
    found: GuidanceVerdict
    made: str
    mended: str

    @property
    def fault(self) -> Fault:
        """What is missing and which rules are broken, as verdicts of an audit have it."""
        missing = tuple(str(s) for side in self.found.sides for s in side.missing)
        return Fault(missing, tuple(b.rule for side in self.found.sides for b in side.broken))

    @property
    def reason(self) -> str:
        """Why, in a sentence: of the side that decides the verdict."""
        deciding = [s for s in self.found.sides if s.verdict is self.found.verdict] or list(self.found.sides)
        return " ".join(dict.fromkeys(s.why[0].text for s in deciding if s.why))


class Maker:
    """Makes episodes for a guidance. The same seed makes the same ones; the standards are those of `applied`, and the
    episodes have its day.
    """

    def __init__(self, recommendation: Recommendation, applied: Applied, context: Context, seed: int = 0) -> None:
        self._r, self._applied, self._context = recommendation, applied, context
        self._kept = Kept(applied.classification, applied)
        self._repairer = Repairer(applied.classification, applied)
        self._chance = random.Random(f"{seed}/{recommendation.id}")  # noqa: S311  no secret rests on it
        self._known: dict[Selector, tuple[Code, ...]] = {}

    def make(self, count: int) -> list[Made]:
        """At most so many episodes, a third of each kind if there are so many, no two with the same codes."""
        found: list[Made] = []
        shares = [count - 2 * (count // 3), count // 3, count // 3]
        for kind, wanted in zip(Kind, shares, strict=True):
            found += self._some(kind, wanted)
        return found

    def _some(self, kind: Kind, wanted: int) -> list[Made]:
        seen: set[tuple[tuple[Code, ...], ...]] = set()
        found: list[Made] = []
        for _ in range(wanted * _TRIES):
            if len(found) >= wanted:
                break
            drawn = self._drawn(kind)
            if drawn is None:
                continue
            record, told = drawn
            key = (record.procedures, record.diagnoses)
            if key in seen or any(len(record.side(side)) > most for side, most in PLACES.items()):
                continue
            seen.add(key)
            verdict = self._check(record)
            if self._is(kind, record, verdict):
                named = replace(record, id=f"{self._r.id} {kind.value} {len(found) + 1}")
                found.append(Made(kind, named, verdict, told, self._mended(kind, record, verdict)))
        return found

    def _check(self, record: Record) -> GuidanceVerdict:
        return check(self._r, record, self._applied.classification, self._applied, self._kept)

    def _is(self, kind: Kind, record: Record, found: GuidanceVerdict) -> bool:
        """Whether a record is of the kind, by the guidance; a valid one breaks no rule at all, a near miss neither."""
        if found.verdict is not VERDICT_OF[kind]:
            return False
        return kind is Kind.CONTRADICTED or not any(b.contradicts for b in self._applied.broken(record))

    def _mended(self, kind: Kind, record: Record, found: GuidanceVerdict) -> str:
        if kind is Kind.VALID:
            return ""
        repairs: Repairs = self._repairer.repairs(self._r, record, found)
        return sentence(repairs.best[0]) if repairs.best else ""

    # ---- records

    def _drawn(self, kind: Kind) -> tuple[Record, str] | None:
        valid = self._valid()
        if valid is None or kind is Kind.VALID:
            return None if valid is None else (valid, "the codes of a combination in force")
        record, told = valid, list[str]()
        for _ in range(self._chance.randint(1, _MOST_CHANGES)):
            change = self._chance.choice(self._changes)
            changed = change(record, self._chance.choice(list(Side)))
            if changed is not None:
                record = changed[0]
                told.append(changed[1])
        return (record, ", then ".join(told)) if told else None

    @cached_property
    def _sides(self) -> dict[Side, list[tuple[Selector, ...]]]:
        """The combinations of each side that are in force, so many of them."""
        found: dict[Side, list[tuple[Selector, ...]]] = {}
        for side in Side:
            if self._r.side(side) is not None:
                force = self._applied.combinations(self._r, side, self._context)
                found[side] = [standing.combination.selectors for standing in force.first(_COMBINATIONS)]
        return found

    def _valid(self) -> Record | None:
        """A record with a known code for each selector of a combination, the main codes first; None if one has none."""
        codes: dict[Side, tuple[Code, ...]] = dict.fromkeys(Side, ())
        for side, listed in self._sides.items():
            if not listed:
                return None
            chosen: list[Code] = []
            for selector in self._chance.choice(listed):
                known = [c for c in self._codes(selector) if c not in chosen]
                if not known:
                    return None
                chosen.append(self._chance.choice(known))
            codes[side] = tuple(chosen)
        return Record(codes[Side.PROCEDURE], codes[Side.DIAGNOSIS], context=self._context, date=self._applied.day)

    def _codes(self, selector: Selector) -> tuple[Code, ...]:
        if selector not in self._known:
            known = list(islice(self._applied.classification.codes_under(selector), 2000))
            if len(known) > _CODES:
                known = sorted(self._chance.sample(known, _CODES))
            if not known and isinstance(selector, One):
                known = [selector.code]
            self._known[selector] = tuple(known)
        return self._known[selector]

    # ---- what can go wrong with them

    @cached_property
    def _changes(self) -> tuple[Callable[[Record, Side], tuple[Record, str] | None], ...]:
        return (self._without, self._other_code, self._moved, self._added, self._forbidden)

    def _without(self, record: Record, side: Side) -> tuple[Record, str] | None:
        """A code left out."""
        codes = list(record.side(side))
        if len(codes) < 2:
            return None
        gone = codes.pop(self._chance.randrange(len(codes)))
        return _with(record, side, codes), f"{gone} left out"

    def _other_code(self, record: Record, side: Side) -> tuple[Record, str] | None:
        """A code replaced by its neighbour in the same category, or of the category before or after."""
        codes = list(record.side(side))
        if not codes:
            return None
        place = self._chance.randrange(len(codes))
        near = [c for c in self._near(codes[place]) if c not in codes]
        if not near:
            return None
        old, codes[place] = codes[place], self._chance.choice(near)
        return _with(record, side, codes), f"{codes[place]} in place of {old}"

    def _near(self, code: Code) -> list[Code]:
        number = int(code.category[1:])
        wide = [f"{code.category[0]}{n:02d}" for n in (number - 1, number, number + 1) if 0 <= n < 100]
        return [c for letters in wide for c in self._codes(Category(code.scheme, letters))]

    def _moved(self, record: Record, side: Side) -> tuple[Record, str] | None:
        """A code put in another place."""
        codes = list(record.side(side))
        if len(codes) < 2:
            return None
        code = codes.pop(self._chance.randrange(len(codes)))
        at = self._chance.choice((0, self._chance.randint(0, len(codes))))
        codes.insert(at, code)
        return (
            (_with(record, side, codes), f"{code} moved to place {at + 1}")
            if codes != list(record.side(side))
            else None
        )

    def _added(self, record: Record, side: Side) -> tuple[Record, str] | None:
        """The codes of another combination of the guidance beside those there are."""
        listed = self._sides.get(side)
        if not listed:
            return None
        codes = list(record.side(side))
        chapters = self._applied.classification.chapters
        new = [
            self._chance.choice(self._codes(s))
            for s in self._chance.choice(listed)
            if self._codes(s) and not any(covers(s, c, chapters) for c in codes)
        ]
        return (_with(record, side, [*codes, *new]), f"{' '.join(map(str, new))} added") if new else None

    def _forbidden(self, record: Record, side: Side) -> tuple[Record, str] | None:
        """A code that a rule in force forbids, added; mostly one of those that the guidance prints."""
        every, near = ([s for s in listed if s.scheme is side.scheme] for listed in self._never)
        rules = near if near and self._chance.random() < 0.8 else every
        known = self._codes(self._chance.choice(rules)) if rules else ()
        if not known:
            return None
        code = self._chance.choice(known)
        codes = list(record.side(side))
        codes.insert(self._chance.randint(0, len(codes)), code)
        return _with(record, side, codes), f"{code} added"

    @cached_property
    def _never(self) -> tuple[list[Selector], list[Selector]]:
        """What rules in force say is never assigned, or never first: all of it, and what of it the guidance prints."""
        on = [s for s in self._applied.standards.standards if s.in_force(self._applied.day)]
        every = [x for s in on if s.kind in (Rule.NEVER_ASSIGNED, Rule.NEVER_PRIMARY) for x in s.subject]
        printed = {p.selector for side in Side if (e := self._r.side(side)) is not None for p in picks(e)}
        chapters = self._applied.classification.chapters
        near = [p for p in sorted(printed, key=str) if any(overlap(p, x, chapters) for x in every)]
        return every, near


def _with(record: Record, side: Side, codes: list[Code]) -> Record:
    return replace(record, **{"procedures" if side is Side.PROCEDURE else "diagnoses": tuple(codes)})


def repairs_of(made: Iterable[Made]) -> dict[tuple[str, Fault], str]:
    """The repair of each error that occurs among made episodes; of several the shortest, a move before others. What
    mends a broken rule depends on the other codes: it is told as an example.
    """
    found: dict[tuple[str, Fault], str] = {}
    for one in sorted(made, key=lambda each: (each.mended.count(";"), not each.mended.startswith("move"), each.mended)):
        if one.mended and one.kind is Kind.NEAR_MISS:
            found.setdefault((one.found.guidance, Fault(one.fault.missing)), one.mended)
        elif one.mended:
            words = f"for example {one.mended}"
            found.setdefault((one.found.guidance, Fault((), one.fault.broken)), words)
    return found


def common_repairs(
    recommendations: Iterable[Recommendation], applied: Applied, context: Context, count: int = 30
) -> dict[tuple[str, Fault], str]:
    """The repairs of common errors of some guidances, for the report of an audit: those of episodes that are made, so
    that no code of a real episode is in them. A tenth of a second for each guidance.
    """
    made = (one for r in recommendations for one in Maker(r, applied, context).make(count))
    return repairs_of(made)
