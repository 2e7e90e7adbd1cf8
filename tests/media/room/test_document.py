from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from silkcast.media.mixer.card import Corner, Label, PriceCard
from silkcast.media.room.document import check_successor, read_document
from silkcast.media.room.errors import DocumentInvalid, ShapeIsFixed

Document = Callable[..., dict[str, Any]]
CARD = {
    "kind": "price_card",
    "title": "丝巾",
    "price": "$39.00",
    "units_left": 5,
    "units_word": "left",
    "sku_id": "sku",
}


def test_a_full_document_is_read(document: Document) -> None:
    read = read_document(
        document(
            7,
            delay_ms=500,
            overlays=[CARD, {"kind": "label", "text": "SIMULATED 模拟", "corner": "top_left"}],
            destinations=[{"id": "d", "name": "D", "url": "rtmp://host/live/key", "enabled": False}],
        ),
        "hall",
    )
    assert (read.version, read.shape, read.delay_ticks) == (7, (512, 288, 30), 15)
    assert read.graphics({}) == [PriceCard("丝巾", "$39.00", "", 5, "left"), Label("SIMULATED 模拟", Corner.TOP_LEFT)]
    assert not read.destinations[0].enabled


def test_live_stock_replaces_the_document_s(document: Document) -> None:
    read = read_document(document(overlays=[CARD]), "hall")
    assert read.graphics({"sku": 3, "other": 9}) == [PriceCard("丝巾", "$39.00", "", 3, "left")]


def test_what_is_not_visible_is_not_drawn(document: Document) -> None:
    assert read_document(document(overlays=[{**CARD, "visible": False}]), "hall").graphics({}) == []


def test_fields_of_a_newer_writer_are_ignored(document: Document) -> None:
    read = read_document(document(mood="sunny", cameras=[{"id": "red", "lens": 3}, {"id": "blue"}]), "hall")
    assert [camera.id for camera in read.cameras] == ["red", "blue"]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"version": "seven"}, "$.version"),
        ({"room_id": "another"}, "$.room_id"),
        ({"fps": 29}, "$.fps"),
        ({"width": 511}, "$.width"),
        ({"delay_ms": 15_001}, "$.delay_ms"),
        ({"preset": "placebo"}, "$.preset"),
        ({"scene": {"layout": "mosaic", "cameras": []}}, "$.scene.layout"),
        ({"scene": {"layout": "full", "cameras": ["green"]}}, "$.scene.cameras"),
        ({"scene": {"layout": "full", "cameras": ["red", "red"]}}, "$.scene.cameras"),
        ({"cameras": [{"id": "red"}, {"id": "red"}]}, "$.cameras"),
        ({"cameras": [{"id": "../red"}]}, "$.cameras[0].id"),
        ({"overlays": [{"kind": "fireworks"}]}, "$.overlays[0]"),
        ({"destinations": [{"id": "d"}]}, "$.destinations[0]"),
        ({"destinations": [{"id": "d", "url": "rtmp://a/b"}] * 2}, "$.destinations"),
        ({"hls_dir": "/etc"}, "$.hls_dir"),
        ({"hls_dir": "hls/../../etc"}, "$.hls_dir"),
    ],
)
def test_a_document_that_makes_no_sense_is_refused_with_the_field_s_name(
    fields: dict[str, Any], named: str, document: Document
) -> None:
    with pytest.raises(DocumentInvalid) as refusal:
        read_document({**document(), **fields}, "hall")
    assert refusal.value.code == "room.document_invalid"
    assert named in refusal.value.facts["reason"]


@pytest.mark.parametrize("body", [None, [], "text", 5, {}])
def test_what_is_no_document_at_all_is_refused(body: Any) -> None:
    with pytest.raises(DocumentInvalid):
        read_document(body, "hall")


def test_size_and_pace_cannot_change_within_a_show(document: Document) -> None:
    held = read_document(document(), "hall")
    with pytest.raises(ShapeIsFixed):
        check_successor(held, read_document(document(2, fps=25), "hall"))
    check_successor(held, read_document(document(2, preset="fast", video_kbps=900, delay_ms=100), "hall"))
    check_successor(held, read_document(document(2, fps=25, show_id="next"), "hall"))
