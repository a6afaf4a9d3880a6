"""Episodes to rows: which guidances a record could be about, and which signature it has for each side of each.

A signature is told apart exactly: the hash finds it, all of it is compared. One that has not come before gets the next
number here, and is checked afterwards.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kg.audit.kernels.arrays import CodeTable, Desk, Leads, Pairs, Rows, RuleSets, Side, Signatures
from kg.audit.kernels.candidates import (
    BLOCK,
    UNDECIDED,
    candidates,
    gives,
    leading,
    looks_at,
    near,
    near_any,
    others,
    places,
)
from kg.audit.kernels.compiling import compiled, part

DONE, NEW_RULES, FULL = 0, 1, 2
"""How a run ended: at its end; at a set of rules that is not made ready; for want of room."""

HEADER = 3
"""The symbols of a signature before those of its codes: guidance and side, set of rules, days."""

FEW = 4
"""Most records have no more than two codes a side that a guidance looks at, of classes below this one, which can break
no rule. What is said of these is found at once, without a hash: all tables together stay near the processor then.
"""

FEW_PROCEDURES, FEW_DIAGNOSES = FEW * FEW, 2 * FEW
"""How many cases that makes on each side (`_few`); of two diagnoses only the commonest."""

FIRST_HALF = 0xFFFFFFFF
"""The bits of a symbol that the side's selectors and the standards that change them make; the others are of rules."""

_NUMBER = 0xFFFFFFFF
_TAG = ~_NUMBER  # the part of a slot that is of the hash: of others with the same place in the table, few are looked at


@part
def _mixed(a: Any, b: Any) -> Any:
    """A hash of a hash and a number."""
    h = (a ^ np.uint64(b)) * np.uint64(0x9E3779B97F4A7C15)
    return h ^ (h >> np.uint64(29))


@part
def _class_of(code: Any, guidance: Any, codes: CodeTable, sides: Any) -> Any:
    """The class of a code by the selectors of a side."""
    mark = codes.marks[code]
    if (mark == 0) | (mark & sides.marks[guidance] != mark):  # one question, to which the answer is mostly the same
        return np.int64(0)
    key = codes.key[code]
    first = np.int64(sides.start[guidance, 0])
    length = np.int64(sides.start[guidance, 1]) - first
    if length == 0 or key < sides.bounds[np.uint64(first)]:
        return np.int64(0)
    # Always halved, whatever was found: to add in any case is faster than to guess.
    while length > 1:
        half = length >> 1
        first += half * np.int64(sides.bounds[np.uint64(first + half)] <= key)
        length -= half
    return sides.classes[np.uint64(first)]


@part
def _rules_at(bits: Any, rules: RuleSets) -> Any:
    """The number of a set of rules; -1 for one that is not made ready."""
    for n in range(rules.bits.shape[0]):
        same = True
        for w in range(len(bits)):
            if rules.bits[n, w] != bits[w]:
                same = False
                break
        if same:
            return n
    return -1


@part
def kept(episode: Any, guidance: Any, side: Side, bits: Any, desk: Desk) -> Any:
    """The codes of an episode that a side looks at: symbols from `HEADER` on, places beside them. How many there are,
    and the set of rules, of which -1 (with its bits) is one that is not made ready.

    Where rules are of places, one or two codes of class 0 stay before and between others: what stands first or second,
    and what stands directly behind what, is then as it was.
    """
    begin, end = places(episode, side)
    symbols, spots, words = desk.symbols, desk.spots, len(bits)
    some = False
    for w in range(words):
        bits[w] = np.uint64(0)
    n = HEADER
    for i in range(begin, end):
        code = side.entries.codes[np.uint64(i)]
        found = _class_of(code, guidance, side.codes, side.sides)
        if found:
            symbols[np.uint64(n)] = found
            spots[np.uint64(n)] = i - begin
            n += 1
            for w in range(words):
                broken = side.codes.offends[code, w] & side.sides.rules[guidance, w]
                if broken:
                    bits[w] |= broken
                    some = True
    if not some:
        return n, 0
    number = _rules_at(bits, side.rules)
    if number < 0:
        return n, -1
    lead, between = side.rules.lead[number], side.rules.between[number]
    n, away, waiting, room = HEADER, 0, 0, lead
    for i in range(begin, end):
        code = side.entries.codes[np.uint64(i)]
        mine = _class_of(code, guidance, side.codes, side.sides)
        theirs = np.int64(side.rules.classes[number, code])
        if mine or theirs:
            n += waiting
            symbols[n] = mine | (theirs << 32)
            spots[n] = i - begin
            n += 1
            away, waiting, room = 0, 0, between
        elif away < room:
            # It stays if one in scope comes behind it.
            symbols[n + waiting] = 0
            spots[n + waiting] = i - begin
            away += 1
            waiting += 1
    return n, number


@part
def _few(episode: Any, guidance: Any, side: Side) -> Any:
    """Which few codes of an episode a side looks at, as a number: 0 where it gives nothing or is asked nothing, 1 where
    it looks at none, and so on; -1 where these are more, or others. And the places of its codes, as bits.
    """
    case, n, sure, spots = 0, 0, True, np.uint64(0)
    begin, end = places(episode, side)
    if side.sides.state[guidance] != 2 or begin == end:
        return case, spots
    for i in range(begin, end):
        code = side.entries.codes[np.uint64(i)]
        found = _class_of(code, guidance, side.codes, side.sides)
        if found:
            case = FEW * case + found
            n += 1
            sure &= found < FEW
            spots |= np.uint64(1) << np.uint64((i - begin) & 63)
            for w in range(side.codes.offends.shape[1]):
                sure &= not side.codes.offends[code, w] & side.sides.rules[guidance, w]
    return 1 + case if sure and n <= 2 else -1, spots


@part
def _numbered(n: Any, episode: Any, desk: Desk, known: Signatures) -> Any:
    """The number of the signature on the desk; a new one is added. There is room for it."""
    symbols = desk.symbols
    h = np.uint64(n)
    for i in range(n):
        h = _mixed(h, symbols[np.uint64(i)])
    mask = len(known.slots) - 1
    at = np.int64(h) & mask
    tag = np.int64(h) & _TAG
    while known.slots[np.uint64(at)]:
        slot = known.slots[np.uint64(at)]
        if slot & _TAG == tag:
            number = slot & _NUMBER
            start = known.start[np.uint64(number)]
            same = known.start[np.uint64(number + 1)] - start == n
            i = 0
            while same and i < n:
                same = known.symbols[np.uint64(start + i)] == symbols[np.uint64(i)]
                i += 1
            if same:
                return number
        at = (at + 1) & mask
    known.counts[0] += 1
    number = known.counts[0]
    known.slots[at] = tag | number
    known.hashes[number] = np.int64(h)
    known.first[number] = episode
    start = known.start[number]
    for i in range(n):
        known.symbols[start + i] = symbols[i]
        known.spots[start + i] = desk.spots[i]
    known.start[number + 1] = start + n
    known.counts[1] = start + n
    return number


@part
def _pair(procedure: Any, diagnosis: Any, guidance: Any, pairs: Pairs) -> Any:
    """The number of a pair of outcomes; a new one is added."""
    key = (np.int64(procedure) << 32) | np.int64(diagnosis)
    mask = len(pairs.slots) - 1
    at = np.int64(_mixed(np.uint64(0), key)) & mask
    while True:
        number = pairs.slots[np.uint64(at)]
        if number == 0:
            break
        if pairs.keys[np.uint64(number - 1)] == key:
            return number - 1
        at = (at + 1) & mask
    number = pairs.counts[0]
    pairs.counts[0] += 1
    pairs.slots[at] = number + 1
    pairs.keys[number] = key
    pairs.guidance[number] = guidance
    return number


@compiled
def rehashed(known: Signatures, slots: Any) -> None:
    """Put all signatures into other slots, which are empty."""
    mask = len(slots) - 1
    for number in range(1, known.counts[0] + 1):
        at = known.hashes[number] & mask
        while slots[at]:
            at = (at + 1) & mask
        slots[at] = (known.hashes[number] & _TAG) | number


@compiled
def rehashed_pairs(pairs: Pairs, slots: Any) -> None:
    """Put all pairs into other slots, which are empty."""
    mask = len(slots) - 1
    for number in range(pairs.counts[0]):
        at = np.int64(_mixed(np.uint64(0), pairs.keys[number])) & mask
        while slots[at]:
            at = (at + 1) & mask
        slots[at] = number + 1


@part
def _outcome(
    episode: Any, guidance: Any, which: Any, side: Side, day: Any, days: Any, known: Signatures, desk: Desk
) -> Any:
    """The number of the signature of one side; 0 where it gives nothing or is asked nothing, -1 for new rules. And the
    places of its codes, as bits.
    """
    spots = np.uint64(0)
    begin, end = places(episode, side)
    if side.sides.state[guidance] != 2 or begin == end:
        return 0, spots
    n, rules = kept(episode, guidance, side, desk.bits[which], desk)
    if rules < 0:
        return -1, spots
    for i in range(HEADER, n):
        spots |= np.uint64(1) << np.uint64(desk.spots[np.uint64(i)] & 63)
    mine, theirs = days[side.sides.days[guidance], day], days[side.rules.days[rules], day]
    desk.symbols[0] = 2 * guidance + which
    desk.symbols[1] = rules
    desk.symbols[2] = mine | (theirs << 32)
    return _numbered(n, episode, desk, known), spots


@compiled
def judge(
    start: int,
    at: int,
    procedure: Side,
    diagnosis: Side,
    undecided: Leads,
    day_of: Any,
    days: Any,
    known: Signatures,
    pairs: Pairs,
    rows: Rows,
    desk: Desk,
) -> Any:
    """Rows of episodes from `start` on, written to `rows` from `at` on: how it ended, at which episode (to go on there)
    and with how many rows. The rules of a set that is not made ready are told in `desk.bits`, and whose side they are.

    Of most records a guidance looks at one code alone, the one that leads it: then what is said is found by that code.
    Of most others it looks at a few.
    """
    desk.seen[:] = -1
    episodes = len(procedure.entries.starts) - 1
    for block in range(start, episodes, BLOCK):
        stop = min(block + BLOCK, episodes)
        leading(block, stop, procedure, desk)
        hit = 0
        for episode in range(block, stop):
            n, hit = candidates(episode, hit, procedure, diagnosis, undecided, desk)
            if n == 0:
                continue
            if (
                at + n > len(rows.episode)
                or 2 * (known.counts[0] + 2 * n + 2) > len(known.slots)
                or known.counts[1] + 2 * n * len(desk.symbols) > len(known.symbols)
                or 2 * (pairs.counts[0] + n + 1) > len(pairs.slots)
            ):
                return FULL, episode, at
            first, day = at, np.uint64(day_of[np.uint64(episode)])
            by_procedure = gives(episode, procedure)
            by_lead = procedure.leads.lone if by_procedure else diagnosis.leads.lone
            some, more = near(episode, procedure)
            theirs, twice = (near_any(episode, diagnosis), np.uint64(0)) if by_procedure else near(episode, diagnosis)
            way = day + day + np.uint64(by_procedure and gives(episode, diagnosis))
            for i in range(n):
                guidance = desk.found[np.uint64(i)]
                code, entry = desk.led[guidance, 0], desk.led[guidance, 2]
                none = not looks_at(guidance, diagnosis, theirs)
                alone, pair = False, np.uint32(0)
                if entry == UNDECIDED:
                    pass
                elif by_procedure:
                    alone = not looks_at(guidance, procedure, others(code, procedure, some, more))
                else:
                    alone = not looks_at(guidance, diagnosis, others(code, diagnosis, theirs, twice))
                alone = alone and (none or not by_procedure)
                here, there = np.uint64(0), np.uint64(0)
                if alone:
                    pair = by_lead[entry, way]
                    spot = np.uint64(1) << np.uint64(desk.led[guidance, 1] & 63)
                    here, there = (spot, there) if by_procedure else (here, spot)
                if not pair:
                    case, here = _few(episode, guidance, procedure)
                    other, there = _few(episode, guidance, diagnosis)
                    few = case >= 0 and other >= 0 and case < FEW_PROCEDURES and other < FEW_DIAGNOSES
                    if few:
                        pair = pairs.few[day, guidance, other, case]
                    if not pair:
                        one, here = _outcome(episode, guidance, 0, procedure, day, days, known, desk)
                        two, there = _outcome(episode, guidance, 1, diagnosis, day, days, known, desk)
                        if one < 0 or two < 0:
                            desk.bits[2, 0] = np.uint64(0 if one < 0 else 1)
                            return NEW_RULES, episode, first
                        if one == 0 and two == 0:
                            continue
                        pair = np.uint32(_pair(one, two, guidance, pairs) + 1)
                        if few:
                            pairs.few[day, guidance, other, case] = pair
                    if few and alone:
                        by_lead[entry, way] = pair
                row = np.uint64(at)
                rows.episode[row] = episode
                rows.pair[row] = np.int64(pair) - 1
                rows.places[row, 0] = here
                rows.places[row, 1] = there
                at += 1
    return DONE, episodes, at
