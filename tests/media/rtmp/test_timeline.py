"""The times that a destination sees: from zero, never back, and the gap of an outage as long as it was."""

from __future__ import annotations

import pytest

from silkcast.media.rtmp.tags import FlvTag
from silkcast.media.rtmp.timeline import AGE_MS_MAX, Timeline

HOUR_MS = 3_600_000


def video(at_ms: int) -> FlvTag:
    return FlvTag("video", at_ms, b"\x27\x01")


def audio(at_ms: int) -> FlvTag:
    return FlvTag("audio", at_ms, b"\xaf\x01")


CASES: list[tuple[str, list[FlvTag], list[int]]] = [
    ("it starts at zero wherever the programme is", [video(HOUR_MS), video(HOUR_MS + 33)], [0, 33]),
    ("steps are kept exactly", [video(0), audio(21), video(33), audio(43)], [0, 21, 33, 43]),
    ("interleaving may step back between kinds", [video(0), video(100), audio(90)], [0, 100, 90]),
    ("but not within one", [video(0), video(100), video(90), video(133)], [0, 100, 100, 133]),
    ("nor before zero", [video(100), audio(90)], [0, 0]),
    (
        "a programme that began anew goes on",
        [video(0), video(HOUR_MS // 2000), video(5000), video(5), video(38)],
        [0, 1800, 5000, 5033, 5066],
    ),
    ("a jump ahead is closed", [video(0), video(33), video(HOUR_MS), video(HOUR_MS + 33)], [0, 33, 66, 99]),
]


@pytest.mark.parametrize(("tags", "placed"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_times_are_placed(tags: list[FlvTag], placed: list[int]) -> None:
    timeline = Timeline()
    assert [timeline.place(tag) for tag in tags] == placed


def test_after_a_reconnection_the_gap_is_the_time_that_passed() -> None:
    timeline = Timeline()
    timeline.place(video(500))
    timeline.reconnect()
    assert [timeline.place(video(at_ms)) for at_ms in (HOUR_MS, HOUR_MS + 33)] == [HOUR_MS - 500, HOUR_MS - 467]


def test_what_comes_again_after_a_reconnection_has_the_times_it_had() -> None:
    timeline = Timeline()
    first = [timeline.place(tag) for tag in (video(500), video(533), audio(540), video(566))]
    timeline.reconnect()
    again = [timeline.place(tag) for tag in (video(500), video(533), audio(540), video(566), video(600))]
    assert again == [*first, 100]


def test_before_times_outgrow_what_receivers_bear_a_reconnection_starts_again_at_zero() -> None:
    timeline = Timeline()
    timeline.place(video(0))
    timeline.reconnect()
    timeline.place(video(AGE_MS_MAX))
    assert not timeline.is_worn
    timeline.place(video(AGE_MS_MAX + 33))
    assert timeline.is_worn
    timeline.reconnect()
    assert not timeline.is_worn
    assert [timeline.place(video(AGE_MS_MAX + at_ms)) for at_ms in (66, 99)] == [0, 33]
