"""Sent twice, from two windows, or again after an answer that was lost: bought once."""

from __future__ import annotations

from typing import Any

from django.test import Client
from tests.domains.shop.buying import filled, into_cart, left, offered, purchase
from tests.project.stage import DECLINED_CARD, GOOD_CARD, Stage

from silkcast.domains.orders import api as orders
from silkcast.domains.orders.contracts import CheckoutState


def test_the_same_form_sent_twice_buys_once(doors: None, shopper: Client, stage: Stage) -> None:
    into_cart(shopper, stage, A=1)
    form = filled(sku_id=stage.base.skus["east-A"], units=1)
    first, second = (shopper.post("/checkout", form)["Location"] for _ in range(2))
    assert purchase(stage, first).id == purchase(stage, second).id
    assert left(stage) == [9, 10]
    assert len(orders.list_orders(stage.ctx)[0]) == 1


def test_a_repeat_of_what_was_bought_is_no_new_purchase_whatever_it_costs_by_now(
    doors: None, shopper: Client, stage: Stage, htmx: dict[str, Any]
) -> None:
    """The first answer was lost on its way, so the browser still has its cart and its key."""
    into_cart(shopper, stage, A=1)
    form = filled(quoted=shopper.get("/checkout").context["quoted"])
    lost = Client()
    lost.cookies.load({name: morsel.value for name, morsel in shopper.cookies.items()})
    bought = lost.post("/checkout", form)["Location"]
    stage.does(offered(stage, 9900))
    again = shopper.post("/checkout", form, **htmx)
    # The link is signed anew, for the same purchase.
    assert purchase(stage, again["HX-Redirect"].partition("?")[0]).id == purchase(stage, bought).id
    assert purchase(stage, bought).state is CheckoutState.PAID
    assert orders.list_orders(stage.ctx)[1] == 1
    assert left(stage) == [9, 10]


def test_two_windows_with_one_cart_buy_it_once(doors: None, shopper: Client, stage: Stage) -> None:
    """Both forms were open before either was sent, with another address in each; a third is sent after the answer."""
    into_cart(shopper, stage, A=1, B=2)
    windows = [shopper.get("/checkout").context["cart_key"] for _ in range(3)]
    assert len(set(windows)) == 1
    other = Client()
    other.cookies.load({name: morsel.value for name, morsel in shopper.cookies.items()})
    bought = other.post("/checkout", filled(cart_key=windows[0]))["Location"]
    answers = [shopper.post("/checkout", filled(cart_key=key, city=key and "Elsewhere")) for key in windows[1:]]
    assert [purchase(stage, each["Location"]).id for each in answers] == [purchase(stage, bought).id] * 2
    assert left(stage) == [9, 8]
    into_cart(shopper, stage, A=1, B=2)  # the same again is another wish
    key = shopper.get("/checkout").context["cart_key"]
    assert key not in windows
    again = shopper.post("/checkout", filled(cart_key=key))["Location"]
    assert purchase(stage, again).id != purchase(stage, bought).id
    assert left(stage) == [8, 6]


def test_a_cart_whose_purchase_was_let_go_unseen_can_be_bought(doors: None, shopper: Client, stage: Stage) -> None:
    into_cart(shopper, stage, A=1)
    form = filled(cart_key=shopper.get("/checkout").context["cart_key"], card_number=DECLINED_CARD["card_number"])
    lost = Client()
    lost.cookies.load({name: morsel.value for name, morsel in shopper.cookies.items()})
    first = purchase(stage, lost.post("/checkout", form)["Location"])
    stage.does(orders.LetGo(checkout_id=first.id))
    again = [shopper.post("/checkout", {**form, **GOOD_CARD})["Location"] for _ in range(2)]
    bought = [purchase(stage, each) for each in again]
    assert bought[0].id == bought[1].id != first.id
    assert bought[0].state is CheckoutState.PAID
    assert left(stage) == [9, 10]
