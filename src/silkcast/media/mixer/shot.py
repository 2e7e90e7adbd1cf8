"""One picture of a camera, and the brushing that makes it what the mix expects: progressive, upright, BT.709, in SDR.

What is ordinary passes untouched. The rest is put right on the camera's own thread, so that only that camera pays.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import av
from av.filter import Graph
from av.sidedata.sidedata import SideData, SideDataContainer
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from silkcast.media.mixer.canvas import PIXEL_FORMAT

ASPECT_MIN, ASPECT_MAX = 1 / 4, 4.0  # of a pixel; beyond it a header is mistaken
SD_WIDTH_MAX, SD_HEIGHT_MAX = 1279, 576  # up to here a picture that does not say its matrix means BT.601
WIDE_WIDTH_MAX, WIDE_HEIGHT_MAX = 1920, 1920  # no programme is larger, and the wide colours of one are dear

# The numbers of ISO/IEC 23091-2, which the pictures carry, to the scaler's.
_MILLISECONDS: Final = Fraction(1, 1000)
_UNSAID: Final = 2
_MATRICES: Final = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_WIDE_PRIMARIES: Final = (ColorPrimaries.BT2020, ColorPrimaries.SMPTE431, ColorPrimaries.SMPTE432)
_HDR_CURVES: Final = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)
# By where the display matrix sends what lies right of and below the first pixel: (right x, right y, below x, below y).
_TURNS: Final[dict[tuple[int, ...], tuple[str, ...]]] = {
    (-1, 0, 0, 1): ("hflip",),
    (1, 0, 0, -1): ("vflip",),
    (-1, 0, 0, -1): ("hflip", "vflip"),
    (0, -1, 1, 0): ("transpose=cclock",),
    (0, 1, -1, 0): ("transpose=clock",),
    (0, 1, 1, 0): ("transpose=cclock_flip",),
    (0, -1, -1, 0): ("transpose=clock_flip",),
}
_MATRIX: Final = struct.Struct("=9i")
_MATRIX_ONE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Shot:
    """`pixel_aspect`: how wide a pixel is for its height."""

    frame: av.VideoFrame
    pixel_aspect: float = 1.0

    @property
    def width(self) -> float:
        """As it is meant to be seen, in rows of the picture."""
        return self.frame.width * self.pixel_aspect

    @property
    def height(self) -> int:
        return self.frame.height


class Brush:
    """For one camera's pictures in the order in which they are shown."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()
        self._graph: Graph | None = None
        self._graph_for: tuple[int, int, str, tuple[str, ...]] | None = None
        self._weaves = False
        self._turn: tuple[str, ...] = ()

    def shots(self, frame: av.VideoFrame, pixel_aspect: Fraction | None) -> list[Shot]:
        """None for a moment where a filter holds the first one back. Raises FFmpegError or ValueError for a picture
        that cannot be put right."""
        aspect = float(pixel_aspect) if pixel_aspect else 1.0
        if not ASPECT_MIN <= aspect <= ASPECT_MAX:
            aspect = 1.0
        turn = self._turn_of(frame)
        if any(step.startswith("transpose") for step in turn):
            aspect = 1 / aspect
        self._weaves = self._weaves or frame.interlaced_frame
        steps = (("bwdif=mode=send_frame:deint=interlaced",) if self._weaves else ()) + turn
        frames = self._filtered(frame, steps) if steps else [frame]
        return [Shot(self._in_programme_colours(one), aspect) for one in frames]

    def _turn_of(self, frame: av.VideoFrame) -> tuple[str, ...]:
        """What a picture says holds until another one says so, or a sequence begins (ITU-T H.264 D.2.27)."""
        # Not `frame.side_data`, which a frame and its data keep each other alive by until the garbage is collected.
        told = SideDataContainer(frame).get("DISPLAYMATRIX")  # type: ignore[call-arg]  # its stub leaves it out
        if isinstance(told, SideData):
            matrix = [round(number / _MATRIX_ONE) for number in _MATRIX.unpack(bytes(told))]
            self._turn = _TURNS.get((*matrix[:2], *matrix[3:5]), ())
        elif frame.key_frame:
            self._turn = ()
        return self._turn

    def _filtered(self, frame: av.VideoFrame, steps: tuple[str, ...]) -> list[av.VideoFrame]:
        wanted = (frame.width, frame.height, frame.format.name, steps)
        if self._graph is None or wanted != self._graph_for:
            self._graph, self._graph_for = _graph(frame, steps), wanted
        self._graph.push(frame)
        filtered: list[av.VideoFrame] = []
        while True:
            try:
                one = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return filtered
            assert isinstance(one, av.VideoFrame)
            if one.pts is not None and one.time_base is not None:  # a filter may count in halves
                one.pts, one.time_base = round(one.pts * one.time_base * 1000), _MILLISECONDS
            filtered.append(one)

    def _in_programme_colours(self, frame: av.VideoFrame) -> av.VideoFrame:
        if frame.color_primaries in _WIDE_PRIMARIES or frame.color_trc in _HDR_CURVES:
            return self._from_wide(frame)
        matrix = _matrix_of(frame)
        if matrix is Colorspace.ITU709 and not frame.format.is_rgb:
            return frame
        return self._scaler.reformat(
            frame,
            format=PIXEL_FORMAT,
            src_colorspace=matrix,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=_range_of(frame),
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )

    def _from_wide(self, frame: av.VideoFrame) -> av.VideoFrame:
        shrink = min(1.0, WIDE_WIDTH_MAX / frame.width, WIDE_HEIGHT_MAX / frame.height)
        return self._scaler.reformat(
            frame,
            max(2, round(frame.width * shrink / 2) * 2),
            max(2, round(frame.height * shrink / 2) * 2),
            PIXEL_FORMAT,
            src_colorspace=_matrix_of(frame),
            dst_colorspace=Colorspace.ITU709,
            src_color_range=_range_of(frame),
            dst_color_range=ColorRange.MPEG,
            dst_color_trc=ColorTrc.BT709,
            dst_color_primaries=ColorPrimaries.BT709,
            threads=1,
        )


def _matrix_of(frame: av.VideoFrame) -> Colorspace:
    if frame.colorspace == _UNSAID and frame.width <= SD_WIDTH_MAX and frame.height <= SD_HEIGHT_MAX:
        return Colorspace.ITU601
    return _MATRICES.get(frame.colorspace, Colorspace.ITU709)


def _range_of(frame: av.VideoFrame) -> ColorRange:
    return ColorRange.JPEG if frame.color_range == ColorRange.JPEG else ColorRange.MPEG


def _graph(frame: av.VideoFrame, steps: tuple[str, ...]) -> Graph:
    graph = Graph()
    nodes = [graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=_MILLISECONDS)]
    for step in steps:
        name, _, arguments = step.partition("=")
        nodes.append(graph.add(name, arguments or None))
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes).configure()
    return graph
