"""The cameras of a room: who may connect, who is connected, and what the mix may look at."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from silkcast.media.mixer.errors import PictureTooLarge, Undecodable, UnsupportedCodec
from silkcast.media.mixer.feed import CameraFeed
from silkcast.media.room.camera import CameraLink
from silkcast.media.rtmp import PublishSession
from silkcast.media.rtmp.handover import CameraPort

logger = logging.getLogger(__name__)
REFUSALS = frozenset(kind.code for kind in (PictureTooLarge, Undecodable, UnsupportedCodec))


class Cameras:
    """All on the loop, but for `feeds`, which the programme's thread reads."""

    def __init__(self, path: Path, now_ms: Callable[[], float], notify: Callable[[str, dict[str, Any]], None]) -> None:
        self._port = CameraPort(path, self._take)
        self._now_ms, self._notify = now_ms, notify
        self._allowed: Mapping[str, str] = {}
        self._keys: dict[str, str] = {}  # with which the connected ones came
        self._links: dict[str, CameraLink] = {}
        self._refused: dict[str, str] = {}  # why a camera's last stream was of no use, until one is
        self._leaving: dict[asyncio.Task[None], CameraLink] = {}
        self._feeds: Mapping[str, CameraFeed] = {}

    async def open(self) -> None:
        await self._port.open()

    async def close(self) -> None:
        await self._port.close()
        for link in list(self._links.values()):
            self._leave(link, "stopped")
        for link in self._leaving.values():
            link.end("stopped")
        await asyncio.gather(*self._leaving, return_exceptions=True)

    def allow(self, cameras: Mapping[str, str]) -> None:
        """Only these ids may connect, each with the key that it has now; others that are connected are hung up on."""
        self._allowed = cameras
        self._refused = {camera_id: reason for camera_id, reason in self._refused.items() if camera_id in cameras}
        for camera_id, link in list(self._links.items()):
            key = cameras.get(camera_id)
            if key is None:
                self._leave(link, "removed")
            elif key and self._keys[camera_id] and key != self._keys[camera_id]:
                self._leave(link, "key_rotated")
            else:
                self._keys[camera_id] = key or self._keys[camera_id]

    def feeds(self) -> Mapping[str, CameraFeed]:
        """The connected cameras; never changed in place, so that other threads may walk it."""
        return self._feeds

    def facts(self, camera_id: str) -> dict[str, object]:
        link = self._links.get(camera_id)
        if link is not None and link.has_pictures:
            self._refused.pop(camera_id, None)
        refused = [self._refused[camera_id]] if camera_id in self._refused else []
        if link is None:
            return {"warnings": refused}
        facts = link.facts()
        return {**facts, "warnings": [*refused, *facts["warnings"]]}

    def _take(self, camera_id: str, encoder: socket.socket, session: PublishSession) -> bool:
        if camera_id not in self._allowed:
            logger.warning("room.unknown_camera", extra={"facts": {"camera_id": camera_id}})
            return False
        before = self._links.get(camera_id)
        if before is not None:
            # An encoder that lost its line comes back before the old connection has noticed.
            self._leave(before, "replaced")
        self._links[camera_id] = CameraLink(camera_id, encoder, session, self._now_ms, self._ended)
        self._keys[camera_id] = self._allowed[camera_id]
        self._offer()
        self._notify("camera_connected", {"id": camera_id})
        return True

    def _ended(self, link: CameraLink, reason: str) -> None:
        if reason in REFUSALS:
            self._refused[link.camera_id] = reason
        if self._links.get(link.camera_id) is link:
            del self._links[link.camera_id]
            self._offer()
            self._notify("camera_lost", {"id": link.camera_id, "reason": reason})
            task = asyncio.create_task(link.gone())
            self._leaving[task] = link
            task.add_done_callback(self._leaving.pop)

    def _leave(self, link: CameraLink, reason: str) -> None:
        link.end(reason)
        self._ended(link, reason)

    def _offer(self) -> None:
        self._feeds = {camera_id: link.feed for camera_id, link in self._links.items()}
