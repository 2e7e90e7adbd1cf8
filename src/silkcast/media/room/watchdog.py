"""Sees when a call holds the interpreter or the loop so long that a tick could come late: how often, how long, and who.

A thread sleeps for a moment and looks at what the moment became. Time for which the machine itself had no processor
for the thread is not held against the room: the kernel tells it apart.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

logger = logging.getLogger(__name__)

HOLD_MS_MAX: Final = 50.0
LOOK_EVERY_S: Final = 0.02
TELL_EVERY_S: Final = 10.0  # a room that is held again and again counts all of it, and logs some
FRAMES_TOLD: Final = 5
SUSPECTS_TOLD: Final = 4
JOIN_DEADLINE_S: Final = 2.0
# Whoever stands here waits with the interpreter free.
_WAITING: Final = frozenset(("threading.py", "queue.py", "selectors.py"))


@dataclass(slots=True)
class _Tally:
    count: int = 0
    ms_max: float = 0.0
    told_at_s: float = -TELL_EVERY_S

    def add(self, held_ms: float, now_s: float) -> bool:
        """True when it is time to tell of it."""
        self.count += 1
        self.ms_max = max(self.ms_max, held_ms)
        if now_s - self.told_at_s < TELL_EVERY_S:
            return False
        self.told_at_s = now_s
        return True


class Watchdog:
    """Watches the interpreter and the running loop from `start` to `close`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.current_thread()
        self._loop_starved = _Starvation(threading.get_native_id())
        self._interpreter, self._loop_holds = _Tally(), _Tally()
        self._asked_at_s: float | None = None
        self._seen: list[str] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join(JOIN_DEADLINE_S)
        self._loop_starved.close()

    def state(self) -> dict[str, object]:
        """Counts since the start, of holds past 50 ms."""
        held, loop = self._interpreter, self._loop_holds
        return {
            "interpreter": held.count,
            "interpreter_ms_max": round(held.ms_max, 1),
            "loop": loop.count,
            "loop_ms_max": round(loop.ms_max, 1),
        }

    def _run(self) -> None:
        starved = _Starvation(threading.get_native_id())
        looked_at_s = time.monotonic()
        starved.since_ms()
        try:
            while not self._stopping.wait(LOOK_EVERY_S):
                now_s = time.monotonic()
                held_ms = (now_s - looked_at_s - LOOK_EVERY_S) * 1000 - starved.since_ms()
                if held_ms > HOLD_MS_MAX:
                    self._count("interpreter", self._interpreter, held_ms, self._suspects())
                self._ask_the_loop(now_s)
                looked_at_s = now_s  # what this look itself took belongs to the next: a hold may begin in it
        finally:
            starved.close()

    def _ask_the_loop(self, now_s: float) -> None:
        if self._asked_at_s is None:
            self._seen = []
            self._loop_starved.since_ms()
            self._asked_at_s = now_s
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._answer)
        elif not self._seen and (now_s - self._asked_at_s) * 1000 > HOLD_MS_MAX:
            # While it lasts, so that it is the culprit's own stack.
            frame = sys._current_frames().get(self._loop_thread.ident or 0)
            self._seen = _stack(frame)

    def _answer(self) -> None:
        assert self._asked_at_s is not None
        held_ms = (time.monotonic() - self._asked_at_s) * 1000 - self._loop_starved.since_ms()
        if held_ms > HOLD_MS_MAX:
            self._count("loop", self._loop_holds, held_ms, {self._loop_thread.name: self._seen})
        self._asked_at_s = None

    def _count(self, what: str, tally: _Tally, held_ms: float, stacks: dict[str, list[str]]) -> None:
        if tally.add(held_ms, time.monotonic()):
            facts = {"what": what, "held_ms": round(held_ms, 1), "count": tally.count, "stacks": stacks}
            logger.warning("room.held", extra={"facts": facts})

    def _suspects(self) -> dict[str, list[str]]:
        """Where the threads stand that were not waiting: one that has just come back from a long call stands there."""
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        own = threading.get_ident()
        stacks = (
            (names.get(ident, str(ident)), _stack(frame))
            for ident, frame in sys._current_frames().items()
            if ident != own and os.path.basename(frame.f_code.co_filename) not in _WAITING
        )
        return dict(itertools.islice(stacks, SUSPECTS_TOLD))


class _Starvation:
    """How long a thread waited for a processor, by the kernel's account; nothing where there is none."""

    def __init__(self, thread_id: int) -> None:
        try:
            self._file: int | None = os.open(Path(f"/proc/self/task/{thread_id}/schedstat"), os.O_RDONLY)
        except OSError:
            self._file = None
        self._total_ms = 0.0

    def since_ms(self) -> float:
        """Since this was asked last."""
        if self._file is None:
            return 0.0
        fields = os.pread(self._file, 128, 0).split()
        before, self._total_ms = self._total_ms, int(fields[1]) / 1e6
        return self._total_ms - before

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _stack(frame: FrameType | None) -> list[str]:
    """The innermost frames, the innermost first."""
    return list(itertools.islice(_lines(frame), FRAMES_TOLD))


def _lines(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        code = frame.f_code
        yield f"{Path(code.co_filename).name}:{frame.f_lineno} {code.co_name}"
        frame = frame.f_back
