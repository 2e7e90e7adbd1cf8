"""What a show sold, counted from the facts of orders: few beside the signals, so plain sets and sums are exact enough
and say what they mean. An order is counted once in each scope (show, minute, SKU) that it touches."""

from __future__ import annotations

from dataclasses import dataclass, field

from silkcast.domains.audience.engine.batch import NOBODY, Batch
from silkcast.domains.audience.engine.kinds import Kind
from silkcast.domains.audience.engine.metrics import MINUTE_MS, Sales


@dataclass(slots=True)
class Till:
    """The running sales of one scope."""

    buyers: set[int] = field(default_factory=set)
    orders: set[int] = field(default_factory=set)
    units: int = 0
    gmv_minor: int = 0
    refunds_minor: int = 0

    def sales(self) -> Sales:
        return Sales(
            buyers=len(self.buyers),
            orders=len(self.orders),
            units=self.units,
            gmv_minor=self.gmv_minor,
            refunds_minor=self.refunds_minor,
        )


NO_SALES = Till().sales()


class Takings:
    def __init__(self) -> None:
        self.show = Till()
        self.minutes: dict[int, Till] = {}
        self.skus: dict[int, Till] = {}

    def add(self, batch: Batch) -> None:
        rows = batch.is_fact.nonzero()[0]
        columns = (
            column.tolist()
            for column in (
                batch.kind[rows],
                batch.at_ms[rows] // MINUTE_MS,
                batch.viewer[rows],
                batch.sku[rows],
                batch.order,
                batch.units,
                batch.amount_minor,
            )
        )
        for kind, minute, viewer, sku, order, units, amount_minor in zip(*columns, strict=True):
            for till in (
                self.show,
                self.minutes.setdefault(minute, Till()),
                self.skus.setdefault(sku, Till()),
            ):
                if kind == Kind.REFUND:
                    till.refunds_minor += amount_minor
                    continue
                if viewer != NOBODY:
                    till.buyers.add(viewer)
                till.orders.add(order)
                till.units += units
                till.gmv_minor += amount_minor
