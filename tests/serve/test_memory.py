"""What a server holds does not grow with what it has answered, nor with the releases that it has served."""

import asyncio
import gc
import os
import signal
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from kg.building import build
from kg.errors import KgError
from kg.serve.crew import Crew
from kg.serve.data import of_files, of_store
from kg.serve.limits import Limits
from kg.serve.messages import sparql
from kg.serve.pool import Pool
from kg.serve.releases import Releases, release_of
from tests.serve.conftest import EXAMPLES
from tests.serve.test_hostile_requests import children

CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z . ?d ?s ?w }"
TOLD = "text/csv", "text/turtle"


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def processes() -> AsyncIterator[Callable[[], set[int]]]:
    """Those that this process has started since; in the end they are gone."""
    before = set(children(os.getpid()))
    yield lambda: set(children(os.getpid())) - before
    await until(lambda: not set(children(os.getpid())) - before)


def pool_of(folder: Path, limits: Limits) -> Pool:
    """Workers over a hundred triples."""
    data = folder / "data.nt"
    data.write_text("".join(f'<urn:s{i}> <urn:p> "{i}" .\n' for i in range(300)))
    options = {"store": str(of_files([data]).quads), "union": False, "prefixes": {}, **limits.told()}
    return Pool(Crew("kg.serve.worker", options, "Ask for less.", limits))


@pytest.mark.parametrize(
    ("query", "id"), [(CROSS, "KG-E1101"), ("SELECT * {" + "{" * 9_000 + "}" * 9_000 + "}", "KG-E0605")]
)
def test_a_question_that_fails_leaves_nothing_behind_that_waits_for_garbage_to_be_looked_for(
    tmp_path: Path, query: str, id: str
):
    async def asked() -> weakref.ref[Any]:
        pool = pool_of(tmp_path, Limits(seconds=1.0, fast_seconds=0.1))
        async with processes():
            await pool.open()

            async def gone() -> None:
                await asyncio.Event().wait()

            seen = weakref.ref(gone)
            try:
                told = (await pool.ask(sparql(query, *TOLD), gone)).fault
                assert told is not None
                assert told["id"] == id
            except KgError as fault:
                assert fault.id == id
            del gone
            await until(lambda: pool.figures["idle"] == 3)
            pool.close()
        return seen

    gc.disable()
    try:
        assert asyncio.run(asked())() is None
    finally:
        gc.enable()


def test_a_worker_that_dies_while_nobody_asks_is_replaced_at_once(tmp_path: Path):
    async def killed() -> None:
        pool = pool_of(tmp_path, Limits())
        async with processes() as started:
            await pool.open()
            await until(lambda: pool.figures["idle"] == 3)
            (stem,) = started()
            before = set(children(stem))
            for each in before:
                os.kill(each, signal.SIGKILL)
            await until(lambda: pool.replaced == 3 and pool.figures["idle"] == 3)
            assert len(set(children(stem)) - before) == 3
            pool.close()

    asyncio.run(killed())


def test_a_release_goes_when_those_that_asked_it_are_answered_whoever_keeps_to_an_older_one(tmp_path: Path):
    documents = sorted(EXAMPLES.glob("*.*"))
    store = tmp_path / "store"
    build(documents[:1], store)

    async def served() -> None:
        releases = Releases(of_store(store), Limits(), store, lambda _: None)
        first: dict[str, Any] = {}
        async with processes():
            await releases.open()
            with releases.request(first):
                for number, some in enumerate((documents[1:2], documents[2:3]), 1):
                    await asyncio.to_thread(build, some, store)
                    await until(lambda number=number: releases.changes == number)
                await until(lambda: releases.answering == 2)
                assert (await release_of(first).answer(sparql("ASK {}", *TOLD))).body == b"true"
            await until(lambda: releases.answering == 1)
            await releases.close()

    asyncio.run(served())
