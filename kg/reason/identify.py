"""Which guidances could a record mean, how sure that is, and which codes would tell.

Certainty is told in what can be counted: for how many guidances the record is valid, how many explain the same codes,
what is left unexplained, what is missing. There are no probabilities: nothing says how often a guidance is followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from kg.codes import Code, SctId, Selector, covers, overlap
from kg.expression.nodes import picks
from kg.expression.recommendation import Recommendation, Side
from kg.reason.candidates import Candidates
from kg.reason.check import check, check_all
from kg.reason.holding import Holding
from kg.reason.inferring import Inferring
from kg.reason.prepared import Kept, Prepared
from kg.reason.record import Record
from kg.reason.verdict import GuidanceVerdict, Verdict

_COMPARED = 10  # candidates that are told apart; more are no help to choose
_TOLD = 12  # codes that would tell, most useful first


class Certainty(StrEnum):
    """What a verdict says of a guidance that a record could mean.

    `only`: the record is valid for it and for no other guidance. `one of several`: it is valid for others too.
    `possible`: codes are missing. `named`: no code of the record is one of its main codes, it names other codes of the
    record or lists a concept of it; told where nothing better is. `contradicted`: the codes speak against it.
    """

    ONLY = "only"
    ONE_OF_SEVERAL = "one of several"
    POSSIBLE = "possible"
    NAMED = "named"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class Through:
    """That a concept of a record has taken the place of one that a guidance lists, and by which kind of link."""

    concept: SctId
    listed: str
    link: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A guidance that a record could mean.

    `explained` are the codes of the record that its best combination matches, `unexplained` the others, `missing` the
    selectors that it still wants; `alike` are the other candidates of the same certainty that explain the same codes;
    `concepts` those of the record that it lists, itself or (`through`) as what they were before. Of the procedure side,
    `met` combinations of `of` are met (None where there are too many to look at).
    """

    verdict: GuidanceVerdict
    certainty: Certainty
    explained: tuple[Code, ...]
    unexplained: tuple[Code, ...]
    missing: tuple[Selector, ...]
    alike: tuple[str, ...] = ()
    concepts: tuple[SctId, ...] = ()
    met: int | None = None
    of: int | None = None
    through: tuple[Through, ...] = ()

    @property
    def guidance(self) -> str:
        """The id of the guidance."""
        return self.verdict.guidance


@dataclass(frozen=True, slots=True)
class Telling:
    """A selector that speaks for one candidate: no combination of those `against` has a code of it. `always`: every
    combination of the candidate has it. `present`: the record has a code of it.
    """

    guidance: str
    side: Side
    selector: Selector
    against: tuple[str, ...]
    always: bool
    present: bool


@dataclass(frozen=True, slots=True)
class Identified:
    """The guidances that a record could mean, best first; `valid` is for how many it is valid; `tells` are the codes
    that tell the best of them apart.
    """

    record: Record
    candidates: tuple[Candidate, ...]
    valid: int
    tells: tuple[Telling, ...]


class Identifier:
    """Finds the guidances that records could mean; for many records, and one set of standards (those of `kept`).

    A record is held against the guidances of which it has a main code; a thousand others cost nothing.
    """

    def __init__(
        self,
        candidates: Candidates,
        kept: Kept,
        inferring: Inferring | None = None,
        before: Mapping[str, Sequence[Through]] = MappingProxyType({}),
    ) -> None:
        """`before` tells of a concept which listed ones it has taken the place of, by its identifier."""
        self._near, self._kept, self._inferring, self._before = candidates, kept, inferring, before
        self._listing: dict[str, list[Recommendation]] = {}
        for r in candidates.recommendations:
            for id in dict.fromkeys(mention.id for mention in r.concepts):
                self._listing.setdefault(id, []).append(r)
        self._by_id = {r.id: r for r in candidates.recommendations}

    def identify(self, record: Record, *, everything: bool = False) -> Identified:
        """The guidances that the record could mean, best first: valid, then with codes missing, then merely named, then
        contradicted; more codes matched before fewer, more concepts listed before fewer, fewer missing before more,
        then by id.

        A guidance with codes missing is set aside when a valid one explains every code that it matched; `everything`
        keeps it.
        """
        classification, applied = self._kept.classification, self._kept.applied
        near = self._near.about(record)
        verdicts = check_all(
            near, record, classification, applied, everything=everything, kept=self._kept, inferring=self._inferring
        )
        found = [v for v in verdicts if v.verdict is not Verdict.NOT_APPLICABLE]
        valid = sum(v.verdict is Verdict.VALID for v in found)
        told = [self._candidate(v, record, valid) for v in found]
        told = told or self._named_only(record)
        told.sort(key=_rank)
        alike: dict[object, list[str]] = {}
        for one in told:
            alike.setdefault(_sameness(one), []).append(one.guidance)
        told = [replace(c, alike=tuple(id for id in alike[_sameness(c)] if id != c.guidance)) for c in told]
        return Identified(record, tuple(told), valid, tuple(self._tells(told, record)))

    def _candidate(self, verdict: GuidanceVerdict, record: Record, valid: int) -> Candidate:
        certainty = {
            Verdict.VALID: Certainty.ONLY if valid == 1 else Certainty.ONE_OF_SEVERAL,
            Verdict.INCOMPLETE: Certainty.POSSIBLE,
        }.get(verdict.verdict, Certainty.CONTRADICTED)
        explained, unexplained = list[Code](), list[Code]()
        for side in verdict.sides:
            entries = side.explained()
            for i, code in enumerate(side.codes):
                (explained if i in entries else unexplained).append(code)
        missing = tuple(s for side in verdict.sides for s in side.missing if side.verdict is not Verdict.VALID)
        r = self._by_id[verdict.guidance]
        concepts, through = self._concepts(r, record)
        met, of = self._met(r, record)
        codes = tuple(explained), tuple(unexplained)
        return Candidate(verdict, certainty, *codes, missing, (), concepts, met, of, through)

    def _concepts(self, r: Recommendation, record: Record) -> tuple[tuple[SctId, ...], tuple[Through, ...]]:
        """The concepts of a record that a guidance lists, and which of them by what they were before."""
        listed = {mention.id for mention in r.concepts}
        later = [c for c in record.concepts if str(c) not in listed]
        through = tuple(t for c in later for t in self._before.get(str(c), ()) if t.listed in listed)
        also = {t.concept for t in through}
        return tuple(c for c in record.concepts if str(c) in listed or c in also), through

    def _ready(self, r: Recommendation, side: Side, record: Record) -> Prepared | None:
        context = record.context
        if self._inferring is not None and record.side(side):
            context, _ = self._inferring.context(r, side, record)
        return self._kept.side(r, side, context, record.date)

    def _met(self, r: Recommendation, record: Record) -> tuple[int | None, int | None]:
        """How many combinations in force of the procedure side are met, and how many there are."""
        ready = self._ready(r, Side.PROCEDURE, record)
        listing = ready.known.listing if ready is not None else None
        if ready is None or listing is None or not record.procedures:
            return None, None
        of = sum(len(ways) for _, ways in listing.rows)
        return sum(1 for _ in Holding(record.procedures, ready.chapters).met(ready.known)), of

    def _named_only(self, record: Record) -> list[Candidate]:
        """The guidances that name a procedure code of the record, though none that leads, or list a concept of it."""
        numbers = self._near.named[Side.PROCEDURE].covering(record.procedures)
        several = {r.id: r for r in (self._near.recommendations[n] for n in sorted(numbers))}
        ids = [id for c in record.concepts for id in (str(c), *(t.listed for t in self._before.get(str(c), ())))]
        several |= {r.id: r for id in ids for r in self._listing.get(id, ())}
        classification, applied = self._kept.classification, self._kept.applied
        chapters = classification.chapters
        found: list[Candidate] = []
        for r in several.values():
            verdict = check(r, record, classification, applied, self._kept, self._inferring)
            named = {side: [pick.selector for pick in picks(r.side(side))] for side in Side}
            explained, unexplained = list[Code](), list[Code]()
            for side in Side:
                for code in record.side(side):
                    (explained if any(covers(s, code, chapters) for s in named[side]) else unexplained).append(code)
            concepts, through = self._concepts(r, record)
            codes = tuple(explained), tuple(unexplained)
            found.append(Candidate(verdict, Certainty.NAMED, *codes, (), (), concepts, through=through))
        return found

    def _tells(self, told: Sequence[Candidate], record: Record) -> list[Telling]:
        """The selectors that tell the best candidates, those of the first one's certainty, apart."""
        best = [c for c in told if c.certainty is told[0].certainty][:_COMPARED]
        found: list[Telling] = []
        for side in Side if len(best) > 1 else ():
            named = {c.guidance: self._named(c.guidance, side, record) for c in best}
            for id, mine in named.items():
                for selector, always in (mine or {}).items():
                    found += self._telling(id, side, selector, always, named, record)
        # What would settle it stands first: against most, then what every combination has, then what is not there yet.
        found.sort(key=lambda t: (-len(t.against), not t.always, t.present))
        return found[:_TOLD]

    def _telling(
        self,
        id: str,
        side: Side,
        selector: Selector,
        always: bool,
        named: Mapping[str, Mapping[Selector, bool] | None],
        record: Record,
    ) -> list[Telling]:
        chapters = self._kept.classification.chapters
        against = tuple(
            other
            for other, theirs in named.items()
            if other != id and theirs is not None and not any(overlap(selector, s, chapters) for s in theirs)
        )
        if not against:
            return []
        present = Holding(record.side(side), chapters).covers(selector)
        return [Telling(id, side, selector, against, always, present)]

    def _named(self, id: str, side: Side, record: Record) -> Mapping[Selector, bool] | None:
        """The selectors of the combinations of a side, each with whether all have it; None where the guidance says
        nothing on it, or has too many combinations to look at.
        """
        ready = self._ready(self._by_id[id], side, record)
        if ready is None or ready.known.listing is None:
            return None
        every = [set(way.combination.selectors) for _, ways in ready.known.listing.rows for way in ways]
        return {s: all(s in each for each in every) for s in _ordered(every)}


def _ordered(every: Iterable[set[Selector]]) -> list[Selector]:
    return sorted({s for each in every for s in each}, key=str)


def _rank(c: Candidate) -> tuple[int, int, int, int, str]:
    order = (Certainty.ONLY, Certainty.ONE_OF_SEVERAL, Certainty.POSSIBLE, Certainty.NAMED, Certainty.CONTRADICTED)
    matched = len(c.explained)
    return order.index(c.certainty), -matched, -len(c.concepts), len(c.missing), c.guidance


def _sameness(c: Candidate) -> object:
    """What candidates that are alike share: the certainty and the codes explained."""
    return c.certainty, c.explained


__all__ = ["Candidate", "Certainty", "Identified", "Identifier", "Telling", "Through"]
