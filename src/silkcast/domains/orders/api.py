"""What other domains may ask of this one."""

from silkcast.domains.orders.actions.erase import EraseBuyer
from silkcast.domains.orders.actions.fulfil import ConfirmReceipt
from silkcast.domains.orders.actions.pay import LetGo
from silkcast.domains.orders.actions.problems import ReportProblem, SettleProblem
from silkcast.domains.orders.actions.refund import RefundOrder
from silkcast.domains.orders.auditing import differences
from silkcast.domains.orders.buyers import checked as checked_buyer
from silkcast.domains.orders.buyers import find_buyer, find_buyers, forget, subject
from silkcast.domains.orders.checkout import checked_card, gateway_for, pay
from silkcast.domains.orders.contracts import PlaceOrder
from silkcast.domains.orders.jobs import COMPLETED_AFTER_DAYS
from silkcast.domains.orders.links import open_order_token, order_token
from silkcast.domains.orders.queries import (
    find_placed,
    find_problem,
    get_checkout,
    get_order,
    list_orders,
    newest_orders,
    orders_by_ids,
    sold_lines,
    totals_since,
    units_sold,
)

__all__ = [
    "COMPLETED_AFTER_DAYS",
    "ConfirmReceipt",
    "EraseBuyer",
    "LetGo",
    "PlaceOrder",
    "RefundOrder",
    "ReportProblem",
    "SettleProblem",
    "checked_buyer",
    "checked_card",
    "differences",
    "find_buyer",
    "find_buyers",
    "find_placed",
    "find_problem",
    "forget",
    "gateway_for",
    "get_checkout",
    "get_order",
    "list_orders",
    "newest_orders",
    "open_order_token",
    "order_token",
    "orders_by_ids",
    "pay",
    "sold_lines",
    "subject",
    "totals_since",
    "units_sold",
]
