from __future__ import annotations

import gc
import random
from collections.abc import Callable

import av
import numpy as np
import pytest

from silkcast.media.mixer.camera_picture import PICTURELESS_MAX, WRONG_IN_A_ROW_MAX
from silkcast.media.mixer.canvas import picture_of
from silkcast.media.mixer.decode import CameraDecoder
from silkcast.media.mixer.errors import StreamError, Undecodable, UnsupportedCodec
from silkcast.media.mixer.feed import CameraFeed
from silkcast.media.mixer.layout import Presence
from silkcast.media.rtmp import FlvTag

pytestmark = pytest.mark.slow

CameraTags = Callable[..., list[FlvTag]]


class Bench:
    """A decoder and its feed at a clock that tests turn."""

    def __init__(self) -> None:
        self.feed = CameraFeed()
        self.now_ms = 0.0
        self.decoder = CameraDecoder(self.feed, lambda: self.now_ms)

    def take(self, tags: list[FlvTag]) -> None:
        for tag in tags:
            self.now_ms = max(self.now_ms, float(tag.timestamp_ms))
            self.decoder.take(tag)

    def shown(self) -> av.VideoFrame:
        presence, shot = self.feed.look(self.now_ms + 1000, 60_000.0)
        assert presence is Presence.LIVE
        assert shot is not None
        return shot.frame


@pytest.fixture
def bench() -> Bench:
    return Bench()


def colour_of(frame: av.VideoFrame) -> tuple[float, float, float]:
    picture = picture_of(frame)
    return float(picture.y.mean()), float(picture.u.mean()), float(picture.v.mean())


def test_pictures_and_sound_come_out(bench: Bench, camera_tags: CameraTags) -> None:
    bench.take(camera_tags(30, (90, 110, 160)))
    assert bench.decoder.pictures == 30
    assert colour_of(bench.shown()) == pytest.approx((90, 110, 160), abs=2)
    block = bench.feed.listen(600.0, 1600)
    assert block is not None
    assert float(np.abs(block).max()) == pytest.approx(0.25, abs=0.02)


def test_the_same_header_again_changes_nothing(bench: Bench, camera_tags: CameraTags) -> None:
    tags = camera_tags(30)
    headers, media = tags[:2], tags[2:]
    bench.take([*headers, *media[:20], *headers, *media[20:]])
    assert bench.decoder.pictures == 30
    assert bench.decoder.wrong == 0


def test_a_new_header_in_mid_stream_is_a_new_decoder(bench: Bench, camera_tags: CameraTags) -> None:
    bench.take(camera_tags(10, width=320, height=192))
    bench.take(camera_tags(10, (200, 128, 128), width=640, height=368))
    assert bench.decoder.pictures == 20
    assert (bench.shown().width, bench.shown().height) == (640, 368)


def test_a_stream_joined_in_the_middle_begins_with_its_next_keyframe(bench: Bench, camera_tags: CameraTags) -> None:
    tags = camera_tags(60)
    without_start = [tag for tag in tags if tag.is_sequence_header or tag.timestamp_ms > 100]
    bench.take(without_start)
    assert bench.decoder.pictures == 30
    assert bench.decoder.wrong == 0


def test_a_picture_of_garbage_is_passed_over(bench: Bench, camera_tags: CameraTags) -> None:
    tags = camera_tags(90)
    video = [number for number, tag in enumerate(tags) if tag.kind == "video"]
    broken = video[1 + 31]
    tags[broken] = FlvTag("video", tags[broken].timestamp_ms, b"\x27\x01\x00\x00\x00" + b"\xff" * 400)
    bench.take(tags)
    assert bench.decoder.wrong == 1
    # From the next keyframe on, at the latest, all is well again.
    assert bench.decoder.pictures >= 31 + 30
    assert colour_of(bench.shown()) == pytest.approx((90, 110, 160), abs=2)


def test_nothing_but_garbage_ends_the_camera(bench: Bench, camera_tags: CameraTags) -> None:
    bench.take(camera_tags(5))
    chance = random.Random(7)
    garbage = [
        FlvTag("video", 200 + number * 33, b"\x17\x01\0\0\0" + chance.randbytes(300))
        for number in range(PICTURELESS_MAX + WRONG_IN_A_ROW_MAX)
    ]
    with pytest.raises(Undecodable):
        bench.take(garbage)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_comes_nothing_but_a_stream_error_leaves(seed: int, bench: Bench, camera_tags: CameraTags) -> None:
    chance = random.Random(seed)
    tags = camera_tags(3)
    for _ in range(200):
        tag = chance.choice(tags)
        body = bytearray(tag.body)
        for _ in range(chance.randrange(1, 6)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        broken = FlvTag(
            chance.choice(["video", "audio"]), chance.randrange(1 << 34), bytes(body[: chance.randrange(len(body) + 1)])
        )
        try:
            bench.take([broken])
        except StreamError:
            bench.decoder = CameraDecoder(bench.feed, lambda: bench.now_ms)


@pytest.mark.parametrize("head", [b"\x12\0\0\0\0\0", b"\x1c\0\0\0\0\0", b"\x90hvc1\0"])
def test_another_video_codec_ends_the_camera(head: bytes, bench: Bench) -> None:
    with pytest.raises(UnsupportedCodec):
        bench.take([FlvTag("video", 0, head)])


def test_a_stream_that_its_header_does_not_describe_ends_the_camera(bench: Bench, camera_tags: CameraTags) -> None:
    bench.take([FlvTag("video", 0, b"\x17\0\0\0\0" + b"\x01\xff\xff\xff\xff\xff\xff\xff")])
    with pytest.raises(Undecodable):
        bench.take([tag for tag in camera_tags(60) if not tag.is_sequence_header])


@pytest.mark.parametrize("header", [b"", b" nonsense", b"\x00\x00\x00\x01\x67", b"\x02" + bytes(20)])
def test_a_header_that_is_none_ends_the_camera_at_once(header: bytes, bench: Bench) -> None:
    with pytest.raises(Undecodable):
        bench.take([FlvTag("video", 0, b"\x17\0\0\0\0" + header)])


def test_pictures_that_decode_to_nothing_end_the_camera(bench: Bench, camera_tags: CameraTags) -> None:
    bench.take(camera_tags(3)[:2])
    parameters_only = b"\0\0\0\x02\x09\x10"  # an access unit delimiter, and nothing that it delimits
    with pytest.raises(Undecodable):
        bench.take(
            [FlvTag("video", number, b"\x17\x01\0\0\0" + parameters_only) for number in range(PICTURELESS_MAX + 1)]
        )


def test_without_a_keyframe_ever_the_camera_ends(bench: Bench) -> None:
    with pytest.raises(Undecodable):
        bench.take([FlvTag("video", number, b"\x27\x01\0\0\0\0\0\0\x01\x41") for number in range(PICTURELESS_MAX + 1)])


def test_a_monophonic_camera_at_another_rate_is_heard_on_both_sides(
    bench: Bench, plain: Callable[..., av.VideoFrame]
) -> None:
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.format, encoder.layout, encoder.bit_rate = 44_100, "fltp", "mono", 96_000
    encoder.flags |= 0x400000
    encoder.open()
    bench.take([FlvTag("audio", 0, b"\xaf\x00" + bytes(encoder.extradata or b""))])
    for number in range(80):
        wave = 0.5 * np.sin(2 * np.pi * 441 * (np.arange(1024) + number * 1024) / 44_100)
        frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 44_100, number * 1024
        for packet in encoder.encode(frame):
            bench.take([FlvTag("audio", round(max(0, packet.pts or 0) / 44.1), b"\xaf\x01" + bytes(packet))])
    bench.feed.listen(bench.now_ms - 300, 1600)
    block = bench.feed.listen(bench.now_ms - 300 + 1000 / 30, 1600)
    assert block is not None
    assert np.array_equal(block[0], block[1])
    crossings = int((np.diff(np.signbit(block[0])) != 0).sum())
    assert crossings == pytest.approx(2 * 441 / 30, abs=2)


def test_no_picture_outlives_its_use_until_the_garbage_is_collected(bench: Bench, camera_tags: CameraTags) -> None:
    """A picture of 720 lines is 1.4 MB, and a room takes sixty a second."""
    tags = camera_tags(60)
    gc.collect()
    gc.disable()
    try:
        bench.take(tags)
        assert sum(isinstance(kept, av.VideoFrame) for kept in gc.get_objects()) < 30
        assert gc.collect() < 30
    finally:
        gc.enable()
