"""How soon what broke is on air again, or is known to be broken: destinations and cameras, as a receiver sees it."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np

from silkcast.kernel.settings import Settings
from silkcast.media.mixer.canvas import Canvas, picture_of
from silkcast.media.mixer.encode import VideoEncoder
from silkcast.media.mixer.flv import picture_tag, video_header_tag
from silkcast.media.rtmp import FlvTag
from silkcast.media.rtmp.publisher import Publisher
from silkcast.media.rtmp.server import RtmpServer
from tests.bench.destinations import Sinks, three_megabits
from tests.bench.room import CAMERA, document, on_air
from tests.bench.rows import REPEATS, AtMost, Row

AWAY_S = (0.0, 1.0, 5.0)
HOLD_S = 1.0
SHOWN_S = 4.0  # a camera is on air for so long before it goes
TAGS_HEARD = 60  # a second of them: the connection stands
GUARD_S = 60.0
LOOK_S = 0.002
BRIGHT, DARK = 200, 110  # the camera's picture; no slate of ours is as light as the second


def destinations() -> list[Row]:
    away = {away_s: asyncio.run(_back_after(away_s)) for away_s in AWAY_S}
    longer = ", ".join(f"away for {away_s:g} s: {back_s:.2f} s" for away_s, back_s in away.items() if away_s)
    return [
        Row("destination resets -> media again", away[0.0], detail=longer, unit=" s", goal=AtMost(1)),
        Row("destination goes silent -> noticed", asyncio.run(_wedge_noticed()), unit=" s", goal=AtMost(5)),
    ]


def cameras() -> list[Row]:
    closed, stalled = zip(*(asyncio.run(_camera_goes()) for _ in range(REPEATS)), strict=True)
    return [
        Row("camera closed -> slate at a destination", statistics.median(closed) * 1000, unit=" ms", goal=AtMost(300)),
        Row(
            "camera stalls -> last frame, then slate after",
            statistics.median(stalled),
            detail=f"the setting is {HOLD_S:g} s",
            unit=" s",
        ),
    ]


async def _feed(publisher: Publisher) -> None:
    began_s, second = time.monotonic(), 0
    while True:
        for tag in three_megabits(second):
            await asyncio.sleep(max(0.0, began_s + tag.timestamp_ms / 1000 - time.monotonic()))
            publisher.offer(tag)
        second += 1


async def _until(claim: Callable[[], object]) -> None:
    async with asyncio.timeout(GUARD_S):
        while not claim():
            await asyncio.sleep(LOOK_S)


async def _back_after(away_s: float) -> float:
    """Seconds from the moment at which the server listens again to its first keyframe; the median."""
    return statistics.median([await _back_once(away_s, TAGS_HEARD + 20 * number) for number in range(REPEATS)])


async def _back_once(away_s: float, tags: int) -> float:
    """`tags` pass before the break: where in a group of pictures it comes decides how far the next keyframe is."""
    heard: list[FlvTag] = []
    server = RtmpServer(lambda _: True, lambda _, tag: heard.append(tag))
    await server.open()
    port, stop = server.port, asyncio.Event()
    publisher = Publisher("bench", f"rtmp://127.0.0.1:{port}/live/k")
    running, feeding = asyncio.create_task(publisher.run(stop)), asyncio.create_task(_feed(publisher))
    await _until(lambda: len(heard) > tags)
    await server.close()
    await asyncio.sleep(away_s)
    heard.clear()
    server = RtmpServer(lambda _: True, lambda _, tag: heard.append(tag))
    await server.open("127.0.0.1", port)
    began_s = time.monotonic()
    await _until(lambda: any(tag.is_keyframe for tag in heard))
    took_s = time.monotonic() - began_s
    stop.set()
    feeding.cancel()
    await running
    await server.close()
    return took_s


async def _wedge_noticed() -> float:
    """Seconds from the moment at which a server takes nothing any more, without a word, to the publisher's verdict."""
    return statistics.median([await _wedge_once() for _ in range(REPEATS)])


async def _wedge_once() -> float:
    sinks, stop = Sinks(1), asyncio.Event()
    publisher = Publisher("bench", f"rtmp://127.0.0.1:{sinks.ports[0]}/live/k")
    running, feeding = asyncio.create_task(publisher.run(stop)), asyncio.create_task(_feed(publisher))
    try:
        await _until(lambda: publisher.state().phase == "live")
        await asyncio.sleep(SHOWN_S)
        sinks.freeze()
        began_s = time.monotonic()
        await _until(lambda: publisher.state().phase != "live")
        took_s = time.monotonic() - began_s
        stop.set()
        feeding.cancel()
        await running
    finally:
        sinks.close()
    return took_s


class Watcher:
    """A destination that decodes what it receives, and notes how bright each picture is."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, float]] = []
        self._decoder: Any = None
        self.server = RtmpServer(lambda _: True, self._take)

    def _take(self, _: str, tag: FlvTag) -> None:
        if tag.kind != "video":
            return
        if tag.is_sequence_header:
            self._decoder = av.CodecContext.create("h264", "r")
            self._decoder.extradata, self._decoder.thread_count = tag.body[5:], 1
            return
        for frame in self._decoder.decode(av.Packet(tag.body[5:])):
            self.seen.append((time.monotonic(), float(picture_of(frame).y[:, 320:960].mean())))

    def is_bright(self) -> bool:
        return bool(self.seen) and self.seen[-1][1] > DARK


async def _camera_goes() -> tuple[float, float]:
    """Seconds until the slate is seen: after a camera has closed its connection, and after one went silent."""
    watcher = Watcher()
    await watcher.server.open()
    wanted = document([f"rtmp://127.0.0.1:{watcher.server.port}/live/k"]) | {
        "cameras": [{"id": "one"}],
        "scene": {"layout": "full", "cameras": ["one"]},
        "stall_hold_ms": round(HOLD_S * 1000),
        "preset": "ultrafast",
    }
    with tempfile.TemporaryDirectory(prefix="sc") as folder:
        settings = Settings(data=Path(folder))
        settings.prepare()
        async with on_air(settings, wanted) as room:
            closed_s = await _gone(watcher, room.camera_port, closes=True)
            stalled_s = await _gone(watcher, room.camera_port, closes=False)
    await watcher.server.close()
    return closed_s, stalled_s


async def _gone(watcher: Watcher, port: int, *, closes: bool) -> float:
    publisher, stop = Publisher("one", f"rtmp://127.0.0.1:{port}/live/one"), asyncio.Event()
    running, filming = asyncio.create_task(publisher.run(stop)), asyncio.create_task(_film(publisher))
    await _until(watcher.is_bright)
    await asyncio.sleep(SHOWN_S)
    await _until(watcher.is_bright)  # on a busy machine it may have stalled meanwhile
    began_s = time.monotonic()
    filming.cancel()
    if closes:
        running.cancel()
    await _until(lambda: not watcher.is_bright())
    took_s = watcher.seen[-1][0] - began_s
    running.cancel()
    await asyncio.gather(running, filming, return_exceptions=True)
    return took_s


async def _film(publisher: Publisher) -> None:
    chance, encoder = np.random.default_rng(5), VideoEncoder(CAMERA)
    canvas = Canvas(CAMERA.width, CAMERA.height)
    canvas.picture.fill((BRIGHT, 128, 128))
    publisher.offer(video_header_tag(encoder.header, 0))
    began_s, number = time.monotonic(), 0
    while True:
        await asyncio.sleep(max(0.0, began_s + number / CAMERA.fps - time.monotonic()))
        canvas.picture.y[::16, ::16] = chance.integers(150, 235, canvas.picture.y[::16, ::16].shape, dtype=np.uint8)
        for coded in encoder.encode(canvas.frame, number):
            publisher.offer(picture_tag(coded, CAMERA.fps))
        number += 1
