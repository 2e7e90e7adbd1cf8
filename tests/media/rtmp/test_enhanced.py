"""Of an enhanced tag, the first track's picture and sound remain, H.264 and AAC in their old form."""

from __future__ import annotations

import pytest

from silkcast.media.rtmp import messages
from silkcast.media.rtmp.messages import Message
from silkcast.media.rtmp.tags import FlvTag

VIDEO, AUDIO = messages.VIDEO, messages.AUDIO


def unfolded(type_id: int, body: bytes) -> bytes:
    """What is left of the tag, empty for none."""
    tags = messages.read_tags(Message(type_id, 1, 40, body))
    assert all(tag == FlvTag("video" if type_id == VIDEO else "audio", 40, tag.body) for tag in tags)
    return b"".join(tag.body for tag in tags)


@pytest.mark.parametrize(
    ("type_id", "sent", "left"),
    [
        (VIDEO, b"\x90avc1CONF", b"\x17\0\0\0\0CONF"),
        (VIDEO, b"\x91avc1\0\0\x28UNIT", b"\x17\x01\0\0\x28UNIT"),
        (VIDEO, b"\xa1avc1\xff\xff\xd8UNIT", b"\x27\x01\xff\xff\xd8UNIT"),
        (VIDEO, b"\xa3avc1UNIT", b"\x27\x01\0\0\0UNIT"),
        (AUDIO, b"\x90mp4aCONF", b"\xaf\0CONF"),
        (AUDIO, b"\x91mp4aUNIT", b"\xaf\x01UNIT"),
    ],
)
def test_h264_and_aac_by_their_fourcc_are_h264_and_aac(type_id: int, sent: bytes, left: bytes) -> None:
    assert unfolded(type_id, sent) == left


@pytest.mark.parametrize(
    ("type_id", "sent", "left"),
    [
        (VIDEO, b"\x96\x00avc1\x00CONF", b"\x17\0\0\0\0CONF"),
        (VIDEO, b"\x96\x00avc1\x01CONF", b""),
        (VIDEO, b"\x96\x11avc1\x01\0\0\x04\0\0\0X\0\0\0\x05\0\0\x28UV", b"\x17\x01\0\0\x28UV"),
        (VIDEO, b"\xa6\x23hvc1\x01\0\0\x01Xavc1\0\0\0\x02UV", b"\x27\x01\0\0\0UV"),
        (AUDIO, b"\x95\x01mp4a\x00UNIT", b"\xaf\x01UNIT"),
        (AUDIO, b"\x95\x01mp4a\x01UNIT", b""),
        (AUDIO, b"\x95\x11Opus\x01\0\0\x01X\0\0\0\x02UV", b"\x91OpusUV"),
    ],
)
def test_of_many_tracks_the_first_is_taken(type_id: int, sent: bytes, left: bytes) -> None:
    assert unfolded(type_id, sent) == left


@pytest.mark.parametrize(
    ("type_id", "sent"),
    [
        (VIDEO, b"\x94avc1\x02\0\x09colorInfo"),
        (VIDEO, b"\x84hvc1\x02\0\x09colorInfo"),
        (VIDEO, b"\x92avc1"),
        (VIDEO, b"\xd1\0avc1UNIT"),  # a command to whoever plays
        (VIDEO, b"\x9favc1UNIT"),  # a kind that is not given out yet
        (AUDIO, b"\x92mp4a"),
        (AUDIO, b"\x94mp4a\x01\x02"),
    ],
)
def test_what_is_no_picture_and_no_sound_goes(type_id: int, sent: bytes) -> None:
    assert unfolded(type_id, sent) == b""


@pytest.mark.parametrize(
    ("type_id", "sent", "left"),
    [
        (VIDEO, b"\x97\x02abc\x01avc1\0\0\x28UNIT", b"\x17\x01\0\0\x28UNIT"),
        (VIDEO, b"\x97\xff\x00\xff" + bytes(256) + b"\x03avc1UNIT", b"\x17\x01\0\0\0UNIT"),
        (AUDIO, b"\x97\x02abc\x01mp4aUNIT", b"\xaf\x01UNIT"),
    ],
)
def test_a_time_told_more_finely_is_passed_over(type_id: int, sent: bytes, left: bytes) -> None:
    assert unfolded(type_id, sent) == left


@pytest.mark.parametrize("sent", [b"\x90hvc1CONF", b"\xa1av01UNIT"])
def test_other_codecs_keep_their_name(sent: bytes) -> None:
    assert unfolded(VIDEO, sent) == sent


@pytest.mark.parametrize("whole", [b"\x97\x02abc\x01avc1", b"\x96\x23hvc1\x01\0\0\x01Xavc1\0", b"\x97\xff\x00\xff"])
def test_a_tag_cut_short_is_none(whole: bytes) -> None:
    for end in range(1, len(whole)):
        assert unfolded(VIDEO, whole[:end]) == b""
