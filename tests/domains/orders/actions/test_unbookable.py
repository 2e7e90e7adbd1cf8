"""Money that the books could not take is not charged; what was charged all the same goes back once and is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import GOOD_CARD, NOON, SILENT_CARD, Base, Cast

from silkcast.domains.catalog.api import EnterRate, SetPrice
from silkcast.domains.catalog.errors import NoPrice, NoRate
from silkcast.domains.catalog.models import Price, Sku
from silkcast.domains.inventory.api import differences as stock_differences
from silkcast.domains.inventory.api import units_free
from silkcast.domains.orders import fulfilment, jobs
from silkcast.domains.orders.api import ConfirmReceipt, PlaceOrder, RefundOrder, get_checkout, pay
from silkcast.domains.orders.auditing import differences as order_differences
from silkcast.domains.orders.contracts import CheckoutState, OrderState
from silkcast.domains.orders.errors import CostTooLarge, ParcelTooHeavy, TotalTooLarge
from silkcast.domains.payments.adapters.sandbox.client import SandboxGateway
from silkcast.domains.payments.api import count_to_return, differences, payments_of, unsettled
from silkcast.domains.payments.contracts import Card, ChargeOutcome, PaymentState, Verdict
from silkcast.domains.payments.models import Payment, Posting
from silkcast.domains.shipping.adapters.sandbox.client import SandboxCarrier
from silkcast.domains.shipping.api import consignments
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.ids import SkuId, new_id
from silkcast.kernel.models import OutboxEvent
from silkcast.kernel.money import AMOUNT_MAX, AmountOutOfRange, Money, exponent

EVER = (NOON.replace(year=2000), NOON.replace(year=2100))


def placed(base: Base, *lines: tuple[SkuId, int], **changed: Any) -> PlaceOrder:
    request = replace(base.wants(*lines), **changed)
    (outcome,) = base.places(request)
    assert not isinstance(outcome, Exception), outcome
    return request


def refusal(base: Base, *lines: tuple[SkuId, int]) -> Any:
    (outcome,) = base.places(base.wants(*lines))
    return outcome


def in_euros(base: Base) -> PlaceOrder:
    """A purchase of 100,000,000.00 EUR, which is a bookable sum of dollars while a euro is one."""
    base.does(EnterRate(unit="EUR", quote="USD", rate="1", source="test"))
    sku_id = base.sells("A", 5)
    base.does(SetPrice(sku_id=sku_id, price=Money(10**10, "EUR")))
    return placed(base, (sku_id, 1), currency="EUR")


def euro_runs_away(base: Base) -> None:
    """To a rate at which those euros come to more than one posting holds."""
    base.does(EnterRate(unit="EUR", quote="USD", rate="1000000", source="test"), seconds=0.5)


def test_a_cost_that_could_not_be_booked_is_refused_before_anything_is_held(cast: Cast) -> None:
    base = cast.east
    sku_id = base.sells("A", 5)
    Sku.objects.of(base.ctx.base_id).update(cost_minor=900_000_000_000_000)  # as it could once be entered
    outcome = refusal(base, (sku_id, 2))
    assert isinstance(outcome, CostTooLarge)
    assert outcome.facts == {"sku_id": str(sku_id)}
    assert units_free(base.ctx, [sku_id]) == {sku_id: 5}


@pytest.mark.parametrize(
    ("currency", "rate", "cost_minor", "refusals"),
    [
        ("USD", "1", AMOUNT_MAX // 2, 0),
        ("USD", "1", AMOUNT_MAX // 2 + 1, 1),
        ("IDR", "0.00006", AMOUNT_MAX // 2, 0),  # ten billion rupiahs
        ("IDR", "0.00006", AMOUNT_MAX // 2 + 1, 1),
        ("KWD", "3.25", 1_538_461_538_461, 1),
        ("KWD", "3.25", AMOUNT_MAX // 2, 0),
        ("VND", "0.00004", AMOUNT_MAX // 2, 0),
    ],
)
def test_cost_times_units_is_bounded_in_its_own_and_in_the_bases_currency(
    cast: Cast, currency: str, rate: str, cost_minor: int, refusals: int
) -> None:
    base = cast.east
    if currency != base.currency:
        base.does(EnterRate(unit=currency, quote=base.currency, rate=rate, source="test"))
    sku_id = base.sells("A", 5)
    Sku.objects.of(base.ctx.base_id).update(cost_minor=cost_minor, cost_currency=currency)
    assert isinstance(refusal(base, (sku_id, 2)), CostTooLarge) == bool(refusals)


def test_a_purchase_comes_to_no_more_than_can_be_booked(cast: Cast) -> None:
    base = cast.east
    sku_id = base.sells("A", 5)
    Price.objects.of(base.ctx.base_id).update(amount_minor=AMOUNT_MAX - 500)  # shipping is 5.00
    assert not isinstance(refusal(base, (sku_id, 1)), Exception)
    outcome = refusal(base, (sku_id, 2))
    assert isinstance(outcome, TotalTooLarge)
    assert outcome.facts == {"most": "10000000000.00", "currency": "USD"}
    assert units_free(base.ctx, [sku_id]) == {sku_id: 4}


def test_a_parcel_weighs_no_more_than_a_column_holds(cast: Cast) -> None:
    base = cast.east
    sku_id = base.sells("A", 1_000)
    Sku.objects.of(base.ctx.base_id).update(weight_g=1_000_000)
    outcome = refusal(base, (sku_id, 11))
    assert isinstance(outcome, ParcelTooHeavy)
    assert outcome.facts == {"most_kg": 10_000}


def test_what_became_unbookable_while_it_was_held_is_not_charged(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    base = cast.east
    request = in_euros(base)
    euro_runs_away(base)
    asked: list[str] = []
    monkeypatch.setattr(SandboxGateway, "charge", lambda self, key, amount, card: asked.append(key))
    with pytest.raises(AmountOutOfRange):
        pay(base.at(1), request.checkout_id, GOOD_CARD, "sandbox")
    assert asked == []
    assert not Payment.objects.of(base.ctx.base_id).exists()
    assert get_checkout(base.ctx, request.checkout_id).state is CheckoutState.AWAITING


Paying = Callable[[Base, PlaceOrder], CheckoutState]


def paid_at_once(base: Base, request: PlaceOrder) -> CheckoutState:
    return pay(base.at(1), request.checkout_id, GOOD_CARD, "sandbox").state


def paid_when_asked(base: Base, request: PlaceOrder) -> CheckoutState:
    assert pay(base.at(1), request.checkout_id, SILENT_CARD, "sandbox").state is CheckoutState.UNKNOWN
    assert jobs.ask_about_payments() == 1
    assert jobs.ask_about_payments() == 0
    return get_checkout(base.ctx, request.checkout_id).state


@pytest.mark.parametrize("paying", [paid_at_once, paid_when_asked])
def test_a_capture_that_cannot_be_booked_goes_back_once_and_is_seen(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, paying: Paying
) -> None:
    base, charge, refund = cast.east, SandboxGateway.charge, SandboxGateway.refund
    request = in_euros(base)
    refunds: list[tuple[str, Money]] = []

    def charged(self: SandboxGateway, key: str, amount: Money, card: Card) -> ChargeOutcome:
        euro_runs_away(base)
        return charge(self, key, amount, card)

    def refunded(self: SandboxGateway, key: str, reference: str, amount: Money) -> ChargeOutcome:
        refunds.append((key, amount))
        return refund(self, key, reference, amount)

    monkeypatch.setattr(SandboxGateway, "charge", charged)
    monkeypatch.setattr(SandboxGateway, "refund", refunded)
    assert paying(base, request) is CheckoutState.RETURNED
    checkout = get_checkout(base.ctx, request.checkout_id)
    assert [order.state for order in checkout.orders] == [OrderState.CANCELLED]
    assert units_free(base.ctx, base.skus.values()) == {base.skus["A"]: 5}
    assert not Posting.objects.of(base.ctx.base_id).exists()
    payment = payments_of(base.ctx, [request.checkout_id])[request.checkout_id]
    assert (payment.state, payment.reason) == (PaymentState.RETURNING, "unbooked")
    expected = {"payment": str(payment.id), "state": "returning", "amount": 10**10 + 500, "currency": "EUR"}
    assert unsettled(base.ctx, *EVER, NOON) == [expected]
    assert count_to_return() == 1
    while count_to_return():  # the silent card's refund is told to a repeat
        jobs._of_returns.done(payment.id)
        jobs.give_back()
    jobs.give_back()
    assert {key for key, _ in refunds} == {refunds[0][0]}  # one refund, however often it is asked about
    assert {amount for _, amount in refunds} == {Money(10**10 + 500, "EUR")}
    assert unsettled(base.ctx, *EVER, NOON) == []
    after = payments_of(base.ctx, [request.checkout_id])[request.checkout_id]
    assert (after.state, after.refunded) == (PaymentState.RETURNED, after.amount)
    topics = list(OutboxEvent.objects.of(base.ctx.base_id).order_by("position").values_list("topic", flat=True))
    assert [topic for topic in topics if topic.startswith(("payments.", "orders.order_c"))][-3:] == [
        "payments.payment_unbooked",
        "orders.order_cancelled",
        "payments.payment_returned",
    ]
    assert (differences(base.ctx), stock_differences(base.ctx)) == ([], [])
    assert order_differences(base.ctx, *EVER) == []


def test_a_return_that_the_gateway_refuses_is_asked_for_later_each_time(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, charge = cast.east, SandboxGateway.charge
    request = in_euros(base)
    asked: list[str] = []

    def charged(self: SandboxGateway, key: str, amount: Money, card: Card) -> ChargeOutcome:
        euro_runs_away(base)
        return charge(self, key, amount, card)

    def refused(self: SandboxGateway, key: str, reference: str, amount: Money) -> ChargeOutcome:
        asked.append(key)
        return ChargeOutcome(verdict=Verdict.DECLINED, reason="closed")

    monkeypatch.setattr(SandboxGateway, "charge", charged)
    monkeypatch.setattr(SandboxGateway, "refund", refused)
    paid_at_once(base, request)
    for _ in range(5):
        assert jobs.give_back() == 0
    assert len(asked) == 1
    assert count_to_return() == 1


def test_a_capture_of_what_was_given_up_as_declined_goes_back(cast: Cast) -> None:
    from silkcast.domains.orders.actions.pay import SettlePayment

    base = cast.east
    checkout_id = base.bought((base.sells("A", 1), 1), card=replace(GOOD_CARD, number="4000000000000002"))
    declined = payments_of(base.ctx, [checkout_id])[checkout_id]
    late = ChargeOutcome(verdict=Verdict.CAPTURED, reference=f"sandbox_{declined.id}")
    for _ in range(2):
        base.does(SettlePayment(payment_id=declined.id, outcome=late), seconds=9)
    assert get_checkout(base.ctx, checkout_id).state is CheckoutState.DECLINED
    assert [row["state"] for row in unsettled(base.ctx, *EVER, NOON)] == ["returning"]
    assert jobs.give_back() == 1
    assert not Posting.objects.of(base.ctx.base_id).exists()


@pytest.mark.parametrize("asked", [Money(10**17, "USD"), Money(-1, "USD"), Money(450, "CHF")], ids=str)
def test_a_label_at_a_price_that_cannot_be_booked_is_sent_at_the_rate_cards(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, asked: Money
) -> None:
    base, label = cast.east, SandboxCarrier.label
    monkeypatch.setattr(SandboxCarrier, "label", lambda self, request: replace(label(self, request), cost=asked))
    order = get_checkout(base.ctx, base.bought((base.sells("A", 5), 2))).orders[0]
    fulfilment.buy_label(str(base.ctx.base_id), str(order.id), "")
    fulfilment.send_off(str(base.ctx.base_id), str(order.id), "")
    assert get_checkout(base.ctx, order.checkout_id).orders[0].state is OrderState.SHIPPED
    assert consignments(base.ctx, [order.id])[order.id][0].cost == Money(500, "USD")
    assert differences(base.ctx) == []


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["KWD", "USD", "IDR", "VND"]),
    st.sampled_from(["KWD", "USD", "IDR", "VND"]),
    st.integers(-6, 5),
    st.integers(1, AMOUNT_MAX),
    st.integers(0, AMOUNT_MAX),
    st.integers(1, 5),
    st.sampled_from([OrderState.REFUNDED, OrderState.COMPLETED]),
)
def test_whatever_is_placed_can_be_paid_and_then_refunded_or_released(
    cast: Cast, currency: str, of_cost: str, power: int, price: int, cost: int, units: int, end: OrderState
) -> None:
    base = cast.east
    for unit in {currency, of_cost} - {base.currency}:
        rate = Decimal(1).scaleb(power + exponent(unit) - exponent(base.currency))
        if -10 <= rate.adjusted() <= 9:
            base.does(EnterRate(unit=unit, quote=base.currency, rate=f"{rate:f}", source="test"), seconds=-1)
    sku_id = base.sells(new_id().hex, 5)
    base.does(SetPrice(sku_id=sku_id, price=Money(price, currency), cost=Money(cost, of_cost)))
    request = replace(base.wants((sku_id, units)), currency=currency)
    (outcome,) = base.places(request)
    if isinstance(outcome, SilkcastError):
        assert isinstance(outcome, CostTooLarge | TotalTooLarge | NoPrice | NoRate)
        return
    assert pay(base.at(1), request.checkout_id, GOOD_CARD, "sandbox").state is CheckoutState.PAID
    (order,) = get_checkout(base.ctx, request.checkout_id).orders
    fulfilment.buy_label(str(base.ctx.base_id), str(order.id), "")
    fulfilment.send_off(str(base.ctx.base_id), str(order.id), "")
    if end is OrderState.REFUNDED:
        refund_id = new_id()
        base.does(RefundOrder(order_id=order.id, refund_id=refund_id, amount=order.total), seconds=9)
        fulfilment.make_refund(str(base.ctx.base_id), str(refund_id), "")
    else:
        base.does(ConfirmReceipt(order_id=order.id), seconds=9)
    (after,) = get_checkout(base.ctx, request.checkout_id).orders
    assert after.state is end
    assert (differences(base.ctx), order_differences(base.ctx, *EVER)) == ([], [])
