"""Overlays as cached planes: text is drawn when it changes, and only blended when a picture goes by."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from silkcast.media.mixer.canvas import Picture, Plane

_Wide = npt.NDArray[np.uint16]

# BT.709, limited range, from R, G and B of 0..255.
_TO_YUV: Final = np.array(
    [
        [0.2126 * 219 / 255, 0.7152 * 219 / 255, 0.0722 * 219 / 255],
        [-0.2126 / 1.8556 * 224 / 255, -0.7152 / 1.8556 * 224 / 255, 0.5 * 224 / 255],
        [0.5 * 224 / 255, -0.7152 / 1.5748 * 224 / 255, -0.0722 / 1.5748 * 224 / 255],
    ],
    dtype=np.float32,
)
_OFFSETS: Final = np.array([16, 128, 128], dtype=np.float32)


class _Layer:
    """One plane of an overlay: `out = round((under * (255 - alpha) + over * alpha) / 255)`, exactly.

    What does not depend on the picture below is computed once; the scratch planes are kept, since a fresh
    quarter megabyte a tick costs more than the arithmetic.
    """

    def __init__(self, over: Plane, alpha: Plane) -> None:
        self._under_weight: _Wide = 255 - alpha.astype(np.uint16)
        # 128 rounds; see _div255.
        self._over_weighted: _Wide = over.astype(np.uint16) * alpha + 128
        self._sum: _Wide = np.empty(over.shape, np.uint16)
        self._carry: _Wide = np.empty(over.shape, np.uint16)

    def blend(self, under: Plane) -> None:
        np.multiply(under, self._under_weight, out=self._sum, dtype=np.uint16)
        np.add(self._sum, self._over_weighted, out=self._sum)
        # x / 255 rounded, for x <= 65025, is (x + 128 + (x + 128 >> 8)) >> 8; it never leaves 16 bits.
        np.right_shift(self._sum, 8, out=self._carry)
        np.add(self._sum, self._carry, out=self._sum)
        np.right_shift(self._sum, 8, out=under, casting="unsafe")


class Overlay:
    """A graphic at an even position. Blends are for one thread: the scratch planes are shared between them."""

    def __init__(self, rgba: npt.NDArray[np.uint8], x: int, y: int) -> None:
        """`rgba` is height x width x 4 with even sides, not premultiplied."""
        height, width, _ = rgba.shape
        assert not (x | y | width | height) & 1, "an overlay starts and ends on a colour sample"
        self.x, self.y, self.width, self.height = x, y, width, height
        over, alpha = planes_of(rgba)
        small_alpha = _quarter(alpha.astype(np.float32)).round().astype(np.uint8)
        self._layers = (_Layer(over.y, alpha), _Layer(over.u, small_alpha), _Layer(over.v, small_alpha))

    def blend(self, target: Picture) -> None:
        region = target.region(self.x, self.y, self.width, self.height)
        for layer, plane in zip(self._layers, (region.y, region.u, region.v), strict=True):
            layer.blend(plane)


def planes_of(rgba: npt.NDArray[np.uint8]) -> tuple[Picture, Plane]:
    """The picture in the programme's colours, and its alpha at full size.

    Colour samples average their four pixels by alpha, so that what is transparent does not bleed into edges.
    """
    alpha = rgba[..., 3]
    yuv = rgba[..., :3].astype(np.float32) @ _TO_YUV.T + _OFFSETS
    weight = alpha.astype(np.float32) + np.float32(1e-3)
    weights = _quarter(weight)
    u, v = (_octets(_quarter(yuv[..., channel] * weight) / weights) for channel in (1, 2))
    return Picture(_octets(yuv[..., 0]), u, v), alpha


def _octets(plane: npt.NDArray[np.float32]) -> Plane:
    return plane.round().clip(0, 255).astype(np.uint8)


def _quarter(plane: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The mean of each 2x2 pixels. Four strided sums: a reduction over two axes takes five times as long."""
    upper, lower = plane[0::2], plane[1::2]
    return (upper[:, 0::2] + upper[:, 1::2] + lower[:, 0::2] + lower[:, 1::2]) * np.float32(0.25)
