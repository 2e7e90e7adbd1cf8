from __future__ import annotations

import pytest

from silkcast.media.mixer.playlist import WINDOW_SEGMENTS, Entry, Playlist, read_playlist

NOON_MS = 1_795_262_400_000


def entry(sequence: int, *, breaks: bool = False, duration_s: float = 1.0) -> Entry:
    return Entry(sequence, duration_s, NOON_MS + sequence * 1000, breaks)


def filled(count: int, *, breaks: frozenset[int] = frozenset()) -> Playlist:
    playlist = Playlist()
    for sequence in range(count):
        playlist = playlist.with_entry(entry(sequence, breaks=sequence in breaks))
    return playlist


def test_a_playlist_is_written_as_the_standard_says() -> None:
    playlist = filled(2).with_entry(Entry(2, 0.5, NOON_MS + 2033, breaks=True))
    assert playlist.text() == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:6\n"
        "#EXT-X-TARGETDURATION:1\n"
        "#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:00.000Z\n"
        "#EXTINF:1.000000,\n"
        "00000000.ts\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:01.000Z\n"
        "#EXTINF:1.000000,\n"
        "00000001.ts\n"
        "#EXT-X-DISCONTINUITY\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:02.033Z\n"
        "#EXTINF:0.500000,\n"
        "00000002.ts\n"
    )


def test_only_the_newest_segments_stay_in_the_window() -> None:
    playlist = filled(30)
    assert [kept.sequence for kept in playlist.entries] == list(range(30 - WINDOW_SEGMENTS, 30))
    assert "#EXT-X-MEDIA-SEQUENCE:22\n" in playlist.text()


def test_breaks_that_left_the_window_are_counted() -> None:
    playlist = filled(20, breaks=frozenset({3, 5, 15}))
    assert playlist.breaks_gone == 2
    assert playlist.text().count("#EXT-X-DISCONTINUITY\n") == 1
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:2\n" in playlist.text()


def test_a_segment_longer_than_a_second_raises_the_target() -> None:
    assert "#EXT-X-TARGETDURATION:2\n" in Playlist((entry(0, duration_s=1.4),)).text()


@pytest.mark.parametrize("count", [0, 1, 8, 25])
def test_what_was_written_is_read_back(count: int) -> None:
    playlist = filled(count, breaks=frozenset({2, 20}))
    assert read_playlist(playlist.text()) == playlist


def test_an_ended_playlist_is_read_back_as_one_to_go_on_with() -> None:
    over = filled(3).over()
    assert over.text().endswith("#EXT-X-ENDLIST\n")
    assert read_playlist(over.text()) == filled(3)


@pytest.mark.parametrize("text", ["", "hello", "#EXTM3U\nother.ts\n", "#EXTM3U\n00000001.ts\n00000005.ts\n"])
def test_another_s_playlist_is_not_believed(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the reason differs, the class is the contract
        read_playlist(text)
