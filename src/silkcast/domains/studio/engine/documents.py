"""The documents that other processes follow: what one room shows and sends, and which keys open the RTMP port.

Both are whole: applying the newest is enough, whatever was missed before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, TypedDict
from uuid import UUID

from silkcast.domains.studio.contracts import CardFacts, IngestKey, LiveShow
from silkcast.domains.studio.engine.scenes import with_spares

STALL_HOLD_MS = 1000  # a stalled camera's last frame stays this long before the slate
SIMULATED_LABEL = "SIMULATED 模拟"
SIMULATED_CORNER = "top_right"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class CameraEntry(TypedDict):
    """`key`: the end of its stream key; where that changes, whoever came with the old one is hung up on."""

    id: str
    name: str
    key: str


class SceneEntry(TypedDict):
    layout: str
    cameras: list[str]


class CardOverlay(TypedDict):
    kind: Literal["price_card"]
    visible: bool
    title: str
    price: str
    was: str
    units_left: int
    units_word: str
    sku_id: str


class LabelOverlay(TypedDict):
    kind: Literal["label"]
    visible: bool
    text: str
    corner: str


class DestinationEntry(TypedDict):
    """`url` has server and key in one, for rooms of the release before."""

    id: str
    name: str
    url: str
    server: str
    key: str
    enabled: bool
    attempt: int


class RoomDocument(TypedDict):
    version: int
    base_id: str
    room_id: str
    show_id: str
    started_at_ms: int
    width: int
    height: int
    fps: int
    video_kbps: int
    preset: str
    delay_ms: int
    burn_counter: bool
    is_simulated: bool
    cameras: list[CameraEntry]
    scene: SceneEntry
    stall_hold_ms: int
    overlays: list[CardOverlay | LabelOverlay]
    destinations: list[DestinationEntry]
    hls_dir: str


class IngestCamera(TypedDict):
    key_sha256: str
    room_id: str
    camera_id: str


class IngestDocument(TypedDict):
    version: int
    cameras: list[IngestCamera]


def room_document(live: LiveShow, card: CardFacts | None) -> RoomDocument:
    """What the room of a show on air must be doing now. `card` is about the product on pitch, None between pitches."""
    show, programme, picture = live.show, live.programme, live.programme.picture
    assert show.started_at is not None, "only a show on air has a room document"
    present = [camera.id for camera in live.cameras]
    return RoomDocument(
        version=programme.version,
        base_id=str(show.base_id),
        room_id=str(show.room_id),
        show_id=str(show.id),
        started_at_ms=unix_ms(show.started_at),
        width=picture.width,
        height=picture.height,
        fps=picture.fps,
        video_kbps=picture.video_kbps,
        preset=picture.preset,
        delay_ms=picture.delay_ms,
        burn_counter=picture.burn_counter,
        is_simulated=live.is_simulated,
        cameras=[CameraEntry(id=str(camera.id), name=camera.name, key=camera.key_ending) for camera in live.cameras],
        scene=SceneEntry(
            layout=programme.layout.value, cameras=[str(c) for c in with_spares(programme.camera_ids, present)]
        ),
        stall_hold_ms=STALL_HOLD_MS,
        overlays=_overlays(live, card),
        destinations=[
            DestinationEntry(
                id=str(outlet.id),
                name=outlet.name,
                url=push_url(outlet.url, outlet.stream_key),
                server=outlet.url,
                key=outlet.stream_key,
                enabled=outlet.is_enabled,
                attempt=outlet.attempt,
            )
            for outlet in live.outlets
        ],
        hls_dir=f"hls/{show.base_id}/{show.id}",
    )


def _overlays(live: LiveShow, card: CardFacts | None) -> list[CardOverlay | LabelOverlay]:
    overlays: list[CardOverlay | LabelOverlay] = []
    if card is not None:
        overlays.append(
            CardOverlay(
                kind="price_card",
                visible=live.is_card_visible,
                title=card.title,
                price=card.price_words,
                was=card.was_words or "",
                units_left=card.units_left,
                units_word=card.units_word,
                sku_id=str(card.sku_id),
            )
        )
    if live.is_simulated:
        overlays.append(LabelOverlay(kind="label", visible=True, text=SIMULATED_LABEL, corner=SIMULATED_CORNER))
    return overlays


def ingest_document(keys: Sequence[IngestKey], version: int) -> IngestDocument:
    return IngestDocument(
        version=version,
        cameras=[
            IngestCamera(key_sha256=key.key_sha256, room_id=str(key.room_id), camera_id=str(key.camera_id))
            for key in keys
        ],
    )


def next_version(held: int, now_ms: int) -> int:
    """A version above the one held, also when the clock stands still or was set back."""
    return max(held + 1, now_ms)


def unix_ms(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def push_url(url: str, stream_key: str) -> str:
    """Both in one, which tells them apart only while the key has no slash."""
    return f"{url.rstrip('/')}/{stream_key}" if stream_key else url


def ids_of(raw: Sequence[str]) -> tuple[UUID, ...]:
    return tuple(UUID(value) for value in raw)
