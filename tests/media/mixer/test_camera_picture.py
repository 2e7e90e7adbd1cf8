"""Each thing that a stream says about its pixels is heeded: shape, matrix, range, curve, fields, turn, size, order."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext

from silkcast.demo.clips import read_tags
from silkcast.media.mixer.camera_picture import PIXELS_MAX, PictureDecoder
from silkcast.media.mixer.canvas import Canvas, picture_of
from silkcast.media.mixer.decode import CameraDecoder
from silkcast.media.mixer.errors import PictureTooLarge
from silkcast.media.mixer.feed import CameraFeed
from silkcast.media.mixer.layout import Presence, Rect, Slot
from silkcast.media.mixer.painter import SlotPainter
from silkcast.media.mixer.shot import Shot
from silkcast.media.rtmp import FlvTag, amf0

RED_709 = (63, 102, 240)
WHOLE = Slot(Rect(0, 0, 1280, 720), covers=False)


def planes(frame: av.VideoFrame) -> list[np.ndarray]:
    """Views of the planes' samples, whatever their depth."""
    dtype = np.uint16 if frame.format.name.endswith("le") else np.uint8
    octets = 3 if frame.format.name == "rgb24" else 1
    return [
        np.frombuffer(memoryview(plane), dtype).reshape(plane.height, -1)[:, : plane.width * octets]
        for plane in frame.planes
    ]


def filled(colour: tuple[int, ...]) -> Callable[[list[np.ndarray], int], None]:
    def fill(of_frame: list[np.ndarray], number: int) -> None:
        for plane, value in zip(of_frame, colour, strict=False):
            plane[:] = value

    return fill


def stream(
    draw: Callable[[list[np.ndarray], int], None],
    width: int = 320,
    height: int = 180,
    says: str = "",
    *,
    pixels: str = "yuv420p",
    count: int = 4,
    b_frames: int = 0,
    colour_range: int = 0,
) -> list[FlvTag]:
    """An encoder's header and pictures at 25 a second; `says` goes to x264 as it is."""
    encoder = VideoCodecContext.create("libx264rgb" if pixels == "rgb24" else "libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, pixels
    encoder.time_base, encoder.framerate = Fraction(1, 25), Fraction(25, 1)
    encoder.max_b_frames, encoder.color_range = b_frames, colour_range
    encoder.flags |= 0x400000
    parts = ["annexb=0", "qp=10", *([says] if says else [])]
    encoder.options = {"preset": "veryfast", "x264-params": ":".join(parts)}
    encoder.open()
    tags = [FlvTag("video", 0, b"\x17\0\0\0\0" + bytes(encoder.extradata or b""))]
    packets: list[Any] = []
    for number in range(count):
        frame = av.VideoFrame(width, height, pixels)
        draw(planes(frame), number)
        frame.pts = number
        packets += encoder.encode(frame)
    for packet in [*packets, *encoder.encode(None)]:
        head = bytes((0x17 if packet.is_keyframe else 0x27, 1)) + ((packet.pts - packet.dts) * 40).to_bytes(
            3, signed=True
        )
        tags.append(FlvTag("video", max(0, packet.dts * 40 + 80), head + bytes(packet)))
    return tags


def decoded(tags: list[FlvTag], decoder: PictureDecoder | None = None) -> list[Shot]:
    taking = decoder or PictureDecoder()
    return [shot for tag in tags for shot, _ in taking.take(tag)]


def painted(shot: Shot, slot: Slot = WHOLE) -> Canvas:
    canvas = Canvas(1280, 720)
    canvas.picture.fill((16, 128, 128))
    SlotPainter(slot).paint(canvas.picture, shot)
    return canvas


def colour_of(shot: Shot) -> tuple[int, int, int]:
    """In the middle of the programme."""
    picture = painted(shot).picture
    return int(picture.y[360, 640]), int(picture.u[180, 320]), int(picture.v[180, 320])


def bars(canvas: Canvas) -> tuple[int, int]:
    """How many rows and columns of the programme the picture fills."""
    lit = canvas.picture.y > 40
    return int(lit[:, 640].sum()), int(lit[360].sum())


@pytest.mark.parametrize(
    ("size", "sar", "rows_and_columns"),
    [
        ((720, 576), "", (720, 900)),
        ((720, 576), "sar=16/11", (704, 1280)),
        ((720, 576), "sar=64/45", (720, 1280)),
        ((720, 480), "sar=8/9", (720, 960)),
        ((1440, 1080), "sar=4/3", (720, 1280)),
        ((640, 360), "sar=1/1", (720, 1280)),
        ((640, 360), "sar=1000/1", (720, 1280)),  # a mistaken header
    ],
)
def test_pixels_that_are_not_square_are_drawn_as_they_are_meant(
    size: tuple[int, int], sar: str, rows_and_columns: tuple[int, int]
) -> None:
    shot = decoded(stream(filled((120, 128, 128)), *size, sar, count=1))[0]
    assert bars(painted(shot)) == rows_and_columns


def test_a_shape_that_changes_in_mid_stream_is_followed() -> None:
    decoder = PictureDecoder()
    seen = [
        bars(painted(decoded(stream(filled((120, 128, 128)), 720, 576, sar), decoder)[-1]))
        for sar in ("sar=64/45", "sar=16/15", "sar=64/45")
    ]
    assert seen == [(720, 1280), (720, 960), (720, 1280)]


@pytest.mark.parametrize(
    ("colour", "says", "size", "colour_range"),
    [
        ((63, 102, 240), "colormatrix=bt709", (320, 180), 0),
        ((63, 102, 240), "", (1280, 720), 0),  # what says nothing means BT.709 in HD
        ((81, 90, 240), "", (720, 576), 0),  # and BT.601 below
        ((81, 90, 240), "colormatrix=smpte170m", (1280, 720), 0),
        ((81, 90, 240), "colormatrix=bt470bg", (1280, 720), 0),
        ((76, 85, 255), "colormatrix=bt470bg", (320, 180), 2),
        ((54, 99, 255), "colormatrix=bt709", (1280, 720), 2),
    ],
)
def test_red_is_red_in_each_matrix_and_range(
    colour: tuple[int, ...], says: str, size: tuple[int, int], colour_range: int
) -> None:
    shot = decoded(stream(filled(colour), *size, says, count=1, colour_range=colour_range))[0]
    assert colour_of(shot) == pytest.approx(RED_709, abs=3)


@pytest.mark.parametrize(
    ("rgb", "colour"),
    [
        ((255, 0, 0), RED_709),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 0), (16, 128, 128)),
    ],
)
@pytest.mark.parametrize("size", [(320, 180), (1280, 720)])
def test_colours_sent_as_red_green_and_blue_are_pure(
    rgb: tuple[int, ...], colour: tuple[int, ...], size: tuple[int, int]
) -> None:
    def fill(of_frame: list[np.ndarray], number: int) -> None:
        of_frame[0][:] = np.tile(rgb, size[0])

    shot = decoded(stream(fill, *size, pixels="rgb24", count=1))[0]
    assert colour_of(shot) == pytest.approx(colour, abs=1)


@pytest.mark.parametrize(
    ("pixels", "white"),
    [
        ("yuv420p10le", 940),
        ("yuv422p", 235),
        ("yuv444p", 235),
        ("yuv422p10le", 940),
        ("yuv444p10le", 940),
        ("gray", 235),
    ],
)
def test_other_samplings_and_depths_are_shown(pixels: str, white: int) -> None:
    middle = 512 if white > 255 else 128
    shot = decoded(stream(filled((white, middle, middle)), 320, 180, pixels=pixels, count=1))[0]
    assert colour_of(shot) == pytest.approx((235, 128, 128), abs=2)


@pytest.mark.parametrize(("curve", "level"), [("smpte2084", 0.58), ("arib-std-b67", 0.75)])
def test_the_white_of_hdr_is_white_and_its_black_is_black(curve: str, level: float) -> None:
    """Reference white (ITU-R BT.2408, 2019) is bright in the programme, not grey, and what is dark stays."""
    says = f"colorprim=bt2020:transfer={curve}:colormatrix=bt2020nc"
    white, black = (
        colour_of(decoded(stream(filled((luma, 512, 512)), 320, 180, says, pixels="yuv420p10le", count=1))[0])
        for luma in (round(64 + level * 876), 64)
    )
    assert white[0] >= 215
    assert black == (16, 128, 128)


def test_a_red_told_in_a_wider_gamut_is_not_washed_out() -> None:
    """Its numbers taken as they are would be (97, 93, 192); a smaller gamut leaves a little less than all."""
    says = "colorprim=bt2020:transfer=bt2020-10:colormatrix=bt2020nc"
    shot = decoded(stream(filled((387, 371, 769)), 320, 180, says, pixels="yuv420p10le", count=1))[0]
    assert colour_of(shot) == pytest.approx((71, 98, 221), abs=4)


def test_two_fields_of_a_moving_picture_are_not_woven_into_a_comb() -> None:
    def draw(of_frame: list[np.ndarray], number: int) -> None:
        filled((40, 128, 128))(of_frame, number)
        for field in (0, 1):
            left = 40 + 32 * number + 16 * field
            of_frame[0][field::2, left : left + 60] = 220

    def comb(frame: av.VideoFrame) -> int:
        luma = picture_of(frame).y.astype(int)
        return int((np.abs(luma[1:-1] - (luma[:-2] + luma[2:]) / 2) > 40).sum())

    progressive = decoded(stream(draw, 320, 192, count=8))
    interlaced = decoded(stream(draw, 320, 192, "tff=1", count=8))
    assert comb(progressive[4].frame) > 1000  # so they came
    assert comb(interlaced[4].frame) < 200
    assert len(interlaced) >= 6


def test_a_picture_that_says_it_is_turned_is_shown_upright() -> None:
    def draw(of_frame: list[np.ndarray], number: int) -> None:
        filled((40, 128, 128))(of_frame, number)
        of_frame[0][:40] = 220  # bright along the top

    def bright_edge(degrees: int) -> tuple[str, tuple[int, int]]:
        shot = decoded(turned(stream(draw, 320, 192, count=1), degrees))[0]
        luma = picture_of(shot.frame).y
        edges = {"top": luma[:8], "right": luma[:, -8:], "bottom": luma[-8:], "left": luma[:, :8]}
        return max(edges, key=lambda edge: float(edges[edge].mean())), (shot.frame.width, shot.frame.height)

    assert bright_edge(0) == ("top", (320, 192))
    assert bright_edge(90) == ("left", (192, 320))  # turned against the clock
    assert bright_edge(180) == ("bottom", (320, 192))
    assert bright_edge(270) == ("right", (192, 320))


def corner_of(shot: Shot) -> str:
    """Where the bright one is."""
    luma = picture_of(shot.frame).y
    corners = {
        "top left": luma[:8, :8],
        "top right": luma[:8, -8:],
        "bottom left": luma[-8:, :8],
        "bottom right": luma[-8:, -8:],
    }
    return max(corners, key=lambda corner: float(corners[corner].mean()))


def bright_corner(of_frame: list[np.ndarray], number: int) -> None:
    """Top left."""
    filled((40, 128, 128))(of_frame, number)
    of_frame[0][:40, :40] = 220


@pytest.mark.parametrize(
    ("degrees", "flips", "corner"),
    [
        (0, "00", "top left"),
        (0, "10", "top right"),
        (0, "01", "bottom left"),
        (0, "11", "bottom right"),
        (90, "00", "bottom left"),
        (90, "10", "top left"),  # mirrored first, then turned
        (90, "01", "bottom right"),
        (180, "10", "bottom left"),
        (270, "00", "top right"),
        (270, "10", "bottom right"),
        (270, "01", "top left"),
    ],
)
def test_a_picture_that_says_it_is_mirrored_is_mirrored_back(degrees: int, flips: str, corner: str) -> None:
    shot = decoded(turned(stream(bright_corner, 320, 192, count=1), degrees, flips))[0]
    assert corner_of(shot) == corner
    assert (shot.frame.width, shot.frame.height) == ((192, 320) if degrees in (90, 270) else (320, 192))


def test_a_turn_told_at_a_keyframe_holds_until_the_next_sequence() -> None:
    tags = stream(bright_corner, 320, 192, "keyint=4:min-keyint=4", count=12)
    assert [tag.is_keyframe for tag in tags[1:]] == [True, False, False, False] * 3
    first, second = (turned([tags[0], tags[at]], degrees)[1] for at, degrees in ((1, 90), (5, 180)))
    shots = decoded([tags[0], first, *tags[2:5], second, *tags[6:]])
    assert [corner_of(shot) for shot in shots] == ["bottom left"] * 4 + ["bottom right"] * 4 + ["top left"] * 4


@pytest.mark.real_server
def test_what_ffmpeg_says_of_a_turn_and_a_mirror_is_done(tmp_path: Path) -> None:
    path = tmp_path / "turned.flv"
    picture = "color=0x282828:size=320x192:rate=25:duration=2,drawbox=0:0:40:40:white:fill"
    says = "h264_metadata=display_orientation=insert:rotate=90:flip=horizontal"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", picture, "-c:v", "libx264", "-g", "25", "-bsf:v", says]
    subprocess.run([*command, path], check=True)
    shots = decoded([tag for tag in read_tags(path) if tag.kind == "video"])
    assert len(shots) >= 40
    assert {(corner_of(shot), shot.frame.width, shot.frame.height) for shot in shots} == {("top left", 192, 320)}


def turned(tags: list[FlvTag], degrees: int, flips: str = "00") -> list[FlvTag]:
    """The same with a display orientation before each picture (ITU-T H.264 D.1.27), its mirrors right-left, up-down."""
    bits = f"0{flips}{degrees * 65_536 // 360:016b}0100".ljust(24, "0")
    sei = b"\x06\x2f\x03" + int(bits, 2).to_bytes(3) + b"\x80"
    unit = len(sei).to_bytes(4) + sei
    return [*tags[:1], *(FlvTag("video", tag.timestamp_ms, tag.body[:5] + unit + tag.body[5:]) for tag in tags[1:])]


@pytest.mark.parametrize("size", [(1920, 1080), (322, 182), (18, 16), (400, 1000)])
def test_sizes_that_no_block_divides_are_cropped_as_the_header_says(size: tuple[int, int]) -> None:
    shot = decoded(stream(filled((120, 128, 128)), *size, count=1))[0]
    assert (shot.frame.width, shot.frame.height) == size


def test_an_odd_size_is_shown() -> None:
    shot = decoded(stream(filled((235, 128, 128)), 321, 181, pixels="yuv444p", count=1))[0]
    assert colour_of(shot) == (235, 128, 128)


def test_pictures_that_are_coded_out_of_order_come_out_in_order() -> None:
    def draw(of_frame: list[np.ndarray], number: int) -> None:
        filled((20 + 10 * number, 128, 128))(of_frame, number)

    tags, decoder = stream(draw, count=16, b_frames=2), PictureDecoder()
    came = [come for tag in tags for come in decoder.take(tag)]
    assert any(tag.body[2:5] != b"\0\0\0" for tag in tags[1:])
    assert [stamp for _, stamp in came] == sorted(stamp for _, stamp in came)
    lumas = [int(picture_of(shot.frame).y[90, 160]) for shot, _ in came]
    assert lumas == sorted(lumas)
    assert len(came) >= 12


def test_a_picture_before_its_own_time_is_shown_all_the_same() -> None:
    tags = stream(filled((120, 128, 128)))
    early = [
        FlvTag("video", 1000 + tag.timestamp_ms, tag.body[:2] + (-500).to_bytes(3, signed=True) + tag.body[5:])
        for tag in tags[1:]
    ]
    assert len(decoded([*tags[:1], *early])) == 4


@pytest.mark.parametrize("size", [(4112, 2304), (16_368, 16_368)])
def test_a_picture_too_large_is_refused_by_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(PictureTooLarge) as refused:
        PictureDecoder().take(FlvTag("video", 0, b"\x17\0\0\0\0" + header_of(*size)))
    assert (refused.value.facts["width"], refused.value.facts["height"]) == size
    assert size[0] * size[1] > PIXELS_MAX


def header_of(width: int, height: int) -> bytes:
    """An AVC configuration of the baseline profile that says this size."""

    def golomb(value: int) -> str:
        coded = f"{value + 1:b}"
        return "0" * (len(coded) - 1) + coded

    told = [0, 0, 2, 1]  # its id, the frame numbers' length, no order of its own, one reference
    bits = (
        f"{66:08b}{0:08b}{51:08b}"
        + "".join(map(golomb, told))
        + "0"
        + golomb(width // 16 - 1)
        + golomb(height // 16 - 1)
        + "11001"
    )
    sps = b"\x67" + int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))
    pps = b"\x68\xce\x38\x80"
    return b"\x01\x42\0\x33\xff\xe1" + len(sps).to_bytes(2) + sps + b"\x01" + len(pps).to_bytes(2) + pps


@pytest.mark.parametrize("gap_ms", [0, 4, 1000])
def test_any_pace_of_pictures_is_taken(gap_ms: int) -> None:
    """None apart, as where a clock counts seconds; 240 and one a second."""
    feed, now_ms = CameraFeed(), 0.0
    decoder = CameraDecoder(feed, lambda: now_ms)
    tags = stream(filled((120, 128, 128)), count=40)
    decoder.take(tags[0])
    for number, tag in enumerate(tags[1:]):
        now_ms = float(number * gap_ms)
        feed.heard(now_ms)
        decoder.take(FlvTag("video", number * gap_ms, tag.body[:2] + bytes(3) + tag.body[5:]))
    assert decoder.pictures >= 36
    assert feed.look(now_ms + 100, 1000.0)[0] is Presence.LIVE


def test_what_a_device_announces_of_itself_changes_nothing() -> None:
    decoder = CameraDecoder(CameraFeed(), lambda: 0.0)
    absurd = amf0.EcmaArray(
        width=1e9, height=-1.0, framerate=1e9, duration=-5.0, audiosamplerate=0.0, audiochannels=255.0, videocodecid="x"
    )
    decoder.take(FlvTag("script", 0, amf0.encode("onMetaData", absurd)))
    for tag in stream(filled((120, 128, 128))):
        decoder.take(tag)
    assert (decoder.pictures, decoder.wrong) == (4, 0)
