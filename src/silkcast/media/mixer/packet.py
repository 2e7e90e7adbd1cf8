from __future__ import annotations

from fractions import Fraction
from typing import Final

import av
from av.stream import Stream

_MILLISECONDS: Final = Fraction(1, 1000)


def packet(payload: bytes, dts: int, pts: int) -> av.Packet[Stream]:
    """In memory of libav's own: a packet around Python's bytes is freed by a callback that needs the interpreter."""
    made = av.Packet(len(payload))
    made.update(payload)
    made.dts, made.pts, made.time_base = dts, pts, _MILLISECONDS
    return made
