"""The page of a purchase: open to the holder of its link, and to nobody else."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.cast import Cast
from tests.project.stage import GOOD_CARD, Stage

from silkcast.domains.orders import api as orders
from silkcast.domains.orders import fulfilment
from silkcast.domains.orders.contracts import OrderState
from silkcast.domains.shipping import api as shipping
from silkcast.kernel.http import signed
from silkcast.kernel.ids import CheckoutId, new_id


@pytest.fixture
def bought(stage: Stage) -> CheckoutId:
    """Paid, of both merchants."""
    skus = stage.base.skus
    return stage.base.bought((skus["east-A"], 2), (skus["east-B"], 1))


def link(stage: Stage, checkout_id: CheckoutId) -> str:
    return f"/o/{orders.order_token(stage.base.ctx.base_id, checkout_id)}"


def sent(stage: Stage, checkout_id: CheckoutId) -> None:
    base_id = str(stage.base.ctx.base_id)
    for order in orders.get_checkout(stage.ctx, checkout_id).orders:
        assert fulfilment.buy_label(base_id, str(order.id), str(new_id()))
        fulfilment.send_off(base_id, str(order.id), str(new_id()))


def test_the_link_opens_on_any_device(bought: CheckoutId, stage: Stage) -> None:
    purchase = Client().get(link(stage, bought)).context["purchase"]
    assert (purchase["state"], purchase["card_words"]) == ("paid", "Visa (simulated) •••• 4242")
    assert purchase["address_lines"][0] == "Test Buyer"
    assert [(o["merchant_name"], [line["units"] for line in o["lines"]]) for o in purchase["orders"]] == [
        ("east merchant 1", [2]),
        ("east merchant 2", [1]),
    ]
    assert [step["state"] for step in purchase["orders"][0]["steps"]] == ["done", "done", "now", "todo", "todo"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_speaks_both_languages(bought: CheckoutId, stage: Stage, language: str) -> None:
    client = Client()
    client.cookies["django_language"] = language
    words = {"en": ("Silk east-A", "Being packed"), "zh-hans": ("真丝 east-A", "备货中")}
    page = client.get(link(stage, bought)).content.decode()
    assert all(word in page for word in words[language])


def test_a_link_of_another_base_or_another_purpose_opens_nothing(bought: CheckoutId, stage: Stage, cast: Cast) -> None:
    west, east = cast.west.ctx.base_id, stage.base.ctx.base_id
    assert Client().get(f"/o/{orders.order_token(west, bought)}").status_code == 404
    assert Client().get(f"/o/{orders.order_token(east, CheckoutId(new_id()))}").status_code == 404
    other = signed("viewer", base=str(east), checkout=str(bought))
    assert Client().get(f"/o/{other}").status_code == 401


def test_the_parcel_is_followed_and_its_receipt_confirmed_once(bought: CheckoutId, stage: Stage) -> None:
    sent(stage, bought)
    client, path = Client(), link(stage, bought)
    first, second = client.get(path).context["purchase"]["orders"]
    assert (first["may_confirm"], first["state"], len(first["parcels"])) == (True, "shipped", 1)
    assert first["parcels"][0]["tracking"].startswith("SIM")
    form = {"number": first["number"], "request_id": str(new_id())}
    part = client.post(f"{path}/receipt", form, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert client.post(f"{path}/receipt", form)["Location"] == path
    states = {str(o.number): o.state for o in orders.get_checkout(stage.ctx, bought).orders}
    assert states == {first["number"]: OrderState.COMPLETED, second["number"]: OrderState.SHIPPED}


def test_receipt_of_what_was_not_sent_is_refused(bought: CheckoutId, stage: Stage) -> None:
    client, path = Client(), link(stage, bought)
    number = client.get(path).context["purchase"]["orders"][0]["number"]
    refused = client.post(f"{path}/receipt", {"number": number})
    assert (refused.status_code, refused.context["refusal"]["code"]) == (409, "orders.not_receivable")
    for wrong in ("99999", "", "x"):
        assert client.post(f"{path}/receipt", {"number": wrong}).status_code == 404


def test_a_link_confirms_only_the_orders_of_its_own_purchase(bought: CheckoutId, stage: Stage) -> None:
    other = stage.base.bought((stage.base.skus["east-A"], 1))
    sent(stage, other)
    number = orders.get_checkout(stage.ctx, other).orders[0].number
    assert Client().post(f"{link(stage, bought)}/receipt", {"number": number}).status_code == 404
    assert orders.get_checkout(stage.ctx, other).orders[0].state is OrderState.SHIPPED


def test_a_paid_purchase_is_not_paid_again(bought: CheckoutId, stage: Stage) -> None:
    path = link(stage, bought)
    answer = Client().post(f"{path}/pay", {**GOOD_CARD, "request_id": str(new_id())})
    assert (answer.status_code, answer["Location"]) == (303, path)
    assert Client().get(path).context["purchase"]["state"] == "paid"


def test_a_mistyped_card_is_refused_beside_the_form(stage: Stage) -> None:
    request = stage.base.wants((stage.base.skus["east-A"], 1))
    stage.base.places(request)
    path = link(stage, request.checkout_id)
    typed = {**GOOD_CARD, "card_number": "1234"}
    for script in ("false", "true"):
        refused = Client().post(f"{path}/pay", typed, headers={"HX-Request": script})
        assert (refused.status_code, refused.context["refusal"]["code"]) == (422, "payments.card_invalid")


def test_once_the_buyer_is_erased_the_page_holds_no_person(bought: CheckoutId, stage: Stage) -> None:
    orders.forget(bought)
    page = Client().get(link(stage, bought))
    assert page.context["purchase"]["address_lines"] == []
    assert "Test Buyer" not in page.content.decode()


def test_labels_are_on_no_public_address(bought: CheckoutId, stage: Stage) -> None:
    sent(stage, bought)
    page = Client().get(link(stage, bought)).content.decode()
    assert ".pdf" not in page
    (parcel,) = shipping.consignments(stage.ctx, [orders.get_checkout(stage.ctx, bought).orders[0].id]).values()
    _, file = shipping.label_file(stage.ctx, parcel[0].id)
    for path in (f"/media/{file}", f"/media/products/{file}", f"/o/{parcel[0].id}/label.pdf"):
        assert Client().get(path).status_code == 404
