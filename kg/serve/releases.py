"""The release that is served: its data, its workers, the answers given; and how a newer one takes its place."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg.errors import KgError
from kg.serve.data import Data, current, of_store
from kg.serve.limits import MEGABYTE, Limits
from kg.serve.pool import Answer, Pool

_REMEMBERED = 32 * MEGABYTE
_LOOK_SECONDS = 0.5  # how often it is looked whether the store has a new release


class Remembered:
    """Answers given before, up to so many bytes: a release never changes, so that they stay true."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._kept: OrderedDict[str, Answer] = OrderedDict()

    def get(self, tag: str) -> Answer | None:
        """The answer of a tag, if it was kept."""
        if (found := self._kept.get(tag)) is not None:
            self._kept.move_to_end(tag)
        return found

    def keep(self, tag: str, answer: Answer) -> None:
        """Keep an answer; not a fault, nor one of a tenth of the room."""
        if answer.fault is not None or len(answer.body) * 10 > self._most or tag in self._kept:
            return
        self._kept[tag] = answer
        self._size += len(answer.body) + len(tag)
        while self._size > self._most:
            old, dropped = self._kept.popitem(last=False)
            self._size -= len(dropped.body) + len(old)


@dataclass(slots=True, eq=False)
class Release:
    """One release while it is served."""

    data: Data
    pool: Pool
    remembered: Remembered = field(default_factory=lambda: Remembered(_REMEMBERED))

    async def answer(self, tag: str, head: Mapping[str, Any], gone: Callable[[], Awaitable[None]]) -> Answer:
        """The answer to a question, made now unless it was given before.

        Raises:
            KgError: those of `Pool.ask`. GoneError: nobody waits for it any more.
        """
        if (known := self.remembered.get(tag)) is not None:
            return known
        answer = await self.pool.ask(head, gone)
        self.remembered.keep(tag, answer)
        return answer


class Releases:
    """The release in use, and those that are still answering."""

    def __init__(self, data: Data, limits: Limits, store: Path | None) -> None:
        self.limits = limits
        self.changes = 0
        self._first = data
        self._store = store
        self._current: Release | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def ready(self) -> bool:
        """Whether there is a release to ask."""
        return self._current is not None

    @property
    def current(self) -> Release:
        """The release in use: a request keeps to it, whatever comes meanwhile.

        Raises:
            KgError: KG-E1107, before there is one.
        """
        if self._current is None:
            raise KgError("KG-E1107", "the server is starting", hint="Come back in a second.")
        return self._current

    async def open(self) -> None:
        """Open the first one, and look for later ones of the store."""
        self._current = await self._opened(self._first)
        if self._store is not None:
            self._begin(self._watch(self._store))

    async def close(self) -> None:
        """Let go of everything."""
        for task in self._tasks:
            task.cancel()
        last, self._current = self._current, None
        if last is not None:
            last.pool.close()
            last.data.close()

    async def _opened(self, data: Data) -> Release:
        pool = Pool(data.quads, self.limits, union=data.union, prefixes=data.prefixes)
        try:
            await pool.open()
        except BaseException:
            data.close()
            raise
        return Release(data, pool)

    async def _watch(self, store: Path) -> None:
        """Change to each new release; who is being answered still gets the answer of the old one."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            before = self.current
            try:
                if current(store) == before.data.id:
                    continue
                self._current = await self._opened(of_store(store))
            except KgError:
                continue  # between two releases, or a damaged one: what is served stays
            self.changes += 1
            self._begin(_let_go(before))

    def _begin(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _let_go(release: Release) -> None:
    await release.pool.drain()
    release.data.close()
