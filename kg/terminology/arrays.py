"""Arrays in a folder: numpy files and heaps of texts, memory mapped, so that processes share them.

A single value is read without numpy (a memory view costs 40 ns an item), columns with it.
"""

from __future__ import annotations

import ast
import mmap
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import KgError, Place

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

_MAGIC = b"\x93NUMPY"
_CODES = {"<i8": "q", "<i4": "i", "<i2": "h", "|i1": "b", "|u1": "B", "<u2": "H", "<u4": "I", "<u8": "Q"}


def save(folder: Path, name: str, array: np.ndarray) -> None:
    """Write one column."""
    import numpy as np

    array = np.ascontiguousarray(array)
    # Not np.save: of a disk that is full it tells how many bytes it wrote, and not that the disk is full.
    with (folder / f"{name}.npy").open("wb") as out:
        np.lib.format.write_array_header_1_0(out, np.lib.format.header_data_from_array_1_0(array))
        out.write(array.data.cast("B") if array.size else b"")


def save_texts(folder: Path, name: str, texts: pl.Series) -> None:
    """Write a heap of texts in their order."""
    import numpy as np

    arrow = texts.to_arrow()  # large strings: 64-bit offsets, then the bytes
    _, offsets, data = arrow.buffers()
    ends = np.frombuffer(offsets, np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
    first, last = (int(ends[0]), int(ends[-1])) if len(ends) else (0, 0)
    save(folder, f"{name}.ends", ends[1:] - first)
    with (folder / f"{name}.bytes").open("wb") as out:
        if data is not None:
            out.write(memoryview(data)[first:last])


class Column:
    """One column, opened when it is first asked for."""

    __slots__ = ("__dict__", "_path")

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _mapped(self) -> tuple[Any, int, str]:
        data = map_file(self._path)
        try:
            if data[:6] != _MAGIC:
                raise ValueError
            size = int.from_bytes(data[8:10], "little")
            head = ast.literal_eval(bytes(data[10 : 10 + size]).decode("latin-1"))
            return data, 10 + size, _CODES[head["descr"]]
        except (ValueError, KeyError, SyntaxError) as error:
            raise KgError("KG-E0502", "not a column of a store", where=Place(str(self._path))) from error

    @cached_property
    def view(self) -> memoryview:
        """The column for single values: `view[i]` is an int."""
        data, start, code = self._mapped
        return memoryview(data)[start:].cast(code)  # type: ignore[reportCallIssue,reportArgumentType]  one of _CODES

    @cached_property
    def array(self) -> np.ndarray:
        """The column for many values at once; it is not copied and cannot be written."""
        import numpy as np

        return np.asarray(self.view)

    def __len__(self) -> int:
        return len(self.view)


class Texts:
    """A heap of texts."""

    __slots__ = ("__dict__", "_ends", "_path")

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / f"{name}.bytes"
        self._ends = Column(folder / f"{name}.ends.npy")

    @cached_property
    def data(self) -> Any:
        """All bytes, one text behind the other."""
        return map_file(self._path)

    @property
    def ends(self) -> Column:
        """Where each text ends."""
        return self._ends

    def __len__(self) -> int:
        return len(self._ends)

    @cached_property
    def _limits(self) -> memoryview:
        return self._ends.view

    def __getitem__(self, i: int) -> str:
        ends = self._limits
        return self.data[ends[i - 1] if i else 0 : ends[i]].decode()

    def series(self) -> pl.Series:
        """All texts as a column of polars, which shares the bytes."""
        import numpy as np
        import polars as pl
        import pyarrow as pa

        offsets = np.concatenate((np.zeros(1, np.int64), self._ends.array))
        arrow = pa.LargeStringArray.from_buffers(len(self), pa.py_buffer(offsets), pa.py_buffer(self.data))
        return pl.Series(pl.from_arrow(arrow))

    def of(self, rows: Sequence[int]) -> list[str]:
        """The texts of some rows."""
        return [self[i] for i in rows]


class Arrays:
    """The columns of a folder by name. Opening it opens no file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._columns: dict[str, Column] = {}
        self._texts: dict[str, Texts] = {}

    def __getitem__(self, name: str) -> Column:
        if name not in self._columns:
            self._columns[name] = Column(self.folder / f"{name}.npy")
        return self._columns[name]

    def texts(self, name: str) -> Texts:
        """A heap of texts by name."""
        if name not in self._texts:
            self._texts[name] = Texts(self.folder, name)
        return self._texts[name]


def map_file(path: Path) -> Any:
    """The bytes of a file, mapped; of an empty file empty bytes.

    Raises:
        KgError: KG-E0502 if it is missing.
    """
    try:
        with path.open("rb") as file:
            if not path.stat().st_size:
                return b""
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError as error:
        raise KgError("KG-E0502", "a file of the store is missing", where=Place(str(path))) from error
