"""Cells of episode files to codes: each distinct text is read once by `kg.codes.Code`; what is none is counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from kg.audit.layouts import Layouts
from kg.codes import Classification, Code, Scheme
from kg.errors import KgError
from kg.expression.recommendation import Side

NONE, IMPOSSIBLE = -1, -2
"""In place of the number of a code: nothing stands there, or what is no code."""
_MOST_TEXTS = 200_000  # distinct texts that are remembered; a column of identifiers taken for codes has millions
_MOST_LISTED = 10_000  # distinct odd texts that are counted one by one
_OTHERS = "(others)"
# HES pads to six characters with blanks or hyphens; a code printed as a category (`J12.-`) is none.
_PADDING = re.compile(r"(?<=[0-9X])-+$")
_CODE_LIKE = re.compile(r"[A-Za-z][A-Za-z0-9.\-*†+ ]{0,6}")

Ints = np.ndarray[Any, np.dtype[np.int32]]


@dataclass(slots=True)
class Odd:
    """Odd cells of one side by their text: those that are no codes, and codes that only the other system has."""

    impossible: Counter[str] = field(default_factory=Counter[str])
    elsewhere: Counter[str] = field(default_factory=Counter[str])


class Cells:
    """The codes of cells as numbers into `codes`, which grows from batch to batch and never changes a number."""

    def __init__(self, layouts: Layouts, classification: Classification | None = None) -> None:
        self._fillers, self._classification = layouts.fillers, classification
        self._numbers: dict[Side, dict[str | None, int]] = {side: {} for side in Side}
        self._wrong: dict[Side, list[int]] = {side: [] for side in Side}
        self._by_code: dict[Side, dict[str, int]] = {side: {} for side in Side}
        self.codes: dict[Side, list[str]] = {side: [] for side in Side}
        self.odd: dict[Side, Odd] = {side: Odd() for side in Side}

    def numbers(self, columns: Sequence[Any], side: Side) -> list[Ints]:
        """The numbers of the codes of columns of single cells: -1 where there is none, -2 for what is no code.

        The dictionaries of all columns are made one first, so that each text is looked up once.
        """
        encoded = [_encoded(column) for column in columns]
        chunks: list[Any] = pa.chunked_array(encoded).unify_dictionaries().chunks
        if not chunks:
            return []
        texts: list[str | None] = chunks[0].dictionary.to_pylist()
        known = self._numbers[side]
        if len(known) > _MOST_TEXTS:
            known.clear()
        found = (known[text] if text in known else self._number(text, side) for text in texts)
        table = np.fromiter((*found, NONE), np.int32, len(texts) + 1)
        indices = [c.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False) for c in chunks]
        self._count(texts, table, indices, side)
        return [table[each] for each in indices]

    def dictionary(self, side: Side) -> Any:
        """The codes of a side as an Arrow array, in the order of their numbers."""
        return pa.array(self.codes[side], pa.string())

    def _number(self, text: str | None, side: Side) -> int:
        if text is None:
            return NONE
        found = self._numbers[side][text] = self._read(text, side)
        return found

    def _read(self, text: str, side: Side) -> int:
        role = "procedures" if side is Side.PROCEDURE else "diagnoses"
        plain = text.strip(" \t\r\n\u00a0'\"")
        if not plain or plain.lower() in self._fillers[role]:
            return NONE
        try:
            code = Code.parse(_PADDING.sub("", plain), side.scheme)
        except KgError:
            return IMPOSSIBLE
        numbers = self._by_code[side]
        if str(code) not in numbers:
            numbers[str(code)] = len(self.codes[side])
            self.codes[side].append(str(code))
            if self._is_elsewhere(code):
                self._wrong[side].append(numbers[str(code)])
        return numbers[str(code)]

    def _is_elsewhere(self, code: Code) -> bool:
        """Whether only the other classification has the code."""
        known = self._classification
        if known is None or known.exists(code) is not False:
            return False
        other = Scheme.ICD10 if code.scheme is Scheme.OPCS4 else Scheme.OPCS4
        try:
            return known.exists(Code.parse(code.text, other)) is True
        except KgError:
            return False

    def _count(self, texts: Sequence[str | None], table: Ints, indices: Sequence[Any], side: Side) -> None:
        places = np.flatnonzero((table == IMPOSSIBLE) | np.isin(table, self._wrong[side]))
        if not len(places):
            return
        counts = np.sum([np.bincount(each, minlength=len(table)) for each in indices], axis=0)
        odd = self.odd[side]
        for i in places.tolist():
            is_code = table[i] >= 0
            told = self.codes[side][table[i]] if is_code else shown(texts[i] or "")
            add(odd.elsewhere if is_code else odd.impossible, told, int(counts[i]))


def _encoded(column: Any) -> Any:
    """A column of texts as a dictionary of one and the same type."""
    kind = pa.dictionary(pa.int32(), pa.string())
    if pa.types.is_dictionary(column.type):
        return column if column.type == kind else column.cast(pa.string()).dictionary_encode()
    return column.dictionary_encode()


def add(counter: Counter[str], text: str, count: int) -> None:
    """Count a text; beyond some thousands of different ones, among the others."""
    counter[text if text in counter or len(counter) < _MOST_LISTED else _OTHERS] += count


def shown(text: str) -> str:
    """An odd text as it may be told: as it is where it could be a code, else its shape alone (`9999999999`), since a
    column of identifiers taken for codes must not be copied out.
    """
    plain = text.strip()
    if _CODE_LIKE.fullmatch(plain):
        return plain
    shape = re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", plain))
    return f"like {shape[:20]}{'…' if len(shape) > 20 else ''}"


def lists(columns: Iterable[Ints]) -> tuple[Ints, Ints, Any]:
    """Columns of numbers, one for each place, as lists: how long each row's is, and all numbers row after row; then
    for each row whether something in it was no code.
    """
    matrix = np.stack(list(columns), axis=1)
    kept = matrix >= 0
    return kept.sum(axis=1, dtype=np.int32), matrix[kept], (matrix == IMPOSSIBLE).any(axis=1)
