"""The queue of one destination: complete while it keeps up, and decodable whenever it did not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from silkcast.media.rtmp import backlog as bounds
from silkcast.media.rtmp.backlog import Backlog
from silkcast.media.rtmp.tags import FlvTag

Programme = Callable[..., list[FlvTag]]
ALL = 1 << 40


def offered(tags: list[FlvTag]) -> Backlog:
    backlog = Backlog()
    for tag in tags:
        backlog.offer(tag)
    return backlog


def test_a_destination_that_keeps_up_gets_every_tag_in_order(programme: Programme) -> None:
    tags, backlog, got = programme(pictures=3000), Backlog(), list[FlvTag]()
    for tag in tags:
        backlog.offer(tag)
        got += backlog.take(ALL)
    assert got == tags
    assert backlog.dropped == 0


def test_taking_stops_at_the_bytes_wanted_but_gives_at_least_one(programme: Programme) -> None:
    backlog = offered(programme(pictures=2))
    assert len(backlog.take(1)) == 1
    taken = backlog.take(100)
    assert sum(len(tag.body) for tag in taken[:-1]) < 100 <= sum(len(tag.body) for tag in taken)


def test_past_the_span_whole_groups_of_pictures_go_and_the_rest_begins_decodable(programme: Programme) -> None:
    tags = programme(pictures=181)  # six groups of one second, and the keyframe of the seventh
    backlog = offered(tags)
    head = backlog.take(ALL)
    assert [tag.body for tag in head] == [tag.body for tag in tags[:3] + tags[3 + 2 * 150 :]]
    assert {tag.timestamp_ms for tag in head[:4]} == {5000}
    assert backlog.dropped == 2 * 150


def test_a_group_that_is_itself_past_the_bounds_is_given_up_to_the_next_keyframe(programme: Programme) -> None:
    tags = programme(pictures=301, gop=300)
    backlog = offered(tags)
    got = backlog.take(ALL)
    assert [tag.body for tag in got] == [tag.body for tag in tags[:3] + tags[-2:]]
    assert backlog.dropped == len(tags) - len(got)


@pytest.mark.parametrize("bound", ["BYTES_MAX", "TAGS_MAX"])
def test_bytes_and_tags_are_bounded_too(programme: Programme, bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, bound, {"BYTES_MAX": 100_000, "TAGS_MAX": 100}[bound])
    tags = [FlvTag(tag.kind, 0, tag.body) for tag in programme(pictures=2000)]
    backlog = offered(tags)
    got = backlog.take(ALL)
    assert sum(len(tag.body) for tag in got) <= 100_000
    assert got[3].is_keyframe
    assert len(got) - 3 + backlog.dropped == len(tags) - 3


def test_who_joins_in_mid_group_starts_at_the_next_keyframe_and_has_lost_nothing(programme: Programme) -> None:
    tags = programme(pictures=60)
    backlog = offered(tags[:3] + tags[3 + 20 :])
    got = backlog.take(ALL)
    assert [tag.body for tag in got] == [tag.body for tag in tags[:3] + tags[3 + 60 :]]
    assert {tag.timestamp_ms for tag in got[:4]} == {1000}
    assert backlog.dropped == 0


def test_sound_before_the_first_keyframe_is_kept(programme: Programme) -> None:
    tags = programme(pictures=2)
    early = [*tags[:3], tags[4], tags[3], *tags[5:]]
    assert offered(early).take(ALL) == early


def test_a_restart_begins_with_the_headers_and_the_oldest_fresh_keyframe(programme: Programme) -> None:
    tags = programme(pictures=120)
    backlog = offered(tags[:50])
    backlog.take(ALL)  # the connection that took these is gone
    for tag in tags[50:]:
        backlog.offer(tag)
    backlog.restart()
    got = backlog.take(ALL)
    assert [tag.body for tag in got] == [tag.body for tag in tags[:3] + tags[3 + 2 * 60 :]]
    assert backlog.dropped == 3 + 2 * 60 - 50


def test_a_restart_in_mid_group_begins_again_with_that_groups_keyframe_and_misses_nothing(programme: Programme) -> None:
    tags = programme(pictures=60)
    backlog = offered(tags[:70])
    backlog.take(ALL)
    for tag in tags[70:90]:
        backlog.offer(tag)
    for _ in range(2):  # the connection after it may break as soon
        backlog.restart()
        assert [tag.body for tag in backlog.take(ALL)] == [tag.body for tag in tags[:3] + tags[3 + 60 : 90]]
    assert backlog.dropped == 0


def test_after_a_longer_break_no_picture_older_than_is_caught_up_on_comes_again(programme: Programme) -> None:
    tags = programme(pictures=200, gop=100)
    backlog = offered(tags[:10])
    backlog.take(ALL)
    for tag in tags[10:150]:  # 2.4 s later, with no keyframe since
        backlog.offer(tag)
    backlog.restart()
    assert backlog.take(ALL) == []
    for tag in tags[150:]:
        backlog.offer(tag)
    assert [tag.body for tag in backlog.take(ALL)] == [tag.body for tag in tags[:3] + tags[3 + 200 :]]
    assert backlog.dropped == 3 + 200 - 10


@pytest.mark.parametrize("gop", [10, 60])
def test_a_group_of_which_the_middle_was_dropped_does_not_come_again(
    programme: Programme, gop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "TAGS_MAX", 30)
    tags = programme(pictures=60, gop=gop)
    backlog = offered(tags[:10])
    backlog.take(ALL)
    for tag in tags[10:42]:
        backlog.offer(tag)
    backlog.restart()
    whole = tags[:3] + tags[3 + 20 : 42] if gop == 10 else []
    assert [tag.body for tag in backlog.take(ALL)] == [tag.body for tag in whole]


def test_what_is_kept_to_be_sent_again_is_bounded(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "TAGS_MAX", 30)
    backlog = Backlog()
    for tag in programme(pictures=30):
        backlog.offer(tag)
        backlog.take(ALL)
    backlog.restart()
    assert backlog.take(ALL) == []


def test_a_slow_first_connection_loses_nothing(programme: Programme) -> None:
    tags = programme(pictures=140)
    backlog = offered(tags)
    backlog.restart()
    assert backlog.take(ALL) == tags


def test_headers_that_changed_meanwhile_are_the_ones_in_force(programme: Programme) -> None:
    first, second = programme(pictures=30), programme(pictures=30, from_ms=1000)
    changed = [FlvTag("video", 1000, b"\x17\x00\x00\x00\x00 other"), *second[3:]]
    backlog = offered(first)
    backlog.take(ALL)
    for tag in changed:
        backlog.offer(tag)
    backlog.restart()
    got = backlog.take(ALL)
    again = [*first, *changed]  # the group that was taken is fresh: it comes with the headers that it was coded under
    assert [tag.body for tag in got] == [tag.body for tag in again]
    for tag in programme(pictures=61, from_ms=2000)[3:]:
        backlog.offer(tag)
    backlog.restart()
    late = [first[0].body, changed[0].body, first[2].body]
    assert [tag.body for tag in backlog.take(ALL)][:3] == late
