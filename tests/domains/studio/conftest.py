"""Each base of the cast with a room, a studio's verbs at hand, and rows that are really committed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests import snapshots
from tests.cast import NOON, Base, make_base

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import BaseKind, RoomKind
from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.contracts import ProductRole
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Platform
from silkcast.domains.studio.models import Programme
from silkcast.kernel.events import Event, from_json
from silkcast.kernel.ids import ProductId, RoomId, ShowId, SkuId, new_id
from silkcast.kernel.models import AuditEntry, OutboxEvent
from silkcast.kernel.money import Money
from silkcast.kernel.storage.keys import keyring


@dataclass(kw_only=True)
class Stage(Base):
    """One base as the system sees it at noon, with one room."""

    room_id: RoomId

    def room(self, name: str = "Room 2") -> RoomId:
        added: RoomId = self.does(base.AddRoom(name=name, kind=RoomKind.STANDARD)).added_room_id
        return added

    def camera(self, name: str = "Presenter", room_id: RoomId | None = None, stream_key: str = "") -> UUID:
        made = stream_key or studio.fresh_stream_key()
        added: UUID = self.does(
            studio.AddCamera(
                room_id=room_id or self.room_id,
                name=name,
                key_digest=studio.digest_of_stream_key(made),
                key_ending=studio.ending_of(made),
            )
        ).camera_id
        return added

    def product(self, title: str = "Silk scarf", title_zh: str = "真丝围巾", units: int = 0) -> ProductId:
        price = Money(3900, self.currency)
        added = self.does(
            catalog.AddProduct(
                merchant_id=self.merchants[0],
                title=title,
                title_zh=title_zh,
                role=ProductRole.PROFIT,
                markets=("US",),
                sku=catalog.NewSku(
                    code=f"C-{new_id().hex[-12:]}",
                    name="One size",
                    price=price,
                    was=price + Money(2000, self.currency),
                    cost=Money(1200, self.currency),
                    weight_g=120,
                ),
            )
        )
        product_id: ProductId = added.product_id
        view = catalog.get_product(self.ctx, product_id, currency=self.currency)
        self.skus[str(product_id)] = view.skus[0].id
        if units:
            self.receives(view.skus[0].id, units)
        return product_id

    def sku(self, product_id: ProductId) -> SkuId:
        return self.skus[str(product_id)]

    def destination(
        self,
        name: str = "TikTok",
        stream_key: str = "",  # empty: one of its own
        fee_bp: int = 500,
        *,
        in_new_shows: bool | None = None,
    ) -> UUID:
        added: UUID = self.does(
            studio.SetDestination(
                name=name,
                platform=Platform.TIKTOK,
                url="rtmp://push.example/live",
                stream_key=stream_key or f"key-of-{name.replace(' ', '-')}-0123456789",
                fee_bp=fee_bp,
                in_new_shows=in_new_shows,
            )
        ).destination_id
        return added

    def planned(self, title: str = "Autumn silk", room_id: RoomId | None = None) -> ShowId:
        planned: ShowId = self.does(
            studio.PlanShow(room_id=room_id or self.room_id, title=title, language="en", currency=self.currency)
        ).show_id
        return planned

    def live(self, title: str = "Autumn silk", room_id: RoomId | None = None) -> ShowId:
        """A show on air since noon, in a room that has at least one camera."""
        show_id = self.planned(title, room_id)
        if not studio.list_cameras(self.ctx, room_id or self.room_id):
            self.camera(room_id=room_id)
        self.does(studio.GoLive(show_id=show_id))
        return show_id

    def line(self, show_id: ShowId, product_id: ProductId) -> UUID:
        added: UUID = self.does(studio.AddToRundown(show_id=show_id, product_id=product_id)).line_id
        return added

    def order(self, show_id: ShowId) -> list[UUID]:
        """The rundown's products, after checking that its positions are 1, 2, 3…"""
        lines = studio.list_rundown(self.ctx, studio.get_show(self.ctx, show_id), NOON)
        assert [line.position for line in lines] == list(range(1, len(lines) + 1))
        return [line.product_id for line in lines]

    def facts(self, *kinds: type[Event]) -> list[Event]:
        """What was announced in this base, in order, of these kinds."""
        rows = OutboxEvent.objects.of(self.ctx.base_id).order_by("position")
        return [
            from_json(row.topic, row.version, row.body) for row in rows.filter(topic__in=[kind.topic for kind in kinds])
        ]

    def version(self, show_id: ShowId) -> int:
        return int(Programme.objects.scoped(self.ctx).one(show_id=show_id).version)

    def marks(self) -> tuple[int, int]:
        """How many facts and audit entries there are: a refusal leaves both as they were."""
        events = OutboxEvent.objects.of(self.ctx.base_id).count()
        return int(events), int(AuditEntry.objects.of(self.ctx.base_id).count())


def stage(slug: str, kind: BaseKind, currency: str) -> Stage:
    made = make_base(slug, kind=kind, currency=currency)
    room_id = made.does(base.AddRoom(name="Room 1", kind=RoomKind.STANDARD)).added_room_id
    return Stage(**vars(made), room_id=room_id)


@dataclass
class Scenery:
    """Both bases as they stand before every test; made once, since founding a base takes a dozen commits."""

    east: Stage
    west: Stage
    again: Callable[[], None]


@pytest.fixture(scope="session")
def scenery(restore: Callable[[], None], django_db_blocker: Any) -> Scenery:
    with django_db_blocker.unblock():
        east, west = stage("east", BaseKind.DEMO, "USD"), stage("west", BaseKind.REAL, "JPY")
        again = snapshots.take()
        restore()
    return Scenery(east, west, again)


@pytest.fixture
def stages(scenery: Scenery, tables: None) -> tuple[Stage, Stage]:
    scenery.again()
    return deepcopy((scenery.east, scenery.west))


@pytest.fixture
def east(stages: tuple[Stage, Stage]) -> Stage:
    return stages[0]


@pytest.fixture
def west(stages: tuple[Stage, Stage]) -> Stage:
    return stages[1]


@pytest.fixture(autouse=True)
def own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test has a key ring of its own."""
    monkeypatch.setenv("SILKCAST_DATA", str(tmp_path))
    keyring.cache_clear()
    yield
    keyring().close()
    keyring.cache_clear()
