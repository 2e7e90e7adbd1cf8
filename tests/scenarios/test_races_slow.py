"""Sixty-four clients fight over five hundred units: exactly five hundred are sold, and whoever lost is told so."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.scenarios.conftest import Silkcast, answered
from tests.scenarios.flood import Client, flood

pytestmark = pytest.mark.slow
# The whole flood takes minutes of a quiet machine; `make soak` runs it.
TRIES = [128_000] if os.environ.get("SILKCAST_SOAK") == "1" else [2_000]
CLIENTS = 64
SKUS = 5
UNITS_EACH = 100


@pytest.fixture
def api(silkcast: Silkcast) -> Iterator[httpx.Client]:
    with silkcast.api() as client:
        yield client


def stocked(silkcast: Silkcast, api: httpx.Client) -> list[str]:
    """Five new SKUs with a hundred units each."""
    warehouse_id = answered(api.get("/warehouses"))["items"][0]["id"]
    code = uuid4().hex[:8]

    def sku(number: int) -> dict[str, Any]:
        price, cost = {"minor": 3900, "currency": "USD"}, {"minor": 1200, "currency": "USD"}
        return {"code": f"{code}-{number}", "price": price, "cost": cost, "weight_g": 200}

    product = {
        "merchant_id": silkcast.note["merchants"][0],
        "title": "Scarce scarf",
        "role": "traffic",
        "markets": ["US"],
        "sku": sku(0),
    }
    added = answered(api.post("/products", json=product))
    others = [
        answered(api.post(f"/products/{added['product_id']}/skus", json=sku(number))) for number in range(1, SKUS)
    ]
    sku_ids = [added["sku_id"], *(other["sku_id"] for other in others)]
    for sku_id in sku_ids:
        received = {"kind": "receive", "warehouse_id": warehouse_id, "units": UNITS_EACH}
        answered(api.post(f"/skus/{sku_id}/movements", json=received))
    return sku_ids


def placed(given: tuple[int, bytes]) -> tuple[int, dict[str, Any]]:
    """An answer without its link to the purchase, which is signed anew each time."""
    status, body = given
    return status, {name: value for name, value in json.loads(body).items() if name != "token"}


def shelves(api: httpx.Client, sku_id: str) -> tuple[int, int]:
    """Units on hand and units promised, over all warehouses."""
    items = answered(api.get(f"/skus/{sku_id}/stock"))["items"]
    return sum(item["units_on_hand"] for item in items), sum(item["units_reserved"] for item in items)


@pytest.mark.parametrize("tries", TRIES)
def test_exactly_what_is_there_is_sold(silkcast: Silkcast, api: httpx.Client, tries: int) -> None:
    skus = stocked(silkcast, api)
    key = silkcast.note["api_key"]
    tally = asyncio.run(flood(silkcast.origin, key, skus, clients=CLIENTS, tries=tries))
    sold = SKUS * UNITS_EACH
    assert tally.answers == {(201, ""): sold, (409, "inventory.out_of_stock"): tries - sold}
    assert tally.sold == dict.fromkeys(skus, UNITS_EACH)
    assert [shelves(api, sku_id) for sku_id in skus] == [(UNITS_EACH, UNITS_EACH)] * SKUS
    assert len({answer for _, answer in tally.won.values()}) == sold
    audit = silkcast.runs("audit")
    assert audit.returncode == 0, audit.stdout


def test_a_repeated_try_gets_its_first_answer_and_takes_nothing(silkcast: Silkcast, api: httpx.Client) -> None:
    skus = stocked(silkcast, api)[:1]
    key = silkcast.note["api_key"]

    async def twice() -> tuple[list[tuple[int, bytes]], list[tuple[int, bytes]]]:
        tally = await flood(silkcast.origin, key, skus, clients=8, tries=UNITS_EACH)
        async with Client(silkcast.origin, key) as client:
            again = [await client.post(retry, body) for retry, (body, _) in tally.won.items()]
        return [(201, answer) for _, answer in tally.won.values()], again

    first, again = asyncio.run(twice())
    assert len(first) == UNITS_EACH
    assert list(map(placed, again)) == list(map(placed, first))
    assert shelves(api, skus[0]) == (UNITS_EACH, UNITS_EACH)
