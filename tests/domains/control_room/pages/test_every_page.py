"""Every page opens in both languages for those who may see it, and for nobody else."""

from __future__ import annotations

import pytest
from tests.domains.control_room.floor import Browser, Floor


def pages_of(floor: Floor) -> dict[str, str]:
    return {
        "wall": "/control/",
        "shows": "/control/shows",
        "console": f"/control/shows/{floor.show_id}",
        "planned console": f"/control/shows/{floor.planned_id}",
        "airtime": f"/control/shows/{floor.show_id}/airtime",
        "products": "/control/products",
        "product": f"/control/products/{floor.products[0]}",
        "orders": "/control/orders",
        "order": f"/control/orders/{floor.orders[0].id}",
        "destinations": "/control/destinations",
        "room": f"/control/rooms/{floor.room_id}",
        "people": "/control/people",
        "keys": "/control/keys",
    }


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_operator_opens_every_page(east: Floor, operator: Browser, language: str) -> None:
    operator.client.cookies["django_language"] = language
    for name, path in pages_of(east).items():
        answer = operator.get(path)
        assert answer.status_code == 200, (name, answer.content[:500])
        assert f'lang="{language}"' in answer.content.decode()
        assert "no-cache" in answer["Cache-Control"]
