"""The room's desired state: what it should show and where to, as one versioned document.

Fields that a newer writer adds are ignored, so that a room of version N-1 can live on through an upgrade.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from silkcast.media.mixer.card import Corner, Graphic, Label, PriceCard
from silkcast.media.mixer.counter import WIDTH_PX
from silkcast.media.mixer.delay import DELAY_MS_MAX
from silkcast.media.mixer.encode import EncoderSettings
from silkcast.media.mixer.layout import Layout
from silkcast.media.room.errors import DocumentInvalid, ShapeIsFixed

CAMERAS_MAX: Final = 8
DESTINATIONS_MAX: Final = 16
OVERLAYS_MAX: Final = 16
STALL_HOLD_MS_MAX: Final = 60_000

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Text = Annotated[str, Meta(max_length=400)]
Preset = Literal["medium", "fast", "faster", "veryfast", "superfast", "ultrafast"]


class CameraEntry(msgspec.Struct, frozen=True):
    """`key` tells a camera's stream keys apart; empty where that is not said."""

    id: Id
    name: Text = ""
    key: Text = ""
    gain: Annotated[float, Meta(ge=0, le=4)] = 1.0  # linear; 0 mutes


class SceneEntry(msgspec.Struct, frozen=True):
    layout: Layout = Layout.FULL
    cameras: Annotated[list[Id], Meta(max_length=CAMERAS_MAX)] = msgspec.field(default_factory=list)


class PriceCardEntry(msgspec.Struct, frozen=True, tag_field="kind", tag="price_card"):
    title: Text
    price: Text
    visible: bool = True
    was: Text | None = ""
    units_left: Annotated[int, Meta(ge=0)] | None = None
    units_word: Text | None = ""
    sku_id: Text | None = ""

    def graphic(self, live_units: int | None) -> Graphic:
        units = self.units_left if live_units is None else live_units
        return PriceCard(self.title, self.price, self.was or "", units, self.units_word or "")


class LabelEntry(msgspec.Struct, frozen=True, tag_field="kind", tag="label"):
    text: Text
    corner: Corner = Corner.TOP_RIGHT
    visible: bool = True

    def graphic(self) -> Graphic:
        return Label(self.text, self.corner)


OverlayEntry = PriceCardEntry | LabelEntry


class DestinationEntry(msgspec.Struct, frozen=True):
    """`server` and `key` are where it is pushed to; a writer of the release before says `url` alone, with both in one.

    An address that makes no sense is its publisher's to refuse, not the room's.
    """

    id: Id
    url: Annotated[str, Meta(max_length=2000)]
    server: Annotated[str, Meta(max_length=2000)] = ""
    key: Annotated[str, Meta(max_length=2000)] = ""
    name: Text = ""
    enabled: bool = True
    attempt: int = 0  # rises when an operator wants this one connection made anew

    @property
    def address(self) -> tuple[str, str]:
        return (self.server, self.key) if self.server else (self.url, "")


class RoomDocument(msgspec.Struct, frozen=True, kw_only=True):
    version: Annotated[int, Meta(ge=0)]
    base_id: Id
    room_id: Id
    show_id: Id
    hls_dir: Annotated[str, Meta(min_length=1, max_length=400)]
    started_at_ms: Annotated[int, Meta(ge=0)] | None = None
    width: Annotated[int, Meta(ge=WIDTH_PX, le=1920, multiple_of=2)] = 1280
    height: Annotated[int, Meta(ge=288, le=1920, multiple_of=2)] = 720
    fps: Literal[24, 25, 30, 50, 60] = 30
    video_kbps: Annotated[int, Meta(ge=200, le=20_000)] = 3000
    audio_kbps: Annotated[int, Meta(ge=64, le=320)] = 128
    preset: Preset = "veryfast"
    delay_ms: Annotated[int, Meta(ge=0, le=DELAY_MS_MAX)] = 0
    stall_hold_ms: Annotated[int, Meta(ge=0, le=STALL_HOLD_MS_MAX)] = 1000
    burn_counter: bool = False
    is_simulated: bool = False  # whose platforms stand on this machine
    cameras: Annotated[list[CameraEntry], Meta(max_length=CAMERAS_MAX)] = msgspec.field(default_factory=list)
    scene: SceneEntry = msgspec.field(default_factory=SceneEntry)
    overlays: Annotated[list[OverlayEntry], Meta(max_length=OVERLAYS_MAX)] = msgspec.field(default_factory=list)
    destinations: Annotated[list[DestinationEntry], Meta(max_length=DESTINATIONS_MAX)] = msgspec.field(
        default_factory=list
    )

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.width, self.height, self.fps

    @property
    def encoder(self) -> EncoderSettings:
        return EncoderSettings(self.width, self.height, self.fps, self.video_kbps, self.preset, self.audio_kbps)

    @property
    def delay_ticks(self) -> int:
        return round(self.delay_ms * self.fps / 1000)

    def hls_folder(self, data: Path) -> Path:
        return data / self.hls_dir

    def graphics(self, live_units: dict[str, int]) -> list[Graphic]:
        """What is to be drawn; `live_units` has the stock by SKU that came since this document."""
        return [
            overlay.graphic(live_units.get(overlay.sku_id or ""))
            if isinstance(overlay, PriceCardEntry)
            else overlay.graphic()
            for overlay in self.overlays
            if overlay.visible
        ]


def read_document(body: Any, room_id: str) -> RoomDocument:
    """The document in `body` (plain values), or DocumentInvalid with a reason that names the field."""
    try:
        document = msgspec.convert(body, RoomDocument)
    except msgspec.ValidationError as error:
        raise DocumentInvalid(reason=str(error)) from error
    _check(document, room_id)
    return document


def check_successor(held: RoomDocument | None, document: RoomDocument) -> None:
    """Raises ShapeIsFixed for what only another show may change."""
    if held is None or held.show_id != document.show_id:
        return
    before, after = (*held.shape, held.audio_kbps), (*document.shape, document.audio_kbps)
    if before != after:
        raise ShapeIsFixed(held="x".join(map(str, before)), wanted="x".join(map(str, after)))


def _check(document: RoomDocument, room_id: str) -> None:
    if document.room_id != room_id:
        raise DocumentInvalid(reason="another room's document - at `$.room_id`")
    cameras = [camera.id for camera in document.cameras]
    destinations = [destination.id for destination in document.destinations]
    scene = document.scene.cameras
    for name, ids in (("cameras", cameras), ("destinations", destinations), ("scene.cameras", scene)):
        if len(set(ids)) != len(ids):
            raise DocumentInvalid(reason=f"an id comes twice - at `$.{name}`")
    if not set(scene) <= set(cameras):
        raise DocumentInvalid(reason="a camera that the room does not have - at `$.scene.cameras`")
    path = PurePosixPath(document.hls_dir)
    if path.is_absolute() or ".." in path.parts:
        raise DocumentInvalid(reason="leaves the data folder - at `$.hls_dir`")
