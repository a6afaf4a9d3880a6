"""The arrays that the loops read and write, by what they are of. Numbers of codes, guidances, sets of rules and
outcomes are places in these arrays.

They are unsigned, as places are in the loops: of one that has a sign, numba asks each time whether it counts from the
end, which kept letters from being copied eight at a time and took a third of the time of some loops.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class Entries(NamedTuple):
    """The codes of one side of a batch of episodes, one after the other; those of episode i stand from `starts[i]` to
    `starts[i + 1]`, as numbers of the vocabulary.
    """

    starts: Array
    """uint32"""
    codes: Array
    """uint32"""


class CodeTable(NamedTuple):
    """What is asked of each code of a side, by its number."""

    key: Array
    """int64: the code as a number that sorts as codes do"""
    marks: Array
    """uint64: two bits that stand for its category, one of the lower half by one hash and one of the upper by another;
    none for a code that no guidance made ready names
    """
    offends: Array
    """uint64, two dimensions: the rules that it can break, as bits"""


class Leads(NamedTuple):
    """The guidances that codes lead, by the code's number."""

    some: Array
    """uint8: whether it leads any"""
    start: Array
    """uint32, one more than codes: where the guidances of each begin"""
    guidances: Array
    """uint32: guidances, one code after the other"""
    lone: Array
    """uint32, for each of these and each class of days, where the other side has codes and where it has none: one more
    than the pair of outcomes of a record without another code that the guidance looks at; 0 where that is not known.
    """


class SideTable(NamedTuple):
    """What one side of each guidance looks at, by the guidance's number."""

    state: Array
    """int8: 0 not made ready, 1 says nothing on this side, 2 ready"""
    marks: Array
    """uint64: the bits of the categories that it names a code of; others need not be looked up"""
    start: Array
    """uint32, two columns: where its spans begin and end in `bounds`"""
    bounds: Array
    """int64: where each span begins; it ends where the next begins"""
    classes: Array
    """int64: the class of the codes of each span, 0 for those that it names not"""
    rules: Array
    """uint64, two dimensions: the rules that codes of its selectors can break"""
    days: Array
    """uint32: its row in the table of days"""


class RuleSets(NamedTuple):
    """What is asked of codes where some rules can be broken, by the number of the set of rules; number 0 is no rule."""

    bits: Array
    """uint64, two dimensions: the rules"""
    classes: Array
    """int32, two dimensions: the class of each code"""
    lead: Array
    """int64: how many codes out of scope are told before the first in scope"""
    between: Array
    """int64: how many between two in scope"""
    days: Array
    """uint32: its row in the table of days"""


class Side(NamedTuple):
    """All that is known of one side."""

    entries: Entries
    codes: CodeTable
    leads: Leads
    sides: SideTable
    rules: RuleSets


class Signatures(NamedTuple):
    """The signatures that have come, each with a number from 1, and where to find one: `slots` holds numbers at the
    place that the hash tells, 0 where there is none. Signature n stands in `symbols` from `start[n]` to `start[n + 1]`.
    `first` is the episode, in the batch in which it came, that had it first; `spots` are the places of its codes there,
    for each symbol. `counts` holds how many there are, and how many symbols.
    """

    slots: Array
    hashes: Array
    start: Array
    symbols: Array
    spots: Array
    first: Array
    counts: Array


class Pairs(NamedTuple):
    """The pairs of outcomes of both sides that have come, numbered from 0: `keys` are outcomes of the procedure side
    times 2^32 and those of the diagnosis side, `slots` numbers from 1 by their hash, `guidance` whose they are. `few`
    has, for a class of days, a guidance and what little it looks at on each side (`kg.audit.kernels.judging.FEW`), one
    more than the pair; 0 where that is not known.
    """

    slots: Array
    keys: Array
    guidance: Array
    few: Array
    counts: Array


class Rows(NamedTuple):
    """A row for each episode and guidance: the episode, the number of the pair of outcomes, and the places of the codes
    of each side's signature, as bits (of no use where a record of the batch has more than 64 codes a side).
    """

    episode: Array
    pair: Array
    places: Array


class Desk(NamedTuple):
    """Room that the loops work in; nothing in it means anything before or after."""

    seen: Array
    """int64, one for each guidance: the last episode that could be about it"""
    found: Array
    """uint32, one for each guidance"""
    led: Array
    """uint32, three columns, for each guidance: the code that leads it there, its place among the codes, and where it
    stands in `Leads.guidances` (`UNDECIDED` of one that is undecided)"""
    symbols: Array
    """int32, for one signature"""
    spots: Array
    """int16, for one signature"""
    hits: Array
    """uint32: the places of the codes of some episodes that lead guidances"""
    bits: Array
    """uint64, two dimensions: for a set of rules of each side, and which side's is not made ready"""
