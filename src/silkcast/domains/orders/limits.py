"""How much of an offer one buyer may have in a show."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from uuid import UUID

from silkcast.domains.orders.contracts import OrderState
from silkcast.domains.orders.drafting import Draft, Limit
from silkcast.kernel.context import Context
from silkcast.kernel.storage.batches import as_uuid, marks, rows_of
from silkcast.kernel.storage.seeing import see

Name = tuple[UUID, str, UUID]  # show, viewer, SKU


class Purchases:
    """Units that the buyers of a batch hold or have bought, asked once; cancelled orders don't count.

    Exact among purchases of one SKU, whose shelves the caller has locked.
    """

    def __init__(self, ctx: Context, drafts: Sequence[Draft]) -> None:
        self._units = _bought(ctx, {name for draft in drafts for _, name in _limits(draft)})

    def exceeded(self, draft: Draft) -> int | None:
        """The limit that this purchase would pass, if any."""
        for limit, name in _limits(draft):
            if self._units.get(name, 0) + limit.units > limit.most:
                return limit.most
        return None

    def add(self, draft: Draft) -> None:
        for limit, name in _limits(draft):
            self._units[name] = self._units.get(name, 0) + limit.units


def _limits(draft: Draft) -> list[tuple[Limit, Name]]:
    request = draft.request
    if request.placement is None:
        return []
    show_id = request.placement.show_id
    return [(limit, (show_id, request.viewer, limit.sku_id)) for limit in draft.priced.limits]


def _bought(ctx: Context, names: set[Name]) -> dict[Name, int]:
    if not names:
        return {}
    buyers = {(show_id, viewer) for show_id, viewer, _ in names}
    skus = {sku_id for _, _, sku_id in names}
    see(ctx.base_id)
    # Materialized: without it SQLite's planner, which has no figures yet, would begin with every line of the base.
    rows = rows_of(
        "WITH held AS MATERIALIZED (SELECT id, base_id, show_id, viewer FROM orders_order "  # noqa: S608 - marks only
        f"WHERE base_id = %s AND (show_id, viewer) IN (VALUES {marks(len(buyers), 2)}) AND state <> %s) "
        "SELECT held.show_id, held.viewer, line.sku_id, SUM(line.units) FROM held "
        "JOIN orders_orderline line ON line.base_id = held.base_id AND line.order_id = held.id "
        f"WHERE line.sku_id IN ({marks(len(skus))}) GROUP BY 1, 2, 3",
        [ctx.base_id, *chain.from_iterable(buyers), OrderState.CANCELLED.value, *skus],
    )
    return {(as_uuid(show_id), viewer, as_uuid(sku_id)): int(units) for show_id, viewer, sku_id, units in rows}
