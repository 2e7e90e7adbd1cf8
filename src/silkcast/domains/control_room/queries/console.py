"""All that the console of one show displays, whole or part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from silkcast.domains.audience.contracts import Comment, ShowMetrics
from silkcast.domains.base.api import list_rooms, merchant_names
from silkcast.domains.catalog.api import titles
from silkcast.domains.control_room.frame import home, once
from silkcast.domains.control_room.labels import ORDER_STATES, SHOW_STATES, language_words, studio_words
from silkcast.domains.control_room.live import (
    comments_of,
    find_curve,
    metrics_of,
    room_states,
    side_by_side,
)
from silkcast.domains.control_room.queries import happenings
from silkcast.domains.control_room.queries.cameras import alarms, shown_now, warnings_of
from silkcast.domains.control_room.queries.console_rows import (
    CameraRow,
    CommentRow,
    OrderRow,
    OverlayRow,
    Scene,
    SceneRow,
)
from silkcast.domains.control_room.queries.destinations import of_show
from silkcast.domains.control_room.queries.rundown import LineRow, products_to_add, rundown
from silkcast.domains.orders.api import newest_orders
from silkcast.domains.payments.api import sales_of_shows
from silkcast.domains.studio.api import (
    cameras_wanted,
    get_desk,
    get_show,
    list_cameras,
    list_live_shows,
    list_pitches,
    list_rundown,
    list_scenes,
    list_show_destinations,
    programme_ms,
)
from silkcast.domains.studio.contracts import (
    LineView,
    OverlayKind,
    OverlayView,
    PitchView,
    ProgrammeView,
    RoomState,
    ShowState,
    ShowView,
)
from silkcast.kernel.context import permits
from silkcast.kernel.http import context
from silkcast.kernel.ids import ShowId
from silkcast.kernel.money import exponent

ORDERS_MAX = 30
COMMENTS_MAX = 100


class Console:
    """Each reading is made when the first part needs it, and once."""

    def __init__(self, request: HttpRequest, show_id: UUID) -> None:
        self._request = request
        self._ctx = context(request)
        self._home = home(request)
        self._show_id = show_id

    def part(self, name: str) -> dict[str, Any] | None:
        """One part's context, or None for a part that there is not."""
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "head": self.head,
            "metrics": self.metrics,
            "cameras": self.cameras,
            "overlays": self.overlays,
            "rundown": self.rundown,
            "add_line_form": self.add_line_form,
            "go_live_form": self.go_live_form,
            "destinations": self.destinations,
            "comments": self.comments,
            "orders": self.orders,
            "events": self.events,
        }
        return {"show": self._known(), **parts[name]()} if name in parts else None

    def whole(self) -> dict[str, Any]:
        # Found here, and so not asked for one after another below. The show is read in this thread: the database stays
        # out of the others. Like the rooms, those on air stand in the page's frame anyway.
        on_air = {show.id: show for show in once(self._request, list_live_shows)}
        self.show = on_air.get(ShowId(self._show_id)) or get_show(self._ctx, self._show_id)
        self._state, self._metrics, self._curve, self._comments = side_by_side(
            self._ask_state, self._ask_metrics, self._ask_curve, self._ask_comments
        )
        self._titles = {line.product_id: line.title for line in self._rundown} | self._titles_but(self._rundown)
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
    def _desk(self) -> tuple[ProgrammeView, tuple[OverlayView, ...]]:
        return get_desk(self._ctx, self._show_id, is_simulated=self._home.is_simulated)

    @cached_property
    def _pitches(self) -> list[PitchView]:
        return list_pitches(self._ctx, self._show_id)

    @cached_property
    def _lines(self) -> list[LineView]:
        return list_rundown(self._ctx, self.show, self._ctx.at, pitches=self._pitches)

    @cached_property
    def _rundown(self) -> list[LineRow]:
        return rundown(self._ctx, self.show, self._lines)

    @cached_property
    def _titles(self) -> dict[UUID, str]:
        """Of whatever was or is pitched."""
        return self._titles_but(())

    def _titles_but(self, known: Iterable[LineRow]) -> dict[UUID, str]:
        pitched = {pitch.product_id for pitch in self._pitches} - {line.product_id for line in known}
        return titles(self._ctx, pitched, self._ctx.language)

    def head(self) -> dict[str, Any]:
        show = self.show
        return {
            "show": {
                **self._known(),
                "planned_at": show.planned_at,
                "started_at": show.started_at,
                "ended_at": show.ended_at,
                "language_words": language_words(show.language),
                "host_name": show.host_name,
                "undrawable": show.undrawable,
                "room_id": show.room_id,
                "room_name": next(room.name for room in once(self._request, list_rooms) if room.id == show.room_id),
                "live_url": f"/live/{show.id}",
                "simulated": self._home.is_simulated,
            }
        }

    def _known(self) -> dict[str, Any]:
        """What every part shows of the show."""
        show = self.show
        return {
            "id": str(show.id),
            "number": show.number,
            "title": show.title,
            "state": SHOW_STATES[show.state],
            "state_words": studio_words("state", show.state),
            "currency": show.currency,
            "zone": self._home.time_zone,
        }

    def _programme(self) -> dict[str, Any]:
        show, state = self.show, self._state
        is_live = show.state is ShowState.LIVE
        elapsed_ms = state.programme_ms if state is not None else programme_ms(show, self._ctx.at)
        return {
            "hls_url": f"/hls/{self._home.id}/{show.id}/index.m3u8" if is_live else None,
            "picture_url": f"/control/rooms/{show.room_id}/picture.jpg",
            "elapsed_s": elapsed_ms // 1000,
            "fps": round(state.fps) if state is not None else self._desk[0].picture.fps,
            "skipped": state.skipped if state is not None else 0,
        }

    def metrics(self) -> dict[str, Any]:
        """Money comes from the books; what viewers do is unknown while nobody counts it."""
        sales = sales_of_shows(self._ctx, [self._show_id], base_currency=self._home.currency)[self._show_id]
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
        programme, room_id = self._desk[0], self.show.room_id
        on_air = programme.camera_ids
        cameras = list_cameras(self._ctx, room_id, state=self._state, programme=programme)
        others = tuple(camera.id for camera in cameras if camera.id not in on_air)
        state = self._state if self._state is not None and self._state.show_id == str(self._show_id) else None
        return {
            "alarms": alarms(cameras, cameras_wanted(programme), state),
            "shown": shown_now(state),
            "cameras": tuple(
                CameraRow(
                    id=camera.id,
                    name=camera.name,
                    key=camera.position,
                    state=camera.presence.value,
                    state_words=studio_words("presence", camera.presence),
                    picture_url=f"/control/cameras/{camera.id}/picture.jpg",
                    on_air=camera.is_on_air,
                    warnings=warnings_of(camera),
                )
                for camera in cameras
            ),
            "scene": Scene(layout=programme.layout.value, cameras=on_air, all_cameras=on_air + others),
            "scenes": tuple(
                SceneRow(
                    id=scene.id,
                    key=scene.position,
                    name=scene.name,
                    layout=scene.layout.value,
                    cameras=scene.camera_ids,
                    active=scene.is_active,
                )
                for scene in list_scenes(self._ctx, room_id, programme=programme)
            ),
        }

    def overlays(self) -> dict[str, Any]:
        presented = " ".join(self._titles[pitch.product_id] for pitch in self._pitches if pitch.ended_ms is None)
        return {
            "overlays": [
                OverlayRow(
                    kind=overlay.kind.value,
                    name=studio_words("overlay", overlay.kind),
                    detail=presented if overlay.kind is OverlayKind.PRICE_CARD else overlay.text,
                    visible=overlay.is_visible,
                    locked=overlay.is_locked,
                )
                for overlay in self._desk[1]
            ]
        }

    def rundown(self) -> dict[str, Any]:
        return {"rundown": self._rundown}

    def go_live_form(self) -> dict[str, Any]:
        """What begins with the press: where it goes, and what buyers would find that they cannot buy."""
        hindered = [line for line in self._rundown if line.obstacles]
        letters = self.show.undrawable + "".join(line.undrawable for line in self._rundown)
        return {
            **self.destinations(),
            "hindered": hindered,
            "lines": len(self._rundown),
            "undrawable": "".join(dict.fromkeys(letters)),
        }

    def add_line_form(self) -> dict[str, Any]:
        return {"products_to_add": products_to_add(self._ctx, self._lines)}

    def destinations(self) -> dict[str, Any]:
        rows = list_show_destinations(self._ctx, self._show_id, state=self._state)
        return {"destinations": [of_show(row) for row in rows]}

    def comments(self) -> dict[str, Any]:
        return {
            "comments": [
                CommentRow(
                    id=comment.id,
                    at=datetime.fromtimestamp(comment.at_ms / 1000, UTC),
                    name=comment.viewer,
                    text=comment.text,
                )
                for comment in self._comments
            ]
        }

    def orders(self) -> dict[str, Any]:
        if not permits(self._ctx, "read.orders"):
            return {"orders": []}
        found = newest_orders(self._ctx, self._show_id, limit=ORDERS_MAX)
        merchants = merchant_names(self._ctx)
        words = {state: str(of_state) for state, of_state in ORDER_STATES.items()}
        return {
            "orders": [
                OrderRow(
                    id=order.id,
                    number=order.number,
                    at=order.placed_at,
                    units=order.units,
                    total=order.total,
                    state=order.state.value,
                    state_words=words[order.state],
                    merchant_name=merchants.get(order.merchant_id, ""),
                )
                for order in found
            ]
        }

    def events(self) -> dict[str, Any]:
        return {"events": happenings.of_show(self._ctx, self._show_id)}

    def _curves(self) -> dict[str, Any]:
        """What the page's chart starts with; it goes on with the live metrics."""
        started_ms = int(self.show.started_at.timestamp() * 1000) if self.show.started_at is not None else 0
        return {
            **self._curve,
            "currency": self._home.currency,
            "exponent": exponent(self._home.currency),
            "pitches": [
                {
                    "from_ms": started_ms + pitch.started_ms,
                    "to_ms": started_ms + pitch.ended_ms if pitch.ended_ms is not None else None,
                    "name": self._titles[pitch.product_id],
                }
                for pitch in self._pitches
            ],
        }
