"""Arrays that grow at their end: room is made for twice as much each time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class Growing:
    """An array to which rows are added; `array` is what has been added so far, and is of no use after the next."""

    def __init__(self, kind: Any, width: int = 0) -> None:
        self._held: Array = np.zeros((64, width) if width else 64, kind)
        self._n = 0

    def __len__(self) -> int:
        return self._n

    @property
    def array(self) -> Array:
        """What has been added so far."""
        return self._held[: self._n]

    def with_spare(self, rows: int) -> Array:
        """The same, and behind it some rows of whatever it is."""
        if self._n + rows > len(self._held):
            self._held = enlarged(self._held, self._n + rows)
        return self._held[: self._n + rows]

    def add(self, rows: Sequence[Any] | Array) -> None:
        """Add some rows."""
        n = self._n + len(rows)
        if n > len(self._held):
            self._held = enlarged(self._held, max(n, 2 * len(self._held)))
        if len(rows):
            self._held[self._n : n] = rows
        self._n = n

    def clear(self) -> None:
        """Forget what was added."""
        self._n = 0


def enlarged(array: Array, rows: int) -> Array:
    """The array with room for more rows, which are zeros."""
    more: Array = np.zeros((rows, *array.shape[1:]), array.dtype)
    more[: len(array)] = array
    return more
