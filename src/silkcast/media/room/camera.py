"""One connected camera: its socket on the loop, its decoder in a thread, a bounded queue between them."""

from __future__ import annotations

import asyncio
import collections
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any, Final

from silkcast.kernel.words import sentence
from silkcast.media.mixer.decode import CameraDecoder
from silkcast.media.mixer.errors import StreamError
from silkcast.media.mixer.feed import CameraFeed
from silkcast.media.room.signs import Signs
from silkcast.media.rtmp import FlvTag, PublishSession
from silkcast.media.rtmp.server import close_politely, receive, see_off

logger = logging.getLogger(__name__)

TAGS_MAX: Final = 600  # some five seconds; past it everything waiting goes, and decoding resumes at a keyframe
BYTES_MAX: Final = 16 * 1024 * 1024
JOIN_DEADLINE_S: Final = 2.0


class TagQueue:
    """From the loop to the decoder's thread."""

    def __init__(self) -> None:
        self._tags: collections.deque[FlvTag] = collections.deque()
        self._bytes = 0
        self._condition = threading.Condition()
        self._is_closed = False
        self._awaits_keyframe = False
        self.dropped = 0

    def put(self, tag: FlvTag) -> None:
        """Never waits. A decoder too slow for its camera loses pictures, never headers."""
        with self._condition:
            if len(self._tags) >= TAGS_MAX or self._bytes + len(tag.body) > BYTES_MAX:
                self._drop_waiting()
            if self._awaits_keyframe and not tag.is_sequence_header:
                if not tag.is_keyframe:
                    self.dropped += 1
                    return
                self._awaits_keyframe = False
            self._tags.append(tag)
            self._bytes += len(tag.body)
            self._condition.notify()

    def take(self) -> FlvTag | None:
        """Waits for the next tag; None once the queue is closed."""
        with self._condition:
            while not self._tags and not self._is_closed:
                self._condition.wait()
            if self._is_closed:
                return None
            tag = self._tags.popleft()
            self._bytes -= len(tag.body)
            return tag

    def close(self) -> None:
        """What still waits is dropped: a camera that is gone has nothing to show."""
        with self._condition:
            self._is_closed = True
            self._condition.notify()

    def _drop_waiting(self) -> None:
        headers = [tag for tag in self._tags if tag.is_sequence_header]
        self.dropped += len(self._tags) - len(headers)
        self._tags = collections.deque(headers)
        self._bytes = sum(len(tag.body) for tag in headers)
        self._awaits_keyframe = True


class CameraLink:
    """Lives from hand-over to the end of the connection; `on_end` is called once, on the loop, with the reason."""

    def __init__(
        self,
        camera_id: str,
        encoder: socket.socket,
        session: PublishSession,
        now_ms: Callable[[], float],
        on_end: Callable[[CameraLink, str], None],
    ) -> None:
        self.camera_id = camera_id
        self.feed = CameraFeed()
        self._now_ms, self._signs = now_ms, Signs(now_ms())
        self._decoder = CameraDecoder(self.feed, now_ms)
        self._queue = TagQueue()
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._ending, self._last_words = "", b""
        self._encoder, self._session = encoder, session
        self.heard_at_s = self._loop.time()
        self.is_told = False  # that it is here, which is news once its first picture is seen
        self._thread = threading.Thread(target=self._decode, name=f"camera-{camera_id}", daemon=True)
        self._thread.start()
        self._task = asyncio.create_task(self._receive())

    def end(self, reason: str) -> None:
        """Hang up; for a camera that was replaced or removed."""
        self._ending = self._ending or reason
        self._queue.close()
        self._task.cancel()

    def refuse(self, reason: str) -> None:
        """Hang up with a word: of what it sends, no picture can be made."""
        if not self._ending:
            self._session.refuse("NetStream.Publish.Rejected", sentence(reason, {}, "en"))
            self._last_words = self._session.outgoing()
        self.end(reason)

    async def gone(self) -> None:
        """Wait until socket and thread are no more."""
        await asyncio.gather(self._task, return_exceptions=True)
        self._encoder.close()  # a task cancelled before its first step closes nothing
        await asyncio.to_thread(self._thread.join, JOIN_DEADLINE_S)

    def facts(self) -> dict[str, Any]:
        return {
            "pictures": self._decoder.pictures,
            "undecodable": self._decoder.wrong,
            "tags_dropped": self._queue.dropped,
            "frames_early": self.feed.frames_early,
            "epochs": self.feed.epochs,
            "warnings": self._signs.warnings(
                self._now_ms(),
                pictures=self._decoder.pictures,
                dropped=self._queue.dropped,
                sound_trouble=self._decoder.sound_trouble,
            ),
        }

    @property
    def has_pictures(self) -> bool:
        return self._decoder.pictures > 0

    def _take(self, tag: FlvTag) -> None:
        now_ms = self._now_ms()
        self.feed.heard(now_ms)
        self._signs.heard(tag.kind, tag.timestamp_ms, now_ms)
        self.heard_at_s = self._loop.time()
        self._queue.put(tag)

    async def _receive(self) -> None:
        reason = "fault"
        try:
            reason = await receive(self._encoder, self._session, self._take)
        except asyncio.CancelledError:
            reason = self._ending or "stopped"
        except Exception:
            # Whatever a camera sends, it costs that camera only.
            logger.exception("room.camera_failed", extra={"facts": {"camera_id": self.camera_id}})
        finally:
            self._queue.close()
            self._on_end(self, self._ending or reason)
        if self._last_words:
            await close_politely(self._encoder, self._last_words)
        else:
            await see_off(self._encoder, self._ending or reason)

    def _decode(self) -> None:
        try:
            while (tag := self._queue.take()) is not None:
                self._decoder.take(tag)
        except StreamError as error:
            logger.warning("room.camera_ended", extra={"facts": {"camera_id": self.camera_id, **error.facts}})
            self._tell(error.code)
        except Exception:
            logger.exception("room.camera_failed", extra={"facts": {"camera_id": self.camera_id}})
            self._tell("camera.fault")

    def _tell(self, reason: str) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.refuse, reason)
