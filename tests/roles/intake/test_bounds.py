"""Limits and holds as callers meet them: through a viewer's token, the shop's form, or a program's key."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast
from tests.project.stage import Stage, on_stage
from tests.scenarios.flood import purchase

from silkcast.domains.catalog.api import SetOffer
from silkcast.domains.inventory.api import units_free
from silkcast.domains.orders import api as orders
from silkcast.domains.orders.models import Checkout
from silkcast.domains.studio.api import EndShow
from silkcast.kernel.ids import CheckoutId, SkuId
from silkcast.kernel.money import Money
from silkcast.roles.intake.batches import Asked, Batches
from silkcast.roles.intake.origins import origins
from silkcast.roles.intake.placements import Placements

HERE, SAME, ELSEWHERE = "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "203.0.113.9"


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return on_stage(cast.east)


def told(body: bytes, **changes: Any) -> bytes:
    return json.dumps({**json.loads(body), **changes}).encode()


def by_viewer(stage: Stage, sku_id: SkuId, viewer: str, client: str = ELSEWHERE, *, show: UUID | None = None) -> Asked:
    body = purchase(str(sku_id), viewer, str(show) if show else None)
    return Asked(str(stage.base.ctx.base_id), viewer, "", str(uuid4()), body, client)


def by_key(key: str, body: bytes) -> Asked:
    return Asked("", "", key, str(uuid4()), body)


def codes(batch: list[Asked], batches: Batches | None = None) -> list[str]:
    answers = (batches or Batches(lambda *_: None)).place(batch)
    return ["" if each["status"] == 201 else json.loads(each["body"])["error"]["code"] for each in answers]


def offered(stage: Stage, most: int) -> SkuId:
    sku_id = stage.base.skus["east-A"]
    price = Money(2900, "USD")
    stage.does(SetOffer(show_id=stage.show_id, sku_id=sku_id, price=price, per_buyer_max=most))
    return sku_id


def test_a_limit_of_a_show_on_air_binds_who_buys_beside_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    sku_id = offered(stage, 1)
    key, limit = stage.key("orders.write"), "orders.per_buyer_limit"
    other = on_stage(stage.base, "other")
    beside = by_viewer(stage, sku_id, "v")
    inside = by_viewer(stage, sku_id, "v", show=stage.show_id)
    in_another = by_viewer(stage, sku_id, "v", show=other.show_id)
    named = by_key(key, purchase(str(sku_id), "v"))
    assert codes([beside, inside, in_another, named]) == ["", limit, limit, limit]
    assert codes([by_viewer(stage, sku_id, "w", show=other.show_id)]) == [""]
    assert codes([by_viewer(stage, sku_id, "w", show=stage.show_id)]) == [limit]
    stage.does(EndShow(show_id=stage.show_id))
    monkeypatch.setattr("silkcast.roles.intake.placements.GRACE_S", -1)
    assert codes([by_viewer(stage, sku_id, "v")]) == [""]


def test_a_show_that_is_just_over_still_limits_what_is_bought_in_it(stage: Stage) -> None:
    sku_id = offered(stage, 1)
    assert codes([by_viewer(stage, sku_id, "v")]) == [""]
    stage.does(EndShow(show_id=stage.show_id))
    inside, beside = by_viewer(stage, sku_id, "v", show=stage.show_id), by_viewer(stage, sku_id, "v")
    assert codes([inside, beside, inside]) == ["orders.per_buyer_limit", "", "orders.per_buyer_limit"]


def test_what_is_on_air_is_asked_once_a_second_at_most(stage: Stage) -> None:
    placements, base_id = Placements(), stage.base.ctx.base_id
    assert [show.show_id for show in placements.on_air(base_id, stage.ctx.at, 5.0)] == [stage.show_id]
    stage.does(EndShow(show_id=stage.show_id))
    assert len(placements.on_air(base_id, stage.ctx.at, 5.9)) == 1
    assert placements.on_air(base_id, stage.ctx.at, 6.1) == ()


def test_a_visitor_cannot_hold_a_whole_shelf_and_neither_can_all_of_one_address(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SILKCAST_HOLD_UNITS", "SILKCAST_HOLDS_PER_VIEWER", "SILKCAST_HOLDS_PER_ADDRESS"):
        monkeypatch.delenv(name)
    sku_id = stage.base.sells("Shelf", 894)
    whole = by_viewer(stage, sku_id, "v")
    whole.body = told(whole.body, lines=[{"sku_id": str(sku_id), "units": 894}])
    assert codes([whole]) == ["orders.too_many_units"]
    assert codes([by_viewer(stage, sku_id, "v") for _ in range(4)]) == ["", "", "", "orders.too_many_unpaid"]
    many = [by_viewer(stage, sku_id, f"w{number}", HERE if number % 2 else SAME) for number in range(60)]
    assert codes(many) == [""] * 50 + ["orders.too_many_unpaid_there"] * 10
    assert codes([by_viewer(stage, sku_id, "x", ELSEWHERE)]) == [""]
    assert units_free(stage.ctx, [sku_id]) == {sku_id: 894 - 54}


def test_a_program_is_bound_for_the_viewers_it_names_and_never_by_its_address(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SILKCAST_HOLDS_PER_VIEWER", "1")
    monkeypatch.setenv("SILKCAST_HOLDS_PER_ADDRESS", "1")
    sku_id, key = str(stage.base.sells("A", 20)), stage.key("orders.write")
    own = told(purchase(sku_id, "v"), viewer=None)
    named = [by_key(key, purchase(sku_id, viewer)) for viewer in ("v", "v", "w")]
    assert codes([*named, by_key(key, own), by_key(key, own)]) == ["", "orders.too_many_unpaid", "", "", ""]
    assert set(Checkout.objects.of(stage.ctx.base_id).values_list("address", flat=True)) == {None}


def test_letting_go_makes_room_for_the_same_key(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SILKCAST_HOLDS_PER_VIEWER", "1")
    sku_id = stage.base.sells("A", 20)
    first, second = by_viewer(stage, sku_id, "v"), by_viewer(stage, sku_id, "v")
    assert codes([first, second]) == ["", "orders.too_many_unpaid"]
    assert codes([first]) == [""]  # a repeat gets its first answer
    held = Checkout.objects.of(stage.ctx.base_id).get(viewer="v")
    stage.does(orders.LetGo(checkout_id=CheckoutId(held.id)))
    assert codes([second]) == [""]


def test_goods_and_shows_that_there_are_not_cost_a_batch_no_query_each(stage: Stage) -> None:
    """Fifty made-up SKUs a purchase were looked up purchase by purchase, before everybody else's turn."""
    good = by_viewer(stage, stage.base.sells("A", 9), "buyer", show=stage.show_id)

    def made_up(show: UUID | None) -> Asked:
        asked = by_viewer(stage, SkuId(uuid4()), "stranger", show=show)
        asked.body = told(asked.body, lines=[{"sku_id": str(uuid4()), "units": 1} for _ in range(50)])
        return asked

    def asks(count: int, show: UUID | None) -> int:
        with CaptureQueriesContext(connection) as queries:
            refused = codes([*(made_up(show) for _ in range(count)), replace(good, idempotency_key=str(uuid4()))])
        assert refused == [*[nobodys] * count, ""]
        return len(queries)

    nobodys = "catalog.sku_unknown"
    codes([good])
    assert asks(1, stage.show_id) == asks(20, stage.show_id)
    assert asks(1, None) == asks(20, None)
    nobodys, nowhere = "kernel.missing", uuid4()
    assert asks(1, nowhere) == asks(20, nowhere)


def test_an_address_is_kept_as_a_number_that_says_nothing_without_the_secret(stage: Stage) -> None:
    base_id, other = stage.base.ctx.base_id, uuid4()
    of, of_another_secret = origins(b"s" * 32), origins(b"t" * 32)
    assert of(base_id, HERE) == of(base_id, SAME)
    assert len({of(base_id, HERE), of(base_id, ELSEWHERE), of(other, HERE), of_another_secret(base_id, HERE)}) == 4
    assert of(base_id, "") is None
