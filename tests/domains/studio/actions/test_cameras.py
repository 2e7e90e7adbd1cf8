from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Layout
from silkcast.domains.studio.errors import CameraInUse, NameTaken, RoomFull
from silkcast.domains.studio.events import CameraAdded, CameraRemoved, CameraRotated
from silkcast.domains.studio.models import Camera
from silkcast.domains.studio.queries.live import list_ingest_keys
from silkcast.kernel.errors import Contradicts, Invalid, Missing
from silkcast.kernel.ids import RoomId, new_id
from silkcast.kernel.models import AuditEntry
from silkcast.kernel.settings import Settings

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage


def add(stage: Stage, key: str, name: str = "Presenter") -> studio.AddCamera:
    return studio.AddCamera(
        room_id=stage.room_id,
        name=name,
        key_digest=studio.digest_of_stream_key(key),
        key_ending=studio.ending_of(key),
    )


def test_a_camera_gets_the_lowest_free_key_of_the_console(east: Stage) -> None:
    front, table, crane = (east.camera(name) for name in ("Presenter", "Table", "Crane"))
    assert [(c.id, c.position) for c in studio.list_cameras(east.ctx, east.room_id)] == [
        (front, 1),
        (table, 2),
        (crane, 3),
    ]
    east.does(studio.RemoveCamera(room_id=east.room_id, camera_id=table))
    again = east.camera("Table")
    assert [(c.id, c.position) for c in studio.list_cameras(east.ctx, east.room_id)] == [
        (front, 1),
        (again, 2),
        (crane, 3),
    ]
    assert east.facts(CameraAdded)[0] == CameraAdded(room_id=east.room_id, camera_id=front)


def test_only_a_digest_of_the_stream_key_is_kept(east: Stage) -> None:
    key = studio.fresh_stream_key()
    added = east.does(add(east, key)).camera_id
    row = Camera.objects.scoped(east.ctx).one(id=added)
    assert (row.key_digest, row.key_ending) == (hashlib.sha256(key.encode()).hexdigest(), key[-4:])
    written = AuditEntry.objects.of(east.ctx.base_id).filter(action="studio.add_camera").one().request
    assert row.key_digest not in written
    assert key not in written
    assert [(k.key_sha256, k.room_id, k.camera_id) for k in list_ingest_keys()] == [
        (row.key_digest, east.room_id, added)
    ]


def test_stream_keys_are_unlike_each_other_and_a_repeated_request_gets_the_same_one(east: Stage, west: Stage) -> None:
    assert studio.fresh_stream_key() != studio.fresh_stream_key()
    first = studio.stream_key_for(b"s", east.ctx, "request-1")
    assert first == studio.stream_key_for(b"s", east.at(9), "request-1")
    others = {
        studio.stream_key_for(b"t", east.ctx, "request-1"),
        studio.stream_key_for(b"s", west.ctx, "request-1"),
        studio.stream_key_for(b"s", east.ctx, "request-2"),
    }
    assert len(others | {first}) == 4
    assert len(first) == len("cam_") + 24


def test_a_rotated_key_replaces_the_old_one(east: Stage) -> None:
    camera_id = east.camera(stream_key="cam_old-key-0000")
    version = east.version(east.live())
    key = "cam_new-key-1111"
    east.does(
        studio.RotateCamera(
            room_id=east.room_id,
            camera_id=camera_id,
            key_digest=studio.digest_of_stream_key(key),
            key_ending=studio.ending_of(key),
        )
    )
    assert [k.key_sha256 for k in list_ingest_keys()] == [studio.digest_of_stream_key(key)]
    assert studio.list_cameras(east.ctx, east.room_id)[0].key_ending == "1111"
    assert east.facts(CameraRotated) == [CameraRotated(room_id=east.room_id, camera_id=camera_id)]
    show = studio.find_live_show(east.ctx, east.room_id)
    assert show is not None
    assert east.version(show.id) > version  # the room hangs up on whoever came with the old one


def test_a_removed_camera_opens_nothing_and_removing_it_again_changes_nothing(east: Stage) -> None:
    camera_id = east.camera()
    for _ in range(2):
        east.does(studio.RemoveCamera(room_id=east.room_id, camera_id=camera_id))
    assert list_ingest_keys() == []
    assert studio.list_cameras(east.ctx, east.room_id) == []
    assert east.facts(CameraRemoved) == [CameraRemoved(room_id=east.room_id, camera_id=camera_id)]


def test_a_room_on_air_hears_of_cameras_that_come_and_go(east: Stage) -> None:
    show_id = east.live()
    version = east.version(show_id)
    added = east.camera("Crane")
    assert east.version(show_id) == version + 1
    east.does(studio.RemoveCamera(room_id=east.room_id, camera_id=added))
    assert east.version(show_id) == version + 2


def test_a_camera_in_use_stays(east: Stage) -> None:
    front, table = east.camera("Presenter"), east.camera("Table")
    scene = east.does(
        studio.AddScene(room_id=east.room_id, name="Table", layout=Layout.FULL, camera_ids=(table,))
    ).scene_id
    show_id = east.planned()
    east.does(studio.SwitchScene(show_id=show_id, layout=Layout.FULL, camera_ids=(front,)))
    east.does(studio.GoLive(show_id=show_id))
    before = east.marks()
    for camera_id, where in ((table, "Table"), (front, "Autumn silk")):
        with pytest.raises(CameraInUse) as refusal:
            east.does(studio.RemoveCamera(room_id=east.room_id, camera_id=camera_id))
        assert refusal.value.facts["scene"] == where
    assert [c.id for c in studio.list_cameras(east.ctx, east.room_id)] == [front, table]
    assert east.marks() == before
    east.does(studio.RemoveScene(room_id=east.room_id, scene_id=scene))
    east.does(studio.RemoveCamera(room_id=east.room_id, camera_id=table))


def test_a_camera_that_makes_no_sense_is_refused(east: Stage) -> None:
    east.camera("Presenter")
    before = east.marks()
    with pytest.raises(NameTaken):
        east.does(add(east, "k", name=" Presenter "))
    with pytest.raises(Invalid):
        east.does(add(east, "k", name=""))
    with pytest.raises(Invalid):
        east.does(studio.AddCamera(room_id=east.room_id, name="X", key_digest="not a digest", key_ending=""))
    with pytest.raises(Missing):
        east.does(studio.AddCamera(room_id=RoomId(new_id()), name="X", key_digest="ab" * 32, key_ending=""))
    assert len(studio.list_cameras(east.ctx, east.room_id)) == 1
    assert east.marks() == before


def test_a_room_takes_eight_cameras(east: Stage) -> None:
    for number in range(8):
        east.camera(f"Camera {number}")
    before = east.marks()
    with pytest.raises(RoomFull):
        east.camera("One too many")
    assert len(studio.list_cameras(east.ctx, east.room_id)) == 8
    assert east.marks() == before


def test_a_camera_is_changed_through_its_own_room_only(east: Stage) -> None:
    camera_id, other = east.camera(), east.room()
    with pytest.raises(Missing):
        east.does(studio.RemoveCamera(room_id=other, camera_id=camera_id))
    assert [c.id for c in studio.list_cameras(east.ctx, east.room_id)] == [camera_id]


def test_the_database_itself_gives_a_stream_key_to_one_camera(east: Stage, west: Stage) -> None:
    east.does(add(east, "same"))
    with pytest.raises(Contradicts, match="key_digest"):
        west.does(add(west, "same"))
    assert studio.list_cameras(west.ctx, west.room_id) == []


def test_cameras_are_found_and_counted(east: Stage, west: Stage) -> None:
    front, other = east.camera(), east.room()
    for name in ("Table", "Crane"):
        east.camera(name, room_id=other)
    west.camera()
    assert studio.count_cameras(east.ctx) == {east.room_id: 1, other: 2}
    assert studio.get_camera(east.ctx, front).room_id == east.room_id
    east.does(studio.RemoveCamera(room_id=east.room_id, camera_id=front))
    assert studio.count_cameras(east.ctx) == {other: 2}
    for ctx in (east.ctx, west.ctx):
        with pytest.raises(Missing):
            studio.get_camera(ctx, front)


def test_encoders_push_to_the_public_name() -> None:
    data = Path("/nowhere")
    assert studio.camera_url(Settings(data=data, host="127.0.0.1", rtmp_port=1935)) == "rtmp://127.0.0.1:1935/live"
    assert (
        studio.camera_url(Settings(data=data, public_url="https://live.example:8443"))
        == "rtmp://live.example:1935/live"
    )
    assert studio.camera_url(Settings(data=data, host="::1", rtmp_port=19350)) == "rtmp://[::1]:19350/live"
