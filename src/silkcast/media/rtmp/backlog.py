"""The bounded queue between the programme's encoder and one destination; says what it drops."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Final

from silkcast.media.rtmp.tags import FlvTag, TagKind

SPAN_MS_MAX: Final = 5_000
BYTES_MAX: Final = 8 * 1024 * 1024
TAGS_MAX: Final = 4_096
# After a break, what is older than this is not caught up on: every second sent late stays late at the destination.
CATCH_UP_MS_MAX: Final = 2_000

_METADATA: Final = b"\x02\x00\x0aonMetaData"
_ORDER: Final[tuple[TagKind, ...]] = ("script", "video", "audio")


class Backlog:
    """Past its bounds it drops whole groups of pictures, oldest first, so that what follows always decodes.

    After a drop and at a restart, the metadata and sequence headers in force come again before the keyframe. What was
    taken since the last keyframe is kept, so that a connection that follows at once need not wait for the next one.
    """

    def __init__(self) -> None:
        self._tags: deque[FlvTag] = deque()
        self._bytes = 0
        self._latest: dict[TagKind, FlvTag] = {}  # preamble as offered last
        self._in_force: dict[TagKind, FlvTag] = {}  # preamble that applies to the head of the queue
        self._group: list[FlvTag] = []  # taken, from the newest keyframe that was taken
        self._preamble_of_group: dict[TagKind, FlvTag] = {}
        self._owes_preamble = True
        self._awaits_keyframe = False
        self._has_begun = False  # tags from before the first keyframe were never due: they do not count as dropped
        self._was_taken_from = False
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._tags)

    def offer(self, tag: FlvTag) -> None:
        is_preamble = _is_preamble(tag)
        if is_preamble:
            self._latest[tag.kind] = tag
            if self._owes_preamble:
                return
        elif tag.is_keyframe:
            self._has_begun, self._awaits_keyframe = True, False
        elif tag.kind == "video" and not self._has_begun and not self._awaits_keyframe:
            self._drop_all()  # we joined in the middle of a group of pictures
        if self._awaits_keyframe:
            self._count_dropped(tag)
            return
        if self._owes_preamble:
            self._owes_preamble = False
            self._insert_preamble(self._latest, tag.timestamp_ms)
        self._tags.append(tag)
        self._bytes += len(tag.body)
        if self._is_full(tag):
            self._drop_oldest()

    def take(self, bytes_max: int) -> list[FlvTag]:
        """The oldest tags, at least one if there are any, until `bytes_max` is reached."""
        taken: list[FlvTag] = []
        end = self._bytes - bytes_max
        while self._tags and (not taken or self._bytes > end):
            taken.append(self._pop())
            self._remember(taken[-1])
        self._was_taken_from |= bool(taken)
        return taken

    def restart(self) -> None:
        """A new connection begins: the head becomes a preamble and a keyframe, and no stale media.

        That keyframe may have been sent before: so may pictures after it, and some of those were never received.
        """
        if not self._was_taken_from:
            return  # nothing is missing at the head yet, however long the first connection took
        self._take_back()
        starts = self._keyframes()
        newest_ms = self._tags[-1].timestamp_ms if self._tags else 0
        fresh = [at for at in starts if newest_ms - self._tags[at].timestamp_ms <= CATCH_UP_MS_MAX]
        if starts:
            self._drop_before(fresh[0] if fresh else starts[-1])
        else:
            self._drop_all()

    def _remember(self, tag: FlvTag) -> None:
        if tag.is_keyframe:
            self._group, self._preamble_of_group = [tag], dict(self._in_force)
        elif self._group:
            self._group.append(tag)
            if len(self._group) > TAGS_MAX:
                self._group = []

    def _take_back(self) -> None:
        group, self._group = self._group, []
        if not group:
            return
        newest_ms = (self._tags or group)[-1].timestamp_ms
        if newest_ms - group[0].timestamp_ms <= CATCH_UP_MS_MAX:
            self._in_force = self._preamble_of_group
            self._tags.extendleft(reversed(group))
            self._bytes += sum(len(tag.body) for tag in group)

    def _is_full(self, newest: FlvTag) -> bool:
        span_ms = newest.timestamp_ms - self._tags[0].timestamp_ms
        return span_ms > SPAN_MS_MAX or self._bytes > BYTES_MAX or len(self._tags) > TAGS_MAX

    def _drop_oldest(self) -> None:
        starts = self._keyframes()
        # A group that alone is past the bounds is given up: its rest would not decode.
        if starts and starts[-1] > len(self._latest):
            self._drop_before(starts[-1])
        else:
            self._drop_all()

    def _drop_before(self, position: int) -> None:
        self._group = []  # what follows it is gone
        for _ in range(position):
            self._count_dropped(self._pop())
        self._insert_preamble(self._in_force, self._tags[0].timestamp_ms)

    def _drop_all(self) -> None:
        while self._tags:
            self._count_dropped(self._pop())
        self._group = []
        self._awaits_keyframe = self._owes_preamble = True

    def _count_dropped(self, tag: FlvTag) -> None:
        if self._has_begun and not _is_preamble(tag):
            self.dropped += 1

    def _insert_preamble(self, preamble: dict[TagKind, FlvTag], timestamp_ms: int) -> None:
        for kind in reversed(_ORDER):
            if kind in preamble:
                self._tags.appendleft(replace(preamble[kind], timestamp_ms=timestamp_ms))
                self._bytes += len(preamble[kind].body)

    def _pop(self) -> FlvTag:
        tag = self._tags.popleft()
        self._bytes -= len(tag.body)
        if _is_preamble(tag):
            self._in_force[tag.kind] = tag
        return tag

    def _keyframes(self) -> list[int]:
        return [position for position, tag in enumerate(self._tags) if tag.is_keyframe]


def _is_preamble(tag: FlvTag) -> bool:
    return tag.is_sequence_header or (tag.kind == "script" and tag.body.startswith(_METADATA))
