"""One base at work: a room with cameras, a show on air that sold something, people of every role, and a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.test import Client
from tests.cast import Base, on_air

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import PersonView, Role, RoomKind
from silkcast.domains.catalog import api as catalog
from silkcast.domains.orders import api as orders
from silkcast.domains.orders.contracts import OrderView
from silkcast.domains.orders.fulfilment import buy_label, send_off
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Layout, Platform
from silkcast.kernel.actions import run
from silkcast.kernel.context import Context
from silkcast.kernel.history import events_about
from silkcast.kernel.ids import ProductId, RoomId, ShowId, SkuId

MINUTES_ON_AIR = 10


@dataclass
class Floor:
    """One base with everything in it that has a page."""

    base: Base
    room_id: RoomId
    cameras: tuple[UUID, UUID]
    scene_id: UUID
    destination_id: UUID
    products: tuple[ProductId, ProductId]
    skus: tuple[SkuId, SkuId]
    show_id: ShowId
    lines: tuple[UUID, UUID]
    planned_id: ShowId
    orders: tuple[OrderView, OrderView]
    parcel_id: UUID
    people: dict[Role, PersonView] = field(default_factory=dict)

    @property
    def ctx(self) -> Context:
        """The system's, now."""
        return replace(self.base.ctx, at=datetime.now(UTC))

    def does(self, wanted: Any, key: str | None = None) -> Any:
        return run(self.ctx, wanted, key=key)

    def event_id(self) -> UUID:
        """The newest event about the show on air."""
        found: UUID = events_about(self.ctx, "show_id", self.show_id, subject=f"studio.show:{self.show_id}", limit=1)[
            0
        ].id
        return found

    def grows(self) -> None:
        """More of all that stands in lists: goods on the rundown, their sales, shows to come, rooms on air, people."""
        for number in range(4):
            sku_id = self.base.sells(f"{self.base.slug}-extra-{number}", 10)
            product_id = ProductId(catalog.product_of_skus(self.base.ctx, [sku_id])[sku_id])
            self.does(studio.AddToRundown(show_id=self.show_id, product_id=product_id))
            self.base.bought((sku_id, 1), show=on_air(self.show_id, 4 + number))
            _planned(self.ctx, self.room_id, f"Show {number}", self.base.currency)
            self._opens_a_room(number)

    def _opens_a_room(self, number: int) -> None:
        room_id = self.does(base.AddRoom(name=f"Room {number}", kind=RoomKind.STANDARD)).added_room_id
        _camera(self.ctx, room_id, f"Camera of {number}")
        self.does(
            studio.SetDestination(
                name=f"Platform {number}",
                platform=Platform.TIKTOK,
                url=f"rtmp://push.{number}.test/live",
                stream_key=f"key-of-platform-{number}",
                fee_bp=500,
            )
        )
        show_id = _planned(self.ctx, room_id, f"Show in {number}", self.base.currency)
        self.does(studio.GoLive(show_id=show_id))
        invited = base.Invite(name=f"Crew {number}", email=f"crew{number}@{self.base.slug}.test", role=Role.CREW)
        self.does(invited)

    def words(self) -> list[str]:
        """Texts that stand on this base's pages and may stand on no other's."""
        slug = self.base.slug
        return [f"Show of {slug}", f"Silk {slug}", f"{slug} merchant", f"{slug} room", f"{slug} platform"]


def furnish(own: Base) -> Floor:
    slug = own.slug
    started = replace(own.ctx, at=datetime.now(UTC) - timedelta(minutes=MINUTES_ON_AIR, seconds=-30))
    room_id = run(started, base.AddRoom(name=f"{slug} room", kind=RoomKind.GREEN_SCREEN)).added_room_id
    cameras = tuple(_camera(started, room_id, f"{slug} camera {n}") for n in (1, 2))
    scene = studio.AddScene(room_id=room_id, name=f"{slug} scene", layout=Layout.FULL, camera_ids=cameras[:1])
    destination = studio.SetDestination(
        name=f"{slug} platform",
        platform=Platform.TIKTOK,
        url=f"rtmp://push.{slug}.test/live",
        stream_key=f"key-of-{slug}-0123",
        fee_bp=500,
    )
    scene_id, destination_id = run(started, scene).scene_id, run(started, destination).destination_id
    skus = (own.sells(f"{slug}-scarf", 50), own.sells(f"{slug}-mask", 20, merchant=1))
    of_sku = catalog.product_of_skus(own.ctx, skus)
    products = (ProductId(of_sku[skus[0]]), ProductId(of_sku[skus[1]]))
    show_id = _planned(started, room_id, f"Show of {slug}", own.currency)
    lines = tuple(run(started, studio.AddToRundown(show_id=show_id, product_id=p)).line_id for p in products)
    run(started, studio.GoLive(show_id=show_id))
    run(started, studio.StartPitch(show_id=show_id, line_id=lines[0]))
    checkout_id = own.bought((skus[0], 2), (skus[1], 1), show=on_air(show_id, 3))
    first, second = sorted(orders.get_checkout(own.ctx, checkout_id).orders, key=lambda order: order.number)
    buy_label(str(own.ctx.base_id), str(first.id), "")
    send_off(str(own.ctx.base_id), str(first.id), "")
    return Floor(
        base=own,
        room_id=room_id,
        cameras=(cameras[0], cameras[1]),
        scene_id=scene_id,
        destination_id=destination_id,
        products=products,
        skus=skus,
        show_id=show_id,
        lines=(lines[0], lines[1]),
        planned_id=_planned(started, room_id, f"Show of {slug} to come", own.currency),
        orders=(first, second),
        parcel_id=_parcel_of(own.ctx, first.id),
        people={
            Role.OPERATOR: own.operator,
            Role.MERCHANT: own.sellers[0],
            **{role: _person(own, role) for role in (Role.CREW, Role.HOST, Role.FINANCE)},
        },
    )


def _camera(ctx: Context, room_id: RoomId, name: str) -> UUID:
    key = studio.fresh_stream_key()
    wanted = studio.AddCamera(
        room_id=room_id, name=name, key_digest=studio.digest_of_stream_key(key), key_ending=studio.ending_of(key)
    )
    added: UUID = run(ctx, wanted).camera_id
    return added


def _planned(ctx: Context, room_id: RoomId, title: str, currency: str) -> ShowId:
    wanted = studio.PlanShow(room_id=room_id, title=title, language="en", currency=currency, host_name="Host on air")
    planned: ShowId = run(ctx, wanted).show_id
    return planned


def _parcel_of(ctx: Context, order_id: UUID) -> UUID:
    from silkcast.domains.shipping.api import consignments

    return consignments(ctx, [order_id])[order_id][0].id


def _person(own: Base, role: Role) -> PersonView:
    invited = own.does(base.Invite(name=f"{role} of {own.slug}", email=f"{role}@{own.slug}.test", role=role))
    return base.get_person(invited.person_id)


@dataclass
class Browser:
    """Somebody's browser; with `hx` it asks as htmx does."""

    client: Client

    def get(self, path: str, *, hx: Any = False, **asked: str) -> Any:
        return self.client.get(path, asked, headers={"HX-Request": "true"} if hx else {})

    def post(self, path: str, *, hx: Any = False, **sent: Any) -> Any:
        return self.client.post(path, sent, headers={"HX-Request": "true"} if hx else {})

    def in_chinese(self) -> Browser:
        self.client.cookies["django_language"] = "zh-hans"
        return self


Enter = Callable[[PersonView], Browser]
