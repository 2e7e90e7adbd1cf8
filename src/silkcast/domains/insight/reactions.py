"""Carries what was paid and refunded to the audience's engine, which counts buyers and GMV beside the viewers; and when
a show is on air, which is when viewers are counted."""

from __future__ import annotations

import time
from typing import Any

from silkcast.domains.audience import api as audience
from silkcast.domains.orders.events import BuyerErased, OrderPaid, OrderRefunded
from silkcast.domains.studio.events import ShowEnded, ShowWentLive
from silkcast.kernel.context import Context
from silkcast.kernel.events import on
from silkcast.kernel.settings import load
from silkcast.kernel.wire import call_blocking

DEADLINE_S = 3.0


@on(OrderPaid, outside=True)
def count_sale(ctx: Context, event: OrderPaid) -> None:
    if event.show_id is None:
        return
    total = sum(line.total_minor for line in event.lines)
    left = event.base_minor
    facts: list[dict[str, Any]] = []
    for index, line in enumerate(event.lines):
        last = index == len(event.lines) - 1
        minor = left if last or not total else event.base_minor * line.total_minor // total
        left -= minor
        facts.append(
            {
                "id": f"{event.order_id}:{line.sku_id}",
                "kind": "buy",
                "show_id": str(event.show_id),
                "viewer": _viewer(event.viewer),
                "at_ms": event.placed_ms,
                "order_id": str(event.order_id),
                "sku_id": str(line.sku_id),
                "units": line.units,
                "amount_minor": minor,
            }
        )
    _send(ctx, facts)


@on(OrderRefunded, outside=True)
def count_refund(ctx: Context, event: OrderRefunded) -> None:
    if event.show_id is not None:
        fact = {
            "id": str(event.refund_id),
            "kind": "refund",
            "show_id": str(event.show_id),
            "viewer": _viewer(event.viewer),
            "at_ms": event.placed_ms,
            "order_id": str(event.order_id),
            "amount_minor": event.base_minor,
        }
        _send(ctx, [fact])


@on(BuyerErased, outside=True)
def forget_viewer(ctx: Context, event: BuyerErased) -> None:
    """What they wrote during shows goes with them."""
    viewer = _viewer(event.viewer)
    if viewer is not None:
        audience.forget(ctx.base_id, viewer)


@on(ShowWentLive, outside=True)
def note_going_live(ctx: Context, event: ShowWentLive) -> None:
    audience.note_airtime(ctx.base_id, event.show_id, started_at=event.started_at)


@on(ShowEnded, outside=True)
def note_end(ctx: Context, event: ShowEnded) -> None:
    audience.note_airtime(ctx.base_id, event.show_id, started_at=event.started_at, ended_at=event.ended_at)


def _viewer(viewer: str) -> str | None:
    """Who watched and bought; orders that a program placed have no viewer."""
    return None if viewer.startswith("key:") else viewer


def _send(ctx: Context, facts: list[dict[str, Any]]) -> None:
    body = {"base_id": str(ctx.base_id), "source": "orders", "facts": facts, "received_ms": time.time_ns() // 1_000_000}
    call_blocking(load().socket("signals"), "signals.append_facts", body, deadline_s=DEADLINE_S)
