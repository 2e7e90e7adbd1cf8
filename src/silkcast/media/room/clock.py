"""Programme time: ticks since the show began, on one line through restarts of the room."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec


class _Saved(msgspec.Struct):
    show_id: str
    started_at_ms: int
    tick: int


@dataclass(frozen=True, slots=True)
class ShowTime:
    """Maps ticks of a show to UTC. Stamped from the wall clock once; from then on only ticks count."""

    show_id: str
    started_at_ms: int
    fps: int

    def programme_ms(self, tick: int) -> int:
        return tick * 1000 // self.fps

    def at_ms(self, tick: int) -> int:
        return self.started_at_ms + self.programme_ms(tick)


@dataclass(frozen=True, slots=True)
class Resumed:
    show: ShowTime
    tick: int
    is_new: bool  # no process of this room made this show's programme before


def resume(path: Path, *, show_id: str, started_at_ms: int | None, fps: int, now_ms: int) -> Resumed:
    """The show's time and the tick that is next at UTC `now_ms`.

    The time for which a room was away passes in the programme too. No tick ever comes twice, even when the wall
    clock was set back: the saved one is at most a second old, so a second past it is always new.
    """
    saved = _read(path)
    if saved is not None and saved.show_id != show_id:
        saved = None
    if started_at_ms is None:
        started_at_ms = saved.started_at_ms if saved is not None else now_ms
    by_wall = max(0, (now_ms - started_at_ms) * fps // 1000)
    tick = by_wall if saved is None else max(by_wall, saved.tick + fps + 1)
    return Resumed(ShowTime(show_id, started_at_ms, fps), tick, is_new=saved is None)


def save(path: Path, show: ShowTime, tick: int) -> None:
    """To be called once a second."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(msgspec.json.encode(_Saved(show.show_id, show.started_at_ms, tick)))
    os.replace(draft, path)


def _read(path: Path) -> _Saved | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Saved)
    except (OSError, msgspec.MsgspecError):
        return None
