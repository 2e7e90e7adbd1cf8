"""Buying: from the filled form to the placed and paid purchase, by the intake role's own wire."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from tests.cast import Cast
from tests.domains.shop.buying import filled, into_cart, left, offered, purchase
from tests.project.stage import DECLINED_CARD, GOOD_CARD, SILENT_CARD, Stage, door, on_stage

from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.models import Price
from silkcast.domains.orders import api as orders
from silkcast.domains.orders import jobs
from silkcast.domains.orders.contracts import CheckoutState, OrderState, PlacedOrder
from silkcast.domains.shipping import api as shipping
from silkcast.domains.shop import placing
from silkcast.domains.studio import api as studio
from silkcast.kernel.ids import new_id
from silkcast.kernel.money import Money

EXPRESS = shipping.AddRateCard(
    name="Express",
    carrier="sandbox",
    countries=(),
    first=Money(1200, "USD"),
    per_kg=Money(0, "USD"),
    days_least=1,
    days_most=2,
)


def test_a_cart_over_two_merchants_is_one_payment_and_two_orders(doors: None, shopper: Client, stage: Stage) -> None:
    into_cart(shopper, stage, A=2, B=1)
    seen = shopper.get("/checkout")
    assert (seen.context["goods"], seen.context["shipping"]) == (Money(9700, "USD"), Money(1000, "USD"))
    assert seen.context["total"] == Money(10700, "USD")
    assert [(t["merchant_name"], t["total"]) for t in seen.context["totals_by_order"]] == [
        ("east merchant 1", Money(6300, "USD")),
        ("east merchant 2", Money(4400, "USD")),
    ]
    bought = shopper.post("/checkout", filled(quoted=seen.context["quoted"]))
    assert bought.status_code == 303
    placed = purchase(stage, bought["Location"])
    assert (placed.state, placed.total) == (CheckoutState.PAID, Money(10700, "USD"))
    assert sorted((o.merchant_id, o.total.minor, o.state) for o in placed.orders) == sorted(
        [(stage.base.merchants[0], 6300, OrderState.PAID), (stage.base.merchants[1], 4400, OrderState.PAID)]
    )
    assert {order.show_id for order in placed.orders} == {stage.show_id}
    assert all(line.pitch_id for o in placed.orders for line in o.lines if line.sku_id == stage.base.skus["east-A"])
    assert left(stage) == [8, 9]
    assert shopper.get("/cart").context["units"] == 0


def test_one_thing_is_bought_straight_from_the_live_page_and_the_cart_stays(
    doors: None, shopper: Client, stage: Stage, htmx: dict[str, Any]
) -> None:
    into_cart(shopper, stage, B=3)
    line = {"sku_id": str(stage.base.skus["east-A"]), "units": "2", "show_id": str(stage.show_id)}
    sheet = shopper.get("/checkout", query_params={"part": "checkout", **line}, **htmx)
    assert "<html" not in sheet.content.decode()
    assert sheet.context["direct"] == {"sku_id": line["sku_id"], "units": 2, "show_id": stage.show_id}
    assert sheet.context["total"] == Money(2 * 2900 + 500, "USD")
    bought = shopper.post("/checkout", filled(**line), **htmx)
    assert bought.status_code == 200
    assert purchase(stage, bought["HX-Redirect"]).total == Money(6300, "USD")
    assert shopper.get("/cart").context["units"] == 3
    assert left(stage) == [8, 10]


def test_the_summary_follows_country_and_way_of_shipping(shopper: Client, stage: Stage, htmx: dict[str, Any]) -> None:
    stage.does(EXPRESS)
    into_cart(shopper, stage, A=1)
    seen = shopper.get("/checkout?part=summary&country=DE", **htmx)
    assert [(o.words, o.price, o.chosen, o.days_words) for o in seen.context["shipping_options"]] == [
        ("Standard", Money(500, "USD"), True, "5 to 9 days"),
        ("Express", Money(1200, "USD"), False, "1 to 2 days"),
    ]
    express = seen.context["shipping_options"][1].id
    chosen = shopper.get(f"/checkout?part=summary&country=DE&shipping_option={express}", **htmx)
    assert chosen.context["total"] == Money(2900 + 1200, "USD")
    assert [c["value"] for c in seen.context["countries"]] == ["DE", "US"]
    assert shopper.get("/checkout?country=FR").context["values"]["country"] == "US"


def test_the_chosen_way_of_shipping_is_the_one_that_is_charged(doors: None, shopper: Client, stage: Stage) -> None:
    card = stage.does(EXPRESS)
    into_cart(shopper, stage, A=1)
    bought = shopper.post("/checkout", filled(shipping_option=card.rate_card_id))
    assert purchase(stage, bought["Location"]).total == Money(4100, "USD")


def test_a_price_that_rose_meanwhile_is_said_before_anything_is_held(
    doors: None, shopper: Client, stage: Stage, htmx: dict[str, Any]
) -> None:
    into_cart(shopper, stage, A=1)
    seen = shopper.get("/checkout").context["quoted"]
    stage.does(offered(stage, 9900))
    refused = shopper.post("/checkout", filled(quoted=seen), **htmx)
    assert (refused.status_code, refused["HX-Trigger"]) == (409, "silkcast:priced")
    text = refused.content.decode()
    assert 'data-code="shop.price_changed"' in text
    assert "it is $104.00 now, $34.00 before" in text
    assert left(stage) == [10, 10]
    summary = shopper.get("/checkout", {"part": "summary", "goods_seen": "2900 USD"}, **htmx)
    assert summary.context["goods_were"] == Money(2900, "USD")
    assert "these goods cost $99.00 now, $29.00 before" in summary.content.decode()
    bought = shopper.post("/checkout", filled(quoted=summary.context["quoted"]))
    placed = purchase(stage, bought["Location"])
    assert (placed.state, placed.total) == (CheckoutState.PAID, Money(10400, "USD"))


def test_a_price_that_rises_in_the_moment_of_placing_is_not_charged_and_said(
    doors: None, shopper: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    into_cart(shopper, stage, A=1)
    seen = shopper.get("/checkout").context["quoted"]

    def late(*arguments: Any) -> PlacedOrder:
        stage.does(offered(stage, 9900))
        return placing.place(*arguments)

    monkeypatch.setattr("silkcast.domains.shop.checkout.place", late)
    bought = shopper.post("/checkout", filled(quoted=seen))["Location"]
    link = bought.partition("?")[0]
    placed = purchase(stage, link)
    assert (placed.state, placed.total) == (CheckoutState.AWAITING, Money(10400, "USD"))
    assert "it is $104.00 now, $34.00 before. Nothing was charged yet." in shopper.get(bought).content.decode()
    assert shopper.get(link).context["purchase"]["may_pay"] is True
    paid = shopper.post(f"{link}/pay", {**GOOD_CARD, "request_id": str(new_id())})
    assert paid["Location"] == link
    assert purchase(stage, link).state is CheckoutState.PAID
    assert "Nothing was charged yet" not in shopper.get(bought).content.decode()


def test_what_is_taken_off_sale_is_sold_no_more_at_any_door(doors: None, shopper: Client, stage: Stage) -> None:
    scarf = stage.base.skus["east-A"]
    into_cart(shopper, stage, A=1)
    stage.does(catalog.ListProduct(product_id=stage.product_of(scarf), is_listed=False))
    assert [card.title for card in shopper.get("/").context["page"]] == ["Silk east-B"]
    assert [offer.title for offer in shopper.get(f"/live/{stage.show_id}").context["offers"]] == ["Silk east-B"]
    assert "No longer on sale" in shopper.get("/cart").content.decode()
    for form in (
        f"/p/{stage.product_of(scarf)}",
        f"/live/{stage.show_id}?part=product_sheet&product={stage.product_of(scarf)}",
    ):
        text = shopper.get(form, headers={"HX-Request": str("part=" in form).lower()}).content.decode()
        assert len(re.findall(r'<button [^>]*name="then"[^>]* disabled', text)) == 2, form
    refused = shopper.post("/checkout", filled())
    assert (refused.status_code, refused.context["refusal"]["code"]) == (409, "catalog.not_listed")
    assert left(stage) == [10, 10]
    stage.does(catalog.ListProduct(product_id=stage.product_of(scarf), is_listed=True))
    assert shopper.post("/checkout", filled())["Location"].startswith("/o/")


def test_a_declined_card_is_told_and_another_one_may_be_tried(doors: None, shopper: Client, stage: Stage) -> None:
    into_cart(shopper, stage, A=1)
    link = shopper.post("/checkout", filled(**DECLINED_CARD))["Location"]
    page = shopper.get(link)
    assert (page.context["purchase"]["state"], page.context["purchase"]["may_pay"]) == ("declined", True)
    assert left(stage) == [9, 10]
    again = shopper.post(f"{link}/pay", {**GOOD_CARD, "request_id": str(new_id())}, headers={"HX-Request": "true"})
    assert again.context["purchase"]["state"] == "paid"
    assert "<html" not in again.content.decode()


def test_an_unknown_outcome_is_asked_about_and_never_paid_twice(
    doors: None, shopper: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    into_cart(shopper, stage, A=1)
    link = shopper.post("/checkout", filled(**SILENT_CARD))["Location"]
    page = shopper.get(link)
    assert (page.context["purchase"]["state"], page.context["purchase"]["may_pay"]) == ("unknown", False)
    assert shopper.post(f"{link}/pay", {**GOOD_CARD, "request_id": str(new_id())})["Location"] == link
    assert shopper.get(link).context["purchase"]["state"] == "unknown"
    monkeypatch.setattr(jobs, "ASK_AFTER_S", -1)
    assert jobs.ask_about_payments() == 1
    assert shopper.get(f"{link}?part=order", headers={"HX-Request": "true"}).context["purchase"]["state"] == "paid"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"email": "nobody"}, "orders.address_invalid", "email"),
        ({"email": "@"}, "orders.address_invalid", "email"),
        ({"email": "a b@c.de"}, "orders.address_invalid", "email"),
        ({"city": "Test\nville"}, "orders.address_invalid", "city"),
        ({"line2": "Flat 1\r\nFloor 2"}, "orders.address_invalid", "line2"),
        ({"region": ""}, "orders.address_invalid", "region"),
        ({"name": " "}, "orders.address_invalid", "name"),
        ({"line1": ""}, "orders.address_invalid", "line1"),
        ({"postcode": ""}, "orders.address_invalid", "postcode"),
        ({"country": "U1"}, "orders.address_invalid", "country"),
        ({"line1": "x" * 500}, "orders.address_invalid", "line1"),
        ({"card_number": "4242424242424241"}, "payments.card_invalid", "card_number"),
        ({"card_expiry": "01/20"}, "payments.card_invalid", "card_number"),
    ],
)
def test_a_form_that_cannot_be_right_holds_no_goods(
    shopper: Client, stage: Stage, htmx: dict[str, Any], change: dict[str, str], code: str, field: str
) -> None:
    into_cart(shopper, stage, A=1)
    form = filled(**change)
    fragment = shopper.post("/checkout", form, **htmx)
    assert (fragment.status_code, fragment.context["refusal"]["code"]) == (422, code)
    page = shopper.post("/checkout", form)
    assert (page.status_code, list(page.context["refusal"]["fields"])) == (422, [field])
    assert page.context["values"]["city"] == form["city"]
    assert form["card_number"] not in page.content.decode().replace(" ", "").split("data-card")[0]
    assert left(stage) == [10, 10]


def test_what_is_sold_out_by_now_is_refused_with_the_intakes_code(
    doors: None, shopper: Client, stage: Stage, htmx: dict[str, Any]
) -> None:
    into_cart(shopper, stage, A=11)
    refused = shopper.post("/checkout", filled(), **htmx)
    assert (refused.status_code, refused.context["refusal"]["code"]) == (409, "inventory.out_of_stock")
    assert shopper.get("/cart").context["units"] == 11
    assert left(stage) == [10, 10]


def test_while_the_intake_is_away_nothing_is_bought_and_nothing_lost(shopper: Client, stage: Stage) -> None:
    into_cart(shopper, stage, A=1)
    refused = shopper.post("/checkout", filled())
    assert (refused.status_code, refused.context["refusal"]["code"]) == (503, "wire.closed")
    assert refused.context["values"]["name"] == "Test Buyer"
    assert shopper.get("/cart").context["units"] == 1


def test_the_buyers_words_go_to_the_intake_and_nowhere_else(shopper: Client, stage: Stage) -> None:
    asked: list[dict[str, Any]] = []

    async def place(body: dict[str, Any]) -> dict[str, Any]:
        asked.append(body)
        return {"status": 409, "body": b'{"error":{"code":"inventory.out_of_stock","facts":{"units":1}}}'}

    into_cart(shopper, stage, A=1)
    with door("intake", orders__place=place):
        assert shopper.post("/checkout", filled()).status_code == 409
    (said,) = asked
    assert said["base_id"] == str(stage.base.ctx.base_id)
    assert b"4242" not in said["body"]
    assert UUID(said["idempotency_key"])


def test_an_empty_cart_has_nothing_to_pay(shopper: Client, stage: Stage) -> None:
    assert shopper.get("/checkout").context["groups"] == ()
    refused = shopper.post("/checkout", filled())
    assert (refused.status_code, refused.context["refusal"]["code"]) == (409, "shop.cart_empty")


def test_a_real_base_takes_no_test_card(cast: Cast, doors: None) -> None:
    west, client = on_stage(cast.west), Client()
    client.post("/cart", {"sku_id": west.base.skus["west-A"], "units": 1})
    page = client.get("/checkout")
    assert page.context["test_cards"] == []
    text = page.content.decode()
    assert 'name="card_number"' not in text
    assert "This shop cannot take payments yet" in text
    assert re.search(r'<button class="btn btn-primary btn-lg w-full" disabled', text)
    refused = client.post("/checkout", filled())
    assert (refused.status_code, refused.context["refusal"]["code"]) == (409, "orders.no_gateway")
    assert orders.list_orders(west.ctx) == ([], 0)


def test_nothing_is_paid_while_the_cart_holds_what_is_not_sold_in_the_currency(
    doors: None, shopper: Client, stage: Stage
) -> None:
    unsold = stage.base.sells("east-kr", 5)
    Price.objects.of(stage.base.ctx.base_id).filter(sku_id=unsold).update(currency="KRW")
    into_cart(shopper, stage, A=1, kr=1)
    page = shopper.get("/checkout")
    text = page.content.decode()
    assert [line.sku_id for line in page.context["unsold"]] == [str(unsold)]
    assert "Not sold in USD" in text
    assert re.search(r'<button class="btn btn-primary btn-lg w-full" disabled', text)
    refused = shopper.post("/checkout", filled())
    assert (refused.status_code, refused.context["refusal"]["code"]) == (422, "catalog.no_price")
    assert left(stage) == [10, 10]
    shopper.post("/cart/units", {"sku_id": unsold, "units": 0})
    again = shopper.get("/checkout")
    assert 'btn-lg w-full" disabled' not in again.content.decode()
    assert shopper.post("/checkout", filled(quoted=again.context["quoted"])).status_code == 303


def test_a_currency_without_a_rate_is_not_offered(shopper: Client, stage: Stage) -> None:
    sku_id = stage.base.skus["east-A"]
    stage.does(catalog.SetPrice(sku_id=sku_id, price=Money(3500, "EUR")))
    shopper.post("/currency", {"currency": "EUR"})
    into_cart(shopper, stage, A=1)
    page = shopper.get("/checkout")
    assert (page.status_code, page.context["shop"]["currencies"]) == (200, ("USD",))
    shopper.cookies["currency"] = "EUR"  # chosen while there was a rate
    page = shopper.get("/checkout")
    assert (page.status_code, page.context["total"]) == (200, Money(2900 + 500, "USD"))


def test_in_another_currency_the_sums_are_those_that_are_charged(doors: None, shopper: Client, stage: Stage) -> None:
    stage.does(catalog.EnterRate(unit="USD", quote="EUR", rate="0.9137", source="test"))
    shopper.post("/currency", {"currency": "EUR"})
    into_cart(shopper, stage, A=3, B=2)
    seen = shopper.get("/checkout").context
    bought = shopper.post("/checkout", filled(quoted=seen["quoted"]))
    placed = purchase(stage, bought["Location"])
    assert (placed.state, placed.total) == (CheckoutState.PAID, seen["total"])


def test_what_was_taken_from_two_shows_keeps_the_offer_of_each(
    doors: None, shopper: Client, stage: Stage, cast: Cast
) -> None:
    other = on_stage(cast.east, "two")
    first, second = stage.base.skus["east-A"], cast.east.skus["two-B"]
    stage.does(catalog.SetOffer(show_id=other.show_id, sku_id=second, price=Money(1900, "USD")))
    shopper.post("/cart", {"sku_id": first, "units": 1, "show_id": stage.show_id})
    shopper.post("/cart", {"sku_id": second, "units": 2, "show_id": other.show_id})
    shopper.post("/cart", {"sku_id": stage.base.skus["east-B"], "units": 1})
    page = shopper.get("/cart")
    assert [(str(own["of"]), own["goods"]) for own in page.context["purchases"]] == [
        (str(stage.show_id), Money(6800, "USD")),
        (str(other.show_id), Money(3800, "USD")),
    ]
    assert page.context["units"] == 4
    assert f'href="/checkout?of={other.show_id}"' in page.content.decode()

    bought = shopper.post("/checkout", filled(of=other.show_id))["Location"]
    assert [order.show_id for order in purchase(stage, bought).orders] == [other.show_id]
    assert purchase(stage, bought).total == Money(4300, "USD")
    (rest,) = shopper.get("/cart").context["purchases"]
    assert (rest["of"], rest["goods"]) == (None, Money(6800, "USD"))
    bought = shopper.post("/checkout", filled())["Location"]
    assert purchase(stage, bought).total == Money(7800, "USD")
    assert shopper.get("/cart").context["purchases"] == []


def test_a_line_whose_show_is_over_says_what_it_cost_when_it_was_taken(shopper: Client, stage: Stage) -> None:
    into_cart(shopper, stage, A=1)
    assert "when you took it" not in shopper.get("/cart").content.decode()
    stage.does(studio.EndShow(show_id=stage.show_id))
    assert "$39.00 each now, $29.00 when you took it." in shopper.get("/cart").content.decode()
