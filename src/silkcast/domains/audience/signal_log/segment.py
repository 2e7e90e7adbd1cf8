"""One file of the log, and what is known of it without reading it: which shows and which id buckets lie inside.

A finished segment has that written beside it; where the note is missing or damaged, it is made again from the segment.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias, TypeVar

import msgspec

from silkcast.domains.audience.engine.batch import Batch, Ids, Names, distinct
from silkcast.domains.audience.engine.identity import bucket_of
from silkcast.domains.audience.signal_log.columns import decode
from silkcast.domains.audience.signal_log.errors import LogDamaged
from silkcast.domains.audience.signal_log.frames import Broken, Frame, has_frame_after, read_frames

SUFFIX = ".seg"
NOTE_SUFFIX = ".note"

Read = TypeVar("Read", Batch, Ids)
Decode: TypeAlias = Callable[[bytes, Names], Read]


class Contents(msgspec.Struct, kw_only=True):
    """What lies in a segment. `first` and `next` are sequence numbers: of its first record, and after its last."""

    first: int
    next: int
    bytes: int = 0
    rows: int = 0
    received_ms: int = 0
    shows: set[str] = msgspec.field(default_factory=set)
    buckets: set[int] = msgspec.field(default_factory=set)

    def add(self, batch: Batch, *, end: int) -> None:
        self.next += 1
        self.bytes = end
        self.rows += len(batch)
        self.received_ms = max(self.received_ms, int(batch.received_ms.max(initial=0)))
        self.shows.update(batch.show_names())
        self.buckets.update(distinct(bucket_of(batch.id_high)).tolist())


def path_of(folder: Path, first: int) -> Path:
    return folder / f"{first:020d}{SUFFIX}"


def read_batches(
    path: Path, contents: Contents, names: Names, decode: Decode[Read], *, since: int = 1, until: int
) -> Iterator[Read]:
    """What `decode` makes of the records from sequence `since` to before `until`.

    Raises LogDamaged at the first changed one.
    """
    with path.open("rb") as file:
        sequence = contents.first
        for found in read_frames(file, start=0, end=contents.bytes):
            if sequence >= until:
                return
            raw = _payload(path, found, sequence)
            if sequence >= since:
                yield decoded(str(path), found.offset, raw, names, decode)
            sequence += 1


def _payload(path: Path, found: Frame | Broken, sequence: int) -> bytes:
    if isinstance(found, Broken):
        raise LogDamaged(file=str(path), offset=found.offset, reason=found.reason)
    if found.sequence != sequence:
        raise LogDamaged(file=str(path), offset=found.offset, reason="sequence")
    return found.payload


def decoded(file: str, offset: int, payload: bytes, names: Names, decode: Decode[Read]) -> Read:
    """`file` and `offset` say where a payload lies that is no record."""
    try:
        return decode(payload, names)
    except ValueError as error:
        raise LogDamaged(file=file, offset=offset, reason="columns") from error


def survey(path: Path, first: int, *, may_be_torn: bool) -> Contents:
    """Read a whole segment. A torn tail ends it early where there may be one; all else that is broken is damage."""
    contents = Contents(first=first, next=first)
    names = Names()
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        for found in read_frames(file, start=0, end=size):
            if isinstance(found, Broken) and may_be_torn and not has_frame_after(file, offset=found.offset, end=size):
                break
            end = found.end if isinstance(found, Frame) else found.offset
            raw = _payload(path, found, contents.next)
            contents.add(decoded(str(path), found.offset, raw, names, decode), end=end)
    return contents


def write_note(path: Path, contents: Contents) -> None:
    raw = msgspec.msgpack.encode(contents)
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(zlib.crc32(raw).to_bytes(4) + raw)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path.with_suffix(NOTE_SUFFIX))


def read_note(path: Path) -> Contents | None:
    """None where there is none that can be believed."""
    try:
        raw = path.with_suffix(NOTE_SUFFIX).read_bytes()
        if zlib.crc32(raw[4:]).to_bytes(4) != raw[:4]:
            return None
        contents = msgspec.msgpack.decode(raw[4:], type=Contents)
    except (OSError, msgspec.MsgspecError):
        return None
    return contents if contents.bytes == path.stat().st_size else None
