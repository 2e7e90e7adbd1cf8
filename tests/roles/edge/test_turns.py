"""Who waits for a place behind the port: networks take turns, and a crowd fills its own share of the room alone."""

from __future__ import annotations

import asyncio

import pytest

from silkcast.roles.edge.turns import Turns

pytestmark = pytest.mark.anyio
LONG_S = 600.0


async def waits(turns: Turns, network: str, order: list[str], times: int = 1) -> list[asyncio.Task[bool]]:
    async def one() -> bool:
        got = await turns.take(network, LONG_S)
        order.append(network)
        return got

    tasks = [asyncio.create_task(one()) for _ in range(times)]
    await asyncio.sleep(0)
    return tasks


async def test_networks_take_turns_however_many_of_one_wait() -> None:
    turns, order = Turns(1, 100), list[str]()
    assert await turns.take("crowd", LONG_S)
    tasks = (
        await waits(turns, "crowd", order, 5) + await waits(turns, "one", order) + await waits(turns, "two", order, 2)
    )
    for _ in range(len(tasks)):
        turns.free()
        await asyncio.sleep(0)
    assert await asyncio.gather(*tasks) == [True] * 8
    assert order == ["crowd", "one", "two", "crowd", "two", "crowd", "crowd", "crowd"]


async def test_one_network_fills_a_quarter_of_the_room() -> None:
    turns, order = Turns(0, 8), list[str]()
    tasks = await waits(turns, "crowd", order, 2)
    assert await turns.take("crowd", LONG_S) is False
    tasks += await waits(turns, "one", order)
    assert turns.waiting == 3
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert turns.waiting == 0


async def test_who_has_waited_too_long_or_left_takes_no_place() -> None:
    turns = Turns(0, 8)
    assert await turns.take("one", 0.0) is False
    (gone,) = await waits(turns, "one", [])
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    turns.free()
    assert await turns.take("two", LONG_S) is True
    assert turns.waiting == 0
