"""Orders over REST: placed through the intake, paid, refunded, received; with the books behind them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from silkcast.domains.audience.api import viewer_token
from silkcast.domains.orders import api as orders
from silkcast.domains.orders import fulfilment, jobs
from silkcast.domains.orders.models import Order
from silkcast.kernel.ids import new_id
from tests.project.stage import ADDRESS, BUYER, Program, Stage

TO: dict[str, Any] = {name: value for name, value in ADDRESS.items() if name != "email"}
CARD = {"card": {"number": "4242424242424242", "expiry": "12/39", "cvc": "123"}}
DECLINED = {"card": {**CARD["card"], "number": "4000000000000002"}}
SILENT = {"card": {**CARD["card"], "number": "4000000000000127"}}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def wanted(stage: Stage, *codes: str, units: int = 1) -> dict[str, Any]:
    lines = [{"sku_id": str(stage.base.skus[f"east-{code}"]), "units": units} for code in codes or ("A",)]
    return {"currency": "USD", "buyer": BUYER, "lines": lines, "show_id": str(stage.show_id)}


def placed(program: Program, stage: Stage, *codes: str) -> dict[str, Any]:
    answer = program.asks("post", "/orders", wanted(stage, *codes), key=str(new_id()))
    assert answer.status_code == 201, answer.content
    told: dict[str, Any] = answer.json()
    return told


def test_a_purchase_is_placed_once_for_a_key(doors: None, stage: Stage, program: Program) -> None:
    body = wanted(stage, "A", "B")
    first, second = (program.asks("post", "/orders", body, key="k1") for _ in range(2))
    assert first.status_code == second.status_code == 201
    told = [{name: value for name, value in answer.json().items() if name != "token"} for answer in (first, second)]
    assert told[0] == told[1]  # the link is signed anew, for the same purchase
    assert second["Idempotent-Replayed"] == "true"
    assert len(told[0]["orders"]) == 2
    assert program.reads("/orders")["total"] == 2
    changed = program.asks("post", "/orders", wanted(stage, "A"), key="k1")
    assert code(changed) == (422, "kernel.idempotency_mismatch")


def test_a_purchase_that_cannot_be_is_refused_with_the_intakes_code(
    doors: None, stage: Stage, program: Program
) -> None:
    assert code(program.asks("post", "/orders", wanted(stage))) == (422, "kernel.invalid")
    many = wanted(stage, units=11)
    assert code(program.asks("post", "/orders", many, key="a")) == (409, "inventory.out_of_stock")
    unknown = {**wanted(stage), "lines": [{"sku_id": str(new_id()), "units": 1}]}
    assert code(program.asks("post", "/orders", unknown, key="b")) == (422, "catalog.sku_unknown")
    assert code(program.asks("post", "/orders", {**wanted(stage), "extra": 1}, key="c")) == (422, "kernel.invalid")
    reader = Program(stage.key("orders.read"))
    assert code(reader.asks("post", "/orders", wanted(stage), key="d")) == (403, "kernel.not_allowed")
    assert program.reads("/orders")["total"] == 0


def test_a_purchase_names_one_country(doors: None, stage: Stage, program: Program) -> None:
    to_germany = {**TO, "country": "DE", "region": "", "postcode": "10115"}
    body = {**wanted(stage), "buyer": {**BUYER, "address": to_germany}}
    refused = program.asks("post", "/orders", {**body, "country": "US"}, key="two")
    assert code(refused) == (422, "kernel.contradiction")
    assert refused.json()["error"]["facts"] == {"field": "country", "other": "buyer.address.country"}
    assert program.reads("/orders")["total"] == 0
    for key, said in (("once", {}), ("twice", {"country": "DE"})):
        answer = program.asks("post", "/orders", {**body, **said}, key=key)
        assert answer.status_code == 201, answer.content
        (order,) = Order.objects.of(stage.base.ctx.base_id).filter(checkout_id=answer.json()["checkout_id"])
        buyer = orders.find_buyer(stage.ctx, order.checkout_id)
        assert buyer is not None
        assert (order.country, buyer.address.country) == ("DE", "DE")


def test_where_it_is_not_cleared_a_product_does_not_go_under_another_countrys_name(
    doors: None, stage: Stage, program: Program
) -> None:
    to_brazil = {**TO, "country": "BR", "region": "SP", "postcode": "01310-100"}
    body = {**wanted(stage), "buyer": {**BUYER, "address": to_brazil}}
    assert code(program.asks("post", "/orders", {**body, "country": "US"}, key="a")) == (422, "kernel.contradiction")
    assert code(program.asks("post", "/orders", body, key="b")) == (409, "catalog.not_cleared")
    viewer = Program(viewer_token(stage.base.ctx.base_id, stage.show_id, "v-42"))
    assert code(viewer.asks("post", "/orders", {**body, "country": "US"}, key="c")) == (422, "kernel.contradiction")
    assert program.reads("/orders")["total"] == 0


def test_a_viewers_token_buys_for_no_other_viewer(doors: None, stage: Stage) -> None:
    viewer = Program(viewer_token(stage.base.ctx.base_id, stage.show_id, "v-42"))
    refused = viewer.asks("post", "/orders", {**wanted(stage), "viewer": "v-43"}, key="theirs")
    assert code(refused) == (422, "kernel.contradiction")
    assert viewer.asks("post", "/orders", {**wanted(stage), "viewer": "v-42"}, key="mine").status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "@"}, "buyer.email"),
        ({"email": "a b@c.de"}, "buyer.email"),
        ({"postcode": ""}, "buyer.address.postcode"),
        ({"region": ""}, "buyer.address.region"),
        ({"country": "XX"}, "buyer.address.country"),
        ({"name": "Two\nlines"}, "buyer.address.name"),
        ({"line1": "x" * 201}, "buyer.address.line1"),
        ({"postcode": 90001}, "buyer.address.postcode"),
    ],
)
def test_a_refusal_names_the_field_as_it_was_sent(
    doors: None, stage: Stage, program: Program, change: dict[str, Any], field: str
) -> None:
    buyer = {"email": BUYER["email"], "address": TO}
    name = next(iter(change))
    changed = {**buyer, **change} if name == "email" else {**buyer, "address": {**TO, **change}}
    refused = program.asks("post", "/orders", {**wanted(stage), "buyer": changed}, key="k")
    assert refused.status_code == 422
    assert refused.json()["error"]["facts"]["field"] == field
    assert program.reads("/orders")["total"] == 0


def test_a_viewer_buys_with_the_token_of_the_page(doors: None, stage: Stage) -> None:
    viewer = Program(viewer_token(stage.base.ctx.base_id, stage.show_id, "v-42"))
    answer = viewer.asks("post", "/orders", wanted(stage), key="mine")
    assert answer.status_code == 201
    assert orders.get_checkout(stage.ctx, UUID(answer.json()["checkout_id"])).viewer == "v-42"
    assert Client().get(f"/o/{answer.json()['token']}").status_code == 200


def test_while_the_intake_is_away_the_sender_is_told_to_try_again(stage: Stage, program: Program) -> None:
    assert code(program.asks("post", "/orders", wanted(stage), key="k")) == (503, "wire.closed")


def test_a_card_pays_once_and_a_repeat_gets_the_same_answer(doors: None, stage: Stage, program: Program) -> None:
    path = f"/checkouts/{placed(program, stage, 'A', 'B')['checkout_id']}"
    answers = [program.asks("post", f"{path}/pay", CARD, key="pay-1") for _ in range(2)]
    assert [(a.status_code, a.json()) for a in answers] == [(200, {"state": "paid"})] * 2
    told = program.reads(path)
    assert (told["state"], told["total"]["minor"], len(told["orders"])) == ("paid", 2900 + 3900 + 1000, 2)
    assert code(program.asks("post", f"{path}/pay", CARD, key="pay-2")) == (409, "orders.checkout_closed")
    assert program.reads("/ledger/audit") == {"is_balanced": True, "differences": []}


def test_a_declined_card_may_be_followed_by_another(doors: None, stage: Stage, program: Program) -> None:
    path = f"/checkouts/{placed(program, stage)['checkout_id']}/pay"
    assert program.asks("post", path, DECLINED, key="1").json() == {"state": "declined"}
    assert program.asks("post", path, CARD, key="2").json() == {"state": "paid"}
    wrong = {"card": {**CARD["card"], "number": "1111"}}
    assert code(program.asks("post", path, wrong)) == (422, "payments.card_invalid")


def test_an_outcome_that_nobody_told_is_unknown_until_it_is_found(
    doors: None, stage: Stage, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/checkouts/{placed(program, stage)['checkout_id']}"
    assert program.asks("post", f"{path}/pay", SILENT, key="1").json() == {"state": "unknown"}
    monkeypatch.setattr(jobs, "ASK_AFTER_S", -1)
    jobs.ask_about_payments()
    assert program.reads(path)["state"] == "paid"


def test_an_order_is_read_with_its_payment_parcel_and_postings(stage: Stage, program: Program) -> None:
    order, path = sent(stage)
    told = program.reads(path)
    assert (told["order"]["state"], told["payment"]["state"], told["payment"]["last4"]) == (
        "shipped",
        "captured",
        "4242",
    )
    (parcel,) = told["consignments"]
    assert parcel["tracking_number"].startswith("SIM")
    postings = program.reads(f"{path}/postings")
    assert {"capture", "cost_of_goods", "shipping", "gateway_fee"} <= {p["kind"] for p in postings["items"]}
    label = program.asks("get", f"{path}/consignments/{parcel['id']}/label.pdf")
    assert (label.status_code, label["Content-Type"], label.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert program.reads("/orders", search=f"#{order.number}")["items"][0]["id"] == str(order.id)
    assert program.reads("/orders", state="paid")["total"] == 0


def test_who_bought_needs_a_scope_of_its_own_and_is_gone_once_erased(stage: Stage, program: Program) -> None:
    order, path = sent(stage)
    parcel = program.reads(path)["consignments"][0]["id"]
    reader = Program(stage.key("orders.read"))
    assert "Test Buyer" not in str(reader.reads(path))
    for secret in (f"{path}/buyer", f"{path}/consignments/{parcel}/label.pdf"):
        assert code(reader.asks("get", secret)) == (403, "kernel.not_allowed")
    assert program.reads(f"{path}/buyer")["address"]["name"] == "Test Buyer"
    orders.forget(order.checkout_id)
    for secret in (f"{path}/buyer", f"{path}/consignments/{parcel}/label.pdf"):
        assert code(program.asks("get", secret)) == (404, "kernel.missing")


def test_money_goes_back_once_for_a_key_and_never_more_than_came(stage: Stage, program: Program) -> None:
    order, path = sent(stage)
    part = {"amount": {"minor": 1000, "currency": "USD"}, "reason": "torn"}
    first, second = (program.asks("post", f"{path}/refunds", part, key="r1") for _ in range(2))
    assert first.status_code == second.status_code == 202
    assert first.json() == second.json()
    assert program.reads(path)["payment"]["refunding"]["minor"] == 1000
    base_id = str(stage.base.ctx.base_id)
    fulfilment.make_refund(base_id, first.json()["refund_id"], str(new_id()))
    assert program.reads(path)["payment"]["refunded"]["minor"] == 1000
    rest = {"amount": {"minor": order.total.minor, "currency": "USD"}}
    refused = program.asks("post", f"{path}/refunds", rest, key="r2")
    assert code(refused) == (409, "payments.refund_too_large")
    left = f"{(order.total.minor - 1000) / 100:.2f} USD"
    assert refused.json()["error"]["message"]["en"] == f"No more than {left} can still be refunded."
    assert "torn" not in str(program.reads("/audit", limit=200))


def test_receipt_is_confirmed_once_and_releases_the_escrow(stage: Stage, program: Program) -> None:
    _, path = sent(stage)
    assert [program.asks("post", f"{path}/receipt").status_code for _ in range(2)] == [200, 200]
    assert program.reads(path)["order"]["state"] == "completed"
    kinds = [p["kind"] for p in program.reads(f"{path}/postings", limit=200)["items"]]
    assert "release" in kinds
    accounts = {a["account"]: a for a in program.reads("/ledger/accounts", limit=200)["items"]}
    assert accounts["escrow"]["debit_minor"] == accounts["escrow"]["credit_minor"]
    unpaid = stage.base.wants((stage.base.skus["east-B"], 1))
    stage.base.places(unpaid)
    waiting = orders.get_checkout(stage.ctx, unpaid.checkout_id).orders[0]
    assert code(program.asks("post", f"/orders/{waiting.id}/receipt")) == (409, "orders.not_receivable")


def test_a_merchants_key_pays_no_purchase_that_others_share(doors: None, stage: Stage, program: Program) -> None:
    shared = placed(program, stage, "A", "B")["checkout_id"]
    first = Program(stage.key(merchant=0))
    told = first.reads(f"/checkouts/{shared}")
    assert (told["total"]["minor"], len(told["orders"])) == (2900 + 500, 1)
    assert code(first.asks("post", f"/checkouts/{shared}/pay", CARD)) == (422, "kernel.invalid")
    own = placed(program, stage, "A")["checkout_id"]
    assert first.asks("post", f"/checkouts/{own}/pay", CARD).json() == {"state": "paid"}
    assert code(Program(stage.key(merchant=1)).asks("get", f"/checkouts/{own}")) == (404, "kernel.missing")


def test_the_test_cards_are_told(program: Program) -> None:
    cards = {card["behaviour"]: card["number"] for card in program.reads("/test-cards")["items"]}
    assert cards["approve"] == CARD["card"]["number"]


def sent(stage: Stage) -> tuple[Any, str]:
    """A paid order on its way, and its address in the API."""
    checkout_id = stage.base.bought((stage.base.skus["east-A"], 1))
    order = orders.get_checkout(stage.ctx, checkout_id).orders[0]
    base_id, cause_id = str(stage.base.ctx.base_id), str(new_id())
    fulfilment.buy_label(base_id, str(order.id), cause_id)
    fulfilment.send_off(base_id, str(order.id), cause_id)
    return order, f"/orders/{order.id}"


def test_an_unpaid_purchase_is_let_go_at_once_and_a_paid_one_is_not(
    doors: None, stage: Stage, program: Program
) -> None:
    path = f"/checkouts/{placed(program, stage)['checkout_id']}"
    assert program.asks("post", f"{path}/let-go", key="1").json() == {"state": "expired"}
    assert program.asks("post", f"{path}/let-go", key="2").json() == {"state": "expired"}
    assert code(program.asks("post", f"{path}/pay", CARD, key="3")) == (409, "orders.checkout_closed")
    assert [order["state"] for order in program.reads(path)["orders"]] == ["cancelled"]
    paid = f"/checkouts/{placed(program, stage)['checkout_id']}"
    program.asks("post", f"{paid}/pay", CARD, key="4")
    assert code(program.asks("post", f"{paid}/let-go", key="5")) == (409, "orders.checkout_closed")
    assert program.reads(paid)["state"] == "paid"


def test_a_merchant_lets_go_what_is_wholly_its_own_alone(doors: None, stage: Stage, program: Program) -> None:
    first = Program(stage.key("orders.read", "orders.write", merchant=0))
    own, shared, other = (placed(program, stage, *codes)["checkout_id"] for codes in ("A", "AB", "B"))
    assert code(first.asks("post", f"/checkouts/{shared}/let-go")) == (422, "kernel.invalid")
    assert code(first.asks("post", f"/checkouts/{other}/let-go")) == (404, "kernel.missing")
    assert first.asks("post", f"/checkouts/{own}/let-go").json() == {"state": "expired"}
