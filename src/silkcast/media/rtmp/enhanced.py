"""Enhanced RTMP (Veovera, v2 of 2025) unfolded: of each tag what belongs to the camera's first picture and sound.

H.264 and AAC leave in FLV's own form, whichever they came in; other codecs keep their FourCC. What a tag says besides
(further tracks, colour metadata, ends of sequences, commands) is no picture and no sound, and goes.
"""

from __future__ import annotations

from typing import Final

from silkcast.media.rtmp.tags import FlvTag

_VIDEO_BIT, _AUDIO_FORMAT = 0x80, 9
_SEQUENCE_START, _CODED_FRAMES, _CODED_FRAMES_X, _TS_SEQUENCE_START = 0, 1, 3, 5
_AUDIO_MULTITRACK, _VIDEO_MULTITRACK, _MODIFIED = 5, 6, 7
_COMMAND_FRAME: Final = 5
_ONE_TRACK, _MANY_CODECS = 0, 2
_VIDEO_KEPT: Final = (_SEQUENCE_START, _CODED_FRAMES, _CODED_FRAMES_X, _TS_SEQUENCE_START)
_AUDIO_KEPT: Final = (_SEQUENCE_START, _CODED_FRAMES)


def unfold(tag: FlvTag) -> list[FlvTag]:
    """The tag, its first track in plain form, or nothing."""
    first = tag.body[0]
    if tag.kind == "video":
        body = _video(tag.body) if first & _VIDEO_BIT else tag.body
    else:
        body = _audio(tag.body) if first >> 4 == _AUDIO_FORMAT else tag.body
    if body is tag.body:
        return [tag]
    return [FlvTag(tag.kind, tag.timestamp_ms, body)] if body else []


def _video(body: bytes) -> bytes:
    kind, codec, payload = _first_track(body, _VIDEO_MULTITRACK)
    frame_type = body[0] >> 4 & 0x07
    if frame_type == _COMMAND_FRAME or kind not in _VIDEO_KEPT or len(codec) < 4:
        return b""
    if codec != b"avc1":
        return bytes((_VIDEO_BIT | frame_type << 4 | kind,)) + codec + payload
    head = frame_type << 4 | 7
    if kind == _SEQUENCE_START:
        return bytes((head, 0, 0, 0, 0)) + payload
    if kind == _CODED_FRAMES:
        return bytes((head, 1)) + payload  # which begins with the delay, as in the old form
    return bytes((head, 1, 0, 0, 0)) + payload if kind == _CODED_FRAMES_X else b""


def _audio(body: bytes) -> bytes:
    kind, codec, payload = _first_track(body, _AUDIO_MULTITRACK)
    if kind not in _AUDIO_KEPT or len(codec) < 4:
        return b""
    if codec == b"mp4a":
        return bytes((0xAF, kind)) + payload
    return bytes((_AUDIO_FORMAT << 4 | kind,)) + codec + payload


def _first_track(body: bytes, multitrack: int) -> tuple[int, bytes, bytes]:
    """Its packet type, codec and payload, the codec empty where there is no track 0."""
    kind, at = body[0] & 0x0F, 1
    while kind == _MODIFIED:  # nanoseconds of its time and the like
        size = body[at] + 1 if at < len(body) else 0
        at += 1
        if size == 256:
            size, at = int.from_bytes(body[at : at + 2]) + 1, at + 2
        at += size
        if at >= len(body):
            return kind, b"", b""
        kind, at = body[at] & 0x0F, at + 1
    if kind != multitrack:
        return kind, body[at : at + 4], body[at + 4 :]
    if at >= len(body):
        return kind, b"", b""
    form, kind, at = body[at] >> 4, body[at] & 0x0F, at + 1
    shared = b""
    if form != _MANY_CODECS:
        shared, at = body[at : at + 4], at + 4
    while at < len(body):
        codec = shared or body[at : at + 4]
        at += 0 if shared else 4
        track, at = body[at : at + 1], at + 1
        size = len(body)
        if form != _ONE_TRACK:
            size, at = int.from_bytes(body[at : at + 3]), at + 3
        if track == b"\0":
            return kind, codec, body[at : at + size]
        at += size
    return kind, b"", b""
