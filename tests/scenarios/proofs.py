"""What must hold once a crowd has gone home: all that it has in writing is there, once, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import httpx
from pysqlite3 import dbapi2 as sqlite

from tests.scenarios.conftest import Silkcast, answered, eventually
from tests.scenarios.steady import REFUND_MINOR, Crowd, orders_of, show_numbers

PATIENCE_S = 600.0  # less than what a paid order waits for before somebody looks after it without its workflow
SENT = {"shipped", "delivered", "completed"}


def everything_is_there_once(silkcast: Silkcast, crowd: Crowd) -> None:
    counted = Counter(
        signals=crowd.signals,
        comments=crowd.comments,
        viewers=len(crowd.viewers) + len(crowd.purchases),  # each buyer is somebody else
        orders=len(crowd.purchases),
        placed=len(crowd.purchases),
    )
    expected = crowd.before + counted
    with silkcast.api() as api:
        eventually(
            lambda: show_numbers(api, crowd.show_id) == expected,
            PATIENCE_S,
            lambda: f"{expected} but {show_numbers(api, crowd.show_id)} {silkcast.said()}",
        )
        eventually(
            lambda: {order["state"] for order in orders_of(api, crowd.show_id)} <= SENT, PATIENCE_S, silkcast.said
        )
        ids = Counter(order["checkout_id"] for order in orders_of(api, crowd.show_id))
        assert {checkout_id: ids[checkout_id] for checkout_id in crowd.purchases} == dict.fromkeys(crowd.purchases, 1)
        for order_id, times in Counter(crowd.refunds.values()).items():
            _is_refunded(silkcast, api, order_id, REFUND_MINOR * times)
    assert crowd.refunds  # or nothing was said about them
    assert _made_by_the_gateway(silkcast) == (len(crowd.purchases), len(crowd.refunds))
    audit = silkcast.runs("audit", "--until", "2100-01-01")
    assert audit.returncode == 0, audit.stdout
    assert silkcast.runs("parked").returncode == 0


def _is_refunded(silkcast: Silkcast, api: httpx.Client, order_id: str, minor: int) -> None:
    def payment() -> dict[str, Any]:
        found: dict[str, Any] = answered(api.get(f"/orders/{order_id}"))["payment"]
        return found

    eventually(lambda: payment()["refunding"]["minor"] == 0, PATIENCE_S, silkcast.said)
    assert payment()["refunded"]["minor"] == minor


def _made_by_the_gateway(silkcast: Silkcast) -> tuple[int, int]:
    """How many charges and refunds the gateway itself remembers."""
    with sqlite.connect(str(silkcast.folder / "sandbox-gateway.db")) as memory:
        told = [json.loads(outcome) for (outcome,) in memory.execute("SELECT told FROM outcome")]
    memory.close()
    references = [said["reference"] for said in told if said["verdict"] == "captured"]
    refunds = sum("_refund_" in reference for reference in references)
    return len(references) - refunds, refunds
