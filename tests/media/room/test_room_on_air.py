"""What may happen to a room on air beside its cameras and destinations."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from tests.media.room.test_room import is_gapless, outlet

Until = Callable[[Callable[[], object]], Any]
Maker = Callable[[], AbstractAsyncContextManager[Any]]
Document = Callable[..., dict[str, Any]]


async def test_a_disk_that_takes_nothing_more_ends_no_programme_and_holds_up_no_scene(
    studio: Maker, destination: Maker, document: Document, until: Until
) -> None:
    async with destination() as one, studio() as room:
        await room.apply(document(destinations=[outlet("one", one)]))
        await until(lambda: one.times("video"))
        for name in ("clock", "json", "events"):
            draft = room.settings.run / f".room-hall.{name}.draft"
            draft.unlink(missing_ok=True)
            draft.mkdir()  # as a full disk would, it refuses every file that is written anew
        so_far = len(one.times("video"))
        await until(lambda: len(one.times("video")) > so_far + 45)  # three seconds: the clock is saved each second
        scene = {"layout": "full", "cameras": ["blue", "red"]}
        assert (await room.apply(document(2, scene=scene, destinations=[outlet("one", one)])))["applied"]
    assert is_gapless(one.counters())


async def test_whoever_came_with_a_key_that_was_rotated_is_hung_up_on(studio: Maker, document: Document) -> None:
    def keyed(version: int, red: str) -> dict[str, Any]:
        return document(version, cameras=[{"id": "red", "key": red}, {"id": "blue", "key": "b-1"}])

    async with studio() as room:
        await room.apply(document())  # as a release said it that did not know of keys
        for name in ("red", "blue"):
            room.camera(name)
            await room.until_live(name)
        await room.apply(keyed(2, "r-1"))
        assert [kind for kind, _ in await room.events()].count("camera_ended") == 0
        await room.apply(keyed(3, "r-2"))
        ended = [event for event in (await room.call("room.events", {}))["events"] if event["kind"] == "camera_ended"]
        assert [(event["id"], event["reason"]) for event in ended] == [("red", "key_rotated")]
