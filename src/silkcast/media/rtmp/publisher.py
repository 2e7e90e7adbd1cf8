"""Pushes the programme to one destination and never gives up; whatever happens there stays there."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from typing import Final

from silkcast.media.rtmp.address import Address
from silkcast.media.rtmp.backlog import Backlog
from silkcast.media.rtmp.backoff import Backoff
from silkcast.media.rtmp.connect import Link, Resolver, default_tls, open_link, open_socket
from silkcast.media.rtmp.destination import Deadlines, DestinationState, Failed, Phase, Reason
from silkcast.media.rtmp.errors import AddressError
from silkcast.media.rtmp.liveness import Liveness
from silkcast.media.rtmp.publisher_session import (
    Acknowledged,
    HandshakeDone,
    PublisherEvent,
    PublisherSession,
    PublishStarted,
    Refused,
    Stopped,
)
from silkcast.media.rtmp.reach import EVERYWHERE, Reach, is_public
from silkcast.media.rtmp.tags import FlvTag
from silkcast.media.rtmp.timeline import Timeline

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.25
SEND_BYTES_AT_ONCE: Final = 64 * 1024


class Publisher:
    """Give it every tag of the programme from the loop's thread; `run` does the rest until told to stop."""

    def __init__(
        self,
        destination_id: str,
        url: str,
        *,
        stream_key: str = "",
        reach: Reach | None = None,
        bind_address: str | None = None,
        deadlines: Deadlines | None = None,
        tls: ssl.SSLContext | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self._destination_id = destination_id
        self._permitted, self._tells_little = reach or Reach(EVERYWHERE), reach is not None
        self._keeps_quiet = False  # about the ports of where the newest attempt leads
        self._bind_address = bind_address
        self._deadlines = deadlines or Deadlines()
        self._tls = tls
        self._backoff = backoff or Backoff(random.Random())  # noqa: S311 - spreads retries, guards nothing
        self._backlog = Backlog()
        self._timeline = Timeline()
        self._signal = asyncio.Event()  # something to look at: a tag, an answer, room to write, the end
        self._stop = asyncio.Event()
        self._link: Link | None = None
        self._liveness: Liveness | None = None
        self._phase: Phase = "idle"
        self._reason: Reason | None = None
        self._bytes_sent = self._bytes_acked = 0  # of connections that are over
        self._tags_sent = self._attempts = 0
        self._live_since_ms: int | None = None
        self._retry_at_ms: int | None = None
        try:
            self._address: Address | None = Address.parse(url, stream_key)
        except AddressError:
            self._address, self._phase, self._reason = None, "refused", Reason.BAD_URL

    def offer(self, tag: FlvTag) -> None:
        """Never blocks, never raises; what cannot be sent in time is dropped to the next keyframe and counted."""
        self._backlog.offer(tag)
        self._signal.set()

    def state(self) -> DestinationState:
        reason: Reason | None = self._reason
        phase = self._phase
        if self._keeps_quiet:
            reason = Reason.UNREACHABLE if reason is not None and reason.tells_of_ports else reason
            phase = "connecting" if phase == "handshaking" else phase
        return DestinationState(
            destination_id=self._destination_id,
            phase=phase,
            reason="" if phase == "live" else reason or "",
            failed_last=reason or "",
            bytes_sent=self._bytes_sent + (self._link.sent if self._link else 0),
            bytes_acked=self._bytes_acked + (self._liveness.drained if self._liveness else 0),
            tags_sent=self._tags_sent,
            tags_dropped=self._backlog.dropped,
            attempts=self._attempts,
            live_since_ms=self._live_since_ms,
            retry_at_ms=self._retry_at_ms,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop` is set, then take leave of the destination."""
        stopping = asyncio.create_task(stop.wait())
        keeping_on = asyncio.create_task(self._keep_on()) if self._address else stopping
        try:
            await asyncio.wait((stopping, keeping_on), return_when=asyncio.FIRST_COMPLETED)
            self._stop.set()
            self._signal.set()
            if self._link is not None and self._link.session.is_publishing:
                await asyncio.wait((keeping_on,), timeout=3 * self._deadlines.farewell_s)
        finally:
            stopping.cancel()
            keeping_on.cancel()
            await asyncio.gather(stopping, keeping_on, return_exceptions=True)

    async def _keep_on(self) -> None:
        assert self._address is not None
        resolver = Resolver(self._address.host, self._address.port)
        try:
            while not self._stop.is_set():
                failure = await self._attempt(self._address, resolver)
                if failure is not None:
                    await self._wait_after(failure)
        finally:
            self._enter("idle")

    async def _attempt(self, address: Address, resolver: Resolver) -> Failed | None:
        """One connection from beginning to end; None when it ended because we wanted it to."""
        self._attempts += 1
        try:
            try:
                link = await self._reach(address, resolver)
                await self._stream(link)
                await self._take_leave(link)
            finally:
                self._drop_link()
        except Failed as failure:
            return failure
        except Exception:
            # Our own defect, at worst: it costs this destination an attempt, and the show nothing.
            logger.exception("rtmp.publisher_fault", extra={"facts": {"destination_id": self._destination_id}})
            return Failed(Reason.FAULT)
        return None

    async def _wait_after(self, failure: Failed) -> None:
        reason = failure.reason
        # The pace of the attempts must not tell either what the reason keeps to itself.
        is_away = reason.is_away or (reason.tells_of_ports and self._keeps_quiet)
        wait_s = self._backoff.next_s(is_final=reason.is_final, is_away=is_away)
        self._reason = reason
        self._retry_at_ms = int((time.time() + wait_s) * 1000)
        self._enter("refused" if reason.is_final else "waiting")
        await asyncio.sleep(wait_s)
        self._retry_at_ms = None

    async def _reach(self, address: Address, resolver: Resolver) -> Link:
        """Through every step that comes before media, each within its own deadline."""
        deadlines = self._deadlines
        self._enter("resolving")
        try:
            async with asyncio.timeout(deadlines.resolve_s):
                addresses = await resolver.addresses()
        except TimeoutError:
            raise Failed(Reason.DNS_TIMEOUT) from None
        # Only what was looked at here is connected to: a name may lead elsewhere when it is asked for again.
        addresses = [address for address in addresses if self._permitted.permits(address[1][0])]
        if not addresses:
            raise Failed(Reason.NOT_ALLOWED)
        self._keeps_quiet = self._tells_little and not all(is_public(address[1][0]) for address in addresses)
        self._enter("connecting")
        outlet = await open_socket(addresses, self._bind_address, deadlines.connect_s)
        self._link = link = Link(PublisherSession(address), self._signal)
        tls = (self._tls or default_tls()) if address.is_tls else None
        await open_link(outlet, link, tls, address.host, deadlines.tls_s)
        self._enter("handshaking")
        await self._hear(
            link, HandshakeDone, deadlines.handshake_s, Reason.HANDSHAKE_TIMEOUT, Reason.CLOSED_AT_HANDSHAKE
        )
        self._enter("publishing")
        # Many platforms answer a wrong key by hanging up here, without a word.
        await self._hear(link, PublishStarted, deadlines.publish_s, Reason.PUBLISH_TIMEOUT, Reason.CLOSED_AT_PUBLISH)
        return link

    async def _hear(
        self, link: Link, wanted: type[PublisherEvent], deadline_s: float, if_late: Reason, if_closed: Reason
    ) -> None:
        try:
            async with asyncio.timeout(deadline_s):
                while True:
                    self._signal.clear()
                    while link.events:
                        event = link.events.popleft()
                        if isinstance(event, wanted):
                            return
                        _raise_if_refused(event)
                    if link.lost is not None:
                        raise Failed(link.lost if link.lost is Reason.UNREADABLE else if_closed)
                    await self._signal.wait()
        except TimeoutError:
            raise Failed(if_late) from None

    async def _stream(self, link: Link) -> None:
        """Send media until we are told to stop, which is the only quiet way out."""
        loop = asyncio.get_running_loop()
        self._backlog.restart()
        self._timeline.reconnect()
        self._liveness = liveness = Liveness(loop.time(), stall_s_max=self._deadlines.stall_s)
        sent_before_media = link.sent
        live_since_s: float | None = None
        look_at_s = loop.time()
        while not self._stop.is_set():
            self._signal.clear()
            self._heed(link, liveness)
            self._send(link)
            if loop.time() >= look_at_s:
                look_at_s = loop.time() + LOOK_EVERY_S
                liveness.observe(link.sent, link.waiting_bytes(), loop.time())
                if liveness.is_wedged(loop.time()):
                    raise Failed(Reason.FIRST_ACK_TIMEOUT if live_since_s is None else Reason.WEDGED)
                if live_since_s is None and liveness.drained > sent_before_media:
                    live_since_s = loop.time()
                    self._go_live()
                if live_since_s is not None and loop.time() - live_since_s >= self._deadlines.good_after_s:
                    self._backoff.reset()
            await self._wait_for_signal()

    async def _take_leave(self, link: Link) -> None:
        """Send the last pictures of the show, then say goodbye; a destination too slow for that is left."""
        try:
            async with asyncio.timeout(self._deadlines.farewell_s):
                while len(self._backlog) and link.lost is None:
                    self._signal.clear()
                    self._send(link)
                    if len(self._backlog):
                        await self._signal.wait()
        except TimeoutError:
            pass
        link.session.end()
        link.flush()
        await link.close(self._deadlines.farewell_s)

    async def _wait_for_signal(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._signal.wait()
        except TimeoutError:
            pass

    def _heed(self, link: Link, liveness: Liveness) -> None:
        while link.events:
            event = link.events.popleft()
            _raise_if_refused(event)
            if isinstance(event, Acknowledged):
                liveness.acknowledge(event.bytes_total, asyncio.get_running_loop().time())
            elif isinstance(event, Stopped):
                raise Failed(Reason.STOPPED_BY_SERVER)
        if link.lost is not None:
            raise Failed(link.lost)
        if self._timeline.is_worn:
            raise Failed(Reason.TIMELINE_WORN)

    def _send(self, link: Link) -> None:
        while link.is_writable and len(self._backlog):
            tags = self._backlog.take(SEND_BYTES_AT_ONCE)
            for tag in tags:
                link.session.send(tag, self._timeline.place(tag))
            link.flush()
            self._tags_sent += len(tags)

    def _go_live(self) -> None:
        self._live_since_ms = int(time.time() * 1000)
        self._enter("live")

    def _drop_link(self) -> None:
        self._live_since_ms = None
        link, liveness, self._link, self._liveness = self._link, self._liveness, None, None
        if liveness is not None:
            self._bytes_acked += liveness.drained
        if link is not None:
            self._bytes_sent += link.sent
            link.abort()

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        if phase in ("live", "waiting", "refused"):
            # Never the URL: it carries the stream key.
            facts = {"destination_id": self._destination_id, "reason": self._reason, "attempts": self._attempts}
            logger.info("rtmp.destination_%s", phase, extra={"facts": facts})


def _raise_if_refused(event: PublisherEvent) -> None:
    if isinstance(event, Refused):
        raise Failed(event.reason)
