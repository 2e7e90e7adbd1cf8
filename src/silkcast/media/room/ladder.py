"""What gives when the machine can't encode in time: the preset, one step a time, never the programme."""

from __future__ import annotations

from typing import Final

from silkcast.media.mixer.encode import PRESETS

SETTLE_S: Final = 5.0  # a new preset shows its effect before the next step
CALM_S: Final = 120.0  # so long without a backlog before the dearer preset is tried again
CALM_S_MAX: Final = 1800.0


class Ladder:
    """Pure; `now_s` is any steady clock. Each failed climb doubles the wait before the next."""

    def __init__(self, wanted: str, now_s: float) -> None:
        self.want(wanted, now_s)

    def want(self, preset: str, now_s: float) -> None:
        """The operator's wish; starts over from there."""
        self._top = self._at = PRESETS.index(preset)
        self._changed_s = self._busy_s = now_s
        self._calm_s = CALM_S

    @property
    def preset(self) -> str:
        return PRESETS[self._at]

    @property
    def steps_down(self) -> int:
        return self._at - self._top

    def judge(self, waiting: int, waiting_max: int, now_s: float) -> bool:
        """True when `preset` has changed."""
        if waiting > 1:
            self._busy_s = now_s
        if now_s - self._changed_s < SETTLE_S:
            return False
        if waiting > waiting_max // 2 and self._at < len(PRESETS) - 1:
            if self._at > self._top or self._changed_s > self._busy_s - CALM_S:
                self._calm_s = min(CALM_S_MAX, 2 * self._calm_s)
            self._at += 1
        elif self.steps_down and now_s - self._busy_s > self._calm_s and now_s - self._changed_s > self._calm_s:
            self._at -= 1
        else:
            return False
        self._changed_s = now_s
        return True
