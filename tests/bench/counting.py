"""The same signals through the columnar engine, a loop over dicts and sets, and a framework that calls it for each."""

from __future__ import annotations

import functools
import time

import numpy as np

from silkcast.domains.audience.engine.batch import Batch, Names, Words
from silkcast.domains.audience.engine.identity import Identities
from silkcast.domains.audience.engine.tally import Tally
from tests.bench.rows import REPEATS, AtLeast, Row

COUNT = 2_400_000
COUNT_ONE_BY_ONE = 400_000  # of the same, for what takes them singly
PER_BATCH = 65_536  # what the signals process takes at once under load
LATE_MS = 180_000
VIEWERS = 20_000
START_MS = 1_790_000_000_000
SLOT_MS = 10_000
WHAT = "signals counted exactly, distincts and corrections on (per CPU second)"
Row5 = tuple[int, int, int, int, int]  # id, stamp, kind, viewer


@functools.cache
def load() -> dict[str, np.ndarray]:
    """Mostly heartbeats, with 3 % repeats and 1 % that come three minutes late; the seed is fixed."""
    chance = np.random.default_rng(7)
    at = START_MS + np.arange(COUNT) // 15 - chance.integers(0, 2000, COUNT)
    received = at + 2000
    at = np.where(chance.random(COUNT) < 0.01, at - LATE_MS, at)
    high = at.astype(np.uint64) << np.uint64(16) | np.uint64(0x7000)
    low = chance.integers(0, 2**62, COUNT).astype(np.uint64) | np.uint64(1 << 63)
    kind = chance.choice(np.array([2, 4, 7], np.uint8), COUNT, p=[0.7, 0.25, 0.05])
    viewer = chance.integers(1, VIEWERS + 1, COUNT).astype(np.uint32)
    repeated = np.flatnonzero(chance.random(COUNT) < 0.03)
    source = np.maximum(repeated - chance.integers(1, 50_000, repeated.size), 0)
    for column in (high, low, at, kind, viewer, received):
        column[repeated] = column[source]
    return {"at": at, "high": high, "low": low, "kind": kind, "viewer": viewer, "received": received}


def signals_engine() -> float:
    """Signals a CPU second: duplicates removed, distincts, minutes and late ones exact."""
    columns = load()
    names = Names(
        sources=Words(["web"]),
        shows=Words(["show"]),
        viewers=Words([str(n) for n in range(VIEWERS)]),
        skus=Words(["sku"]),
    )
    identities, tally = Identities(seed=1, recall=lambda _: ()), Tally(seed=2)
    none32, none64 = np.zeros(0, np.uint32), np.zeros(0, np.int64)
    began = time.process_time()
    for start in range(0, COUNT, PER_BATCH):
        part = {name: column[start : start + PER_BATCH] for name, column in columns.items()}
        ones = np.ones(part["at"].size, np.uint32)
        batch = Batch(
            id_high=part["high"],
            id_low=part["low"],
            at_ms=part["at"],
            received_ms=part["received"],
            kind=part["kind"],
            source=ones,
            show=ones,
            viewer=part["viewer"],
            sku=(part["kind"] == 7).astype(np.uint32),
            order=none32,
            units=none64,
            amount_minor=none64,
            names=names,
            texts=[],
        )
        tally.add(batch.where(identities.take_new(batch)))
    return COUNT / (time.process_time() - began)


class Plain:
    """The same counts by the obvious means, without per-minute interactors, late counts or sales."""

    def __init__(self) -> None:
        self.ids: set[tuple[int, int]] = set()
        self.slots: set[tuple[int, int]] = set()
        self.minutes: set[tuple[int, int]] = set()
        self.last: dict[int, int] = {}
        self.counts: dict[int, int] = {}

    def add(self, row: Row5) -> None:
        high, low, at, kind, viewer = row
        if (high, low) in self.ids:
            return
        self.ids.add((high, low))
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.minutes.add((viewer, at // 60_000))
        if kind == 2:
            self.slots.add((viewer, at // SLOT_MS))
            self.last[viewer] = max(self.last.get(viewer, 0), at)


def rows() -> list[Row5]:
    columns = (load()[name][:COUNT_ONE_BY_ONE].tolist() for name in ("high", "low", "at", "kind", "viewer"))
    return list(zip(*columns, strict=True))


def signals_plain() -> float:
    counter, given = Plain(), rows()
    began = time.process_time()
    for row in given:
        counter.add(row)
    return COUNT_ONE_BY_ONE / (time.process_time() - began)


def signals_bytewax() -> float | None:
    """None where Bytewax has no wheel for this Python."""
    try:
        import bytewax.operators as op
        from bytewax.dataflow import Dataflow
        from bytewax.testing import TestingSink, TestingSource, run_main
    except ImportError:
        return None

    def count(state: Plain | None, row: Row5) -> tuple[Plain, None]:
        counter = state or Plain()
        counter.add(row)
        return counter, None

    flow = Dataflow("signals")
    given: list[Row5] = rows()
    keyed = op.key_on("show", op.input("log", flow, TestingSource(given, batch_size=1_000)), lambda _: "show")
    counted = op.stateful_map("count", keyed, count)
    op.output("out", op.filter("none", counted, lambda _: False), TestingSink([]))
    began = time.process_time()
    run_main(flow)  # type: ignore[no-untyped-call]
    return COUNT_ONE_BY_ONE / (time.process_time() - began)


def engine_beside_loops() -> list[Row]:
    """Turn about, and the best of three each: a neighbour's work can only make a figure worse."""
    figures = [(signals_engine(), signals_plain(), signals_bytewax()) for _ in range(REPEATS)]
    engine, plain = max(found[0] for found in figures), max(found[1] for found in figures)
    found = [Row(WHAT, engine, "a plain Python loop", plain, goal=AtLeast(2_500_000))]
    singly = [framework for _, _, framework in figures if framework is not None]
    if singly:
        found.append(Row("the same beside a framework", engine, "Bytewax", max(singly), ratio_goal=AtLeast(10)))
    return found
