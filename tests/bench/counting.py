"""The same million signals through the columnar engine and through a loop over dicts and sets."""

from __future__ import annotations

import functools
import time

import numpy as np

from silkcast.domains.audience.engine.batch import Batch, Names, Words
from silkcast.domains.audience.engine.identity import Identities
from silkcast.domains.audience.engine.tally import Tally

COUNT = 600_000
PER_BATCH = 16_384
VIEWERS = 20_000
START_MS = 1_790_000_000_000
SLOT_MS = 10_000


@functools.cache
def load() -> dict[str, np.ndarray]:
    """Mostly heartbeats, with 3 % repeats; the seed is fixed."""
    chance = np.random.default_rng(7)
    at = START_MS + np.arange(COUNT) // 15 - chance.integers(0, 2000, COUNT)
    high = at.astype(np.uint64) << np.uint64(16) | np.uint64(0x7000)
    low = chance.integers(0, 2**62, COUNT).astype(np.uint64) | np.uint64(1 << 63)
    kind = chance.choice(np.array([2, 4, 7], np.uint8), COUNT, p=[0.7, 0.25, 0.05])
    viewer = chance.integers(1, VIEWERS + 1, COUNT).astype(np.uint32)
    repeated = np.flatnonzero(chance.random(COUNT) < 0.03)
    source = np.maximum(repeated - chance.integers(1, 50_000, repeated.size), 0)
    for column in (high, low, at, kind, viewer):
        column[repeated] = column[source]
    return {"at": at, "high": high, "low": low, "kind": kind, "viewer": viewer}


def signals_engine() -> float:
    """Signals a CPU second: duplicates removed, distincts and minutes exact."""
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
            received_ms=part["at"] + 2000,
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


def signals_plain() -> float:
    """The same counts by the obvious loop, without late corrections or per-minute distincts."""
    rows = list(zip(*(load()[name].tolist() for name in ("high", "low", "at", "kind", "viewer")), strict=True))
    ids: set[tuple[int, int]] = set()
    slots: set[tuple[int, int]] = set()
    minutes: set[tuple[int, int]] = set()
    last: dict[int, int] = {}
    counts: dict[int, int] = {}
    began = time.process_time()
    for high, low, at, kind, viewer in rows:
        if (high, low) in ids:
            continue
        ids.add((high, low))
        counts[kind] = counts.get(kind, 0) + 1
        minutes.add((viewer, at // 60_000))
        if kind == 2:
            slots.add((viewer, at // SLOT_MS))
            last[viewer] = max(last.get(viewer, 0), at)
    return COUNT / (time.process_time() - began)
