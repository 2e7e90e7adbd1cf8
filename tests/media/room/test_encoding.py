from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from silkcast.media.mixer import counter
from silkcast.media.mixer.canvas import CanvasPool, picture_of
from silkcast.media.mixer.encode import EncoderSettings
from silkcast.media.mixer.hls import HlsWriter
from silkcast.media.mixer.sound import silence
from silkcast.media.room.clock import ShowTime
from silkcast.media.room.encoding import WAITING_MAX, Encoding, Job
from silkcast.media.rtmp import FlvTag

SETTINGS = EncoderSettings(512, 288, 30, 800, "ultrafast")
HANG_S = 60.0


class Bench:
    def __init__(self, folder: Path) -> None:
        self.tags: list[FlvTag] = []
        self.events: list[tuple[str, dict[str, object]]] = []
        self.pool = CanvasPool(512, 288, spare_max=4)
        self.counters, self.hls = folder / "counters", folder / "hls"
        self.falls_behind = threading.Event()  # while set, the encoder is slower than whoever puts
        self.encoding = Encoding(
            SETTINGS,
            ShowTime("show", 1_800_000_000_000, 30),
            HlsWriter(self.hls),
            self.pool,
            self._take,
            lambda kind, facts: self.events.append((kind, facts)),
            self.counters,
        )
        self.encoding.burn_counter = True
        self.encoding.start()

    def _take(self, tags: Sequence[FlvTag]) -> None:
        self.tags += tags
        while self.falls_behind.is_set() and self.encoding.waiting < WAITING_MAX:
            time.sleep(0.001)

    def put(self, ticks: range, *, repeats: bool = False) -> None:
        for tick in ticks:
            canvas = None
            if not repeats:
                canvas = self.pool.take()
                canvas.picture.fill((40 + tick % 150, 120, 130))
            self.encoding.put(Job(tick, tick, canvas, silence(1600)))

    def close(self) -> None:
        self.encoding.close()

    def read(self) -> list[int | None]:
        """The counters in what came out, through a decoder that knows only what came out before."""
        seen: list[int | None] = []
        decoder: Any = None
        for tag in self.tags:
            if tag.kind == "video" and tag.is_sequence_header:
                decoder = av.CodecContext.create("h264", "r")
                decoder.extradata = tag.body[5:]
            elif tag.kind == "video":
                seen += [counter.read(picture_of(frame).y) for frame in decoder.decode(av.Packet(tag.body[5:]))]
        return seen


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def listed(bench: Bench) -> list[int]:
    return [int(line) for line in bench.counters.read_text().split()]


def test_every_tick_is_encoded_listed_and_readable(bench: Bench) -> None:
    bench.put(range(1000, 1090))
    bench.close()
    assert bench.read() == listed(bench) == list(range(1000, 1090))


def test_the_first_tags_are_what_a_destination_must_hear_first(bench: Bench) -> None:
    bench.put(range(5))
    bench.close()
    assert [tag.kind for tag in bench.tags[:3]] == ["script", "video", "audio"]
    assert [tag.is_sequence_header for tag in bench.tags[:4]] == [False, True, True, False]
    assert bench.tags[3].is_keyframe


def test_times_only_grow_and_sound_has_no_gap(bench: Bench) -> None:
    bench.put(range(120))
    bench.close()
    media = [tag for tag in bench.tags if tag.kind != "script" and not tag.is_sequence_header]
    assert [tag.timestamp_ms for tag in media] == sorted(tag.timestamp_ms for tag in media)
    sounds = [tag.timestamp_ms for tag in media if tag.kind == "audio"]
    assert sounds == [round(number * 1024 / 48) for number in range(len(sounds))]


def test_a_repeated_tick_is_the_picture_before_with_its_own_counter(bench: Bench) -> None:
    bench.put(range(10))
    bench.put(range(10, 40), repeats=True)
    bench.close()
    assert bench.read() == list(range(40))


def test_without_any_picture_yet_a_repeat_is_black(bench: Bench) -> None:
    bench.put(range(3), repeats=True)
    bench.close()
    assert bench.read() == [0, 1, 2]


def test_another_bitrate_begins_at_a_keyframe_and_loses_no_picture(bench: Bench) -> None:
    bench.put(range(40))
    bench.encoding.want(replace(SETTINGS, video_kbps=400, preset="superfast"))
    bench.put(range(40, 130))
    bench.close()
    assert bench.read() == list(range(130))
    assert (bench.encoding.preset, bench.encoding.video_kbps) == ("superfast", 400)
    headers = [number for number, tag in enumerate(bench.tags) if tag.kind == "video" and tag.is_sequence_header]
    assert len(headers) == 2
    following = next(tag for tag in bench.tags[headers[1] + 1 :] if tag.kind == "video")
    assert following.is_keyframe
    keys = [tag.timestamp_ms for tag in bench.tags if tag.is_keyframe]
    assert keys == [0, 1000, 2000, 3000, 4000]


def test_hls_holds_the_same_pictures_with_the_programme_s_dates(bench: Bench) -> None:
    bench.put(range(300, 375))
    bench.close()
    playlist = (bench.hls / "index.m3u8").read_text()
    dates = [line.split("T")[-1] for line in playlist.splitlines() if "DATE-TIME" in line]
    assert dates == ["08:00:10.000Z", "08:00:11.000Z", "08:00:12.000Z"]
    seen = []
    for path in sorted(bench.hls.glob("*.ts")):
        with av.open(str(path), "r") as container:
            seen += [counter.read(picture_of(frame).y) for frame in container.decode(video=0)]
    assert seen == list(range(300, 375))


def test_a_full_queue_makes_the_mix_wait_and_loses_nothing(bench: Bench) -> None:
    putting = threading.Thread(target=bench.put, args=(range(100),))
    putting.start()
    putting.join(HANG_S)
    bench.close()
    assert listed(bench) == list(range(100))


def test_a_machine_too_slow_sheds_the_preset_and_says_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("silkcast.media.room.ladder.SETTLE_S", 0.0)
    bench.encoding.want(replace(SETTINGS, preset="veryfast"))
    bench.falls_behind.set()
    bench.put(range(150))
    bench.falls_behind.clear()
    bench.close()
    assert ("encoder_shed", {"preset": "superfast", "wanted": "veryfast"}) in bench.events
    assert bench.read() == list(range(150))


def test_a_defect_of_the_encoder_is_told_and_does_not_hang_the_mix(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(counter, "burn", fail)
    bench.put(range(200))
    bench.close()
    assert "ZeroDivisionError" in bench.encoding.fault
