"""The programme picture: planes that the mixer paints and that the encoder reads without a copy."""

from __future__ import annotations

import collections
import threading
from dataclasses import dataclass
from typing import Final, cast

import av
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]
PIXEL_FORMAT: Final = "yuv420p"
BLACK: Final = (16, 128, 128)  # limited range, as every picture of the programme


@dataclass(frozen=True, slots=True)
class Picture:
    """Y, U and V of a yuv420p picture, as views of whatever memory holds it."""

    y: Plane
    u: Plane
    v: Plane

    @property
    def width(self) -> int:
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        return int(self.y.shape[0])

    def region(self, x: int, y: int, width: int, height: int) -> Picture:
        """A view of an even-aligned rectangle; writing to it writes here."""
        assert not (x | y | width | height) & 1, "4:2:0 has one colour sample for 2x2 pixels"
        rows, columns = slice(y, y + height), slice(x, x + width)
        half_rows, half_columns = slice(y // 2, (y + height) // 2), slice(x // 2, (x + width) // 2)
        return Picture(self.y[rows, columns], self.u[half_rows, half_columns], self.v[half_rows, half_columns])

    def paste(self, source: Picture) -> None:
        np.copyto(self.y, source.y)
        np.copyto(self.u, source.u)
        np.copyto(self.v, source.v)

    def fill(self, colour: tuple[int, int, int]) -> None:
        for plane, value in zip((self.y, self.u, self.v), colour, strict=True):
            plane.fill(value)


def picture_of(frame: av.VideoFrame) -> Picture:
    """Views of a yuv420p frame's planes; the rows' padding is left out."""
    planes = []
    for plane in frame.planes:
        # Planes have the buffer protocol, which their stubs cannot say.
        rows = np.frombuffer(cast("memoryview", plane), dtype=np.uint8).reshape(plane.height, plane.line_size)
        planes.append(rows[:, : plane.width])
    return Picture(*planes)


class Canvas:
    """One picture of the programme together with the frame that the encoder takes."""

    __slots__ = ("frame", "picture")

    def __init__(self, width: int, height: int) -> None:
        self.frame = av.VideoFrame(width, height, PIXEL_FORMAT)
        self.picture = picture_of(self.frame)


class CanvasPool:
    """Canvases used again and again: a fresh 1.4 MB a tick would cost page faults, not only memory.

    The bound is on those kept, not on those lent: a lent canvas is always somebody's who counts.
    """

    def __init__(self, width: int, height: int, *, spare_max: int) -> None:
        self._shape = (width, height)
        self._spare: collections.deque[Canvas] = collections.deque(maxlen=spare_max)
        self._lock = threading.Lock()

    def take(self) -> Canvas:
        """A canvas whose content is undefined."""
        with self._lock:
            if self._spare:
                return self._spare.pop()
        return Canvas(*self._shape)

    def give_back(self, canvas: Canvas) -> None:
        with self._lock:
            self._spare.append(canvas)
