"""What one camera offers the mix: its newest frame that is due, its sound, and whether it is there at all.

A decoder thread puts in, the programme's thread takes out; the lock is held for microseconds.
"""

from __future__ import annotations

import collections
import threading
from typing import Final

import av

from silkcast.media.mixer.camera_clock import CameraClock, Kind
from silkcast.media.mixer.layout import Presence
from silkcast.media.mixer.sound import Samples, SoundTrack

FRAMES_MAX: Final = 12  # decoded and not yet due; past it the oldest is shown early: late pictures beat none
HOLDING_AFTER_MS: Final = 300.0  # the slowest cameras in use still give ten pictures in that time


class CameraFeed:
    """All times are the room's monotonic milliseconds; stamps are the camera's own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clock = CameraClock()
        self._sound = SoundTrack()
        self._waiting: collections.deque[tuple[float, av.VideoFrame]] = collections.deque()
        self._shown: av.VideoFrame | None = None
        self._shown_since_ms = 0.0
        self.frames_early = 0

    def stamped(self, kind: Kind, stamp_ms: float) -> None:
        with self._lock:
            if self._clock.stamped(kind, stamp_ms):
                self._waiting.clear()
                self._sound.clear()

    def put_picture(self, frame: av.VideoFrame, stamp_ms: float, now_ms: float) -> None:
        with self._lock:
            self._clock.available("video", stamp_ms, now_ms)
            self._waiting.append((stamp_ms, frame))
            if len(self._waiting) > FRAMES_MAX:
                self._show(self._waiting.popleft()[1], now_ms)
                self.frames_early += 1

    def put_sound(self, samples: Samples, stamp_ms: float, now_ms: float) -> None:
        with self._lock:
            self._clock.available("audio", stamp_ms, now_ms)
            self._sound.write(samples, stamp_ms)

    def look(self, tick_ms: float, hold_ms: float) -> tuple[Presence, av.VideoFrame | None]:
        """The newest frame that is due at the tick, and what it is worth."""
        with self._lock:
            if self._clock.is_set and self._waiting:
                self._advance(self._clock.stamp_ms(tick_ms), tick_ms)
            if self._shown is None:
                return Presence.ABSENT, None
            age_ms = tick_ms - self._shown_since_ms
            if age_ms > hold_ms:
                return Presence.SLATE, None
            return (Presence.HOLDING if age_ms > HOLDING_AFTER_MS else Presence.LIVE), self._shown

    def listen(self, tick_ms: float, count: int) -> Samples | None:
        """The sound that begins at the tick; None for silence."""
        with self._lock:
            if not self._clock.is_set:
                return None
            return self._sound.read(self._clock.sound_stamp_ms(tick_ms), count)

    @property
    def latest(self) -> av.VideoFrame | None:
        """The frame on show, for a preview; to be read only."""
        with self._lock:
            return self._shown

    @property
    def epochs(self) -> int:
        return self._clock.epochs

    def _advance(self, due_stamp_ms: float, tick_ms: float) -> None:
        while self._waiting and self._waiting[0][0] <= due_stamp_ms:
            self._show(self._waiting.popleft()[1], tick_ms)

    def _show(self, frame: av.VideoFrame, at_ms: float) -> None:
        self._shown, self._shown_since_ms = frame, at_ms
