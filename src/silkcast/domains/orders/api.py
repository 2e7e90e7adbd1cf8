"""What other domains may ask of this one."""

from silkcast.domains.orders.actions.fulfil import ConfirmReceipt
from silkcast.domains.orders.actions.place import PlaceOrder
from silkcast.domains.orders.actions.refund import RefundOrder
from silkcast.domains.orders.buyers import check as check_buyer
from silkcast.domains.orders.buyers import find_buyer, forget, seal, subject
from silkcast.domains.orders.checkout import pay
from silkcast.domains.orders.links import open_order_token, order_token
from silkcast.domains.orders.queries import (
    get_checkout,
    get_order,
    list_orders,
    orders_by_ids,
    sold_in_show,
    totals_since,
)

__all__ = [
    "ConfirmReceipt",
    "PlaceOrder",
    "RefundOrder",
    "check_buyer",
    "find_buyer",
    "forget",
    "get_checkout",
    "get_order",
    "list_orders",
    "open_order_token",
    "order_token",
    "orders_by_ids",
    "pay",
    "seal",
    "sold_in_show",
    "subject",
    "totals_since",
]
