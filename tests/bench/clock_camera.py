"""A camera whose every picture shows the time at which it was taken; a process of its own, as an encoder is.

`python -m tests.bench.clock_camera <rtmp url>`
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from silkcast.media.mixer import counter
from silkcast.media.mixer.canvas import Canvas
from silkcast.media.mixer.encode import EncoderSettings, SoundEncoder, VideoEncoder
from silkcast.media.mixer.flv import audio_header_tag, picture_tag, sound_tag, video_header_tag
from silkcast.media.mixer.sound import silence
from silkcast.media.rtmp.publisher import Publisher

FPS = 30
SHAPE = EncoderSettings(1280, 720, FPS, 2500, "ultrafast")


@contextmanager
def filming(url: str) -> Iterator[None]:
    """Push to the address until the end of the block."""
    running = subprocess.Popen([sys.executable, "-m", "tests.bench.clock_camera", url])
    try:
        yield
    finally:
        running.kill()
        running.wait()


def taken_ms(shown: int, now_ms: int) -> int:
    """When the picture was taken that shows this counter: the counter wraps every four hours and a half."""
    return now_ms - (now_ms - shown) % counter.COUNTER_MODULUS


async def film(url: str) -> None:
    texture = np.random.default_rng(3).integers(16, 236, (72, 192), dtype=np.uint8).repeat(10, 0).repeat(10, 1)
    video, audio, canvas = VideoEncoder(SHAPE), SoundEncoder(128), Canvas(SHAPE.width, SHAPE.height)
    canvas.picture.fill((16, 110, 140))
    publisher, stop = Publisher("clock", url), asyncio.Event()
    publishing = asyncio.create_task(publisher.run(stop))
    publisher.offer(video_header_tag(video.header, 0))
    publisher.offer(audio_header_tag(audio.header, 0))
    began_s, number = time.monotonic(), 0
    while True:
        await asyncio.sleep(max(0.0, began_s + number / FPS - time.monotonic()))
        x = number * 2 % 640
        canvas.picture.y[:] = texture[:, x : x + SHAPE.width]
        counter.burn(canvas.picture, time.time_ns() // 1_000_000)
        for picture in video.encode(canvas.frame, number):
            publisher.offer(picture_tag(picture, FPS))
        for sound in audio.encode(silence(48_000 // FPS)):
            publisher.offer(sound_tag(sound))
        number += 1
        assert not publishing.done(), publishing.exception()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(film(sys.argv[1]))
