from __future__ import annotations

from silkcast.media.mixer.encode import CodedPicture, CodedSound, EncoderSettings
from silkcast.media.mixer.flv import audio_header_tag, metadata_tag, picture_tag, sound_tag, video_header_tag
from silkcast.media.rtmp import amf0


def test_a_picture_is_an_avc_tag_at_its_time() -> None:
    tag = picture_tag(CodedPicture(31, is_keyframe=False, payload=b"nal"), 30)
    assert (tag.kind, tag.timestamp_ms, tag.body) == ("video", 1033, b"\x27\x01\x00\x00\x00nal")
    assert not tag.is_keyframe


def test_a_keyframe_and_a_header_are_told_apart() -> None:
    key = picture_tag(CodedPicture(30, is_keyframe=True, payload=b"nal"), 30)
    header = video_header_tag(b"avcc", 7)
    assert (key.is_keyframe, key.is_sequence_header) == (True, False)
    assert (header.is_keyframe, header.is_sequence_header, header.timestamp_ms) == (False, True, 7)


def test_sound_is_an_aac_tag_at_the_time_of_its_first_sample() -> None:
    tag = sound_tag(CodedSound(48_000 + 1024, b"aac"))
    assert (tag.kind, tag.timestamp_ms, tag.body) == ("audio", 1021, b"\xaf\x01aac")
    assert audio_header_tag(b"asc", 0).is_sequence_header


def test_metadata_says_size_and_rates() -> None:
    tag = metadata_tag(EncoderSettings(1280, 720, 30, 3000, "veryfast"), 0)
    name, told = amf0.decode(tag.body)
    assert name == "onMetaData"
    assert isinstance(told, dict)
    assert (told["width"], told["height"], told["framerate"], told["videodatarate"]) == (1280.0, 720.0, 30.0, 3000.0)
