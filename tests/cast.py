"""The cast of every test: two bases with two merchants each, goods on their shelves, and the people who work there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import BaseKind, PersonView, Role
from silkcast.domains.base.people import set_password
from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.contracts import ProductRole
from silkcast.domains.inventory import api as inventory
from silkcast.domains.inventory.contracts import MovementKind, WarehouseKind
from silkcast.domains.orders import api as orders
from silkcast.domains.orders.contracts import Buyer, LineWanted, OnAir, Placement
from silkcast.domains.payments.contracts import Card
from silkcast.domains.shipping import api as shipping
from silkcast.domains.shipping.contracts import Address
from silkcast.kernel.actions import Done, run, run_many
from silkcast.kernel.context import SYSTEM, Context
from silkcast.kernel.ids import CheckoutId, MerchantId, ShowId, SkuId, new_id
from silkcast.kernel.money import Money

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PASSWORD = "Wuzhen & 47 lanterns"
GOOD_CARD = Card(number="4242424242424242", expiry="12/39", cvc="123")
DECLINED_CARD = Card(number="4000000000000002", expiry="12/39", cvc="123")
SILENT_CARD = Card(number="4000000000000127", expiry="12/39", cvc="123")
ADDRESS = Address(
    name="Test Buyer",
    phone="+1 555 0100",
    line1="1 Test Street",
    line2="",
    city="Testville",
    region="CA",
    postcode="90001",
    country="US",
)
BUYER = Buyer(email="buyer@example.test", address=ADDRESS)


@dataclass
class Base:
    """One base as the system sees it, at noon unless told otherwise."""

    ctx: Context
    slug: str
    currency: str
    merchants: tuple[MerchantId, MerchantId]
    warehouse_id: UUID
    operator: PersonView
    sellers: tuple[PersonView, PersonView]
    skus: dict[str, SkuId] = field(default_factory=dict)

    def at(self, seconds: float) -> Context:
        return replace(self.ctx, at=NOON + timedelta(seconds=seconds))

    def does(self, request: Any, seconds: float = 0, key: str | None = None) -> Any:
        return run(self.at(seconds), request, key=key)

    def as_person(self, person: PersonView) -> Context:
        return base.context_of_person(base.get_person(person.id), self.ctx.at)

    def sells(self, code: str, units: int, *, merchant: int = 0, price: int = 3900, cost: int = 1200) -> SkuId:
        """A product with one SKU and so many units on the shelf."""
        added = self.does(
            catalog.AddProduct(
                merchant_id=self.merchants[merchant],
                title=f"Silk {code}",
                title_zh=f"真丝 {code}",
                role=ProductRole.PROFIT,
                markets=("US", "DE"),
                sku=catalog.NewSku(
                    code=code,
                    name="One size",
                    price=Money(price, self.currency),
                    cost=Money(cost, self.currency),
                    weight_g=200,
                ),
            )
        )
        self.skus[code] = added.sku_id
        if units:
            self.receives(added.sku_id, units, merchant=merchant)
        sku_id: SkuId = added.sku_id
        return sku_id

    def receives(self, sku_id: SkuId, units: int, *, merchant: int = 0) -> None:
        self.does(
            inventory.MoveStock(
                kind=MovementKind.RECEIVE,
                sku_id=sku_id,
                merchant_id=self.merchants[merchant],
                warehouse_id=self.warehouse_id,
                units=units,
            )
        )

    def wants(
        self,
        *lines: tuple[SkuId, int],
        viewer: str = "viewer-1",
        show: Placement | None = None,
        on_air: tuple[OnAir, ...] = (),
        address: int | None = None,
    ) -> orders.PlaceOrder:
        """`on_air`: beside the show in which it is bought, which began at noon."""
        return orders.PlaceOrder(
            checkout_id=CheckoutId(new_id()),
            viewer=viewer,
            currency=self.currency,
            country="US",
            shipping_option_id=None,
            lines=tuple(LineWanted(sku_id=sku_id, units=units) for sku_id, units in lines),
            placement=show,
            language="en",
            buyer=msgspec.json.encode(BUYER),
            on_air=on_air if show is None else (OnAir(show_id=show.show_id, since=NOON), *on_air),
            address=address,
        )

    def places(self, *requests: orders.PlaceOrder, seconds: float = 0) -> list[Any]:
        """Answers or refusals of one batch, each under a key of its own."""
        count = len(requests)
        keys = [new_id().hex for _ in range(count)]
        return run_many([self.at(seconds)] * count, requests, keys, keys)

    def bought(
        self, *lines: tuple[SkuId, int], viewer: str = "viewer-1", show: Placement | None = None, card: Card = GOOD_CARD
    ) -> CheckoutId:
        """A purchase that was placed and paid with a card; its id."""
        request = self.wants(*lines, viewer=viewer, show=show)
        (outcome,) = self.places(request)
        assert isinstance(outcome, Done), outcome
        orders.pay(self.at(1), request.checkout_id, card, "sandbox")
        return request.checkout_id


def on_air(show_id: UUID, minute: int, fee_bp: int = 500) -> Placement:
    return Placement(show_id=ShowId(show_id), programme_ms=minute * 60_000 + 500, platform_fee_bp=fee_bp)


def make_base(slug: str, *, kind: BaseKind, currency: str) -> Base:
    founded = base.found_base(
        base.Founding(
            slug=slug,
            name=f"Base {slug}",
            kind=kind,
            currency=currency,
            time_zone="Asia/Shanghai",
            operator_email=f"operator@{slug}.test",
            operator_name=f"Operator {slug}",
            password=PASSWORD,
        )
    )
    ctx = Context(base_id=founded.id, actor=SYSTEM, at=NOON)
    merchants = tuple(
        run(ctx, base.AddMerchant(name=f"{slug} merchant {n}", commission_bp=1000)).added_merchant_id for n in (1, 2)
    )
    sellers = []
    for n, merchant_id in enumerate(merchants, 1):
        invite = base.Invite(
            name=f"Seller {slug} {n}", email=f"seller{n}@{slug}.test", role=Role.MERCHANT, for_merchant_id=merchant_id
        )
        invited = run(ctx, invite)
        set_password(invited.person_id, PASSWORD)
        sellers.append(base.get_person(invited.person_id))
    warehouse = inventory.AddWarehouse(name=f"{slug} shelf", kind=WarehouseKind.DOMESTIC, country="CN")
    run(
        ctx,
        shipping.AddRateCard(
            name="Standard",
            carrier="sandbox",
            countries=(),
            first=Money(500, currency),
            per_kg=Money(300, currency),
            days_least=5,
            days_most=9,
        ),
    )
    operator = next(p for p in base.list_people(ctx) if p.email.startswith("operator@"))
    return Base(
        ctx=ctx,
        slug=slug,
        currency=currency,
        merchants=(merchants[0], merchants[1]),
        warehouse_id=run(ctx, warehouse).warehouse_id,
        operator=operator,
        sellers=(sellers[0], sellers[1]),
    )


@dataclass
class Cast:
    """`east` is simulated and sells in dollars, `west` is real and sells in yen."""

    east: Base
    west: Base
