"""What the console's templates see row by row: tuples, so that a row that is as it was is not drawn again."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from silkcast.kernel.money import Money


class OrderRow(NamedTuple):
    id: UUID
    number: int
    at: datetime
    units: int
    total: Money
    state: str
    state_words: str
    merchant_name: str


class CommentRow(NamedTuple):
    id: str
    at: datetime
    name: str
    text: str


class OverlayRow(NamedTuple):
    kind: str
    name: str
    detail: str
    visible: bool
    locked: bool


class CameraWarning(NamedTuple):
    code: str
    words: str


class CameraRow(NamedTuple):
    id: UUID
    name: str
    key: int
    state: str
    state_words: str
    picture_url: str
    on_air: bool
    warnings: tuple[CameraWarning, ...] = ()


class SceneRow(NamedTuple):
    id: UUID
    key: int
    name: str
    layout: str
    cameras: tuple[UUID, ...]
    active: bool


class Scene(NamedTuple):
    """What is on air. `all_cameras` begins with those, so that a layout of two finds its second."""

    layout: str
    cameras: tuple[UUID, ...]
    all_cameras: tuple[UUID, ...]
