from __future__ import annotations

from typing import TYPE_CHECKING, Any

from silkcast.domains.catalog import api as catalog
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Layout, OverlayKind, Picture, Platform
from silkcast.domains.studio.stream_keys import subject_of_key
from silkcast.kernel.money import Money
from silkcast.kernel.storage.keys import keyring
from silkcast.media.room.document import read_document

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage


def document(stage: Stage) -> Any:
    """The one room document there is, which the room's own parser takes."""
    (only,) = studio.room_documents(stage.ctx.at)
    assert read_document(only, str(stage.room_id)).version == only["version"]
    return only


def test_only_shows_on_air_have_a_room_document(east: Stage, west: Stage) -> None:
    east.planned()
    ended = east.live("Over")
    east.does(studio.EndShow(show_id=ended), seconds=1)
    assert studio.room_documents(east.ctx.at) == []
    ours, theirs = east.live(), west.live()
    documents = {d["show_id"]: d for d in studio.room_documents(east.ctx.at)}
    assert set(documents) == {str(ours), str(theirs)}
    assert documents[str(ours)]["base_id"] == str(east.ctx.base_id)
    assert [o["kind"] for o in documents[str(ours)]["overlays"]] == ["label"]
    assert documents[str(theirs)]["overlays"] == []


def test_the_document_follows_every_change_with_a_higher_version(east: Stage) -> None:
    front, table = east.camera("Presenter"), east.camera("Table")
    tiktok, scarf = east.destination(), east.product(units=12)
    show_id = east.live()
    line_id = east.line(show_id, scarf)
    versions = [document(east)["version"]]
    for request in (
        studio.SwitchScene(show_id=show_id, layout=Layout.PICTURE_IN_PICTURE, camera_ids=(table, front)),
        studio.StartPitch(show_id=show_id, line_id=line_id),
        studio.SetOverlay(show_id=show_id, kind=OverlayKind.PRICE_CARD, visible=False),
        studio.RetryDestination(show_id=show_id, destination_id=tiktok),
        studio.SetShowDestination(show_id=show_id, destination_id=tiktok, enabled=False),
    ):
        east.does(request)
        versions.append(document(east)["version"])
    assert versions == list(range(versions[0], versions[0] + 6))
    now = document(east)
    assert now["scene"] == {"layout": "picture_in_picture", "cameras": [str(table), str(front)]}
    assert [(d["id"], d["enabled"], d["attempt"]) for d in now["destinations"]] == [(str(tiktok), False, 1)]
    assert now["overlays"][0] == {
        "kind": "price_card",
        "visible": False,
        "title": "Silk scarf 真丝围巾",
        "price": "$39.00",
        "was": "$59.00",
        "units_left": 12,
        "units_word": "left",
        "sku_id": str(east.sku(scarf)),
    }


def test_the_card_shows_the_offer_and_the_stock_of_this_moment(east: Stage) -> None:
    scarf = east.product(units=5)
    show_id = east.live()
    east.does(studio.StartPitch(show_id=show_id, line_id=east.line(show_id, scarf)))
    version = document(east)["version"]
    east.receives(east.sku(scarf), 7)
    east.does(
        catalog.SetOffer(
            show_id=show_id,
            sku_id=east.sku(scarf),
            price=Money(2999, "USD"),
            was=Money(3900, "USD"),
        )
    )
    card = document(east)["overlays"][0]
    assert (card["price"], card["was"], card["units_left"]) == ("$29.99", "$39.00", 12)
    assert document(east)["version"] == version  # what sells is no change of ours; rooms take an equal version


def test_the_card_goes_with_the_pitch(east: Stage) -> None:
    show_id = east.live()
    line_id = east.line(show_id, east.product())
    east.does(studio.StartPitch(show_id=show_id, line_id=line_id))
    assert [o["kind"] for o in document(east)["overlays"]] == ["price_card", "label"]
    east.does(studio.EndPitch(show_id=show_id, line_id=line_id))
    assert [o["kind"] for o in document(east)["overlays"]] == ["label"]


def test_the_stream_key_goes_to_the_room_and_a_forgotten_one_nowhere(east: Stage) -> None:
    tiktok = east.destination(stream_key="live-key-0123456789")
    east.live()
    assert [d["url"] for d in document(east)["destinations"]] == ["rtmp://push.example/live/live-key-0123456789"]
    keyring().forget(subject_of_key(tiktok))
    assert document(east)["destinations"] == []


def test_a_removed_destination_leaves_the_document(east: Stage) -> None:
    tiktok = east.destination()
    east.live()
    east.does(studio.RemoveDestination(destination_id=tiktok))
    assert document(east)["destinations"] == []


def test_the_ingest_document_lists_the_cameras_of_all_bases(east: Stage, west: Stage) -> None:
    ours, theirs = east.camera(stream_key="cam_ours"), west.camera(stream_key="cam_theirs")
    gone = east.camera("Gone")
    east.does(studio.RemoveCamera(room_id=east.room_id, camera_id=gone))
    assert studio.current_ingest_document(7) == {
        "version": 7,
        "cameras": [
            {"key_sha256": studio.digest_of_stream_key(key), "room_id": str(room_id), "camera_id": str(camera_id)}
            for camera_id, room_id, key in sorted(
                [(ours, east.room_id, "cam_ours"), (theirs, west.room_id, "cam_theirs")]
            )
        ],
    }


def test_a_composer_that_is_kept_says_what_a_fresh_one_says(east: Stage, west: Stage) -> None:
    front, table = east.camera("Presenter"), east.camera("Table")
    tiktok, scarf, fan = east.destination(), east.product(units=3), east.product("Fan", units=5)
    show_id = east.planned()
    lines = [east.line(show_id, product) for product in (scarf, fan)]
    sku, price = east.sku(scarf), Money(2999, "USD")
    key = "cam_another-key"
    kept = studio.Composer()
    for step, request in enumerate(
        (
            studio.GoLive(show_id=show_id),
            studio.StartPitch(show_id=show_id, line_id=lines[0]),
            studio.SwitchScene(show_id=show_id, layout=Layout.SIDE_BY_SIDE, camera_ids=(table, front)),
            studio.SetOverlay(show_id=show_id, kind=OverlayKind.PRICE_CARD, visible=False),
            studio.RetryDestination(show_id=show_id, destination_id=tiktok),
            studio.SetShowDestination(show_id=show_id, destination_id=tiktok, enabled=False),
            studio.SetDestination(
                destination_id=tiktok,
                name="T",
                platform=Platform.TIKTOK,
                url="rtmps://n.example/a",
                stream_key="of-the-new-server",
                fee_bp=0,
            ),
            studio.RemoveDestination(destination_id=tiktok),
            studio.SetRoomPicture(room_id=east.room_id, picture=Picture(delay_ms=900)),
            studio.AddCamera(
                room_id=east.room_id, name="Crane", key_digest=studio.digest_of_stream_key(key), key_ending=""
            ),
            catalog.SetOffer(show_id=show_id, sku_id=sku, price=price),
            studio.StartPitch(show_id=show_id, line_id=lines[1]),
            studio.EndPitch(show_id=show_id, line_id=lines[1]),
            studio.EndShow(show_id=show_id),
        )
    ):
        east.does(request, seconds=step)
        if isinstance(request, catalog.SetOffer):
            kept.forget_prices()
        now = east.at(step).at
        assert kept.room_documents(now) == studio.room_documents(now), type(request).__name__
        assert len(kept.room_documents(now)) == (0 if isinstance(request, studio.EndShow) else 1)


def test_stock_is_counted_each_time_and_a_missed_price_mends_itself(east: Stage) -> None:
    scarf = east.product(units=3)
    show_id = east.live()
    east.does(studio.StartPitch(show_id=show_id, line_id=east.line(show_id, scarf)))
    kept = studio.Composer()

    def card(seconds: float) -> tuple[object, object]:
        (only,) = kept.room_documents(east.at(seconds).at)
        shown: Any = only["overlays"][0]
        return shown["price"], shown["units_left"]

    assert card(0) == ("$39.00", 3)
    east.receives(east.sku(scarf), 4)
    east.does(catalog.SetOffer(show_id=show_id, sku_id=east.sku(scarf), price=Money(2999, "USD")))
    assert card(1) == ("$39.00", 7)
    assert card(5) == ("$29.99", 7)
