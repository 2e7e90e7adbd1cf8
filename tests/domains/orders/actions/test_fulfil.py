from __future__ import annotations

import pytest
from tests.cast import ADDRESS, Base, Cast, on_air

from silkcast.domains.inventory.api import differences as stock_differences
from silkcast.domains.inventory.api import list_stock
from silkcast.domains.orders import fulfilment
from silkcast.domains.orders.api import ConfirmReceipt, find_buyer, forget, get_checkout, subject
from silkcast.domains.orders.contracts import OrderState
from silkcast.domains.orders.errors import NotReceivable
from silkcast.domains.orders.queries import get_order
from silkcast.domains.payments.api import differences, ledger_total
from silkcast.domains.payments.contracts import PostingKind
from silkcast.domains.payments.models import AccountBalance
from silkcast.domains.shipping.api import consignments, label_file, labels
from silkcast.kernel.errors import Missing
from silkcast.kernel.ids import OrderId, new_id


def sent(base: Base) -> tuple[OrderId, str]:
    show = new_id()
    checkout_id = base.bought((base.sells("A", 5), 2), show=on_air(show, 0))
    order_id = get_checkout(base.ctx, checkout_id).orders[0].id
    for _ in range(2):  # a workflow may run any step twice
        assert fulfilment.buy_label(str(base.ctx.base_id), str(order_id), "")
        fulfilment.send_off(str(base.ctx.base_id), str(order_id), "")
    return order_id, str(show)


def test_a_sent_order_left_the_shelf_once_and_has_one_parcel(cast: Cast) -> None:
    order_id, _ = sent(cast.east)
    assert get_order(cast.east.ctx, order_id).state is OrderState.SHIPPED
    assert [(row.units_on_hand, row.units_reserved) for row in list_stock(cast.east.ctx, cast.east.skus.values())] == [
        (3, 0)
    ]
    assert len(consignments(cast.east.ctx, [order_id])[order_id]) == 1
    assert stock_differences(cast.east.ctx) == []


def test_the_labels_price_takes_the_estimates_place_in_the_books(cast: Cast) -> None:
    _, show = sent(cast.east)
    from uuid import UUID

    assert ledger_total(cast.east.ctx, UUID(show))[PostingKind.SHIPPING] == 500
    kept = {row.account: row.credit_minor - row.debit_minor for row in AccountBalance.objects.of(cast.east.ctx.base_id)}
    assert (kept["carrier_expected"], kept["carrier_payable"]) == (0, 500)


def test_a_label_is_a_pdf_that_says_it_is_simulated_and_lies_sealed(cast: Cast) -> None:
    order_id, _ = sent(cast.east)
    parcel = consignments(cast.east.ctx, [order_id])[order_id][0]
    order = get_order(cast.east.ctx, order_id)
    _, file = label_file(cast.east.ctx, parcel.id)
    pdf = labels.read(subject(order.checkout_id), file)
    assert pdf.startswith(b"%PDF-") and parcel.tracking_number.startswith("SIM")
    forget(order.checkout_id)
    assert find_buyer(cast.east.ctx, order.checkout_id) is None
    with pytest.raises(Missing):
        labels.read(subject(order.checkout_id), file)
    assert differences(cast.east.ctx) == []


def test_escrow_pays_out_on_confirmed_receipt_and_only_once(cast: Cast) -> None:
    order_id, _ = sent(cast.east)
    for _ in range(2):
        cast.east.does(ConfirmReceipt(order_id=order_id), seconds=60)
    kept = {
        row.account: row.credit_minor - row.debit_minor
        for row in AccountBalance.objects.of(cast.east.ctx.base_id).filter(currency="USD")
    }
    # 83.00 held; 5.00 label, 4.15 channel, 2.71 gateway and 8.30 commission go first.
    assert kept["escrow"] == 0
    assert kept[f"merchant_payable:{cast.east.merchants[0]}"] == 8300 - 500 - 415 - 271 - 830
    assert kept[f"merchant_cost:{cast.east.merchants[0]}"] == 0
    assert (kept["commission_income"], kept["commission_due"]) == (830, 0)
    assert differences(cast.east.ctx) == []


def test_receipt_of_what_was_not_sent_cannot_be_confirmed(cast: Cast) -> None:
    checkout_id = cast.east.bought((cast.east.sells("A", 1), 1))
    order_id = get_checkout(cast.east.ctx, checkout_id).orders[0].id
    with pytest.raises(NotReceivable):
        cast.east.does(ConfirmReceipt(order_id=order_id))


def test_the_address_stands_nowhere_in_the_tables(cast: Cast) -> None:
    sent(cast.east)
    from django.apps import apps

    from silkcast.kernel.storage.batches import rows_of

    for model in apps.get_models():
        for row in rows_of(f"SELECT * FROM {model._meta.db_table}"):  # noqa: S608 - our own tables
            assert ADDRESS.line1 not in repr(row) and ADDRESS.name not in repr(row), model
