from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import av
import pytest

from silkcast.media.mixer.camera_clock import BUFFER_MS
from silkcast.media.mixer.canvas import PIXEL_FORMAT, CanvasPool, picture_of
from silkcast.media.mixer.feed import CameraFeed
from silkcast.media.mixer.layout import Layout, Presence
from silkcast.media.mixer.mixer import Mixer, Plan
from silkcast.media.mixer.shot import Shot
from silkcast.media.room import programme as programme_module
from silkcast.media.room.encoding import Encoding, Job
from silkcast.media.room.programme import Programme, Wanted

HANG_S = 60.0


class Sink:
    """Stands where the encoder stands: takes jobs, and may be slow."""

    def __init__(self, pool: CanvasPool) -> None:
        self._pool = pool
        self.jobs: list[Job] = []
        self.lumas: list[int | None] = []
        self.slow_s = 0.0
        self.arrived = threading.Condition()

    def put(self, job: Job) -> None:
        time.sleep(self.slow_s)
        with self.arrived:
            self.jobs.append(job)
            self.lumas.append(None if job.canvas is None else int(job.canvas.picture.y[100, 100]))
            if job.canvas is not None:
                self._pool.give_back(job.canvas)
            self.arrived.notify_all()

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        with self.arrived:
            assert self.arrived.wait_for(is_so, HANG_S)


def flat(luma: int) -> av.VideoFrame:
    frame = av.VideoFrame(512, 288, PIXEL_FORMAT)
    picture_of(frame).fill((luma, 128, 128))
    return frame


class Stage:
    def __init__(self) -> None:
        self.mixer = Mixer(512, 288, 30, Shot(flat(50)))
        self.sink = Sink(self.mixer.pool)
        self.feeds: Mapping[str, CameraFeed] = {}
        self.presences: list[Mapping[str, Presence]] = []
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.programme = Programme(
            self.mixer,
            cast("Encoding", self.sink),
            30,
            1000,
            lambda: self.feeds,
            self.presences.append,
            lambda kind, facts: self.events.append((kind, facts)),
        )

    def camera(self, name: str, luma: int) -> None:
        feed = CameraFeed()
        now_ms = Programme.now_ms()
        feed.put_picture(Shot(flat(luma)), now_ms, now_ms - BUFFER_MS)
        self.feeds = {**self.feeds, name: feed}

    def want(self, version: int, *cameras: str, delay_ticks: int = 0) -> None:
        self.programme.want(Wanted(version, Plan(Layout.FULL, cameras, hold_ms=1e9), delay_ticks))


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.programme.close()


def test_ticks_follow_each_other_without_a_gap(stage: Stage) -> None:
    stage.want(1)
    stage.programme.start()
    stage.sink.wait_for(lambda: len(stage.sink.jobs) >= 30)
    assert [job.tick for job in stage.sink.jobs[:30]] == list(range(1000, 1030))
    assert all(job.sound is not None and job.sound.shape == (2, 1600) for job in stage.sink.jobs)
    assert stage.programme.skipped == 0


def test_a_change_lands_between_two_ticks_and_is_told_with_its_tick(stage: Stage) -> None:
    stage.camera("a", 200)
    stage.camera("b", 100)
    stage.want(1, "a")
    stage.programme.start()
    stage.sink.wait_for(lambda: len(stage.sink.jobs) >= 10)
    stage.want(2, "b")
    stage.sink.wait_for(lambda: 100 in stage.sink.lumas)
    stage.sink.wait_for(lambda: stage.sink.lumas[-1] == 100)
    changed_at = next(facts["tick"] for _, facts in stage.events if facts["version"] == 2)
    painted = [
        (job.tick, luma) for job, luma in zip(stage.sink.jobs, stage.sink.lumas, strict=True) if luma is not None
    ]
    assert {luma for tick, luma in painted if tick < changed_at} == {200}
    assert {luma for tick, luma in painted if tick >= changed_at} == {100}
    assert [job.tick for job in stage.sink.jobs] == list(range(1000, 1000 + len(stage.sink.jobs)))


def test_a_camera_that_goes_is_replaced_on_the_next_tick(stage: Stage) -> None:
    stage.camera("a", 200)
    stage.camera("b", 100)
    stage.want(1, "a", "b")
    stage.programme.start()
    stage.sink.wait_for(lambda: 200 in stage.sink.lumas)
    stage.feeds = {"b": stage.feeds["b"]}
    gone_at = stage.programme.tick
    stage.sink.wait_for(lambda: 100 in stage.sink.lumas)
    later = [(job.tick, luma) for job, luma in zip(stage.sink.jobs, stage.sink.lumas, strict=True) if luma is not None]
    assert {luma for tick, luma in later if tick > gone_at + 1} <= {100}
    assert stage.presences[-1].keys() == {"b"}


def test_late_ticks_are_repeated_and_none_is_left_out(stage: Stage) -> None:
    stage.want(1)
    stage.sink.slow_s = 0.05  # the encoder takes half as long again as a tick
    stage.programme.start()
    stage.sink.wait_for(lambda: len(stage.sink.jobs) >= 30)
    assert [job.tick for job in stage.sink.jobs] == list(range(1000, 1000 + len(stage.sink.jobs)))
    assert stage.programme.repeated > 0
    assert stage.programme.skipped == 0
    assert stage.sink.lumas[15:].count(50) >= 1  # a frozen programme looks dead: some are painted


@pytest.mark.slow
@pytest.mark.alone
def test_a_machine_that_slept_makes_programme_time_jump_and_counts_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programme_module, "JUMP_AFTER_S", 0.2)
    stage.want(1)
    stage.programme.start()
    stage.sink.wait_for(lambda: len(stage.sink.jobs) >= 5)
    stage.sink.slow_s = 0.4
    stage.sink.wait_for(lambda: stage.programme.skipped > 0)
    stage.sink.slow_s = 0.0
    stage.sink.wait_for(lambda: any(not job.follows for job in stage.sink.jobs))
    ticks = [job.tick for job in stage.sink.jobs]
    assert ticks == sorted(set(ticks))
    told = sum(facts["ticks"] for kind, facts in stage.events if kind == "ticks_skipped")
    assert told >= ticks[-1] - ticks[0] + 1 - len(ticks) > 0


@pytest.mark.slow
@pytest.mark.alone
def test_the_delay_lets_old_ticks_out_later_and_pauses_while_it_grows(stage: Stage) -> None:
    stage.want(1)
    stage.programme.start()
    stage.sink.wait_for(lambda: len(stage.sink.jobs) >= 5)
    stage.want(2, delay_ticks=10)
    stage.sink.wait_for(lambda: stage.sink.jobs[-1].tick - stage.sink.jobs[-1].mixed_at_tick == 10)
    stage.sink.wait_for(lambda: len(stage.sink.jobs) >= 30)
    jobs = list(stage.sink.jobs)
    paused = [job.tick for job in jobs if job.sound is None]
    assert len(paused) == 10
    heard = [job.mixed_at_tick for job in jobs if job.sound is not None]
    assert heard == list(range(1000, 1000 + len(heard)))
    assert [job.tick for job in jobs] == list(range(1000, 1000 + len(jobs)))


def test_a_picture_is_copied_only_for_those_who_ask(stage: Stage) -> None:
    stage.camera("a", 200)
    stage.want(1, "a")
    asked = [stage.programme.ask_picture() for _ in range(3)]
    assert asked[0] is asked[1] is asked[2]
    stage.programme.start()
    small = asked[0].result(HANG_S)
    assert (small.width, small.height) == (512, 288)


def test_a_defect_in_the_mix_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(stage.mixer, "mix", fail)
    stage.want(1)
    stage.programme.start()
    stage.programme._thread.join(HANG_S)
    assert "ZeroDivisionError" in stage.programme.fault


def test_a_poster_is_of_what_has_left_the_delay(stage: Stage) -> None:
    stage.camera("a", 200)
    stage.camera("b", 100)
    stage.want(1, "a", delay_ticks=20)
    mixed, shown = stage.programme.ask_picture(), stage.programme.ask_poster()
    assert stage.programme.ask_poster() is shown
    stage.programme.start()
    assert _grey(mixed.result(HANG_S)) > 150
    assert not any(job.canvas for job in stage.sink.jobs) or shown.done()
    stage.want(2, "b", delay_ticks=20)
    stage.sink.wait_for(lambda: 200 in stage.sink.lumas)
    assert _grey(shown.result(HANG_S)) > 150
    stage.sink.wait_for(lambda: 100 in stage.sink.lumas)
    assert _grey(stage.programme.ask_poster().result(HANG_S)) < 150


def _grey(picture: av.VideoFrame) -> int:
    return int(picture.to_ndarray()[20, 20, 0])
