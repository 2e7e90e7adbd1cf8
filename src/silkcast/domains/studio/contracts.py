"""What may leave the domain."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from silkcast.kernel.ids import BaseId, PersonId, ProductId, RoomId, ShowId, SkuId
from silkcast.kernel.typed import decoded


class ShowState(StrEnum):
    """planned -> live -> ended; a show goes on air once."""

    PLANNED = "planned"
    LIVE = "live"
    ENDED = "ended"


class Layout(StrEnum):
    FULL = "full"
    SIDE_BY_SIDE = "side_by_side"
    PICTURE_IN_PICTURE = "picture_in_picture"


class OverlayKind(StrEnum):
    PRICE_CARD = "price_card"
    LABEL = "label"


class LineState(StrEnum):
    WAITING = "waiting"
    ON_PITCH = "on_pitch"
    PITCHED = "pitched"


class Platform(StrEnum):
    """`own_shop` is the base's own channel: it plays the programme's HLS and is pushed to nowhere."""

    TIKTOK = "tiktok"
    AMAZON_LIVE = "amazon_live"
    YOUTUBE = "youtube"
    FACEBOOK = "facebook"
    RTMP = "rtmp"
    OWN_SHOP = "own_shop"


class Presence(StrEnum):
    """What a camera gives the mix; `holding` is its last frame, `slate` stands in for one stalled for longer."""

    LIVE = "live"
    HOLDING = "holding"
    SLATE = "slate"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """How a room's programme is made; the delay line holds it back after the overlays are drawn."""

    width: int = 1280
    height: int = 720
    fps: int = 30
    video_kbps: int = 3000
    preset: str = "veryfast"
    delay_ms: int = 0
    burn_counter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowView:
    """`undrawable`: letters with which its prices are written and that the price card has no glyphs for."""

    id: ShowId
    base_id: BaseId
    number: int
    title: str
    state: ShowState
    room_id: RoomId
    host_id: PersonId | None
    host_name: str
    planned_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    language: str
    currency: str
    undrawable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowList:
    """A page of shows, newest number first, and how many there are in all."""

    items: tuple[ShowView, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView:
    """`position` is the key that puts the camera on air. `presence` is what the room last said, else absent.

    `warnings` are codes of what is odd about its stream, or was about its last one.
    """

    id: UUID
    room_id: RoomId
    name: str
    position: int
    key_ending: str
    presence: Presence = Presence.ABSENT
    is_on_air: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneView:
    id: UUID
    room_id: RoomId
    name: str
    layout: Layout
    camera_ids: tuple[UUID, ...]
    position: int
    is_active: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayView:
    """`is_locked`: the label of a simulated base, which nobody can take off."""

    kind: OverlayKind
    is_visible: bool
    is_locked: bool
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeView:
    show_id: ShowId
    layout: Layout
    camera_ids: tuple[UUID, ...]
    picture: Picture
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PitchView:
    """Times are programme time; `ended_ms` is None while the product is on pitch."""

    id: UUID
    show_id: ShowId
    product_id: ProductId
    line_id: UUID
    started_ms: int
    ended_ms: int | None
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """`pitched_ms`: how long the product has been presented in this show so far, over all its pitches."""

    id: UUID
    product_id: ProductId
    position: int
    state: LineState
    pitch_started_at: datetime | None
    pitched_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationView:
    """`fee_bp` is what the platform keeps of a sale on the day that was asked for; 0 before any was entered.

    `url` shows no user name and no password. `in_new_shows`: a show that is planned goes there without being told.
    """

    id: UUID
    name: str
    platform: Platform
    url: str
    key_ending: str
    fee_bp: int
    fee_from: date | None
    in_new_shows: bool
    shows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDestinationView:
    """A destination as one show uses it. `phase` and what follows come from the room; "off" when it says nothing."""

    id: UUID
    name: str
    platform: Platform
    is_enabled: bool
    attempt: int
    phase: str = "off"
    reason: str = ""
    bytes_acked: int = 0
    tags_dropped: int = 0
    attempts: int = 0
    live_since: datetime | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleView:
    show: ShowView
    room_name: str
    programme: ProgrammeView
    programme_ms: int
    cameras: tuple[CameraView, ...]
    scenes: tuple[SceneView, ...]
    overlays: tuple[OverlayView, ...]
    rundown: tuple[LineView, ...]
    destinations: tuple[ShowDestinationView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What the price card says, in the words in which it says it."""

    sku_id: SkuId
    title: str
    price_words: str
    was_words: str | None
    units_left: int
    units_word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """Where one show is pushed to. The stream key goes to the room and nowhere else; "" where `url` ends with it."""

    id: UUID
    name: str
    url: str
    stream_key: str
    is_enabled: bool
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveShow:
    """A show on air with all that its room must know, but for what its price card says."""

    show: ShowView
    is_simulated: bool
    programme: ProgrammeView
    is_card_visible: bool
    cameras: tuple[CameraView, ...]
    outlets: tuple[Outlet, ...]
    on_pitch: ProductId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestKey:
    key_sha256: str
    room_id: RoomId
    camera_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraState:
    id: str
    state: Presence = Presence.ABSENT
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneState:
    """Who fills the places of the picture now: a camera's id, "slate", or None for an inset that is left out."""

    shown: list[str | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletState:
    """One destination as the room's publisher sees it; times are Unix milliseconds."""

    id: str
    phase: str = "off"
    reason: str | None = None
    bytes_acked: int = 0
    tags_dropped: int = 0
    attempts: int = 0
    live_since_ms: int | None = None
    retry_at_ms: int | None = None


@decoded
@dataclass(frozen=True, slots=True, kw_only=True)
class RoomState:
    """What a room says of itself each second, as far as screens show it."""

    room_id: str
    show_id: str | None = None
    programme_ms: int = 0
    fps: float = 0.0
    ticks: int = 0
    skipped: int = 0
    scene: SceneState = field(default_factory=SceneState)
    cameras: list[CameraState] = field(default_factory=list)
    destinations: list[OutletState] = field(default_factory=list)


class RoomEventKind(StrEnum):
    ROOM_STARTED = "room_started"
    ROOM_STOPPED = "room_stopped"
    CAMERA_CONNECTED = "camera_connected"
    CAMERA_ENDED = "camera_ended"
    CAMERA_LOST = "camera_lost"
    CAMERA_REFUSED = "camera_refused"
    CAMERA_STALLED = "camera_stalled"
    CAMERA_RETURNED = "camera_returned"
    DESTINATION_LIVE = "destination_live"
    DESTINATION_LOST = "destination_lost"
    DESTINATION_ENDED = "destination_ended"
    DESTINATION_REFUSED = "destination_refused"
    ENCODER_SHED = "encoder_shed"
    ENCODER_RESTORED = "encoder_restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomEvent:
    """One line of a room's spool. `subject_id`: the camera's, the destination's, or the room's own."""

    sequence: int
    kind: RoomEventKind
    show_id: ShowId
    subject_id: UUID
    at_ms: int
    programme_ms: int
    reason: str = ""
    preset: str = ""
