"""Turns one camera's FLV tags into pictures and sound; whatever the camera sends, only StreamError leaves here."""

from __future__ import annotations

from collections.abc import Callable

from silkcast.media.mixer.camera_picture import HEAD, PictureDecoder
from silkcast.media.mixer.camera_sound import SoundDecoder
from silkcast.media.mixer.feed import CameraFeed
from silkcast.media.mixer.sound import RATE_HZ, Samples
from silkcast.media.rtmp.tags import FlvTag


class CameraDecoder:
    """For one thread."""

    def __init__(self, feed: CameraFeed, now_ms: Callable[[], float]) -> None:
        self._feed, self._now_ms = feed, now_ms
        self._picture, self._sound = PictureDecoder(), SoundDecoder()

    @property
    def pictures(self) -> int:
        return self._picture.pictures

    @property
    def wrong(self) -> int:
        """Tags that made no sense."""
        return self._picture.wrong + self._sound.wrong

    @property
    def sound_trouble(self) -> str:
        """The code of why this camera is silent; empty while it is not."""
        return self._sound.trouble

    def take(self, tag: FlvTag) -> None:
        """Raises StreamError when the camera can't be of use any more."""
        if tag.kind == "video":
            if len(tag.body) > HEAD and not tag.is_sequence_header:
                self._feed.stamped("video", tag.timestamp_ms, self._now_ms())
            for shot, stamp_ms in self._picture.take(tag):
                self._feed.put_picture(shot, stamp_ms, self._now_ms())
        elif tag.kind == "audio":
            self._put_sound(self._sound.take(tag), tag.timestamp_ms)

    def _put_sound(self, blocks: list[Samples], stamp_ms: float) -> None:
        if blocks:
            self._feed.stamped("audio", stamp_ms, self._now_ms())
        for block in blocks:
            self._feed.put_sound(block, stamp_ms, self._now_ms())
            stamp_ms += block.shape[1] * 1000 / RATE_HZ
