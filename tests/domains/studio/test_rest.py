from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import RoomKind
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.queries.live import list_ingest_keys
from silkcast.kernel.actions import run
from silkcast.kernel.ids import new_id

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage


@dataclass
class Program:
    """Somebody's program with an API key."""

    key: str

    def does(self, method: str, path: str, body: Any = None, *, retry_key: str = "") -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.key}"}
        if retry_key:
            headers["Idempotency-Key"] = retry_key
        response = Client().generic(
            method,
            f"/api/v1{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers=headers,
        )
        return response.status_code, json.loads(response.content)

    def gets(self, path: str) -> Any:
        status, body = self.does("GET", path)
        assert status == 200, body
        return body

    def makes(self, path: str, body: Any, *, retry_key: str = "") -> Any:
        status, answer = self.does("POST", path, body, retry_key=retry_key)
        assert status == 201, answer
        return answer


def program(stage: Stage, *scopes: str) -> Program:
    key = base.fresh_key()
    stage.does(base.MakeApiKey(name="Program", scopes=scopes, digest=base.digest_of_key(key), prefix=key[:8]))
    return Program(key)


@pytest.fixture
def eastern(east: Stage) -> Program:
    return program(east, "shows.read", "shows.write")


def test_a_program_runs_a_whole_show(east: Stage, eastern: Program) -> None:
    room, scarf = east.room_id, east.product()
    camera = eastern.makes(f"/rooms/{room}/cameras", {"name": "Presenter"})["camera_id"]
    other = eastern.makes(f"/rooms/{room}/cameras", {"name": "Table"})["camera_id"]
    scene = eastern.makes(
        f"/rooms/{room}/scenes", {"name": "Both", "layout": "side_by_side", "camera_ids": [camera, other]}
    )["scene_id"]
    tiktok = eastern.makes(
        "/destinations",
        {"name": "TikTok", "platform": "tiktok", "url": "rtmp://x.example/live", "stream_key": "k", "fee_bp": 500},
    )["destination_id"]
    planned = eastern.makes(
        "/shows", {"room_id": str(room), "title": "Autumn silk", "language": "en", "currency": "USD"}
    )
    at = f"/shows/{planned['show_id']}"
    line = eastern.makes(f"{at}/rundown", {"product_id": str(scarf)})["line_id"]
    for method, path, body in (
        ("POST", f"{at}/start", None),
        ("PUT", f"{at}/scene", {"layout": "full", "camera_ids": [other]}),
        ("PUT", f"{at}/scene", {"scene_id": scene}),
        ("POST", f"{at}/rundown/{line}/pitch", None),
        ("PUT", f"{at}/overlays/price_card", {"visible": False}),
        ("POST", f"{at}/destinations/{tiktok}/retry", None),
        ("PUT", f"{at}/destinations/{tiktok}", {"enabled": False}),
        ("PATCH", f"/rooms/{room}/picture", {"delay_ms": 2000}),
    ):
        status, answer = eastern.does(method, path, body)
        assert status == 200, (path, answer)
    console = eastern.gets(f"{at}/console")
    assert console["show"]["state"] == "live"
    assert console["show"]["number"] == planned["number"] == 1
    assert console["programme"]["layout"] == "side_by_side"
    assert console["programme"]["camera_ids"] == [camera, other]
    assert console["programme"]["picture"]["delay_ms"] == 2000
    assert [(c["name"], c["presence"], c["is_on_air"]) for c in console["cameras"]] == [
        ("Presenter", "absent", True),
        ("Table", "absent", True),
    ]
    assert [(s["id"], s["is_active"]) for s in console["scenes"]] == [(scene, True)]
    assert [(o["kind"], o["is_visible"], o["is_locked"]) for o in console["overlays"]] == [
        ("price_card", False, False),
        ("label", True, True),
    ]
    assert [(row["product_id"], row["state"]) for row in console["rundown"]] == [(str(scarf), "on_pitch")]
    assert [(d["id"], d["is_enabled"], d["attempt"]) for d in console["destinations"]] == [(tiktok, False, 1)]
    assert eastern.does("DELETE", f"{at}/rundown/{line}/pitch") == (200, {"line_id": line})
    assert eastern.does("POST", f"{at}/end")[0] == 200
    (pitch,) = eastern.gets(f"{at}/pitches")["items"]
    assert pitch["line_id"] == line
    assert pitch["ended_ms"] >= pitch["started_ms"]


def test_lists_are_paged(east: Stage, eastern: Program) -> None:
    for number in range(3):
        east.planned(f"Show {number}")
    first = eastern.gets("/shows?limit=2")
    assert [show["number"] for show in first["items"]] == [3, 2]
    assert (first["next"], first["total"]) == (2, 3)
    last = eastern.gets(f"/shows?limit=2&offset={first['next']}")
    assert ([show["number"] for show in last["items"]], last["next"]) == ([1], None)
    assert [show["title"] for show in eastern.gets("/shows?search=show+1&state=planned")["items"]] == ["Show 1"]
    assert eastern.does("GET", "/shows?state=on_fire")[0] == 422


def test_a_repeated_request_makes_one_camera_and_shows_the_same_stream_key(east: Stage, eastern: Program) -> None:
    path = f"/rooms/{east.room_id}/cameras"
    first = eastern.makes(path, {"name": "Presenter"}, retry_key="r1")
    assert eastern.makes(path, {"name": "Presenter"}, retry_key="r1") == first
    status, refusal = eastern.does("POST", path, {"name": "Other"}, retry_key="r1")
    assert (status, refusal["error"]["code"]) == (422, "kernel.idempotency_mismatch")
    (key,) = list_ingest_keys()
    assert key.key_sha256 == studio.digest_of_stream_key(first["stream_key"])
    assert first["push_url"] == "rtmp://127.0.0.1:1935/live"
    rotated = eastern.does("POST", f"{path}/{first['camera_id']}/rotate")[1]
    assert rotated["stream_key"] != first["stream_key"]
    assert [k.key_sha256 for k in list_ingest_keys()] == [studio.digest_of_stream_key(rotated["stream_key"])]
    listed = eastern.gets(path)["items"]
    assert [camera["key_ending"] for camera in listed] == [rotated["stream_key"][-4:]]


def test_no_answer_holds_a_platforms_stream_key(east: Stage, eastern: Program) -> None:
    tiktok = east.destination(stream_key="live-key-0123456789")
    show_id = east.live()
    for path in (
        "/destinations",
        f"/destinations/{tiktok}",
        f"/shows/{show_id}/destinations",
        f"/shows/{show_id}/console",
    ):
        assert "0123456789" not in json.dumps(eastern.gets(path))


def test_a_fee_is_read_for_a_day(east: Stage, eastern: Program) -> None:
    tiktok = east.destination(fee_bp=500)
    change = {
        "name": "TikTok",
        "platform": "tiktok",
        "url": "rtmp://push.example/live",
        "fee_bp": 650,
        "fee_from": "2031-01-01",
    }
    assert eastern.does("PUT", f"/destinations/{tiktok}", change)[0] == 200
    fees = [eastern.gets(f"/destinations/{tiktok}?on={day}")["fee_bp"] for day in ("2030-12-31", "2031-01-01")]
    assert fees == [500, 650]
    assert eastern.does("DELETE", f"/destinations/{tiktok}")[0] == 200
    assert eastern.does("GET", f"/destinations/{tiktok}")[0] == 404


def test_a_name_that_leads_to_this_machine_is_refused_when_it_is_typed(west: Stage) -> None:
    western = program(west, "shows.read", "shows.write")
    wanted = {"name": "Near", "platform": "rtmp", "url": "rtmp://localhost/live", "stream_key": "k", "fee_bp": 0}
    status, said = western.does("POST", "/destinations", wanted)
    assert (status, said["error"]["code"]) == (422, "studio.destination_not_public")
    tiktok = west.destination()
    assert western.does("PUT", f"/destinations/{tiktok}", wanted)[0] == 422
    assert western.gets(f"/destinations/{tiktok}")["url"] == "rtmp://push.example/live"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("PUT", "/scene", {}, 422, "kernel.invalid"),
        ("PUT", "/scene", {"layout": "full", "camera_ids": []}, 422, "studio.scene_incomplete"),
        ("PUT", "/overlays/label", {"visible": False}, 409, "studio.overlay_locked"),
        ("PUT", "/overlays/hologram", {"visible": False}, 422, "kernel.invalid"),
        ("POST", "/start", None, 409, "studio.room_without_camera"),
        ("POST", "/end", None, 409, "studio.show_not_live"),
        ("POST", "/rundown", {"product_id": str(new_id())}, 404, "kernel.missing"),
        ("GET", "/nothing", None, 404, "kernel.missing"),
    ],
)
def test_refusals_are_coded(
    east: Stage, eastern: Program, method: str, path: str, body: Any, status: int, code: str
) -> None:
    show_id = east.planned()
    got, answer = eastern.does(method, f"/shows/{show_id}{path}", body)
    assert got == status
    if path != "/nothing":
        assert answer["error"]["code"] == code
        assert set(answer["error"]["message"]) == {"en", "zh"}


def test_another_bases_program_finds_nothing(east: Stage, west: Stage) -> None:
    western = program(west, "shows.read", "shows.write")
    show_id, tiktok = east.live(), east.destination()
    assert western.gets("/shows")["items"] == []
    assert western.gets("/destinations")["items"] == []
    for path in (
        f"/shows/{show_id}",
        f"/shows/{show_id}/console",
        f"/shows/{show_id}/programme",
        f"/shows/{show_id}/overlays",
        f"/shows/{show_id}/rundown",
        f"/shows/{show_id}/pitches",
        f"/shows/{show_id}/destinations",
        f"/destinations/{tiktok}",
        f"/rooms/{east.room_id}/cameras",
        f"/rooms/{east.room_id}/scenes",
        f"/rooms/{east.room_id}/picture",
    ):
        assert western.does("GET", path)[0] == 404, path


def test_a_key_that_may_only_read_changes_nothing(east: Stage) -> None:
    reader = program(east, "shows.read")
    show_id = east.planned()
    before = east.marks()
    for method, path, body in (
        ("POST", "/shows", {"room_id": str(east.room_id), "title": "T", "language": "en", "currency": "USD"}),
        ("POST", f"/shows/{show_id}/start", None),
        ("POST", f"/rooms/{east.room_id}/cameras", {"name": "Mine"}),
        ("POST", "/destinations", {"name": "Mine", "platform": "rtmp", "url": "rtmp://x.example/y", "fee_bp": 0}),
    ):
        status, answer = reader.does(method, path, body)
        assert (status, answer["error"]["code"]) == (403, "kernel.not_allowed"), path
    assert east.marks() == before
    stranger = program(east, "orders.read")
    assert stranger.does("GET", "/shows")[0] == 403


def test_a_merchants_key_sees_shows_and_nothing_of_how_they_are_made(east: Stage) -> None:
    key = base.fresh_key()
    made = base.MakeApiKey(name="Merchant's", scopes=("shows.read",), digest=base.digest_of_key(key), prefix=key[:8])
    run(replace(east.ctx, merchant_id=east.merchants[0]), made)
    merchant, show_id = Program(key), east.live()
    assert [show["id"] for show in merchant.gets("/shows")["items"]] == [str(show_id)]
    assert merchant.gets(f"/shows/{show_id}")["title"] == "Autumn silk"
    for path in (
        *(f"/shows/{show_id}/{part}" for part in ("console", "programme", "overlays", "rundown", "pitches")),
        f"/shows/{show_id}/destinations",
        "/destinations",
        *(f"/rooms/{east.room_id}/{part}" for part in ("cameras", "scenes", "picture")),
    ):
        assert merchant.does("GET", path)[0] == 403, path


def test_a_time_without_a_zone_is_refused(east: Stage, eastern: Program) -> None:
    hall = east.does(base.AddRoom(name="Hall", kind=RoomKind.HALL)).added_room_id
    plan = {
        "room_id": str(hall),
        "title": "T",
        "language": "en",
        "currency": "USD",
        "planned_at": "2026-12-01T20:00:00",
    }
    assert eastern.does("POST", "/shows", plan)[0] == 422
    eastern.makes("/shows", {**plan, "planned_at": "2026-12-01T20:00:00+08:00"})
    (show,) = eastern.gets("/shows")["items"]
    assert show["planned_at"] == "2026-12-01T12:00:00Z"
