"""What one buyer may have of an offer, and how much may be held and not paid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from silkcast.domains.orders.contracts import UNPAID, OrderState
from silkcast.domains.orders.drafting import Draft
from silkcast.domains.orders.errors import PerBuyerLimit, TooManyUnpaid, TooManyUnpaidThere
from silkcast.kernel.context import Context
from silkcast.kernel.settings import hold_bounds
from silkcast.kernel.storage.batches import as_uuid, marks, rows_of
from silkcast.kernel.storage.lookups import as_moment
from silkcast.kernel.storage.seeing import see

Name = tuple[str, UUID]  # viewer, SKU
_UNPAID_STATES = ", ".join(f"'{state.value}'" for state in UNPAID)  # written out, as the index of them is


class Purchases:
    """Units that the buyers of a batch hold or have bought since the shows that limit them began, by whatever door.

    Asked once; cancelled orders don't count. Exact among purchases of one SKU, whose shelves the caller has locked.
    """

    def __init__(self, ctx: Context, drafts: Sequence[Draft]) -> None:
        self._units: dict[Name, dict[datetime, int]] = {}  # by the beginnings of shows
        for draft in drafts:
            for limit in draft.priced.limits:
                self._units.setdefault((draft.request.viewer, limit.sku_id), {})[limit.since] = 0
        for name, at, units in _bought(ctx, self._units):
            self._count(name, at, units)

    def refusal(self, draft: Draft) -> PerBuyerLimit | None:
        for limit in draft.priced.limits:
            if self._units[draft.request.viewer, limit.sku_id][limit.since] + limit.units > limit.most:
                return PerBuyerLimit(most=limit.most)
        return None

    def add(self, draft: Draft) -> None:
        for line in draft.request.lines if self._units else ():
            self._count((draft.request.viewer, line.sku_id), None, line.units)

    def _count(self, name: Name, at: datetime | None, units: int) -> None:
        """`at`: now, where none is said."""
        since = self._units.get(name, {})
        for began_at in since:
            if at is None or at >= began_at:
                since[began_at] += units


def _bought(ctx: Context, wanted: dict[Name, dict[datetime, int]]) -> Iterable[tuple[Name, datetime, int]]:
    if not wanted:
        return []
    viewers, skus = {viewer for viewer, _ in wanted}, {sku_id for _, sku_id in wanted}
    see(ctx.base_id)
    # Materialized: without it SQLite's planner, which has no figures yet, would begin with every line of the base.
    rows = rows_of(
        "WITH held AS MATERIALIZED (SELECT id, base_id, viewer, placed_at FROM orders_order "  # noqa: S608 - marks only
        f"WHERE base_id = %s AND viewer IN ({marks(len(viewers))}) AND placed_at >= %s AND state <> %s) "
        "SELECT held.viewer, line.sku_id, held.placed_at, line.units FROM held "
        "JOIN orders_orderline line ON line.base_id = held.base_id AND line.order_id = held.id "
        f"WHERE line.sku_id IN ({marks(len(skus))})",
        [ctx.base_id, *viewers, min(map(min, wanted.values())), OrderState.CANCELLED.value, *skus],
    )
    return [((viewer, as_uuid(sku_id)), as_moment(at), int(units)) for viewer, sku_id, at, units in rows]


class Holds:
    """Purchases that the viewers of a batch have open and unpaid, and all viewers of their addresses; asked once.

    Exact where batches of a base come one after another. Beside each other, in different shards on PostgreSQL, each
    counts what the others had committed.
    """

    def __init__(self, ctx: Context, drafts: Sequence[Draft]) -> None:
        self._bounds = hold_bounds()
        bound = [draft.request for draft in drafts if not draft.request.is_of_program]
        viewers = {request.viewer for request in bound if self._bounds.per_viewer}
        addresses = {request.address for request in bound if request.address and self._bounds.per_address}
        self._open: dict[str | int | None, int] = {**dict.fromkeys(viewers, 0), **dict.fromkeys(addresses, 0)}
        self._open |= _unpaid(ctx, viewers, addresses)

    def refusal(self, draft: Draft) -> TooManyUnpaid | TooManyUnpaidThere | None:
        if self._open.get(draft.request.viewer, -1) >= self._bounds.per_viewer:
            return TooManyUnpaid(most=self._bounds.per_viewer)
        if self._open.get(draft.request.address, -1) >= self._bounds.per_address:
            return TooManyUnpaidThere(most=self._bounds.per_address)
        return None

    def add(self, draft: Draft) -> None:
        for whose in (draft.request.viewer, draft.request.address):
            if whose in self._open:
                self._open[whose] += 1


def _unpaid(ctx: Context, viewers: set[str], addresses: set[int]) -> dict[str | int | None, int]:
    """By viewers, and by addresses, how many purchases; by two indexes that hold unpaid ones alone."""
    questions, given = [], []
    if viewers:
        questions.append(
            "SELECT viewer, 0, COUNT(*) FROM orders_checkout "  # noqa: S608 - marks and states of ours
            f"WHERE base_id = %s AND viewer IN ({marks(len(viewers))}) AND state IN ({_UNPAID_STATES}) GROUP BY viewer"
        )
        given += [ctx.base_id, *viewers]
    if addresses:
        questions.append(
            "SELECT '', address, COUNT(*) FROM orders_checkout "  # noqa: S608 - marks only
            f"WHERE base_id = %s AND address IN ({marks(len(addresses))}) GROUP BY address"
        )
        given += [ctx.base_id, *addresses]
    if not questions:
        return {}
    see(ctx.base_id)
    return {viewer or address: count for viewer, address, count in rows_of(" UNION ALL ".join(questions), given)}
