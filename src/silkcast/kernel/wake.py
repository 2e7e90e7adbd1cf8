"""The relay's alarm clock: a datagram that says "something was committed". Lost ones cost a poll's delay, no more."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

from silkcast.kernel.commits import on_commit

NAME = "relay-wake"


def ring_after_commits(path: Path) -> None:
    """From now on every committed run of this process wakes the relay; never waits, never fails."""
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bell.settimeout(0)

    def ring() -> None:
        with contextlib.suppress(OSError):  # nobody is listening, or it is awake already
            bell.sendto(b"!", str(path))

    on_commit(ring)


def listen(path: Path) -> socket.socket:
    """The relay's end; readable whenever somebody rang."""
    path.unlink(missing_ok=True)
    bed = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bed.settimeout(0)
    bed.bind(str(path))
    path.chmod(0o600)
    return bed
