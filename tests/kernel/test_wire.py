from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from silkcast.kernel.errors import Conflict
from silkcast.kernel.wire import Client, Hub, HubClient, WireClosed, WireRefused, WireTimeout, call_blocking, serve


class Taken(Conflict):
    code = "test.taken"


async def echo(body: Any) -> Any:
    return body


async def refuse(_: Any) -> Any:
    raise Taken(what="seat")


async def sleep(_: Any) -> Any:
    await asyncio.sleep(60)


METHODS = {"echo": echo, "refuse": refuse, "sleep": sleep}


async def test_calls_in_flight_are_answered_each(tmp_path: Path) -> None:
    server, client = await serve(tmp_path / "s", METHODS), Client(tmp_path / "s")
    assert await asyncio.gather(*(client.call("echo", n) for n in range(200))) == list(range(200))
    await client.close()
    await server.close()


async def test_a_refusal_keeps_its_code_facts_and_status(tmp_path: Path) -> None:
    server, client = await serve(tmp_path / "s", METHODS), Client(tmp_path / "s")
    with pytest.raises(WireRefused) as refused:
        await client.call("refuse")
    assert (refused.value.refusal, refused.value.facts, refused.value.status) == (
        "test.taken",
        {"what": "seat"},
        409,
    )
    await client.close()
    await server.close()


async def test_a_deadline_ends_one_call_and_not_the_others(tmp_path: Path) -> None:
    server, client = await serve(tmp_path / "s", METHODS), Client(tmp_path / "s")
    with pytest.raises(WireTimeout):
        await client.call("sleep", deadline_s=0.05)
    assert await client.call("echo", "still here") == "still here"
    await client.close()
    await server.close()


async def test_a_client_finds_a_server_that_was_away(tmp_path: Path) -> None:
    client = Client(tmp_path / "s")
    with pytest.raises(WireClosed):
        await client.call("echo", 1)
    for _ in range(2):
        server = await serve(tmp_path / "s", METHODS)
        assert await client.call("echo", 1) == 1
        await server.close()
        for _ in range(200):  # the broken link is noticed by the loop, not at once
            try:
                await client.call("echo", 1, deadline_s=1)
            except WireClosed:
                break
            await asyncio.sleep(0.01)
    await client.close()


async def test_threads_call_without_a_loop(tmp_path: Path) -> None:
    server = await serve(tmp_path / "s", METHODS)
    assert await asyncio.to_thread(call_blocking, tmp_path / "s", "echo", {"a": b"\x00"}) == {"a": b"\x00"}
    await server.close()


async def test_the_hub_carries_topics_between_links_and_survives_a_restart(tmp_path: Path) -> None:
    said: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
    hub = Hub()
    await hub.serve(tmp_path / "hub")
    talker, listener = HubClient(tmp_path / "hub"), HubClient(tmp_path / "hub")
    listener.subscribe("a/", lambda topic, body: said.put_nowait((topic, body)))
    await talker.start()
    await listener.start()

    async def heard(body: int) -> None:
        async with asyncio.timeout(60):
            while True:
                talker.publish("b/other", 0)
                talker.publish("a/x", body)
                try:
                    async with asyncio.timeout(0.2):
                        while (await said.get()) != ("a/x", body):
                            pass
                        return
                except TimeoutError:
                    continue

    await heard(1)
    await hub.close()
    again = Hub()
    await again.serve(tmp_path / "hub")
    await heard(2)
    await talker.close()
    await listener.close()
    await again.close()
