"""What a page is sent, what it loses when it reads too slowly, and what a newcomer gets first."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest

from silkcast.roles.edge.http.messages import Reply
from silkcast.roles.edge.streams import QUEUED_PER_KIND_MAX, RECENT_KEPT_MAX, STATES_KEPT_MAX, Broadcast, Page

pytestmark = pytest.mark.anyio
SHOW = "base-1/show-1/"


class SlowReply:
    """A reply whose client reads when the test says so."""

    def __init__(self) -> None:
        self.is_paused = False
        self.finished = False
        self.sent: list[bytes] = []
        self._resume: Any = None

    def on_resume(self, callback: Any) -> None:
        self._resume = callback

    def write(self, part: bytes) -> None:
        self.sent.append(part)

    def finish(self) -> None:
        self.finished = True

    def resume(self) -> None:
        self.is_paused = False
        self._resume()

    def bodies(self) -> list[str]:
        return re.findall(r"\nevent: (?!missed).*\ndata: (.*)\n", b"".join(self.sent).decode())


def opened(broadcast: Broadcast, *prefixes: str, last_id: str = "", expires_s: float = 1e12) -> tuple[Page, SlowReply]:
    reply = SlowReply()
    page = Page(cast("Reply", reply), prefixes or (SHOW,), expires_s=expires_s)
    broadcast.join(page, last_id=last_id)
    return page, reply


async def test_an_event_carries_its_id_its_kind_and_its_body() -> None:
    broadcast = Broadcast(epoch=7)
    _, reply = opened(broadcast)
    broadcast.publish(SHOW + "comment", {"text": "你好\nhi"})
    assert reply.sent == [
        b'id: 7-1\nevent: comment\ndata: {"text":"\xe4\xbd\xa0\xe5\xa5\xbd\\nhi"}\n\n',
    ]


async def test_a_page_hears_only_its_topics() -> None:
    broadcast = Broadcast()
    _, reply = opened(broadcast, SHOW, "base-1/show-2/metrics")
    for topic in (SHOW + "comment", "base-1/show-2/comment", "base-1/show-2/metrics", "base-2/show-1/comment"):
        broadcast.publish(topic, topic)
    assert reply.bodies() == ['"base-1/show-1/comment"', '"base-1/show-2/metrics"']


async def test_a_page_that_left_hears_nothing() -> None:
    broadcast = Broadcast()
    page, reply = opened(broadcast)
    broadcast.leave(page)
    broadcast.publish(SHOW + "comment", 1)
    assert reply.sent == []
    assert broadcast.pages() == []


async def test_a_slow_page_loses_the_oldest_of_the_busy_kind_only_and_is_told() -> None:
    broadcast = Broadcast()
    _, reply = opened(broadcast)
    reply.is_paused = True
    broadcast.publish(SHOW + "order", "the order")
    for number in range(QUEUED_PER_KIND_MAX + 3):
        broadcast.publish(SHOW + "comment", number)
    assert reply.sent == []
    reply.resume()
    assert reply.sent[0] == b'event: missed\ndata: {"comment":3}\n\n'
    assert reply.bodies() == ['"the order"', *(str(number) for number in range(3, QUEUED_PER_KIND_MAX + 3))]


async def test_a_page_that_pauses_again_midway_keeps_the_rest_in_order() -> None:
    broadcast = Broadcast()
    _, reply = opened(broadcast)
    reply.is_paused = True
    for number in range(4):
        broadcast.publish(SHOW + ("comment" if number % 2 else "order"), number)
    write = reply.write

    def write_one(part: bytes) -> None:
        write(part)
        reply.is_paused = True

    reply.write = write_one  # type: ignore[method-assign]
    for _ in range(4):
        reply.resume()
    broadcast.publish(SHOW + "comment", 4)
    reply.resume()
    assert reply.bodies() == ["0", "1", "2", "3", "4"]


async def test_a_newcomer_is_shown_the_last_state_of_each_kind() -> None:
    broadcast = Broadcast()
    for kind in ("metrics", "crowd", "room", "pitch", "overlay", "show"):
        broadcast.publish(SHOW + kind, f"old {kind}")
        broadcast.publish(SHOW + kind, f"new {kind}")
    broadcast.publish(SHOW + "comment", "said before")
    _, reply = opened(broadcast)
    assert reply.bodies() == [f'"new {kind}"' for kind in ("metrics", "crowd", "room", "pitch", "overlay", "show")]


async def test_a_newcomer_is_shown_the_stock_of_every_sku() -> None:
    broadcast = Broadcast()
    for sku, units in (("a", 3), ("b", 9), ("a", 2)):
        broadcast.publish(SHOW + "stock", {"sku_id": sku, "units_left": units})
    _, reply = opened(broadcast)
    assert reply.bodies() == ['{"sku_id":"b","units_left":9}', '{"sku_id":"a","units_left":2}']


async def test_states_kept_are_bounded() -> None:
    broadcast = Broadcast()
    for number in range(STATES_KEPT_MAX + 5):
        broadcast.publish(f"base-1/show-{number}/metrics", number)
    _, reply = opened(broadcast, "base-1/")
    assert len(reply.sent) == STATES_KEPT_MAX
    assert reply.bodies()[0] == "5"


async def test_a_page_that_comes_back_gets_what_it_lost_and_nothing_twice() -> None:
    broadcast = Broadcast(epoch=7)
    broadcast.publish(SHOW + "metrics", 1)
    broadcast.publish(SHOW + "comment", 2)
    broadcast.publish("base-2/show-1/comment", 3)
    broadcast.publish(SHOW + "comment", 4)
    _, reply = opened(broadcast, last_id="7-1")
    assert reply.bodies() == ["2", "4"]


@pytest.mark.parametrize("last_id", ["6-1", "7-x", "nonsense", "7-1"], ids=["epoch", "number", "nonsense", "too-old"])
async def test_a_page_that_cannot_be_caught_up_is_told_and_shown_the_states(last_id: str) -> None:
    broadcast = Broadcast(epoch=7)
    for number in range(RECENT_KEPT_MAX + 2):
        broadcast.publish(SHOW + "metrics", number)
    _, reply = opened(broadcast, last_id=last_id)
    assert reply.sent[0] == b"event: missed\ndata: {}\n\n"
    assert reply.bodies() == [str(RECENT_KEPT_MAX + 1)]


async def test_a_stream_ends_with_its_token_and_others_get_a_sign_of_life() -> None:
    broadcast = Broadcast()
    ending, ended = opened(broadcast, expires_s=99.0)
    _, living = opened(broadcast, expires_s=101.0)
    broadcast.beat(100.0)
    assert (ended.sent, ended.finished, ending.ended.done()) == ([b"event: end\ndata: expired\n\n"], True, True)
    assert (living.sent, living.finished) == ([b": still here\n\n"], False)


async def test_a_newcomer_hears_what_changed_among_all_goods_a_moment_before_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_000.0
    monkeypatch.setattr("silkcast.roles.edge.streams.time.monotonic", lambda: now)
    broadcast = Broadcast()
    broadcast.publish("base-1/shop/price", "old")
    now += 15.1
    for kind, body in (("price", "first"), ("stock", "second"), ("price", "third")):
        broadcast.publish(f"base-1/shop/{kind}", body)
    broadcast.publish("base-2/shop/price", "another base's")
    now += 14.0
    _, reply = opened(broadcast, "base-1/shop/price", "base-1/shop/stock")
    assert reply.bodies() == ['"first"', '"second"', '"third"']
    now += 2.0
    _, late = opened(broadcast, "base-1/shop/price", "base-1/shop/stock")
    assert late.bodies() == []
