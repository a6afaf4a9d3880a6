"""How questions that take long wait for each other."""

import asyncio

import pytest

from kg.errors import KgError
from kg.serve.lane import GoneError, Lane


def lane(most: int = 1, waiting: int = 2, seconds: float = 60.0) -> Lane:
    return Lane(most, waiting, seconds, lambda: None)


def test_who_waits_longest_has_the_place_that_is_free():
    async def taken() -> list[int]:
        one, order = lane(), []

        async def wait(number: int) -> None:
            await one.wait(None)
            order.append(number)
            one.leave()

        assert one.enter()
        assert not one.enter()
        waiting = [asyncio.create_task(wait(number)) for number in (1, 2)]
        await asyncio.sleep(0)
        assert len(one) == 2
        with pytest.raises(KgError, match="KG-E1104"):
            await one.wait(None)
        one.leave()
        await asyncio.gather(*waiting)
        assert (one.used, len(one)) == (0, 0)
        return order

    assert asyncio.run(taken()) == [1, 2]


def test_who_gives_up_or_waits_too_long_holds_no_place():
    async def given_up() -> None:
        one = lane(seconds=0.01)
        assert one.enter()

        async def gone() -> None:
            return

        with pytest.raises(GoneError):
            await one.wait(gone)
        with pytest.raises(KgError, match="KG-E1104"):
            await one.wait(None)
        cancelled = asyncio.create_task(one.wait(None))
        await asyncio.sleep(0)
        one.leave()
        cancelled.cancel()
        await asyncio.gather(cancelled, return_exceptions=True)
        assert (one.used, len(one)) == (0, 0)

    asyncio.run(given_up())


def test_who_waits_is_told_when_the_lane_is_closed():
    async def closed() -> None:
        one = lane()
        assert one.enter()
        waiting = asyncio.create_task(one.wait(None))
        await asyncio.sleep(0)
        one.close(KgError("KG-E1107", "the server is going away"))
        with pytest.raises(KgError, match="KG-E1107"):
            await waiting
        assert len(one) == 0

    asyncio.run(closed())
