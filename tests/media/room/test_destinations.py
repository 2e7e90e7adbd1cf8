from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from silkcast.media.room.destinations import CROSSING_TAGS_MAX, Crossing, Destinations
from silkcast.media.room.document import DestinationEntry
from silkcast.media.rtmp import FlvTag
from silkcast.media.rtmp.reach import THIS_MACHINE, Reach

Until = Callable[[Callable[[], object]], Any]
Maker = Callable[[], AbstractAsyncContextManager[Any]]
HERE = Reach(THIS_MACHINE)
HEADER = FlvTag("video", 0, b"\x17\x00\x00\x00\x00avcc")


def picture(number: int) -> FlvTag:
    head = b"\x17\x01" if number % 30 == 0 else b"\x27\x01"
    return FlvTag("video", number * 33, head + b"\0\0\0" + number.to_bytes(4))


async def test_tags_cross_from_a_thread_to_the_loop_in_order(until: Until) -> None:
    seen: list[int] = []
    crossing = Crossing(asyncio.get_running_loop(), lambda tag: seen.append(tag.timestamp_ms))

    def put_all() -> None:
        for number in range(500):
            crossing.put([picture(number)])

    thread = threading.Thread(target=put_all)
    thread.start()
    await until(lambda: len(seen) == 500)
    thread.join()
    assert seen == [number * 33 for number in range(500)]


async def test_a_loop_that_stands_still_loses_tags_up_to_a_keyframe(until: Until) -> None:
    seen: list[int] = []
    crossing = Crossing(asyncio.get_running_loop(), lambda tag: seen.append(tag.timestamp_ms // 33))
    crossing.put([picture(number) for number in range(CROSSING_TAGS_MAX + 35)])
    await until(lambda: seen)
    crossing.put([picture(number) for number in range(CROSSING_TAGS_MAX + 35, CROSSING_TAGS_MAX + 100)])
    await until(lambda: seen[-1] == CROSSING_TAGS_MAX + 99)
    resumed_at = seen[CROSSING_TAGS_MAX]
    assert resumed_at % 30 == 0
    assert seen == [*range(CROSSING_TAGS_MAX), *range(resumed_at, CROSSING_TAGS_MAX + 100)]
    assert crossing.dropped == resumed_at - CROSSING_TAGS_MAX


async def test_destinations_follow_the_document_and_the_others_are_left_alone(until: Until, destination: Maker) -> None:
    events: list[tuple[str, str]] = []
    async with destination() as one, destination() as two:
        kept = Destinations(lambda: [HEADER], lambda kind, facts: events.append((kind, facts["id"])))
        feeding = asyncio.create_task(_feed(kept))
        kept.keep([DestinationEntry("one", one.url), DestinationEntry("two", two.url, enabled=False)], HERE)
        await until(lambda: one.times("video"))
        kept.keep([DestinationEntry("one", one.url, name="renamed"), DestinationEntry("two", two.url)], HERE)
        await until(lambda: two.times("video") and {state.phase for state in kept.states()} == {"live"})
        kept.watch()
        kept.keep([DestinationEntry("one", one.url)], HERE)
        await until(lambda: two.ended)
        assert [state.destination_id for state in kept.states()] == ["one"]
        assert one.ended == []
        feeding.cancel()
        await kept.close()
        await until(lambda: one.ended)
        assert two.tags[0].is_sequence_header
        times = one.times("video")
        assert [later - earlier for earlier, later in itertools.pairwise(times)] == [33] * (len(times) - 1)
        assert events == [
            ("destination_live", "one"),
            ("destination_live", "two"),
            ("destination_ended", "two"),
            ("destination_ended", "one"),
        ]


async def test_another_attempt_is_another_connection(until: Until, destination: Maker) -> None:
    async with destination() as one:
        kept = Destinations(lambda: [HEADER], lambda kind, facts: None)
        feeding = asyncio.create_task(_feed(kept))
        kept.keep([DestinationEntry("one", one.url)], HERE)
        await until(lambda: one.times("video"))
        kept.keep([DestinationEntry("one", one.url, attempt=1)], HERE)
        await until(lambda: one.ended)
        received = len(one.tags)
        await until(lambda: len(one.tags) > received)
        feeding.cancel()
        await kept.close()


async def test_an_address_that_makes_no_sense_is_refused_by_its_publisher_only(
    until: Until, destination: Maker
) -> None:
    async with destination() as one:
        kept = Destinations(lambda: [HEADER], lambda kind, facts: None)
        feeding = asyncio.create_task(_feed(kept))
        kept.keep([DestinationEntry("odd", "gopher://nowhere"), DestinationEntry("one", one.url)], HERE)
        await until(lambda: one.times("video"))
        assert {state.destination_id: state.phase for state in kept.states()}["odd"] == "refused"
        feeding.cancel()
        await kept.close()


async def _feed(destinations: Destinations) -> None:
    number = 0
    while True:
        destinations.deliver(picture(number))
        number += 1
        await asyncio.sleep(0.005)
