"""Many refunds of one payment at once, lost answers of the gateway, and the release of escrow in between."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from django.db import connections

from silkcast.domains.inventory.api import differences as stock_differences
from silkcast.domains.orders import fulfilment, jobs
from silkcast.domains.orders import queries as orders
from silkcast.domains.orders.api import ConfirmReceipt, RefundOrder, get_checkout, pay
from silkcast.domains.orders.auditing import differences as order_differences
from silkcast.domains.orders.contracts import CheckoutState, OrderState, OrderView
from silkcast.domains.payments.api import differences, posted_for_orders
from silkcast.domains.payments.contracts import PaymentState, PostingKind
from silkcast.domains.payments.models import AccountBalance, Payment, Posting, Refund
from silkcast.kernel.actions import run
from silkcast.kernel.errors import Overloaded, SilkcastError
from silkcast.kernel.ids import CheckoutId, new_id
from silkcast.kernel.models import OutboxEvent
from silkcast.kernel.money import Money
from tests.cast import GOOD_CARD, NOON, SILENT_CARD, Base, Cast

AT_ONCE = 64
HANG_S = 120.0


def at_once(*tries: Callable[[], object]) -> Counter[str]:
    """Each try on a thread of its own, all from the same moment; "" or the refusal's code of each, counted.

    A slow machine serves sixty-four later than a turn is waited for; who was let go asks again, as a caller would.
    """
    outcomes: Counter[str] = Counter()
    starting = threading.Barrier(len(tries))

    def attempt(work: Callable[[], object]) -> None:
        try:
            starting.wait(HANG_S)
            until_served(work)
            outcome = ""
        except SilkcastError as refused:
            outcome = refused.code
        except Exception as error:
            outcome = repr(error)
        finally:
            connections.close_all()
        with counting:
            outcomes[outcome] += 1

    counting = threading.Lock()
    threads = [threading.Thread(target=attempt, args=(work,)) for work in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG_S)
    assert not any(thread.is_alive() for thread in threads)
    return outcomes


def until_served(work: Callable[[], object]) -> None:
    give_up_s = time.monotonic() + HANG_S
    while True:
        try:
            work()
            return
        except Overloaded:
            if time.monotonic() > give_up_s:
                raise


def of_two_merchants(base: Base) -> Sequence[OrderView]:
    """One payment of 166.00 for two orders of 83.00 each."""
    goods = (base.sells("A", 5), 2), (base.sells("B", 5, merchant=1), 2)
    found = get_checkout(base.ctx, base.bought(*goods)).orders
    assert [order.total for order in found] == [Money(8300, "USD")] * 2
    return found


def asks(base: Base, order: OrderView, minor: int) -> Callable[[], None]:
    """A refund that is begun and put to the gateway."""

    refund_id = new_id()

    def refund() -> None:
        wanted = RefundOrder(order_id=order.id, refund_id=refund_id, amount=Money(minor, base.currency))
        run(base.at(9), wanted, key=str(refund_id))
        fulfilment.make_refund(str(base.ctx.base_id), str(refund_id), "")

    return refund


def ask_again_by_all(base: Base) -> None:
    """Four workers at once put every refund to the gateway once more, settled or not."""
    ids = list(Refund.objects.of(base.ctx.base_id).values_list("id", flat=True))

    def ask() -> None:
        for refund_id in ids:
            fulfilment.make_refund(str(base.ctx.base_id), str(refund_id), "")

    assert at_once(*[ask] * 4) == {"": 4}


def poll_by_all() -> None:
    """Every refund that is still open is found and asked about by four workers at once, until none is."""
    for _ in range(10):
        if not jobs.ask_about_refunds():
            return
        assert at_once(*[jobs.ask_about_refunds] * 4) == {"": 4}
    pytest.fail("refunds stay open")


def posted(base: Base, order: OrderView, kind: PostingKind) -> int:
    return posted_for_orders(base.ctx, [order.id])[order.id].get(kind, 0)


def entries(base: Base, kind: PostingKind) -> int:
    """How many linked entries of the books have a leg of a kind."""
    return Posting.objects.of(base.ctx.base_id).filter(kind=kind.value).values("entry_id").distinct().count()


def told(base: Base, topic: str) -> int:
    return OutboxEvent.objects.of(base.ctx.base_id).filter(topic=topic).count()


def escrow(base: Base) -> tuple[int, int]:
    """(taken in, given out)."""
    row = AccountBalance.objects.of(base.ctx.base_id).get(account="escrow", currency=base.currency)
    return row.credit_minor, row.debit_minor


def has_proof(base: Base) -> None:
    """What `silkcast audit` proves of money and goods."""
    everything = (NOON.replace(year=2000), NOON.replace(year=2100))
    assert differences(base.ctx) == []
    assert stock_differences(base.ctx) == []
    assert order_differences(base.ctx, *everything) == []


def test_sixty_four_refunds_of_one_payment_give_back_what_fits_and_each_is_posted_once(cast: Cast) -> None:
    base = cast.east
    first, second = of_two_merchants(base)
    tries = [asks(base, (first, second)[number % 2], 300) for number in range(AT_ONCE)]
    # 83.00 hold 27 refunds of 3.00; the other five of each order's thirty-two are refused.
    assert at_once(*tries) == {"": 54, "payments.refund_too_large": 10}
    ask_again_by_all(base)
    payment = Payment.objects.of(base.ctx.base_id).get()
    assert (payment.amount_minor, payment.refunded_minor) == (16600, 16200)
    assert Counter(Refund.objects.of(base.ctx.base_id).values_list("state", flat=True)) == {"done": 54}
    assert [posted(base, order, PostingKind.REFUND) for order in (first, second)] == [8100, 8100]
    assert entries(base, PostingKind.REFUND) == 54
    assert (told(base, "payments.refund_begun"), told(base, "orders.order_refunded")) == (54, 54)
    assert escrow(base) == (16600, 16200)
    has_proof(base)


def test_sixty_four_refunds_of_the_whole_payment_give_it_back_once(cast: Cast) -> None:
    base = cast.east
    both = of_two_merchants(base)
    tries = [asks(base, both[number % 2], 8300) for number in range(AT_ONCE)]
    assert at_once(*tries) == {"": 2, "payments.refund_too_large": 62}
    assert {orders.get_order(base.ctx, order.id).state for order in both} == {OrderState.REFUNDED}
    assert escrow(base) == (16600, 16600)
    assert entries(base, PostingKind.REFUND) == 2
    has_proof(base)


def test_one_refund_asked_for_sixty_four_times_under_its_key_is_one(cast: Cast) -> None:
    base = cast.east
    order = of_two_merchants(base)[0]
    wanted = RefundOrder(order_id=order.id, refund_id=new_id(), amount=Money(300, base.currency))
    assert at_once(*[lambda: run(base.at(9), wanted, key="once")] * AT_ONCE) == {"": AT_ONCE}
    ask_again_by_all(base)
    assert posted(base, order, PostingKind.REFUND) == 300
    assert (Refund.objects.of(base.ctx.base_id).count(), told(base, "payments.refund_begun")) == (1, 1)
    has_proof(base)


def test_refunds_that_meet_the_release_of_escrow_never_overdraw_it(cast: Cast) -> None:
    base = cast.east
    order, other = of_two_merchants(base)
    fulfilment.buy_label(str(base.ctx.base_id), str(order.id), "")
    fulfilment.send_off(str(base.ctx.base_id), str(order.id), "")
    confirm = [lambda: run(base.at(60), ConfirmReceipt(order_id=order.id))] * 4
    refunding = [asks(base, order, 300) for _ in range(AT_ONCE - len(confirm))]
    outcomes = at_once(*refunding[:20], *confirm, *refunding[20:])
    assert outcomes == {"": 27 + len(confirm), "payments.refund_too_large": 33}
    assert orders.get_order(base.ctx, order.id).state is OrderState.COMPLETED
    assert posted(base, order, PostingKind.REFUND) == 8100
    taken_in, given_out = escrow(base)
    assert taken_in - given_out == other.total.minor
    assert (entries(base, PostingKind.REFUND), told(base, "payments.escrow_released")) == (27, 1)
    has_proof(base)


def test_refunds_whose_answers_are_lost_keep_their_amounts_until_each_is_posted_once(cast: Cast) -> None:
    base = cast.east
    checkout_id = base.bought((base.sells("A", 5), 2), card=SILENT_CARD)
    assert jobs.ask_about_payments() == 1
    order = get_checkout(base.ctx, checkout_id).orders[0]
    tries = [asks(base, order, 300) for _ in range(AT_ONCE)]
    assert at_once(*tries) == {"": 27, "payments.refund_too_large": 37}
    assert entries(base, PostingKind.REFUND) == 0  # no answer, no posting; but nobody else gets these amounts
    assert Payment.objects.of(base.ctx.base_id).get().refunded_minor == 8100
    poll_by_all()
    assert Counter(Refund.objects.of(base.ctx.base_id).values_list("state", flat=True)) == {"done": 27}
    assert posted(base, order, PostingKind.REFUND) == 8100
    assert (entries(base, PostingKind.REFUND), told(base, "orders.order_refunded")) == (27, 27)
    assert escrow(base) == (8300, 8100)
    has_proof(base)


def test_payments_whose_answers_are_lost_are_captured_once_however_many_ask(cast: Cast) -> None:
    base = cast.east
    sku_id = base.sells("A", AT_ONCE)
    purchases = [CheckoutId(base.bought((sku_id, 1), viewer=f"v{n}", card=SILENT_CARD)) for n in range(8)]
    again = [lambda of=each: pay(base.at(5), of, GOOD_CARD, "sandbox") for each in purchases]
    outcomes = at_once(*[jobs.ask_about_payments] * 8, *again)
    assert outcomes == {"": 8, "orders.checkout_closed": 8}
    assert {get_checkout(base.ctx, each).state for each in purchases} == {CheckoutState.PAID}
    states = Counter(Payment.objects.of(base.ctx.base_id).values_list("state", flat=True))
    assert states == {PaymentState.CAPTURED.value: 8}
    assert (entries(base, PostingKind.CAPTURE), told(base, "payments.payment_captured")) == (8, 8)
    assert escrow(base) == (8 * 4400, 0)
    has_proof(base)
