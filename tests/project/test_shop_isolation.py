"""No page of one base's shop tells anything of another base: every address of the shop is walked."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from urllib.parse import unquote
from uuid import UUID

import pytest
from django.test import Client

from silkcast.domains.orders import api as orders
from silkcast.domains.shop.urls import urlpatterns
from silkcast.kernel import tokens
from silkcast.kernel.ids import new_id
from silkcast.kernel.settings import load
from tests.cast import Cast
from tests.project.stage import ADDRESS, GOOD_CARD
from tests.project.world import Plot, World, make_world, marks_of, rows_of

pytestmark = pytest.mark.slow

METHODS = ("get", "post")


@pytest.fixture
def world(cast: Cast, doors: None) -> World:
    return make_world(cast)


def addresses(plot: Plot) -> Iterator[str]:
    """Every pattern of the shop, filled in; a new kind of part must be named here."""
    token = orders.order_token(plot.stage.base.ctx.base_id, orders.get_checkout(plot.stage.ctx, plot.checkout_id).id)
    parts = {
        "<uuid:show_id>": plot.ids["show_id"],
        "<uuid:product_id>": plot.ids["product_id"],
        "<str:token>": token,
        "<slug:slug>": plot.stage.base.slug,
        "<str:name>": "none.png",
    }
    for pattern in urlpatterns:
        path = str(pattern.pattern)
        for part, value in parts.items():
            path = path.replace(part, value)
        assert "<" not in path, f"say in this test what {path} takes"
        yield f"/{path}"


def test_no_page_tells_anything_of_another_base(world: World) -> None:
    west = rows_of(world.west.stage.base.ctx.base_id)
    betraying = marks_of(west) | {"west"}
    client = Client(raise_request_exception=False)
    client.get("/s/east")
    form = {**ADDRESS, **GOOD_CARD, "sku_id": world.east.ids["sku_id"], "units": "1", "request_id": str(new_id())}
    broken = []
    for path in addresses(world.east):
        for method in METHODS:
            for script in ("false", "true"):
                answer = getattr(client, method)(path, form if method == "post" else {}, headers={"HX-Request": script})
                told = b"" if answer.streaming else answer.content
                if answer.status_code >= 500 or any(mark in told.decode() for mark in betraying):
                    broken.append(f"{method} {path}: {answer.status_code}")
    assert not broken, "\n".join(broken)
    assert rows_of(world.west.stage.base.ctx.base_id) == west


def test_a_pages_event_stream_holds_its_own_base_and_no_takings(world: World) -> None:
    client = Client(raise_request_exception=False)
    client.get("/s/east")
    base_id = str(world.east.stage.base.ctx.base_id)
    heard = []
    for path in addresses(world.east):
        page = client.get(path)
        for token in re.findall(r"/events\?token=([^\"&]+)", "" if page.streaming else page.content.decode()):
            claims = tokens.verify(load().signing_key(), unquote(token), now=int(time.time()))
            assert claims["base"] == base_id, path
            heard += claims["topics"]
    assert heard, "no page of the shop has a stream"
    assert {topic.rsplit("/", 1)[0] for topic in heard} == {f"{base_id}/shop", f"{base_id}/{world.east.ids['show_id']}"}
    assert not {topic.rsplit("/", 1)[1] for topic in heard} & {"", "metrics", "order", "event"}


def test_what_another_base_sells_is_not_bought_here(world: World) -> None:
    client = Client()
    client.get("/s/east")
    foreign = {"sku_id": world.west.ids["sku_id"], "units": "1", "show_id": world.west.ids["show_id"]}
    refused = client.post("/checkout", {**ADDRESS, **GOOD_CARD, **foreign, "request_id": str(new_id())})
    assert refused.status_code == 422
    assert refused.context["refusal"]["code"] == "catalog.sku_unknown"
    assert "west" not in refused.content.decode()


def test_a_show_of_another_base_gives_no_offer_here(world: World) -> None:
    client = Client()
    client.get("/s/east")
    line = {"sku_id": world.east.ids["sku_id"], "units": "1", "show_id": world.west.ids["show_id"]}
    page = client.get("/checkout", line)
    assert page.context["direct"]["show_id"] == ""
    assert client.get(f"/p/{world.east.ids['product_id']}", {"show": world.west.ids["show_id"]}).status_code == 200
    assert UUID(page.context["direct"]["sku_id"])
