"""Prints one table; `--json` prints the same for a program. Ratios hold where single figures drift with the machine."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import django
from django.test.utils import setup_databases

from tests.bench.counting import signals_engine, signals_plain

if TYPE_CHECKING:
    from tests.cast import Base

ORDERS = 600
BATCH = 100
REPEATS = 3


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    per_s: float
    beside: str
    beside_per_s: float

    @property
    def ratio(self) -> float:
        return self.per_s / self.beside_per_s


@contextmanager
def tables() -> Iterator[Base]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from silkcast.domains.base.contracts import BaseKind
    from silkcast.project.wiring import load_everything
    from tests.cast import make_base

    setup_databases(verbosity=0, interactive=False, aliases={"default": True}, serialized_aliases=set())
    load_everything()
    yield make_base("bench", kind=BaseKind.DEMO, currency="USD")


def rate(count: int, work: Callable[[], None]) -> float:
    """Median of several runs, things a second by wall clock."""
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return count / statistics.median(taken)


def orders(base: Base, batch: int) -> float:
    sku_id = base.sells(f"B{batch}", ORDERS * REPEATS)
    waiting = [base.wants((sku_id, 1), viewer=f"v{n}") for n in range(ORDERS * REPEATS)]

    def place() -> None:
        mine = [waiting.pop() for _ in range(ORDERS)]
        for start in range(0, ORDERS, batch):
            base.places(*mine[start : start + batch])

    return rate(ORDERS, place)


def main() -> None:
    with tables() as base:
        batched, single = orders(base, BATCH), orders(base, 1)
    rows = [
        Row(f"orders placed, one hot SKU, {BATCH} a transaction", batched, "one transaction each", single),
        Row("signals counted exactly (per CPU second)", signals_engine(), "a plain Python loop", signals_plain()),
    ]
    if "--json" in sys.argv:
        print(json.dumps([{**asdict(row), "ratio": row.ratio} for row in rows], indent=2))
        return
    for row in rows:
        print(f"{row.what:55} {row.per_s:12,.0f}/s  {row.beside:24} {row.beside_per_s:12,.0f}/s  × {row.ratio:.1f}")


if __name__ == "__main__":
    main()
