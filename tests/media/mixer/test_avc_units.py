"""What a picture says of itself stands before its slices, where a decoder heeds it."""

from __future__ import annotations

from silkcast.media.mixer.avc_units import with_messages_first


def test_what_a_keyframe_says_behind_its_slices_is_heard() -> None:
    units = [b"\0\0\0\x02\x67S", b"\0\0\0\x02\x65A", b"\0\0\0\x02\x65B", b"\0\0\0\x02\x06C", b"\0\0\0\x01\x0c"]
    header = b"\x01\x42\0\x33\xff"
    in_order = b"".join(units[at] for at in (0, 3, 1, 2, 4))
    assert with_messages_first(b"".join(units), header) == in_order
    assert with_messages_first(in_order, header) == in_order
    cut = b"".join(units)[:-1]
    assert with_messages_first(cut, header) == cut
