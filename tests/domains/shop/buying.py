"""A filled form, a cart, and what became of them."""

from __future__ import annotations

from typing import Any

from django.test import Client
from tests.project.stage import ADDRESS, GOOD_CARD, Stage

from silkcast.domains.catalog import api as catalog
from silkcast.domains.inventory.api import units_free
from silkcast.domains.orders import api as orders
from silkcast.domains.orders.contracts import CheckoutView
from silkcast.kernel.ids import new_id
from silkcast.kernel.money import Money


def filled(**changes: Any) -> dict[str, Any]:
    return {**ADDRESS, **GOOD_CARD, "request_id": str(new_id()), **changes}


def into_cart(shopper: Client, stage: Stage, **units: int) -> None:
    for code, count in units.items():
        sku_id = stage.base.skus[f"east-{code}"]
        shopper.post("/cart", {"sku_id": sku_id, "units": count, "show_id": stage.show_id})


def purchase(stage: Stage, location: str) -> CheckoutView:
    base_id, checkout_id = orders.open_order_token(location.removeprefix("/o/"))
    assert base_id == stage.base.ctx.base_id
    return orders.get_checkout(stage.ctx, checkout_id)


def left(stage: Stage) -> list[int]:
    skus = [stage.base.skus["east-A"], stage.base.skus["east-B"]]
    found = units_free(stage.ctx, skus)
    return [found[sku_id] for sku_id in skus]


def offered(stage: Stage, minor: int) -> catalog.SetOffer:
    return catalog.SetOffer(show_id=stage.show_id, sku_id=stage.base.skus["east-A"], price=Money(minor, "USD"))
