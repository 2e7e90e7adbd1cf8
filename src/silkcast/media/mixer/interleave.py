"""Puts coded pictures and sound into one order of time: AAC comes some 40 ms after the picture it belongs to."""

from __future__ import annotations

import collections
from typing import Final

from silkcast.media.mixer.encode import CodedPicture, CodedSound
from silkcast.media.mixer.sound import RATE_HZ

PICTURES_WAITING_MAX: Final = 60  # the sound encoder never misses a tick; this only bounds our own defect


class Interleaver:
    """Feed it as things are coded; it gives back what is in order by then."""

    def __init__(self, fps: int) -> None:
        self._samples_per_picture = RATE_HZ // fps
        self._pictures: collections.deque[CodedPicture] = collections.deque()
        self._sounds: collections.deque[CodedSound] = collections.deque()

    def put(self, pictures: list[CodedPicture], sounds: list[CodedSound]) -> list[CodedPicture | CodedSound]:
        self._pictures += pictures
        self._sounds += sounds
        ordered: list[CodedPicture | CodedSound] = []
        while self._pictures and (self._sounds or len(self._pictures) > PICTURES_WAITING_MAX):
            ordered.append(self._earliest())
        return ordered

    def rest(self) -> list[CodedPicture | CodedSound]:
        """What still waits, in order; for the end of the programme."""
        ordered: list[CodedPicture | CodedSound] = []
        while self._pictures or self._sounds:
            ordered.append(self._earliest())
        return ordered

    def _earliest(self) -> CodedPicture | CodedSound:
        if not self._sounds:
            return self._pictures.popleft()
        if self._pictures and self._pictures[0].number * self._samples_per_picture <= self._sounds[0].sample:
            return self._pictures.popleft()
        return self._sounds.popleft()
