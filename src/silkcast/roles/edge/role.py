"""The process: doors, hub and listener put together, and taken apart in an order that loses nothing."""

from __future__ import annotations

import argparse
import asyncio
import gc
import socket
import time
from collections.abc import Sequence
from typing import Any

import uvloop

from silkcast.kernel.addresses import Networks, bound
from silkcast.kernel.role import run_role
from silkcast.kernel.settings import Settings, named, with_addresses
from silkcast.kernel.wire import Client, Hub
from silkcast.roles.edge.credentials import Credentials
from silkcast.roles.edge.doors.events import EventsDoor
from silkcast.roles.edge.doors.files import FilesDoor, PictureDoor, Shelf
from silkcast.roles.edge.doors.health import ReadyDoor
from silkcast.roles.edge.doors.metrics import MetricsDoor
from silkcast.roles.edge.doors.orders import OrdersDoor
from silkcast.roles.edge.doors.pages import PagesDoor
from silkcast.roles.edge.doors.signals import SignalsDoor
from silkcast.roles.edge.hearing import Hearing
from silkcast.roles.edge.http.listener import Listener
from silkcast.roles.edge.limits import EdgeLimits
from silkcast.roles.edge.routes import PICTURES, STATICS, Table
from silkcast.roles.edge.sessions import sessions
from silkcast.roles.edge.site import Site
from silkcast.roles.edge.streams import Broadcast
from silkcast.roles.edge.upstream import Upstream

ROLES_BEHIND = ("web", "intake", "signals", "worker", "ingest")
HEARTBEAT_S = 15.0
GARBAGE_OBJECTS_MAX = 50_000


class Edge:
    def __init__(self, settings: Settings, limits: EdgeLimits) -> None:
        self._settings = settings
        self._limits = limits
        self.listener: Listener | None = None

    async def health(self, _: Any) -> dict[str, Any]:
        if self.listener is None:
            return {"ok": False, "detail": {"reason": "starting"}}
        return {
            "ok": True,
            "detail": {
                **self.listener.detail(),
                "streams": self._events.streams,
                "signals_in_flight": self._signals.places.taken,
                "orders_in_flight": self._orders.places.taken,
                "pages_waiting": self._upstream.waiting,
            },
        }

    async def run(self, stop: asyncio.Event, listening: Sequence[socket.socket]) -> None:
        settings, limits = self._settings, self._limits
        counts = {"web": settings.webs, "intake": settings.intakes, "worker": settings.workers}
        clients = {
            named(role, number): Client(settings.socket(role, number))
            for role in ROLES_BEHIND
            for number in range(counts.get(role, 1))
        }
        intakes = [clients[named("intake", number)] for number in range(settings.intakes)]
        key = settings.signing_key()
        credentials = Credentials(key, clients["intake"], limits)
        broadcast, hearing = Broadcast(), Hearing(clients["web"])
        shelf = Shelf()
        hub = Hub()
        hub.subscribe("", broadcast.publish)
        await hub.serve(settings.socket("hub"))
        self._upstream = Upstream([settings.socket("web-http", number) for number in range(settings.webs)], limits)
        self._signals = SignalsDoor(clients["signals"], credentials, limits)
        self._orders = OrdersDoor(intakes, credentials, limits)
        self._events = EventsDoor(broadcast, hearing, key, limits)
        site = Site(settings)
        table = Table(
            limits,
            signals=self._signals,
            orders=self._orders,
            events=self._events,
            pictures=PictureDoor(shelf, settings.data / "hls", PICTURES),
            statics=FilesDoor(shelf, settings.static_root, STATICS),
            ready=ReadyDoor(clients, settings.data),
            metrics=MetricsDoor(settings, clients, limits),
            pages=PagesDoor(self._upstream, limits),
            site=site,
            credentials=credentials,
            has_session=sessions(key),
        )
        listener = Listener(limits, table, site.standing_headers)
        await listener.start(listening)
        self.listener = listener
        beating = asyncio.create_task(_beat(broadcast))
        watching = asyncio.create_task(hearing.watch(broadcast))
        await stop.wait()
        # Streams end first: pages connect again by themselves, to whoever listens by then.
        listener.stop_accepting()
        broadcast.end()
        beating.cancel()
        watching.cancel()
        await listener.stop()
        await self._upstream.close()
        await hub.close()
        for client in clients.values():
            await client.close()
        shelf.close()


async def _beat(broadcast: Broadcast) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_S)
        broadcast.beat(time.time())


def main(settings: Settings, arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="silkcast role edge")
    words = "sockets that listen already, handed down by the supervisor"
    parser.add_argument("--listen-fd", type=int, nargs="+", default=[], help=words)
    options = parser.parse_args(arguments)
    limits = EdgeLimits(
        address_rate=float(settings.client_rate),
        address_burst=5.0 * settings.client_rate,
        trusted_proxies=Networks(with_addresses(settings).trusted_proxies),
    )
    edge = Edge(settings, limits)
    # Requests leave hardly any cycles behind, so looking for them often only costs time.
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS_MAX, 20, 50)

    async def serve(stop: asyncio.Event) -> None:
        await edge.run(stop, _listening(settings, options.listen_fd))

    uvloop.run(run_role("edge", settings, {"health": edge.health}, serve))


def _listening(settings: Settings, inherited: Sequence[int]) -> list[socket.socket]:
    if inherited:
        return [socket.socket(fileno=handle) for handle in inherited]
    return bound(settings.host, settings.port)
