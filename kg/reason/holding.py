"""Combinations held against the codes of one side of a record: which are met, and which are nearest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from kg.codes import Chapters, Code, Scheme, Selector, covers
from kg.codes.selector import spans
from kg.expression.combination import Combination, Combinations
from kg.reason.change import Change
from kg.reason.in_force import InForce
from kg.reason.matching import Matching, match, match_fits
from kg.reason.verdict import Match

_NEAREST = 10  # combinations told as nearest; more alternatives of the same distance help nobody
_MET = 1000  # combinations met, among which the widest is looked for
_TRIED = 20_000  # combinations of one distance that are tried where selectors compete for entries
_LISTED = 64  # combinations of a side that are written down once and kept from record to record
_REMEMBERED = 4096  # codes of which it is remembered which selectors they fit; then all are forgotten


class Fits:
    """Which codes fit each of some distinct selectors, looked up by spans that are worked out once; what was found for
    a code is remembered for the next record.
    """

    __slots__ = ("_known", "_spans", "numbers")

    def __init__(self, selectors: Iterable[Selector], chapters: Chapters) -> None:
        self.numbers = {s: i for i, s in enumerate(selectors)}
        self._spans = [(i, s.scheme, lo, hi) for i, s in enumerate(selectors) for lo, hi in spans(s, chapters)]
        self._known: dict[tuple[Scheme, str], tuple[int, ...]] = {}

    def of(self, keys: Sequence[tuple[Scheme, str]]) -> list[list[int]]:
        """For each selector the places of the codes (as scheme and key) that it covers."""
        found: list[list[int]] = [[] for _ in self.numbers]
        for j, key in enumerate(keys):
            for i in self._fitting(key):
                found[i].append(j)
        return found

    def _fitting(self, code: tuple[Scheme, str]) -> tuple[int, ...]:
        """The numbers of the selectors that cover a code."""
        found = self._known.get(code)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            scheme, key = code
            # The spans of one selector have no code in common.
            found = tuple([i for i, own, lo, hi in self._spans if scheme is own and lo <= key < hi])
            self._known[code] = found
        return found


class _Way(NamedTuple):
    """A combination as it is in force, with what the standards changed; `members` are the numbers of its selectors."""

    combination: Combination
    changes: tuple[Change, ...]
    members: tuple[int, ...]


class _Listing:
    """All combinations of a side, each in the ways in which it is in force, with numbers for selectors: those that the
    text names first.
    """

    def __init__(self, known: Known, named: Fits, chapters: Chapters) -> None:
        numbers = dict(named.numbers)

        def members(c: Combination) -> tuple[int, ...]:
            return tuple([numbers.setdefault(s, len(numbers)) for s in c.selectors])

        force = known.force
        self.rows: list[tuple[tuple[int, ...], list[_Way]]] = []
        # The order is that of `cheapest` among equals, so that a kept listing tells the same combination first.
        for _, c in known.combinations.cheapest(lambda _: 0):
            mine = members(c)
            ways = [_Way(way, changes, mine if way is c else members(way)) for way, changes in known.ways(c)]
            self.rows.append((mine, ways))
        self.ways = sum([len(ways) for _, ways in self.rows])
        self._falls = [force.may_fall(s) for s in numbers] if force is not None else None
        self.fits = Fits(numbers, chapters) if len(numbers) > len(named.numbers) else named

    def possible(self, fits: Sequence[Sequence[int]]) -> Sequence[object]:
        """For each selector whether it may be met, as a truth: it has a code, or what is in force may be without it."""
        if self._falls is None:
            return fits
        return [fit or falls for fit, falls in zip(fits, self._falls, strict=True)]


class Known:
    """The combinations of an expression in a context, and the standards that make combinations in force of them (none,
    where the printed ones count). With `kept`, the selectors that the text names, a short list of them is written down
    once, for many records.
    """

    def __init__(
        self, combinations: Combinations, force: InForce | None, chapters: Chapters, kept: Fits | None = None
    ) -> None:
        self.combinations, self.force, self._chapters, self._kept = combinations, force, chapters, kept

    @cached_property
    def listing(self) -> _Listing | None:
        """All of them written down; None where they are many, or not to be kept."""
        if self._kept is None or self.combinations.count > _LISTED:
            return None
        return _Listing(self, self._kept, self._chapters)

    def ways(self, printed: Combination) -> Iterator[tuple[Combination, tuple[Change, ...]]]:
        """The ways in which a combination is in force, each with what was changed; none where it is ruled out."""
        if self.force is None:
            yield printed, ()
            return
        adjusted = self.force.of(printed)
        yield from ((way, adjusted.changes) for way in adjusted.ways())


def _match(way: _Way, found: Matching) -> Match:
    selectors = way.combination.selectors
    return Match(way.combination, found.pairs, tuple([selectors[i] for i in found.missing]), way.changes)


class Holding:
    """The codes of one side, to hold combinations against."""

    __slots__ = ("_fits", "_ordered", "chapters", "codes", "keys")

    def __init__(self, codes: tuple[Code, ...], chapters: Chapters) -> None:
        self.codes, self.chapters = codes, chapters
        self.keys = [(code.scheme, code.key) for code in codes]
        self._fits: dict[Fits, list[list[int]]] = {}
        self._ordered: dict[_Listing, tuple[list[list[int]], list[tuple[int, int]]]] = {}

    def of(self, fits: Fits) -> list[list[int]]:
        """For each of some selectors the places of the codes that it covers; remembered."""
        found = self._fits.get(fits)
        if found is None:
            found = self._fits[fits] = fits.of(self.keys)
        return found

    def covers(self, s: Selector) -> bool:
        """Whether some code of the side is one of the selector's."""
        return any(covers(s, code, self.chapters) for code in self.codes)

    def widest(self, known: Known) -> Match | None:
        """Of the combinations that are met the one with most selectors, the first in rank of these; None if none is."""
        listing = known.listing
        if listing is not None and listing.ways <= _MET:
            return self._widest(listing)
        return max(islice(self.met(known), _MET), key=lambda m: len(m.pairs), default=None)

    def _widest(self, listing: _Listing) -> Match | None:
        """The same of combinations that are written down; what is not wider than one that is met is not tried."""
        fits = self.of(listing.fits)
        possible = listing.possible(fits)
        best, pairs, width = None, (), -1
        for members, ways in listing.rows:
            if not all(map(possible.__getitem__, members)):
                continue
            for way in ways:
                if len(way.members) > width:
                    found = match_fits([fits[i] for i in way.members], len(self.codes))
                    if not found.missing:
                        best, pairs, width = way, found.pairs, len(way.members)
        return Match(best.combination, pairs, (), best.changes) if best is not None else None

    def met(self, known: Known) -> Iterator[Match]:
        """The combinations that are met, in rank order."""
        for tried, (bound, matches) in enumerate(self._tried(known)):
            if bound or (known.force is not None and tried > _TRIED):
                return
            yield from (held for held in matches if not held.missing)

    def nearest(self, known: Known) -> tuple[Match, ...]:
        """The combinations with fewest missing selectors, of these those that leave fewest codes unmatched, by rank; at
        most `_NEAREST`.
        """
        if known.listing is not None:
            return self._nearest(known.listing)
        found: list[Match] = []
        told: set[tuple[Selector, ...]] = set()  # two printed combinations may be one in force
        least: int | None = None
        for tried, (bound, matches) in enumerate(self._tried(known)):
            if least is not None and (bound > least or tried > _TRIED):
                break
            for held in matches:
                if least is None or len(held.missing) < least:
                    least, found = len(held.missing), []
                if len(held.missing) == least and held.combination.selectors not in told:
                    told.add(held.combination.selectors)
                    found.append(held)
        most = max((len(m.pairs) for m in found), default=0)
        return tuple([m for m in found if len(m.pairs) == most][:_NEAREST])

    def _nearest(self, listing: _Listing) -> tuple[Match, ...]:
        """The same of combinations that are written down."""
        fits, bounds = self._order(listing)
        found: list[tuple[_Way, Matching]] = []
        told: set[tuple[int, ...]] = set()  # two printed combinations may be one in force
        least: int | None = None
        for bound, n in bounds:
            if least is not None and bound > least:
                break
            for way in listing.rows[n][1]:
                matching = match_fits([fits[i] for i in way.members], len(self.codes))
                missing = len(matching.missing)
                if least is None or missing < least:
                    least, found = missing, []
                if missing == least and way.members not in told:
                    told.add(way.members)
                    found.append((way, matching))
        most = max((len(m.pairs) for _, m in found), default=0)
        best = [(way, m) for way, m in found if len(m.pairs) == most][:_NEAREST]
        return tuple([_match(way, matching) for way, matching in best])

    def _tried(self, known: Known) -> Iterator[tuple[int, Iterator[Match]]]:
        """The combinations, each as it matches the codes in every way in which it is in force, by how many of their
        selectors surely have no code, in rank order among equals.

        That number is never more than the selectors missing from the best assignment: a lower bound that needs no
        assignment.
        """
        if (listing := known.listing) is not None:
            fits, bounds = self._order(listing)
            yield from ((bound, self._listed(listing.rows[n][1], fits)) for bound, n in bounds)
            return
        force = known.force
        cheapest = known.combinations.cheapest(
            (lambda s: force.least(s, self.codes)) if force is not None else (lambda s: 0 if self.covers(s) else 1)
        )
        yield from ((bound, self._held(combination, known)) for bound, combination in cheapest)

    def _order(self, listing: _Listing) -> tuple[list[list[int]], list[tuple[int, int]]]:
        """The places of the codes of each selector, and the combinations by how many have surely no code; remembered,
        since what is nearest is asked for and then what is met with nothing known.
        """
        if listing not in self._ordered:
            fits = self.of(listing.fits)
            costs = [not possible for possible in listing.possible(fits)]
            bounds = sorted([(sum([costs[i] for i in row[0]]), n) for n, row in enumerate(listing.rows)])
            self._ordered[listing] = fits, bounds
        return self._ordered[listing]

    def _listed(self, ways: Sequence[_Way], fits: Sequence[Sequence[int]]) -> Iterator[Match]:
        for way in ways:
            yield _match(way, match_fits([fits[i] for i in way.members], len(self.codes)))

    def _held(self, printed: Combination, known: Known) -> Iterator[Match]:
        for combination, changes in known.ways(printed):
            found = match(combination.selectors, self.codes, self.chapters)
            missing = tuple(combination.selectors[i] for i in found.missing)
            yield Match(combination, found.pairs, missing, changes)
