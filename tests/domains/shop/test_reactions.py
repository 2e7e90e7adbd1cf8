"""What buyers who are looking are told, and with what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from tests.project.stage import Stage

from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.contracts import ProductRole
from silkcast.domains.inventory import api as inventory
from silkcast.domains.inventory.contracts import MovementKind
from silkcast.domains.orders.actions.pay import ExpireHold
from silkcast.domains.studio import api as studio
from silkcast.kernel import relay
from silkcast.kernel.actions import run
from silkcast.kernel.ids import SkuId
from silkcast.kernel.money import Money

Said = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def said(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Said:
    """What is told from now on: to the shop's pages as "kind", to a show's as "show kind"."""
    told: Said = []

    def shop(base_id: UUID, kind: str, body: dict[str, Any]) -> None:
        assert base_id == stage.base.ctx.base_id
        told.append((kind, body))

    def show(base_id: UUID, show_id: UUID, kind: str, body: dict[str, Any]) -> None:
        assert (base_id, show_id) == (stage.base.ctx.base_id, stage.show_id)
        told.append((f"show {kind}", body))

    _applied()
    monkeypatch.setattr(studio, "tell_shop", shop)
    monkeypatch.setattr(studio, "tell_show", show)
    return told


def _applied() -> None:
    while relay.work("shop.outside"):
        pass


def test_a_price_is_told_in_every_currency_and_for_every_show_that_sells_it(stage: Stage, said: Said) -> None:
    scarf = stage.base.skus["east-A"]
    stage.does(catalog.EnterRate(unit="USD", quote="EUR", rate="0.5", source="test"))
    _applied()
    assert said == [("goods", {})]
    said.clear()
    offer = catalog.SetOffer(show_id=stage.show_id, sku_id=scarf, price=Money(3000, "USD"), was=Money(5000, "USD"))
    stage.does(offer)
    _applied()
    plain = {"minor": 3900, "exponent": 2, "was": None}
    assert said == [
        (
            "price",
            {
                "sku_id": str(scarf),
                "product_id": str(stage.product_of(scarf)),
                "prices": {"USD": plain, "EUR": {**plain, "minor": 1950}},
                "shows": {
                    str(stage.show_id): {
                        "USD": {"minor": 3000, "exponent": 2, "was": 5000},
                        "EUR": {"minor": 1500, "exponent": 2, "was": 2500},
                    }
                },
            },
        )
    ]


def test_goods_that_come_go_or_change_are_told(stage: Stage, said: Said) -> None:
    product_id = stage.product_of(stage.base.skus["east-B"])
    stage.does(studio.RemoveFromRundown(show_id=stage.show_id, line_id=stage.lines[1]))
    _applied()
    stage.does(catalog.ListProduct(product_id=product_id, is_listed=False))
    _applied()
    assert said == [("goods", {}), ("goods", {"product_id": str(product_id), "is_listed": False})]


def test_of_goods_off_sale_nobody_outside_is_told(stage: Stage, said: Said, shopper: Client) -> None:
    """Their price, their stock and their words may be tomorrow's show; put on sale again, all three are told."""
    scarf = stage.base.skus["east-A"]
    product_id = stage.product_of(scarf)
    kept = stage.base.wants((scarf, 1))
    stage.base.places(kept)
    stage.does(catalog.ListProduct(product_id=product_id, is_listed=False))
    _applied()
    said.clear()
    stage.does(catalog.SetPrice(sku_id=scarf, price=Money(1900, "USD")))
    stage.does(catalog.SetOffer(show_id=stage.show_id, sku_id=scarf, price=Money(900, "USD"), was=None))
    stage.does(catalog.ChangeProduct(product_id=product_id, title="New words", role=ProductRole.PROFIT))
    stage.does(_received(stage, scarf, 5))
    run(replace(stage.base.ctx, at=stage.base.ctx.at + timedelta(days=1)), ExpireHold(checkout_id=kept.checkout_id))
    _applied()
    assert said == []
    page = shopper.get(f"/p/{product_id}")
    assert page.status_code == 200
    assert page.context["skus"] == []
    assert "9.00" not in page.content.decode()
    stage.does(catalog.ListProduct(product_id=product_id, is_listed=True))
    _applied()
    assert [kind for kind, _ in said] == ["goods", "price", "stock", "show stock"]
    assert said[0][1] == {"product_id": str(product_id), "is_listed": True}
    assert said[1][1]["prices"]["USD"]["minor"] == 1900
    assert said[2][1]["units_left"] == 15


def test_stock_that_a_hand_moved_or_that_came_back_is_told(stage: Stage, said: Said) -> None:
    scarf = stage.base.skus["east-A"]
    wanted = stage.base.wants((scarf, 3))
    stage.base.places(wanted)
    run(replace(stage.base.ctx, at=stage.base.ctx.at + timedelta(days=1)), ExpireHold(checkout_id=wanted.checkout_id))
    _applied()
    body = {"sku_id": str(scarf), "units_left": 10}
    assert said == [("stock", body), ("show stock", body)]
    said.clear()
    stage.does(_received(stage, scarf, 5))
    _applied()
    body = {"sku_id": str(scarf), "units_left": 15}
    assert said == [("stock", body), ("show stock", body)]


def _received(stage: Stage, sku_id: SkuId, units: int) -> inventory.MoveStock:
    return inventory.MoveStock(
        kind=MovementKind.RECEIVE,
        sku_id=sku_id,
        merchant_id=stage.base.merchants[0],
        warehouse_id=stage.base.warehouse_id,
        units=units,
        reason="more came",
    )


def test_a_product_off_sale_is_on_no_price_card(stage: Stage, shopper: Client) -> None:
    product_id = stage.product_of(stage.base.skus["east-A"])
    show = studio.get_show(stage.ctx, stage.show_id)
    assert studio.find_card(stage.ctx, show, product_id) is not None
    stage.does(catalog.ListProduct(product_id=product_id, is_listed=False))
    assert studio.find_card(stage.ctx, show, product_id) is None
    assert shopper.get(f"/live/{stage.show_id}").context["on_pitch"] is None


def test_the_whole_shop_hears_that_a_show_begins_and_ends(stage: Stage, said: Said) -> None:
    stage.does(studio.EndShow(show_id=stage.show_id))
    planned = stage.does(studio.PlanShow(room_id=stage.room_id, title="Next", language="en", currency="USD")).show_id
    stage.does(studio.GoLive(show_id=planned))
    _applied()
    assert [body for kind, body in said if kind == "show"] == [
        {"show_id": str(stage.show_id), "state": "ended"},
        {"show_id": str(planned), "state": "on_air"},
    ]
