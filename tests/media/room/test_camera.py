from __future__ import annotations

import threading

from silkcast.media.room.camera import TAGS_MAX, TagQueue
from silkcast.media.rtmp import FlvTag

HEADER = FlvTag("video", 0, b"\x17\x00\x00\x00\x00avcc")
KEY, INTER = b"\x17\x01\x00\x00\x00x", b"\x27\x01\x00\x00\x00x"


def video(number: int, *, key: bool = False) -> FlvTag:
    return FlvTag("video", number, KEY if key else INTER)


def taken(queue: TagQueue, count: int) -> list[int]:
    return [tag.timestamp_ms for tag in (queue.take() for _ in range(count)) if tag is not None]


def test_tags_come_out_in_order() -> None:
    queue = TagQueue()
    for number in range(5):
        queue.put(video(number))
    assert taken(queue, 5) == [0, 1, 2, 3, 4]


def test_a_decoder_too_slow_loses_pictures_up_to_a_keyframe_but_no_header() -> None:
    queue = TagQueue()
    queue.put(HEADER)
    for number in range(1, TAGS_MAX):
        queue.put(video(number))
    queue.put(video(1000))  # one too many
    queue.put(video(1001))
    queue.put(video(1002, key=True))
    queue.put(video(1003))
    assert taken(queue, 3) == [0, 1002, 1003]
    assert queue.dropped == TAGS_MAX + 1


def test_closing_wakes_the_decoder_and_drops_what_waits() -> None:
    queue, seen = TagQueue(), ["unset"]

    def wait() -> None:
        seen[0] = repr(queue.take())

    waiting = threading.Thread(target=wait)
    waiting.start()
    queue.close()
    waiting.join(60)
    assert seen == ["None"]
    queue.put(video(1))
    assert queue.take() is None
