"""Which of a camera's stalls and returns are worth an event: a flapping one fills a log with forty a minute.

A few are told at once; from then on one each quarter of a minute, and what was told last always becomes what is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

AT_ONCE_MAX: Final = 4
EVERY_MS: Final = 15_000.0


@dataclass(slots=True)
class _Story:
    is_stalled: bool = False
    told_stalled: bool = False
    allowance: float = float(AT_ONCE_MAX)
    counted_ms: float = 0.0


class CameraNews:
    """Pure; `now_ms` is any steady clock."""

    def __init__(self) -> None:
        self._stories: dict[str, _Story] = {}

    def see(self, camera_id: str, *, is_stalled: bool) -> None:
        if camera_id in self._stories or is_stalled:
            self._stories.setdefault(camera_id, _Story()).is_stalled = is_stalled

    def due(self, now_ms: float) -> list[tuple[str, str]]:
        """Events to tell now: kind and camera. To be called at each change, and a few times a second."""
        told = []
        for camera_id, story in self._stories.items():
            earned = (now_ms - story.counted_ms) / EVERY_MS
            story.allowance, story.counted_ms = min(story.allowance + earned, AT_ONCE_MAX), now_ms
            if story.is_stalled != story.told_stalled and story.allowance >= 1:
                story.allowance -= 1
                story.told_stalled = story.is_stalled
                told.append(("camera_stalled" if story.is_stalled else "camera_returned", camera_id))
        return told
