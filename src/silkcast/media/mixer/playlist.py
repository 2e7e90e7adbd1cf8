"""The HLS media playlist (RFC 8216) as a value: entries in, text out, and text in after a restart."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

WINDOW_SEGMENTS: Final = 8
_NAME: Final = re.compile(r"^[0-9]{8}\.ts$")


@dataclass(frozen=True, slots=True)
class Entry:
    sequence: int
    duration_s: float
    starts_at_ms: int  # UTC, of the first picture
    breaks: bool  # its clocks or codecs do not follow from the segment before

    @property
    def name(self) -> str:
        return segment_name(self.sequence)


@dataclass(frozen=True, slots=True)
class Playlist:
    """`breaks_gone` counts the discontinuities that have left the window, as players must be told."""

    entries: tuple[Entry, ...] = ()
    breaks_gone: int = 0
    is_over: bool = False

    @property
    def next_sequence(self) -> int:
        return self.entries[-1].sequence + 1 if self.entries else 0

    def with_entry(self, entry: Entry) -> Playlist:
        entries = (*self.entries, entry)
        gone = entries[:-WINDOW_SEGMENTS]
        return Playlist(entries[-WINDOW_SEGMENTS:], self.breaks_gone + sum(old.breaks for old in gone))

    def over(self) -> Playlist:
        return replace(self, is_over=True)

    def text(self) -> str:
        longest_s = max((entry.duration_s for entry in self.entries), default=1.0)
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:6",
            f"#EXT-X-TARGETDURATION:{max(1, math.ceil(longest_s - 0.01))}",
            f"#EXT-X-MEDIA-SEQUENCE:{self.entries[0].sequence if self.entries else 0}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{self.breaks_gone}",
            "#EXT-X-INDEPENDENT-SEGMENTS",
        ]
        for entry in self.entries:
            if entry.breaks:
                lines.append("#EXT-X-DISCONTINUITY")
            lines += [
                f"#EXT-X-PROGRAM-DATE-TIME:{_date(entry.starts_at_ms)}",
                f"#EXTINF:{entry.duration_s:.6f},",
                entry.name,
            ]
        if self.is_over:
            lines.append("#EXT-X-ENDLIST")
        return "\n".join(lines) + "\n"


def segment_name(sequence: int) -> str:
    return f"{sequence:08d}.ts"


def sequence_of(name: str) -> int | None:
    """The number in a segment's file name; None for any other file."""
    return int(name[:8]) if _NAME.match(name) else None


def read_playlist(text: str) -> Playlist:
    """A playlist that this module wrote, as if it were not over; raises ValueError on anything else."""
    entries: list[Entry] = []
    gone, duration_s, starts_at_ms, breaks = 0, 0.0, 0, False
    lines: Sequence[str] = text.splitlines()
    if not lines or lines[0] != "#EXTM3U":
        raise ValueError(lines[:1])
    for line in lines:
        tag, _, value = line.partition(":")
        if tag == "#EXT-X-DISCONTINUITY-SEQUENCE":
            gone = int(value)
        elif tag == "#EXT-X-DISCONTINUITY":
            breaks = True
        elif tag == "#EXT-X-PROGRAM-DATE-TIME":
            starts_at_ms = round(datetime.fromisoformat(value).timestamp() * 1000)
        elif tag == "#EXTINF":
            duration_s = float(value.rstrip(","))
        elif not line.startswith("#"):
            sequence = sequence_of(line)
            if sequence is None or (entries and sequence != entries[-1].sequence + 1):
                raise ValueError(line)
            entries.append(Entry(sequence, duration_s, starts_at_ms, breaks))
            breaks = False
    return Playlist(tuple(entries), gone)


def _date(at_ms: int) -> str:
    date = datetime.fromtimestamp(at_ms // 1000, UTC).replace(microsecond=at_ms % 1000 * 1000)
    return date.isoformat(timespec="milliseconds").replace("+00:00", "Z")
