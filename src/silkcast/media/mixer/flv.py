"""Coded pictures and sound as FLV tags, which is what destinations take."""

from __future__ import annotations

from silkcast.media.mixer.encode import CodedPicture, CodedSound, EncoderSettings
from silkcast.media.mixer.sound import CHANNELS, RATE_HZ
from silkcast.media.rtmp import FlvTag, amf0

_KEY, _INTER = 0x17, 0x27  # frame type and AVC
_AAC = 0xAF  # AAC, 44 kHz, 16 bit, stereo: the format has these bits fixed, the header says what is true


def metadata_tag(settings: EncoderSettings, timestamp_ms: int) -> FlvTag:
    told = amf0.EcmaArray(
        width=float(settings.width),
        height=float(settings.height),
        framerate=float(settings.fps),
        videocodecid=7.0,
        videodatarate=float(settings.video_kbps),
        audiocodecid=10.0,
        audiodatarate=float(settings.audio_kbps),
        audiosamplerate=float(RATE_HZ),
        audiosamplesize=16.0,
        stereo=CHANNELS == 2,
        encoder="Silkcast",
    )
    return FlvTag("script", timestamp_ms, amf0.encode("onMetaData", told))


def video_header_tag(header: bytes, timestamp_ms: int) -> FlvTag:
    return FlvTag("video", timestamp_ms, bytes((_KEY, 0, 0, 0, 0)) + header)


def audio_header_tag(header: bytes, timestamp_ms: int) -> FlvTag:
    return FlvTag("audio", timestamp_ms, bytes((_AAC, 0)) + header)


def picture_tag(coded: CodedPicture, fps: int) -> FlvTag:
    head = bytes((_KEY if coded.is_keyframe else _INTER, 1, 0, 0, 0))
    return FlvTag("video", picture_ms(coded.number, fps), head + coded.payload)


def sound_tag(coded: CodedSound) -> FlvTag:
    return FlvTag("audio", round(coded.sample * 1000 / RATE_HZ), bytes((_AAC, 1)) + coded.payload)


def picture_ms(number: int, fps: int) -> int:
    return round(number * 1000 / fps)
