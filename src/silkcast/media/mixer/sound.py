"""Sound of the programme: each camera's samples at the room's pace, summed and kept below the ceiling.

All sound is 48 kHz stereo float32, shaped (2, samples). The mix exists on every tick: what is missing is silence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
RATE_HZ: Final = 48_000
CHANNELS: Final = 2
PER_MS: Final = RATE_HZ / 1000

RING_SAMPLES: Final = 2 * RATE_HZ  # two seconds; what is older than that is overwritten
FADE_SAMPLES: Final = 240  # 5 ms: shorter clicks, longer is heard as a fade
GAP_SAMPLES_MAX: Final = round(60 * PER_MS)  # stamps are whole milliseconds, and some encoders round worse
SKEW_SHARE: Final = 1 / 64  # of each chunk's deviation, so that the rounding averages out
STRETCH_MAX: Final = 0.005
STEER_SAMPLES: Final = 24  # half a millisecond off is left alone, and copied without resampling
SETTLED_SAMPLES: Final = 2
JUMP_SAMPLES: Final = round(80 * PER_MS)

_RISE: Final = np.linspace(0, 1, FADE_SAMPLES, dtype=np.float32)
_FALL: Final = _RISE[::-1].copy()


def silence(samples: int) -> Samples:
    return np.zeros((CHANNELS, samples), np.float32)


class SoundTrack:
    """One camera's sound between its decoder, which writes by stamp, and the mix, which reads by the tick."""

    def __init__(self) -> None:
        self._ring = silence(RING_SAMPLES)
        self.clear()

    def clear(self) -> None:
        """Forget what is buffered; a new epoch begins."""
        self._end = 0  # index of the next sample to be written; grows for ever, the ring holds its last part
        self._skew: float | None = None  # index that a stamp of 0 would have
        self._at = 0.0
        self._placed = False
        self._steering = False
        self._sounding = False

    def write(self, samples: Samples, stamp_ms: float) -> None:
        count = samples.shape[1]
        if not 0 < count <= RING_SAMPLES:
            return
        measured = self._end - stamp_ms * PER_MS
        if self._skew is None:
            self._skew = measured
        elif measured - self._skew < -GAP_SAMPLES_MAX:
            # Sound was lost on the way: keep its place with silence, so that what follows stays in sync.
            self._put(silence(min(round(self._skew - measured), RING_SAMPLES)))
        elif measured - self._skew > GAP_SAMPLES_MAX:
            self._skew = measured
        else:
            self._skew += (measured - self._skew) * SKEW_SHARE
        self._put(samples)

    def read(self, stamp_ms: float, count: int) -> Samples | None:
        """The next `count` samples, aimed at the camera's time `stamp_ms`; None for silence.

        Deviation is steered away by at most 0.5 % of pace; past 80 ms, or where there is nothing to play while
        steering, it jumps, faded on both sides.
        """
        if self._skew is None:
            return None
        target = stamp_ms * PER_MS + self._skew
        ran_dry = target < self._at and self._at + count > self._end
        if not self._placed or ran_dry or abs(target - self._at) > JUMP_SAMPLES:
            self._at = float(round(target))
            self._placed, self._steering, self._sounding = True, False, False
        step = self._pace(target - self._at, count)
        block = self._taken(step, count)
        self._at += step * count
        return block

    def _pace(self, deviation: float, count: int) -> float:
        if abs(deviation) > STEER_SAMPLES:
            self._steering = True
        elif abs(deviation) < SETTLED_SAMPLES and self._steering:
            self._steering = False
            self._at = float(round(self._at))
        if not self._steering:
            return 1.0
        return 1.0 + max(-STRETCH_MAX, min(STRETCH_MAX, deviation / (16 * count)))

    def _taken(self, step: float, count: int) -> Samples | None:
        first = math.floor(self._at)
        if first < max(0, self._end - RING_SAMPLES + 2):
            self._sounding = False
            return None
        whole = step == 1.0 and self._at == first
        reach = 0 if whole else 3  # interpolation looks one sample back and two ahead
        ready = min(count, int((self._end - reach - self._at) / step))
        if ready <= 0:
            self._sounding = False
            return None
        block = self._copied(first, ready) if whole else self._interpolated(step, ready)
        return self._faded(block, count)

    def _faded(self, block: Samples, count: int) -> Samples:
        if not self._sounding:
            rise = min(FADE_SAMPLES, block.shape[1])
            block[:, :rise] *= _RISE[:rise]
        self._sounding = block.shape[1] == count
        if self._sounding:
            return block
        fall = min(FADE_SAMPLES, block.shape[1])
        block[:, -fall:] *= _FALL[-fall:]
        padded = silence(count)
        padded[:, : block.shape[1]] = block
        return padded

    def _interpolated(self, step: float, count: int) -> Samples:
        """Catmull-Rom through four samples: flat to 10 kHz at these ratios, which is all that drift needs."""
        first = math.floor(self._at) - 1
        exact = self._at - first + np.arange(count) * step
        index = exact.astype(np.intp)
        t = (exact - index).astype(np.float32)
        source = self._copied(first, int(index[-1]) + 3)
        a, b, c, d = (source[:, index + shift] for shift in (-1, 0, 1, 2))
        result: Samples = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
        return result

    def _copied(self, first: int, count: int) -> Samples:
        start = first % RING_SAMPLES
        if start + count <= RING_SAMPLES:
            return self._ring[:, start : start + count].copy()
        return np.concatenate((self._ring[:, start:], self._ring[:, : start + count - RING_SAMPLES]), axis=1)

    def _put(self, samples: Samples) -> None:
        count = samples.shape[1]
        start = self._end % RING_SAMPLES
        head = min(count, RING_SAMPLES - start)
        self._ring[:, start : start + head] = samples[:, :head]
        self._ring[:, : count - head] = samples[:, head:]
        self._end += count


class SoundMix:
    """Sums the cameras and keeps the sum below the ceiling: down at once, up again over a second."""

    CEILING: Final = 0.97
    RELEASE_S: Final = 1.0

    def __init__(self, samples_per_tick: int) -> None:
        self._count = samples_per_tick
        self._gain = 1.0
        self._last: dict[str, Samples] = {}

    def mix(self, blocks: Mapping[str, Samples | None], gains: Mapping[str, float] | None = None) -> Samples:
        """One tick of programme sound; `gains` are linear, 1.0 where not given."""
        total = silence(self._count)
        last: dict[str, Samples] = {}
        for name, block in blocks.items():
            if block is not None:
                total += block * np.float32((gains or {}).get(name, 1.0))
                last[name] = block[:, -1:]
        self._let_ring_out(total, (self._last[name] for name in self._last.keys() - last.keys()))
        self._last = last
        self._limit(total)
        return total

    def _let_ring_out(self, total: Samples, ends: Iterable[Samples]) -> None:
        # A camera cut off in mid-wave would click; its last value falls to zero instead.
        fall = min(FADE_SAMPLES, self._count)
        for end in ends:
            total[:, :fall] += end * _FALL[-fall:]

    def _limit(self, total: Samples) -> None:
        peak = float(np.abs(total).max(initial=0.0))
        released = min(1.0, self._gain + self._count / RATE_HZ / self.RELEASE_S)
        wanted = min(released, self.CEILING / peak) if peak > 0 else released
        if wanted == 1.0 and self._gain == 1.0:
            return
        if wanted < self._gain:
            total *= np.float32(wanted)  # at once: a ramp would let the first wave through
        else:
            total *= np.linspace(self._gain, wanted, self._count, dtype=np.float32)
        self._gain = wanted
