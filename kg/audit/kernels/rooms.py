"""Room for signatures and pairs of outcomes, and more of it: at most half of the slots are taken."""

from __future__ import annotations

import numpy as np

from kg.audit.growing import enlarged
from kg.audit.kernels.arrays import Desk, Pairs, Rows, Signatures
from kg.audit.kernels.candidates import BLOCK
from kg.audit.kernels.judging import FEW_DIAGNOSES, FEW_PROCEDURES, HEADER, rehashed, rehashed_pairs

_SLOTS, _ROWS = 1 << 12, 1 << 16


def signatures() -> Signatures:
    """Room for signatures, of which there is none yet."""
    most = _SLOTS // 2
    return Signatures(
        np.zeros(_SLOTS, np.int64),
        np.zeros(most, np.int64),
        np.zeros(most + 1, np.int64),
        np.zeros(8 * most, np.int64),
        np.zeros(8 * most, np.int16),
        np.zeros(most, np.int64),
        np.zeros(2, np.int64),
    )


def more_signatures(known: Signatures, guidances: int, longest: int) -> Signatures:
    """Room for those of one episode more, of at most so many symbols, on both sides of each guidance."""
    slots, more = len(known.slots), 2 * guidances
    while 2 * (int(known.counts[0]) + more + 2) > slots:
        slots *= 2
    if slots > len(known.slots):
        made = np.zeros(slots, np.int64)
        rehashed(known, made)
        most = slots // 2
        known = known._replace(
            slots=made,
            hashes=enlarged(known.hashes, most),
            start=enlarged(known.start, most + 1),
            first=enlarged(known.first, most),
        )
    symbols = int(known.counts[1]) + more * longest
    if symbols > len(known.symbols):
        known = known._replace(symbols=enlarged(known.symbols, 2 * symbols), spots=enlarged(known.spots, 2 * symbols))
    return known


def pairs(guidances: int, days: int) -> Pairs:
    """Room for pairs, of which there is none yet."""
    most = _SLOTS // 2
    return Pairs(
        np.zeros(_SLOTS, np.int64),
        np.zeros(most, np.int64),
        np.zeros(most, np.int32),
        np.zeros((days, guidances, FEW_DIAGNOSES, FEW_PROCEDURES), np.uint32),
        np.zeros(1, np.int64),
    )


def more_pairs(known: Pairs, guidances: int) -> Pairs:
    """Room for those of one episode more."""
    slots = len(known.slots)
    while 2 * (int(known.counts[0]) + guidances + 1) > slots:
        slots *= 2
    if slots == len(known.slots):
        return known
    made = np.zeros(slots, np.int64)
    rehashed_pairs(known, made)
    return known._replace(
        slots=made, keys=enlarged(known.keys, slots // 2), guidance=enlarged(known.guidance, slots // 2)
    )


def desk(guidances: int, longest: int, words: int) -> Desk:
    """Room to work in, for episodes of at most so many codes a side."""
    return Desk(
        np.zeros(guidances, np.int64),
        np.zeros(guidances, np.uint32),
        np.zeros((guidances, 3), np.uint32),
        np.zeros(longest + HEADER, np.int64),
        np.zeros(longest + HEADER, np.int16),
        np.zeros(BLOCK * longest + 1, np.uint32),
        np.zeros((3, words), np.uint64),
    )


def rows() -> Rows:
    """Room for rows."""
    return Rows(np.zeros(_ROWS, np.int32), np.zeros(_ROWS, np.uint32), np.zeros((_ROWS, 2), np.uint64))
