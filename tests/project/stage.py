"""A base with a show on air, the roles behind the web's doors, and clients that knock at them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.test import Client

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import RoomKind
from silkcast.domains.base.models import ApiKey
from silkcast.domains.catalog import api as catalog
from silkcast.domains.studio import api as studio
from silkcast.kernel.actions import run
from silkcast.kernel.context import Context
from silkcast.kernel.ids import MerchantId, ProductId, RoomId, ShowId, SkuId, new_id
from silkcast.kernel.money import Money
from silkcast.kernel.settings import load
from silkcast.kernel.wire import serve
from tests.cast import Base

HANG_S = 60.0
GOOD_CARD = {"card_number": "4242424242424242", "card_expiry": "12/39", "card_cvc": "123"}
DECLINED_CARD = {**GOOD_CARD, "card_number": "4000000000000002"}
SILENT_CARD = {**GOOD_CARD, "card_number": "4000000000000127"}
ADDRESS = {
    "email": "buyer@example.test",
    "name": "Test Buyer",
    "phone": "+1 555 0100",
    "line1": "1 Test Street",
    "line2": "",
    "city": "Testville",
    "region": "CA",
    "postcode": "90001",
    "country": "US",
}
BUYER = {"email": ADDRESS["email"], "address": {k: v for k, v in ADDRESS.items() if k != "email"}}


@dataclass
class Stage:
    """A base whose first two products stand in the rundown of a show that is on air, the first one on pitch."""

    base: Base
    room_id: RoomId
    show_id: ShowId
    lines: tuple[UUID, ...]

    @property
    def ctx(self) -> Context:
        """The system, now: pages and the API go by the real clock."""
        return replace(self.base.ctx, at=datetime.now(UTC))

    def does(self, request: Any) -> Any:
        return run(self.ctx, request)

    def product_of(self, sku_id: SkuId) -> ProductId:
        return ProductId(catalog.product_of_skus(self.ctx, [sku_id])[sku_id])

    def key(self, *scopes: str, merchant: int | None = None) -> str:
        """A living key; one of a merchant is written as the back office would."""
        made = base.fresh_key()
        merchant_id: MerchantId | None = self.base.merchants[merchant] if merchant is not None else None
        ApiKey(
            base_id=self.base.ctx.base_id,
            merchant_id=merchant_id,
            name="test",
            prefix=made[:8],
            digest=base.digest_of_key(made),
            scopes=list(scopes or base.SCOPES),
            created_at=self.ctx.at,
        ).save(force_insert=True)
        return made


def on_stage(of: Base, name: str = "") -> Stage:
    """Another `name` puts another show on the same base's air, in a room of its own."""
    name = name or of.slug
    stage = Stage(of, RoomId(new_id()), ShowId(new_id()), ())
    stage.room_id = stage.does(base.AddRoom(name=f"{name} room", kind=RoomKind.STANDARD)).added_room_id
    key = studio.fresh_stream_key()
    stage.does(
        studio.AddCamera(
            room_id=stage.room_id,
            name="Presenter",
            key_digest=studio.digest_of_stream_key(key),
            key_ending=studio.ending_of(key),
        )
    )
    planned = studio.PlanShow(room_id=stage.room_id, title=f"{name} show", language="en", currency=of.currency)
    stage.show_id = stage.does(planned).show_id
    first = [of.sells(f"{name}-A", 10), of.sells(f"{name}-B", 10, merchant=1)]
    stage.lines = tuple(
        stage.does(studio.AddToRundown(show_id=stage.show_id, product_id=stage.product_of(sku_id))).line_id
        for sku_id in first
    )
    offer = Money(2900, of.currency)
    stage.does(catalog.SetOffer(show_id=stage.show_id, sku_id=first[0], price=offer, was=Money(3900, of.currency)))
    stage.does(studio.GoLive(show_id=stage.show_id))
    stage.does(studio.StartPitch(show_id=stage.show_id, line_id=stage.lines[0]))
    return stage


@contextmanager
def open_doors() -> Iterator[None]:
    """The intake and the signals role as they run in production, in a thread of their own."""
    from silkcast.roles.intake.role import Intake
    from silkcast.roles.signals import SignalDesk

    settings = load()
    settings.prepare()
    opened = threading.Event()
    closing: list[Any] = []

    async def keep_open() -> None:
        stop = asyncio.Event()
        closing.append((asyncio.get_running_loop(), stop))
        intake = Intake(settings)
        desk = SignalDesk(settings, now_ms=lambda: int(datetime.now(UTC).timestamp() * 1000))
        placing = {"orders.place": intake.place, "intake.authenticate": intake.authenticate}
        servers = [
            await serve(settings.socket("intake"), placing),
            await serve(settings.socket("signals"), desk.methods()),
        ]
        opened.set()
        await asyncio.gather(intake.run(stop), desk.run(stop))
        for server in servers:
            await server.close()

    thread = threading.Thread(target=lambda: asyncio.run(keep_open()), name="doors")
    thread.start()
    assert opened.wait(HANG_S)
    try:
        yield
    finally:
        loop, stop = closing[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(HANG_S)
        assert not thread.is_alive()


@contextmanager
def door(name: str, **methods: Any) -> Iterator[None]:
    """One wire socket that answers as told."""
    opened, closing = threading.Event(), list[Any]()

    async def keep_open() -> None:
        stop = asyncio.Event()
        closing.append((asyncio.get_running_loop(), stop))
        server = await serve(load().socket(name), {method.replace("__", "."): told for method, told in methods.items()})
        opened.set()
        await stop.wait()
        await server.close()

    thread = threading.Thread(target=lambda: asyncio.run(keep_open()), name=f"door-{name}")
    thread.start()
    assert opened.wait(HANG_S)
    try:
        yield
    finally:
        loop, stop = closing[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(HANG_S)


class Program:
    """A program with a key."""

    def __init__(self, key: str) -> None:
        # A defect answers 500 as it does in production, so that a walk can go on and name them all.
        self._client = Client(headers={"Authorization": f"Bearer {key}"}, raise_request_exception=False)

    def asks(self, method: str, path: str, body: Any = None, *, key: str = "", **query: Any) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        options: dict[str, Any] = {"query_params": {k: str(v) for k, v in query.items()}, "headers": headers}
        if body is not None:
            options |= {"data": body, "content_type": "application/json"}
        return getattr(self._client, method)(f"/api/v1{path}", **options)

    def reads(self, path: str, **query: Any) -> Any:
        answer = self.asks("get", path, **query)
        assert answer.status_code == 200, answer.content
        return answer.json()
