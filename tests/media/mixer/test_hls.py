from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from silkcast.media.mixer import counter
from silkcast.media.mixer.canvas import Canvas, picture_of
from silkcast.media.mixer.encode import CodedPicture, EncoderSettings, SoundEncoder, VideoEncoder
from silkcast.media.mixer.hls import KEPT_SEGMENTS, PLAYLIST_NAME, HlsWriter, Segment, Segmenter, Shelf
from silkcast.media.mixer.interleave import Interleaver
from silkcast.media.mixer.playlist import WINDOW_SEGMENTS, read_playlist
from silkcast.media.mixer.sound import Samples

Tone = Callable[..., Samples]
FPS = 30


@pytest.fixture
def segments(tone: Tone) -> Callable[[int], list[Segment]]:
    """Segments of so many pictures, a counter in each, as the room makes them."""

    def make(pictures: int) -> list[Segment]:
        video, audio = VideoEncoder(EncoderSettings(512, 288, FPS, 800, "ultrafast")), SoundEncoder(96)
        segmenter, interleaver = Segmenter(FPS, video.header, audio.header), Interleaver(FPS)
        canvas, made = Canvas(512, 288), []
        canvas.picture.fill((90, 110, 160))
        for number in range(pictures):
            counter.burn(canvas.picture, number)
            sounds = audio.encode(tone(1600, first=number * 1600))
            for coded in interleaver.put(video.encode(canvas.frame, number), sounds):
                if isinstance(coded, CodedPicture):
                    made.append(segmenter.picture(coded, coded.number * 1000 // FPS))
                else:
                    segmenter.sound(coded)
        for coded in interleaver.rest():
            if isinstance(coded, CodedPicture):
                made.append(segmenter.picture(coded, coded.number * 1000 // FPS))
        made.append(segmenter.finish())
        return [segment for segment in made if segment is not None]

    return make


def plain_segment(starts_at_ms: int = 0, *, breaks: bool = False) -> Segment:
    return Segment(b"x", 1.0, starts_at_ms, breaks)


def test_segments_are_cut_at_keyframes_every_second(segments: Callable[[int], list[Segment]]) -> None:
    made = segments(100)
    assert [segment.duration_s for segment in made] == [1.0, 1.0, 1.0, 10 / 30]
    assert [segment.starts_at_ms for segment in made] == [0, 1000, 2000, 3000]
    assert [segment.breaks for segment in made] == [True, False, False, False]


def test_each_segment_decodes_alone_and_together_they_hold_every_picture(
    segments: Callable[[int], list[Segment]], tmp_path: Path
) -> None:
    seen: list[list[int | None]] = []
    for number, segment in enumerate(segments(75)):
        path = tmp_path / f"{number}.ts"
        path.write_bytes(segment.body)
        with av.open(str(path)) as container:
            seen.append([counter.read(picture_of(frame).y) for frame in container.decode(video=0)])
    assert seen == [list(range(30)), list(range(30, 60)), list(range(60, 75))]


def test_sound_and_picture_share_one_clock_from_segment_to_segment(
    segments: Callable[[int], list[Segment]], tmp_path: Path
) -> None:
    path = tmp_path / "all.ts"
    path.write_bytes(b"".join(segment.body for segment in segments(75)))
    with av.open(str(path)) as container:
        times = [(packet.stream.type, packet.pts) for packet in container.demux() if packet.size]
    pictures = [pts for kind, pts in times if kind == "video"]
    sounds = [pts for kind, pts in times if kind == "audio"]
    assert pictures == [number * 3000 for number in range(75)]
    assert sounds == [number * 1920 for number in range(len(sounds))]
    assert len(sounds) == 75 * 1600 // 1024 - 2


def test_a_shelf_keeps_a_window_and_a_few_segments_behind_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for number in range(40):
        shelf.add(plain_segment(number * 1000))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [*(f"{number:08d}.ts" for number in range(40 - KEPT_SEGMENTS, 40)), PLAYLIST_NAME]
    playlist = read_playlist((tmp_path / PLAYLIST_NAME).read_text())
    assert [entry.sequence for entry in playlist.entries] == list(range(40 - WINDOW_SEGMENTS, 40))


def test_a_restarted_room_goes_on_behind_a_break(tmp_path: Path) -> None:
    before = Shelf(tmp_path)
    for _ in range(3):
        before.add(plain_segment(breaks=True))
    before.close()
    assert (tmp_path / PLAYLIST_NAME).read_text().endswith("#EXT-X-ENDLIST\n")

    Shelf(tmp_path).add(plain_segment(breaks=True))

    text = (tmp_path / PLAYLIST_NAME).read_text()
    playlist = read_playlist(text)
    assert [entry.sequence for entry in playlist.entries] == [0, 1, 2, 3]
    assert [entry.breaks for entry in playlist.entries] == [False, True, True, True]
    assert "#EXT-X-ENDLIST" not in text


def test_a_lost_playlist_never_makes_a_segment_s_number_come_twice(tmp_path: Path) -> None:
    before = Shelf(tmp_path)
    for _ in range(3):
        before.add(plain_segment())
    (tmp_path / PLAYLIST_NAME).write_text("torn")
    Shelf(tmp_path).add(plain_segment(breaks=True))
    playlist = read_playlist((tmp_path / PLAYLIST_NAME).read_text())
    assert [(entry.sequence, entry.breaks) for entry in playlist.entries] == [(3, True)]


def test_a_reader_never_sees_a_half_written_file(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.add(Segment(b"y" * 200_000, 1.0, 0, breaks=False))
    seen: set[int] = set()
    missing: set[str] = set()
    stop = threading.Event()

    def listed() -> list[str]:
        return [entry.name for entry in read_playlist((tmp_path / PLAYLIST_NAME).read_text()).entries]

    def watch() -> None:
        while not stop.is_set():
            for name in listed():
                try:
                    seen.add((tmp_path / name).stat().st_size)
                except FileNotFoundError:
                    # A reader held up for longer than the shelf keeps a file must find a list without it.
                    if name in listed():
                        missing.add(name)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(50):
        shelf.add(Segment(b"y" * 200_000, 1.0, 0, breaks=False))
    stop.set()
    watcher.join()
    assert seen == {200_000}
    assert not missing


def test_a_disk_that_hangs_costs_segments_and_never_the_caller(tmp_path: Path) -> None:
    folder = tmp_path / "hls"
    folder.write_text("in the way")  # every write fails
    writer = HlsWriter(folder)
    for _ in range(20):
        writer.put(plain_segment())
    writer.end()
    writer.join()
    assert writer.segments == 0
    assert writer.segments_dropped == 20


def test_what_waits_is_written_before_the_end(tmp_path: Path) -> None:
    writer = HlsWriter(tmp_path)
    given = sum(writer.put(plain_segment(number * 1000)) for number in range(4))
    writer.end()
    writer.join()
    assert writer.segments == given
    assert (tmp_path / PLAYLIST_NAME).read_text().endswith("#EXT-X-ENDLIST\n")


@pytest.mark.parametrize("in_the_way", [".index.m3u8.draft", ".00000002.ts.draft"], ids=["playlist", "segment"])
def test_a_segment_that_could_not_be_written_leaves_a_break_and_no_hole(tmp_path: Path, in_the_way: str) -> None:
    assert PLAYLIST_NAME == "index.m3u8"
    writer = HlsWriter(tmp_path)

    def put(number: int) -> None:
        before = writer.segments + writer.segments_dropped
        writer.put(plain_segment(number * 1000))
        while writer.segments + writer.segments_dropped == before:
            time.sleep(0.001)

    for number in range(2):
        put(number)
    (tmp_path / in_the_way).mkdir()  # as a full disk would
    put(2)
    (tmp_path / in_the_way).rmdir()
    for number in range(3, 5):
        put(number)
    playlist = read_playlist((tmp_path / PLAYLIST_NAME).read_text())
    assert [entry.sequence for entry in playlist.entries] == [0, 1, 2, 3]
    assert [(entry.starts_at_ms, entry.breaks) for entry in playlist.entries[1:]] == [
        (1000, False),
        (3000, True),
        (4000, False),
    ]
    writer.end()
    writer.join()
