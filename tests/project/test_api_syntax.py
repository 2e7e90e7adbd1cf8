"""What the API takes for the things of a base is what pages, labels and links can live with."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast
from tests.project.stage import Program, Stage, on_stage
from tests.project.world import rows_of

MONEY = {"minor": 100, "currency": "USD"}
# Address -> a body that is taken.
GOOD: dict[str, dict[str, Any]] = {
    "/merchants": {"name": "Silk House", "commission_bp": 1000},
    "/rooms": {"name": "Room B", "kind": "standard"},
    "/warehouses": {"name": "Yiwu", "kind": "domestic", "country": "CN"},
    "/rate-cards": {
        "name": "Express",
        "carrier": "sandbox",
        "countries": ["DE", "FR"],
        "first": MONEY,
        "per_kg": MONEY,
        "days_least": 2,
        "days_most": 4,
    },
    "/people": {"name": "Host", "email": "host@east.test", "role": "host"},
    "/keys": {"name": "ERP", "scopes": ["orders.read"]},
    "/rates": {"unit": "USD", "quote": "EUR", "rate": "0.9", "source": "bank"},
}
NAMES = ("", "   ", "x" * 81, "two\nlines", "tab\there", "nul\x00", "\u2028")
BAD: dict[str, tuple[Any, ...]] = {
    "name": NAMES,
    "commission_bp": (-1, 10_001, 1.5, "ten", True, None),
    "kind": ("", "castle", None),
    "country": ("", "XX", "de", "DEU", "ZZ", None),
    "countries": (["XX"], ["de"], ["DE", ""], "DE", [None]),
    "carrier": ("", "pigeon"),
    "first": ({"minor": -1, "currency": "USD"}, {"minor": 1, "currency": "usd"}, {"minor": 1.5, "currency": "USD"}),
    "per_kg": ({"minor": 10**19, "currency": "USD"}, {"minor": 1, "currency": "EUR"}, 5),
    "days_least": (-1, 5, 1.5, "two"),
    "days_most": (366, 1, None),
    "email": ("", "@", "a b@c.de", "a@b@c.de", "a@b.c\nBcc: x@y.z", "x" * 300 + "@east.test"),
    "role": ("", "king", "merchant"),
    "scopes": ([], ["everything"], "orders.read"),
    "unit": ("usd", "", "BTC"),
    "quote": ("eur", "USD"),
    "rate": ("0", "-1", "one", "NaN", "Infinity"),
    "source": ("x" * 1_000, "two\nlines"),
}
CASES = [(path, field, bad) for path, body in GOOD.items() for field in body for bad in BAD[field]]


@pytest.mark.parametrize("path", GOOD)
def test_what_is_well_formed_is_taken(stage: Stage, path: str) -> None:
    program = Program(stage.key(*_scopes()))
    answer = program.asks("post", path, GOOD[path])
    assert answer.status_code in {201, 204}, answer.content


def _scopes() -> tuple[str, ...]:
    from silkcast.domains.base.api import SCOPES

    return tuple(SCOPES)


def test_what_is_not_is_refused_with_a_code_and_leaves_nothing(stage: Stage) -> None:
    program = Program(stage.key(*_scopes()))
    before = rows_of(stage.base.ctx.base_id)
    taken = []
    for path, field, bad in CASES:
        answer = program.asks("post", path, {**GOOD[path], field: bad})
        refused = 404 if field == "carrier" else 422  # a carrier is looked up by its name
        if answer.status_code != refused or not answer.json()["error"]["code"]:
            taken.append(f"{path} {field}={str(bad)[:40]!r}: {answer.status_code} {answer.content[:100]!r}")
    assert not taken, "\n".join(taken)
    assert rows_of(stage.base.ctx.base_id) == before


@pytest.mark.parametrize("body", ["[]", '"x"', "7", "true"])
def test_a_body_that_is_no_object_changes_nothing(cast: Cast, body: str) -> None:
    """Also where every field of it may be left out."""
    stage = on_stage(cast.east)
    client = Client(headers={"Authorization": f"Bearer {stage.key()}"})
    answer = client.post("/api/v1/base", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "kernel.invalid")
