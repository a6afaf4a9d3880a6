"""The records that are exactly one combination of a guidance, for many guidances in one table of diagrams.

Such a record has a code for each selector of a combination and no code besides. The codes of all guidances are cut into
the same blocks, so that two guidances have the same records exactly when they have the same node, and what is a record
of one and of the other is found without writing any record down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from kg.codes import Category, Chapter, Classification, Code, CodeList, One, Range, Scheme, Selector
from kg.expression.combination import Combination, Ground
from kg.expression.concrete import Blocks, in_blocks, selectors_of
from kg.expression.condition import Context
from kg.expression.derivation import Derivations
from kg.expression.diagram import EMPTY, Diagrams, TooLargeError
from kg.expression.part import Part
from kg.expression.program import Program
from kg.expression.recommendation import Recommendation, Side
from kg.reason.in_force import InForce
from kg.reason.prepared import Kept, Prepared
from kg.reason.standing import CombinationsInForce

_MOST = 20_000  # nodes of one guidance's diagram; beyond it the guidance is not compared


@dataclass(frozen=True, slots=True)
class Exact:
    """The exact records of one side of a guidance.

    `met` is the diagram of its combinations, `records` that of those that the guidance applies to (with a main code);
    `levels` the blocks of these, `leading` those of its main codes. `selectors` has for each selector its blocks, in
    print order, and whether every record has a code of it.
    """

    met: int
    records: int
    levels: frozenset[int]
    leading: tuple[frozenset[int], ...]
    selectors: Mapping[Selector, tuple[frozenset[int], bool]]
    derivations: Derivations
    rules: InForce | None


class ExactRecords:
    """The exact records of one side of many guidances.

    `known[n]` are those of the n-th guidance: None where the text says nothing on this side, or where they are
    `too_many` to be put into a diagram, or where there are none at all (`nothing`).
    """

    def __init__(
        self,
        recommendations: Sequence[Recommendation],
        side: Side,
        context: Context,
        kept: Kept,
    ) -> None:
        classification = kept.classification
        self.too_many: list[int] = []
        self.nothing: list[int] = []
        ready = [_ready(r, side, context, kept) for r in recommendations]
        named = [s for each in ready if each for s in (*each.selectors, *each.prepared.printed_leading)]
        self.blocks = Blocks(named, _universe(named, classification, side.scheme), classification.chapters)
        self._place: dict[Selector, int] = {block: i for i, block in enumerate(self.blocks.all)}
        self.table = Diagrams([0] * len(self._place))
        self._covered: dict[Selector, frozenset[int]] = {}
        self.known = [self._exact(n, each) if each else None for n, each in enumerate(ready)]

    def _exact(self, n: int, ready: _Ready) -> Exact | None:
        program = in_blocks(ready.program, self.blocks)
        try:
            part = Part(program, ready.context, self._place, _MOST)
        except TooLargeError:
            self.too_many.append(n)
            return None

        def level(own: int) -> int:
            name = part.names[own]
            return self._place[name] if isinstance(name, Range) else -1  # facets are gone from the root

        table = self.table
        met = table.adopt(part.table, part.root, level)
        met = met if ready.empty else table.without_empty(met)
        prepared = ready.prepared
        # A guidance applies where a main code is there, of those printed and of those in force.
        leading = tuple(self._levels_of(each) for each in dict.fromkeys((prepared.printed_leading, prepared.leading)))
        records = self.touching(table.without_empty(met), leading)
        if records == EMPTY:
            self.nothing.append(n)
            return None
        selectors = {s: self._levels_of([s]) for s in ready.selectors}
        told = {s: (levels, table.avoiding(records, levels) == EMPTY) for s, levels in selectors.items()}
        used = frozenset(table.levels(records))
        return Exact(
            met, records, used, leading, MappingProxyType(told), Derivations(program, ready.context), prepared.rules
        )

    def _levels_of(self, selectors: Iterable[Selector]) -> frozenset[int]:
        found: set[int] = set()
        for s in selectors:
            if s not in self._covered:
                self._covered[s] = frozenset(self._place[block] for block in self.blocks.of(s))
            found |= self._covered[s]
        return frozenset(found)

    def touching(self, records: int, groups: Iterable[frozenset[int]]) -> int:
        """The records with a code of each of some groups of blocks."""
        for levels in groups:
            records = self.table.minus(records, self.table.avoiding(records, levels))
        return records

    def valid_for(self, one: Exact, other: Exact) -> int:
        """The exact records of one guidance that meet a combination of another, which applies to them."""
        return self.touching(self.table.above(one.records, other.met), other.leading)

    def smallest(self, of: Exact, records: int, most: int) -> Iterator[tuple[Code, ...]]:
        """Some exact records of a guidance from a diagram of such, fewest codes first, at most so many. The codes stand
        in the order of the text, or in that which a standard asks for.
        """
        derivations = of.derivations
        for _, path in islice(self.table.cheapest(records, lambda _: 1, lambda _: False), most):
            taken = Counter[Selector]({self.blocks.all[level]: n for level, n in path})
            left = {block: _several(self.blocks.codes(block), n) for block, n in taken.items()}
            leaves = derivations.of(taken)[0].leaves
            codes = [next(left[leaf.pick.selector]) for leaf in leaves]
            yield self._ordered(codes, of.rules)

    def _ordered(self, codes: list[Code], rules: InForce | None) -> tuple[Code, ...]:
        """The codes in the order in which the standards have them."""
        if rules is None:
            return tuple(codes)
        own = tuple(One(code) for code in codes)
        now = rules.of(Combination(own, (Ground(),), 0)).selectors
        return tuple(s.code for s in now if isinstance(s, One)) if Counter(now) == Counter(own) else tuple(codes)

    def name(self, level: int) -> Selector:
        """A block as a selector: its one code, or the range of its codes."""
        block, codes = self.blocks.all[level], self.blocks.codes(self.blocks.all[level])
        return One(codes[0]) if len(codes) == 1 else block


@dataclass(frozen=True, slots=True)
class _Ready:
    """One side of a guidance before its codes are cut into blocks."""

    program: Program
    empty: bool
    selectors: tuple[Selector, ...]
    prepared: Prepared
    context: Context


def _ready(r: Recommendation, side: Side, context: Context, kept: Kept) -> _Ready | None:
    prepared = kept.side(r, side, context, None)
    if prepared is None:
        return None
    printed = prepared.known.combinations
    found = CombinationsInForce(prepared.e, context, prepared.rules) if prepared.rules else printed
    # Where those in force are too many to be looked at, those printed are compared.
    made = found.program or printed.program
    if made is None:
        return None
    selectors = tuple(dict.fromkeys(selectors_of(made[0]).values()))
    return _Ready(*made, selectors, prepared, context)


def _universe(selectors: Iterable[Selector], classification: Classification, scheme: Scheme) -> CodeList:
    """The codes that are known, those that are named, and one of the right form for a selector of which none is."""
    chapters = classification.chapters
    every = dict.fromkeys(s for s in selectors if s.scheme is scheme)
    named = (s.code for s in every if isinstance(s, One))
    found = CodeList.of(scheme, (*CodeList.known(classification, scheme).codes, *named))
    unknown = [_of_form(s) for s in every if not found.runs(s, chapters)]
    return CodeList.of(scheme, (*found.codes, *unknown)) if unknown else found


def _of_form(s: Selector) -> Code:
    match s:
        case One(code):
            return code
        case Category(scheme, letters):
            return Code(scheme, f"{letters}.9")
        case Range(scheme, first, _):
            return Code(scheme, first if "." in first else f"{first}.9")
        case Chapter(scheme, letter):
            return Code(scheme, f"{letter}99.9")


def _several(codes: Sequence[Code], n: int) -> Iterator[Code]:
    """N codes, different ones as far as there are."""
    return (codes[i % len(codes)] for i in range(n))


__all__ = ["Exact", "ExactRecords"]
