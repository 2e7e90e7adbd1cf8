"""A body as it comes: small parts share a buffer, since a list of crumbs is many times as large as they are."""

from __future__ import annotations

CRUMB_BYTES = 64
GATHERED_BYTES = 64 * 1024


class Parts:
    def __init__(self) -> None:
        self.crumbs = 0  # parts so small that each costs as much as a large one
        self._parts: list[bytes | bytearray] = []

    def add(self, part: bytes) -> None:
        self.crumbs += len(part) < CRUMB_BYTES
        last = self._parts[-1] if self._parts else b""
        if isinstance(last, bytearray) and len(last) < GATHERED_BYTES:
            last += part
        else:  # what comes in one piece is not copied
            self._parts.append(bytearray(part) if self._parts else part)

    def whole(self) -> bytes:
        return b"".join(self._parts)
