from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import Base, Cast

from silkcast.domains.inventory.api import differences as stock_differences
from silkcast.domains.inventory.api import units_free
from silkcast.domains.orders import fulfilment
from silkcast.domains.orders.api import RefundOrder, get_checkout
from silkcast.domains.orders.contracts import OrderState, OrderView
from silkcast.domains.orders.queries import get_order
from silkcast.domains.payments.api import differences, refunded_of_order
from silkcast.domains.payments.errors import NotCaptured, RefundTooLarge
from silkcast.domains.payments.models import AccountBalance, Payment
from silkcast.domains.shipping.adapters.sandbox.client import SandboxCarrier
from silkcast.domains.shipping.contracts import Label, LabelRequest
from silkcast.domains.shipping.models import RateCard
from silkcast.kernel.actions import run
from silkcast.kernel.ids import new_id
from silkcast.kernel.money import Money


def paid_order(base: Base, units: int = 2) -> OrderView:
    checkout_id = base.bought((base.sells("A", 5), units))
    return get_checkout(base.ctx, checkout_id).orders[0]


def refunds(base: Base, order: OrderView, minor: int) -> None:
    refund_id = new_id()
    base.does(RefundOrder(order_id=order.id, refund_id=refund_id, amount=Money(minor, base.currency)), seconds=9)
    fulfilment.make_refund(str(base.ctx.base_id), str(refund_id), "")


def balance(base: Base, account: str) -> tuple[int, int]:
    row = AccountBalance.objects.of(base.ctx.base_id).get(account=account, currency=base.currency)
    return row.debit_minor, row.credit_minor


def test_a_whole_refund_of_unsent_goods_empties_escrow_and_refills_the_shelf(cast: Cast) -> None:
    order = paid_order(cast.east)
    refunds(cast.east, order, order.total.minor)
    assert get_order(cast.east.ctx, order.id).state is OrderState.REFUNDED
    assert units_free(cast.east.ctx, cast.east.skus.values()) == {cast.east.skus["A"]: 5}
    assert balance(cast.east, "escrow") == (8300, 8300)
    cost = f"merchant_cost:{cast.east.merchants[0]}"
    debit, credit = balance(cast.east, cost)
    assert debit == credit
    assert (differences(cast.east.ctx), stock_differences(cast.east.ctx)) == ([], [])


def test_more_than_was_captured_is_refused_and_nothing_is_reserved(cast: Cast) -> None:
    order = paid_order(cast.east)
    refunds(cast.east, order, 8000)
    with pytest.raises(RefundTooLarge):
        refunds(cast.east, order, 301)
    assert refunded_of_order(cast.east.ctx, order.id) == (8000, 0)
    refunds(cast.east, order, 300)


def test_an_unpaid_order_has_nothing_to_refund(cast: Cast) -> None:
    request = cast.east.wants((cast.east.sells("A", 1), 1))
    cast.east.places(request)
    order = get_checkout(cast.east.ctx, request.checkout_id).orders[0]
    with pytest.raises(NotCaptured):
        refunds(cast.east, order, 100)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 3000), min_size=1, max_size=8))
def test_any_row_of_partial_refunds_sums_exactly(cast: Cast, amounts: list[int]) -> None:
    base = cast.east
    sku_id = base.sells(new_id().hex, 5)
    order = get_checkout(base.ctx, base.bought((sku_id, 2))).orders[0]
    left = order.total.minor
    for amount in amounts:
        if amount > left:
            with pytest.raises(RefundTooLarge):
                refunds(base, order, amount)
        else:
            refunds(base, order, amount)
            left -= amount
    refunds(base, order, left) if left else None
    assert refunded_of_order(base.ctx, order.id) == (order.total.minor, 0)
    assert differences(base.ctx) == []


def test_many_refunds_at_once_never_exceed_the_capture(cast: Cast) -> None:
    order = paid_order(cast.east)
    done: list[str] = []

    def refund() -> None:
        try:
            request = RefundOrder(order_id=order.id, refund_id=new_id(), amount=Money(1000, "USD"))
            run(cast.east.at(9), request)
            done.append("ok")
        except RefundTooLarge:
            done.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=refund) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (done.count("ok"), done.count("refused")) == (8, 16)
    assert Payment.objects.scoped(cast.east.ctx).get().refunded_minor == 8000


def test_a_partial_refund_of_goods_that_still_ship_keeps_their_cost(cast: Cast) -> None:
    order = paid_order(cast.east)
    refunds(cast.east, order, order.total.minor // 2)
    memo = f"memo_cost_of_goods:{cast.east.merchants[0]}"
    assert balance(cast.east, memo) == (2400, 0)


def test_a_label_that_was_being_bought_while_all_was_refunded_is_booked_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = cast.east
    order = paid_order(base)
    bought: list[Label] = []
    label = SandboxCarrier.label

    def slow(self: SandboxCarrier, request: LabelRequest) -> Label:
        if not bought:
            refunds(base, order, order.total.minor)
        bought.append(label(self, request))
        return bought[-1]

    monkeypatch.setattr(SandboxCarrier, "label", slow)
    for _ in range(2):  # a workflow may come to any of its steps twice
        assert fulfilment.buy_label(str(base.ctx.base_id), str(order.id), "")
        fulfilment.send_off(str(base.ctx.base_id), str(order.id), "")
    assert get_order(base.ctx, order.id).state is OrderState.REFUNDED
    assert units_free(base.ctx, base.skus.values()) == {base.skus["A"]: 5}
    assert balance(base, "carrier_payable") == (0, bought[0].cost.minor)
    assert balance(base, "carrier_expected")[0] == balance(base, "carrier_expected")[1]
    debit, credit = balance(base, f"merchant_cost:{base.merchants[0]}")
    assert debit == credit
    assert balance(base, "escrow") == (order.total.minor, order.total.minor)
    assert (differences(base.ctx), stock_differences(base.ctx)) == ([], [])


def test_a_label_in_the_carriers_currency_is_booked_in_the_orders(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from silkcast.domains.catalog.api import EnterRate

    base, label = cast.east, SandboxCarrier.label
    base.does(EnterRate(unit="CNY", quote="USD", rate="0.14", source="test"))
    price = Money(3000, "CNY")
    monkeypatch.setattr(SandboxCarrier, "label", lambda self, request: replace(label(self, request), cost=price))
    order = paid_order(base)
    fulfilment.buy_label(str(base.ctx.base_id), str(order.id), "")
    fulfilment.send_off(str(base.ctx.base_id), str(order.id), "")
    assert balance(base, "carrier_payable") == (0, 420)
    assert differences(base.ctx) == []


def test_the_label_of_a_parcel_that_was_to_cost_nothing_is_booked(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    base, label = cast.east, SandboxCarrier.label
    price = Money(450, base.currency)
    monkeypatch.setattr(SandboxCarrier, "label", lambda self, request: replace(label(self, request), cost=price))
    RateCard.objects.of(base.ctx.base_id).update(first_minor=0, per_kg_minor=0)
    order = paid_order(base)
    fulfilment.buy_label(str(base.ctx.base_id), str(order.id), "")
    fulfilment.send_off(str(base.ctx.base_id), str(order.id), "")
    assert balance(base, "carrier_payable") == (0, price.minor)
    assert differences(base.ctx) == []


def test_a_refund_after_release_comes_from_the_merchant_even_without_commission(cast: Cast) -> None:
    from silkcast.domains.base.models import Merchant
    from silkcast.domains.orders.api import ConfirmReceipt

    base = cast.east
    Merchant.objects.scoped(base.ctx).update(commission_bp=0)
    order = paid_order(base)
    other = get_checkout(base.ctx, base.bought((base.sells("B", 1), 1))).orders[0]
    fulfilment.buy_label(str(base.ctx.base_id), str(order.id), "")
    fulfilment.send_off(str(base.ctx.base_id), str(order.id), "")
    base.does(ConfirmReceipt(order_id=order.id), seconds=60)
    refunds(base, order, 1000)
    debit, credit = balance(base, "escrow")
    assert credit - debit == other.total.minor


def test_a_reversal_is_posted_at_the_rate_of_what_it_takes_back(cast: Cast) -> None:
    from tests.cast import on_air

    from silkcast.domains.catalog.api import EnterRate, SetPrice
    from silkcast.domains.payments.api import ledger_total
    from silkcast.domains.payments.contracts import PostingKind

    base, show = cast.east, new_id()
    sku_id = base.sells("A", 5)
    base.does(SetPrice(sku_id=sku_id, price=Money(3900, "USD"), cost=Money(8000, "CNY")))
    base.does(EnterRate(unit="USD", quote="CNY", rate="7.1", source="test"))
    order = get_checkout(base.ctx, base.bought((sku_id, 1), show=on_air(show, 0))).orders[0]
    base.does(EnterRate(unit="USD", quote="CNY", rate="9.9", source="test"), seconds=5)
    refunds(base, order, order.total.minor)
    assert ledger_total(base.ctx, show)[PostingKind.COST_OF_GOODS] == 0


def test_an_order_whose_money_could_not_be_booked_is_refused_before_it_is_paid(cast: Cast) -> None:
    from silkcast.domains.catalog.api import SetPrice
    from silkcast.domains.catalog.errors import NoRate

    sku_id = cast.east.sells("A", 5)
    cast.east.does(SetPrice(sku_id=sku_id, price=Money(3900, "USD"), cost=Money(1000, "EUR")))
    (outcome,) = cast.east.places(cast.east.wants((sku_id, 1)))
    assert isinstance(outcome, NoRate)
