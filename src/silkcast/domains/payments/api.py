"""What other domains may ask of this one."""

from silkcast.domains.payments.actions.ad_spend import EnterAdSpend
from silkcast.domains.payments.adapters import gateway
from silkcast.domains.payments.adapters.sandbox.cards import TEST_CARDS
from silkcast.domains.payments.ledger import differences, rate_of_order
from silkcast.domains.payments.operations import (
    begin_payment,
    begin_refund,
    begin_return,
    check_capture,
    end_return,
    post_capture,
    post_label,
    release,
    settle_payment,
    settle_refund,
)
from silkcast.domains.payments.queries import (
    count_to_return,
    get_payment,
    get_refund,
    ledger_lines,
    ledger_total,
    open_payments,
    open_refunds,
    payments_of,
    payments_to_return,
    posted_for_orders,
    postings_of_order,
    refunded_of_order,
    sales_of_shows,
    sales_since,
    unsettled,
)

__all__ = [
    "TEST_CARDS",
    "EnterAdSpend",
    "begin_payment",
    "begin_refund",
    "begin_return",
    "check_capture",
    "count_to_return",
    "differences",
    "end_return",
    "gateway",
    "get_payment",
    "get_refund",
    "ledger_lines",
    "ledger_total",
    "open_payments",
    "open_refunds",
    "payments_of",
    "payments_to_return",
    "post_capture",
    "post_label",
    "posted_for_orders",
    "postings_of_order",
    "rate_of_order",
    "refunded_of_order",
    "release",
    "sales_of_shows",
    "sales_since",
    "settle_payment",
    "settle_refund",
    "unsettled",
]
