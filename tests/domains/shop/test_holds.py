"""Buyers who hold more than they pay: told so where they buy, and free to let go."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.domains.shop.buying import filled, left, purchase
from tests.project.stage import DECLINED_CARD, Stage

from silkcast.domains.orders import api as orders
from silkcast.domains.orders.contracts import CheckoutState
from silkcast.kernel.ids import new_id


@pytest.mark.parametrize(("language", "words"), [("en", "Pay for one or let it go"), ("zh-hans", "付款或放弃其中一单")])
def test_who_holds_too_much_unpaid_is_told_so_in_the_form_and_may_let_go(
    doors: None, shopper: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setenv("SILKCAST_HOLDS_PER_VIEWER", "1")
    shopper.cookies["django_language"] = language
    line = {"sku_id": stage.base.skus["east-A"], "units": 1}
    held = shopper.post("/checkout", filled(**line, **DECLINED_CARD))["Location"]
    assert purchase(stage, held).state is CheckoutState.DECLINED
    refused = shopper.post("/checkout", filled(**line))
    assert refused.status_code == 409
    text = refused.content.decode()
    assert 'data-code="orders.too_many_unpaid"' in text and words in text
    page = shopper.get(held).content.decode()
    assert f'action="{held}/let-go"' in page
    assert 'hx-trigger="refresh, every 5s"' in page  # it may be paid or let go on another device
    gone = [shopper.post(f"{held}/let-go", {"request_id": str(new_id())})["Location"] for _ in range(2)]
    assert gone == [held, held]
    assert purchase(stage, held).state is CheckoutState.EXPIRED
    assert left(stage) == [10, 10]
    bought = purchase(stage, shopper.post("/checkout", filled(**line))["Location"])
    assert bought.state is CheckoutState.PAID
    shopper.post(f"/o/{orders.order_token(stage.base.ctx.base_id, bought.id)}/let-go")
    assert orders.get_checkout(stage.ctx, bought.id).state is CheckoutState.PAID


def test_the_form_counts_by_the_address_that_the_edge_saw(
    doors: None, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SILKCAST_HOLDS_PER_ADDRESS", "1")
    line = {"sku_id": stage.base.skus["east-A"], "units": 1, **DECLINED_CARD}

    def status(client: str) -> int:
        shopper = Client(headers={"X-Forwarded-For": client})
        shopper.get(f"/s/{stage.base.slug}")
        return shopper.post("/checkout", filled(**line)).status_code

    assert [status(each) for each in ("203.0.113.9", "203.0.113.9", "203.0.113.10")] == [303, 409, 303]
