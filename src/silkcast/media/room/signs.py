"""What is odd about a connected camera, as codes for its screen; each has its words in `locale/words.json`."""

from __future__ import annotations

from typing import Final

from silkcast.media.rtmp.tags import TagKind

PICTURELESS_AFTER_MS: Final = 5_000.0  # few encoders leave more time between keyframes
STILL_AFTER_MS: Final = 10_000.0
SOUNDLESS_AFTER_MS: Final = 5_000.0
DROPPED_FOR_MS: Final = 10_000.0
PACE_OVER_MS: Final = 5_000.0
PACE_PAUSE_MS: Final = 2_000.0  # nothing is said of a pace across one
PACE_MIN: Final = 0.1  # slower clocks count something else than milliseconds, or nothing


class _Pace:
    """Whether a kind's stamps go on as time does."""

    def __init__(self) -> None:
        self._last_ms = float("-inf")
        self._since_ms = self._from_stamp_ms = 0.0
        self.is_standing = False

    def stamped(self, stamp_ms: float, now_ms: float) -> None:
        if now_ms - self._last_ms > PACE_PAUSE_MS:
            self._since_ms, self._from_stamp_ms = now_ms, stamp_ms
        elif now_ms - self._since_ms >= PACE_OVER_MS:
            went_ms = stamp_ms - self._from_stamp_ms
            self.is_standing = 0 <= went_ms < PACE_MIN * (now_ms - self._since_ms)
            self._since_ms, self._from_stamp_ms = now_ms, stamp_ms
        self._last_ms = now_ms


class Signs:
    """Pure; `now_ms` is any steady clock."""

    def __init__(self, now_ms: float) -> None:
        self._since_ms = now_ms
        self._heard_ms: dict[TagKind, float] = {}
        self._paces: dict[TagKind, _Pace] = {"video": _Pace(), "audio": _Pace()}
        self._dropped, self._dropped_ms = 0, float("-inf")

    def heard(self, kind: TagKind, stamp_ms: float, now_ms: float) -> None:
        self._heard_ms[kind] = now_ms
        if kind in self._paces:
            self._paces[kind].stamped(stamp_ms, now_ms)

    def warnings(self, now_ms: float, *, pictures: int, dropped: int, sound_trouble: str) -> list[str]:
        """`pictures` decoded and tags `dropped`, both so far."""
        if dropped > self._dropped:
            self._dropped, self._dropped_ms = dropped, now_ms
        video_ms, audio_ms = (self._quiet_ms(kind, now_ms) for kind in ("video", "audio"))
        odd = {
            "camera.no_picture": not pictures and now_ms - self._since_ms > PICTURELESS_AFTER_MS,
            "camera.picture_stands_still": pictures and video_ms > STILL_AFTER_MS > audio_ms,
            "camera.sound_stopped": audio_ms > SOUNDLESS_AFTER_MS > video_ms and "audio" in self._heard_ms,
            "camera.stamps_stand_still": any(pace.is_standing for pace in self._paces.values()),
            "camera.too_much": now_ms - self._dropped_ms < DROPPED_FOR_MS,
            sound_trouble: sound_trouble,
        }
        return [code for code, is_so in odd.items() if is_so]

    def _quiet_ms(self, kind: TagKind, now_ms: float) -> float:
        return now_ms - self._heard_ms.get(kind, float("-inf"))
