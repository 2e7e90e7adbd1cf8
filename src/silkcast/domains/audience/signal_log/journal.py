"""A few records that a process must find again, in one file: each is synced, and half a record is as none."""

from __future__ import annotations

import os
from pathlib import Path

from silkcast.domains.audience.signal_log.errors import LogDamaged
from silkcast.domains.audience.signal_log.frames import Broken, frame, has_frame_after, read_frames


class Journal:
    """Opening reads it all and cuts a torn tail; raises LogDamaged where anything else is broken."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self.records: list[bytes] = []
        self._end = 0
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            for found in read_frames(file, start=0, end=size):
                if isinstance(found, Broken):
                    if has_frame_after(file, offset=found.offset, end=size):
                        raise LogDamaged(file=str(path), offset=found.offset, reason=found.reason)
                    break
                self.records.append(found.payload)
                self._end = found.end
        os.ftruncate(self._file, self._end)

    def append(self, record: bytes) -> None:
        """Raises OSError, and then nothing was added."""
        raw = frame(len(self.records) + 1, record)
        try:
            written = os.pwrite(self._file, raw, self._end)
            if written < len(raw):
                os.pwrite(self._file, raw[written:], self._end + written)
            os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, self._end)
            raise
        self.records.append(record)
        self._end += len(raw)

    def close(self) -> None:
        os.close(self._file)
