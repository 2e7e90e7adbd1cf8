"""The cameras of a room: who may connect, who is connected, and what the mix may look at."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from silkcast.kernel.words import catalogue
from silkcast.media.mixer.errors import PictureTooLarge, Undecodable, UnsupportedCodec
from silkcast.media.mixer.feed import CameraFeed
from silkcast.media.mixer.layout import Presence
from silkcast.media.room.camera import CameraLink
from silkcast.media.rtmp import PublishSession
from silkcast.media.rtmp.handover import CameraPort, Outcome
from silkcast.media.rtmp.publish_session import GOODBYES

logger = logging.getLogger(__name__)
REFUSALS: Final = frozenset(kind.code for kind in (PictureTooLarge, Undecodable, UnsupportedCodec))
OUR_WISHES: Final = frozenset(("key_rotated", "removed", "stopped"))
SECOND_ENCODER: Final = "camera.second_encoder"
# A live encoder is heard many times a second. One whose line broke comes back within two, and should not be turned away
# for the sake of a connection that nobody is at the other end of.
SILENCE_S: Final = 1.5
ECHO_S: Final = 0.2  # what is heard so soon may have been on its way when the line broke
LOOK_EVERY_S: Final = 0.05
RIVAL_TOLD_S: Final = 60.0


class Cameras:
    """All on the loop, but for `feeds`, which the programme's thread reads."""

    def __init__(self, path: Path, now_ms: Callable[[], float], notify: Callable[[str, dict[str, Any]], None]) -> None:
        self._port = CameraPort(path, self._take)
        self._now_ms, self._notify = now_ms, notify
        self._allowed: Mapping[str, str] = {}
        self._keys: dict[str, str] = {}  # with which the connected ones came
        self._links: dict[str, CameraLink] = {}
        self._refused: dict[str, str] = {}  # why a camera's last stream was of no use, until one is
        self._rivals: dict[str, float] = {}  # when another encoder came with a camera's key
        self._leaving: dict[asyncio.Task[None], CameraLink] = {}
        self._feeds: Mapping[str, CameraFeed] = {}

    async def open(self) -> None:
        await asyncio.to_thread(catalogue)  # words for encoders that must go: not to be looked for on air
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
        self._rivals = {camera_id: at_s for camera_id, at_s in self._rivals.items() if camera_id in cameras}
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
        odd = [self._refused[camera_id]] if camera_id in self._refused else []
        odd += [SECOND_ENCODER] if self._has_rival(camera_id) else []
        link = self._links.get(camera_id)
        if link is None:
            return {"warnings": odd}
        facts = link.facts()
        return {**facts, "warnings": [*odd, *facts["warnings"]]}

    def watch(self, presence: Mapping[str, Presence]) -> None:
        """Tell of cameras whose first picture the programme has seen; to be called a few times a second."""
        for camera_id, link in self._links.items():
            is_seen = presence.get(camera_id, Presence.ABSENT).has_picture and link.has_pictures
            if is_seen and not link.is_told:
                link.is_told = True
                self._refused.pop(camera_id, None)
                self._notify("camera_connected", {"id": camera_id})

    async def _take(self, camera_id: str, encoder: socket.socket, session: PublishSession) -> Outcome:
        if await self._is_busy(camera_id):
            return self._turn_away(camera_id)
        if camera_id not in self._allowed:
            logger.warning("room.unknown_camera", extra={"facts": {"camera_id": camera_id}})
            return Outcome.REFUSED
        before = self._links.get(camera_id)
        if before is not None:
            self._leave(before, "replaced")
        self._links[camera_id] = CameraLink(camera_id, encoder, session, self._now_ms, self._ended)
        self._keys[camera_id] = self._allowed[camera_id]
        self._offer()
        return Outcome.TAKEN

    async def _is_busy(self, camera_id: str) -> bool:
        """Whether the camera's present encoder gives a sign of life, which one that lost its line does not."""
        loop = asyncio.get_running_loop()
        came_at_s = loop.time()
        while (before := self._links.get(camera_id)) is not None:
            if before.heard_at_s > came_at_s + ECHO_S:
                return True
            now_s = loop.time()
            if now_s > max(before.heard_at_s + SILENCE_S, came_at_s + ECHO_S):
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        return False

    def _turn_away(self, camera_id: str) -> Outcome:
        if not self._has_rival(camera_id):
            self._notify("camera_refused", {"id": camera_id, "reason": SECOND_ENCODER})
        self._rivals[camera_id] = asyncio.get_running_loop().time()
        return Outcome.BUSY

    def _has_rival(self, camera_id: str) -> bool:
        return asyncio.get_running_loop().time() - self._rivals.get(camera_id, float("-inf")) < RIVAL_TOLD_S

    def _ended(self, link: CameraLink, reason: str) -> None:
        """Once for each link; an encoder that comes back with the same fault again and again is told of once."""
        camera_id = link.camera_id
        is_known = self._refused.get(camera_id) == reason
        if reason in REFUSALS:
            self._refused[camera_id] = reason
        if self._links.get(camera_id) is link:
            del self._links[camera_id]
            self._offer()
            if link.is_told:
                is_leave = reason in GOODBYES or reason in OUR_WISHES
                self._notify("camera_ended" if is_leave else "camera_lost", {"id": camera_id, "reason": reason})
            elif reason in REFUSALS and not is_known:
                self._notify("camera_refused", {"id": camera_id, "reason": reason})
            task = asyncio.create_task(link.gone())
            self._leaving[task] = link
            task.add_done_callback(self._leaving.pop)

    def _leave(self, link: CameraLink, reason: str) -> None:
        link.end(reason)
        self._ended(link, reason)

    def _offer(self) -> None:
        self._feeds = {camera_id: link.feed for camera_id, link in self._links.items()}
