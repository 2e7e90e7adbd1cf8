"""An encoder and a player that are not ours."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from silkcast.kernel.settings import Settings

Until = Callable[[Callable[[], object]], Any]
Maker = Callable[[], AbstractAsyncContextManager[Any]]
Document = Callable[..., dict[str, Any]]

FFMPEG = shutil.which("ffmpeg")
pytestmark = [
    pytest.mark.real_server,
    pytest.mark.alone,
    pytest.mark.skipif(FFMPEG is None, reason="the machine has no FFmpeg"),
]


async def ffmpeg(*arguments: str) -> asyncio.subprocess.Process:
    assert FFMPEG is not None
    return await asyncio.create_subprocess_exec(
        FFMPEG, "-v", "warning", "-nostdin", *arguments, stderr=asyncio.subprocess.PIPE
    )


async def test_ffmpeg_is_a_camera_with_b_frames_and_its_hls_player_has_nothing_to_complain_of(
    studio: Maker, destination: Maker, document: Document, settings: Settings, until: Until
) -> None:
    playlist = settings.data / "hls/base/show/index.m3u8"
    async with destination() as one:
        async with studio() as room:
            await room.apply(document(destinations=[{"id": "one", "url": one.url}]))
            camera = await ffmpeg(
                *("-re", "-f", "lavfi", "-i", "color=red:size=640x360:rate=25"),
                *("-f", "lavfi", "-i", "sine=frequency=1000:sample_rate=44100"),
                *("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "50", "-pix_fmt", "yuv420p"),
                *("-c:a", "aac", "-ac", "1", "-f", "flv", f"rtmp://127.0.0.1:{room.port}/live/red"),
            )
            await room.until_shown("red")
            await until(lambda: "red" in [name for _, name in one.pictures()])
            await until(lambda: playlist.exists() and playlist.read_text().count("#EXTINF") >= 4)
            state = await room.call("room.state")
            camera.kill()
            await camera.wait()
            await room.until_shown("slate")
        assert state["cameras"][0]["undecodable"] == 0
        counters = one.counters()
        assert counters == list(range(counters[0], counters[0] + len(counters)))
    player = await ffmpeg("-i", str(playlist), "-f", "null", "-")
    _, complaints = await player.communicate()
    assert player.returncode == 0
    assert not re.sub(rb"\s", b"", complaints), complaints


async def test_ffmpeg_is_told_why_its_codec_is_not_taken_and_ends(studio: Maker, document: Document) -> None:
    async with studio() as room:
        await room.apply(document())
        camera = await ffmpeg(
            *("-re", "-f", "lavfi", "-i", "color=red:size=640x360:rate=25", "-c:v", "flv", "-f", "flv"),
            f"rtmp://127.0.0.1:{room.port}/live/red",
        )
        _, complaints = await camera.communicate()
        assert b"The camera uses a codec we do not take. Send H.264 and AAC." in complaints
        assert camera.returncode != 0
        assert await room.warnings("red") == ["camera.codec_unsupported"]
        assert ("camera_refused", "red") in await room.events()
