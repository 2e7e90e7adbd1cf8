"""What a tag is, told from its first two bytes, in the old form and in Enhanced RTMP's."""

from __future__ import annotations

import pytest

from silkcast.media.rtmp.tags import FlvTag, TagKind

CASES: list[tuple[str, TagKind, str, bool, bool]] = [
    # what it is                      kind     body          keyframe  sequence header
    ("AVC configuration", "video", "17 00 000000", False, True),
    ("AVC keyframe", "video", "17 01 000000", True, False),
    ("AVC inter frame", "video", "27 01 000000", False, False),
    ("AVC end of sequence", "video", "17 02 000000", False, False),
    ("old-style HEVC configuration", "video", "1c 00 000000", False, True),
    ("old-style HEVC keyframe", "video", "1c 01 000000", True, False),
    ("Sorenson keyframe, without configuration", "video", "12 00", True, False),
    ("enhanced configuration", "video", "90 68766331", False, True),
    ("enhanced keyframe", "video", "91 68766331", True, False),
    ("enhanced keyframe without composition time", "video", "93 68766331", True, False),
    ("enhanced inter frame", "video", "a1 68766331", False, False),
    ("enhanced metadata", "video", "94 68766331", False, False),
    ("AAC configuration", "audio", "af 00 1210", False, True),
    ("AAC frame", "audio", "af 01 21", False, False),
    ("MP3 frame", "audio", "2f 00 21", False, False),
    ("enhanced audio configuration", "audio", "90 4f707573", False, True),
    ("enhanced audio frame", "audio", "91 4f707573", False, False),
    ("script", "script", "02 0001 61", False, False),
    ("too short to say", "video", "17", False, False),
]


@pytest.mark.parametrize(("kind", "body", "is_keyframe", "is_sequence_header"), [row[1:] for row in CASES])
def test_a_tag_tells_what_it_is(kind: TagKind, body: str, is_keyframe: bool, is_sequence_header: bool) -> None:  # noqa: FBT001
    tag = FlvTag(kind, 0, bytes.fromhex(body))
    assert (tag.is_keyframe, tag.is_sequence_header) == (is_keyframe, is_sequence_header)
