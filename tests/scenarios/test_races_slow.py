"""Sixty-four clients fight over a thousand units: exactly a thousand are sold, and whoever lost is told so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests import sampling
from tests.scenarios.conftest import Silkcast, answered
from tests.scenarios.flood import again, flood

pytestmark = pytest.mark.slow
TRIES = 100_000 if sampling.IS_SOAK else 10_000
CLIENTS = 64
SKUS = 5
UNITS_EACH = 200


@pytest.fixture
def api(either: Silkcast) -> Iterator[httpx.Client]:
    with either.api() as client:
        yield client


def stocked(silkcast: Silkcast, api: httpx.Client) -> list[str]:
    """Five new SKUs with two hundred units each."""
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


def placed(answer: bytes) -> dict[str, Any]:
    """An answer without its link to the purchase, which is signed anew each time."""
    return {name: value for name, value in json.loads(answer).items() if name != "token"}


def shelves(api: httpx.Client, sku_id: str) -> tuple[int, int]:
    """Units on hand and units promised, over all warehouses."""
    items = answered(api.get(f"/skus/{sku_id}/stock"))["items"]
    return sum(item["units_on_hand"] for item in items), sum(item["units_reserved"] for item in items)


def test_exactly_what_is_there_is_sold(either: Silkcast, api: httpx.Client) -> None:
    skus = stocked(either, api)
    key = either.note["api_key"]
    tally = flood(either.origin, key, skus, clients=CLIENTS, tries=TRIES)
    sold = SKUS * UNITS_EACH
    assert tally.answers == {(201, ""): sold, (409, "inventory.out_of_stock"): TRIES - sold}
    assert tally.sold == dict.fromkeys(skus, UNITS_EACH)
    assert [shelves(api, sku_id) for sku_id in skus] == [(UNITS_EACH, UNITS_EACH)] * SKUS
    assert len({answer for _, answer in tally.won.values()}) == sold
    audit = either.runs("audit")
    assert audit.returncode == 0, audit.stdout


def test_a_repeated_try_gets_its_first_answer_and_takes_nothing(either: Silkcast, api: httpx.Client) -> None:
    skus = stocked(either, api)[:1]
    key = either.note["api_key"]

    first = flood(either.origin, key, skus, clients=8, tries=UNITS_EACH).won
    assert len(first) == UNITS_EACH
    second = again(either.origin, key, first).won
    assert {name: placed(answer) for name, (_, answer) in second.items()} == {
        name: placed(answer) for name, (_, answer) in first.items()
    }
    assert shelves(api, skus[0]) == (UNITS_EACH, UNITS_EACH)
