"""Verdicts on a record, with what they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from kg.citation import Origin
from kg.codes import Code, Selector
from kg.expression.combination import Combination
from kg.expression.recommendation import Side
from kg.reason.change import Change
from kg.reason.inferred import Inferred
from kg.reason.standard import Authority, Level


class Verdict(StrEnum):
    """What a record is against a guidance, or one side of it."""

    VALID = "valid"
    INCOMPLETE = "incomplete"
    CONTRADICTED = "contradicted"
    NOT_APPLICABLE = "not applicable"
    NOT_GIVEN = "not given"

    __hash__ = str.__hash__  # that of Enum is written in Python


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of an explanation: a sentence, the words it rests on, and the steps below it."""

    text: str
    origins: tuple[Origin, ...] = ()
    steps: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that the codes of a record break.

    `standard` is the national standard (or the basis) that the rule is part of, empty for what follows from the
    recommendation alone; `entries` are the places of `codes` on `side`, from 0; `missing` are the codes of which one
    (or, for a rule that says so, each) would mend it, where the rule asks for codes that are not there.
    """

    rule: str
    codes: tuple[Code, ...]
    why: str
    origins: tuple[Origin, ...] = ()
    standard: str = ""
    level: Level = Level.BREAK
    authority: Authority | None = None
    side: Side | None = None
    entries: tuple[int, ...] = ()
    missing: tuple[Selector, ...] = ()

    @property
    def contradicts(self) -> bool:
        """Whether it makes a verdict contradicted, and is no mere warning or note."""
        return self.level is Level.BREAK


class Match(NamedTuple):
    """A combination held against the codes of a side: which entry each selector has, and which selectors have none.

    `pairs` are (index in `combination.selectors`, index of the entry, from 0). `changes` are what the standards made of
    the printed combination.
    """

    combination: Combination
    pairs: tuple[tuple[int, int], ...]
    missing: tuple[Selector, ...]
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class SideVerdict:
    """The verdict on one side. `met` is the widest combination that is met; `nearest` those with fewest missing
    selectors; `inferred` is what the record says of the conditions besides what is given.
    """

    side: Side
    verdict: Verdict
    codes: tuple[Code, ...]
    met: Match | None = None
    nearest: tuple[Match, ...] = ()
    broken: tuple[Broken, ...] = ()
    why: tuple[Reason, ...] = ()
    inferred: tuple[Inferred, ...] = ()

    @property
    def best(self) -> Match | None:
        """What was met, else the first of the nearest combinations."""
        return self.met or (self.nearest[0] if self.nearest else None)

    @property
    def missing(self) -> tuple[Selector, ...]:
        """The missing selectors of the first of the nearest combinations."""
        return self.nearest[0].missing if self.nearest else ()

    @property
    def matched(self) -> int:
        """How many selectors have an entry in the best combination."""
        best = self.best
        return len(best.pairs) if best else 0

    def explained(self) -> frozenset[int]:
        """The entries that the best combination matches."""
        best = self.best
        return frozenset([entry for _, entry in best.pairs]) if best else frozenset()


@dataclass(frozen=True, slots=True)
class GuidanceVerdict:
    """The verdict on a record against one guidance, from those on its sides."""

    guidance: str
    title: str
    procedure: SideVerdict
    diagnosis: SideVerdict

    @property
    def sides(self) -> tuple[SideVerdict, SideVerdict]:
        """Both sides, the procedure first."""
        return self.procedure, self.diagnosis

    @property
    def verdict(self) -> Verdict:
        """Contradicted if a side is, else incomplete if a side is, else valid; what is not given does not count.

        A guidance is about a procedure: where the record's procedures have nothing to do with it, it does not apply,
        whatever the diagnoses (docs/decisions.md).
        """
        found = {s.verdict for s in self.sides}
        if self.procedure.verdict is Verdict.NOT_APPLICABLE or found <= {Verdict.NOT_APPLICABLE, Verdict.NOT_GIVEN}:
            return Verdict.NOT_APPLICABLE
        for one in (Verdict.CONTRADICTED, Verdict.INCOMPLETE):
            if one in found:
                return one
        return Verdict.VALID
