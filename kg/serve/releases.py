"""The release that is served: its data, its workers, the answers given; and how a newer one takes its place."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kg.errors import KgError
from kg.serve.crew import Crew, Crews, crews_of
from kg.serve.data import Data, current, of_store
from kg.serve.http import Scope
from kg.serve.lane import Gone
from kg.serve.limits import MEGABYTE, Limits
from kg.serve.messages import Question
from kg.serve.pool import Answer, Pool

_REMEMBERED = 32 * MEGABYTE
_EACH = 700  # bytes that an answer takes besides its own and those of its tag
_PATIENCE = 60.0  # seconds, besides the time of questions, for a client that is slow to take its answer
_FOUND = "kg.release"  # of a request's scope
_LOOK_SECONDS = 0.5  # how often it is looked whether the store has a new release


class Remembered:
    """Answers given before, up to so many bytes: a release never changes, so that they stay true."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.size = 0
        """Bytes that they take."""
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
        self.size += len(answer.body) + len(tag) + _EACH
        while self.size > self._most:
            old, dropped = self._kept.popitem(last=False)
            self.size -= len(dropped.body) + len(old) + _EACH

    def clear(self) -> None:
        """Forget all answers."""
        self._kept.clear()
        self.size = 0


def release_of(scope: Scope) -> Release:
    """The release that a request keeps to, whatever comes meanwhile."""
    return scope[_FOUND]


def _no_room(error: OSError) -> KgError:
    return KgError(
        "KG-E1107", "a worker cannot be started", why=f"The system says: {error.strerror}.", hint="kg doctor"
    )


class Release:
    """One release while it is served: its data, and the workers that answer SPARQL and the API."""

    def __init__(self, data: Data, crews: Crews) -> None:
        self.data = data
        self.remembered = Remembered(_REMEMBERED)
        self.inside = 0
        """Requests that keep to it."""
        self.pool = Pool(crews.sparql)
        self._crew = crews.api
        self._api: asyncio.Task[Pool] | None = None

    def tag(self, question: Question) -> str:
        """The ETag of the answer to a question: equal questions to one release have one."""
        return f'"{self.data.id}-{question.digest()}"'

    async def answer(self, question: Question, gone: Gone | None = None, tag: str = "") -> Answer:
        """The answer to a question, or its fault: made now unless it was given before. `tag` is its tag, where that is
        known.

        Raises:
            KgError: KG-E1122, where the API is asked and no store is served; those of `Pool.ask`.
            GoneError: nobody waits for it any more.
        """
        tag = (tag or self.tag(question)) if question.kept else ""
        if tag and (known := self.remembered.get(tag)) is not None:
            return known
        pool = await self.api_pool() if question.api else self.pool
        answer = await pool.ask(question, gone)
        if tag:
            self.remembered.keep(tag, answer)
        return answer

    async def api_pool(self) -> Pool:
        """The workers of the API, started where they are not.

        Raises:
            KgError: KG-E1107, KG-E1122.
        """
        if self._crew is None:
            raise KgError(
                "KG-E1122",
                "plain RDF files are served here, no store",
                why="What the API tells is worked out from guidances, standards and releases of a store.",
                hint="Ask at /sparql, or build a store of guidances: kg build SOURCES… --into STORE",
            )
        if self._api is None or (self._api.done() and (self._api.cancelled() or self._api.exception() is not None)):
            self._api = asyncio.get_running_loop().create_task(self._opened_api(self._crew))
        return await asyncio.shield(self._api)

    async def _opened_api(self, crew: Crew) -> Pool:
        pool = Pool(crew)
        await pool.open()
        return pool

    @property
    def pools(self) -> Mapping[str, Pool]:
        """The pools that run."""
        api = self._api
        runs = api is not None and api.done() and not api.cancelled() and api.exception() is None
        return {"pool": self.pool, **({"api": api.result()} if api is not None and runs else {})}

    async def drain(self) -> None:
        """Answer what is asked already, and let go of everything."""
        for pool in self.pools.values():
            await pool.drain()
        self.close()

    def close(self) -> None:
        """Let go of everything now."""
        if self._api is not None:
            self._api.cancel()
        for pool in self.pools.values():
            pool.close()
        self.data.close()


class Releases:
    """The release in use, and those that are still answering."""

    def __init__(
        self,
        data: Data,
        limits: Limits,
        store: Path | None,
        tell: Callable[[KgError], None],
        crews: Crews | None = None,
    ) -> None:
        self.limits = limits
        self.changes = 0
        self.refused: tuple[str, str] | None = None
        """The id of the store's release, where that cannot be served ("": it cannot be told), and that of the fault."""
        self.answering = 1
        """Releases that answer: the current one, and older ones that requests keep to."""
        self._tell = tell
        self._first, self._crews = data, crews
        self._store = store
        self._current: Release | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def ready(self) -> bool:
        """Whether there is a release to ask."""
        return self._current is not None

    @property
    def current(self) -> Release:
        """The release in use.

        Raises:
            KgError: KG-E1107, before there is one.
        """
        if self._current is None:
            raise self.not_ready()
        return self._current

    @staticmethod
    def not_ready() -> KgError:
        """The fault of a question before there is a release."""
        return KgError("KG-E1107", "the server is starting", hint="Come back in a second.")

    @contextmanager
    def request(self, scope: Scope) -> Iterator[None]:
        """While a request is answered: it keeps to the release that it found (`release_of`), which stays for it.

        Raises:
            KgError: KG-E1107, before there is one.
        """
        release = scope[_FOUND] = self.current
        release.inside += 1
        try:
            yield
        finally:
            release.inside -= 1

    async def open(self) -> None:
        """Open the first one, and look for later ones of the store."""
        self._current = await self._opened(self._first)
        if self._store is not None:
            self._begin(self._watch(self._store))
            self._begin(self._prepare(self._current))

    async def close(self) -> None:
        """Let go of everything."""
        for task in self._tasks:
            task.cancel()
        last, self._current = self._current, None
        if last is not None:
            last.close()

    async def _opened(self, data: Data, before: Release | None = None) -> Release:
        """A release that can be asked, by all ways that the one before it was asked."""
        crews, self._crews = self._crews or crews_of(data, self.limits), None
        release = Release(data, crews)
        try:
            await release.pool.open()
            if before is not None and "api" in before.pools:
                await release.api_pool()
        except BaseException:
            release.close()
            raise
        return release

    async def _prepare(self, release: Release) -> None:
        """Start what answers the API, while nobody waits for it."""
        try:
            await release.api_pool()
        except KgError as fault:  # who asks gets it too, without its place
            self._tell(fault)

    async def _watch(self, store: Path) -> None:
        """Change to each new release; who is being answered still gets the answer of the old one."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            before, id = self.current, ""
            try:
                id = current(store)
                if id != before.data.id:
                    self._current = await self._opened(await asyncio.to_thread(of_store, store), before)
            except (KgError, OSError) as error:  # what is served stays
                fault = error if isinstance(error, KgError) else _no_room(error)
                if self.refused != (id, fault.id):
                    self._tell(fault)
                self.refused = id, fault.id
                continue
            self.refused = None
            if self.current is before:
                continue
            self.changes += 1
            self._begin(self._let_go(before))

    async def _let_go(self, release: Release) -> None:
        """End a release when no request is left that keeps to it."""
        release.remembered.clear()  # few ask it any more
        self.answering += 1
        for _ in range(int((_PATIENCE + 2 * self.limits.seconds) / _LOOK_SECONDS)):
            if not release.inside:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        await release.drain()
        self.answering -= 1

    def _begin(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
