"""Writes the programme as HLS: cuts segments at keyframes, keeps a short window, goes on after a restart.

The encoder's thread only appends bytes; files are written by a thread of this module's own, so that a slow disk
costs viewers of HLS a gap and nobody else anything.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from silkcast.media.mixer.encode import CodedPicture, CodedSound
from silkcast.media.mixer.playlist import WINDOW_SEGMENTS, Entry, Playlist, read_playlist, sequence_of
from silkcast.media.mixer.sound import RATE_HZ
from silkcast.media.mixer.transport_stream import CLOCK_HZ, TransportStream, adts_of, annexb_of

logger = logging.getLogger(__name__)

PLAYLIST_NAME: Final = "index.m3u8"
KEPT_SEGMENTS: Final = 2 * WINDOW_SEGMENTS  # a player may still be fetching what has just left the playlist
WAITING_SEGMENTS_MAX: Final = 4  # past it the newest segment is dropped, and the next one marked as a break
JOIN_DEADLINE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Segment:
    body: bytes
    duration_s: float
    starts_at_ms: int
    breaks: bool


class Segmenter:
    """Joins coded pictures and sound, in order of time, into segments of a second or a little more."""

    def __init__(self, fps: int, video_header: bytes, audio_header: bytes) -> None:
        self._fps = fps
        self._video_header, self._audio_header = video_header, audio_header
        self._stream = TransportStream()
        self._parts: list[bytes] = []
        self._pictures = 0
        self._starts_at_ms = 0
        self._breaks = False
        self._next_breaks = True  # the first segment never follows from what is in the playlist already

    def use_header(self, video_header: bytes) -> None:
        """From the next keyframe on another encoder is at work."""
        self._video_header = video_header

    def break_off(self) -> None:
        """The next segment to begin will not follow from the one before."""
        self._next_breaks = True

    def picture(self, coded: CodedPicture, at_ms: int) -> Segment | None:
        """Add a picture, of UTC `at_ms`; gives the segment before when this one starts another."""
        done = None
        if coded.is_keyframe and self._pictures >= self._fps:
            done = self.finish()
        if not self._pictures:
            if not coded.is_keyframe:
                return done  # a segment begins where decoding can
            self._parts.append(self._stream.tables())
            self._starts_at_ms = at_ms
            self._breaks, self._next_breaks = self._next_breaks, False
        clock = coded.number * CLOCK_HZ // self._fps
        body = annexb_of(coded.payload, self._video_header, is_keyframe=coded.is_keyframe)
        self._parts.append(self._stream.picture(body, clock, is_keyframe=coded.is_keyframe))
        self._pictures += 1
        return done

    def sound(self, coded: CodedSound) -> None:
        if self._pictures:
            clock = coded.sample * CLOCK_HZ // RATE_HZ
            self._parts.append(self._stream.sound(adts_of(coded.payload, self._audio_header), clock))

    def finish(self) -> Segment | None:
        """What has been gathered, however short."""
        if not self._pictures:
            return None
        segment = Segment(b"".join(self._parts), self._pictures / self._fps, self._starts_at_ms, self._breaks)
        self._parts, self._pictures = [], 0
        return segment


class Shelf:
    """The folder of one show's segments; a playlist found there is continued."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._playlist = self._found()

    def _found(self) -> Playlist:
        on_disk = [sequence for path in self._folder.iterdir() if (sequence := sequence_of(path.name)) is not None]
        try:
            playlist = read_playlist((self._folder / PLAYLIST_NAME).read_text())
        except (OSError, ValueError):
            # Without its playlist a segment has no place any more, but its number must not come again.
            playlist = Playlist()
        self._next = max([playlist.next_sequence, *(sequence + 1 for sequence in on_disk)])
        if self._next != playlist.next_sequence:
            playlist = Playlist(breaks_gone=playlist.breaks_gone + sum(entry.breaks for entry in playlist.entries))
        return playlist

    def add(self, segment: Segment) -> None:
        breaks = segment.breaks and self._next > 0  # a show's very first segment breaks with nothing
        entry = Entry(self._next, segment.duration_s, segment.starts_at_ms, breaks)
        _replace(self._folder / entry.name, segment.body)
        self._publish(self._playlist.with_entry(entry))
        self._next += 1  # only now: a number that no playlist names would be a hole in the next one
        for path in self._folder.iterdir():
            sequence = sequence_of(path.name)
            if sequence is not None and sequence < self._next - KEPT_SEGMENTS:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Tell players that nothing more will come; a later Shelf may still go on."""
        if self._playlist.entries:
            self._publish(self._playlist.over())

    def _publish(self, playlist: Playlist) -> None:
        _replace(self._folder / PLAYLIST_NAME, playlist.text().encode())
        self._playlist = playlist


class HlsWriter:
    """The thread that puts segments on a shelf."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.segments = 0
        self.segments_dropped = 0
        self._over = False
        self._queue: queue.Queue[Segment | None] = queue.Queue(WAITING_SEGMENTS_MAX)
        self._thread = threading.Thread(target=self._run, name="hls", daemon=True)
        self._thread.start()

    def put(self, segment: Segment) -> bool:
        """Never waits; False when the disk is too slow and the segment was dropped."""
        try:
            self._queue.put_nowait(segment)
        except queue.Full:
            self.segments_dropped += 1
            logger.warning("hls.segment_dropped", extra={"facts": {"folder": str(self.folder)}})
            return False
        return True

    def end(self) -> None:
        """Write what waits and end the playlist, without waiting for it."""
        try:
            self._queue.put_nowait(None)
        except queue.Full:
            self._over = True

    def join(self) -> None:
        """Wait until that is done; gives up on a disk that does not answer."""
        self._thread.join(JOIN_DEADLINE_S)

    def _next(self) -> Segment | None:
        return None if self._over and self._queue.empty() else self._queue.get()

    def _run(self) -> None:
        shelf: Shelf | None = None
        is_missing = False  # the segment before this one, so that this one breaks with what players have
        while (segment := self._next()) is not None:
            try:
                shelf = shelf or Shelf(self.folder)
                shelf.add(replace(segment, breaks=segment.breaks or is_missing))
                self.segments += 1
                is_missing = False
            except OSError:
                # A full disk must not end the programme; the next segment tries again.
                self.segments_dropped += 1
                is_missing = True
                logger.exception("hls.write_failed", extra={"facts": {"folder": str(self.folder)}})
        try:
            if shelf is not None:
                shelf.close()
        except OSError:
            logger.exception("hls.write_failed", extra={"facts": {"folder": str(self.folder)}})


def _replace(path: Path, body: bytes) -> None:
    """Readers see the old file or the new one, never a part."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(body)
    os.replace(draft, path)
