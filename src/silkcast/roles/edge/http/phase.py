from __future__ import annotations

import enum


class Phase(enum.Enum):
    QUIET = enum.auto()  # nothing is under way
    HEAD = enum.auto()
    BODY = enum.auto()
    BUSY = enum.auto()  # a door is answering; what the client asks meanwhile is queued
    LINGERING = enum.auto()  # answered and closed for writing; what still comes is thrown away
