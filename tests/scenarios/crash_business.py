"""What the dying processes do: three purchases, from the order to the refund, and the proofs of how they ended."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import msgspec
from dbos import DBOS
from django.core.management import call_command
from django.db.models import Max, Model
from pysqlite3 import dbapi2 as sqlite

from silkcast.domains.base.contracts import BaseKind
from silkcast.domains.inventory import api as inventory
from silkcast.domains.inventory.models import Movement, Reservation, Stock
from silkcast.domains.orders import api as orders
from silkcast.domains.orders import auditing, jobs
from silkcast.domains.orders.contracts import LineWanted, OnAir, OrderView, Placement
from silkcast.domains.orders.models import BuyerRecord, Checkout, Order
from silkcast.domains.payments import api as payments
from silkcast.domains.payments.models import AccountBalance, Payment, Posting, Refund
from silkcast.domains.shipping.actions.parcels import RecordSteps, ReportedStep
from silkcast.domains.shipping.adapters.sandbox.client import SandboxCarrier
from silkcast.domains.shipping.api import consignments
from silkcast.domains.shipping.contracts import ConsignmentState, Label, LabelRequest
from silkcast.domains.shipping.models import Consignment
from silkcast.kernel import relay
from silkcast.kernel.actions import Done, Replayed, run, run_many
from silkcast.kernel.context import SYSTEM, Context
from silkcast.kernel.ids import BaseId, CheckoutId, ShowId, SkuId, new_id
from silkcast.kernel.models import OutboxEvent, ParkedEvent, RelayCursor
from silkcast.kernel.money import Money
from silkcast.kernel.settings import load
from silkcast.kernel.storage.keys import keyring
from silkcast.roles.worker import workflows
from tests.cast import BUYER, GOOD_CARD, SILENT_CARD

Told = Callable[[str, object], None]
CONSUMERS = ("orders", "orders.outside", "worker.outside")  # those that need no other process
AGO = timedelta(seconds=1000)  # when it all began: by now what waits is due, and unpaid goods are free again
HANG_S = 60.0
TURNS_MAX = 1000


def prepare() -> None:
    """A base with goods on its shelves, and the stores beside the tables."""
    from tests.cast import make_base

    settings = load()
    settings.prepare()
    call_command("migrate", verbosity=0, interactive=False)
    base = make_base("east", kind=BaseKind.DEMO, currency="USD")
    skus = [base.sells("A", 20), base.sells("B", 20, merchant=1)]
    began = datetime.now(UTC) - AGO
    told = {"base": base.ctx.base_id, "skus": skus, "began": began, "show": new_id()}
    (settings.data / "business.json").write_bytes(msgspec.json.encode(told))
    keyring(), payments.gateway("sandbox")  # make their files
    workflows.launch(settings, 0)
    _drain()
    workflows.close()


class Business(msgspec.Struct):
    base: UUID
    skus: tuple[UUID, UUID]
    began: datetime
    show: UUID

    def at(self, seconds: float) -> Context:
        return Context(base_id=BaseId(self.base), actor=SYSTEM, at=self.began + timedelta(seconds=seconds))

    @property
    def now(self) -> Context:
        return Context(base_id=BaseId(self.base), actor=SYSTEM, at=datetime.now(UTC))

    def rows(self, model: Any) -> Any:
        return model.objects.of(self.base)

    def wants(self, viewer: str, *lines: tuple[int, int]) -> orders.PlaceOrder:
        return orders.PlaceOrder(
            checkout_id=CheckoutId(new_id()),
            viewer=viewer,
            currency="USD",
            country="US",
            shipping_option_id=None,
            lines=tuple(LineWanted(sku_id=SkuId(self.skus[which]), units=units) for which, units in lines),
            placement=Placement(show_id=ShowId(self.show), programme_ms=60_500, platform_fee_bp=500),
            language="en",
            buyer=msgspec.json.encode(BUYER),
            on_air=(OnAir(show_id=ShowId(self.show), since=self.began),),
        )


def _business() -> Business:
    return msgspec.json.decode((load().data / "business.json").read_bytes(), type=Business)


def open_doors(*, upgraded: bool = False) -> None:
    """`upgraded`: as the next release, whose workflows have other steps."""
    if upgraded:
        workflows.APPLICATION_VERSION += ".1"
    _give_the_carrier_a_memory()
    workflows.launch(load(), 0)


def _give_the_carrier_a_memory() -> None:
    """A carrier charges for each key under which it is asked for a label; the sandbox's keeps no account of them."""
    memory, label = load().data / "labels-asked", SandboxCarrier.label
    memory.touch()

    def noted(self: SandboxCarrier, request: LabelRequest) -> Label:
        with memory.open("a") as lines:
            lines.write(f"{request.number} {request.key}\n")
        return label(self, request)

    SandboxCarrier.label = noted  # type: ignore[method-assign]


def _labels_bought_twice() -> list[str]:
    asked = set((load().data / "labels-asked").read_text().splitlines())
    times = Counter(line.split()[0] for line in asked)
    return [number for number, keys in times.items() if keys > 1]


def go_through(tell: Told) -> None:
    """All of it, as callers ask who ask again under the same keys; `tell` hears of each answer once it is given."""
    of = _business()
    wanted = [of.wants("ann", (0, 2), (1, 1)), of.wants("ben", (0, 1)), of.wants("cai", (1, 3))]
    keys = ["place-ann", "place-ben", "place-cai"]
    ann, ben, cai = (_id_of(outcome) for outcome in run_many([of.at(0)] * 3, wanted, keys, keys))
    tell("placed", [str(each) for each in (ann, ben, cai)])
    tell("paid", orders.pay(of.at(1), ann, GOOD_CARD, "sandbox", key="pay-ann").state.value)
    orders.pay(of.at(1), ben, SILENT_CARD, "sandbox", key="pay-ben")
    tell("charged", str(ben))
    jobs.ask_about_payments()
    jobs.expire_holds()
    _drain()
    for order in (*_orders(of, ann), *_orders(of, ben)):
        _arrive(of, order)
    _drain()
    kept, returned = _orders(of, ann)
    run(of.now, orders.ConfirmReceipt(order_id=kept.id), key="receipt")
    tell("received", str(kept.id))
    refunds = [_refund(of, returned, returned.total.minor), _refund(of, _orders(of, ben)[0], 1000)]
    tell("refunds", [str(each) for each in refunds])
    run(of.now, orders.EraseBuyer(checkout_id=cai), key="erase")
    tell("erased", str(cai))
    _drain()
    jobs.ask_about_refunds()
    _drain()


def _id_of(outcome: Any) -> CheckoutId:
    if isinstance(outcome, Replayed):
        return CheckoutId(UUID(json.loads(outcome.answer)["checkout_id"]))
    assert isinstance(outcome, Done), outcome
    return CheckoutId(UUID(outcome.answer.checkout_id))


def _orders(of: Business, checkout_id: CheckoutId) -> tuple[OrderView, ...]:
    return orders.get_checkout(of.now, checkout_id).orders


def _arrive(of: Business, order: OrderView) -> None:
    """The carrier reports the whole journey."""
    (parcel,) = consignments(of.now, [order.id])[order.id]
    steps = tuple(
        ReportedStep(state=state, at=of.began, place="Simulated")
        for state in ConsignmentState
        if state is not ConsignmentState.LABELLED
    )
    run(of.now, RecordSteps(consignment_id=parcel.id, steps=steps))


def _refund(of: Business, order: OrderView, minor: int) -> UUID:
    refund_id = uuid5(order.id, "refund")
    asked = orders.RefundOrder(
        order_id=order.id, merchant_id=order.merchant_id, refund_id=refund_id, amount=Money(minor, "USD")
    )
    run(of.at(2), asked, key=f"refund-{order.number}")
    return refund_id


def _drain() -> None:
    """Let every consumer read to the end, and every workflow end."""
    for _ in range(TURNS_MAX):
        last = OutboxEvent.objects.across_bases().aggregate(last=Max("position"))["last"] or 0
        behind = [name for name in CONSUMERS if _position(name) < last]
        for consumer in behind:
            relay.work(consumer)
        if not behind:
            under_way = _running()
            assert not under_way, under_way
            return
    raise AssertionError(behind)


def _position(consumer: str) -> int:
    found = RelayCursor.objects.filter(consumer=consumer).first()
    return found.position if found else 0


def _running() -> list[str]:
    """Workflows under way, once they had a little time to end."""
    give_up_s = time.monotonic() + HANG_S
    while time.monotonic() < give_up_s:
        under_way = DBOS.list_workflows(status=["PENDING", "ENQUEUED"], load_input=False, load_output=False)
        if not under_way:
            return []
        time.sleep(0.02)
    return [each.workflow_id for each in under_way]


def end_what_was_begun() -> None:
    """Nobody asks again: the relay, the workflows and the jobs alone."""
    for _ in range(3):  # what one job ends can be another's beginning
        _drain()
        jobs.ask_about_payments()
        jobs.expire_holds()
        jobs.send_what_waits()
        jobs.ask_about_refunds()
    _drain()


def lost(accepted: dict[str, Any]) -> list[str]:
    """What was answered to a caller and does not hold."""
    of = _business()
    states = {str(each.id): each.state for each in of.rows(Checkout)}
    orders_by_id = {str(each.id): each.state for each in of.rows(Order)}
    done = {str(each.id) for each in of.rows(Refund).filter(state="done")}
    held = [
        all(each in states for each in accepted.get("placed", ())),
        "paid" not in accepted or states[accepted["placed"][0]] == "paid",
        "charged" not in accepted or states[accepted["charged"]] == "paid",
        "received" not in accepted or orders_by_id[accepted["received"]] == "completed",
        set(accepted.get("refunds", ())) <= done,
        accepted.get("erased") not in _legible(),
    ]
    return [] if all(held) else [f"{held} {states} {orders_by_id} {done}"]


def wrong() -> list[str]:
    """What must never be, whoever died and wherever."""
    of = _business()
    paid = of.rows(Payment).filter(state="captured")
    sequences = of.rows(OutboxEvent).values_list("subject", "sequence").order_by("subject", "sequence")
    counted: Counter[str] = Counter()
    gaps = [subject for subject, sequence in sequences if counted.update([subject]) or counted[subject] != sequence]
    found: dict[str, object] = {
        "stock": inventory.differences(of.now),
        "books": payments.differences(of.now),
        "orders": auditing.differences(of.now, of.began - AGO, of.now.at + AGO),
        "payments open": list(of.rows(Payment).filter(state__in=["processing", "unknown"])),
        "refunds open": list(of.rows(Refund).filter(state="processing")),
        "purchases open": list(of.rows(Checkout).exclude(state__in=["paid", "expired"])),
        "orders unsent": list(of.rows(Order).filter(state__in=["awaiting", "paid"])),
        "parcels": set(of.rows(Order).filter(checkout_id__in=paid.values("checkout_id")).values_list("id", flat=True))
        ^ set(of.rows(Consignment).values_list("order_id", flat=True)),
        "parked": list(ParkedEvent.objects.across_bases()),
        "gaps": gaps,
        "charged": _made_by_the_gateway(refunds=False) ^ {str(payment.id) for payment in paid},
        "refunded": _made_by_the_gateway(refunds=True) ^ {str(refund.id) for refund in of.rows(Refund)},
        "labels": _labels_bought_twice(),
        "numbers": sorted(of.rows(Checkout).values_list("number", flat=True)) != list(range(1, _count(Checkout) + 1)),
        "workflows": [w.workflow_id for w in DBOS.list_workflows(load_output=False) if w.status != "SUCCESS"],
    }
    return [f"{name}: {what}" for name, what in found.items() if what]


def _count(model: type[Model]) -> int:
    return int(_business().rows(model).count())


def _made_by_the_gateway(*, refunds: bool) -> set[str]:
    """The keys under which the gateway itself remembers that it charged a card, or gave money back."""
    with sqlite.connect(str(load().data / "sandbox-gateway.db")) as memory:
        told = {key: json.loads(outcome) for key, outcome in memory.execute("SELECT key, told FROM outcome")}
    memory.close()
    made = {key: said["reference"] for key, said in told.items() if said["verdict"] == "captured"}
    return {key for key, reference in made.items() if ("_refund_" in reference) == refunds}


def facts() -> dict[str, Any]:
    """How it ended, told without the names that differ each time: what happened once is there once."""
    of = _business()

    def counted(model: Any, *columns: str) -> list[Any]:
        return sorted([*map(str, row), times] for row, times in Counter(of.rows(model).values_list(*columns)).items())

    balances = AccountBalance.objects.of(of.base).values_list("account", "debit_minor", "credit_minor")
    labels = [name for _, _, names in os.walk(Path(load().data) / "media" / "labels") for name in names]
    return {
        "purchases": counted(Checkout, "number", "state", "total_minor"),
        "orders": counted(Order, "number", "state", "total_minor"),
        "buyers": _count(BuyerRecord),
        "payments": counted(Payment, "state", "amount_minor", "refunded_minor", "fee_minor"),
        "refunds": counted(Refund, "state", "amount_minor"),
        "postings": counted(Posting, "kind", "reverses", "is_estimate", "debit", "credit", "amount_minor"),
        "balances": sorted(map(list, balances)),
        "stock": counted(Stock, "sku_id", "units_on_hand", "units_reserved"),
        "promises": counted(Reservation, "sku_id", "units", "state"),
        "movements": counted(Movement, "sku_id", "kind", "units_on_hand_change", "units_reserved_change"),
        "parcels": counted(Consignment, "number", "state", "cost_minor"),
        "labels": len([name for name in labels if name.endswith(".sealed")]),
        "events": counted(OutboxEvent, "topic"),
        "workflows": len(DBOS.list_workflows(load_output=False)),
        "keys": len(_legible()),
    }


def _legible() -> set[str]:
    """Purchases whose buyers can still be read; a key that was made for a purchase that never was is none's."""
    with sqlite.connect(str(load().data / "keys.db")) as keys:
        subjects = {subject for (subject,) in keys.execute("SELECT subject FROM subject_key")}
    keys.close()
    return {str(each.id) for each in _business().rows(Checkout) if orders.subject(each.id) in subjects}
