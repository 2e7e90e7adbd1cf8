"""The end of an order's road: the buyer confirms, says that something is wrong, or says nothing."""

from __future__ import annotations

import importlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from tests.project.stage import Program, Stage

from silkcast.domains.orders import api as orders
from silkcast.domains.orders import fulfilment, jobs, queries
from silkcast.domains.orders.actions.fulfil import CompleteKept, NoteDelivery, ShipOrder
from silkcast.domains.orders.actions.problems import ReportProblem
from silkcast.domains.orders.buyers import forget
from silkcast.domains.orders.contracts import OrderState, OrderView
from silkcast.domains.orders.errors import BuyerIsErased, NotObjectionable
from silkcast.domains.orders.models import Order
from silkcast.kernel.actions import run
from silkcast.kernel.ids import CheckoutId, OrderId, new_id
from silkcast.kernel.models import AuditEntry
from silkcast.kernel.money import Money
from silkcast.ui.templatetags.silkcast import money


@pytest.fixture
def bought(stage: Stage) -> CheckoutId:
    return stage.base.bought((stage.base.skus["east-A"], 2))


def link(stage: Stage, checkout_id: CheckoutId) -> str:
    return f"/o/{orders.order_token(stage.base.ctx.base_id, checkout_id)}"


def delivered(stage: Stage, checkout_id: CheckoutId, at: datetime | None = None) -> OrderView:
    """The purchase's only order, as it is once its parcel has arrived."""
    (order,) = orders.get_checkout(stage.ctx, checkout_id).orders
    at = at or stage.ctx.at
    run(replace(stage.ctx, at=at), ShipOrder(order_id=order.id, label_price=Money(500, "USD")))
    run(replace(stage.ctx, at=at), NoteDelivery(order_id=order.id))
    return orders.get_order(stage.ctx, order.id)


def test_what_has_arrived_asks_before_it_releases_and_names_the_sum_and_the_day(
    bought: CheckoutId, stage: Stage
) -> None:
    client, path = Client(), link(stage, bought)
    (order,) = orders.get_checkout(stage.ctx, bought).orders
    assert "The parcel has come" not in client.get(path).content.decode()
    run(stage.ctx, ShipOrder(order_id=order.id, label_price=Money(500, "USD")))
    text = client.get(path).content.decode()
    assert "I already have it" in text
    assert "The parcel has come" not in text
    run(stage.ctx, NoteDelivery(order_id=order.id))
    page = client.get(path)
    text = page.content.decode()
    assert "The parcel has come" in text
    assert f"Yes, release {money(order.total)}" in text
    (shown,) = page.context["purchase"]["orders"]
    arrived = orders.get_order(stage.ctx, order.id).delivered_at
    assert arrived is not None
    assert shown["completes_at"] == arrived + timedelta(days=14)


def test_money_of_what_arrived_goes_out_by_itself_after_its_days_and_not_while_something_is_wrong(
    bought: CheckoutId, stage: Stage
) -> None:
    order = delivered(stage, bought, stage.ctx.at - timedelta(days=14, seconds=60))
    client, path = Client(), link(stage, bought)
    told = client.post(f"{path}/problem", {"number": order.number, "words": "The cup is broken."})
    assert told["Location"] == path
    assert jobs.complete_kept() == 0
    assert "The money stays held" in client.get(path).content.decode()
    assert orders.find_problem(stage.ctx, order.id) == "The cup is broken."

    settled(stage, order.id)
    assert orders.find_problem(stage.ctx, order.id) is None
    assert jobs.complete_kept() == 0  # its days have begun anew
    Order.objects.of(stage.base.ctx.base_id).update(delivered_at=stage.ctx.at - timedelta(days=14, seconds=1))
    assert jobs.complete_kept() == 1
    assert orders.get_order(stage.ctx, order.id).state is OrderState.COMPLETED
    assert jobs.complete_kept() == 0


def test_what_the_buyer_says_as_the_days_end_still_keeps_the_money(
    bought: CheckoutId, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = delivered(stage, bought, stage.ctx.at - timedelta(days=15))
    found = queries.kept_orders

    def found_and_then_objected(*asked: Any) -> Any:
        rows = found(*asked)
        run(stage.ctx, ReportProblem(order_id=order.id, words="The cup is broken."))
        return rows

    monkeypatch.setattr(jobs, "kept_orders", found_and_then_objected)
    jobs.complete_kept()
    assert orders.get_order(stage.ctx, order.id).state is OrderState.DELIVERED
    assert orders.find_problem(stage.ctx, order.id) == "The cup is broken."
    late = CompleteKept(order_id=order.id, delivered_before=stage.ctx.at - timedelta(days=14))
    settled(stage, order.id)
    run(stage.ctx, late)  # found before it was settled: the days have begun anew
    assert orders.get_order(stage.ctx, order.id).state is OrderState.DELIVERED


def settled(stage: Stage, order_id: OrderId) -> None:
    said_at = orders.get_order(stage.ctx, order_id).problem_at
    assert said_at is not None
    stage.does(orders.SettleProblem(order_id=order_id, problem_at=said_at))


def test_a_whole_refund_settles_what_was_wrong(bought: CheckoutId, stage: Stage) -> None:
    order = delivered(stage, bought)
    run(stage.ctx, ReportProblem(order_id=order.id, words="The cup is broken."))
    refund_id = new_id()
    stage.does(orders.RefundOrder(order_id=order.id, refund_id=refund_id, amount=order.total))
    fulfilment.make_refund(str(stage.ctx.base_id), str(refund_id), "")
    closed = orders.get_order(stage.ctx, order.id)
    assert (closed.state, closed.problem_at) == (OrderState.REFUNDED, None)
    assert orders.find_problem(stage.ctx, order.id) is None


def test_nothing_is_kept_of_a_buyer_who_was_erased(bought: CheckoutId, stage: Stage) -> None:
    order = delivered(stage, bought)
    forget(bought)
    with pytest.raises(BuyerIsErased):
        run(stage.ctx, ReportProblem(order_id=order.id, words="It is me, Ann."))
    assert orders.find_problem(stage.ctx, order.id) is None


def test_nothing_is_wrong_yet_with_what_was_not_sent(bought: CheckoutId, stage: Stage) -> None:
    (order,) = orders.get_checkout(stage.ctx, bought).orders
    with pytest.raises(NotObjectionable):
        run(stage.ctx, ReportProblem(order_id=order.id, words="Where is it?"))


def test_what_had_arrived_before_days_were_counted_gets_all_of_them(bought: CheckoutId, stage: Stage) -> None:
    order = delivered(stage, bought)
    rows = Order.objects.of(stage.base.ctx.base_id)
    rows.update(delivered_at=None)
    as_then = MigrationExecutor(connection).loader.project_state(("orders", "0004_longer_languages")).apps
    module = importlib.import_module("silkcast.domains.orders.migrations.0005_days_of_what_had_arrived")
    began = datetime.now(UTC)
    module.begin(as_then, connection)
    begun = orders.get_order(stage.ctx, order.id).delivered_at
    assert begun is not None
    assert began <= begun <= datetime.now(UTC)
    module.begin(as_then, connection)
    assert orders.get_order(stage.ctx, order.id).delivered_at == begun


def test_what_a_buyer_objects_to_is_settled_by_the_base_and_not_by_who_is_paid(
    bought: CheckoutId, stage: Stage
) -> None:
    order = delivered(stage, bought)
    run(stage.ctx, orders.ReportProblem(order_id=order.id, words="broken"))
    seller, office = (Program(stage.key("orders.write", merchant=merchant)) for merchant in (0, None))
    path = f"/orders/{order.id}/problem/settle"
    read = {"problem_at": stage.ctx.at.isoformat()}
    assert seller.asks("post", path, read).status_code == 403
    assert orders.get_order(stage.ctx, order.id).problem_at is not None
    assert office.asks("post", path, read).status_code == 200
    assert orders.get_order(stage.ctx, order.id).problem_at is None


def test_what_a_buyer_says_anew_is_not_settled_with_what_was_read(bought: CheckoutId, stage: Stage) -> None:
    order = delivered(stage, bought)
    first = replace(stage.ctx, at=stage.ctx.at - timedelta(seconds=1))
    run(first, orders.ReportProblem(order_id=order.id, words="Late"))
    office = Program(stage.key("orders.write", "orders.read"))
    read = {"problem_at": office.reads(f"/orders/{order.id}")["order"]["problem_at"]}
    run(stage.ctx, orders.ReportProblem(order_id=order.id, words="And broken"))
    refused = office.asks("post", f"/orders/{order.id}/problem/settle", read)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "orders.problem_newer")
    assert orders.find_problem(stage.ctx, order.id) == "And broken"
    read = {"problem_at": office.reads(f"/orders/{order.id}")["order"]["problem_at"]}
    for _ in range(2):
        assert office.asks("post", f"/orders/{order.id}/problem/settle", read).status_code == 200
    assert orders.find_problem(stage.ctx, order.id) is None


def test_a_problem_needs_words_an_own_order_and_a_parcel_on_its_way(bought: CheckoutId, stage: Stage) -> None:
    client, path = Client(), link(stage, bought)
    (order,) = orders.get_checkout(stage.ctx, bought).orders
    early = client.post(f"{path}/problem", {"number": order.number, "words": "Where is it?"})
    assert (early.status_code, early.context["refusal"]["code"]) == (409, "orders.not_objectionable")
    delivered(stage, bought)
    for words in ("", "  ", "x" * 1_001):
        assert client.post(f"{path}/problem", {"number": order.number, "words": words}).status_code == 422
    assert client.post(f"{path}/problem", {"number": "999999", "words": "wrong"}).status_code == 404
    assert orders.get_order(stage.ctx, order.id).problem_at is None


def test_what_a_buyer_said_is_kept_sealed_and_goes_with_the_buyer(bought: CheckoutId, stage: Stage) -> None:
    order = delivered(stage, bought)
    run(stage.ctx, orders.ReportProblem(order_id=order.id, words="Ms Example's cup is broken"))
    row = Order.objects.of(stage.base.ctx.base_id).get(id=order.id)
    assert b"Example" not in bytes(row.problem or b"")
    entries = AuditEntry.objects.of(stage.base.ctx.base_id).filter(action="orders.report_problem")
    assert [("broken" in entry.request) for entry in entries] == [False]
    orders.forget(order.checkout_id)
    assert orders.find_problem(stage.ctx, order.id) == ""
