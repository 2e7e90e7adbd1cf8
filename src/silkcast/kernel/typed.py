"""Dataclasses that are read back from bytes. Free of Django."""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")


def decoded(kind: type[T]) -> type[T]:
    """Have msgspec learn a dataclass at import, before there are threads.

    It notes a class as known before it has noted the fields, so two threads that met one at the same moment ended the
    process with a segmentation fault (0.22.0).
    """
    msgspec.json.Decoder(kind)
    return kind
