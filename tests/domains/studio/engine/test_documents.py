from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from silkcast.domains.studio.contracts import (
    CameraView,
    CardFacts,
    IngestKey,
    Layout,
    LiveShow,
    Outlet,
    Picture,
    ProgrammeView,
    ShowState,
    ShowView,
)
from silkcast.domains.studio.engine.documents import ingest_document, next_version, push_url, room_document
from silkcast.kernel.ids import BaseId, RoomId, ShowId, SkuId

BASE, ROOM, SHOW = (UUID(int=number) for number in range(1, 4))
FRONT, TABLE, TIKTOK, SCARF = (UUID(int=number) for number in range(11, 15))


def camera(camera_id: UUID, name: str, position: int) -> CameraView:
    return CameraView(id=camera_id, room_id=RoomId(ROOM), name=name, position=position, key_ending=name[:4])


LIVE = LiveShow(
    show=ShowView(
        id=ShowId(SHOW),
        base_id=BaseId(BASE),
        number=7,
        title="Autumn silk",
        state=ShowState.LIVE,
        room_id=RoomId(ROOM),
        host_id=None,
        host_name="",
        planned_at=None,
        started_at=datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC),
        ended_at=None,
        language="en",
        currency="USD",
    ),
    is_simulated=True,
    programme=ProgrammeView(
        show_id=ShowId(SHOW), layout=Layout.FULL, camera_ids=(TABLE,), picture=Picture(delay_ms=2000), version=41
    ),
    is_card_visible=True,
    cameras=(camera(FRONT, "Presenter", 1), camera(TABLE, "Table", 2)),
    outlets=(
        Outlet(
            id=TIKTOK, name="TikTok", url="rtmp://push.example/live", stream_key="a/b?c#d", is_enabled=True, attempt=3
        ),
    ),
    on_pitch=None,
)
CARD = CardFacts(
    sku_id=SkuId(SCARF),
    title="Silk scarf 真丝围巾",
    price_words="$39.00",
    was_words="$59.00",
    units_left=123,
    units_word="left",
)


def test_the_room_document_says_everything_that_the_room_must_do() -> None:
    assert room_document(LIVE, CARD) == {
        "version": 41,
        "base_id": str(BASE),
        "room_id": str(ROOM),
        "show_id": str(SHOW),
        "started_at_ms": 1_795_348_800_250,
        "width": 1280,
        "height": 720,
        "fps": 30,
        "video_kbps": 3000,
        "preset": "veryfast",
        "delay_ms": 2000,
        "burn_counter": False,
        "is_simulated": True,
        "cameras": [
            {"id": str(FRONT), "name": "Presenter", "key": "Pres"},
            {"id": str(TABLE), "name": "Table", "key": "Tabl"},
        ],
        "scene": {"layout": "full", "cameras": [str(TABLE), str(FRONT)]},
        "stall_hold_ms": 1000,
        "overlays": [
            {
                "kind": "price_card",
                "visible": True,
                "title": "Silk scarf 真丝围巾",
                "price": "$39.00",
                "was": "$59.00",
                "units_left": 123,
                "units_word": "left",
                "sku_id": str(SCARF),
            },
            {"kind": "label", "visible": True, "text": "SIMULATED 模拟", "corner": "top_right"},
        ],
        "destinations": [
            {
                "id": str(TIKTOK),
                "name": "TikTok",
                "url": "rtmp://push.example/live/a/b?c#d",
                "server": "rtmp://push.example/live",
                "key": "a/b?c#d",
                "enabled": True,
                "attempt": 3,
            }
        ],
        "hls_dir": f"hls/{BASE}/{SHOW}",
    }


def test_between_pitches_there_is_no_card_and_the_label_of_a_simulated_base_stays() -> None:
    assert [overlay["kind"] for overlay in room_document(LIVE, None)["overlays"]] == ["label"]
    assert room_document(replace(LIVE, is_simulated=False), None)["overlays"] == []


def test_a_hidden_card_stays_in_the_document_so_that_showing_it_needs_no_new_drawing() -> None:
    card = room_document(replace(LIVE, is_card_visible=False), replace(CARD, was_words=None))["overlays"][0]
    assert card["kind"] == "price_card"
    assert (card["visible"], card["was"]) == (False, "")


def test_the_ingest_document_holds_digests_only() -> None:
    key = IngestKey(key_sha256="ab" * 32, room_id=RoomId(ROOM), camera_id=FRONT)
    assert ingest_document([key], 5) == {
        "version": 5,
        "cameras": [{"key_sha256": "ab" * 32, "room_id": str(ROOM), "camera_id": str(FRONT)}],
    }


@given(st.lists(st.integers(0, 2**52), min_size=2))
def test_versions_rise_whatever_the_clock_does(clock: list[int]) -> None:
    held = 0
    for now_ms in clock:
        following = next_version(held, now_ms)
        assert following > held
        assert following >= now_ms
        held = following


def test_the_stream_key_is_the_last_part_of_the_address() -> None:
    assert push_url("rtmp://push.example/live", "k") == "rtmp://push.example/live/k"
    assert push_url("rtmp://push.example/live/", "k") == "rtmp://push.example/live/k"
    assert push_url("rtmp://push.example/live/k", "") == "rtmp://push.example/live/k"
