"""`silkcast demo cameras`: pushes the clips over RTMP to the ingest port, as any encoder would."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import time
from pathlib import Path
from typing import Any

from silkcast.demo import clips, pictures
from silkcast.kernel import log
from silkcast.kernel.settings import Settings
from silkcast.media.rtmp import FlvTag
from silkcast.media.rtmp.publisher import Publisher

logger = logging.getLogger(__name__)
LOOP_MS = clips.SECONDS * 1000


def main(settings: Settings, arguments: list[str]) -> int:
    log.configure("demo-cameras")
    note = json.loads((settings.data / "demo.json").read_text(encoding="utf-8"))
    made = clips.ensure_clips(settings.data / "media" / "clips")
    asyncio.run(_push(settings, note, made))
    return 0


def prepare(data: Path) -> None:
    """Draw the products and make the clips, so that the first start is not slower than the others."""
    pictures.write_products(data / "media" / "products")
    clips.ensure_clips(data / "media" / "clips")


async def _push(settings: Settings, note: dict[str, Any], made: dict[str, Path]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as group:
        for room in note["rooms"]:
            for camera, kind in zip(room["cameras"], clips.KINDS, strict=False):
                url = f"rtmp://{settings.own_name}:{settings.rtmp_port}/live/{camera['stream_key']}"
                publisher = Publisher(camera["id"], url)
                group.create_task(publisher.run(stop))
                group.create_task(_play(publisher, clips.read_tags(made[kind]), stop))


async def _play(publisher: Publisher, tags: list[FlvTag], stop: asyncio.Event) -> None:
    """Offer the clip's tags at the pace of their timestamps, round and round, with timestamps that only grow."""
    opening = [tag for tag in tags if tag.kind == "script" or tag.is_sequence_header]
    media = [tag for tag in tags if tag.kind != "script" and not tag.is_sequence_header]
    for tag in opening:
        publisher.offer(tag)
    began, loop = time.monotonic(), 0
    while not stop.is_set():
        for tag in media:
            at_ms = loop * LOOP_MS + min(tag.timestamp_ms, LOOP_MS - 1)
            wait_s = began + at_ms / 1000 - time.monotonic()
            if wait_s > 0.002:
                await asyncio.sleep(wait_s)
            if stop.is_set():
                return
            publisher.offer(FlvTag(tag.kind, at_ms, tag.body))
        loop += 1
