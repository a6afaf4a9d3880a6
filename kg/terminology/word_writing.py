"""The words of all terms, for search: which terms have a word, and which words a term has.

Terms are numbered by worth: those of active concepts first, then those of fewer words, then shorter ones. So the first
terms that fit a question are the best, and no question needs all of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kg.terminology.arrays import save, save_texts
from kg.terminology.hierarchy import unroll

if TYPE_CHECKING:
    import polars as pl

LETTERS = bytes.maketrans(
    bytes(range(256)),
    bytes(b if b in b"abcdefghijklmnopqrstuvwxyz0123456789" or b >= 0x80 else 0x20 for b in range(256)),
)
"""Every ASCII character that is no small letter or figure becomes a blank; what is not ASCII stays."""

_COMMON = 32  # a word that one term in so many has: its bits take no more room than its list


def write_words(folder: Path, terms: pl.Series, owner: np.ndarray, standing: np.ndarray) -> None:
    """Write the words of terms: `owner` has the number of what each names, `standing` is 0 for those that come first,
    a higher number for those that come after all of them.
    """
    import polars as pl

    rows, word, vocabulary = _tokens(terms)
    count = np.bincount(rows, minlength=len(terms))
    worth = np.lexsort((terms.str.len_bytes().to_numpy(), count, standing)).astype(np.int32)
    number = np.empty(len(terms), np.int32)
    number[worth] = np.arange(len(terms), dtype=np.int32)
    save(folder, "found.owner", owner[worth].astype(np.int32))
    save(folder, "found.term", worth)
    save_texts(folder, "word", vocabulary)
    _links(folder, word, number[rows], len(vocabulary), len(terms))
    # The words of a term stay as they stand in it; only the terms change their order.
    start = np.zeros(len(terms) + 1, np.int64)
    np.cumsum(count, out=start[1:])
    save(folder, "found.word", unroll(start[worth], start[worth + 1], word)[0])
    np.cumsum(count[worth], out=start[1:])
    save(folder, "found.word.start", start)
    save(folder, "word.mask", _masks(vocabulary))
    backwards = pl.Series([text[::-1] for text in vocabulary.to_list()], dtype=pl.String)
    save(folder, "word.backwards", backwards.arg_sort().to_numpy().astype(np.int32))


def _masks(words: pl.Series) -> np.ndarray:
    """A bit for each kind of letter in each word."""
    arrow = words.rechunk().to_arrow()
    _, offsets, data = arrow.buffers()
    starts = np.frombuffer(offsets, np.int64)[: len(arrow)]
    if data is None or not len(arrow):
        return np.zeros(len(arrow), np.uint32)
    bits = np.uint32(1) << (np.frombuffer(data, np.uint8)[: int(np.frombuffer(offsets, np.int64)[len(arrow)])] & 31)
    return np.bitwise_or.reduceat(bits.astype(np.uint32), starts)


def _links(folder: Path, word: np.ndarray, term: np.ndarray, n: int, terms: int) -> None:
    """For each word of `n` the terms that have it, each once, in order; of common words also a bit for each term."""
    key = (word.astype(np.int64) << 32) | term
    key.sort()
    if len(key):
        key = key[np.concatenate(([True], key[1:] != key[:-1]))]
    start = np.searchsorted(key, np.arange(n + 1, dtype=np.int64) << 32)
    rows = (key & 0xFFFFFFFF).astype(np.int32)
    save(folder, "word.term.start", start)
    save(folder, "word.term", rows)
    common = np.flatnonzero(np.diff(start) * _COMMON >= max(terms, 1)).astype(np.int32)
    bits = np.zeros((len(common), -(-terms // 8)), np.uint8)
    for row, each in zip(bits, common.tolist(), strict=True):
        has = np.zeros(terms, bool)
        has[rows[start[each] : start[each + 1]]] = True
        row[:] = np.packbits(has, bitorder="little")
    save(folder, "word.common", common)
    save(folder, "word.bits", bits.ravel())


def folded(terms: pl.Series) -> pl.Series:
    """Small letters without accents: `Ménière` as `meniere`, `B₁₂` as `b12`."""
    import polars as pl

    frame = pl.DataFrame({"t": terms}).with_columns(pl.col("t").str.to_lowercase())
    odd = pl.col("t").str.len_bytes() != pl.col("t").str.len_chars()
    rows = frame.with_row_index("i").filter(odd)
    if not rows.height:
        return frame["t"]
    plain = rows["t"].str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    return frame["t"].scatter(rows["i"], plain)


def _tokens(terms: pl.Series) -> tuple[np.ndarray, np.ndarray, pl.Series]:
    """The words of all terms one behind the other: the row of each, and its number among all different words, which
    come back in the order of bytes, as a bisection compares them.
    """
    import polars as pl
    import pyarrow as pa

    arrow = folded(terms).rechunk().to_arrow()
    _, offsets, data = arrow.buffers()
    limits = np.frombuffer(offsets, np.int64)[: len(arrow) + 1]
    size = int(limits[-1]) if len(limits) else 0
    plain = np.frombuffer(data.to_pybytes().translate(LETTERS), np.uint8)[:size] if size else np.zeros(0, np.uint8)
    inside = plain != 0x20
    border = limits[(limits > 0) & (limits < size)]  # one term ends and the next begins
    # Where words begin, and where they end: a letter beside a blank, or on either side of a border.
    edge = inside.copy()
    edge[1:] &= ~inside[:-1]
    edge[border] = inside[border]
    begin = np.flatnonzero(edge)
    np.copyto(edge, inside)
    edge[:-1] &= ~inside[1:]
    edge[border - 1] = inside[border - 1]
    length = np.flatnonzero(edge) + 1 - begin
    ends = np.zeros(len(begin) + 1, np.int64)
    np.cumsum(length, out=ends[1:])
    found = pa.LargeStringArray.from_buffers(len(begin), pa.py_buffer(ends), pa.py_buffer(plain[inside]))
    counts = np.diff(np.searchsorted(begin, limits))
    rows = np.repeat(np.arange(len(arrow), dtype=np.int32), counts)
    coded = found.dictionary_encode()
    words = pl.Series(pl.from_arrow(coded.dictionary.cast(pa.large_string())), dtype=pl.String)
    order = words.arg_sort().to_numpy()
    rank = np.empty(len(words), np.int32)
    rank[order] = np.arange(len(words), dtype=np.int32)
    return rows, rank[coded.indices.to_numpy(zero_copy_only=False)], words[order]
