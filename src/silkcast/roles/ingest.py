"""The public RTMP port: checks an encoder's stream key, then passes its socket on to the room that it belongs to.

It holds no stream itself, so its restart touches no live camera; keys come as hashes in a document with a version.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import os
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from silkcast.kernel.errors import Invalid
from silkcast.kernel.role import run_role
from silkcast.kernel.settings import Settings
from silkcast.media.rtmp.handover import Outcome, send_camera
from silkcast.media.rtmp.publish_session import PublishSession
from silkcast.media.rtmp.server import Arrival, Door, DoorLimits

logger = logging.getLogger(__name__)

CAMERAS_MAX: Final = 10_000

# Both become parts of socket names and log lines.
Name = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class BadDocument(Invalid):
    """What was applied is not a document of keys; the one held stays in force."""

    code = "ingest.bad_document"


class Camera(msgspec.Struct, frozen=True):
    key_sha256: Digest
    room_id: Name
    camera_id: Name


class Document(msgspec.Struct, frozen=True):
    version: int
    cameras: Annotated[tuple[Camera, ...], msgspec.Meta(max_length=CAMERAS_MAX)]


class Keys:
    """The cameras that may publish, kept on disk so that a restart knows them before anyone tells it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.document: Document | None = None  # until the first one comes, nobody can be called unknown

    @property
    def version(self) -> int:
        return self.document.version if self.document else 0

    @property
    def cameras(self) -> tuple[Camera, ...]:
        return self.document.cameras if self.document else ()

    def load(self) -> None:
        """Take up the document of the last run, if it can be read."""
        try:
            self.document = msgspec.json.decode(self._path.read_bytes(), type=Document)
        except FileNotFoundError:
            pass
        except (OSError, msgspec.MsgspecError) as error:
            logger.warning("ingest.document_unreadable", extra={"facts": {"reason": str(error)}})

    def apply(self, body: Any) -> int:
        """Hold the document unless a later one is held already; returns the version in force."""
        try:
            document = msgspec.convert(body, Document)
        except msgspec.ValidationError as error:
            raise BadDocument(reason=str(error)) from error
        if self.document is None or document.version >= self.version:
            self._store(document)
            self.document = document
        return self.version

    def find(self, stream_key: str) -> Camera | None:
        """The camera with this key. Every entry is compared, so that timing says nothing about any of them."""
        digest = hashlib.sha256(stream_key.encode()).hexdigest()
        found: Camera | None = None
        for camera in self.cameras:
            if hmac.compare_digest(camera.key_sha256, digest):
                found = camera
        return found

    def _store(self, document: Document) -> None:
        draft = self._path.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(document))
        draft.replace(self._path)


class Ingest:
    """One process's port: knocks come in, cameras go out to their rooms."""

    def __init__(self, settings: Settings, limits: DoorLimits | None = None) -> None:
        self._settings = settings
        self._door = Door(self._pass_on, limits)
        self._is_open = False
        self._outcomes: Counter[str] = Counter()
        self._latest: dict[str, dict[str, Any]] = {}  # by camera; never more than the document has
        self.keys = Keys(settings.run / "ingest.json")

    @property
    def port(self) -> int:
        return self._door.port

    async def open(self) -> None:
        self.keys.load()
        await self._door.open(self._settings.host, self._settings.rtmp_port)
        self._is_open = True

    async def close(self) -> None:
        self._is_open = False
        await self._door.close()

    async def run(self, stop: asyncio.Event) -> None:
        await self.open()
        try:
            await stop.wait()
        finally:
            await self.close()

    async def health(self, _: Any) -> dict[str, Any]:
        detail = {"pid": os.getpid(), "version": self.keys.version, "waiting": self._door.waiting}
        return {"ok": self._is_open, "detail": detail}

    async def apply(self, body: Any) -> dict[str, Any]:
        version = self.keys.apply(body.get("document") if isinstance(body, dict) else None)
        known = {camera.camera_id for camera in self.keys.cameras}
        self._latest = {camera_id: facts for camera_id, facts in self._latest.items() if camera_id in known}
        return {"version": version}

    async def state(self, _: Any) -> dict[str, Any]:
        """Counts since the start; `turned_away` are connections past the limits, closed unread."""
        return {
            "version": self.keys.version,
            "cameras_known": len(self.keys.cameras),
            "waiting": self._door.waiting,
            "turned_away": self._door.turned_away,
            "outcomes": dict(self._outcomes),
            "cameras": self._latest,
        }

    async def _pass_on(self, arrival: Arrival) -> None:
        camera = self.keys.find(arrival.stream_key)
        if self.keys.document is None:
            self._note("not_ready", arrival)
            await arrival.refuse("NetStream.Failed", "Not ready yet; try again")
            return
        if camera is None:
            self._note("bad_key", arrival)
            await arrival.refuse("NetStream.Publish.BadName", "Unknown stream key")
            return
        # The room gets a session that has said yes already; should it not take it, ours can still say no.
        accepted = PublishSession.from_state(arrival.session.export_state())
        accepted.accept()
        cameras = self._settings.socket(f"room-{camera.room_id}-cameras")
        outcome = await send_camera(cameras, arrival.encoder, camera.camera_id, accepted.export_state())
        self._note(outcome.value, arrival, camera)
        if outcome in (Outcome.TAKEN, Outcome.UNKNOWN):
            arrival.encoder.close()
        elif outcome is Outcome.BUSY:
            await arrival.refuse(
                "NetStream.Publish.BadName", "Already publishing: another encoder uses this stream key"
            )
        elif outcome is Outcome.ABSENT:
            await arrival.refuse("NetStream.Failed", "The room is not running; try again")
        else:
            await arrival.refuse("NetStream.Failed", "The room does not take this camera now; try again")

    def _note(self, outcome: str, arrival: Arrival, camera: Camera | None = None) -> None:
        self._outcomes[outcome] += 1
        facts: dict[str, Any] = {"outcome": outcome, "address": arrival.address}
        if camera is not None:
            facts |= {"room_id": camera.room_id, "camera_id": camera.camera_id}
            self._latest[camera.camera_id] = {"outcome": outcome, "at_ms": int(time.time() * 1000)}
        logger.info("ingest.camera", extra={"facts": facts})


def main(settings: Settings, arguments: list[str]) -> None:
    """Serve the port until SIGTERM."""
    del arguments
    ingest = Ingest(settings)
    methods = {"health": ingest.health, "ingest.apply": ingest.apply, "ingest.state": ingest.state}
    asyncio.run(run_role("ingest", settings, methods, ingest.run))
