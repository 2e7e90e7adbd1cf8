"""Facts of shows, programmes and rooms. `programme_ms` is the show's own time; `at_ms` is when a room saw it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from silkcast.kernel.events import Event, event
from silkcast.kernel.ids import ProductId, RoomId, ShowId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPlanned(Event):
    topic: ClassVar[str] = "studio.show_planned"
    subject: ClassVar[str] = "show_id"
    show_id: ShowId
    room_id: RoomId
    number: int
    planned_at: datetime | None


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ShowWentLive(Event):
    """Programme time starts at `started_at`."""

    topic: ClassVar[str] = "studio.show_went_live"
    subject: ClassVar[str] = "show_id"
    show_id: ShowId
    room_id: RoomId
    started_at: datetime


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ShowEnded(Event):
    topic: ClassVar[str] = "studio.show_ended"
    subject: ClassVar[str] = "show_id"
    show_id: ShowId
    room_id: RoomId
    started_at: datetime
    ended_at: datetime


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class SceneSwitched(Event):
    topic: ClassVar[str] = "studio.scene_switched"
    subject: ClassVar[str] = "show_id"
    show_id: ShowId
    layout: str
    camera_ids: tuple[UUID, ...]
    programme_ms: int


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayChanged(Event):
    topic: ClassVar[str] = "studio.overlay_changed"
    subject: ClassVar[str] = "show_id"
    show_id: ShowId
    kind: str
    visible: bool
    programme_ms: int


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class RundownArranged(Event):
    """A line was added, moved or removed; `position` is where it stands now, None when it is gone."""

    topic: ClassVar[str] = "studio.rundown_arranged"
    subject: ClassVar[str] = "show_id"
    show_id: ShowId
    change: str
    line_id: UUID
    product_id: ProductId
    position: int | None


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PitchStarted(Event):
    topic: ClassVar[str] = "studio.pitch_started"
    subject: ClassVar[str] = "show_id"
    show_id: ShowId
    pitch_id: UUID
    line_id: UUID
    product_id: ProductId
    started_ms: int


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PitchEnded(Event):
    topic: ClassVar[str] = "studio.pitch_ended"
    subject: ClassVar[str] = "show_id"
    show_id: ShowId
    pitch_id: UUID
    line_id: UUID
    product_id: ProductId
    started_ms: int
    ended_ms: int


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDestinationSet(Event):
    """The show is pushed to the destination, or no longer; `attempt` rose when the crew asked to try again."""

    topic: ClassVar[str] = "studio.show_destination_set"
    subject: ClassVar[str] = "show_id"
    show_id: ShowId
    destination_id: UUID
    enabled: bool
    attempt: int


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAdded(Event):
    topic: ClassVar[str] = "studio.camera_added"
    subject: ClassVar[str] = "room_id"
    room_id: RoomId
    camera_id: UUID


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRotated(Event):
    """The camera has a new stream key, and the old one opens nothing any more."""

    topic: ClassVar[str] = "studio.camera_rotated"
    subject: ClassVar[str] = "room_id"
    room_id: RoomId
    camera_id: UUID


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRemoved(Event):
    topic: ClassVar[str] = "studio.camera_removed"
    subject: ClassVar[str] = "room_id"
    room_id: RoomId
    camera_id: UUID


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class SceneAdded(Event):
    topic: ClassVar[str] = "studio.scene_added"
    subject: ClassVar[str] = "room_id"
    room_id: RoomId
    scene_id: UUID


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class SceneRemoved(Event):
    topic: ClassVar[str] = "studio.scene_removed"
    subject: ClassVar[str] = "room_id"
    room_id: RoomId
    scene_id: UUID


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPictureSet(Event):
    """How the room's programme is made changed; on a show on air only the delay can."""

    topic: ClassVar[str] = "studio.room_picture_set"
    subject: ClassVar[str] = "room_id"
    room_id: RoomId
    show_id: ShowId | None
    delay_ms: int


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationSet(Event):
    """A destination was added or changed, or its fee was: `fee_bp` holds from `fee_from` on."""

    topic: ClassVar[str] = "studio.destination_set"
    subject: ClassVar[str] = "destination_id"
    destination_id: UUID
    platform: str
    fee_bp: int
    fee_from: date


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationRemoved(Event):
    topic: ClassVar[str] = "studio.destination_removed"
    subject: ClassVar[str] = "destination_id"
    destination_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Event):
    """What a room saw by itself, while that show was on air."""

    subject: ClassVar[str] = "show_id"
    show_id: ShowId
    room_id: RoomId
    at_ms: int
    programme_ms: int


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class RoomStarted(Seen):
    """The room's process makes the programme: from the start of the show, or again after it broke down."""

    topic: ClassVar[str] = "studio.room_started"


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class RoomStopped(Seen):
    topic: ClassVar[str] = "studio.room_stopped"


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class CameraConnected(Seen):
    """Its first picture has been seen."""

    topic: ClassVar[str] = "studio.camera_connected"
    camera_id: UUID


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class CameraLost(Seen):
    topic: ClassVar[str] = "studio.camera_lost"
    camera_id: UUID
    reason: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class CameraEnded(Seen):
    """The encoder said goodbye, or we hung up because somebody wanted it: the camera was removed, its key made anew."""

    topic: ClassVar[str] = "studio.camera_ended"
    camera_id: UUID
    reason: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRefused(Seen):
    """An encoder with a valid key was turned away: its pictures are of no use, or another encoder has the camera."""

    topic: ClassVar[str] = "studio.camera_refused"
    camera_id: UUID
    reason: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class CameraStalled(Seen):
    """The camera is connected and sends no pictures; the slate stands in for it."""

    topic: ClassVar[str] = "studio.camera_stalled"
    camera_id: UUID


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class CameraReturned(Seen):
    topic: ClassVar[str] = "studio.camera_returned"
    camera_id: UUID


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationLive(Seen):
    """A platform takes the stream: the first time, or again after it was lost."""

    topic: ClassVar[str] = "studio.destination_live"
    destination_id: UUID


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationLost(Seen):
    topic: ClassVar[str] = "studio.destination_lost"
    destination_id: UUID
    reason: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationEnded(Seen):
    """We took leave of a platform that was live: the show is over, or somebody switched it off or had it made anew."""

    topic: ClassVar[str] = "studio.destination_ended"
    destination_id: UUID


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationRefused(Seen):
    """The platform does not want this stream, a wrong key most often: somebody has to look."""

    topic: ClassVar[str] = "studio.destination_refused"
    destination_id: UUID
    reason: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderShed(Seen):
    """The machine is too busy for the wished quality; the encoder works with a faster preset to keep every frame."""

    topic: ClassVar[str] = "studio.encoder_shed"
    preset: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderRestored(Seen):
    topic: ClassVar[str] = "studio.encoder_restored"
    preset: str
