"""What one camera offers the mix: its newest frame that is due, its sound, and whether it is there at all.

A decoder thread puts in, the programme's thread takes out; the lock is held for microseconds.
"""

from __future__ import annotations

import collections
import math
import threading
from typing import Final

from silkcast.media.mixer.camera_clock import CameraClock, Kind
from silkcast.media.mixer.layout import Presence
from silkcast.media.mixer.shot import Shot
from silkcast.media.mixer.sound import Samples, SoundTrack

FRAMES_MAX: Final = 12  # decoded and not yet due; past it the oldest is shown early: late pictures beat none
HOLDING_AFTER_MS: Final = 300.0  # the slowest cameras in use still give ten pictures in that time
PATIENCE_MS_MAX: Final = 10_000.0
FORGOTTEN_BY_HALF_MS: Final = 10_000.0  # by time, not by count: what comes late comes in bursts


class Cadence:
    """At what intervals something comes, and so when it is missed. A shared screen that stands still gives a picture
    every few seconds, and a camera without sound nothing between them."""

    def __init__(self) -> None:
        self._last_ms: float | None = None
        self._gap_ms = 0.0  # the longest of late

    def beat(self, now_ms: float) -> None:
        if self._last_ms is not None:
            gap_ms = now_ms - self._last_ms
            self._gap_ms = max(gap_ms, self._gap_ms * 0.5 ** (gap_ms / FORGOTTEN_BY_HALF_MS))
        self._last_ms = now_ms

    def quiet_ms(self, now_ms: float) -> float:
        return math.inf if self._last_ms is None else now_ms - self._last_ms

    @property
    def patience_ms(self) -> float:
        return min(2 * self._gap_ms, PATIENCE_MS_MAX)


class CameraFeed:
    """All times are the room's monotonic milliseconds; stamps are the camera's own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clock = CameraClock()
        self._sound = SoundTrack()
        self._waiting: collections.deque[tuple[float, Shot]] = collections.deque()
        self._shown: Shot | None = None
        self._shown_since_ms = 0.0
        self._arrivals, self._pictures = Cadence(), Cadence()
        self.frames_early = 0

    def heard(self, now_ms: float) -> None:
        """Something came from the camera, whatever it was: it is still there, and so its last picture stays."""
        self._arrivals.beat(now_ms)

    def stamped(self, kind: Kind, stamp_ms: float, now_ms: float) -> None:
        with self._lock:
            if self._clock.stamped(kind, stamp_ms, now_ms):
                self._waiting.clear()
                self._sound.clear()

    def put_picture(self, shot: Shot, stamp_ms: float, now_ms: float) -> None:
        with self._lock:
            self._clock.available("video", stamp_ms, now_ms)
            self._pictures.beat(now_ms)
            self._waiting.append((stamp_ms, shot))
            if len(self._waiting) > FRAMES_MAX:
                self._show(self._waiting.popleft()[1], now_ms)
                self.frames_early += 1

    def put_sound(self, samples: Samples, stamp_ms: float, now_ms: float) -> None:
        with self._lock:
            self._clock.available("audio", stamp_ms, now_ms)
            self._sound.write(samples, stamp_ms)

    def look(self, tick_ms: float, hold_ms: float) -> tuple[Presence, Shot | None]:
        """The newest frame that is due at the tick, and what it is worth."""
        with self._lock:
            if self._clock.is_set and self._waiting:
                self._advance(self._clock.stamp_ms(tick_ms), tick_ms)
            if self._shown is None:
                return Presence.ABSENT, None
            age_ms = tick_ms - self._shown_since_ms
            if min(age_ms, self._arrivals.quiet_ms(tick_ms)) > max(hold_ms, self._arrivals.patience_ms):
                return Presence.SLATE, None
            is_late = age_ms > max(HOLDING_AFTER_MS, self._pictures.patience_ms)
            return (Presence.HOLDING if is_late else Presence.LIVE), self._shown

    def listen(self, tick_ms: float, count: int) -> Samples | None:
        """The sound that begins at the tick; None for silence."""
        with self._lock:
            if not self._clock.is_set:
                return None
            return self._sound.read(self._clock.sound_stamp_ms(tick_ms), count)

    @property
    def latest(self) -> Shot | None:
        """The picture on show, for a preview; to be read only."""
        with self._lock:
            return self._shown

    @property
    def epochs(self) -> int:
        return self._clock.epochs

    def _advance(self, due_stamp_ms: float, tick_ms: float) -> None:
        while self._waiting and self._waiting[0][0] <= due_stamp_ms:
            self._show(self._waiting.popleft()[1], tick_ms)

    def _show(self, shot: Shot, at_ms: float) -> None:
        self._shown, self._shown_since_ms = shot, at_ms
