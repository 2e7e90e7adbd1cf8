"""All that the console of one show displays, whole or part by part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from silkcast.domains.audience.contracts import Comment, ShowMetrics
from silkcast.domains.base.api import merchant_names
from silkcast.domains.base.contracts import BaseView
from silkcast.domains.catalog.api import titles
from silkcast.domains.control_room.labels import ORDER_STATES, SHOW_STATES, language_words, studio_words
from silkcast.domains.control_room.live import (
    comments_of,
    find_curve,
    metrics_of,
    room_states,
    side_by_side,
)
from silkcast.domains.control_room.queries import happenings
from silkcast.domains.control_room.queries.destinations import of_show
from silkcast.domains.control_room.queries.rundown import products_to_add, rundown
from silkcast.domains.orders.api import list_orders
from silkcast.domains.payments.api import sales_of_shows
from silkcast.domains.studio.api import get_console, get_show, list_pitches
from silkcast.domains.studio.contracts import ConsoleView, LineState, OverlayKind, RoomState, ShowState, ShowView
from silkcast.kernel.context import Context, permits
from silkcast.kernel.money import exponent

ORDERS_MAX = 30
COMMENTS_MAX = 100


class Console:
    """Each reading is made when the first part needs it, and once."""

    def __init__(self, ctx: Context, home: BaseView, show_id: UUID) -> None:
        self._ctx = ctx
        self._home = home
        self._show_id = show_id

    def part(self, name: str) -> dict[str, Any] | None:
        """One part's context, or None for a part that there is not."""
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "head": dict,
            "metrics": self.metrics,
            "cameras": self.cameras,
            "overlays": self.overlays,
            "rundown": self.rundown,
            "destinations": self.destinations,
            "comments": self.comments,
            "orders": self.orders,
            "events": self.events,
        }
        return {**self.head(), **parts[name]()} if name in parts else None

    def whole(self) -> dict[str, Any]:
        # Found here, and so not asked for one after another below.
        assert self.show  # read in this thread: the database stays out of the others
        self._state, self._metrics, self._curve, self._comments = side_by_side(
            self._ask_state, self._ask_metrics, self._ask_curve, self._ask_comments
        )
        return {
            **self.head(),
            "programme": self._programme(),
            "curves": self._curves(),
            **self.metrics(),
            **self.cameras(),
            **self.overlays(),
            **self.rundown(),
            **self.destinations(),
            **self.comments(),
            **self.orders(),
            **self.events(),
        }

    @cached_property
    def show(self) -> ShowView:
        return get_show(self._ctx, self._show_id)

    @cached_property
    def _state(self) -> RoomState | None:
        return self._ask_state()

    @cached_property
    def _metrics(self) -> ShowMetrics | None:
        return self._ask_metrics()

    @cached_property
    def _curve(self) -> dict[str, list[float]]:
        return self._ask_curve()

    @cached_property
    def _comments(self) -> list[Comment]:
        return self._ask_comments()

    def _ask_state(self) -> RoomState | None:
        show = self.show
        return room_states([show.room_id]).get(show.room_id) if show.state is ShowState.LIVE else None

    def _ask_metrics(self) -> ShowMetrics | None:
        return metrics_of(self._ctx, [self._show_id]).get(self._show_id)

    def _ask_curve(self) -> dict[str, list[float]]:
        return find_curve(self._ctx, self._show_id)

    def _ask_comments(self) -> list[Comment]:
        return comments_of(self._ctx, self._show_id, COMMENTS_MAX)

    @cached_property
    def _view(self) -> ConsoleView:
        return get_console(self._ctx, self._show_id, state=self._state)

    def head(self) -> dict[str, Any]:
        show = self.show
        return {
            "show": {
                "id": show.id,
                "number": show.number,
                "title": show.title,
                "state": SHOW_STATES[show.state],
                "state_words": studio_words("state", show.state),
                "planned_at": show.planned_at,
                "started_at": show.started_at,
                "ended_at": show.ended_at,
                "language_words": language_words(show.language),
                "currency": show.currency,
                "zone": self._home.time_zone,
                "host_name": show.host_name,
                "room_id": show.room_id,
                "room_name": self._view.room_name,
                "live_url": f"/live/{show.id}",
                "simulated": self._home.is_simulated,
            }
        }

    def _programme(self) -> dict[str, Any]:
        show, state = self.show, self._state
        is_live = show.state is ShowState.LIVE
        return {
            "hls_url": f"/hls/{self._home.id}/{show.id}/index.m3u8" if is_live else None,
            "picture_url": f"/control/rooms/{show.room_id}/picture.jpg",
            "elapsed_s": (state.programme_ms if state is not None else self._view.programme_ms) // 1000,
            "fps": round(state.fps) if state is not None else self._view.programme.picture.fps,
            "skipped": state.skipped if state is not None else 0,
            "encoded_kbps": None,
        }

    def metrics(self) -> dict[str, Any]:
        """Money comes from the books; what viewers do is unknown while nobody counts it."""
        sales = sales_of_shows(self._ctx, [self._show_id])[self._show_id]
        counted = self._metrics
        watched = ("online", "viewers", "interaction_rate", "conversion", "likes")
        return {
            "metrics": {
                **{name: getattr(counted, name) if counted is not None else None for name in watched},
                "stay_s": counted.stay_s_average if counted is not None else None,
                "gmv": sales.gmv,
                "net": sales.gmv - sales.refunds,
                "orders": sales.orders,
            }
        }

    def cameras(self) -> dict[str, Any]:
        view = self._view
        return {
            "cameras": [
                {
                    "id": camera.id,
                    "name": camera.name,
                    "key": camera.position,
                    "state": camera.presence.value,
                    "state_words": studio_words("presence", camera.presence),
                    "picture_url": f"/control/cameras/{camera.id}/picture.jpg",
                    "on_air": camera.is_on_air,
                }
                for camera in view.cameras
            ],
            "scene": {"layout": view.programme.layout.value, "cameras": view.programme.camera_ids},
            "scenes": [
                {
                    "id": scene.id,
                    "key": scene.position,
                    "name": scene.name,
                    "layout": scene.layout.value,
                    "cameras": scene.camera_ids,
                    "active": scene.is_active,
                }
                for scene in view.scenes
            ],
        }

    def overlays(self) -> dict[str, Any]:
        on_pitch = [line.product_id for line in self._view.rundown if line.state is LineState.ON_PITCH]
        presented = " ".join(titles(self._ctx, on_pitch, self._ctx.language).values()) if on_pitch else ""
        return {
            "overlays": [
                {
                    "kind": overlay.kind.value,
                    "name": studio_words("overlay", overlay.kind),
                    "detail": presented if overlay.kind is OverlayKind.PRICE_CARD else overlay.text,
                    "visible": overlay.is_visible,
                    "locked": overlay.is_locked,
                }
                for overlay in self._view.overlays
            ]
        }

    def rundown(self) -> dict[str, Any]:
        lines = self._view.rundown
        shown: dict[str, Any] = {"rundown": rundown(self._ctx, self.show, lines, self._home.currency)}
        if permits(self._ctx, "studio.arrange_rundown"):
            shown["products_to_add"] = products_to_add(self._ctx, self.show, lines)
        return shown

    def destinations(self) -> dict[str, Any]:
        return {"destinations": [of_show(row) for row in self._view.destinations]}

    def comments(self) -> dict[str, Any]:
        return {
            "comments": [
                {
                    "id": comment.id,
                    "at": datetime.fromtimestamp(comment.at_ms / 1000, UTC),
                    "name": comment.viewer,
                    "text": comment.text,
                }
                for comment in self._comments
            ]
        }

    def orders(self) -> dict[str, Any]:
        if not permits(self._ctx, "read.orders"):
            return {"orders": []}
        found, _ = list_orders(self._ctx, show_id=self._show_id, limit=ORDERS_MAX)
        merchants = merchant_names(self._ctx)
        return {
            "orders": [
                {
                    "id": order.id,
                    "number": order.number,
                    "at": order.placed_at,
                    "units": order.units,
                    "total": order.total,
                    "state": order.state.value,
                    "state_words": ORDER_STATES[order.state],
                    "merchant_name": merchants.get(order.merchant_id, ""),
                }
                for order in found
            ]
        }

    def events(self) -> dict[str, Any]:
        return {"events": happenings.of_show(self._ctx, self._show_id)}

    def _curves(self) -> dict[str, Any]:
        """What the page's chart starts with; it goes on with the live metrics."""
        pitches = list_pitches(self._ctx, self._show_id)
        names = titles(self._ctx, {pitch.product_id for pitch in pitches}, self._ctx.language)
        started_ms = int(self.show.started_at.timestamp() * 1000) if self.show.started_at is not None else 0
        return {
            **self._curve,
            "currency": self._home.currency,
            "exponent": exponent(self._home.currency),
            "pitches": [
                {
                    "from_ms": started_ms + pitch.started_ms,
                    "to_ms": started_ms + pitch.ended_ms if pitch.ended_ms is not None else None,
                    "name": names[pitch.product_id],
                }
                for pitch in pitches
            ],
        }
