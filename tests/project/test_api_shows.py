"""What several domains know of one show, over REST; and the feed of facts."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from silkcast.domains.audience.api import note_airtime, viewer_token
from silkcast.domains.studio.api import EndShow
from silkcast.kernel.ids import new_id
from silkcast.kernel.relay import work
from tests.cast import on_air
from tests.project.stage import Program, Stage


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def signals(stage: Stage, *kinds: str, **more: Any) -> list[dict[str, Any]]:
    at = int(time.time() * 1000)
    return [{"id": str(new_id()), "show_id": str(stage.show_id), "kind": kind, "at": at, **more} for kind in kinds]


def test_signals_are_counted_once_and_told_as_metrics_and_comments(doors: None, stage: Stage, program: Program) -> None:
    viewer = Program(viewer_token(stage.base.ctx.base_id, stage.show_id, "v1"))
    batch = [*signals(stage, "enter", "heartbeat", "like"), *signals(stage, "comment", text="lovely 好看")]
    first, second = (viewer.asks("post", "/signals", batch) for _ in range(2))
    assert (first.status_code, first.json()) == (202, {"accepted": 4, "duplicates": 0, "refused": []})
    assert second.json() == {"accepted": 0, "duplicates": 4, "refused": []}
    elsewhere = [signal | {"show_id": "made-up", "id": str(new_id())} for signal in signals(stage, "like")]
    refused = {"accepted": 0, "duplicates": 0, "refused": [{"index": 0, "code": "other_show"}]}
    assert viewer.asks("post", "/signals", elsewhere).json() == refused
    told = program.reads(f"/shows/{stage.show_id}/metrics")
    assert (told["online"], told["viewers"], told["likes"], told["interaction_rate"]) == (1, 1, 1, 1.0)
    (comment,) = program.reads(f"/shows/{stage.show_id}/comments")["items"]
    assert comment["text"] == "lovely 好看"
    assert "v1" not in str(comment)


def test_a_bad_signal_refuses_itself_only(doors: None, stage: Stage, program: Program) -> None:
    batch = [*signals(stage, "like", viewer="v1"), {"id": "nonsense"}]
    told = program.asks("post", "/signals", batch).json()
    assert (told["accepted"], [refused["index"] for refused in told["refused"]]) == (1, [1])
    assert code(program.asks("post", "/signals", {"not": "a list"})) == (422, "signals.not_an_array")
    reader = Program(stage.key("shows.read"))
    assert code(reader.asks("post", "/signals", batch)) == (403, "kernel.not_allowed")


def test_signals_belong_to_the_time_in_which_their_show_is_on_air(doors: None, stage: Stage, program: Program) -> None:
    waiting = Program(viewer_token(stage.base.ctx.base_id, stage.show_id, "v1", has_begun=False))
    assert code(waiting.asks("post", "/signals", signals(stage, "like"))) == (409, "signals.not_begun")
    while work("insight.outside"):
        pass
    viewer, hour_ms = Program(viewer_token(stage.base.ctx.base_id, stage.show_id, "v1")), 3_600_000
    now, (before,) = signals(stage, "like"), signals(stage, "like")
    told = viewer.asks("post", "/signals", [*now, before | {"at": before["at"] - hour_ms}]).json()
    assert told == {"accepted": 1, "duplicates": 0, "refused": [{"index": 1, "code": "outside_show"}]}
    ended_at = stage.ctx.at - timedelta(hours=1)
    note_airtime(stage.base.ctx.base_id, stage.show_id, started_at=ended_at - timedelta(hours=1), ended_at=ended_at)
    told = viewer.asks("post", "/signals", signals(stage, "like")).json()
    assert told["refused"] == [{"index": 0, "code": "outside_show"}]
    stage.does(EndShow(show_id=stage.show_id))
    while work("insight.outside"):
        pass
    assert viewer.asks("post", "/signals", signals(stage, "like")).json()["accepted"] == 1  # viewers see the end later
    assert program.reads(f"/shows/{stage.show_id}/metrics")["likes"] == 2


def test_a_show_that_nobody_watched_has_zeros(doors: None, stage: Stage, program: Program) -> None:
    told = program.reads(f"/shows/{stage.show_id}/metrics")
    assert (told["viewers"], told["series"], told["products"]) == (0, [], [])
    assert program.reads(f"/shows/{stage.show_id}/comments")["items"] == []


def test_while_the_signals_role_is_away_the_sender_is_told_to_try_again(stage: Stage, program: Program) -> None:
    assert code(program.asks("get", f"/shows/{stage.show_id}/metrics")) == (503, "wire.closed")


def test_an_offer_holds_in_its_show(stage: Stage, program: Program) -> None:
    sku_id = stage.base.skus["east-B"]
    offer = {"price": {"minor": 1900, "currency": "USD"}, "per_buyer_max": 2}
    path = f"/shows/{stage.show_id}"
    assert program.asks("put", f"{path}/offers/{sku_id}", offer).status_code == 200
    prices = {p["skus"][0]["code"]: p["skus"][0]["price"]["minor"] for p in program.reads(f"{path}/products")["items"]}
    assert prices == {"east-A": 2900, "east-B": 1900}
    assert program.reads(f"/products/{stage.product_of(sku_id)}")["skus"][0]["price"]["minor"] == 3900
    assert code(program.asks("put", f"{path}/offers/{new_id()}", offer)) == (404, "kernel.missing")


def test_a_shows_books_are_told_whole_and_to_each_merchant_its_own(stage: Stage, program: Program) -> None:
    skus = stage.base.skus
    stage.base.bought((skus["east-A"], 1), (skus["east-B"], 1), show=on_air(stage.show_id, 3))
    path = f"/shows/{stage.show_id}/ledger"
    whole = program.reads(path)
    assert (whole["currency"], whole["totals"]["capture"]) == ("USD", 2900 + 3900 + 1000)
    assert {line["minute"] for line in whole["lines"] if line["kind"] == "capture"} == {3}
    parts = [Program(stage.key(merchant=n)).reads(path)["totals"]["capture"] for n in (0, 1)]
    assert sorted(parts) == [2900 + 500, 3900 + 500]


def test_ad_spend_is_spread_over_the_show_and_entered_once_for_a_key(
    doors: None, stage: Stage, program: Program
) -> None:
    path = f"/shows/{stage.show_id}"
    spend = {"amount": {"minor": 999, "currency": "USD"}}
    first, second = (program.asks("post", f"{path}/ad-spend", spend, key="ads") for _ in range(2))
    assert first.status_code == 201
    assert first.json() == second.json()
    assert program.reads(f"{path}/ledger")["totals"]["ad_spend"] == 999
    wrong = {"amount": {"minor": 0, "currency": "USD"}}
    assert code(program.asks("post", f"{path}/ad-spend", wrong)) == (422, "kernel.invalid")


def test_the_feed_goes_on_where_it_stopped_and_loses_nothing(stage: Stage, program: Program) -> None:
    whole = program.reads("/events", limit=200)
    read: list[dict[str, Any]] = []
    after = 0
    for _ in range(len(whole["items"]) + 1):
        part = program.reads("/events", limit=3, after=after)
        read += part["items"]
        after = part["next"]
    assert read == whole["items"]
    assert program.reads("/events", after=after) == {"items": [], "next": after, "total": None}
    stage.base.bought((stage.base.skus["east-A"], 1))
    fresh = [event["type"] for event in program.reads("/events", after=after)["items"]]
    assert fresh[:2] == ["orders.order_placed.v1", "payments.payment_begun.v1"]
    assert all(event["specversion"] == "1.0" for event in read)


def test_a_feed_of_one_merchant_passes_over_the_others_without_end(stage: Stage) -> None:
    program = Program(stage.key(merchant=1))
    part = program.reads("/events", limit=1)
    assert len(part["items"]) == 1
    seen: list[dict[str, Any]] = []
    after = 0
    while True:
        part = program.reads("/events", limit=1, after=after)
        if part["next"] == after:
            break
        seen, after = seen + part["items"], part["next"]
    assert {event["data"]["merchant_id"] for event in seen} == {str(stage.base.merchants[1])}


def test_the_audit_says_who_did_what_and_why(stage: Stage, program: Program) -> None:
    program.asks("post", "/rooms", {"name": "Hall", "kind": "hall"})
    newest = program.reads("/audit", limit=1)["items"][0]
    assert (newest["action"], newest["actor_kind"]) == ("base.add_room", "key")
    assert newest["actor_id"] == program.reads("/me")["key_id"]
    assert newest["request"] == {"name": "Hall", "kind": "hall"}


def test_a_destination_says_whether_it_is_on_for_new_shows(stage: Stage, program: Program) -> None:
    body = {"name": "Aside", "platform": "rtmp", "url": "rtmp://a.test/live2", "stream_key": "k", "fee_bp": 0}
    made = program.asks("post", "/destinations", body | {"in_new_shows": False})
    assert made.status_code == 201, made.content
    path = f"/destinations/{made.json()['destination_id']}"
    assert program.reads(path)["in_new_shows"] is False
    assert program.asks("put", path, body).status_code == 200
    assert program.reads(path)["in_new_shows"] is False
    assert program.asks("put", path, body | {"in_new_shows": True}).status_code == 200
    assert program.reads(path)["in_new_shows"] is True
    assert code(program.asks("put", path, body | {"in_new_shows": "yes"})) == (422, "kernel.invalid")
