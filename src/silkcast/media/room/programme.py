"""The programme's thread: one tick after the other by a steady clock, whatever cameras and encoder do.

A late tick is never left out: its sound is mixed and the picture before is shown again, which takes no time. Only
past half a minute, when the machine itself was asleep, does programme time jump, and the jump is counted.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

import av
from av.video.reformatter import VideoReformatter

from silkcast.media.mixer.canvas import Canvas
from silkcast.media.mixer.delay import DelayLine
from silkcast.media.mixer.feed import CameraFeed
from silkcast.media.mixer.layout import Presence
from silkcast.media.mixer.mixer import Mixed, Mixer, Plan
from silkcast.media.mixer.preview import small_copy
from silkcast.media.mixer.shot import Shot
from silkcast.media.mixer.sound import Samples
from silkcast.media.room.encoding import Encoding, Job

logger = logging.getLogger(__name__)

REPEAT_AFTER_TICKS: Final = 3  # a tick later than this is caught up without painting
PAINT_EVERY_TICKS: Final = 10  # though some pictures are painted even then: a frozen programme looks dead
JUMP_AFTER_S: Final = 30.0
JOIN_DEADLINE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the loop wants of the programme; exchanged as a whole, taken up between two ticks."""

    version: int
    plan: Plan
    delay_ticks: int = 0


@dataclass(frozen=True, slots=True)
class _Delayed:
    tick: int
    canvas: Canvas | None
    sound: Samples


class Asked:
    """One picture for all who ask before it is there."""

    def __init__(self) -> None:
        self._future: Future[av.VideoFrame] | None = None

    def ask(self) -> Future[av.VideoFrame]:
        asked = self._future
        if asked is None or asked.done():
            asked = self._future = Future()
        return asked

    @property
    def is_waiting(self) -> bool:
        return self._future is not None and not self._future.done()

    def answer(self, picture: av.VideoFrame) -> None:
        assert self._future is not None
        self._future.set_result(picture)


class Programme:
    """`on_presence` and `notify` are called on this thread, `feeds` each tick; none may wait."""

    def __init__(
        self,
        mixer: Mixer,
        encoding: Encoding,
        fps: int,
        first_tick: int,
        feeds: Callable[[], Mapping[str, CameraFeed]],
        on_presence: Callable[[Mapping[str, Presence]], None],
        notify: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self._mixer, self._encoding, self._fps = mixer, encoding, fps
        self._feeds, self._on_presence, self._notify = feeds, on_presence, notify
        self._wanted: Wanted | None = None
        self._applied: Wanted | None = None
        self._delay: DelayLine[_Delayed] = DelayLine()
        self._mixed, self._aired = Asked(), Asked()
        self._scaler = VideoReformatter()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="programme", daemon=True)
        self._presence: Mapping[str, Presence] = {}
        self._chosen: tuple[str | None, ...] = ()
        self._jumped = False
        self.tick = first_tick  # of the show, the one that comes next
        self.ticks = 0  # since the process began
        self.skipped = 0
        self.repeated = 0
        self.late_ms_max = 0.0  # since it was last read
        self.ticked_at_s = time.monotonic()
        self.fault = ""

    @staticmethod
    def now_ms() -> float:
        """Room time, which ticks and the arrival of cameras' frames share."""
        return time.monotonic_ns() / 1e6

    @property
    def presence(self) -> Mapping[str, Presence]:
        return self._presence

    @property
    def chosen(self) -> tuple[str | None, ...]:
        """Which camera fills each slot of the scene."""
        return self._chosen

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def applied_version(self) -> int:
        return self._applied.version if self._applied else -1

    def want(self, wanted: Wanted) -> None:
        self._wanted = wanted

    def start(self) -> None:
        """Needs something wanted first."""
        assert self._wanted is not None
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join(JOIN_DEADLINE_S)

    def ask_picture(self) -> Future[av.VideoFrame]:
        """A small RGB copy of the next picture that is painted, ahead of the delay: for those who make the show."""
        return self._mixed.ask()

    def ask_poster(self) -> Future[av.VideoFrame]:
        """The same of the next picture that leaves the delay line: for everybody."""
        return self._aired.ask()

    def _run(self) -> None:
        try:
            start_s = time.monotonic()
            while not self._stopping.is_set():
                due_s = start_s + self.ticks / self._fps
                late_s = time.monotonic() - due_s
                if late_s < 0:
                    self._stopping.wait(-late_s)
                    continue
                if late_s > JUMP_AFTER_S:
                    start_s += self._jump(late_s)
                    continue
                self.late_ms_max = max(self.late_ms_max, late_s * 1000)
                is_late = late_s * self._fps > REPEAT_AFTER_TICKS
                self._tick(due_s * 1000, repeat=is_late and self.ticks % PAINT_EVERY_TICKS > 0)
                self.ticked_at_s = time.monotonic()
        except Exception as error:
            self.fault = repr(error)
            logger.exception("room.programme_failed")

    def _jump(self, late_s: float) -> float:
        """Give up on the past: programme time goes on from now, and the media's timeline from where it was."""
        lost = int(late_s * self._fps)
        self.tick += lost
        self.skipped += lost
        self._jumped = True
        self._notify("ticks_skipped", {"ticks": lost, "tick": self.tick})
        return lost / self._fps

    def _tick(self, tick_ms: float, *, repeat: bool) -> None:
        self._take_up()
        mixed = self._mixer.mix(tick_ms, self._feeds(), repeat=repeat)
        self.repeated += repeat
        self._show(mixed)
        due, dropped = self._delay.pass_through(_Delayed(self.tick, mixed.canvas, mixed.sound))
        for item in dropped:
            if item.canvas is not None:
                self._mixer.pool.give_back(item.canvas)
        if due is not None:
            self._answer(self._aired, due.canvas)  # before the encoder has it, who gives it back
        self._encoding.put(
            Job(
                tick=self.tick,
                mixed_at_tick=due.tick if due else max(0, self.tick - len(self._delay)),
                canvas=due.canvas if due else None,
                sound=due.sound if due else None,
                follows=not self._jumped,
            )
        )
        self._jumped = False
        self.tick += 1
        self.ticks += 1

    def _take_up(self) -> None:
        wanted, applied = self._wanted, self._applied
        assert wanted is not None
        if wanted is applied:
            return
        self._mixer.use(wanted.plan)
        self._delay.ticks = wanted.delay_ticks
        self._applied = wanted
        if applied is None or wanted.version != applied.version:
            self._notify("document_applied", {"version": wanted.version, "tick": self.tick})

    def _show(self, mixed: Mixed) -> None:
        if mixed.presence != self._presence:
            self._presence = mixed.presence
            self._on_presence(mixed.presence)
        self._chosen = mixed.chosen
        self._answer(self._mixed, mixed.canvas)

    def _answer(self, asked: Asked, canvas: Canvas | None) -> None:
        if canvas is not None and asked.is_waiting:
            asked.answer(small_copy(Shot(canvas.frame), self._scaler))
