"""Live events towards pages: encoded once for all, queued within bounds for each, states kept for newcomers."""

from __future__ import annotations

import asyncio
import collections
import itertools
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import msgspec

from silkcast.kernel.canonical import read_whole
from silkcast.roles.edge.http.messages import Reply

QUEUED_PER_KIND_MAX = 64  # while a page reads too slowly; past it the oldest of that kind is dropped
STATE_KINDS = frozenset({"metrics", "crowd", "room", "stock", "pitch", "overlay", "show"})
STATES_KEPT_MAX = 4_096
RECENT_S = 15.0  # a page that was rendered before and joins after sees what changed between
RECENT_KEPT_MAX = 1_024  # for a page that lost its connection for a moment
HEARTBEAT = b": still here\n\n"
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class LiveEvent:
    number: int
    topic: str
    kind: str
    raw: bytes
    at_s: float


class Page:
    """One open stream. Nothing here waits: a page that cannot keep up loses the oldest of each kind, and is told.

    No prefix of a page begins another of its prefixes, so that no event reaches it twice. `session`: of the person who
    hears it; empty for what everybody may hear.
    """

    def __init__(self, reply: Reply, prefixes: tuple[str, ...], *, expires_s: float, session: str = "") -> None:
        self.prefixes = prefixes
        self.session = session
        self.expires_s = expires_s
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reply = reply
        self._queued: dict[str, collections.deque[LiveEvent]] = {}
        self._missed: collections.Counter[str] = collections.Counter()
        reply.on_resume(self._flush)

    def offer(self, event: LiveEvent) -> None:
        if not self._queued and not self._reply.is_paused:
            self._reply.write(event.raw)
            return
        waiting = self._queued.setdefault(event.kind, collections.deque())
        if len(waiting) == QUEUED_PER_KIND_MAX:
            waiting.popleft()
            self._missed[event.kind] += 1
        waiting.append(event)

    def beat(self) -> None:
        if not self._reply.is_paused:
            self._reply.write(HEARTBEAT)

    def tell_missed(self, missed: dict[str, int]) -> None:
        self._reply.write(b"event: missed\ndata: %b\n\n" % _encode(missed))

    def end(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
            self._reply.write(f"event: end\ndata: {reason}\n\n".encode())
            self._reply.finish()

    def _flush(self) -> None:
        """The page reads again: first what it has lost, then what waited, in the order of its publishing."""
        if self._missed:
            self.tell_missed(dict(self._missed))
            self._missed.clear()
        waiting = sorted(itertools.chain.from_iterable(self._queued.values()), key=lambda event: event.number)
        self._queued.clear()
        for position, event in enumerate(waiting):
            if self._reply.is_paused:
                for later in waiting[position:]:
                    self._queued.setdefault(later.kind, collections.deque()).append(later)
                return
            self._reply.write(event.raw)


def _is_of_all_goods(topic: str) -> bool:
    """A base has thousands of products: what is left of each is on the page already, and no state for newcomers."""
    return topic.split("/", 2)[1:2] == ["shop"]


class Broadcast:
    """Hears every topic from the hub once and hands each event to the pages that may see it."""

    def __init__(self, *, epoch: int | None = None) -> None:
        self._epoch = int(time.time() * 1000) if epoch is None else epoch
        self._numbers = itertools.count(1)
        self._pages: dict[str, dict[Page, None]] = {}  # by topic prefix
        self._states: OrderedDict[tuple[str, str], LiveEvent] = OrderedDict()
        self._recent: collections.deque[LiveEvent] = collections.deque(maxlen=RECENT_KEPT_MAX)

    def publish(self, topic: str, body: Any) -> None:
        number = next(self._numbers)
        kind = topic.rsplit("/", 1)[-1]
        raw = b"id: %d-%d\nevent: %b\ndata: %b\n\n" % (self._epoch, number, kind.encode(), _encode(body))
        event = LiveEvent(number, topic, kind, raw, time.monotonic())
        self._recent.append(event)
        if kind in STATE_KINDS and not _is_of_all_goods(topic):
            self._keep(event, str(body.get("sku_id", "")) if kind == "stock" and isinstance(body, dict) else "")
        for prefix, pages in list(self._pages.items()):
            if topic.startswith(prefix):
                for page in pages:
                    page.offer(event)

    def _keep(self, event: LiveEvent, part: str) -> None:
        self._states[event.topic, part] = event
        self._states.move_to_end((event.topic, part))
        if len(self._states) > STATES_KEPT_MAX:
            self._states.popitem(last=False)

    def join(self, page: Page, *, last_id: str) -> None:
        """Send what a newcomer needs to show, or what a returning page has lost; then everything as it happens."""
        for event in self._catch_up(page, last_id):
            page.offer(event)
        for prefix in page.prefixes:
            self._pages.setdefault(prefix, {})[page] = None

    def leave(self, page: Page) -> None:
        for prefix in page.prefixes:
            pages = self._pages.get(prefix)
            if pages is not None:
                pages.pop(page, None)
                if not pages:
                    del self._pages[prefix]

    def beat(self, now_s: float) -> None:
        """A sign of life for each page, and the end for those whose token has run out."""
        for page in self.pages():
            if page.expires_s < now_s:
                page.end("expired")
            else:
                page.beat()

    def end(self) -> None:
        for page in self.pages():
            page.end("stopping")

    def pages(self) -> list[Page]:
        return list(dict.fromkeys(itertools.chain.from_iterable(self._pages.values())))

    def _catch_up(self, page: Page, last_id: str) -> list[LiveEvent]:
        seen = self._number_of(last_id)
        if seen is not None and self._recent and self._recent[0].number <= seen + 1:
            return [event for event in self._recent if event.number > seen and event.topic.startswith(page.prefixes)]
        if last_id:
            page.tell_missed({})  # how much is unknown; the page has to ask for its lists again
        states = [event for event in self._states.values() if event.topic.startswith(page.prefixes)]
        since = time.monotonic() - RECENT_S
        for event in reversed(self._recent):
            if event.at_s < since:
                break
            if _is_of_all_goods(event.topic) and event.topic.startswith(page.prefixes):
                states.append(event)
        return sorted(states, key=lambda event: event.number)

    def _number_of(self, event_id: str) -> int | None:
        """The place of an id in our own count; None for one that an earlier process gave."""
        epoch, _, number = event_id.partition("-")
        try:
            return read_whole(number) if epoch == str(self._epoch) else None
        except ValueError:
            return None
