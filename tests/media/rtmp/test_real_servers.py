"""Against software that is not ours: FFmpeg and GStreamer push to our port, and our publisher pushes to nginx-rtmp."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from tests.ports import free_port

from silkcast.media.rtmp.destination import Reason
from silkcast.media.rtmp.publisher import Publisher
from silkcast.media.rtmp.tags import FlvTag, TagKind

Programme = Callable[..., list[FlvTag]]
Until = Callable[[Callable[[], object]], Awaitable[None]]
OfferAll = Callable[[Publisher, list[FlvTag]], Awaitable[None]]

FFMPEG = shutil.which("ffmpeg")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")

GSTREAMER = shutil.which("gst-launch-1.0")
GSTREAMER_SINKS = sorted(Path("/usr/lib").glob("*/gstreamer-1.0/libgstrtmp2.so"))

needs_gstreamer = pytest.mark.skipif(not (GSTREAMER and GSTREAMER_SINKS), reason="GStreamer's RTMP is not installed")
needs_ffmpeg = pytest.mark.skipif(FFMPEG is None, reason="FFmpeg is not installed")
needs_nginx = pytest.mark.skipif(NGINX is None or not MODULE.exists(), reason="nginx-rtmp is not installed")
CONNECTION_LOST = [Reason.CLOSED, Reason.RESET]
pytestmark = [pytest.mark.real_server, pytest.mark.alone]

# 60 pictures at 30 fps and two seconds of sound; a keyframe every half second.
PICTURES = "testsrc=size=320x180:rate=30:duration=2"
SOUND = "sine=sample_rate=48000:duration=2"


async def ffmpeg_push(url: str, *before: str) -> asyncio.subprocess.Process:
    assert FFMPEG is not None
    made_from = ["-f", "lavfi", *before, "-i", PICTURES, "-f", "lavfi", *before, "-i", SOUND]
    encoding = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "15", "-bf", "0", "-c:a", "aac"]
    arguments = ["-hide_banner", "-loglevel", "error", *made_from, *encoding, "-f", "flv", url]
    return await asyncio.create_subprocess_exec(
        FFMPEG, *arguments, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )


@needs_ffmpeg
async def test_ffmpeg_publishes_to_our_port_and_its_timing_arrives_intact(receiver: Any, until: Until) -> None:
    async with receiver() as server:
        ffmpeg = await ffmpeg_push(server.url("key"))
        _, complaints = await ffmpeg.communicate()
        await until(lambda: server.ends)
    assert ffmpeg.returncode == 0, complaints
    assert server.ends == [("key", "FCUnpublish")]
    tags = server.tags["key"]
    assert [(tag.kind, tag.is_sequence_header) for tag in tags[:3]] == [
        ("script", False),
        ("video", True),
        ("audio", True),
    ]
    pictures = [tag for tag in tags if tag.kind == "video" and tag.body[1] == 1]
    begin_ms = pictures[0].timestamp_ms  # not zero: sound begins earlier, by the encoder's run-in
    due = [begin_ms + number * 1000 / 30 for number in range(60)]
    assert len(pictures) == 60
    assert all(abs(tag.timestamp_ms - at_ms) <= 1 for tag, at_ms in zip(pictures, due, strict=True))
    assert [number for number, tag in enumerate(pictures) if tag.is_keyframe] == [0, 15, 30, 45]
    sound = [tag.timestamp_ms for tag in tags if tag.kind == "audio" and tag.body[1] == 1]
    assert {after - before for before, after in pairwise(sound)} <= {21, 22}


@needs_ffmpeg
async def test_ffmpeg_with_a_wrong_key_is_told_so(receiver: Any) -> None:
    async with receiver() as server:
        ffmpeg = await ffmpeg_push(server.url("wrong"))
        _, complaints = await ffmpeg.communicate()
    assert ffmpeg.returncode != 0
    assert b"Unknown stream key" in complaints
    assert server.tags == {}


@needs_gstreamer
async def test_gstreamer_ends_its_stream_without_an_error(receiver: Any, until: Until) -> None:
    assert GSTREAMER is not None
    pictures = (
        "videotestsrc num-buffers=60 ! video/x-raw,width=320,height=180,framerate=30/1 ! x264enc tune=zerolatency"
    )
    mux = "flvmux name=mux streamable=true"
    async with receiver() as server:
        sound = "audiotestsrc num-buffers=90 ! voaacenc ! mux."
        arguments = f"-q {pictures} ! {mux} ! rtmp2sink location={server.url('key')} {sound}"
        gstreamer = await asyncio.create_subprocess_exec(
            GSTREAMER, *arguments.split(), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        _, complaints = await gstreamer.communicate()
        await until(lambda: server.ends == [("key", "FCUnpublish")])
    assert b"ERROR" not in complaints
    assert gstreamer.returncode == 0
    assert len([body for body in media(server.tags["key"], "video") if body[1] == 1]) == 60


class Nginx:
    """One nginx with the RTMP module, in a process of its own; records each of its runs in a folder of its own."""

    def __init__(self, folder: Path, application: str = "record all; record_path {run};") -> None:
        self._application = application
        self.port = free_port()
        self._folder = folder
        self._runs: list[Path] = []
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"rtmp://127.0.0.1:{self.port}/live/key"

    async def start(self) -> None:
        assert NGINX is not None
        self._runs.append(self._folder / f"run-{len(self._runs)}")
        self._runs[-1].mkdir()
        user = "user root;" if os.getuid() == 0 else ""
        (self._folder / "nginx.conf").write_text(f"""
            load_module {MODULE}; daemon off; master_process off; pid {self._folder}/nginx.pid; {user}
            events {{}}
            rtmp {{ server {{ listen 127.0.0.1:{self.port};
                application live {{ live on; {self._application.format(run=self._runs[-1])} }} }} }}
        """)
        arguments = ["-p", str(self._folder), "-c", "nginx.conf", "-e", "stderr"]
        self._process = await asyncio.create_subprocess_exec(NGINX, *arguments, stderr=asyncio.subprocess.DEVNULL)

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def end(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            self._process = None

    def recorded(self) -> list[FlvTag]:
        """What the present run has got so far."""
        return [tag for file in self._runs[-1].glob("*.flv") for tag in read_flv(file.read_bytes())]


def read_flv(recorded: bytes) -> list[FlvTag]:
    kinds: dict[int, TagKind] = {8: "audio", 9: "video", 18: "script"}
    at, tags = 13, list[FlvTag]()
    while at + 11 <= len(recorded):
        length = int.from_bytes(recorded[at + 1 : at + 4], "big")
        at_ms = int.from_bytes(recorded[at + 4 : at + 7], "big") | recorded[at + 7] << 24
        if at + 11 + length > len(recorded):
            break  # a killed server leaves half a tag
        tags.append(FlvTag(kinds[recorded[at]], at_ms, recorded[at + 11 : at + 11 + length]))
        at += 15 + length
    return tags


def media(tags: list[FlvTag], kind: TagKind) -> list[bytes]:
    return [tag.body for tag in tags if tag.kind == kind and not tag.is_sequence_header]


@needs_nginx
async def test_nginx_records_every_tag_of_a_healthy_show(
    tmp_path: Path, running: Any, until: Until, programme: Programme, offer_all: OfferAll
) -> None:
    tags = programme(pictures=600, picture_bytes=12_000)
    nginx = Nginx(tmp_path)
    await nginx.start()
    try:
        publisher = Publisher("nginx", nginx.url)
        async with running(publisher):
            await offer_all(publisher, tags)
            await until(lambda: publisher.state().phase == "live")
        await until(lambda: len(media(nginx.recorded(), "audio")) == 600)
    finally:
        await nginx.end()
    assert media(nginx.recorded(), "video") == media(tags, "video")
    assert media(nginx.recorded(), "audio") == media(tags, "audio")
    assert publisher.state().tags_dropped == 0


@needs_nginx
@pytest.mark.parametrize("key", ["plain-key_1", "ab12/CD34", "ab12#CD34", "ab12?x=1&s=a/b#z", "50%25+b", "键"])
async def test_nginx_hears_the_app_and_the_key_as_they_were_typed(
    key: str, tmp_path: Path, running: Any, until: Until, programme: Programme
) -> None:
    heard: list[dict[str, list[str]]] = []

    async def told(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        heard.append(parse_qs((await reader.readexactly(length)).decode(), keep_blank_values=True))
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(told, "127.0.0.1", 0) as asked:
        port = asked.sockets[0].getsockname()[1]
        nginx = Nginx(tmp_path, f"on_publish http://127.0.0.1:{port}/;")
        await nginx.start()
        server = nginx.url.removesuffix("/key") + "?vhost=shop/"
        try:
            publisher = Publisher("nginx", server, stream_key=key)
            async with running(publisher), playing(publisher, programme):
                await until(lambda: publisher.state().phase == "live")
        finally:
            await nginx.end()
    name, _, arguments = key.partition("?")
    assert heard[0]["app"] == ["live"]
    assert heard[0]["tcurl"] == [server.removesuffix("/")]
    assert heard[0]["name"] == [name]
    assert {key: heard[0].get(key) for key in parse_qs(arguments)} == parse_qs(arguments)


@needs_nginx
@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
async def test_nginx_killed_or_stopped_in_mid_show_is_noticed_and_gets_a_decodable_stream_when_it_is_back(
    fault: signal.Signals, tmp_path: Path, running: Any, until: Until, programme: Programme
) -> None:
    nginx = Nginx(tmp_path)
    await nginx.start()
    try:
        publisher = Publisher("nginx", nginx.url)
        async with running(publisher), playing(publisher, programme):
            await until(lambda: publisher.state().phase == "live")
            await until(lambda: media(nginx.recorded(), "video"))
            nginx.signal(fault)
            await until(lambda: publisher.state().phase == "waiting")
            assert publisher.state().reason in ([Reason.WEDGED] if fault == signal.SIGSTOP else CONNECTION_LOST)
            await nginx.end()
            await nginx.start()
            await until(lambda: publisher.state().phase == "live")
            await until(lambda: media(nginx.recorded(), "video"))
    finally:
        await nginx.end()
    again = [tag for tag in nginx.recorded() if tag.kind != "script"]
    assert {tag.kind for tag in again[:2] if tag.is_sequence_header} == {"video", "audio"}
    assert next(tag for tag in again if tag.kind == "video" and not tag.is_sequence_header).is_keyframe


@contextlib.asynccontextmanager
async def playing(publisher: Publisher, programme: Programme) -> AsyncIterator[None]:
    """Offer the programme at the speed of a show, about 3 Mbit/s, for as long as the block lasts."""

    async def play() -> None:
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        second = 0
        while True:
            for tag in programme(pictures=30, picture_bytes=12_000, from_ms=1000 * second)[3 * (second > 0) :]:
                await asyncio.sleep(started_s + tag.timestamp_ms / 1000 - loop.time())
                publisher.offer(tag)
            second += 1

    task = asyncio.create_task(play())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
