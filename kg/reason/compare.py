"""Whether coded data can tell two guidances apart: which records of one are records of the other, decided without
writing records down.

Compared are the records that are *exactly* a combination of one of the two, with no code besides (docs/decisions.md).
Is the other guidance valid for them too, as `check` has it (other codes may be present)? If it is for all of them,
whatever is valid for the one is valid for the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from kg.codes import Classification, Code, One, Selector
from kg.expression.condition import NOTHING_KNOWN, Context
from kg.expression.diagram import EMPTY
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.check import check
from kg.reason.exact_records import Exact, ExactRecords
from kg.reason.prepared import Kept
from kg.reason.record import Record
from kg.reason.verdict import GuidanceVerdict, Verdict

_Records = Iterable[tuple[tuple[Code, ...], ...]]
_TRIED = 8  # records of which one is looked for that bears a claim out
_TELLS = 6  # selectors told of each guidance


class Relation(StrEnum):
    """How the exact records of a first guidance stand to those of a second."""

    SAME = "same"
    SUBSET = "subset"
    SUPERSET = "superset"
    OVERLAP = "overlap"
    DISJOINT = "disjoint"

    @classmethod
    def of(cls, there: Share, back: Share) -> Relation:
        """From what share of the first's records is valid for the second, and of the second's for the first."""
        if there is Share.ALL:
            return cls.SAME if back is Share.ALL else cls.SUBSET
        if back is Share.ALL:
            return cls.SUPERSET
        return cls.DISJOINT if there is back is Share.NONE else cls.OVERLAP


class Share(StrEnum):
    """How much of some records."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a witness shows: for which of the two guidances the record is valid."""

    first: bool
    second: bool


@dataclass(frozen=True, slots=True)
class Witness:
    """A record that shows a claim. `verdicts` are those of `check` for each guidance, `agrees` whether they bear the
    claim out: a record that meets a combination can still be contradicted.
    """

    claim: Claim
    record: Record
    verdicts: tuple[GuidanceVerdict, GuidanceVerdict]
    agrees: bool


@dataclass(frozen=True, slots=True)
class Tell:
    """A code that speaks for one of two guidances: no exact record of the other has one of the selector. `always`:
    every exact record of this guidance has one.
    """

    guidance: str
    side: Side
    selector: Selector
    always: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Two guidances that share a possible main code. `procedure` compares their procedure sides, `both` both sides
    (None where a diagnosis side has no record, or was too large to be compared).
    """

    first: str
    second: str
    procedure: Relation
    both: Relation | None


class Comparison:
    """Guidances in pairs, in the order of their ids.

    Args:
        recommendations: the guidances, each with an id of its own.
        applied: the standards in force; None for what is printed.
        context: what is known of the care event, for all of them.
    """

    def __init__(
        self,
        recommendations: Sequence[Recommendation],
        classification: Classification,
        applied: Applied | None = None,
        context: Context = NOTHING_KNOWN,
    ) -> None:
        self.recommendations = tuple(sorted(recommendations, key=lambda r: r.id))
        self._classification, self._applied, self._context = classification, applied, context
        self._kept = Kept(classification, applied)
        self._number = {r.id: n for n, r in enumerate(self.recommendations)}

    def _records(self, side: Side) -> ExactRecords:
        return ExactRecords(self.recommendations, side, self._context, self._kept)

    @cached_property
    def _procedures(self) -> ExactRecords:
        return self._records(Side.PROCEDURE)

    @cached_property
    def _diagnoses(self) -> ExactRecords:
        return self._records(Side.DIAGNOSIS)

    @cached_property
    def left_out(self) -> tuple[str, ...]:
        """The guidances that are not compared: those whose procedure side is not there, has no record, or is too large
        to be put into a diagram.
        """
        return tuple(r.id for r, e in zip(self.recommendations, self._procedures.known, strict=True) if e is None)

    @cached_property
    def possible(self) -> int:
        """How many pairs there are of the guidances that are compared."""
        n = len(self.recommendations) - len(self.left_out)
        return n * (n - 1) // 2

    @cached_property
    def near(self) -> tuple[tuple[int, int], ...]:
        """The pairs (by number) of which one can have a main code of the other among its codes. No other pair has a
        record in common.
        """
        led: dict[int, list[int]] = {}
        known = self._procedures.known
        for n, exact in enumerate(known):
            if exact is not None:
                for level in exact.leading[-1]:
                    led.setdefault(level, []).append(n)
        found: set[tuple[int, int]] = set()
        for n, exact in enumerate(known):
            if exact is not None:
                others = {m for level in exact.levels for m in led.get(level, ())} - {n}
                found.update((min(n, m), max(n, m)) for m in others)
        return tuple(sorted(found))

    def pairs(self) -> Iterator[Pair]:
        """The near pairs, compared, in order."""
        for n, m in self.near:
            one, other = self._procedures.known[n], self._procedures.known[m]
            if one is None or other is None:
                continue
            there, back = _shares(self._procedures, one, other)
            yield Pair(
                self.recommendations[n].id,
                self.recommendations[m].id,
                Relation.of(there, back),
                self._both(n, m, there, back),
            )

    def _both(self, n: int, m: int, there: Share, back: Share) -> Relation | None:
        if there is back is Share.NONE:
            return Relation.DISJOINT
        if {n, m} & {*self._diagnoses.too_many, *self._diagnoses.nothing}:
            return None
        more = self._diagnosis_shares(n, m)
        return Relation.of(_least(there, more[0]), _least(back, more[1]))

    def _diagnosis_shares(self, n: int, m: int) -> tuple[Share, Share]:
        """Where one guidance says nothing on diagnoses, none speaks against it."""
        one, other = self._diagnoses.known[n], self._diagnoses.known[m]
        return _shares(self._diagnoses, one, other) if one and other else (Share.ALL, Share.ALL)

    def tells(self, pair: Pair) -> list[Tell]:
        """The selectors of each guidance of a pair that no record of the other has a code of, those first that every
        record has; else the codes. Of both sides, procedures first.
        """
        n, m = self._number[pair.first], self._number[pair.second]
        return [tell for side in Side for tell in self._tells(n, m, side)]

    def _tells(self, n: int, m: int, side: Side) -> list[Tell]:
        records = self._procedures if side is Side.PROCEDURE else self._diagnoses
        found: list[Tell] = []
        for mine, other in ((n, m), (m, n)):
            own, theirs = records.known[mine], records.known[other]
            if own is None or theirs is None:
                continue
            id = self.recommendations[mine].id
            apart = [
                Tell(id, side, s, always)
                for s, (levels, always) in own.selectors.items()
                if levels & own.levels and not levels & theirs.levels
            ]
            if not apart:
                names = map(records.name, sorted(own.levels - theirs.levels))
                apart = [Tell(id, side, s, always=False) for s in names]
            apart.sort(key=lambda t: (not t.always, not isinstance(t.selector, One)))
            found += apart[:_TELLS]
        return found

    def witnesses(self, pair: Pair) -> list[Witness]:
        """A record for each claim of a pair: valid for both, for the first alone, for the second alone. The records
        give procedures; where it takes diagnoses to tell the two apart, diagnoses too.

        Of some records that show the claim the first is taken for which `check` agrees.
        """
        n, m = self._number[pair.first], self._number[pair.second]
        found: list[Witness] = []
        told: set[Claim] = set()
        compared = [[self._procedures]]
        if pair.both is not None and self._diagnoses.known[n] and self._diagnoses.known[m]:
            compared.append([self._procedures, self._diagnoses])
        for tables in compared:
            for claim, records in self._claims(n, m, tables):
                if claim not in told and (witness := self._shown(claim, n, m, records)):
                    told.add(claim)
                    found.append(witness)
        return found

    def _claims(self, n: int, m: int, tables: Sequence[ExactRecords]) -> Iterator[tuple[Claim, _Records]]:
        """Each claim with the records that could show it: the codes of each of the sides compared."""
        for mine, other in ((n, m), (m, n)):
            yield Claim(True, True), zip(*(_common(t, mine, other) for t in tables), strict=False)
        for mine, other, claim in ((n, m, Claim(True, False)), (m, n, Claim(False, True))):
            for apart in tables:  # one side has to tell them apart
                several = (_only(t, mine, other) if t is apart else _any(t, mine, other) for t in tables)
                yield claim, zip(*several, strict=False)

    def _shown(self, claim: Claim, n: int, m: int, records: _Records) -> Witness | None:
        """The first record for which the engine agrees, else the first; None if there is none."""
        first: Witness | None = None
        for codes in records:
            record = Record(codes[0], codes[1] if len(codes) > 1 else (), context=self._context)
            one, other = (
                check(self.recommendations[i], record, self._classification, self._applied, self._kept) for i in (n, m)
            )
            agrees = (_is_valid(one, len(codes)), _is_valid(other, len(codes))) == (claim.first, claim.second)
            witness = Witness(claim, record, (one, other), agrees)
            if agrees:
                return witness
            first = first or witness
        return first


def _is_valid(verdict: GuidanceVerdict, sides: int) -> bool:
    """Whether each side that is compared is valid: one that does not apply is not."""
    return all(s.verdict is Verdict.VALID for s in verdict.sides[:sides])


def _least(one: Share, other: Share) -> Share:
    """The share of pairs of a record of one side and a record of the other."""
    if Share.NONE in (one, other):
        return Share.NONE
    return Share.ALL if one is other is Share.ALL else Share.SOME


def _shares(table: ExactRecords, one: Exact, other: Exact) -> tuple[Share, Share]:
    def share(a: Exact, b: Exact) -> Share:
        common = table.valid_for(a, b)
        return Share.NONE if common == EMPTY else Share.ALL if common == a.records else Share.SOME

    return share(one, other), share(other, one)


def _common(table: ExactRecords, mine: int, other: int) -> Iterator[tuple[Code, ...]]:
    """Some records of one guidance that are valid for another."""
    own, theirs = table.known[mine], table.known[other]
    return table.smallest(own, table.valid_for(own, theirs), _TRIED) if own and theirs else iter(())


def _only(table: ExactRecords, mine: int, other: int) -> Iterator[tuple[Code, ...]]:
    """Some records of one guidance that are not valid for another."""
    own, theirs = table.known[mine], table.known[other]
    if own is None or theirs is None:
        return iter(())
    return table.smallest(own, table.table.minus(own.records, table.valid_for(own, theirs)), _TRIED)


def _any(table: ExactRecords, mine: int, other: int) -> Iterator[tuple[Code, ...]]:
    """Some records of one guidance, such as are valid for another if there are any."""
    own, theirs = table.known[mine], table.known[other]
    if own is None or theirs is None:
        return iter(())
    return table.smallest(own, table.valid_for(own, theirs) or own.records, _TRIED)


__all__ = ["Claim", "Comparison", "Pair", "Relation", "Share", "Tell", "Witness"]
