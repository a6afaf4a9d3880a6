"""The words of all terms, for search: which terms have a word, and which words a term has.

Terms are numbered by worth: those of active concepts first, then those of fewer words, then shorter ones. So the first
terms that fit a question are the best, and no question needs all of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kg.terminology.arrays import save, save_texts

if TYPE_CHECKING:
    import polars as pl

LETTERS = bytes.maketrans(
    bytes(range(256)),
    bytes(b if b in b"abcdefghijklmnopqrstuvwxyz0123456789" or b >= 0x80 else 0x20 for b in range(256)),
)
"""Every ASCII character that is no small letter or figure becomes a blank; what is not ASCII stays."""


def write_words(folder: Path, terms: pl.Series, owner: np.ndarray, live: np.ndarray) -> None:
    """Write the words of terms: `owner` has the number of what each names, `live` whether it is in use."""
    import polars as pl

    rows, tokens = _tokens(terms)
    vocabulary = tokens.unique().sort()  # in the order of bytes, as a bisection compares them
    word = tokens.cast(pl.Enum(vocabulary)).to_physical().to_numpy().astype(np.int64)
    count = np.bincount(rows, minlength=len(terms))
    worth = np.lexsort((terms.str.len_bytes().to_numpy(), count, ~live)).astype(np.int32)
    number = np.empty(len(terms), np.int32)
    number[worth] = np.arange(len(terms), dtype=np.int32)
    term = number[rows].astype(np.int64)
    save(folder, "found.owner", owner[worth].astype(np.int32))
    save(folder, "found.term", worth)
    save_texts(folder, "word", vocabulary)
    _links(folder, "word.term", word, term, len(vocabulary))
    _links(folder, "found.word", term, word, len(terms))
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


def _links(folder: Path, name: str, owner: np.ndarray, row: np.ndarray, n: int) -> None:
    key = (owner << 32) | row
    key.sort()
    if len(key):
        key = key[np.concatenate(([True], key[1:] != key[:-1]))]
    start = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(key >> 32, minlength=n), out=start[1:])
    save(folder, f"{name}.start", start)
    save(folder, name, (key & 0xFFFFFFFF).astype(np.int32))


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


def _tokens(terms: pl.Series) -> tuple[np.ndarray, pl.Series]:
    """The words of all terms one behind the other, with the row of each."""
    import polars as pl
    import pyarrow as pa

    arrow = folded(terms).rechunk().to_arrow()
    _, offsets, data = arrow.buffers()
    plain = pa.py_buffer(data.to_pybytes().translate(LETTERS)) if data is not None else data
    blank = pl.Series(pl.from_arrow(pa.LargeStringArray.from_buffers(len(arrow), offsets, plain)))
    frame = pl.DataFrame({"row": np.arange(len(arrow), dtype=np.int32), "word": blank.str.split(" ")})
    frame = frame.explode("word").filter(pl.col("word") != "")
    return frame["row"].to_numpy(), frame["word"]
