"""Maps one camera's timestamps to room time: late enough that the mix rarely waits, following the drift.

A camera counts by its own quartz and its packets arrive in bursts. The map is `room = stamp + offset`; how early
frames become available before they are due (their slack) says whether the offset is right. Picture and sound
of a camera share one map, so nothing done here can part them, unless the camera itself does: where the stamps of the
two lie further apart than can be waited for, the sound is placed by when it comes.
"""

from __future__ import annotations

from typing import Final, Literal

Kind = Literal["video", "audio"]

BUFFER_MS: Final = 60.0  # the slack aimed at for the latest frame of a window
WINDOW_MS: Final = 1000.0
SLEW_MS_PER_WINDOW_MAX: Final = 5.0  # 0.5 %: sound resampled by as much is not heard as another pitch
RAISE_MS_PER_WINDOW_MAX: Final = 60.0  # of delay added for those that came late: torn sound is worse than a pause
EXCESS_MS_MAX: Final = 500.0  # earlier than this all the time: a start burst, not jitter
EPOCH_JUMP_MS: Final = 2000.0
BEHIND_MS_MAX: Final = 300.0  # so long pictures can wait for their sound: decoded ones are large
AHEAD_MS_MAX: Final = 1500.0  # so long sound can wait for its pictures
SOUND_STEP_MS: Final = 80.0  # sound that is placed by when it comes is left alone within this


class CameraClock:
    def __init__(self) -> None:
        self._last_stamped: dict[Kind, tuple[float, float]] = {}  # stamp and arrival
        self._offset_ms: float | None = None
        self._lag_ms: dict[Kind, float] = {}  # of the latest frame, by its arrival
        self._sound_shift_ms: float | None = None  # of sound that goes its own way
        self._window_end_ms = 0.0
        self._least_ms = self._most_ms = 0.0
        self._least_behind_ms = self._most_behind_ms = 0.0
        self.epochs = 0

    @property
    def is_set(self) -> bool:
        return self._offset_ms is not None

    def stamped(self, kind: Kind, stamp_ms: float, now_ms: float) -> bool:
        """Note the stamp of a packet as it comes in, per kind; True when it begins a new epoch.

        A jump past two seconds either way, unless as much time went by, means that the encoder started its clock anew:
        what was buffered by the old clock is worthless, and the map is set again by the next frame.
        """
        last = self._last_stamped.get(kind)
        self._last_stamped[kind] = stamp_ms, now_ms
        if last is None:
            return False
        jump_ms = stamp_ms - last[0]
        if abs(jump_ms) <= EPOCH_JUMP_MS or abs(jump_ms - (now_ms - last[1])) <= EPOCH_JUMP_MS:
            return False
        self._last_stamped = {kind: (stamp_ms, now_ms)}
        self._offset_ms = self._sound_shift_ms = None
        self._lag_ms.clear()
        return True

    def available(self, kind: Kind, stamp_ms: float, now_ms: float) -> None:
        """Note that a decoded frame with this stamp is there at room time `now_ms`."""
        self._lag_ms[kind] = now_ms - stamp_ms
        if self._offset_ms is None:
            self._offset_ms = BUFFER_MS + now_ms - stamp_ms
            self.epochs += 1
            self._open_window(now_ms)
        self._compare(now_ms)
        if kind == "audio" and self._sound_shift_ms is not None:
            return
        slack_ms = self._offset_ms - self._lag_ms[kind]
        self._least_ms = min(self._least_ms, slack_ms)
        self._most_ms = max(self._most_ms, slack_ms)
        if now_ms >= self._window_end_ms:
            self._offset_ms += self._correction_ms()
            self._place_sound()
            self._open_window(now_ms)

    def room_ms(self, stamp_ms: float) -> float:
        assert self._offset_ms is not None
        return stamp_ms + self._offset_ms

    def stamp_ms(self, room_ms: float) -> float:
        """The camera's own time that is due at `room_ms`."""
        assert self._offset_ms is not None
        return room_ms - self._offset_ms

    def sound_stamp_ms(self, room_ms: float) -> float:
        """The stamp of the sound that is due at `room_ms`: the picture's, as long as the camera has one clock."""
        return self.stamp_ms(room_ms) - (self._sound_shift_ms or 0.0)

    def _open_window(self, now_ms: float) -> None:
        self._window_end_ms = now_ms + WINDOW_MS
        self._least_ms = self._least_behind_ms = float("inf")
        self._most_ms = self._most_behind_ms = float("-inf")

    def _compare(self, now_ms: float) -> None:
        """How far sound comes behind the picture of its own stamp; negative where it comes ahead."""
        if len(self._lag_ms) < 2:
            return
        assert self._offset_ms is not None
        behind_ms = self._lag_ms["audio"] - self._lag_ms["video"]
        if abs(behind_ms - (self._sound_shift_ms or 0.0)) > EPOCH_JUMP_MS:
            # Only one of the two began anew. The pictures alone make the map, from now.
            self._sound_shift_ms = behind_ms
            if not 0 <= self._offset_ms - self._lag_ms["video"] <= EXCESS_MS_MAX:
                self._offset_ms = self._lag_ms["video"] + BUFFER_MS
            self._open_window(now_ms)
        self._least_behind_ms = min(self._least_behind_ms, behind_ms)
        self._most_behind_ms = max(self._most_behind_ms, behind_ms)

    def _place_sound(self) -> None:
        least_ms, most_ms = self._least_behind_ms, self._most_behind_ms
        if least_ms > most_ms:
            return  # there was but one of the two
        if least_ms > BEHIND_MS_MAX or most_ms < -AHEAD_MS_MAX:
            if self._sound_shift_ms is None or abs(most_ms - self._sound_shift_ms) > SOUND_STEP_MS:
                self._sound_shift_ms = most_ms
        elif most_ms <= BEHIND_MS_MAX and least_ms >= -AHEAD_MS_MAX:
            self._sound_shift_ms = None

    def _correction_ms(self) -> float:
        wanted_ms = BUFFER_MS - self._least_ms
        if self._most_ms < 0 or self._least_ms > EXCESS_MS_MAX:
            return wanted_ms  # all of it came too late, or far too early: one jump now, and it is over
        if self._least_ms < 0:
            # Some came late, as with pictures that are coded out of order; a single hold-up must not cost much.
            return min(wanted_ms, RAISE_MS_PER_WINDOW_MAX)
        return max(-SLEW_MS_PER_WINDOW_MAX, min(SLEW_MS_PER_WINDOW_MAX, wanted_ms))
