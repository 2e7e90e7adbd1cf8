"""`silkcast demo platforms`: two simulated platforms that take the programme over RTMP, as TikTok or Amazon would."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import Any

from silkcast.kernel import log
from silkcast.kernel.settings import Settings
from silkcast.media.rtmp import FlvTag
from silkcast.media.rtmp.server import RtmpServer


def main(settings: Settings, arguments: list[str]) -> int:
    log.configure("demo-platforms")
    note = json.loads((settings.data / "demo.json").read_text(encoding="utf-8"))
    asyncio.run(_receive(note["platforms"]))
    return 0


async def _receive(platforms: list[dict[str, Any]]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    servers = [_server(platform) for platform in platforms]
    for server, platform in zip(servers, platforms, strict=True):
        await server.open("127.0.0.1", platform["port"])
    await stop.wait()
    for server in servers:
        await server.close()


def _server(platform: dict[str, Any]) -> RtmpServer:
    def knows(stream_key: str) -> bool:
        return bool(stream_key == platform["stream_key"])

    def watch(stream_key: str, tag: FlvTag) -> None:
        """A viewer abroad would see it; here it ends."""

    return RtmpServer(knows, watch)
