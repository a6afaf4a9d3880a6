"""Cells of episode files to codes: each distinct text is read once by `kg.codes.Code`; what is none is counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
import pyarrow as pa

from kg.audit.kernels.texts import IMPOSSIBLE, LONGEST, NONE, UNKNOWN, enter, gather, look_up, move, take
from kg.audit.layouts import Layouts
from kg.codes import Classification, Code, Scheme
from kg.errors import KgError
from kg.expression.recommendation import Side

pc: Any = import_module("pyarrow.compute")  # its functions are made at run time: no checker knows them

_MOST_TEXTS = 200_000  # distinct texts that are remembered; a column of identifiers taken for codes has millions
_MOST_LISTED = 10_000  # distinct odd texts that are counted one by one
_OTHERS = "(others)"
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
        self._layouts, self._classification = layouts, classification
        self._texts: dict[Side, _Texts] = {side: _Texts() for side in Side}
        self._wrong: dict[Side, set[int]] = {side: set() for side in Side}
        self._by_code: dict[Side, dict[str, int]] = {side: {} for side in Side}
        self._dictionary: dict[Side, Any] = {}
        self._columns: Ints = np.zeros(0, np.int32)
        self._numbers: Ints = np.zeros(0, np.int32)
        self.codes: dict[Side, list[str]] = {side: [] for side in Side}
        self.odd: dict[Side, Odd] = {side: Odd() for side in Side}

    def numbers(self, column: Any, side: Side, found: Ints | None = None) -> Ints:
        """The numbers of the codes of a column of single cells: -1 where there is none, -2 for what is no code."""
        found = np.zeros(len(column), np.int32) if found is None else found
        if not pa.types.is_dictionary(column.type) or column.type.index_type != pa.int32():
            plain = _plain(column)
            self._look_up(plain, side, found)
            rows = self._odd_rows(found, side)
            if len(rows):
                told = plain.take(pa.array(rows)).dictionary_encode()
                indices = told.indices.to_numpy(zero_copy_only=False)
                numbers = np.zeros(len(told.dictionary), np.int32)
                numbers[indices] = found[rows]
                self._count(told.dictionary, numbers, np.bincount(indices), side)
            return found
        table = np.zeros(len(column.dictionary) + 1, np.int32)  # the last is that of null
        table[-1] = NONE
        self._look_up(_plain(column.dictionary), side, table[:-1])
        valid, indices = column.buffers()[:2]
        first = column.offset
        take(_array(indices, np.int32)[first : first + len(column)], _array(valid, np.uint8), first, table, found)
        rows = self._odd_rows(table[:-1], side)
        if len(rows):
            there = column.indices.drop_null().to_numpy(zero_copy_only=False)
            counts = np.bincount(there, minlength=len(table))[rows]
            self._count(column.dictionary.take(pa.array(rows)), table[rows], counts, side)
        return found

    def lists(self, columns: Sequence[Any], side: Side) -> tuple[Ints, Ints, Any]:
        """Columns of single cells, one for each place, as lists: how long each row's is, and all numbers row after row;
        then for each row whether something in it was no code.
        """
        rows = len(columns[0])
        if len(self._columns) <= len(columns) * rows:
            self._columns, self._numbers = (np.zeros(len(columns) * rows + 1, np.int32) for _ in range(2))
        held = self._columns[: len(columns) * rows].reshape(len(columns), rows)
        for column, place in zip(columns, held, strict=True):
            self.numbers(column, side, place)
        lengths, touched = np.zeros(rows, np.int32), np.zeros(rows, np.bool_)
        return lengths, self._numbers[: int(gather(held, lengths, touched, self._numbers))].copy(), touched

    def dictionary(self, side: Side) -> Any:
        """The codes of a side as an Arrow array, in the order of their numbers."""
        if len(self._dictionary.get(side, ())) != len(self.codes[side]):
            self._dictionary[side] = pa.array(self.codes[side], pa.string())
        return self._dictionary.get(side, pa.array([], pa.string()))

    def _look_up(self, column: Any, side: Side, found: Ints) -> None:
        """The numbers of a column of texts; those that did not come before are read."""
        known = self._texts[side]
        if known.look_up(column, found):
            new = np.flatnonzero(found == UNKNOWN)
            told = column.take(pa.array(new)).dictionary_encode()
            texts = told.dictionary.to_pylist()
            numbers = np.array([self._read(text, side) for text in texts], np.int32)
            found[new] = numbers[told.indices.to_numpy(zero_copy_only=False)]
            known.enter(told.dictionary, numbers)

    def _odd_rows(self, numbers: Ints, side: Side) -> Any:
        """Where something stands that is to be told."""
        odd = numbers == IMPOSSIBLE
        if self._wrong[side]:
            odd |= np.isin(numbers, list(self._wrong[side]))
        return np.flatnonzero(odd)

    def _read(self, text: str, side: Side) -> int:
        role = "procedures" if side is Side.PROCEDURE else "diagnoses"
        plain = self._layouts.code(text, role)
        if not plain:
            return NONE
        try:
            code = Code.parse(plain, side.scheme)
        except KgError:
            return IMPOSSIBLE
        numbers = self._by_code[side]
        if str(code) not in numbers:
            numbers[str(code)] = len(self.codes[side])
            self.codes[side].append(str(code))
            if self._is_elsewhere(code):
                self._wrong[side].add(numbers[str(code)])
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

    def _count(self, texts: Any, numbers: Ints, counts: Any, side: Side) -> None:
        """Count odd texts."""
        odd = self.odd[side]
        for text, number, count in zip(texts.to_pylist(), numbers.tolist(), counts.tolist(), strict=True):
            if count:
                told = self.codes[side][number] if number >= 0 else shown(text)
                add(odd.elsewhere if number >= 0 else odd.impossible, told, count)


class _Texts:
    """The numbers of the texts that were read. Long ones are not kept; beyond some hundred thousand it begins anew."""

    def __init__(self) -> None:
        self._held, self._keys, self._values = self._none()

    @staticmethod
    def _none() -> tuple[int, Any, Any]:
        """Room for texts, of which there is none yet."""
        return 0, np.zeros(1 << 15, np.uint64), np.zeros(1 << 15, np.int32)

    def look_up(self, column: Any, found: Ints) -> int:
        """The numbers of a column of texts, and how many are not known."""
        offsets, letters = text_buffers(column)
        valid = _array(column.buffers()[0], np.uint8)
        return look_up(offsets, letters, valid, column.offset, self._keys, self._values, found)

    def enter(self, texts: Any, numbers: Ints) -> None:
        """Keep the numbers of distinct texts."""
        short = pc.less_equal(pc.binary_length(texts), LONGEST)
        texts, numbers = texts.filter(short), numbers[short.to_numpy(zero_copy_only=False)]
        if self._held + len(texts) > _MOST_TEXTS:
            self._held, self._keys, self._values = self._none()
        if 2 * (self._held + len(texts)) > len(self._keys):
            keys, values = self._keys, self._values
            self._keys = np.zeros(1 << (4 * (self._held + len(texts))).bit_length(), np.uint64)
            self._values = np.zeros(len(self._keys), np.int32)
            move(keys, values, self._keys, self._values)
        enter(*text_buffers(texts), numbers, self._keys, self._values)
        self._held += len(texts)


def _plain(column: Any) -> Any:
    # Arrow copies what it casts, also where it is of the type already.
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def text_buffers(column: Any) -> tuple[Any, Any]:
    """Where the texts of a column begin and end, and their letters, as arrays."""
    _, offsets, letters = column.buffers()
    return _array(offsets, np.int32)[column.offset : column.offset + len(column) + 1], _array(letters, np.uint8)


def _array(buffer: Any, kind: Any) -> Any:
    """A buffer of Arrow as an array; nothing where there is none."""
    return np.frombuffer(buffer if buffer is not None else b"", kind)


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
