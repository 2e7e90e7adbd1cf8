from __future__ import annotations

import asyncio
import io
import itertools
import json
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from PIL import Image

from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import Client, Hub, WireRefused
from silkcast.media.room import room as room_module
from silkcast.media.room.errors import NoPicture, NotStarted
from silkcast.media.room.room import Room

Until = Callable[[Callable[[], object]], Any]
Maker = Callable[[], AbstractAsyncContextManager[Any]]
Document = Callable[..., dict[str, Any]]


def outlet(name: str, destination: Any) -> dict[str, Any]:
    return {"id": name, "name": name, "url": destination.url, "enabled": True}


def is_gapless(counters: list[int | None]) -> bool:
    return counters == list(range(counters[0] or 0, (counters[0] or 0) + len(counters)))


async def test_a_room_without_cameras_sends_slate_and_silence_from_the_start(
    studio: Maker, destination: Maker, document: Document, until: Until
) -> None:
    async with destination() as one:
        async with studio() as room:
            await room.apply(document(destinations=[outlet("one", one)]))
            await until(lambda: len(one.times("video")) > 15)
        assert {name for _, name in one.pictures()} == {"slate"}
        assert is_gapless(one.counters())
        sounds = one.times("audio")
        assert max(later - earlier for earlier, later in itertools.pairwise(sounds)) <= 22
        assert sounds[-1] >= one.times("video")[-1] - 100


async def test_cameras_come_over_rtmp_and_scenes_change_without_a_lost_tick(
    studio: Maker, destination: Maker, document: Document, until: Until
) -> None:
    async with destination() as one:
        async with studio() as room:
            await room.apply(document(destinations=[outlet("one", one)]))
            room.camera("red")
            await room.until_shown("red")
            room.camera("blue")
            await room.until_live("blue")
            await until(lambda: "red" in [name for _, name in one.pictures()])
            scene = {"layout": "full", "cameras": ["blue", "red"]}
            await room.apply(document(2, scene=scene, destinations=[outlet("one", one)]))
            await until(lambda: "blue" in [name for _, name in one.pictures()])
            applied = [
                event for event in (await room.call("room.events", {}))["events"] if event["kind"] == "document_applied"
            ]
        pictures = one.pictures()
        assert is_gapless([number for number, _ in pictures])
        change_tick = next(number for number, name in pictures if name == "blue")
        assert applied[-1]["facts"] == {"version": 2}
        # The event names the first tick of the new scene, to the millisecond of programme time.
        assert change_tick * 1000 // 30 == pytest.approx(applied[-1]["programme_ms"], abs=10 * 1000 / 30)
        assert change_tick * 1000 // 30 >= applied[-1]["programme_ms"]
        assert [name for number, name in pictures if number >= change_tick] == ["blue"] * (
            pictures[-1][0] - change_tick + 1
        )


async def test_a_camera_that_closes_is_replaced_by_the_next_and_taken_back(
    studio: Maker, destination: Maker, document: Document, until: Until
) -> None:
    async with destination() as one:
        async with studio() as room:
            await room.apply(document(destinations=[outlet("one", one)]))
            red = room.camera("red")
            await room.until_shown("red")
            room.camera("blue")
            await room.until_live("blue")
            await red.close()
            await room.until_shown("blue")
            room.camera("red")
            await room.until_shown("red")
            await until(lambda: [name for _, name in one.pictures()][-1:] == ["red"])
            events = await room.events()
        assert is_gapless(one.counters())
        order = [name for _, name in one.pictures() if name != "slate"]
        assert [name for before, name in zip(["", *order], order, strict=False) if name != before] == [
            "red",
            "blue",
            "red",
        ]
        assert events.count(("camera_connected", "red")) == 2
        assert events.count(("camera_ended", "red")) == 1
        assert events.count(("camera_lost", "red")) == 0


async def test_the_last_camera_that_closes_is_replaced_by_the_slate(
    studio: Maker, destination: Maker, document: Document, until: Until
) -> None:
    async with destination() as one:
        async with studio() as room:
            await room.apply(document(destinations=[outlet("one", one)]))
            red = room.camera("red")
            await room.until_shown("red")
            await until(lambda: "red" in [name for _, name in one.pictures()])
            await red.close()
            await room.until_shown("slate")
            await until(lambda: [name for _, name in one.pictures()][-1:] == ["slate"])
        assert is_gapless(one.counters())


async def test_a_stalled_camera_becomes_slate_and_is_taken_back(
    studio: Maker, destination: Maker, document: Document, until: Until
) -> None:
    async with destination() as one:
        async with studio() as room:
            await room.apply(document(destinations=[outlet("one", one)], stall_hold_ms=700))
            red = room.camera("red")
            await room.until_shown("red")
            red.is_paused = True
            await room.until_shown("slate")
            state = await room.call("room.state")
            assert {camera["id"]: camera["state"] for camera in state["cameras"]} == {"red": "slate", "blue": "absent"}
            red.is_paused = False
            await room.until_shown("red")
            await until(lambda: [name for _, name in one.pictures()][-1:] == ["red"])
            while ("camera_returned", "red") not in await room.events():  # told a few times a second
                await asyncio.sleep(0.01)
            events = await room.events()
        assert is_gapless(one.counters())
        assert events.index(("camera_stalled", "red")) < events.index(("camera_returned", "red"))


@pytest.mark.slow
@pytest.mark.alone
async def test_a_destination_killed_and_restarted_costs_the_other_nothing(
    studio: Maker, destination: Maker, document: Document, until: Until
) -> None:
    async with destination() as one, destination() as two:
        async with studio() as room:
            await room.apply(document(destinations=[outlet("one", one), outlet("two", two)]))
            room.camera("red")
            while ("destination_live", "two") not in await room.events():
                await asyncio.sleep(0.01)

            async def meanwhile() -> None:
                received = len(one.times("video"))
                await until(lambda: len(one.times("video")) > received + 10)

            await two.kill_and_restart(meanwhile)
            received = len(two.tags)
            while (await room.events()).count(("destination_live", "two")) < 2:
                await asyncio.sleep(0.01)
        encoded = room.encoded_counters()
        assert is_gapless(list(encoded))
        assert one.counters() == encoded
        back = two.tags[received:]
        assert [tag.kind for tag in back[:3]] == ["script", "video", "audio"]
        assert next(tag for tag in back if tag.kind == "video" and not tag.is_sequence_header).is_keyframe
        assert ("destination_lost", "two") in await room.events()


@pytest.mark.slow
@pytest.mark.alone
async def test_destinations_come_and_go_while_on_air(
    studio: Maker, destination: Maker, document: Document, until: Until
) -> None:
    async with destination() as one, destination() as two:
        async with studio() as room:
            await room.apply(document(destinations=[outlet("one", one)]))
            await until(lambda: one.times("video"))
            await room.apply(document(2, destinations=[outlet("one", one), outlet("two", two)]))
            await until(lambda: two.times("video"))
            await room.apply(document(3, destinations=[outlet("two", two), {**outlet("one", one), "enabled": False}]))
            await until(lambda: one.ended)
            received = len(two.tags)
            await until(lambda: len(two.tags) > received + 20)
        assert is_gapless(one.counters())
        assert is_gapless(two.counters())


async def test_an_older_document_changes_nothing_and_a_wrong_one_is_refused(
    studio: Maker, document: Document, settings: Settings
) -> None:
    async with studio() as room:
        assert await room.apply(document(5)) == {"applied": True, "version": 5}
        assert await room.apply(document(4, delay_ms=1000)) == {"applied": False, "version": 5}
        assert await room.apply(document(5)) == {"applied": False, "version": 5}
        client = Client(settings.socket("room-hall"))
        for wrong, code in (
            (document(6, fps=29), "room.document_invalid"),
            (document(6, fps=25), "room.shape_is_fixed"),
        ):
            with pytest.raises(WireRefused) as refusal:
                await client.call("room.apply", {"document": wrong}, deadline_s=30)
            assert refusal.value.refusal == code
        await client.close()
        state = await room.call("room.state")
        assert (state["version"], state["delay_ms"], state["fps_wanted"]) == (5, 0, 30)
        assert await room.apply(document(5, delay_ms=200)) == {"applied": True, "version": 5}


@pytest.mark.slow
@pytest.mark.alone
async def test_a_restarted_room_takes_up_its_document_its_programme_time_and_its_playlist(
    studio: Maker, document: Document, settings: Settings, until: Until
) -> None:
    playlist = settings.data / "hls/base/show/index.m3u8"
    async with studio() as room:
        await room.apply(document())
        await until(playlist.exists)
    before = playlist.read_text()
    assert before.endswith("#EXT-X-ENDLIST\n")
    first = room.encoded_counters()
    async with studio() as room:
        await until(lambda: "#EXT-X-DISCONTINUITY\n" in playlist.read_text())
        assert (await room.call("room.state"))["version"] == 1
        kinds = [event["kind"] for event in (await room.call("room.events", {}))["events"]]
    counters = room.encoded_counters()
    assert counters[: len(first)] == first
    assert counters == sorted(set(counters))
    assert is_gapless(list(counters[len(first) :]))
    first_run = kinds[: kinds.index("room_stopped")]
    assert {"room_started", "document_applied"} <= set(first_run)
    segments = [line for line in playlist.read_text().splitlines() if line.endswith(".ts")]
    assert segments == [
        f"{number:08d}.ts" for number in range(int(segments[0][:8]), int(segments[0][:8]) + len(segments))
    ]


async def test_a_document_pushed_while_the_held_one_is_taken_up_makes_no_second_programme(
    document: Document, settings: Settings, until: Until
) -> None:
    """Two would write one folder and publish under the same keys, and only one of them would ever be closed."""
    (settings.run / "room-hall.json").write_text(json.dumps(document(1)))
    room, stop = Room("hall", settings, None), asyncio.Event()
    methods, playlist = room.methods(), settings.data / "hls/base/show/index.m3u8"
    running = asyncio.create_task(room.run(stop))
    pushed = await asyncio.gather(*(methods["room.apply"]({"document": document(version)}) for version in (1, 2)))
    assert [answer["applied"] for answer in pushed] == [False, True]
    names = [thread.name for thread in threading.enumerate()]
    assert (names.count("programme"), names.count("encoder"), names.count("hls")) == (1, 1, 1)
    await until(playlist.exists)
    events = (await methods["room.events"]({}))["events"]
    assert [event["kind"] for event in events].count("room_started") == 1
    stop.set()
    await running


async def test_a_document_older_than_the_one_on_disk_is_ignored_from_the_first_moment(
    document: Document, settings: Settings
) -> None:
    (settings.run / "room-hall.json").write_text(json.dumps(document(7)))
    room, stop = Room("hall", settings, None), asyncio.Event()
    running = asyncio.create_task(room.run(stop))
    assert await room.methods()["room.apply"]({"document": document(6)}) == {"applied": False, "version": 7}
    stop.set()
    await running


async def test_another_show_is_another_programme_and_cameras_stay(
    studio: Maker, destination: Maker, document: Document, settings: Settings, until: Until
) -> None:
    async with destination() as one, studio() as room:
        await room.apply(document(destinations=[outlet("one", one)]))
        room.camera("red")
        await room.until_shown("red")
        next_show = document(2, show_id="next", hls_dir="hls/base/next", fps=25, destinations=[outlet("one", one)])
        await room.apply(next_show)
        await room.until_shown("red")
        assert (settings.data / "hls/base/show/index.m3u8").read_text().endswith("#EXT-X-ENDLIST\n")
        await until(lambda: (settings.data / "hls/base/next/index.m3u8").exists())
        events = await room.events()
        assert events.count(("camera_connected", "red")) == 1
        assert (await room.call("room.state"))["fps_wanted"] == 25
        assert room.encoded_counters()[0] == 0
        await until(lambda: len(one.ended) == 1)


async def test_an_unknown_camera_is_refused_and_a_removed_one_hung_up_on(
    studio: Maker, document: Document, until: Until
) -> None:
    async with studio() as room:
        await room.apply(document(cameras=[{"id": "red"}], scene={"layout": "full", "cameras": ["red"]}))
        room.camera("blue")
        room.camera("red")
        await room.until_shown("red")
        assert ("camera_connected", "blue") not in await room.events()
        await room.apply(document(2, cameras=[{"id": "blue"}], scene={"layout": "full", "cameras": ["blue"]}))
        assert ("camera_ended", "red") in await room.events()


async def test_previews_are_made_for_the_programme_and_for_each_camera(studio: Maker, document: Document) -> None:
    async with studio() as room:
        with pytest.raises(NotStarted):
            await room.call("room.preview")
        await room.apply(document())
        room.camera("red")
        await room.until_shown("red")
        programme = Image.open(io.BytesIO(await room.call("room.preview")))
        camera = Image.open(io.BytesIO(await room.call("room.preview", {"camera_id": "red"})))
        assert (programme.size, camera.size) == ((512, 288), (320, 192))
        red, green, blue = camera.resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
        assert red > 200 > 60 > max(green, blue)
        poster = Image.open(io.BytesIO(await room.call("room.poster")))
        assert poster.size == (512, 288)
        with pytest.raises(NoPicture):
            await room.call("room.preview", {"camera_id": "blue"})


async def test_nobody_has_a_poster_before_the_delay_has_passed(
    studio: Maker, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_module, "PREVIEW_DEADLINE_S", 0.5)
    async with studio() as room:
        await room.apply(document(delay_ms=15_000))
        assert await room.call("room.preview")
        with pytest.raises(NoPicture):
            await room.call("room.poster")


async def test_the_hub_hears_of_the_room_every_second_and_the_room_of_the_stock(
    studio: Maker, document: Document, settings: Settings, until: Until
) -> None:
    hub, states = Hub(), []
    await hub.serve(settings.socket("hub"))
    hub.subscribe("base/show/room", lambda topic, body: states.append(body))
    card = {
        "kind": "price_card",
        "title": "Silk",
        "price": "$1",
        "units_left": 9,
        "units_word": "left",
        "sku_id": "sku",
    }
    async with studio() as room:
        await room.apply(document(overlays=[card]))
        await until(lambda: len(states) >= 2)
        assert states[-1]["room_id"] == "hall"
        assert states[-1]["ticks"] > states[0]["ticks"]
        assert [camera["id"] for camera in states[-1]["cameras"]] == ["red", "blue"]
        before = await room.call("room.preview")
        while await room.call("room.preview") == before:
            hub.publish("base/show/stock", {"sku_id": "sku", "units_left": 8})
            await asyncio.sleep(0.05)
    await hub.close()


async def test_events_are_served_until_they_are_acknowledged(studio: Maker, document: Document) -> None:
    async with studio() as room:
        await room.apply(document())
        answer = await room.call("room.events", {"after": 0, "most": 1})
        (first,) = answer["events"]
        assert first["show_id"] == "show"
        done = {"spool": answer["spool"], "sequence": first["sequence"]}
        assert await room.call("room.acknowledge", done) == {"dropped": 1}
        later = (await room.call("room.events", {"after": 0}))["events"]
        assert [event["sequence"] for event in later][:1] in ([first["sequence"] + 1], [])


async def test_the_delay_holds_the_programme_back(
    studio: Maker, destination: Maker, document: Document, until: Until
) -> None:
    async with destination() as one:
        async with studio() as room:
            await room.apply(document(delay_ms=1000, destinations=[outlet("one", one)]))
            room.camera("red")
            await room.until_shown("red")
            mixed_at_ms = (await room.call("room.state"))["programme_ms"]
            await until(lambda: "red" in [name for _, name in one.pictures()])
        first_red = next(number for number, name in one.pictures() if name == "red")
        assert first_red * 1000 / 30 >= mixed_at_ms + 1000 - 250
        assert is_gapless(one.counters())
