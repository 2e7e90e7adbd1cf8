"""The encoder's thread: takes mixed pictures and sound in order, gives FLV tags and HLS segments."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from silkcast.media.mixer import counter
from silkcast.media.mixer.canvas import BLACK, Canvas, CanvasPool
from silkcast.media.mixer.encode import CodedPicture, CodedSound, EncoderSettings, SoundEncoder, VideoEncoder
from silkcast.media.mixer.flv import (
    audio_header_tag,
    metadata_tag,
    picture_ms,
    picture_tag,
    sound_tag,
    video_header_tag,
)
from silkcast.media.mixer.hls import HlsWriter, Segmenter
from silkcast.media.mixer.interleave import Interleaver
from silkcast.media.mixer.sound import Samples, silence
from silkcast.media.room.clock import ShowTime
from silkcast.media.room.ladder import Ladder
from silkcast.media.rtmp import FlvTag

logger = logging.getLogger(__name__)

WAITING_MAX: Final = 30  # pictures between mix and encoder; past it the mix waits, and catches up by repeating
LOOK_EVERY_S: Final = 0.5
JOIN_DEADLINE_S: Final = 10.0
STAMPS_MAX: Final = 256  # pictures inside encoder and interleaver; two seconds would already be a defect


@dataclass(frozen=True, slots=True)
class Job:
    """One picture's worth of programme. No canvas: the picture before again; no sound: silence.

    `tick` is when it leaves, `mixed_at_tick` when its content was mixed: the delay lies between.
    """

    tick: int
    mixed_at_tick: int
    canvas: Canvas | None
    sound: Samples | None
    follows: bool = True  # False after ticks were skipped: programme time jumps


class Encoding:
    """`sink` is called on this thread with tags in order of time; `notify` with events worth keeping."""

    def __init__(
        self,
        settings: EncoderSettings,
        show: ShowTime,
        hls: HlsWriter,
        pool: CanvasPool,
        sink: Callable[[Sequence[FlvTag]], None],
        notify: Callable[[str, dict[str, object]], None],
        counters: Path | None,
    ) -> None:
        self._settings = settings  # as wanted; the ladder may be below
        self._show, self._hls = show, hls
        self._pool, self._sink, self._notify = pool, sink, notify
        self._counters = counters
        self._ladder = Ladder(settings.preset, time.monotonic())
        self._video = VideoEncoder(settings)
        self._audio = SoundEncoder(settings.audio_kbps)
        self._interleaver = Interleaver(settings.fps)
        self._segmenter = Segmenter(settings.fps, self._video.header, self._audio.header)
        self._held: Canvas | None = None
        self._number = 0  # pictures encoded so far: the media's own timeline, which never jumps
        self._keyframe_at = 0
        self._stamps: dict[int, int] = {}  # picture number -> UTC of its content
        self._wanted: EncoderSettings | None = None
        self._queue: queue.Queue[Job | None] = queue.Queue(WAITING_MAX)
        self._thread = threading.Thread(target=self._run, name="encoder", daemon=True)
        self.burn_counter = False
        self.pictures = self.keyframes = self.bytes_out = 0
        self.fault = ""

    def start(self) -> None:
        self._thread.start()

    def put(self, job: Job | None) -> None:
        """Waits while the encoder is a second behind; returns at once when it is no more. None ends it."""
        while self._thread.is_alive():
            try:
                self._queue.put(job, timeout=LOOK_EVERY_S)
            except queue.Full:
                continue
            return

    def want(self, settings: EncoderSettings) -> None:
        """Encode so from the next keyframe on; the shape must be the same."""
        self._wanted = settings

    def close(self) -> None:
        """Encode what waits, finish HLS, stop."""
        self.put(None)
        self._thread.join(JOIN_DEADLINE_S)

    @property
    def waiting(self) -> int:
        return self._queue.qsize()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def preset(self) -> str:
        return self._video.settings.preset

    @property
    def video_kbps(self) -> int:
        return self._video.settings.video_kbps

    def hls_state(self) -> dict[str, object]:
        return {"segments": self._hls.segments, "dropped": self._hls.segments_dropped}

    def preamble(self) -> list[FlvTag]:
        """What a destination that joins now must hear before the next keyframe."""
        at_ms = picture_ms(self._number, self._settings.fps)
        return [
            metadata_tag(self._video.settings, at_ms),
            video_header_tag(self._video.header, at_ms),
            audio_header_tag(self._audio.header, at_ms),
        ]

    def _run(self) -> None:
        try:
            self._sink(self.preamble())
            while (job := self._queue.get()) is not None:
                self._encode(job)
        except Exception as error:
            # Without an encoder there is no programme: the process says so, and is started again by its supervisor.
            self.fault = repr(error)
            logger.exception("room.encoder_failed")
        finally:
            self._finish()

    def _encode(self, job: Job) -> None:
        if not job.follows:
            self._segmenter.break_off()
        if (self._number - self._keyframe_at) % self._settings.fps == 0:
            self._change_encoder()
        canvas = self._picture_of(job)
        if self.burn_counter:
            counter.burn(canvas.picture, job.tick)
        self._stamps[self._number] = self._show.at_ms(job.mixed_at_tick)
        pictures = self._video.encode(canvas.frame, self._number)
        sound = job.sound if job.sound is not None else silence(48_000 // self._settings.fps)
        self._number += 1
        self._give(self._interleaver.put(pictures, self._audio.encode(sound)))
        if self.burn_counter and self._counters is not None:
            with self._counters.open("a") as file:
                file.write(f"{job.tick}\n")

    def _picture_of(self, job: Job) -> Canvas:
        if job.canvas is not None:
            if self._held is not None:
                self._pool.give_back(self._held)
            self._held = job.canvas
        elif self._held is None:
            self._held = self._pool.take()
            self._held.picture.fill(BLACK)
        return self._held

    def _give(self, ordered: list[CodedPicture | CodedSound]) -> None:
        tags = []
        for coded in ordered:
            if isinstance(coded, CodedSound):
                tags.append(sound_tag(coded))
                self._segmenter.sound(coded)
                continue
            tags.append(picture_tag(coded, self._settings.fps))
            segment = self._segmenter.picture(coded, self._stamps.pop(coded.number))
            if segment is not None and not self._hls.put(segment):
                self._segmenter.break_off()
            self.pictures += 1
            self.keyframes += coded.is_keyframe
        self.bytes_out += sum(len(tag.body) for tag in tags)
        assert len(self._stamps) < STAMPS_MAX
        if tags:
            self._sink(tags)

    def _change_encoder(self) -> None:
        now_s = time.monotonic()
        if self._wanted is not None:
            self._settings, self._wanted = self._wanted, None
            self._ladder.want(self._settings.preset, now_s)
        elif self._ladder.judge(self._queue.qsize(), WAITING_MAX, now_s):
            kind = "encoder_shed" if self._ladder.steps_down else "encoder_restored"
            self._notify(kind, {"preset": self._ladder.preset, "wanted": self._settings.preset})
        settings = replace(self._settings, preset=self._ladder.preset)
        if settings == self._video.settings:
            return
        encoder = VideoEncoder(settings)  # first: were it to fail, the old one would go on
        self._video, self._keyframe_at = encoder, self._number
        self._give(self._interleaver.rest())
        self._segmenter.use_header(encoder.header)
        self._segmenter.break_off()
        self._sink(self.preamble()[:2])

    def _finish(self) -> None:
        self._give(self._interleaver.rest())
        segment = self._segmenter.finish()
        if segment is not None:
            self._hls.put(segment)
        self._hls.end()
        self._hls.join()
        if self._held is not None:
            self._pool.give_back(self._held)
            self._held = None
