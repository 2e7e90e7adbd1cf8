"""Which door stands behind which path."""

from __future__ import annotations

import time
from collections.abc import Callable

from silkcast.kernel.addresses import network_of
from silkcast.roles.edge.allowances import Allowances
from silkcast.roles.edge.credentials import Credentials
from silkcast.roles.edge.doors.events import EventsDoor
from silkcast.roles.edge.doors.files import FilesDoor, PictureDoor
from silkcast.roles.edge.doors.health import AliveDoor, ReadyDoor
from silkcast.roles.edge.doors.metrics import MetricsDoor
from silkcast.roles.edge.doors.orders import OrdersDoor
from silkcast.roles.edge.doors.pages import PagesDoor
from silkcast.roles.edge.doors.signals import SignalsDoor
from silkcast.roles.edge.http.messages import Door, Request
from silkcast.roles.edge.limits import EdgeLimits, Rate
from silkcast.roles.edge.site import Site

PICTURES = "/hls/"
STATICS = "/static/"


class Table:
    """The edge's own few doors by path; the pages take everything else, other methods on these paths included."""

    def __init__(
        self,
        limits: EdgeLimits,
        *,
        signals: SignalsDoor,
        orders: OrdersDoor,
        events: EventsDoor,
        pictures: PictureDoor,
        statics: FilesDoor,
        ready: ReadyDoor,
        metrics: MetricsDoor,
        pages: PagesDoor,
        site: Site,
        credentials: Credentials,
        has_session: Callable[[Request], bool],
    ) -> None:
        self._exact: dict[tuple[str, str], Door] = {
            ("POST", "/api/v1/signals"): signals,
            ("POST", "/api/v1/orders"): orders,
            ("GET", "/events"): events,
            ("GET", "/healthz"): AliveDoor(),
            ("GET", "/readyz"): ready,
            ("GET", "/metrics"): metrics,
        }
        self._pictures = pictures
        self._statics = statics
        self._pages = pages
        self.allowance = Allowances(limits, credentials, has_session, orders=orders, signals=signals, pages=pages).of
        self._site = site
        self._limits = limits
        self._rate = Rate(limits.address_rate, limits.address_burst)

    def door(self, request: Request) -> Door:
        found = self._exact.get(("GET" if request.method == "HEAD" else request.method, request.path))
        if found is not None:
            return found
        if request.path.startswith(PICTURES):
            return self._pictures
        if request.path.startswith(STATICS):
            return self._statics
        return self._pages

    def guard(self, request: Request) -> None:
        self._site.check(request)
        if request.client not in self._limits.exempt_addresses:
            self._rate.take(network_of(request.client), time.monotonic())
