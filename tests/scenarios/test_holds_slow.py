"""Visitors at the public port who order and do not pay, under the bounds that a newcomer has."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest

from tests.holds import UNBOUNDED
from tests.scenarios.conftest import HANG_GUARD_S
from tests.scenarios.doors import BEHIND_THE_PORT, ON_EITHER, Doors, open_doors
from tests.scenarios.flood import purchase

pytestmark = pytest.mark.slow
TOKEN = re.compile(r'data-viewer="([^"]+)"')
VIEWERS, UNITS = 60, 894


@pytest.fixture(scope="module", params=ON_EITHER)
def doors(request: pytest.FixtureRequest) -> Iterator[Doors]:
    with open_doors(request.param) as opened:
        opened.end(*BEHIND_THE_PORT)
        opened.start(*BEHIND_THE_PORT, environment=dict.fromkeys(UNBOUNDED, ""))
        yield opened


def ordered(doors: Doors, token: str, sku_id: str, units: int = 1, key: str = "") -> tuple[int, str]:
    body = json.loads(purchase(sku_id, ""))
    del body["viewer"]
    body["lines"][0]["units"] = units
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or str(uuid4())}
    answer = httpx.post(
        f"{doors.origin}/api/v1/orders", json=body, headers=headers, timeout=HANG_GUARD_S, trust_env=False
    )
    return answer.status_code, answer.json().get("error", {}).get("code", "")


def visitor(doors: Doors) -> str:
    """Somebody new, by the token that a live page gives to whoever opens it."""
    page = httpx.get(f"{doors.origin}/live/{doors.note['live_show_id']}", timeout=HANG_GUARD_S, trust_env=False)
    found = TOKEN.search(page.text)
    assert found is not None, page.text[:500]
    return found[1]


def test_a_shelf_stays_open_to_others_however_many_orders_one_place_sends(doors: Doors) -> None:
    with doors.api() as api:
        sku_id = str(api.get("/products").json()["items"][0]["skus"][0]["id"])
        warehouse_id = api.get("/warehouses").json()["items"][0]["id"]
        received = {"kind": "receive", "warehouse_id": warehouse_id, "units": UNITS}
        assert api.post(f"/skus/{sku_id}/movements", json=received).status_code < 300
    one = visitor(doors)
    assert ordered(doors, one, sku_id, UNITS) == (422, "orders.too_many_units")
    assert [ordered(doors, one, sku_id, key=f"k{number}") for number in (1, 2, 3, 4, 1)] == [
        (201, ""),
        (201, ""),
        (201, ""),
        (409, "orders.too_many_unpaid"),
        (201, ""),
    ]
    viewers = [visitor(doors) for _ in range(VIEWERS)]
    with ThreadPoolExecutor(16) as pool:
        answers = Counter(pool.map(lambda token: ordered(doors, token, sku_id), viewers))
    assert answers == {(201, ""): 47, (409, "orders.too_many_unpaid_there"): VIEWERS - 47}
    assert doors.defects() == []
