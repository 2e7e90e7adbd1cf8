"""Two bases and two merchants never mix: every address of the control room is tried with what belongs to others."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import URLPattern
from tests.domains.control_room.floor import Browser, Enter, Floor

from silkcast.domains.base.contracts import Role
from silkcast.domains.control_room.urls import urlpatterns
from silkcast.kernel.ids import new_id
from silkcast.kernel.models import AuditEntry, OutboxEvent

pytestmark = pytest.mark.slow

REFUSED = {302, 303, 403, 404, 405, 409, 422}


def ids_of(floor: Floor) -> dict[str, object]:
    return {
        "show_id": floor.show_id,
        "product_id": floor.products[0],
        "order_id": floor.orders[0].id,
        "parcel_id": floor.parcel_id,
        "destination_id": floor.destination_id,
        "room_id": floor.room_id,
        "camera_id": floor.cameras[0],
        "event_id": floor.event_id(),
    }


def everything_sent(floor: Floor) -> dict[str, Any]:
    """The fields of every form at once, filled with what belongs to that base."""
    return {
        "layout": "full",
        "cameras": [str(floor.cameras[0])],
        "kind": "receive",
        "visible": "0",
        "line_id": floor.lines[1],
        "state": "start",
        "sku_id": floor.skus[0],
        "price": "10",
        "was": "",
        "product_id": floor.products[0],
        "position": "1",
        "destination_id": floor.destination_id,
        "enabled": "0",
        "amount": "1",
        "reason": "because",
        "title": "Taken over",
        "title_zh": "",
        "description": "",
        "description_zh": "",
        "role": "merchant",
        "markets": "US",
        "code": "X-1",
        "sku_code": "X-1",
        "name": "Taken over",
        "cost": "1",
        "weight_g": "10",
        "warehouse_id": floor.base.warehouse_id,
        "units": "5",
        "platform": "tiktok",
        "url": "rtmp://elsewhere.test/live",
        "stream_key": "",
        "fee_percent": "1",
        "camera_id": floor.cameras[1],
        "scene_id": floor.scene_id,
        "person_id": floor.people[Role.CREW].id,
        "grant_id": floor.people[Role.CREW].grants[0].id,
        "merchant_id": floor.base.merchants[1],
        "email": "taken@over.test",
        "room_id": floor.room_id,
        "host_id": floor.people[Role.HOST].id,
        "language": "en",
        "currency": floor.base.currency,
        "key_id": new_id(),
    }


def paths_with_ids() -> list[str]:
    """Every address of ours that names something, as "/control/shows/{show_id}/end"."""
    found = []
    for pattern in urlpatterns:
        if isinstance(pattern, URLPattern) and "<uuid:" in str(pattern.pattern):
            found.append("/" + str(pattern.pattern).replace("<uuid:", "{").replace(">", "}"))
    return found


def marks(floor: Floor) -> tuple[int, int]:
    base_id = floor.base.ctx.base_id
    return OutboxEvent.objects.of(base_id).count(), AuditEntry.objects.of(base_id).count()


def test_the_walk_covers_every_kind_of_thing() -> None:
    named = {part.partition("}")[0] for path in paths_with_ids() for part in path.split("{")[1:]}
    assert named == {
        "show_id",
        "product_id",
        "order_id",
        "parcel_id",
        "destination_id",
        "room_id",
        "camera_id",
        "event_id",
    }


@pytest.mark.parametrize("path", paths_with_ids())
def test_what_belongs_to_another_base_is_missing(east: Floor, west: Floor, operator: Browser, path: str) -> None:
    answer = operator.get(path.format(**ids_of(west)))
    assert answer.status_code in {404, 405}, path
    text = answer.content.decode(errors="replace")
    assert not [words for words in west.words() if words in text]


@pytest.mark.parametrize("path", [path for path in paths_with_ids() if "picture" not in path])
def test_nothing_of_another_base_can_be_changed(east: Floor, west: Floor, operator: Browser, path: str) -> None:
    before = marks(west), marks(east)
    for hx in (False, True):
        answer = operator.post(path.format(**ids_of(west)), hx=hx, **everything_sent(west))
        assert answer.status_code in REFUSED, path
    assert (marks(west), marks(east)) == before


@pytest.mark.parametrize("path", [path for path in paths_with_ids() if path.count("{") == 1 and "picture" not in path])
def test_a_form_of_ones_own_takes_no_ids_of_another_base(
    east: Floor, west: Floor, operator: Browser, path: str
) -> None:
    """The address is one's own; what the form names is the other base's."""
    before = marks(west)
    answer = operator.post(path.format(**ids_of(east)), hx=True, **everything_sent(west))
    assert answer.status_code in {200, 204, 503, *REFUSED}  # 503: nobody counts viewers here
    assert marks(west) == before
    text = answer.content.decode(errors="replace")
    assert not [words for words in west.words() if words in text]


LISTS = ("/control/", "/control/shows", "/control/products", "/control/orders", "/control/destinations")


@pytest.mark.parametrize("path", [*LISTS, "/control/people", "/control/keys"])
def test_lists_hold_the_own_base_alone(east: Floor, west: Floor, operator: Browser, path: str) -> None:
    text = operator.get(path).content.decode()
    assert not [words for words in west.words() if words in text]


def test_lists_find_nothing_of_another_base(east: Floor, west: Floor, operator: Browser) -> None:
    for path in ("/control/shows", "/control/products", "/control/orders"):
        text = operator.get(path, query="west").content.decode()
        assert not [words for words in west.words() if words in text]


OWN = ("/control/shows", "/control/products", "/control/orders", "/control/shows/{show_id}/airtime")


@pytest.mark.parametrize("path", [*OWN, "/control/products/{product_id}", "/control/orders/{order_id}"])
def test_a_merchants_people_see_nothing_of_another_merchant(east: Floor, seller: Browser, path: str) -> None:
    text = seller.get(path.format(**ids_of(east))).content.decode()
    assert "east-scarf" in text or "Show of east" in text or str(east.orders[0].number) in text
    assert not [words for words in ("east-mask", "east merchant 2", "Seller east 2") if words in text]
    assert str(east.orders[1].id) not in text


@pytest.mark.parametrize(
    "path",
    [
        "/control/products/{0}",
        "/control/orders/{1}",
        "/control/shows/{2}/airtime?merchant={3}",
        "/control/shows/{2}/airtime.csv?merchant={3}",
        "/control/rooms/{4}/picture.jpg",
        "/control/cameras/{5}/picture.jpg",
    ],
)
def test_what_belongs_to_another_merchant_is_missing(east: Floor, seller: Browser, path: str) -> None:
    other = (east.products[1], east.orders[1].id, east.show_id, east.base.merchants[1], east.room_id, east.cameras[0])
    assert seller.get(path.format(*other)).status_code == 404


@pytest.mark.parametrize("path", ["", "/skus", "/price", "/stock"])
def test_a_merchant_changes_no_other_merchants_goods(east: Floor, seller: Browser, path: str) -> None:
    before = marks(east)
    sent = {**everything_sent(east), "sku_id": east.skus[1]}
    assert seller.post(f"/control/products/{east.products[1]}{path}", hx=True, **sent).status_code in {403, 404, 422}
    own = seller.post(f"/control/products/{east.products[0]}/stock", hx=True, **sent)
    assert own.status_code == 404  # the SKU that the form names is not this product's
    assert marks(east) == before


def test_a_merchants_new_product_is_their_own_whatever_the_form_says(east: Floor, enter: Enter) -> None:
    from silkcast.domains.catalog.models import Product

    seller = enter(east.people[Role.MERCHANT])
    sent = {**everything_sent(east), "role": "profit", "merchant_id": str(east.base.merchants[1])}
    answer = seller.post("/control/products", **sent)
    assert answer.status_code == 303, answer.content.decode()
    added = Product.objects.of(east.base.ctx.base_id).one(id=answer.headers["Location"].rsplit("/", 1)[1])
    assert added.merchant_id == east.base.merchants[0]


def test_a_merchants_pages_get_no_event_stream(east: Floor, seller: Browser, operator: Browser) -> None:
    assert "data-events" in operator.get("/control/orders").content.decode()
    assert "data-events" not in seller.get("/control/orders").content.decode()
