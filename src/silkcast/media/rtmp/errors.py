"""What goes wrong on an RTMP connection, drawn as a tree; whatever a peer sends, nothing else is raised.

RtmpError
├── HandshakeError    the first bytes are not RTMP
├── ChunkError        the chunk stream contradicts itself: the rest cannot be read
├── TooLarge          well formed, but past a bound of ours
├── AmfError          a value that cannot be read
├── CommandError      a command that makes no sense now, or lacks what it needs
└── StateError        an exported session that cannot be taken up again
"""

from __future__ import annotations

from typing import ClassVar


class RtmpError(Exception):
    """The connection is of no further use; `code` is stable, `facts` say which limit or value it was."""

    code: ClassVar[str] = "rtmp.error"

    def __init__(self, **facts: str | int) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code} {self.facts}" if self.facts else self.code


class HandshakeError(RtmpError):
    code = "rtmp.handshake"


class ChunkError(RtmpError):
    code = "rtmp.chunk"


class TooLarge(RtmpError):
    code = "rtmp.too_large"


class AmfError(RtmpError):
    code = "rtmp.amf"


class CommandError(RtmpError):
    code = "rtmp.command"


class StateError(RtmpError):
    code = "rtmp.state"


class AddressError(RtmpError):
    code = "rtmp.address"
