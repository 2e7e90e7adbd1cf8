from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from silkcast.domains.base.api import VERBS
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.actions.room_events import Recorded
from silkcast.domains.studio.contracts import RoomEvent, RoomEventKind
from silkcast.domains.studio.events import (
    CameraConnected,
    CameraLost,
    DestinationLive,
    DestinationLost,
    EncoderRestored,
    EncoderShed,
    Seen,
)
from silkcast.kernel.actions import ACTIONS, run
from silkcast.kernel.context import Actor, ActorKind, Grant
from silkcast.kernel.errors import NotAllowed
from silkcast.kernel.events import TOPICS
from silkcast.kernel.ids import ShowId, new_id

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage

ALL = (CameraConnected, CameraLost, DestinationLive, DestinationLost)


def line(sequence: int, kind: RoomEventKind, show_id: ShowId, subject_id: UUID, reason: str = "") -> RoomEvent:
    return RoomEvent(
        sequence=sequence,
        kind=kind,
        show_id=show_id,
        subject_id=subject_id,
        at_ms=1_795_348_800_000 + sequence,
        programme_ms=sequence * 1000,
        reason=reason,
    )


def test_everything_that_a_room_reports_becomes_a_fact(east: Stage) -> None:
    camera_id, tiktok = east.camera(), east.destination()
    show_id = east.live()
    about = {"camera": camera_id, "destination": tiktok, "room": east.room_id, "encoder": east.room_id}
    lines = [
        replace(line(number, kind, show_id, about[kind.partition("_")[0]], "why"), preset="faster")
        for number, kind in enumerate(RoomEventKind, 1)
    ]
    assert record(east, *lines) == Recorded(sequence=len(lines), events=len(lines))
    seen = [declared for declared in TOPICS.values() if issubclass(declared, Seen)]
    facts = east.facts(*seen)
    assert {fact.topic for fact in facts} == {f"studio.{kind.value}" for kind in RoomEventKind}
    assert len(facts) == len(seen) == len(RoomEventKind)
    assert [fact.programme_ms for fact in facts if isinstance(fact, Seen)] == [
        1000 * n for n in range(1, len(seen) + 1)
    ]
    assert [fact.preset for fact in facts if isinstance(fact, EncoderShed | EncoderRestored)] == ["faster"] * 2


def record(stage: Stage, *lines: RoomEvent, spool: str = "s1") -> Recorded:
    done: Recorded = stage.does(studio.RecordRoomEvents(room_id=stage.room_id, spool=spool, events=lines))
    return done


def test_what_a_room_saw_is_announced_in_its_order(east: Stage) -> None:
    camera_id, tiktok = east.camera(), east.destination()
    show_id = east.live()
    done = record(
        east,
        line(2, RoomEventKind.DESTINATION_LIVE, show_id, tiktok),
        line(1, RoomEventKind.CAMERA_CONNECTED, show_id, camera_id),
        line(3, RoomEventKind.DESTINATION_LOST, show_id, tiktok, "connection reset"),
        line(4, RoomEventKind.CAMERA_LOST, show_id, camera_id, "closed"),
    )
    assert done == Recorded(sequence=4, events=4)
    at_ms = 1_795_348_800_000
    assert east.facts(*ALL) == [
        CameraConnected(show_id=show_id, room_id=east.room_id, camera_id=camera_id, at_ms=at_ms + 1, programme_ms=1000),
        DestinationLive(
            show_id=show_id, room_id=east.room_id, destination_id=tiktok, at_ms=at_ms + 2, programme_ms=2000
        ),
        DestinationLost(
            show_id=show_id,
            room_id=east.room_id,
            destination_id=tiktok,
            at_ms=at_ms + 3,
            programme_ms=3000,
            reason="connection reset",
        ),
        CameraLost(
            show_id=show_id,
            room_id=east.room_id,
            camera_id=camera_id,
            at_ms=at_ms + 4,
            programme_ms=4000,
            reason="closed",
        ),
    ]


def test_a_line_that_is_sent_again_is_announced_once(east: Stage) -> None:
    camera_id = east.camera()
    show_id = east.live()
    first = line(1, RoomEventKind.CAMERA_CONNECTED, show_id, camera_id)
    second = line(2, RoomEventKind.CAMERA_LOST, show_id, camera_id)
    assert record(east, first) == Recorded(sequence=1, events=1)
    assert record(east, first, second) == Recorded(sequence=2, events=1)
    assert record(east, first, second) == Recorded(sequence=2, events=0)
    assert len(east.facts(*ALL)) == 2


def test_a_new_spool_counts_from_one_again(east: Stage) -> None:
    camera_id = east.camera()
    show_id = east.live()
    record(east, line(9, RoomEventKind.CAMERA_CONNECTED, show_id, camera_id))
    assert record(east, line(1, RoomEventKind.CAMERA_LOST, show_id, camera_id), spool="s2") == Recorded(
        sequence=1, events=1
    )
    assert len(east.facts(*ALL)) == 2


def test_lines_about_unknown_things_are_passed_over(east: Stage) -> None:
    camera_id = east.camera()
    show_id = east.live()
    other = replace(line(1, RoomEventKind.CAMERA_LOST, show_id, camera_id), show_id=ShowId(new_id()))
    gone = line(2, RoomEventKind.CAMERA_LOST, show_id, new_id())
    mixed_up = line(3, RoomEventKind.DESTINATION_LOST, show_id, camera_id)
    known = line(4, RoomEventKind.CAMERA_LOST, show_id, camera_id)
    assert record(east, other, gone, mixed_up, known) == Recorded(sequence=4, events=1)
    assert len(east.facts(*ALL)) == 1


def test_no_role_and_no_key_may_speak_for_a_room(east: Stage) -> None:
    permission = ACTIONS["studio.record_room_events"].permission
    every_verb = frozenset[str]().union(*VERBS.values())
    assert permission not in every_verb
    operator = Actor(kind=ActorKind.PERSON, id="p", grants=(Grant(verbs=every_verb),))
    before = east.marks()
    with pytest.raises(NotAllowed):
        run(
            replace(east.ctx, actor=operator),
            studio.RecordRoomEvents(room_id=east.room_id, spool="s1", events=()),
        )
    assert east.marks() == before
