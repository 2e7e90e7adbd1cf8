from __future__ import annotations

import pytest
from tests.cast import DECLINED_CARD, GOOD_CARD, SILENT_CARD, Cast, on_air

from silkcast.domains.inventory.api import differences as stock_differences
from silkcast.domains.inventory.api import units_free
from silkcast.domains.orders import jobs
from silkcast.domains.orders.actions.pay import ExpireHold
from silkcast.domains.orders.api import get_checkout, pay
from silkcast.domains.orders.contracts import CheckoutState, OrderState
from silkcast.domains.orders.errors import CheckoutClosed
from silkcast.domains.payments.api import differences, ledger_total, payments_of
from silkcast.domains.payments.contracts import PaymentState, PostingKind
from silkcast.domains.payments.errors import CardInvalid
from silkcast.domains.payments.models import Posting
from silkcast.kernel.ids import new_id


def test_a_paid_purchase_is_in_escrow_to_the_cent(cast: Cast) -> None:
    show = new_id()
    sku_id = cast.east.sells("A", 5)
    checkout_id = cast.east.bought((sku_id, 2), show=on_air(show, minute=3))
    purchase = get_checkout(cast.east.ctx, checkout_id)
    assert (purchase.state, purchase.orders[0].state) == (CheckoutState.PAID, OrderState.PAID)
    # 2 x 39.00 + 5.00 shipping = 83.00; gateway 2.9 % + 0.30; channel 5 %; commission 10 %; goods 2 x 12.00.
    assert ledger_total(cast.east.ctx, show) == {
        PostingKind.CAPTURE: 8300,
        PostingKind.REFUND: 0,
        PostingKind.COST_OF_GOODS: 2400,
        PostingKind.SHIPPING: 500,
        PostingKind.PLATFORM_FEE: 415,
        PostingKind.GATEWAY_FEE: 271,
        PostingKind.COMMISSION: 830,
        PostingKind.AD_SPEND: 0,
    }
    assert set(Posting.objects.scoped(cast.east.ctx).values_list("minute", flat=True)) == {3}
    assert differences(cast.east.ctx) == []


def test_a_declined_card_keeps_the_goods_until_another_card_or_the_end_of_the_hold(cast: Cast) -> None:
    sku_id = cast.east.sells("A", 1)
    checkout_id = cast.east.bought((sku_id, 1), card=DECLINED_CARD)
    assert get_checkout(cast.east.ctx, checkout_id).state is CheckoutState.DECLINED
    assert units_free(cast.east.ctx, [sku_id]) == {sku_id: 0}
    assert not Posting.objects.scoped(cast.east.ctx).exists()
    assert pay(cast.east.at(2), checkout_id, GOOD_CARD, "sandbox").state is CheckoutState.PAID


def test_a_payment_without_an_answer_is_asked_about_and_never_charged_twice(cast: Cast) -> None:
    sku_id = cast.east.sells("A", 1)
    checkout_id = cast.east.bought((sku_id, 1), card=SILENT_CARD)
    assert get_checkout(cast.east.ctx, checkout_id).state is CheckoutState.UNKNOWN
    with pytest.raises(CheckoutClosed):
        pay(cast.east.at(3), checkout_id, GOOD_CARD, "sandbox")
    assert jobs.ask_about_payments() == 1
    assert jobs.ask_about_payments() == 0
    assert payments_of(cast.east.ctx, [checkout_id])[checkout_id].state is PaymentState.CAPTURED
    assert Posting.objects.scoped(cast.east.ctx).filter(kind="capture").count() == 1


def test_a_paid_purchase_cannot_be_paid_again(cast: Cast) -> None:
    checkout_id = cast.east.bought((cast.east.sells("A", 1), 1))
    with pytest.raises(CheckoutClosed):
        pay(cast.east.at(5), checkout_id, GOOD_CARD, "sandbox")


def test_a_mistyped_card_is_refused_before_anything_is_held_or_asked(cast: Cast) -> None:
    from dataclasses import replace

    request = cast.east.wants((cast.east.sells("A", 1), 1))
    cast.east.places(request)
    for card in (
        replace(GOOD_CARD, number="4242424242424241"),
        replace(GOOD_CARD, expiry="01/20"),
        replace(GOOD_CARD, cvc="1"),
    ):
        with pytest.raises(CardInvalid):
            pay(cast.east.at(1), request.checkout_id, card, "sandbox")
    assert get_checkout(cast.east.ctx, request.checkout_id).state is CheckoutState.AWAITING


def test_an_unpaid_hold_ends_and_its_units_are_sold_again(cast: Cast) -> None:
    sku_id = cast.east.sells("A", 1)
    request = cast.east.wants((sku_id, 1))
    cast.east.places(request)
    cast.east.does(ExpireHold(checkout_id=request.checkout_id), seconds=599)
    assert units_free(cast.east.ctx, [sku_id]) == {sku_id: 0}
    cast.east.does(ExpireHold(checkout_id=request.checkout_id), seconds=600)
    cast.east.does(ExpireHold(checkout_id=request.checkout_id), seconds=601)
    assert units_free(cast.east.ctx, [sku_id]) == {sku_id: 1}
    assert get_checkout(cast.east.ctx, request.checkout_id).orders[0].state is OrderState.CANCELLED
    assert stock_differences(cast.east.ctx) == []


def test_a_purchase_being_paid_does_not_expire(cast: Cast) -> None:
    sku_id = cast.east.sells("A", 1)
    checkout_id = cast.east.bought((sku_id, 1), card=SILENT_CARD)
    cast.east.does(ExpireHold(checkout_id=checkout_id), seconds=100_000)
    assert units_free(cast.east.ctx, [sku_id]) == {sku_id: 0}


def test_a_payment_given_up_for_lost_is_never_charged_afterwards(cast: Cast) -> None:
    """The process died between its note and the gateway; the worker asks; then the buyer's form comes again."""
    from silkcast.domains.orders.actions.pay import BeginPayment
    from silkcast.domains.payments.api import gateway
    from silkcast.domains.payments.contracts import Verdict
    from silkcast.kernel.actions import run
    from silkcast.kernel.context import id_asked_by
    from silkcast.kernel.ids import PaymentId
    from silkcast.kernel.money import Money

    request = cast.east.wants((cast.east.sells("A", 1), 1))
    cast.east.places(request)
    payment_id = PaymentId(id_asked_by(cast.east.ctx, request.checkout_id, "payment", "form"))
    begin = BeginPayment(checkout_id=request.checkout_id, payment_id=payment_id, gateway="sandbox")
    run(cast.east.at(1), begin, key="payment\nform")
    assert jobs.ask_about_payments() == 1
    assert pay(cast.east.at(60), request.checkout_id, GOOD_CARD, "sandbox", key="form").state is CheckoutState.DECLINED
    late = gateway("sandbox").charge(str(payment_id), Money(4400, "USD"), GOOD_CARD)
    assert late.verdict is Verdict.DECLINED
    assert pay(cast.east.at(61), request.checkout_id, GOOD_CARD, "sandbox", key="again").state is CheckoutState.PAID
    assert Posting.objects.scoped(cast.east.ctx).filter(kind="capture").count() == 1
