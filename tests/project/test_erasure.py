"""A buyer who was erased is found nowhere: no table, no file, no key; and the books still balance."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from django.apps import apps

from silkcast.domains.audience import api as audience
from silkcast.domains.orders import api as orders
from silkcast.domains.orders import fulfilment
from silkcast.domains.orders.contracts import OrderView
from silkcast.domains.payments import api as payments
from silkcast.domains.shipping import api as shipping
from silkcast.kernel import relay
from silkcast.kernel.errors import Missing
from silkcast.kernel.ids import CheckoutId, new_id
from silkcast.kernel.money import Money
from silkcast.kernel.settings import load
from silkcast.kernel.storage.keys import keyring
from silkcast.kernel.storage.seeing import see
from tests.cast import BUYER, GOOD_CARD, Cast, on_air
from tests.project.stage import Program, Stage, on_stage

NAME, EMAIL, STREET, SAID = (
    "Zyxwvut Plantedname",
    "planted@erase.example",
    "77 Plantedstreet",
    "planted remark, erase me",
)
PLANTED = (NAME, EMAIL, STREET, SAID, "Plantedname")
VIEWER = "viewer-planted"


def found_in_files() -> list[str]:
    """Files of the whole data folder that hold any planted word; those of the tables and the log among them."""
    words = [word.encode() for word in PLANTED]
    files = [path for path in load().data.rglob("*") if path.is_file() and not path.is_socket()]
    assert len(files) > 5
    return [str(path) for path in files if any(word in path.read_bytes() for word in words)]


def found_in_tables() -> list[str]:
    see(None)
    hits = []
    for model in apps.get_models():
        rows = model._base_manager.all()
        rows = rows.across_bases() if hasattr(rows, "across_bases") else rows
        for row in rows.values():
            told = " ".join(map(_as_text, row.values()))
            if any(word in told for word in PLANTED):
                hits.append(model._meta.db_table)
    return hits


def _as_text(value: object) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, memoryview | bytes) else str(value)


@pytest.fixture
def stage(cast: Cast, doors: None) -> Stage:
    return on_stage(cast.east)


@pytest.fixture
def checkout_id(stage: Stage) -> CheckoutId:
    """Bought, sent, partly refunded with a reason, talked about."""
    base = stage.base
    planted = replace(BUYER, email=EMAIL, address=replace(BUYER.address, name=NAME, line1=STREET))
    wanted = base.wants((base.skus["east-A"], 2), viewer=VIEWER, show=on_air(stage.show_id, 0))
    wanted = replace(wanted, buyer=msgspec.json.encode(planted))
    base.places(wanted)
    orders.pay(base.at(1), wanted.checkout_id, GOOD_CARD, "sandbox")
    remark = {
        "id": str(new_id()),
        "kind": "comment",
        "show_id": str(stage.show_id),
        "text": SAID,
        "at": time.time_ns() // 10**6,
    }
    answer = audience.append(base.ctx.base_id, json.dumps([remark]).encode(), source="shop", viewer=VIEWER, show=None)
    assert answer.accepted == 1
    return wanted.checkout_id


def send(stage: Stage, checkout_id: CheckoutId) -> OrderView:
    base_id = str(stage.base.ctx.base_id)
    (order,) = orders.get_checkout(stage.ctx, checkout_id).orders
    fulfilment.buy_label(base_id, str(order.id), str(new_id()))
    fulfilment.send_off(base_id, str(order.id), str(new_id()))
    return order


def label_of(stage: Stage, checkout_id: CheckoutId, order_id: UUID) -> bytes:
    (parcel,) = shipping.consignments(stage.ctx, [order_id])[order_id]
    return shipping.labels.read(orders.subject(checkout_id), shipping.label_file(stage.ctx, parcel.id)[1])


def test_an_erased_buyer_is_found_nowhere_and_the_books_balance(stage: Stage, checkout_id: CheckoutId) -> None:
    order = send(stage, checkout_id)
    stage.does(
        orders.RefundOrder(
            order_id=order.id, refund_id=new_id(), amount=Money(100, order.total.currency), reason=f"{NAME} asked"
        )
    )
    # Before: known to those who may know, and nowhere in the clear.
    before = orders.find_buyer(stage.ctx, checkout_id)
    assert before is not None and before.address.name == NAME
    assert label_of(stage, checkout_id, order.id).startswith(b"%PDF")
    assert [remark.text for remark in audience.list_comments(stage.base.ctx.base_id, stage.show_id)] == [SAID]
    assert (found_in_tables(), found_in_files()) == ([], [])

    answer = Program(stage.key("buyers.erase")).asks("post", f"/checkouts/{checkout_id}/erasure", {})
    assert (answer.status_code, answer.json()) == (200, {"checkouts": 1})
    for consumer in ("orders.outside", "insight.outside"):
        while relay.work(consumer):
            pass

    assert orders.find_buyer(stage.ctx, checkout_id) is None
    with pytest.raises(Missing):
        label_of(stage, checkout_id, order.id)
    assert audience.list_comments(stage.base.ctx.base_id, stage.show_id) == []
    assert (found_in_tables(), found_in_files()) == ([], [])
    subject = orders.subject(checkout_id).encode()
    assert not any(subject in path.read_bytes() for path in load().data.glob("keys.db*"))
    assert payments.differences(stage.ctx) == []
    assert orders.get_order(stage.ctx, order.id).total == order.total


def test_what_is_still_to_be_sent_keeps_its_address(stage: Stage, checkout_id: CheckoutId) -> None:
    refused = Program(stage.key("buyers.erase")).asks("post", f"/checkouts/{checkout_id}/erasure", {})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "orders.erasure_too_early")
    assert orders.find_buyer(stage.ctx, checkout_id) is not None


def test_other_buyers_stay(stage: Stage, checkout_id: CheckoutId) -> None:
    other = stage.base.bought((stage.base.skus["east-A"], 1), viewer="viewer-2")
    send(stage, checkout_id)
    assert stage.does(orders.EraseBuyer(checkout_id=checkout_id)).checkouts == 1
    while relay.work("orders.outside"):
        pass
    assert orders.find_buyer(stage.ctx, checkout_id) is None
    assert orders.find_buyer(stage.ctx, other) is not None
    assert Path(load().data / "keys.db").exists()
    assert keyring().unseal(orders.subject(checkout_id), b"x" * 40) is None
