"""A log in a folder of the test's own, and signals to put into it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from silkcast.domains.audience.engine.admission import Request, read_facts, read_signals
from silkcast.domains.audience.engine.batch import Batch, Names
from silkcast.domains.audience.engine.gathering import gather
from silkcast.domains.audience.signal_log.ledger import Answer, Comment, Ledger
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.ids import id_from_parts
from silkcast.kernel.keyring import Keyring

NOON_MS = 1_790_000_040_000
KINDS = ("enter", "heartbeat", "heartbeat", "comment", "like", "click", "cart", "leave")


@dataclass
class Sender:
    """Makes signals with ids of their own, the same for the same seed."""

    chance: random.Random = field(default_factory=lambda: random.Random(1))
    received_ms: int = NOON_MS

    def signal(self, **changes: Any) -> dict[str, Any]:
        kind = changes.get("kind") or self.chance.choice(KINDS)
        at_ms = self.received_ms - self.chance.randrange(5_000)
        made = {
            "id": str(id_from_parts(at_ms, self.chance.getrandbits(74))),
            "show_id": "evening",
            "kind": kind,
            "viewer": f"viewer-{self.chance.randrange(9)}",
            "at": at_ms,
            "sku_id": "scarf" if kind in {"click", "cart"} else None,
            "text": f"remark {self.chance.getrandbits(40)}" if kind == "comment" else None,
        }
        return made | changes

    def request(self, count: int = 5, **changes: Any) -> Request:
        return self.of([self.signal(**changes) for _ in range(count)])

    def of(self, signals: list[dict[str, Any]], *, source: str = "shop") -> Request:
        return read_signals(msgspec.json.encode(signals), source=source, viewer=None, received_ms=self.received_ms)

    def purchase(self, order_id: str, **changes: Any) -> Request:
        fact = {
            "id": order_id,
            "kind": "buy",
            "show_id": "evening",
            "order_id": order_id,
            "sku_id": "scarf",
            "units": 1,
            "amount_minor": 3_900,
            "viewer": "viewer-1",
        }
        return read_facts([fact | changes], source="orders", received_ms=self.received_ms)

    def batch(self, count: int = 5, names: Names | None = None, **changes: Any) -> Batch:
        return gather([self.request(count, **changes)], names or Names()).batch


@dataclass
class House:
    """The ledger of one data folder, which can be left and entered again like a process would."""

    folder: Path
    keyring: Keyring
    ledger: Ledger

    def commit(self, base_id: str, *requests: Request) -> list[Answer | SilkcastError]:
        return self.commit_and_hear(base_id, *requests)[0]

    def commit_and_hear(self, base_id: str, *requests: Request) -> tuple[list[Answer | SilkcastError], list[Comment]]:
        return self.ledger.commit(base_id, requests, now_ms=NOON_MS)

    def restart(self) -> None:
        self.ledger.close()
        self.ledger = Ledger(self.folder, keyring=self.keyring, seed=random.getrandbits(64))
        self.ledger.reopen(NOON_MS)


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    keyring = Keyring(tmp_path / "keys.db")
    made = House(tmp_path / "signals", keyring, Ledger(tmp_path / "signals", keyring=keyring, seed=5))
    yield made
    made.ledger.close()
    keyring.close()


@pytest.fixture
def same_rows() -> Callable[[Batch, Batch], bool]:
    return lambda one, other: _rows(one) == _rows(other)


def _rows(batch: Batch) -> object:
    names = batch.names
    words = (
        (batch.source, names.sources),
        (batch.show, names.shows),
        (batch.viewer, names.viewers),
        (batch.sku, names.skus),
        (batch.order, names.orders),
    )
    numbers = (
        batch.id_high,
        batch.id_low,
        batch.at_ms,
        batch.received_ms,
        batch.kind,
        batch.units,
        batch.amount_minor,
    )
    return (
        [column.tolist() for column in numbers],
        [[known[number] for number in column] for column, known in words],
        list(batch.texts),
    )
