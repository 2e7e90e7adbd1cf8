"""One supervisor for one data folder: two would start every role twice and fight over its sockets."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from silkcast.supervisor.errors import AlreadyRunning, FolderUnusable

NAME = "supervisor.lock"


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Raises AlreadyRunning with the holder's pid. The lock goes with the process, however it ends."""
    try:
        handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FolderUnusable(folder=str(folder), reason=error.strerror or str(error)) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
            raise AlreadyRunning(folder=str(folder), pid=pid or "?") from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(handle)
