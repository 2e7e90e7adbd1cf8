"""Orders on screen: who may see the buyer, what was paid, what goes back."""

from __future__ import annotations

import pytest
from tests.cast import BUYER
from tests.domains.control_room.floor import Browser, Enter, Floor

from silkcast.domains.base.contracts import Role
from silkcast.domains.control_room.queries.orders import masked
from silkcast.domains.orders.api import forget, get_checkout
from silkcast.domains.orders.fulfilment import buy_label, send_off
from silkcast.domains.payments.api import refunded_of_order
from silkcast.kernel.http import opened
from silkcast.kernel.ids import new_id
from silkcast.kernel.money import Money


def order(floor: Floor) -> str:
    return f"/control/orders/{floor.orders[0].id}"


def test_an_order_shows_lines_payment_parcel_and_postings(east: Floor, operator: Browser) -> None:
    shown = operator.get(order(east)).context_data["order"]
    assert (shown["state"], shown["minute"], shown["total"]) == ("shipped", 3, Money(2 * 3900 + 500, "USD"))
    (line,) = shown["lines"]
    assert (line["sku_code"], line["units"], line["total"]) == ("east-scarf", 2, Money(7800, "USD"))
    assert shown["payment"]["captured"] == shown["total"]
    assert shown["payment"]["card_words"].endswith("••••4242")
    assert [row["debit"] for row in shown["postings"]][:1] == ["Payment provider"]
    assert "Costs of the merchant" in {row["debit"] for row in shown["postings"]}  # whose it is, the page says once
    assert shown["parcels"][0]["label_url"] == f"/control/parcels/{east.parcel_id}/label.pdf"
    assert "orders.order_paid" not in str(shown["events"][0].words)


def test_the_pages_of_orders_hear_of_all_of_them(east: Floor, operator: Browser) -> None:
    for page in (order(east), "/control/orders"):
        token = operator.get(page).context_data["events_url"].partition("token=")[2]
        assert opened("events", token)["topics"] == [f"{east.base.ctx.base_id}/orders/order"]


def test_a_merchant_sees_their_share_of_the_payment_and_not_the_whole_purchase(east: Floor, seller: Browser) -> None:
    shown = seller.get(order(east)).context_data["order"]
    assert shown["payment"]["captured"] == Money(2 * 3900 + 500, "USD")


@pytest.mark.parametrize(
    ("role", "sees"),
    [(Role.OPERATOR, True), (Role.FINANCE, True), (Role.MERCHANT, True), (Role.CREW, False)],
)
def test_buyers_are_shown_to_those_who_send_or_refund(east: Floor, enter: Enter, role: Role, sees: object) -> None:
    browser = enter(east.people[role])
    assert ("1 Test Street" in browser.get(order(east)).content.decode()) is sees
    assert browser.get(f"/control/parcels/{east.parcel_id}/label.pdf").status_code == (200 if sees else 403)


def test_a_label_is_a_pdf_that_no_cache_keeps(east: Floor, operator: Browser) -> None:
    answer = operator.get(f"/control/parcels/{east.parcel_id}/label.pdf")
    assert answer.content.startswith(b"%PDF-")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")


def test_lists_mask_the_buyer(east: Floor, operator: Browser) -> None:
    text = operator.get("/control/orders").content.decode()
    assert "T** B**, US" in text
    assert "Test Buyer" not in text
    assert masked(BUYER) == "T** B**, US"
    assert masked(None) == "–"


def test_orders_are_found_by_number_and_state(east: Floor, operator: Browser) -> None:
    one, other = east.orders
    by_number = operator.get("/control/orders", query=f"#{other.number}").context_data["page"]
    assert [row["id"] for row in by_number.object_list] == [other.id]
    shipped = operator.get("/control/orders", state="shipped").context_data["page"]
    assert [row["id"] for row in shipped.object_list] == [one.id]
    assert operator.get("/control/orders", state="no such state").context_data["page"].paginator.count == 2


def test_part_of_an_order_is_refunded_once_however_often_the_form_is_sent(east: Floor, operator: Browser) -> None:
    sent = {"amount": "10", "reason": "a loose thread", "request_id": str(new_id())}
    for _ in range(2):
        answer = operator.post(f"{order(east)}/refund", hx=True, **sent)
        assert answer.status_code == 200
        assert 'id="part-order"' in answer.content.decode()
    done, on_its_way = refunded_of_order(east.ctx, east.orders[0].id)
    assert done + on_its_way == 1000


def test_the_form_of_one_person_is_not_that_of_another(east: Floor, enter: Enter) -> None:
    sent = {"amount": "10", "reason": "a loose thread", "request_id": str(new_id())}
    for role in (Role.OPERATOR, Role.FINANCE, Role.OPERATOR):
        assert enter(east.people[role]).post(f"{order(east)}/refund", **sent).status_code == 303
    done, on_its_way = refunded_of_order(east.ctx, east.orders[0].id)
    assert done + on_its_way == 2000


def test_more_than_was_paid_is_refused_at_its_field_with_what_is_left(east: Floor, operator: Browser) -> None:
    operator.post(f"{order(east)}/refund", amount="80", reason="x")
    answer = operator.post(f"{order(east)}/refund", hx=True, amount="80", reason="x")
    assert answer.status_code == 422
    text = answer.content.decode()
    assert 'data-field="amount"' in text
    assert "$3.00" in text


def test_a_buyer_is_erased_by_those_who_may_and_the_order_stays(east: Floor, operator: Browser, enter: Enter) -> None:
    at = f"{order(east)}/erase-buyer"
    page = operator.get(order(east))
    assert 'data-opens="erase"' in page.content.decode()
    assert enter(east.people[Role.FINANCE]).post(at).status_code == 403
    assert page.context_data["order"]["buyer"] is not None
    for step in (buy_label, send_off):  # the buyer's other purchase has to leave first
        step(str(east.base.ctx.base_id), str(east.orders[1].id), "")
    answer = operator.post(at, hx=True, request_id=str(new_id()))
    assert (answer.status_code, answer.context_data["order"]["buyer"]) == (200, None)
    shown = operator.get(order(east))
    assert (shown.context_data["order"]["number"], "1 Test Street" in shown.content.decode()) == (
        east.orders[0].number,
        False,
    )
    assert 'data-opens="erase"' not in shown.content.decode()


def test_a_buyer_whose_parcel_still_needs_the_address_is_not_erased(east: Floor, operator: Browser) -> None:
    waiting = f"/control/orders/{east.orders[1].id}"
    answer = operator.post(f"{waiting}/erase-buyer", hx=True, request_id=str(new_id()))
    assert "orders.erasure_too_early" in answer.content.decode()
    assert operator.get(waiting).context_data["order"]["buyer"] is not None


def test_a_merchant_refunds_their_own_orders_alone(east: Floor, seller: Browser) -> None:
    sent = {"amount": "1", "reason": "x"}
    assert seller.post(f"{order(east)}/refund", **sent).status_code == 303
    assert seller.post(f"/control/orders/{east.orders[1].id}/refund", **sent).status_code == 404


def test_crew_see_orders_and_refund_nothing(east: Floor, enter: Enter) -> None:
    crew = enter(east.people[Role.CREW])
    assert f"{order(east)}/refund" not in crew.get(order(east)).content.decode()
    assert crew.post(f"{order(east)}/refund", hx=True, amount="1", reason="x").status_code == 403


def test_an_erased_buyer_is_gone_from_every_page(east: Floor, operator: Browser) -> None:
    checkout_id = east.base.bought((east.skus[0], 1))
    (bought,) = get_checkout(east.ctx, checkout_id).orders
    assert "1 Test Street" in operator.get(f"/control/orders/{bought.id}").content.decode()
    forget(checkout_id)
    page = operator.get(f"/control/orders/{bought.id}").content.decode()
    assert "1 Test Street" not in page
    assert "Test Buyer" not in page
    (row,) = operator.get("/control/orders", query=str(bought.number)).context_data["page"].object_list
    assert row["buyer_words"] == "–"
