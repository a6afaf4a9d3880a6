"""Combinations of codes: what the combinations of selectors are in a list of codes, counted without writing them down.

The codes are cut into *blocks*, runs of codes that lie in the same selectors. Which codes of a block are taken does not
matter to any selector, so that what can be recorded is told by how many codes each block gives; a diagram over blocks
holds each such choice once, however many selectors overlap there, and a block of m codes gives n of them in
(m + n - 1 choose n) ways.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from math import comb
from typing import assert_never

from kg.codes import Chapters, Code, CodeList, Range, Selector
from kg.expression.combination import Combination
from kg.expression.condition import Context
from kg.expression.derivation import Derivations
from kg.expression.diagram import TooLargeError
from kg.expression.nodes import Pick
from kg.expression.part import Part
from kg.expression.program import NEVER, Choice, Denied, Leaf, Maybe, Open, Program, Sum, Under, walk

MOST_NODES = 200_000
"""Bound on the nodes and steps of a diagram over blocks (about a second); beyond it nothing is counted."""


class Blocks:
    """The codes of a list cut at the ends of some selectors. A block is named by the range from its first code to its
    last.
    """

    def __init__(self, selectors: Iterable[Selector], codes: CodeList, chapters: Chapters) -> None:
        self._codes = codes
        self._runs = {s: codes.runs(s, chapters) for s in dict.fromkeys(selectors)}
        ends = sorted({end for runs in self._runs.values() for run in runs for end in run})
        self._starts = ends[:-1]
        self._places = [(start, stop) for start, stop in pairwise(ends)]
        self._names = [
            Range(codes.scheme, codes.codes[start].text, codes.codes[stop - 1].text) for start, stop in self._places
        ]
        self._at = dict(zip(self._names, self._places, strict=True))

    @property
    def all(self) -> Sequence[Range]:
        """The blocks in order; a block between selectors, of codes that lie in none, is among them."""
        return self._names

    def of(self, selector: Selector) -> list[Range]:
        """The blocks that a selector covers, in order; none if the list has no code of it."""
        found: list[Range] = []
        for start, stop in self._runs[selector]:
            first = bisect_right(self._starts, start) - 1
            while first < len(self._places) and self._places[first][0] < stop:
                found.append(self._names[first])
                first += 1
        return found

    def size(self, block: Selector) -> int:
        """How many codes a block has."""
        start, stop = self._at[block] if isinstance(block, Range) else (0, 0)
        return stop - start

    def codes(self, block: Selector) -> tuple[Code, ...]:
        """The codes of a block, in order."""
        start, stop = self._at[block] if isinstance(block, Range) else (0, 0)
        return self._codes.codes[start:stop]


def in_blocks(p: Program, blocks: Blocks) -> Program:
    """The program with a choice of blocks in place of each selector; their leaves keep its number."""
    match p:
        case Leaf(pick, index):
            leaves = tuple(Leaf(Pick(block), index) for block in blocks.of(pick.selector))
            return leaves[0] if len(leaves) == 1 else Choice(leaves) if leaves else NEVER
        case Sum(parts):
            return Sum(tuple(in_blocks(part, blocks) for part in parts))
        case Choice(branches):
            return Choice(tuple(in_blocks(branch, blocks) for branch in branches))
        case Maybe(condition, body):
            return Maybe(condition, in_blocks(body, blocks))
        case Under(condition, body, known):
            return Under(condition, in_blocks(body, blocks), known)
        case Open() | Denied():
            return p
        case _:
            assert_never(p)


def selectors_of(p: Program) -> dict[int, Selector]:
    """The selectors of a program by the numbers of their leaves."""
    return {leaf.index: leaf.pick.selector for leaf in walk(p) if isinstance(leaf, Leaf)}


@dataclass(frozen=True, slots=True)
class CodeCombination:
    """Codes that are one combination, each beside the selector that it is recorded for; the same code may stand twice.

    `rank` is that of the combination of selectors, 0 where it was not looked up.
    """

    codes: tuple[Code, ...]
    selectors: tuple[Selector, ...]
    rank: int = 0


class CodeCombinations:
    """The distinct combinations of codes of one side: counted exactly, drawn with equal chances; never expanded.

    Args:
        program: the combinations of selectors (`kg.expression.program`).
        codes: the codes that there are.
        empty: whether nothing at all is a combination, if the program says so.
        most: a bound on the work; beyond it both counts are None.
    """

    def __init__(
        self,
        program: Program,
        context: Context,
        codes: CodeList,
        chapters: Chapters,
        *,
        empty: bool = True,
        most: int = MOST_NODES,
    ) -> None:
        self._program, self._context, self._empty, self._most = program, context, empty, most
        self._selectors = selectors_of(program)
        self.blocks = Blocks(self._selectors.values(), codes, chapters)

    @property
    def without_codes(self) -> tuple[Selector, ...]:
        """The selectors of which the list has no code: no combination can use them."""
        return tuple(s for s in dict.fromkeys(self._selectors.values()) if not self.blocks.of(s))

    @cached_property
    def _in_blocks(self) -> Program:
        return in_blocks(self._program, self.blocks)

    @cached_property
    def _part(self) -> tuple[Part, int] | None:
        """The diagram and its root; None if it would be too large."""
        try:
            part = Part(self._in_blocks, self._context, most=self._most)
            return part, part.root if self._empty else part.table.without_empty(part.root)
        except TooLargeError:
            return None

    def _size(self, part: Part, level: int) -> int:
        name = part.names[level]
        return 0 if isinstance(name, tuple) else self.blocks.size(name)

    @cached_property
    def _tallies(self) -> dict[int, int]:
        if self._part is None:
            return {}
        part, root = self._part
        return part.table.tallies(root, lambda level, n: comb(self._size(part, level) + n - 1, n))

    @cached_property
    def records(self) -> int | None:
        """How many distinct multisets of codes are combinations: a code that two selectors take stands twice.

        None where the selectors overlap in too many ways to be counted.
        """
        return self._tallies[self._part[1]] if self._part else None

    @cached_property
    def sets(self) -> int | None:
        """How many distinct sets of codes these are: without how often each code stands. None as for `records`."""
        if self._part is None:
            return None
        part, root = self._part
        try:
            support = part.table.supports(root, lambda level: self._size(part, level))
        except TooLargeError:
            return None
        told = part.table.tallies(support, lambda level, n: comb(self._size(part, level), n))
        return told[support]

    def draw(self, chance: random.Random) -> CodeCombination:
        """One of the `records`, each as likely as any other. Linear in the depth of the diagram.

        Raises:
            ValueError: there is none, or they are not counted.
        """
        if self._part is None or not self.records:
            raise ValueError("nothing to draw from")
        part, node = self._part
        taken: Counter[Selector] = Counter()
        while node > 1:
            level, edges = part.table.edges(node)
            name, at = part.names[level], chance.randrange(self._tallies[node])
            for n, child in edges:
                ways = self._tallies[child] * (comb(self._size(part, level) + n - 1, n) if n else 1)
                if at < ways:
                    node = child
                    if n and not isinstance(name, tuple):
                        taken[name] = n
                    break
                at -= ways
        drawn = {block: self._some(block, n, chance) for block, n in taken.items()}
        return self._told(taken, drawn)

    def _some(self, block: Selector, n: int, chance: random.Random) -> list[Code]:
        """So many codes of a block, repeated or not, each multiset as likely as any other (stars and bars)."""
        codes = self.blocks.codes(block)
        chosen = sorted(chance.sample(range(len(codes) + n - 1), n))
        return [codes[place - i] for i, place in enumerate(chosen)]

    def _told(self, taken: Counter[Selector], drawn: dict[Selector, list[Code]]) -> CodeCombination:
        """The codes beside the selectors of one way to take them, in print order."""
        leaves = Derivations(self._in_blocks, self._context).of(taken)[0].leaves
        left = {block: iter(codes) for block, codes in drawn.items()}
        codes = tuple(next(left[leaf.pick.selector]) for leaf in leaves)
        return CodeCombination(codes, tuple(self._selectors[leaf.index] for leaf in leaves))


def in_rank_order(found: Iterable[Combination], codes: CodeList, chapters: Chapters) -> Iterator[CodeCombination]:
    """The distinct combinations of codes, by the rank of the first combination of selectors that has them, then in
    order of codes, the last selector's fastest.

    Lazy; each is told once: memory grows with what was read.
    """
    told: set[tuple[str, ...]] = set()
    for combination in found:
        for chosen in product(*(codes.under(s, chapters) for s in combination.selectors)):
            key = tuple(sorted(code.key for code in chosen))
            if key not in told:
                told.add(key)
                yield CodeCombination(chosen, combination.selectors, combination.rank)
