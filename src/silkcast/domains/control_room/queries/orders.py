from __future__ import annotations

from typing import Any

from silkcast.domains.base.api import merchant_names
from silkcast.domains.control_room.labels import ORDER_STATES, options
from silkcast.domains.control_room.queries.listing import ROWS, offset, page_of
from silkcast.domains.orders.api import find_buyers, list_orders
from silkcast.domains.orders.contracts import Buyer
from silkcast.domains.studio.api import show_names
from silkcast.kernel.context import Context, permits


def listed(ctx: Context, *, query: str, state: str, number: int) -> dict[str, Any]:
    states = {str(kind) for kind in ORDER_STATES}
    found, total = list_orders(
        ctx, state=state if state in states else "", search=query, offset=offset(number), limit=ROWS
    )
    shows = show_names(ctx, {order.show_id for order in found if order.show_id is not None})
    merchants = merchant_names(ctx)
    buyers = find_buyers(ctx, {order.checkout_id for order in found}) if may_see_buyers(ctx) else {}
    rows = [
        {
            "id": order.id,
            "number": order.number,
            "at": order.placed_at,
            "show_title": shows.get(order.show_id) if order.show_id is not None else None,
            "merchant_name": merchants.get(order.merchant_id, ""),
            "buyer_words": masked(buyers.get(order.checkout_id)),
            "units": order.units,
            "total": order.total,
            "state": order.state.value,
            "state_words": ORDER_STATES[order.state],
            "has_problem": order.problem_at is not None,
        }
        for order in found
    ]
    return {
        "page": page_of(rows, total, number),
        "query": query,
        "state": state,
        "states": options(ORDER_STATES),
    }


def may_see_buyers(ctx: Context) -> bool:
    return permits(ctx, "read.buyers", merchant_id=ctx.merchant_id)


def masked(buyer: Buyer | None) -> str:
    """Enough to tell buyers of a list apart: "A** K**, US"; a dash for those erased or not for these eyes."""
    if buyer is None:
        return "–"
    initials = " ".join(f"{part[0]}**" for part in buyer.address.name.split()[:3])
    return f"{initials}, {buyer.address.country}"
