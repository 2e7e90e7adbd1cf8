"""What a whole room costs beside the bare decoding and encoding it cannot do without. Run it as a script.

Two 720p30 cameras with sound, picture in picture, price card and label, three destinations, HLS, at veryfast: the
process's CPU a second, against a plain loop that decodes the same two cameras and encodes one picture and its sound.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import av
import numpy as np

from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import Client, WireError
from silkcast.media.mixer.canvas import Canvas
from silkcast.media.mixer.encode import EncoderSettings, SoundEncoder, VideoEncoder
from silkcast.media.mixer.flv import audio_header_tag, picture_tag, sound_tag, video_header_tag
from silkcast.media.rtmp import FlvTag
from silkcast.media.rtmp.handover import send_camera
from silkcast.media.rtmp.publisher import Publisher
from silkcast.media.rtmp.server import Arrival, Door, RtmpServer

SECONDS = 10
SETTLE_S = 5.0
PROGRAMME = EncoderSettings(1280, 720, 30, 3000, "veryfast")
CAMERA = EncoderSettings(1280, 720, 30, 4000, "veryfast")
START = """import sys
from silkcast.kernel.settings import load
from silkcast.roles.room import main
main(load(), sys.argv[1:])"""


def camera_tags(seed: int) -> list[FlvTag]:
    """A texture that pans and twinkles, and a voice-like sound: neither still nor noise."""
    chance = np.random.default_rng(seed)
    texture = chance.integers(16, 236, (900 // 10, 1600 // 10), dtype=np.uint8).repeat(10, 0).repeat(10, 1)
    video, audio, canvas = VideoEncoder(CAMERA), SoundEncoder(128), Canvas(1280, 720)
    canvas.picture.fill((16, 110 + seed, 140))
    tags = [video_header_tag(video.header, 0), audio_header_tag(audio.header, 0)]
    for tick in range(SECONDS * 30):
        x, y = tick * 2 % 320, tick % 180
        canvas.picture.y[:] = texture[y : y + 720, x : x + 1280]
        canvas.picture.y[::8, ::8] = chance.integers(16, 236, (90, 160), dtype=np.uint8)
        at = np.arange(1600) + tick * 1600
        voice = 0.2 * np.sin(at * 0.023) * (1 + np.sin(at * 0.0004)) + 0.02 * chance.standard_normal(1600)
        tags += [picture_tag(coded, 30) for coded in video.encode(canvas.frame, tick)]
        tags += [sound_tag(coded) for coded in audio.encode(np.stack([voice, voice]).astype(np.float32))]
    return tags


def bare_cost(cameras: list[list[FlvTag]]) -> float:
    """CPU a second of the plain loop."""
    encoder, sound_encoder = VideoEncoder(PROGRAMME), SoundEncoder(128)
    started, number = time.process_time(), 0
    for camera, tags in enumerate(cameras):
        decoders: dict[str, Any] = {}
        for tag in tags:
            head = 5 if tag.kind == "video" else 2
            if tag.is_sequence_header:
                decoders[tag.kind] = av.CodecContext.create("h264" if tag.kind == "video" else "aac", "r")
                decoders[tag.kind].extradata, decoders[tag.kind].thread_count = tag.body[head:], 1
                continue
            for frame in decoders[tag.kind].decode(av.Packet(tag.body[head:])):
                if camera == 0 and tag.kind == "video":
                    encoder.encode(frame, number)
                    number += 1
                elif camera == 0:
                    sound_encoder.encode(frame.to_ndarray())
    return (time.process_time() - started) / number * 30


async def push(port: int, name: str, tags: list[FlvTag]) -> None:
    publisher, stop = Publisher(name, f"rtmp://127.0.0.1:{port}/live/{name}"), asyncio.Event()
    running = asyncio.create_task(publisher.run(stop))
    start_s, turn = time.monotonic(), 0
    try:
        while True:
            for tag in tags:
                due_s = start_s + turn * SECONDS + tag.timestamp_ms / 1000
                await asyncio.sleep(max(0.0, due_s - time.monotonic()))
                publisher.offer(FlvTag(tag.kind, tag.timestamp_ms + turn * SECONDS * 1000, tag.body))
            turn += 1
    finally:
        running.cancel()


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def document(urls: list[str]) -> dict[str, Any]:
    card = {"kind": "price_card", "title": "真丝围巾 Silk scarf", "price": "$39.00", "was": "$59.00", "units_left": 123}
    return {
        "version": 1, "base_id": "b", "room_id": "bench", "show_id": "s", "hls_dir": "hls/b/s",
        "cameras": [{"id": "one"}, {"id": "two"}],
        "scene": {"layout": "picture_in_picture", "cameras": ["one", "two"]},
        "overlays": [card, {"kind": "label", "text": "SIMULATED 模拟"}],
        "destinations": [{"id": f"d{number}", "url": url} for number, url in enumerate(urls)],
    }  # fmt: skip


async def room_cost(settings: Settings, cameras: list[list[FlvTag]]) -> tuple[float, dict[str, Any]]:
    """CPU a second of the room's process once it runs steadily, and its last state."""

    async def hand_over(arrival: Arrival) -> None:
        arrival.session.accept()
        path, state = settings.socket("room-bench-cameras"), arrival.session.export_state()
        with arrival.encoder:
            await send_camera(path, arrival.encoder, arrival.stream_key, state)

    door, servers = Door(hand_over), [RtmpServer(lambda _: True, lambda *_: None) for _ in range(3)]
    await door.open("127.0.0.1", 0)
    for server in servers:
        await server.open()
    environment = {**os.environ, "SILKCAST_DATA": str(settings.data)}
    room = subprocess.Popen(
        [sys.executable, "-c", START, "--room", "bench"], env=environment, stderr=subprocess.DEVNULL
    )
    client = Client(settings.socket("room-bench"))
    wanted = document([f"rtmp://127.0.0.1:{server.port}/live/k" for server in servers])
    while True:
        try:
            await client.call("room.apply", {"document": wanted}, deadline_s=30)
            break
        except WireError:
            await asyncio.sleep(0.1)
    pushing = [
        asyncio.create_task(push(door.port, name, tags)) for name, tags in zip(("one", "two"), cameras, strict=True)
    ]
    await asyncio.sleep(SETTLE_S)
    before = await client.call("room.state", deadline_s=30)
    used_s = cpu_s(room.pid)
    await asyncio.sleep(SECONDS)
    used_s = cpu_s(room.pid) - used_s
    after: dict[str, Any] = await client.call("room.state", deadline_s=30)
    programme_s = (after["ticks"] - before["ticks"]) / 30
    after |= {name: after[name] - before[name] for name in ("skipped", "repeated")}
    for task in pushing:
        task.cancel()
    room.send_signal(signal.SIGTERM)
    await asyncio.to_thread(room.wait)
    await client.close()
    await door.close()
    for server in servers:
        await server.close()
    return used_s / programme_s, after


def main() -> None:
    cameras = [camera_tags(1), camera_tags(2)]
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        bare = bare_cost(cameras)
        with tempfile.TemporaryDirectory(prefix="sc") as folder:
            settings = Settings(data=Path(folder))
            settings.prepare()
            whole, state = asyncio.run(room_cost(settings, cameras))
        bare = (bare + bare_cost(cameras)) / 2
        shed = state["encoder"]["preset"] != PROGRAMME.preset
        valid = not (state["skipped"] or state["repeated"] or shed)
        print(
            f"bare {bare:.3f} cores, room {whole:.3f} cores, ratio {whole / bare:.2f},"
            f" latest tick {state['late_ms_max']} ms{'' if valid else ' (machine too busy: not a valid run)'}",
            flush=True,
        )


if __name__ == "__main__":
    main()
