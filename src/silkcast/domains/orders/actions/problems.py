"""Something is wrong with a parcel: the buyer says so, and the money stays held until the base has settled it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from silkcast.domains.orders.actions.fulfil import ON_ITS_WAY, OrderRef
from silkcast.domains.orders.buyers import find_buyer, seal
from silkcast.domains.orders.contracts import OrderState
from silkcast.domains.orders.errors import BuyerIsErased, NotObjectionable, ProblemNewer
from silkcast.domains.orders.events import OrderProblemReported, OrderProblemSettled
from silkcast.domains.orders.models import Order
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Invalid
from silkcast.kernel.events import announce
from silkcast.kernel.ids import OrderId, ShowId

WORDS_MAX = 1_000
TOLD_WITHIN = timedelta(milliseconds=1)  # of what JSON tells of a moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportProblem:
    order_id: OrderId
    words: str


@action(
    "orders.report_problem",
    request=ReportProblem,
    permission="orders.report_problem",
    icon="alert",
    personal=("words",),
)
def report_problem(ctx: Context, request: ReportProblem) -> OrderRef:
    """Hold the money of an order that is on its way or has arrived. Said again, the newer words stand."""
    words = request.words.strip()
    if not 0 < len(words) <= WORDS_MAX:
        raise Invalid(reason="words", field="words")
    order = Order.objects.of(ctx.base_id).one(id=request.order_id)
    if order.state not in ON_ITS_WAY:
        raise NotObjectionable
    if find_buyer(ctx, order.checkout_id) is None:  # sealing would make a new key under what was erased
        raise BuyerIsErased
    rows = Order.objects.of(ctx.base_id).filter(id=order.id, state__in=ON_ITS_WAY)
    if not rows.update(problem_at=ctx.at, problem=seal(order.checkout_id, words)):
        raise NotObjectionable
    announce(ctx, OrderProblemReported(order_id=request.order_id, show_id=_show(order)))
    return OrderRef(order_id=request.order_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleProblem:
    """`problem_at`: the `problem_at` of the order that was read, in whole milliseconds at least."""

    order_id: OrderId
    problem_at: datetime


@action("orders.settle_problem", request=SettleProblem, icon="check")
def settle_problem(ctx: Context, request: SettleProblem) -> OrderRef:
    """What was wrong is settled: a delivered order's days begin anew, so that the buyer can still object.

    For the base alone: a merchant is paid by it. ProblemNewer where the buyer has said more since it was read.
    """
    rows = Order.objects.scoped(ctx)
    order = rows.one(id=request.order_id)
    if order.problem_at is not None and order.problem_at >= request.problem_at + TOLD_WITHIN:
        raise ProblemNewer
    if (
        rows.filter(id=order.id, problem_at=order.problem_at)
        .exclude(problem_at=None)
        .update(problem_at=None, problem=None)
    ):
        rows.filter(id=order.id, state=OrderState.DELIVERED.value).update(delivered_at=ctx.at)
        announce(ctx, OrderProblemSettled(order_id=request.order_id, show_id=_show(order)))
    return OrderRef(order_id=request.order_id)


def _show(order: Order) -> ShowId | None:
    return ShowId(order.show_id) if order.show_id else None
