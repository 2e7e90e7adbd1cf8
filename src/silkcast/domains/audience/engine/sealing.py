"""Sealed windows, and the one way to write them down: the same bytes wherever and however they were counted.

A minute is sealed once the watermark, the receipt of everything before which has been counted, is `SEAL_AFTER_MS` past
its end. Late signals are not dropped: the minute's line changes, and says how many were late. Whether a signal is late
follows from its own two stamps and from nothing else, so no order and no batching can change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import msgspec

from silkcast.domains.audience.engine.metrics import MINUTE_MS, SEAL_AFTER_MS, Minute

_encode = msgspec.json.Encoder(order="deterministic").encode


def sealed(minutes: Iterable[Minute], watermark_ms: int) -> tuple[Minute, ...]:
    return tuple(minute for minute in minutes if minute.minute_ms + MINUTE_MS + SEAL_AFTER_MS <= watermark_ms)


def export(base_id: str, shows: Mapping[str, Sequence[Minute]]) -> bytes:
    """One line of JSON a window, by show and time; whole numbers only, keys in order."""
    lines = [
        _encode({"base_id": base_id, "show_id": show_id, **asdict(minute)})
        for show_id in sorted(shows)
        for minute in sorted(shows[show_id], key=lambda minute: minute.minute_ms)
    ]
    return b"".join(line + b"\n" for line in lines)
