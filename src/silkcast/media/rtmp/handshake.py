"""The plain RTMP handshake: C0 C1 against S0 S1 S2, then C2.

The digest variant only matters to players that demand signed streams; every encoder and platform takes the plain one.
"""

from __future__ import annotations

from typing import Final

from silkcast.media.rtmp.errors import HandshakeError

VERSION: Final = 3
PART_BYTES: Final = 1536
# Time and version fields of zero tell the peer that no digest is hidden in the rest, which nobody checks.
_PLAIN_PART: Final = bytes(8) + bytes(range(1, 255)) * 6 + bytes(4)
assert len(_PLAIN_PART) == PART_BYTES


def hello() -> bytes:
    """C0 and C1."""
    return bytes((VERSION,)) + _PLAIN_PART


def server_answer(received: bytearray) -> bytes | None:
    """S0 S1 S2 once C0 and C1 are there, which are taken out of `received`; None while they are not."""
    _check_version(received)
    if len(received) < 1 + PART_BYTES:
        return None
    echo = bytes(received[1 : 1 + PART_BYTES])
    del received[: 1 + PART_BYTES]
    return bytes((VERSION,)) + _PLAIN_PART + echo


def client_answer(received: bytearray) -> bytes | None:
    """C2 once S0, S1 and S2 are there, which are taken out of `received`; None while they are not."""
    _check_version(received)
    if len(received) < 1 + 2 * PART_BYTES:
        return None
    echo = bytes(received[1 : 1 + PART_BYTES])
    del received[: 1 + 2 * PART_BYTES]
    return echo


def _check_version(received: bytearray) -> None:
    # Version 6 is encrypted RTMPE; anything else is not RTMP at all (HTTP begins with a letter, TLS with 22).
    if received and received[0] != VERSION:
        raise HandshakeError(version=received[0])
