"""The times that one destination sees: from zero at its first tag, never back, whatever the programme's do."""

from __future__ import annotations

from typing import Final

from silkcast.media.rtmp.backlog import CATCH_UP_MS_MAX
from silkcast.media.rtmp.tags import FlvTag, TagKind

# Interleaving makes small steps back; anything past these is a programme that began anew or jumped.
BACK_MS_MAX: Final = 1_000
BACK_MS_MAX_AFTER_GAP: Final = BACK_MS_MAX + CATCH_UP_MS_MAX  # a new connection may hear again what the old one heard
AHEAD_MS_MAX: Final = 10_000
STEP_MS_AFTER_JUMP: Final = 33
# Receivers break at 2**31 ms (24.8 days), so a connection ends before and the next begins at zero.
AGE_MS_MAX: Final = 24 * 24 * 3600 * 1000


class Timeline:
    """Continues over reconnections: the gap that a destination sees is the time that it missed.

    What is sent again to a new connection has the times that it had on the old one.
    """

    def __init__(self) -> None:
        self._shift_ms: int | None = None
        self._last_in_ms = 0
        self._last_out_ms = 0
        self._last_of_kind_ms: dict[TagKind, int] = {}
        self._follows_gap = False

    @property
    def is_worn(self) -> bool:
        return self._last_out_ms > AGE_MS_MAX

    def reconnect(self) -> None:
        """The next tag may lie any time ahead, or a little back; a worn timeline starts again."""
        self._follows_gap = True
        self._last_of_kind_ms.clear()
        if self.is_worn:
            self._shift_ms = None
            self._last_out_ms = 0

    def place(self, tag: FlvTag) -> int:
        step_ms = tag.timestamp_ms - self._last_in_ms
        if self._shift_ms is None:
            self._shift_ms = -tag.timestamp_ms
        elif self._is_jump(step_ms):
            self._shift_ms = self._last_out_ms + STEP_MS_AFTER_JUMP - tag.timestamp_ms
        self._follows_gap = False
        self._last_in_ms = tag.timestamp_ms
        out_ms = max(tag.timestamp_ms + self._shift_ms, self._last_of_kind_ms.get(tag.kind, 0))
        self._last_of_kind_ms[tag.kind] = out_ms
        self._last_out_ms = max(self._last_out_ms, out_ms)
        return out_ms

    def _is_jump(self, step_ms: int) -> bool:
        if self._follows_gap:
            return step_ms < -BACK_MS_MAX_AFTER_GAP
        return step_ms < -BACK_MS_MAX or step_ms > AHEAD_MS_MAX
