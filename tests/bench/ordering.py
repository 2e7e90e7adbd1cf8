"""Orders: through HTTP with everything on, the action alone, and the engine alone."""

from __future__ import annotations

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from uuid import UUID

from tests.bench.house import Shop, open_shop, serving
from tests.bench.rows import AtLeast, AtMost, Row, percentile, rate
from tests.scenarios.flood import Tally, burst

CLIENTS = 256
BURST_S = 30.0
SINGLE_S = 10.0
OPERATORS_S, OPERATORS_PAUSE_S = 15.0, 0.05
SINGLE_CLIENTS = 16  # one after another all the same; more would only wait
ORDERS = 2_000
BATCH = 250
CARTS = 20_000
UNITS_EACH = 100_000


def through_http() -> list[Row]:
    """Durable orders/s on one hot SKU: key, idempotency, limit for each buyer, reservation and outbox are on."""
    shop = open_shop("bench-http")
    with serving("tests.bench.one_each") as (origin, _):
        single = _per_s(_burst(origin, shop, SINGLE_CLIENTS, SINGLE_S), SINGLE_S)
    with serving() as (origin, pids):
        before = {role: _cpu_s(pid) for role, pid in pids.items()}
        tally = _burst(origin, shop, CLIENTS, BURST_S)
        spent = {role: _cpu_s(pid) - before[role] for role, pid in pids.items()}
        drained_s = _drain()
        beside, writes_ms = _while_operators_write(origin, shop)
    took = sorted(tally.took_s)
    p50, p99 = (took[int(len(took) * share)] * 1000 for share in (0.50, 0.99))
    costs = ", ".join(f"{role} {used / len(took) * 1e6:.0f}" for role, used in spent.items())
    what = f"durable orders/s through HTTP, one hot SKU, {BURST_S:.0f} s burst, {CLIENTS} clients"
    detail = f"p50 {p50:.0f} ms; CPU µs an order: {costs}"
    return [
        Row(what, _per_s(tally, BURST_S), "one transaction each", single, detail, "/s", AtLeast(5_000), AtLeast(3)),
        Row("their p99", p99, unit=" ms", goal=AtMost(100)),
        Row(
            f"reactions to those {len(took):,} orders within the tables, drained",
            drained_s,
            unit=" s",
            goal=AtMost(300),
        ),
        Row("the same burst while operators write", _per_s(beside, OPERATORS_S), goal=AtLeast(3_000)),
        Row(
            "slowest of the operators' writes meanwhile",
            max(writes_ms),
            detail=f"{len(writes_ms)} writes, p50 {percentile(writes_ms, 0.5):.0f} ms",
            unit=" ms",
            goal=AtMost(100),
        ),
    ]


def _drain() -> float:
    """Seconds until every reaction that stays within our tables has passed what is there."""
    from silkcast.kernel import relay

    began_s = time.perf_counter()
    while True:
        reader = relay.Reader()
        if not sum(relay.work(consumer, reader) for consumer in relay.consumers(outside=False)):
            return time.perf_counter() - began_s


def _while_operators_write(origin: str, shop: Shop) -> tuple[Tally, list[float]]:
    """A burst from a process of its own, and how long each change of a price took meanwhile, in milliseconds."""
    from silkcast.domains.catalog.api import SetPrice
    from silkcast.kernel.ids import SkuId
    from silkcast.kernel.money import Money

    took_ms: list[float] = []
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        bursting = pool.submit(
            burst, origin, shop.api_key, shop.sku_id, shop.show_id, clients=CLIENTS, seconds=OPERATORS_S
        )
        while not bursting.done():
            began_s = time.perf_counter()
            shop.base.does(SetPrice(sku_id=SkuId(UUID(shop.sku_id)), price=Money(3000 + len(took_ms), "USD")))
            took_ms.append((time.perf_counter() - began_s) * 1000)
            time.sleep(OPERATORS_PAUSE_S)
        return bursting.result(), took_ms


def _burst(origin: str, shop: Shop, clients: int, seconds: float) -> Tally:
    tally = burst(origin, shop.api_key, shop.sku_id, shop.show_id, clients=clients, seconds=seconds)
    assert set(tally.answers) == {(201, "")}, tally.answers
    return tally


def _per_s(tally: Tally, seconds: float) -> float:
    return sum(tally.answers.values()) / seconds


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def action_alone() -> Row:
    """The action in this process: prices, limits, promises, rows, commit."""
    shop = open_shop("bench-action")

    def places(batch: int, count: int) -> float:
        sku_id = shop.base.sells(f"B{batch}", UNITS_EACH)

        def place() -> None:
            for start in range(0, count, batch):
                asked = [shop.base.wants((sku_id, 1), viewer=f"v{start + n}") for n in range(batch)]
                shop.base.places(*asked)

        return rate(count, place)

    what = f"orders placed by the action alone, {BATCH} a transaction"
    return Row(what, places(BATCH, ORDERS), "one transaction each", places(1, ORDERS // 10))


def engine_alone() -> Row:
    """Carts of two merchants' goods merged, split, priced, and filled from the shelves; CPU time, no database."""
    from silkcast.domains.catalog.contracts import Sellable
    from silkcast.domains.inventory.contracts import Need
    from silkcast.domains.inventory.engine.allocation import Allocation, Shelf
    from silkcast.domains.orders.contracts import LineWanted
    from silkcast.domains.orders.engine import pricing
    from silkcast.kernel.ids import MerchantId, OrderId, ProductId, SkuId, new_id
    from silkcast.kernel.money import Money

    sku_id, merchant_id = SkuId(new_id()), MerchantId(new_id())
    sells = Sellable(
        sku_id=sku_id,
        product_id=ProductId(new_id()),
        merchant_id=merchant_id,
        code="HOT",
        price=Money(2900, "USD"),
        was=None,
        cost=Money(1200, "USD"),
        weight_g=200,
        per_buyer_max=2,
        markets=("US",),
    )
    selling: dict[UUID, Sellable] = {sku_id: sells}
    wanted = [LineWanted(sku_id=sku_id, units=1)]
    order_id = OrderId(new_id())

    def decide() -> float:
        allocation = Allocation({sku_id: [Shelf(new_id(), new_id(), CARTS)]})
        began = time.process_time()
        for _ in range(CARTS):
            lines = pricing.merge(wanted)
            for owner, own in pricing.by_merchant(lines, selling).items():
                priced = pricing.price(owner, own, selling, 500)
                needs = [
                    Need(order_id=order_id, merchant_id=owner, sku_id=line.wanted.sku_id, units=line.wanted.units)
                    for line in priced.lines
                ]
                assert not isinstance(allocation.take(needs), Need)
        return CARTS / (time.process_time() - began)

    return Row("order engine alone: priced, split, allocated (per CPU second)", sorted(decide() for _ in range(5))[2])
