"""Batches made by another thread while the one before is used: what is compiled runs on both processors then."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(batches: Generator[T, None, None]) -> Iterator[T]:
    """The same batches in the same order, one ahead. All of them are made by one thread, which ends with this."""
    with ThreadPoolExecutor(1, "kg-audit-reading") as reader:
        try:
            coming = reader.submit(next, batches, None)
            while (batch := coming.result()) is not None:
                coming = reader.submit(next, batches, None)
                yield batch
        finally:
            reader.submit(batches.close)
